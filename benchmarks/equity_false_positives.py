"""Do the intervals hold what they promise, and how often does each error convention see an effect that is not there?

Panels are synthetic, with the printed means and spreads of the study, 170 block groups with effects of their own, 3,515 households, and a known
truth: the community term has no effect on hours. For each exposure (as skewed as printed, and two milder ones) and each spread of the block groups'
effects the share of panels is printed in which each convention rejects that truth at 5 %, and how often its 95 % intervals cover the truth of the
household terms and of their interaction. Run: `python -m benchmarks.equity_false_positives [--replications 2000]`.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple

from benchmarks.many_panels import each_seed, monte_carlo
from benchmarks.measured_tables import print_row
from evenhand import equity
from evenhand.twin.panel import HOURS_EFFECTS, PanelRecipe, synthetic_panel

FORMULA: Final = "restoration_hours ~ community_participation + minority_share * participation + house_age + median_income + log_population_density"
NULL_TERM: Final = "community_participation"
HOUSEHOLD_TERMS: Final = ("minority_share", "house_age", "participation", "minority_share:participation")
CONVENTIONS: Final = ("observed", "cr1", "bootstrap", "cr2", "cr3")
SCENARIOS: Final = (("published", 0.2), ("published", 0.1), ("published", 0.35), ("milder", 0.2), ("even", 0.2))
MOST_FALSE: Final = 0.08
COVERAGE: Final = (0.93, 0.97)


class Judgement(NamedTuple):
    """One panel, one convention: was the true zero rejected, and which of HOUSEHOLD_TERMS have intervals that hold their truth?"""

    convention: str
    rejected: bool
    covered: tuple[bool, ...]


def recipe(exposure: str, spread: float) -> PanelRecipe:
    return replace(PanelRecipe(), exposure=exposure, block_group_spread=spread)  # type: ignore[arg-type]


def judge(exposure: str, spread: float, seed: int) -> list[Judgement]:
    panel = synthetic_panel(recipe(exposure, spread), seed)
    wanted = {name: None if name == "observed" else "block_group" for name in CONVENTIONS}
    fit = equity.fit(FORMULA, panel, errors=wanted, draws=399, seed=seed)
    found = []
    for name in CONVENTIONS:
        terms = {t.term: t for t in fit.terms(name)}
        covered = tuple(terms[t].conf_low <= HOURS_EFFECTS[t] <= terms[t].conf_high for t in HOUSEHOLD_TERMS)
        found.append(Judgement(name, terms[NULL_TERM].p_value < 0.05, covered))
    return found


def shares(exposure: str, spread: float, replications: int, workers: int) -> dict[str, tuple[float, list[float]]]:
    """By convention: the share of panels with a false positive, and the coverage of each household term."""
    rejected: dict[str, int] = defaultdict(int)
    covered: dict[str, list[int]] = {name: [0] * len(HOUSEHOLD_TERMS) for name in CONVENTIONS}
    for panel in each_seed(partial(judge, exposure, spread), range(replications), workers):
        for judgement in panel:
            rejected[judgement.convention] += judgement.rejected
            for k, held in enumerate(judgement.covered):
                covered[judgement.convention][k] += held
    return {name: (rejected[name] / replications, [c / replications for c in covered[name]]) for name in CONVENTIONS}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--replications", type=int, default=2000)
    arguments.add_argument("--workers", type=int, default=2)
    chosen = arguments.parse_args()
    allowed, held = MOST_FALSE + monte_carlo(MOST_FALSE, chosen.replications), []
    edge = monte_carlo(0.95, chosen.replications)
    for exposure, spread in SCENARIOS:
        start = time.perf_counter()
        found = shares(exposure, spread, chosen.replications, chosen.workers)
        by_name = ", ".join(f"{name} {share:.1%}" for name, (share, _) in found.items())
        where = f"exposure {exposure}, block groups' spread {spread:g}, {chosen.replications:,} panels"
        share, covered = found["cr3"]
        held.append(print_row(f"false positives of a true zero, area term, {where}", f"cr3 ≤ {allowed:.1%}", by_name, share <= allowed))
        words = ", ".join(f"{term} {one:.1%}" for term, one in zip(HOUSEHOLD_TERMS, covered, strict=True))
        what = f"95 % intervals of household terms by cr3 that hold the truth, {where}"
        held.append(print_row(what, "93 – 97 %", words, all(COVERAGE[0] - edge <= one <= COVERAGE[1] + edge for one in covered)))
        print(f"  ({time.perf_counter() - start:.0f} s)", flush=True)
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
