"""Intervals against a known truth: the fast part of `benchmarks/equity_false_positives.py`, which draws thousands of panels.

Tolerance: 100 panels give a coverage of 95 % with a standard error of 2.2 points; four of them are allowed, so that a right interval fails once in
15,000 such tests. Seeds are fixed, so what is found is the same each time.
"""

from __future__ import annotations

import math

import pytest

from evenhand import equity
from evenhand.twin.panel import HOURS_EFFECTS, PanelRecipe, synthetic_panel

PANELS = 100
FORMULA = "restoration_hours ~ community_participation + minority_share * participation + house_age + median_income + log_population_density"


@pytest.fixture(scope="module")
def fits() -> list[equity.Fit]:
    recipe = PanelRecipe(households=1200, block_groups=60, exposure="published", block_group_spread=0.2)
    wanted = {"cr3": "block_group", "observed": None}
    return [equity.fit(FORMULA, synthetic_panel(recipe, seed), errors=wanted) for seed in range(PANELS)]


@pytest.mark.parametrize("term", ["minority_share", "house_age", "participation", "minority_share:participation"])
def test_intervals_of_household_terms_hold_their_truth_as_often_as_they_say(fits: list[equity.Fit], term: str) -> None:
    terms = [next(t for t in fit.terms("cr3") if t.term == term) for fit in fits]
    held = sum(t.conf_low <= HOURS_EFFECTS[term] <= t.conf_high for t in terms) / PANELS
    assert abs(held - 0.95) < 4 * math.sqrt(0.95 * 0.05 / PANELS)


def test_an_area_term_without_effect_is_rarely_seen_by_cr3_and_often_by_errors_of_independent_households(fits: list[equity.Fit]) -> None:
    def seen(convention: str) -> float:
        found = [next(t for t in fit.terms(convention) if t.term == "community_participation") for fit in fits]
        return sum(t.p_value < 0.05 for t in found) / PANELS

    assert seen("cr3") < 0.08 + 4 * math.sqrt(0.08 * 0.92 / PANELS)
    assert seen("observed") > 0.2  # the study's errors: a fifth to a half of true zeros are rejected


def test_an_area_term_rests_on_far_fewer_degrees_of_freedom_than_there_are_clusters(fits: list[equity.Fit]) -> None:
    df = {t.term: t.df for t in fits[0].terms("cr3")}
    assert df["community_participation"] < 20 < df["house_age"] < 60
