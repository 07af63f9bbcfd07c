"""What another family of models would say of the gap: Poisson, log-normal with censoring, Cox, and reporting that begins at some hour.

Modelling choice: all are given the rows and terms of model 3 (the log-normal and the person-period model cannot hold a household that was never out,
and say so) and asked the same: how many times as long does an all-minority household wait that did
not report, beside a like one without minority members? NB2, Poisson and the log-normal answer by a ratio of hours, and are held against each
other in percentage points. Cox's model and the person-period model answer by hazards, whose size is another quantity: only their direction is
compared. All errors are by block group where there are any, so that families differ and not conventions.

Bounds: up to 2.5 percentage points between families is the same gap (half of the margin of equivalence); beyond the margin of 5 it is another one,
unless all of them lie in model 3's own interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import CLUSTERED
from evenhand.equity.errors import DesignUnusable, SurvivalArraysUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.survival_cox import fit_cox
from evenhand.equity.survival_fits import SurvivalFit
from evenhand.equity.survival_lognormal import fit_lognormal
from evenhand.equity.verdicts import MARGIN, judge
from evenhand.studies.diagnostics.model_fit import MAIN, still_out
from evenhand.studies.diagnostics.model_words import Asked, Check, Verdict, graded, worse
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS, fit_model, wanted_conventions
from evenhand.studies.other_models import OtherModel
from evenhand.studies.results import Diagnostic

Floats = NDArray[np.float64]
GAP: Final = "minority_share"
_POINTS: Final = (50.0 * MARGIN, 100.0 * MARGIN)

FAMILIES: Final = Check(
    "families",
    "Does the gap depend on the family of models?",
    "The ratio of hours of an all-minority household that did not report to those of a like one without minority members: by the negative binomial "
    "of model 3, by Poisson and by a log-normal with households still out as censored; and the direction by Cox's model of hazards, and by the "
    "person-period model where the panel says when households reported.",
)


@dataclass(frozen=True, slots=True)
class FamilyGap:
    """One family's answer. `is_ratio_of_hours` is false for ratios of hazards, where below 1 is a longer wait; `why` says why there is none.

    `left_out` says which of model 3's households the family cannot hold.
    """

    family: str
    ratio: float
    low: float
    high: float
    is_ratio_of_hours: bool
    errors: str
    why: str = ""
    left_out: str = ""

    @property
    def direction(self) -> str:
        """`longer` or `shorter` waits of minority households, or `open` where the interval leaves it so."""
        said = judge(self.low, self.high, "above" if self.is_ratio_of_hours else "below", margin=1e-9)
        return {"supported": "longer", "contradicted": "shorter"}.get(said, "open")

    @property
    def percent(self) -> float:
        return 100.0 * (self.ratio - 1.0)


def families(asked: Asked) -> Iterator[Diagnostic]:
    """The gap by every family."""
    fit = asked.study.fits[MAIN]
    answers = [_negative_binomial(asked, fit)]
    answers += [_poisson(asked), *_survival(asked, fit), *_person_period(asked.others)]
    given = [one for one in answers if not one.why]
    of_hours = [one for one in given if one.is_ratio_of_hours]
    if len(given) == 1:
        yield FAMILIES.not_testable(f"no other family could be fitted: {answers[1].why}", "Mend what it names, and run again.")
        return
    yield FAMILIES.found(*_verdict(given, of_hours), [_row(one) for one in answers])


def _verdict(given: list[FamilyGap], of_hours: list[FamilyGap]) -> tuple[dict[str, float], Verdict, str, str]:
    percents = [one.percent for one in of_hours]
    directions = {one.direction for one in given} - {"open"}
    is_open = any(one.direction == "open" for one in given)
    figures = {
        "gap_percent": percents[0],
        "gap_low_percent": 100.0 * (of_hours[0].low - 1.0),
        "gap_high_percent": 100.0 * (of_hours[0].high - 1.0),
        "least_percent": min(percents),
        "most_percent": max(percents),
        "points_apart": max(percents) - min(percents),
        "families": float(len(given)),
        "families_of_hours": float(len(of_hours)),
        "longer": float(sum(one.direction == "longer" for one in given)),
        "shorter": float(sum(one.direction == "shorter" for one in given)),
        "open": float(sum(one.direction == "open" for one in given)),
        "caution_points": _POINTS[0],
        "trouble_points": _POINTS[1],
    }
    agreement: Verdict = "trouble" if len(directions) > 1 else "caution" if directions and is_open else "sound"
    spread = graded(figures["points_apart"], *_POINTS)
    if spread == "trouble" and figures["gap_low_percent"] <= min(percents) and max(percents) <= figures["gap_high_percent"]:
        spread = "caution"  # far apart, and yet within what model 3 itself leaves open
    standing = worse(spread, agreement)
    meaning = (
        "By model 3 the gap is {gap_percent:+.1f} % of hours (interval {gap_low_percent:+.1f} % to {gap_high_percent:+.1f} %); by the "
        "{families_of_hours:.0f} families that speak of hours it is between {least_percent:+.1f} % and {most_percent:+.1f} %, {points_apart:.1f} "
        "percentage points apart. Of {families:.0f} families {longer:.0f} find a longer wait, {shorter:.0f} a shorter one, and {open:.0f} leave the "
        "direction open."
    )
    for one in given:
        meaning += f" The {one.family} model is of fewer households: it cannot hold one that was never out." if one.left_out else ""
    return figures, standing, meaning, _ADVICE[standing]


_ADVICE: Final[dict[Verdict, str]] = {
    "sound": "Nothing: up to {caution_points:g} points apart is the same gap.",
    "caution": "Say which family the gap is from, and give the range over families beside it.",
    "trouble": "More than {trouble_points:g} points apart, or opposite directions: the gap rests on the model as much as on the city. Lead with the "
    "restoration curves by group and give every family's figure.",
}


def _negative_binomial(asked: Asked, fit: Fit) -> FamilyGap:
    """By the study's errors where they are by block group, else by those of the other families."""
    errors = asked.study.errors[0]
    if errors not in CLUSTERED:
        errors = _errors(asked)
        fit = fit.with_errors(wanted_conventions([errors]), {CLUSTER: asked.panel.ids[CLUSTER]} if errors in CLUSTERED else None)
    return FamilyGap("negative binomial", *fit.terms(errors)[fit.design.term_place(GAP)].ratio, is_ratio_of_hours=True, errors=errors)


def _errors(asked: Asked) -> str:
    return "cr3_one_step" if (asked.panel.n_clusters or 0) > 1 else "hc1"


def _poisson(asked: Asked) -> FamilyGap:
    model = replace(next(m for m in FIVE_MODELS if m.number == MAIN), family="poisson")
    errors = _errors(asked)
    try:
        fit = fit_model(
            asked.panel, model, errors=wanted_conventions([errors]), round_hours=asked.study.is_rounded, is_weighted=asked.study.is_weighted
        )
        ratio = fit.terms(errors)[fit.design.term_place(GAP)].ratio
    except DesignUnusable as error:
        return _none("Poisson", error.message)
    return FamilyGap("Poisson", *ratio, is_ratio_of_hours=True, errors=errors)


def _survival(asked: Asked, fit: Fit) -> Iterator[FamilyGap]:
    out = still_out(asked, fit)
    restored = np.ones(fit.n, dtype=np.bool_) if out is None else ~out
    design, terms = fit.design.x[:, 1:], fit.names[1:]
    labels = asked.panel.ids[CLUSTER][fit.design.rows] if (asked.panel.n_clusters or 0) > 1 else None
    clusters = None if labels is None else np.unique(labels.astype(str), return_inverse=True)[1]
    weights = fit.design.weights if fit.design.weights.size else None
    known = next((one for one in asked.others if one.name == "log-normal"), None)
    if known is not None:
        yield _of_other(known, "log-normal", is_ratio_of_hours=True)
    else:
        try:
            yield _of_survival("log-normal", fit_lognormal(fit.design.y, restored, design, terms, clusters=clusters, weights=weights))
        except SurvivalArraysUnusable as error:
            yield _none("log-normal", error.message)
    try:
        cox = fit_cox(fit.design.y, restored, design, terms, clusters=clusters, weights=weights, ties="efron" if weights is None else "breslow")
    except SurvivalArraysUnusable as error:
        yield _none("Cox", error.message, is_ratio_of_hours=False)
    else:
        yield _of_survival("Cox", cox)


def _of_survival(family: str, fit: SurvivalFit) -> FamilyGap:
    row = next(row for row in fit.tidy() if row.term == GAP)
    return FamilyGap(family, row.ratio, row.ratio_low, row.ratio_high, fit.ratio_name == "time ratio", fit.default_errors, left_out=_left_out(fit))


def _left_out(fit: SurvivalFit) -> str:
    return "; ".join(reason for _, reason, _ in fit.dropped)


def _person_period(others: Any) -> Iterator[FamilyGap]:
    """Only where it was fitted already: it costs more than all other checks together."""
    for one in others:
        if one.name == "person-period":
            yield _of_other(one, "person-period", is_ratio_of_hours=False)


def _of_other(one: OtherModel, family: str, *, is_ratio_of_hours: bool) -> FamilyGap:
    if one.why or GAP not in one.ratios:
        return _none(family, one.why or f"{GAP} is not among its terms", is_ratio_of_hours=is_ratio_of_hours)
    return FamilyGap(family, *one.ratios[GAP], is_ratio_of_hours=is_ratio_of_hours, errors=one.errors, left_out=one.left_out)


def _none(family: str, why: str, *, is_ratio_of_hours: bool = True) -> FamilyGap:
    return FamilyGap(family, math.nan, math.nan, math.nan, is_ratio_of_hours, "", why)


def _row(one: FamilyGap) -> dict[str, Any]:
    return {
        "family": one.family,
        "quantity": "ratio of hours" if one.is_ratio_of_hours else "ratio of hazards",
        "ratio": one.ratio,
        "ratio_low": one.low,
        "ratio_high": one.high,
        "direction": "" if one.why else one.direction,
        "errors": one.errors,
        "left_out": one.left_out,
        "why": one.why,
    }
