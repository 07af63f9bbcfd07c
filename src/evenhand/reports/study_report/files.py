"""Every file of a finished study by its name: the report, the figures and tables beside it, and all numbers as JSON.

Modelling choice: one gate serves all files of a study, so that what the report withholds does not stand in a file beside it. The panel is the
exception: it is the households themselves, written into a folder of its own for whoever may hold them, and says so in its metadata.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

import pyarrow.parquet as pq

from evenhand.reports.coefficient_plots import coefficient_plot
from evenhand.reports.disclosure import Gate
from evenhand.reports.printed_tables import as_html, as_latex, as_markdown
from evenhand.reports.study_report.counts import study_counts
from evenhand.reports.study_report.documents import told_gaps_document, told_models_document
from evenhand.reports.study_report.figures import study_figures
from evenhand.reports.study_report.methods import Provenance
from evenhand.reports.study_report.numbers import study_numbers
from evenhand.reports.study_report.pages import study_report, study_tables
from evenhand.reports.study_report.telling import told_results
from evenhand.studies.five_models import FIVE_MODELS
from evenhand.studies.models_json import as_text
from evenhand.studies.study_run import StudyResults

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

PANEL: Final = "not-for-publication/panel.parquet"


def study_files(
    results: StudyResults,
    provenance: Provenance,
    *,
    shapes: Mapping[str, BaseGeometry] | None = None,
    is_internal: bool = False,
    artist: Executor | None = None,
    on_page: Callable[[str], object] | None = None,
) -> dict[str, bytes]:
    """Lay out a study as files, all but the PDF. The same study gives the same bytes.

    Parameters
    ----------
    results
        The finished study.
    provenance
        How to do it again.
    shapes
        The areas' polygons in degrees by id.
    is_internal
        Is it for eyes that may see small counts?
    artist
        Who draws, beside this thread.
    on_page
        Called with report.html as soon as it is laid out; the files beside it follow.
    """
    gate = Gate(is_internal=is_internal)
    with nullcontext(artist) if artist else ThreadPoolExecutor(1) as draws:
        return _files(results, provenance, shapes or {}, gate, artist=draws, on_page=on_page or (lambda _page: None))


def _files(
    results: StudyResults,
    provenance: Provenance,
    shapes: Mapping[str, BaseGeometry],
    gate: Gate,
    *,
    artist: Executor,
    on_page: Callable[[str], object],
) -> dict[str, bytes]:
    counts = study_counts(results, gate)
    told = told_results(results, counts, gate)
    main, other, models = told.main, told.other, counts.models
    plots = {one.number: coefficient_plot(one, main.fits, other.fits, told=models, is_synthetic=told.is_synthetic) for one in FIVE_MODELS}
    drawn_plots = {number: artist.submit(plot.svg) for number, plot in plots.items() if plot is not None}
    figures = study_figures(told, shapes, gate, artist)
    page = study_report(told, counts, figures, provenance, gate=gate)
    on_page(page)
    document = study_tables(told, counts, gate)
    texts = {
        "report.html": page,
        "models.json": as_text(told_models_document(main, models)),
        f"models.{other.name}.json": as_text(told_models_document(other, models)),
        "gaps.json": as_text(told_gaps_document(told, models)),
        "study.json": as_text(study_numbers(told, counts, provenance, gate)),
        "tables.html": as_html(document),
        "tables.md": as_markdown(document),
        "tables.tex": as_latex(document),
    }
    texts |= {f"figure_{role}.svg": figures.svg(role) for role in figures.charts}
    texts |= {f"model_{number}.svg": drawn.result() for number, drawn in drawn_plots.items()}
    return {PANEL: _panel(results), **{name: text.encode() for name, text in texts.items()}}


def _panel(results: StudyResults) -> bytes:
    table = results.main.built.table
    said = {b"synthetic": b"true" if results.is_synthetic else b"false", b"holds": b"one row a household: not for publication"}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **said}), out, compression="zstd")
    return out.getvalue()
