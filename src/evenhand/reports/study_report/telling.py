"""A study as far as it may be told: the same results, without the figures that rest on few households.

Modelling choice: what few households carry is taken out once, before anything is laid out, so that no page, table or document has to know of it. A
verdict that is withheld has no figures; a gap says why it is not told; a claim goes back to its question. Means are given to a tenth of an hour and
medians to the hour, because a mean times its households is a sum, and two sums tell the household between them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from evenhand.equity.verdicts import Verdict
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_cells import AccountEntry, Cell
from evenhand.reports.disclosure_suppression import Key
from evenhand.reports.study_report.checks import gated
from evenhand.reports.study_report.row_counts import LOG_NORMAL, of_kind
from evenhand.reports.told_models import FEW_CARRY, FEW_CARRY_A_TERM, ToldModels, internal_models
from evenhand.studies.claims import question_of
from evenhand.studies.group_facts import EVERYBODY, GroupComparison, GroupFacts
from evenhand.studies.hypotheses import HYPOTHESES, NamedGap
from evenhand.studies.other_models import OtherModel
from evenhand.studies.results import Claim, Diagnostic
from evenhand.studies.sampling.repeated import SamplingStudy
from evenhand.studies.study_run import PresetStudy, StudyResults
from evenhand.studies.term_carriers import few_carry, few_carry_terms

if TYPE_CHECKING:
    from evenhand.reports.study_report.counts import StudyCounts

REPORTING_MODEL, HOURS_MODEL = "1", "3"
GROUP, REPORTED = "minority_share", "participation"
BOTH = f"{GROUP}:{REPORTED}"
# By gap of the city, the terms of model 3 that it takes; those of model 1 beside them.
_GAP_TERMS: Final[Mapping[str, tuple[str, ...]]] = {
    "unadjusted": (GROUP,),
    "participation fixed": (GROUP, REPORTED, BOTH),
    "participation redrawn": (GROUP, REPORTED, BOTH),
    "nobody reports": (GROUP,),
    "everybody reports": (GROUP, REPORTED, BOTH),
}
_REDRAWN: Final = "participation redrawn"
_CITY, _CITY_GAP = "city", "participation fixed"


def told_models(results: StudyResults, cells: Mapping[Key, Cell], gate: Gate) -> ToldModels:
    """What of the models may be told: by the households of both presets that carry each term, and the counts of rows that passed the gate."""
    if gate.is_internal:
        return internal_models()
    fits = results.main.fits.fits
    hidden = {number: few_carry(fit, least=gate.least) | few_carry(results.other.fits.fits[number], least=gate.least) for number, fit in fits.items()}
    if cells[EVERYBODY, "reported"].is_withheld:
        hidden[REPORTING_MODEL] = frozenset(fits[REPORTING_MODEL].names)  # the likelihood of the constant alone tells how many reported
    gone = sum(map(len, hidden.values()))
    terms = sum(len(fit.names) for fit in fits.values())
    gate.account.append(AccountEntry("Terms of the five models", terms - gone, gone, ("few",) if gone else ()))
    rows = {key[-1]: cell.text for key, cell in of_kind(cells, "rows", "left out").items()}
    return ToldModels(hidden, rows)


def told_results(results: StudyResults, counts: StudyCounts, gate: Gate) -> StudyResults:
    """The study without what few households carry; the panels stay as they are, for the counts that pass the gate by themselves."""
    if gate.is_internal:
        return results
    models = counts.models
    hypotheses = {one.name for one in HYPOTHESES if any(models.hides(one.model, term) for term in one.weights)}
    checks = tuple(gated(one, gate, counts, hypotheses) for one in results.diagnostics)
    sample = results.sampling.shown
    is_sampled = sample is None or models.rows_number(sample.reporters + sample.non_reporters) is not None
    is_sampled = is_sampled and not any(cell.is_withheld for cell in of_kind(counts.cells, "sample").values())
    if not is_sampled:
        gate.account.append(AccountEntry("Samples as the study drew them", 0, 1, ("few",)))
    return replace(
        results,
        main=_preset(results.main, models, hypotheses),
        other=_preset(results.other, models, hypotheses),
        groups=_groups(results.groups, gate),
        other_models=tuple(_other(one, results, models) for one in results.other_models),
        sampling=_samples(results.sampling, models) if is_sampled else replace(results.sampling, shown=None),
        diagnostics=checks,
        claims=_claims(results, checks, models, hypotheses),
    )


def _preset(study: PresetStudy, models: ToldModels, hypotheses: set[str]) -> PresetStudy:
    verdicts = tuple(_withheld(one) if one.hypothesis in hypotheses else one for one in study.verdicts)
    return replace(study, verdicts=verdicts, gaps=tuple(_gap(one, models) for one in study.gaps))


def _withheld(one: Verdict) -> Verdict:
    words, nothing = f"{FEW_CARRY}.".capitalize(), math.nan
    return replace(one, outcome="inconclusive", ratio=nothing, ratio_low=nothing, ratio_high=nothing, words=words, note=FEW_CARRY)


def _gap(one: NamedGap, models: ToldModels) -> NamedGap:
    return NamedGap(one.name, one.words, None, FEW_CARRY_A_TERM) if _hides_gap(one.name, models) else one


def _hides_gap(name: str, models: ToldModels) -> bool:
    return any(models.hides(HOURS_MODEL, term) for term in _GAP_TERMS[name]) or (name == _REDRAWN and models.hides(REPORTING_MODEL, GROUP))


def _groups(found: GroupComparison, gate: Gate) -> GroupComparison:
    """Hours of groups that are large enough, to what a text needs."""
    small = [one.group for one in found.groups if one.households < gate.least]
    groups = tuple(_without_hours(one) if one.group in small else replace(one, median_hours=_rounded(one.median_hours)) for one in found.groups)
    if small:
        return GroupComparison(groups, None, f"it is withheld, because of {' and '.join(small)} there are fewer than {gate.least}.")
    return replace(found, groups=groups)


def _without_hours(one: GroupFacts) -> GroupFacts:
    return replace(one, mean_hours=math.nan, mean_low=math.nan, mean_high=math.nan, median_hours=math.nan)


def _rounded(hours: float) -> float:
    return float(round(hours)) if math.isfinite(hours) else hours


def _other(one: OtherModel, results: StudyResults, models: ToldModels) -> OtherModel:
    """A model beside the five, without the terms that few of its own households carry."""
    few = models.hidden.get(HOURS_MODEL, frozenset()) | _few_in(one.name, results)
    gone = {term for term in one.ratios if term.replace("reported", REPORTED) in few}
    ratios = {term: ratio for term, ratio in one.ratios.items() if term not in gone}
    return replace(one, ratios=ratios, hours=() if gone else one.hours)


def _few_in(name: str, results: StudyResults) -> frozenset[str]:
    """Of the households that the log-normal or the person-period model looks at: those that were out, and reports that were made while out."""
    numbers = results.main.built.panel.numbers
    hours, share, reported = numbers["restoration_hours"], numbers[GROUP], numbers[REPORTED]
    known = np.isfinite(hours) & np.isfinite(share) & np.isfinite(reported)
    if name == LOG_NORMAL:
        known &= hours > 0.0
    elif "reported_hours" in numbers and name == "person-period":
        reported = (numbers["reported_hours"] < hours).astype(np.float64)
    columns = {GROUP: share[known], REPORTED: reported[known]}
    return few_carry_terms((GROUP, REPORTED, BOTH), columns, sides=[np.ones(int(known.sum()), dtype=np.bool_)])


def _samples(found: SamplingStudy, models: ToldModels) -> SamplingStudy:
    """Samples say of each term, beside their own figure, that of everybody."""
    terms = tuple(one for one in found.terms if not models.hides(one.model, one.term))
    return replace(found, terms=terms, weight_tests=tuple(one for one in found.weight_tests if not models.hides(one.model)))


def _claims(results: StudyResults, checks: Sequence[Diagnostic], models: ToldModels, hypotheses: set[str]) -> tuple[Claim, ...]:
    """A claim whose figures are withheld leaves its question open; what a withheld check found stands in no claim either."""
    told, open_ones = [], []
    for one in results.claims:
        because, is_hidden = one.because, one.about in hypotheses or (one.about == _CITY and _hides_gap(_CITY_GAP, models))
        for found, gated_check in zip(results.diagnostics, checks, strict=True):
            because = because.replace(found.meaning, gated_check.meaning)
        if is_hidden:
            open_ones.append(Claim(question_of(one.about), "cannot_be_said", f"{FEW_CARRY}.".capitalize(), about=one.about))
        else:
            told.append(replace(one, because=because))
    return (*told, *open_ones)
