"""What the models were given: do terms tell anything of their own, does an estimate exist, who is missing, who was still out?

Modelling choice: these are counts and need no test. Bounds, declared here: fewer than 10 reporters a term of model 1 are few (Peduzzi and others);
variance inflated 5 times asks for caution and 10 times is trouble; a condition index of 10 and of 30 likewise (Belsley). Up to 1 % of households
without a value, or still out, change nothing that is printed; from 5 % on they may. Groups that differ by more than 5 percentage points in who is
missing are not compared by the households that are left.

References: Peduzzi et al. (1996), J. Clinical Epidemiology 49:1373–1379; Belsley, Kuh & Welsch, Regression Diagnostics (1980), chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.collinearity import Inflation, condition_index, inflations
from evenhand.equity.fits import Fit
from evenhand.equity.panel_faults import STILL_OUT
from evenhand.studies.diagnostics.model_words import FEW_HOUSEHOLDS, Asked, Check, Verdict, graded, worse
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS
from evenhand.studies.hypotheses import EXACT
from evenhand.studies.results import Diagnostic

Floats = NDArray[np.float64]
_EVENTS_PER_TERM: Final = 10.0
_INFLATION: Final = (5.0, 10.0)
_CONDITION: Final = (10.0, 30.0)
_MISSING_PERCENT: Final = (1.0, 5.0)
_GROUPS_POINTS: Final = 5.0
_STILL_OUT_PERCENT: Final = (1.0, 5.0)
_REPORTING: Final = "1"

SEPARATION: Final = Check(
    "separation",
    "Does the model of reporting have an estimate at all?",
    "Model 1: whether some combination of its terms tells reporters and others apart without exception (decided exactly, by a linear programme), or "
    "would without some one block group, and how many reporters there are for each term.",
)
RANK: Final = Check(
    "rank",
    "Does every term tell something of its own?",
    "All models: terms that are constant or a combination of others, and the condition index of the terms' correlations.",
)
INFLATION: Final = Check(
    "variance_inflation",
    "How much do terms blur each other?",
    "All models: the variance inflation factor of each term; of terms tied by a product, their generalised factor together, on the scale of one "
    "term.",
)
MISSING: Final = Check(
    "missing_values",
    "Who is left out for want of a value?",
    "All models: households that miss a value of the model's columns and are left out of it, by column and by group.",
)
CENSORED: Final = Check(
    "still_out",
    "Were households still out when the records ended?",
    "Households whose hours are a lower bound: how many, and whether the groups differ. The hours models take the hours so far for all of them.",
)


def separation(asked: Asked) -> Iterator[Diagnostic]:
    """Separation of model 1."""
    fit = asked.study.fits[_REPORTING]
    separated = [term for warning in fit.warnings if warning.code == "separation" for term in warning.terms]
    leaning = 0 if separated else _without_estimate(asked, fit)
    reporters = int(fit.design.y.sum())
    terms = len(fit.names) - 1
    figures = {
        "reporters": float(reporters),
        "others": float(fit.n - reporters),
        "terms": float(terms),
        "rarer_per_term": min(reporters, fit.n - reporters) / max(terms, 1),
        "separated_terms": float(len(separated)),
        "leaning_block_groups": float(leaning),
        "rarer_per_term_bound": _EVENTS_PER_TERM,
    }
    counts = "{reporters:,.0f} households reported and {others:,.0f} did not: {rarer_per_term:.1f} of the rarer kind for each of {terms:.0f} terms."
    if separated:
        names = ", ".join(separated)
        meaning = f"Reporters and others are told apart without exception along {names}: no finite estimate of maximum likelihood exists. {counts}"
        advice = f"Read the penalised (Firth) estimates that are printed in its place, and nothing into the size of {names}."
        yield SEPARATION.found(figures, "trouble", meaning, advice, [{"model": _REPORTING, "term": term} for term in separated])
        return
    if leaning:
        meaning = (
            "No term separates reporters from others, but left out alone {leaning_block_groups:,.0f} of the block groups leave the model without a "
            f"finite estimate. {counts}"
        )
        advice = "The estimate leans on single block groups: cr3 has no error for it, and one step of cr3 stands in. Ask of fewer terms."
        yield SEPARATION.found(figures, "trouble", meaning, advice)
        return
    if figures["rarer_per_term"] < _EVENTS_PER_TERM:
        advice = (
            "Fewer than {rarer_per_term_bound:.0f} a term is few: estimates tend outwards. Set Firth's estimate beside them, or ask of fewer terms."
        )
        yield SEPARATION.found(figures, "caution", f"No term separates reporters from others. {counts}", advice)
        return
    yield SEPARATION.found(figures, "sound", f"No term separates reporters from others. {counts}", "Nothing.")


def _without_estimate(asked: Asked, fit: Fit) -> int:
    """How many block groups, left out alone, leave the model without a finite estimate of some term."""
    if (asked.panel.n_clusters or 0) < 2:
        return 0
    exact = fit.with_errors({EXACT: CLUSTER}, {} if CLUSTER in fit.design.clusters else {CLUSTER: asked.panel.ids[CLUSTER]})
    shifts = exact.errors_by(EXACT).shifts
    assert shifts is not None  # the jackknife keeps them
    return int(np.isnan(shifts).any(axis=1).sum())


def rank(asked: Asked) -> Iterator[Diagnostic]:
    """Removed terms and condition indices of all models."""
    fits = asked.study.fits
    rows: list[dict[str, Any]] = [
        {"model": number, "condition_index": _condition(fit), "removed": ", ".join(r.term for r in fit.design.removed)}
        for number, fit in fits.items()
    ]
    removed = {term.term: f"{term.term} ({term.reason})" for fit in fits.values() for term in fit.design.removed}
    figures = {
        "condition_index": max(row["condition_index"] for row in rows),
        "removed_terms": float(len(removed)),
        "models": float(len(fits)),
        "caution_index": _CONDITION[0],
        "trouble_index": _CONDITION[1],
    }
    index = "The largest condition index is {condition_index:.1f}."
    if removed:
        meaning = f"Left out ({{removed_terms:.0f}}), because they tell nothing of their own: {', '.join(sorted(removed.values()))}. {index}"
        yield RANK.found(figures, "trouble", meaning, "Their effects are unknown in this panel; say so, or find columns that differ.", rows)
        return
    standing = graded(figures["condition_index"], *_CONDITION)
    advice = "Nothing." if standing == "sound" else "Above {caution_index:.0f} some terms nearly repeat others: see their variance inflation."
    yield RANK.found(figures, standing, f"No term of the {{models:.0f}} models is a combination of others. {index}", advice, rows)


def _condition(fit: Fit) -> float:
    return condition_index(fit.design.x, fit.names, weights=_weights(fit)) if len(fit.names) > 1 else 1.0


def _weights(fit: Fit) -> Floats | None:
    return fit.design.weights if fit.design.weights.size else None


def variance_inflation(asked: Asked) -> Iterator[Diagnostic]:
    """Inflation factors of all models; the verdict is on the largest."""
    found = [(number, one) for number, fit in asked.study.fits.items() for one in inflations(fit.design.x, fit.names, weights=_weights(fit))]
    number, worst = max(found, key=lambda one: one[1].per_term)
    figures = {
        "inflation": worst.per_term,
        "times_as_large_errors": worst.of_errors,
        "caution_inflation": _INFLATION[0],
        "trouble_inflation": _INFLATION[1],
    }
    standing = graded(worst.per_term, *_INFLATION)
    are = "is" if len(worst.terms) == 1 else "are together"
    meaning = (
        f"Most blurred {are} {_named(worst)} in model {number}: the variance is {{inflation:.1f}} times what it would be if the other terms told "
        "nothing of it, the standard error {times_as_large_errors:.1f} times."
    )
    advice = {
        "sound": "Nothing: below {caution_inflation:.0f} the errors that are printed already hold all of it.",
        "caution": "The errors printed already hold it. Do not read a wide interval of this term as no effect.",
        "trouble": "Above {trouble_inflation:.0f} the term can hardly be told from the others: report them together, or leave one out and say so.",
    }[standing]
    rows = [
        {"model": n, "terms": ", ".join(one.terms), "inflation": one.per_term, "generalised": one.factor, "degrees": len(one.terms)}
        for n, one in found
    ]
    yield INFLATION.found(figures, standing, meaning, advice, rows)


def _named(one: Inflation) -> str:
    return ", ".join(one.terms)


def missing_values(asked: Asked) -> Iterator[Diagnostic]:
    """Rows left out of the models, by column, model and group."""
    panel = asked.panel
    used = sorted({part for model in FIVE_MODELS for term in (*model.terms, model.outcome) for part in term.split(":")})
    lost = {name: ~np.isfinite(panel.numbers[name]) for name in used}
    any_lost = np.logical_or.reduce(list(lost.values()))
    least = min(fit.n for fit in asked.study.fits.values())
    by_group, apart = _by_group(asked, any_lost)
    figures = {
        "households": float(panel.n),
        "missing": float(any_lost.sum()),
        "missing_percent": 100.0 * float(any_lost.mean()),
        "fewest_in_a_model": float(least),
        **by_group,
        "caution_percent": _MISSING_PERCENT[0],
        "trouble_percent": _MISSING_PERCENT[1],
        "groups_points": _GROUPS_POINTS,
    }
    rows = [{"column": name, "households": int(gone.sum())} for name, gone in lost.items() if gone.any()]
    if not any_lost.any():
        yield MISSING.found(figures, "sound", "None of {households:,.0f} households misses a value that a model uses.", "Nothing.")
        return
    standing = worse(graded(figures["missing_percent"], *_MISSING_PERCENT), "trouble" if apart > _GROUPS_POINTS else "sound")
    meaning = (
        "{missing:,.0f} of {households:,.0f} households ({missing_percent:.1f} %) miss a value; the smallest model has {fewest_in_a_model:,.0f}."
    )
    if by_group:
        meaning += " Of minority households {minority_percent:.1f} % miss one, of others {others_percent:.1f} %."
    advice = {
        "sound": "Nothing: up to {caution_percent:g} % changes no figure that is printed.",
        "caution": "Look whether those left out wait longer or report less; the bounds for long outages lost say how far it could matter.",
        "trouble": "More than {trouble_percent:g} %, or groups more than {groups_points:g} points apart: complete the data before comparing groups.",
    }[standing]
    yield MISSING.found(figures, standing, meaning, advice, rows)


def _by_group(asked: Asked, chosen: NDArray[np.bool_]) -> tuple[dict[str, float], float]:
    """The share chosen of households more than half minority and of all others, and how many points lie between.

    Shares are left out where a group has none, or fewer than 11 chosen: with the group's size they would tell of those few.
    """
    share = asked.panel.numbers["minority_share"]
    groups = [np.isfinite(share) & side for side in (share > 0.5, share <= 0.5)]
    counts = [int((chosen & group).sum()) for group in groups]
    if not all(group.any() for group in groups):
        return {}, 0.0
    percents = [100.0 * count / int(group.sum()) for count, group in zip(counts, groups, strict=True)]
    told = {} if any(0 < count < FEW_HOUSEHOLDS for count in counts) else dict(zip(("minority_percent", "others_percent"), percents, strict=True))
    return told, abs(percents[0] - percents[1])


def censored(asked: Asked) -> Iterator[Diagnostic]:
    """Households still out at the end of the records."""
    panel = asked.panel
    if "status" not in panel.ids:
        because = "the panel has no column status: households that were still out cannot be told from those restored"
        yield CENSORED.not_testable(because, "Take status from the table of outages into the panel; until then the longest hours may be too short.")
        return
    out = np.asarray(panel.ids["status"] == STILL_OUT, dtype=np.bool_)
    by_group, apart = _by_group(asked, out)
    figures = {
        "households": float(panel.n),
        "still_out": float(out.sum()),
        "still_out_percent": 100.0 * float(out.mean()),
        **by_group,
        "caution_percent": _STILL_OUT_PERCENT[0],
        "trouble_percent": _STILL_OUT_PERCENT[1],
        "groups_points": _GROUPS_POINTS,
    }
    if not out.any():
        yield CENSORED.found(figures, "sound", "None of {households:,.0f} households was still out when the records ended.", "Nothing.")
        return
    standing = worse(graded(figures["still_out_percent"], *_STILL_OUT_PERCENT), "trouble" if apart > _GROUPS_POINTS else "sound")
    meaning = "{still_out:,.0f} of {households:,.0f} households ({still_out_percent:.2f} %) were still out at the end of the records."
    if by_group:
        meaning += " It is {minority_percent:.2f} % of minority households and {others_percent:.2f} % of others."
    yield CENSORED.found(figures, standing, meaning, _CENSORED_ADVICE[standing])


_CENSORED_ADVICE: Final[dict[Verdict, str]] = {
    "sound": "Nothing: up to {caution_percent:g} % moves the means little. The log-normal and survival models count them rightly.",
    "caution": "Lead with the restoration curves and restricted means, which count them rightly; the hours models make the longest waits too short.",
    "trouble": "More than {trouble_percent:g} %, or groups more than {groups_points:g} points apart: do not use the hours models for the gap; use "
    "the restoration curves, restricted means and the log-normal model.",
}
