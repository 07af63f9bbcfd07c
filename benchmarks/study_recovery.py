"""Are the study's five models recovered where its printed coefficients are the truth, and do the default errors hold what they promise?

Panels are synthetic, with the printed means and spreads of the study, 3,515 households in 170 block groups with effects of their own. The hours of
each model are drawn anew with that model's coefficients, so each is fitted to panels of its own; errors are the default ones (cr3). What is printed
for each model is how often the 95 % intervals of its terms hold their truth: of terms that differ between households, and of those that rest on block
groups (an interaction with an area's column among them). Every bar is widened by two standard errors of a share found in so many panels.
Run: `python -m benchmarks.study_recovery [--seeds 2000]`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

import numpy as np

from benchmarks.many_panels import each_seed, monte_carlo
from evenhand import equity
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS, Model
from evenhand.studies.published_study import COEFFICIENTS
from evenhand.twin.panel import AREA_COLUMNS, PanelRecipe, synthetic_panel

HOUSEHOLDS_COVERED: Final = (0.93, 0.97)
AREAS_COVERED_LEAST: Final = 0.92
FIRST_SEED: Final = 1_000_000  # of model 1; each further model begins a million later


def truth_of(model: Model) -> dict[str, float]:
    """The printed coefficient of each of the model's terms."""
    return {term: COEFFICIENTS[model.number][term][0] for term in model.terms}


def rests_on_areas(term: str) -> bool:
    return any(part in AREA_COLUMNS for part in term.split(":"))


def recipe_of(model: Model) -> PanelRecipe:
    """What takes part is by model 1 in every panel; the hours are by the model's own effects."""
    by_model_1 = truth_of(FIVE_MODELS[0])
    if model.outcome == "participation":
        return PanelRecipe(participation_effects=by_model_1)
    return PanelRecipe(participation_effects=by_model_1, hours_effects=truth_of(model))


def judge(model: Model, seed: int) -> tuple[list[bool], list[float]]:
    """One panel: which intervals hold their truth, and how far each estimate is from it in standard errors; in the order of the terms."""
    panel = synthetic_panel(recipe_of(model), seed)
    formula = f"{model.outcome} ~ {' + '.join(model.terms)}"
    fit = equity.fit(formula, panel, family=model.family, errors={"cr3": CLUSTER})
    found, truth = {row.term: row for row in fit.terms("cr3")}, truth_of(model)
    held = [found[term].conf_low <= truth[term] <= found[term].conf_high for term in model.terms]
    return held, [(found[term].estimate - truth[term]) / found[term].std_error for term in model.terms]


def coverage(model: Model, seeds: int, workers: int) -> Mapping[str, tuple[float, float]]:
    """By term: the share of panels whose interval holds the truth, and the mean distance from it in standard errors.

    In a panel in which one column tells all who report (no student among them, say) there are no such intervals: it counts as one that does not hold.
    """
    first = FIRST_SEED * int(model.number)
    held, distance = zip(*each_seed(partial(judge, model), range(first, first + seeds), workers), strict=True)
    shares, distances = np.mean(held, axis=0), np.nanmean(distance, axis=0)
    return {term: (float(share), float(away)) for term, share, away in zip(model.terms, shares, distances, strict=True)}


def is_held(term: str, share: float, seeds: int) -> bool:
    if rests_on_areas(term):
        return share >= AREAS_COVERED_LEAST - monte_carlo(AREAS_COVERED_LEAST, seeds)
    low, high = HOUSEHOLDS_COVERED
    return low - monte_carlo(low, seeds) <= share <= high + monte_carlo(high, seeds)


def rows_of(model: Model, found: Mapping[str, tuple[float, float]], seeds: int) -> Iterator[str]:
    bars = {False: f"{HOUSEHOLDS_COVERED[0]:.0%} – {HOUSEHOLDS_COVERED[1]:.0%}", True: f"≥ {AREAS_COVERED_LEAST:.0%}"}
    for of_areas, kind in ((False, "household"), (True, "area")):
        words = ", ".join(f"{term} {share:.1%}" for term, (share, _) in found.items() if rests_on_areas(term) == of_areas)
        what = f"published effects of model {model.number} recovered: 95 % intervals (cr3) of {kind} terms that hold the truth, {seeds:,} panels"
        yield f"| {what} | {bars[of_areas]} | {words} |"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=2000)
    arguments.add_argument("--workers", type=int, default=2)
    chosen = arguments.parse_args()
    failed = False
    for model in FIVE_MODELS:
        wall = time.perf_counter()
        found = coverage(model, chosen.seeds, chosen.workers)
        for row in rows_of(model, found, chosen.seeds):
            print(row, flush=True)
        furthest = max(found, key=lambda term: abs(found[term][1]))
        print(
            f"  (furthest from its truth on average: {furthest}, {found[furthest][1]:+.2f} standard errors; {time.perf_counter() - wall:.0f} s)",
            flush=True,
        )
        failed |= not all(is_held(term, share, chosen.seeds) for term, (share, _) in found.items())
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
