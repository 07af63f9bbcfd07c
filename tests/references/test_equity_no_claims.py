"""Nothing is claimed where the truth is zero, but for chance: the fast part of `benchmarks/equity_no_claims.py`, which draws thousands of panels.

Bars are the binomial distribution's own: a claim that is false in as many of 60 panels as is allowed at most is found in more than its bar's one time
in a hundred. Seeds are fixed, so what is found is the same each time; both presets judge the same panels.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy.stats import binom

from benchmarks.equity_no_claims import DEFAULT, MOST, MOST_AFTER_HOLM, NOTHING, STUDYS_OWN, Claimed, judge

PANELS = 60
RECIPE = replace(NOTHING, households=1_200, block_groups=60, share_taking_part=0.3)  # of fewer reporters often none would be a student
MOST_OF_EACH = [(name, share) for _, names, share in MOST for name in names]


@pytest.fixture(scope="module")
def found() -> list[dict[str, Claimed]]:
    return [judge(RECIPE, seed) for seed in range(PANELS)]


def test_the_recipe_leaves_nothing_to_find() -> None:
    asked = ("minority_share", "participation", "community_participation")
    effects = [*RECIPE.hours_effects.items(), ("minority_share", RECIPE.participation_effects["minority_share"])]
    assert not [term for term, effect in effects if effect and term.startswith(asked)]


@pytest.mark.parametrize(("name", "share"), MOST_OF_EACH)
def test_a_claim_is_false_no_more_often_than_allowed(found: list[dict[str, Claimed]], name: str, share: float) -> None:
    assert sum(name in one[DEFAULT].alone for one in found) <= binom.ppf(0.99, PANELS, share)


def test_after_holm_few_panels_hold_any_false_claim_and_by_errors_of_single_households_many(found: list[dict[str, Claimed]]) -> None:
    most = binom.ppf(0.99, PANELS, MOST_AFTER_HOLM)
    assert sum(bool(one[DEFAULT].after_holm) for one in found) <= most
    assert sum(bool(one[STUDYS_OWN].after_holm) for one in found) > most


def test_holm_takes_claims_away_and_adds_none(found: list[dict[str, Claimed]]) -> None:
    pairs = [one[DEFAULT] for one in found]
    assert all(one.after_holm <= one.alone for one in pairs)
    assert sum(bool(one.after_holm) for one in pairs) < sum(bool(one.alone) for one in pairs)
