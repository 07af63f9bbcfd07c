"""The numbers of a study as documents that may be published: five digits, hours to a tenth, and nothing of what is withheld.

Modelling choice: a table prints what its reader needs, and a file beside it has no more; a score equation solved with sixteen digits gives back the
hours of a household. What is withheld is null, and says so.
"""

from __future__ import annotations

import math
from typing import Any, Final

from evenhand.reports.study_report.tables import outcome
from evenhand.reports.told_models import FEW_CARRY, FEW_WITH_OUTCOME, ToldModels
from evenhand.studies.gaps_json import gaps_document
from evenhand.studies.hypotheses import AskedAtOnce
from evenhand.studies.models_json import models_document
from evenhand.studies.study_run import PresetStudy, StudyResults

DIGITS: Final = 5
# Where a mapping holds one of these, its interval and error are hours too.
_MEANS: Final = frozenset({"gap_hours", "mean_hours"})
_OF_HOURS: Final = frozenset({"std_error", "conf_low", "conf_high", "mean_low", "mean_high"})
_NOT_FIGURES: Final = frozenset({"term", "code"})


def told_models_document(study: PresetStudy, told: ToldModels) -> dict[str, Any]:
    """`models_document` as far as it may be told; `withheld` says why where a model or a term has no figures."""
    document = models_document(study.fits, study.built.panel)
    if not told.is_gated:
        return document | {"note": told.note}
    for number, model in document["models"].items():
        fit = study.fits.fits[number]
        if told.hides(number):
            document["models"][number] = {"family": model["family"], "outcome": model["outcome"], "withheld": FEW_WITH_OUTCOME}
            continue
        model["n"] = told.rows_number(fit.n)
        if model["n"] is None:
            model["bic"] = model["pseudo_r2"]["cox_snell"] = model["pseudo_r2"]["nagelkerke"] = None  # each gives back n, beside the likelihoods
        for dropped in model["dropped"]:
            dropped["rows"] = told.rows_number(dropped["rows"])
        model["warnings"] = [{**one, "text": told.warning_words(w, number)} for one, w in zip(model["warnings"], fit.warnings, strict=True)]
        for errors in model["errors"].values():
            errors["terms"] = [_term(one) if told.hides(number, one["term"]) else one for one in errors["terms"]]
    told_document: dict[str, Any] = plain(document)
    return told_document


def _term(one: dict[str, Any]) -> dict[str, Any]:
    return {name: value if name in _NOT_FIGURES else None for name, value in one.items()} | {"withheld": FEW_CARRY}


def told_gaps_document(results: StudyResults, told: ToldModels) -> dict[str, Any]:
    """`gaps_document` of results that were told already, its counts and warnings as far as they may be."""
    main = results.main
    asked = [AskedAtOnce(**row) for check in results.diagnostics if check.name == "multiplicity" for row in check.rows]
    document = gaps_document(main.gaps, main.verdicts, asked, results.other_models, panel=main.built.panel, notes=main.fits.notes)
    if not told.is_gated:
        return document | {"note": told.note}
    for warning, found in zip(document["warnings"], main.built.panel.warnings, strict=True):
        warning["text"] = told.warning_words(found)
    for one in (*document["gaps"], *document["other_models"], *(hours for other in document["other_models"] for hours in other["hours"])):
        if "n" in one:
            one["n"] = told.rows_number(one["n"])
    for one, verdict in zip(document["verdicts"], main.verdicts, strict=True):
        one["outcome"] = outcome(verdict)
    for one in document["other_models"]:
        one.pop("n_still_out")  # the panel's, which stands among the counts of its groups
    told_document: dict[str, Any] = plain(document)
    return told_document


def plain(value: Any, *, is_hours: bool = False) -> Any:
    """Figures of a document to five digits, hours to a tenth; everything else as it is."""
    if isinstance(value, dict):
        of_hours = not _MEANS.isdisjoint(value)
        return {name: plain(one, is_hours="hours" in name or (of_hours and name in _OF_HOURS)) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one, is_hours=is_hours) for one in value]
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    return round(value, 1) if is_hours else float(f"{value:.{DIGITS}g}")
