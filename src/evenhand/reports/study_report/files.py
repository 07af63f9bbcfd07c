"""Every file of a finished study by its name: the report, the figures and tables beside it, and all numbers as JSON.

Modelling choice: one gate serves all files of a study, so that what the report withholds does not stand in a file beside it. The panel is the
exception: it is the households themselves, written for whoever may hold them, and says so in its metadata.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from evenhand.reports.coefficient_plots import coefficient_plot
from evenhand.reports.disclosure import Gate
from evenhand.reports.printed_tables import as_html, as_latex, as_markdown
from evenhand.reports.study_report.counts import study_counts
from evenhand.reports.study_report.figures import study_figures
from evenhand.reports.study_report.methods import Provenance
from evenhand.reports.study_report.numbers import study_numbers
from evenhand.reports.study_report.pages import study_report, study_tables, without_few
from evenhand.studies.five_models import FIVE_MODELS
from evenhand.studies.gaps_json import gaps_document
from evenhand.studies.models_json import as_text, models_document
from evenhand.studies.study_run import StudyResults

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


def study_files(
    results: StudyResults, provenance: Provenance, *, shapes: Mapping[str, BaseGeometry] | None = None, is_internal: bool = False
) -> dict[str, bytes]:
    """Lay out a study as files, all but the PDF; `shapes` are the areas' polygons in degrees by id. The same study gives the same bytes."""
    gate = Gate(is_internal=is_internal)
    main, other = results.main, results.other
    counts = study_counts(results, gate)
    figures = study_figures(results, shapes or {}, gate)
    document = study_tables(results, counts, gate)
    texts = {
        "report.html": study_report(results, counts, figures, provenance, gate=gate),
        "models.json": as_text(_gated(models_document(main.fits, main.built.panel), gate)),
        f"models.{other.name}.json": as_text(_gated(models_document(other.fits, other.built.panel), gate)),
        "gaps.json": as_text(_gaps(results, gate)),
        "study.json": as_text(study_numbers(results, counts, provenance, gate)),
        "tables.html": as_html(document),
        "tables.md": as_markdown(document),
        "tables.tex": as_latex(document),
    }
    texts |= {f"figure_{role}.svg": svg for role, svg in figures.svg.items()}
    texts |= {f"model_{one.number}.svg": coefficient_plot(one, main.fits, other.fits, is_synthetic=results.is_synthetic).svg() for one in FIVE_MODELS}
    return {"panel.parquet": _panel(results), **{name: text.encode() for name, text in texts.items()}}


def _panel(results: StudyResults) -> bytes:
    table = results.main.built.table
    said = {b"synthetic": b"true" if results.is_synthetic else b"false", b"holds": b"one row a household: not for publication"}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **said}), out, compression="zstd")
    return out.getvalue()


def _gaps(results: StudyResults, gate: Gate) -> dict[str, Any]:
    main = results.main
    document = gaps_document(main.gaps, main.verdicts, results.other_models, panel=main.built.panel, notes=main.fits.notes)
    for warning in document["warnings"]:
        warning["text"] = without_few(warning["text"], gate)
    for one in document["other_models"]:
        cell = gate.count(one["n_still_out"])
        one["n_still_out"] = None if cell.value is None else int(cell.value)
    return document


def _gated(document: dict[str, Any], gate: Gate) -> dict[str, Any]:
    """The models' document without counts of rows too few to be told: these are null."""
    for model in document["models"].values():
        for dropped in model["dropped"]:
            cell = gate.count(dropped["rows"])
            dropped["rows"] = None if cell.value is None else int(cell.value)
    return document
