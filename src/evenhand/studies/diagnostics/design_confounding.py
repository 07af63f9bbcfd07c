"""Confounders that nobody measured: what it would take, beside what a measured column takes.

Modelling choice: confounding that was not measured cannot be tested at all. The E-value and the tipping point say how strong it would have to be, and
for scale stands beside them by how much the gap moves when a column that *was* measured is left out. Intervals are those of the study's own errors,
as its verdicts' are. The odds ratio of reporting counts as a ratio of risks where reporting is rare, and by its square root where it is common.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.sensitivity import COMMON_FROM, EValue, Measure, e_value, tipping_strength
from evenhand.equity.verdicts import percent_words, ratio_words
from evenhand.studies.diagnostics.design_refits import (
    GROUP,
    HOURS,
    LABELS,
    Refits,
    hypothesis_of,
    labelled,
    ratio_of,
    untestable,
)
from evenhand.studies.five_models import HOUSES, Model
from evenhand.studies.hypotheses import inference
from evenhand.studies.results import Diagnostic

_JUDGED: Final = ("H1", "H2b", "service rule")
# How common a binary confounder is where it is more common, and where it is less.
PREVALENCES: Final = ((0.2, 0.1), (0.4, 0.2), (0.6, 0.2), (0.8, 0.2))
_E_TITLE: Final = "Confounding that was not measured: the E-value"
_E_TESTED: Final = "How strong an unmeasured column must be to explain a ratio away"
_TIPPING_TITLE: Final = "Confounding that was not measured: the tipping point"
_TIPPING_TESTED: Final = "How many times longer a wait something unmeasured must make, if it is so much more common in one group, to explain H1 away"
# Something that makes a wait half as long again is not far-fetched; nor is it that it is twice as common in one group.
_EASILY: Final = 1.5
_TWICE: Final = (0.4, 0.2)
Triple = tuple[float, float, float]


def confounding(refits: Refits) -> tuple[Diagnostic, Diagnostic]:
    """E-value and tipping point, beside what leaving out a measured column does."""
    found = _inferences(refits)
    if "H1" not in found:
        why = "the gap where nobody reports has no estimate"
        return untestable("e_value", _E_TITLE, _E_TESTED, why), untestable("tipping_point", _TIPPING_TITLE, _TIPPING_TESTED, why)
    values = {name: _e_value(one, _measure(name, refits)) for name, one in found.items()}
    left_out = _left_out(refits)
    return _of_e_values(found, values, left_out, refits.study.errors[0]), _of_tipping(found["H1"])


def _inferences(refits: Refits) -> dict[str, Triple]:
    """Ratios with their intervals by the study's own convention; without those that have none."""
    found: dict[str, Triple] = {}
    for name in _JUDGED:
        hypothesis = hypothesis_of(name)
        try:
            found[name] = ratio_of(inference(hypothesis, refits.study.fits[hypothesis.model], refits.study.errors[0]))
        except DesignUnusable:
            continue
    return {name: one for name, one in found.items() if np.isfinite(one).all()}


def _measure(name: str, refits: Refits) -> Measure:
    if name != "H2b":
        return "ratio"
    return "odds_ratio_common" if float(np.mean(refits.study.fits["1"].design.y)) >= COMMON_FROM else "odds_ratio_rare"


def _e_value(found: Triple, measure: Measure) -> EValue:
    return e_value(*found, measure=measure)


def _left_out(refits: Refits) -> dict[str, float]:
    """By which factor the gap's ratio moves when a measured column is left out of model 3."""
    whole = float(refits.study.fits["3"].coefficients[refits.study.fits["3"].design.term_place(GROUP)])
    found = {}
    for column in HOUSES:
        terms = (GROUP, "participation", f"{GROUP}:participation", *(one for one in HOUSES if one != column))
        try:
            fit = refits.refit(Model("3 less one", "", "negative_binomial", HOURS, terms))
            moved = float(fit.coefficients[fit.design.term_place(GROUP)]) - whole
        except DesignUnusable:
            continue
        found[column] = float(np.exp(abs(moved)))
    return found


def _of_e_values(found: Mapping[str, Triple], values: Mapping[str, EValue], left_out: Mapping[str, float], errors: str) -> Diagnostic:
    figures: dict[str, float] = {}
    for name, value in values.items():
        figures |= {f"{name} E-value": value.point, f"{name} E-value of the interval": value.limit}
    figures |= {f"leaving out {column} moves the gap by (factor)": factor for column, factor in left_out.items()}
    limit = _away(values["H1"].near_limit)
    is_far = values["H1"].limit >= _EASILY and limit > max(left_out.values(), default=1.0)
    sentences = [_e_sentence(name, found[name], value) for name, value in values.items()]
    return Diagnostic(
        "e_value",
        _E_TITLE,
        f"{_E_TESTED} (intervals: {errors}).",
        figures,
        " ".join([*sentences, *_scale(left_out, limit)]),
        "Name what could be so strong (the grid, trees, hospitals nearby), and whether the city could measure it."
        if is_far
        else "It would not take much. Call the gap adjusted, never caused.",
        "sound" if is_far else "caution",
        tuple(_e_row(name, found[name], value) for name, value in values.items()),
    )


def _e_row(name: str, found: Triple, value: EValue) -> dict[str, Any]:
    numbers = dict(zip(("ratio", "ratio_low", "ratio_high"), found, strict=True))
    return {"hypothesis": name, "what": LABELS[name], **numbers, "e_value": value.point, "e_value_of_the_interval": value.limit}


def _e_sentence(name: str, found: Triple, value: EValue) -> str:
    start = f"{labelled(name)}, {ratio_words(found)}: "
    if value.limit <= 1.0:
        return f"{start}its interval holds no difference already, so nothing is needed to explain it away."
    needed = f"an unmeasured column that has ratios of {value.point:.2f} with the group and with the outcome would explain it away"
    return f"{start}{needed}; ratios of {value.limit:.2f} would bring its interval to no difference."


def _scale(left_out: Mapping[str, float], limit: float) -> list[str]:
    if not left_out:
        return []
    column = max(left_out, key=lambda one: left_out[one])
    words = column.replace("_", " ")
    return [
        f"For scale: leaving out {words}, the measured column that the gap hangs on most, moves H1's ratio by a factor of {left_out[column]:.3f}; "
        f"the near limit of its interval is a factor of {limit:.3f} from 1."
    ]


def _away(ratio: float) -> float:
    return max(ratio, 1.0 / ratio)


def _of_tipping(gap: Triple) -> Diagnostic:
    ratio, low, high = gap
    near = 1.0 if low <= 1.0 <= high else low if ratio > 1.0 else high
    rows = [_tipping_row(ratio, near, common, rare) for common, rare in PREVALENCES]
    enough = [row for row in rows if np.isfinite(row["strength_for_the_ratio"])]
    where, rest = ("minority households", "others") if ratio > 1.0 else ("others", "minority households")
    told = "; ".join(f"{row['strength_for_the_ratio']:.2f} times where {_shares(row, where, rest)}" for row in enough)
    never = "" if len(enough) == len(rows) else " At the other prevalences tried no strength is enough."
    figures = {f"strength at {_shares(row, where, rest)} (times)": row["strength_for_the_ratio"] for row in enough}
    is_easy = near == 1.0 or any(
        row["strength_for_the_interval"] < _EASILY for row in rows if (row["more_common_share"], row["less_common_share"]) == _TWICE
    )
    return Diagnostic(
        "tipping_point",
        _TIPPING_TITLE,
        f"{_TIPPING_TESTED}.",
        figures,
        f"The gap is {ratio_words(gap)}. A wait made longer by so much would explain it away: {told}.{never}"
        if told
        else f"The gap is {percent_words(ratio)}. At none of the prevalences tried is any strength enough.",
        "Ask those who know the grid whether anything there is so common and so strong.",
        "caution" if is_easy else "sound",
        tuple(rows),
    )


def _tipping_row(ratio: float, near: float, common: float, rare: float) -> dict[str, float]:
    strengths = {"strength_for_the_ratio": tipping_strength(ratio, common, rare), "strength_for_the_interval": tipping_strength(near, common, rare)}
    return {"more_common_share": common, "less_common_share": rare, **strengths}


def _shares(row: Mapping[str, float], where: str, rest: str) -> str:
    return f"{100.0 * row['more_common_share']:.0f} % of {where} and {100.0 * row['less_common_share']:.0f} % of {rest} have it"
