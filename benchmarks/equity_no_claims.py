"""How often does the study claim something where nothing is?

Panels are synthetic, as in `equity_false_positives`: 3,515 households, 170 block groups with effects of their own, requests as skewed as printed. All
that the hypotheses ask about is truly zero: minority share and participation do nothing to the hours, alone and together, the minority share does
nothing to reporting, and the block group's requests do nothing. What counts is what a reader of `evenhand study fit` reads: a claim of a direction
is false where it is called supported or contradicted, a claim of no difference where it is called contradicted. Of a pair of opposite claims one is
counted. Every bar is widened by two standard errors of a share found in so many panels; it is held by the default preset, and the study's own stands
beside it.
Run: `python -m benchmarks.equity_no_claims [--panels 2000]`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

import pyarrow as pa

from benchmarks.many_panels import each_seed, monte_carlo
from benchmarks.measured_tables import print_row
from evenhand.equity.panel_reading import panel_of
from evenhand.studies.five_models import StudyFits, fit_five_models
from evenhand.studies.hypotheses import HYPOTHESES, LEVEL, asked_at_once, verdicts
from evenhand.twin.panel import HOURS_EFFECTS, PARTICIPATION_EFFECTS, PanelRecipe, synthetic_panel

ASKED_ABOUT: Final = ("minority_share", "participation")
NOTHING: Final = PanelRecipe(
    hours_effects={term: 0.0 if term.startswith(ASKED_ABOUT) else effect for term, effect in HOURS_EFFECTS.items()},
    participation_effects={**PARTICIPATION_EFFECTS, "minority_share": 0.0},
)
FIRST_SEED: Final = 7_000_000
DEFAULT, STUDYS_OWN = "default", "xu_tang_2020"
# Hypotheses by what their term rests on, and the most panels of which each may claim something.
HOUSEHOLDS: Final = ("H1", "H2b", "H3b")
AREAS: Final = ("service rule",)
NO_DIFFERENCE: Final = ("gap among reporters", "minority reporters", "fair service rule")
MOST: Final = (
    ("claims about households", HOUSEHOLDS, 0.07),
    ("claim about block groups", AREAS, 0.08),
    ("claims of no difference, contradicted", NO_DIFFERENCE, 0.05),
)
MOST_AFTER_HOLM: Final = 0.05


class Claimed(NamedTuple):
    """Hypotheses of one panel of which something false is said: by their verdicts, and by those that Holm leaves."""

    alone: frozenset[str]
    after_holm: frozenset[str]


def claimed(study: StudyFits) -> Claimed:
    """What a study claims of a panel of which nothing is true."""
    false_ones = {"above": {"supported", "contradicted"}, "below": {"supported", "contradicted"}, "none": {"contradicted"}}
    wrong = {one.name for one, found in zip(HYPOTHESES, verdicts(study), strict=True) if found.outcome in false_ones[one.claim]}
    asked = [one for one in asked_at_once(study) if one.hypothesis in wrong]
    return Claimed(frozenset(one.hypothesis for one in asked), frozenset(one.hypothesis for one in asked if one.holm < LEVEL))


def judge(recipe: PanelRecipe, seed: int) -> dict[str, Claimed]:
    """One panel by both presets."""
    panel = panel_of(pa.table(synthetic_panel(recipe, seed)))
    study = fit_five_models(panel)
    return {DEFAULT: claimed(study), STUDYS_OWN: claimed(fit_five_models(panel, preset=STUDYS_OWN, known=study))}


def shares(found: Sequence[Claimed]) -> Mapping[str, float]:
    """By hypothesis, how many panels something is claimed of; and of any, before and after Holm."""
    names = (*HOUSEHOLDS, *AREAS, *NO_DIFFERENCE)
    counts = {name: sum(name in one.alone for one in found) for name in names}
    counts |= {"any": sum(bool(one.alone) for one in found), "after Holm": sum(bool(one.after_holm) for one in found)}
    return {name: count / len(found) for name, count in counts.items()}


def rows(default: Mapping[str, float], other: Mapping[str, float], panels: int) -> list[bool]:
    """Print what was found, one row a kind of claim; which rows hold."""
    what, held = f"claimed where every truth is zero, {{}}, {panels:,} panels", []
    both = {name: f"{share:.1%} ({STUDYS_OWN} {other[name]:.1%})" for name, share in default.items()}
    for kind, names, share in MOST:
        most = share + monte_carlo(share, panels)
        words = ", ".join(f"{name} {both[name]}" for name in names)
        held.append(print_row(what.format(kind), f"each ≤ {most:.1%}", words, all(default[name] <= most for name in names)))
    most = MOST_AFTER_HOLM + monte_carlo(MOST_AFTER_HOLM, panels)
    held.append(print_row(what.format("any of the seven after Holm"), f"≤ {most:.1%}", both["after Holm"], default["after Holm"] <= most))
    print_row(what.format("any of the seven, each verdict by itself"), "none", both["any"], holds=True)
    return held


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--panels", type=int, default=2000)
    arguments.add_argument("--workers", type=int, default=2)
    chosen = arguments.parse_args()
    began = time.perf_counter()
    found = list(each_seed(partial(judge, NOTHING), range(FIRST_SEED, FIRST_SEED + chosen.panels), chosen.workers))
    default, other = (shares([one[preset] for one in found]) for preset in (DEFAULT, STUDYS_OWN))
    held = rows(default, other, chosen.panels)
    print(f"  ({time.perf_counter() - began:.0f} s)", flush=True)
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
