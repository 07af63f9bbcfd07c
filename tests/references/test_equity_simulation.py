"""Intervals against a known truth: the fast part of `benchmarks/equity_false_positives.py`, which draws thousands of panels.

Bars are the binomial distribution's own: of 100 panels a right interval holds its truth in 89 to 99 but for one time in a hundred, and a test that is
wrong in at most 8 of 100, as cr3 promises for area terms, is wrong in no more than 14 but for one time in forty. Seeds are fixed, so what is found is
the same each time; and every convention judges the same panels, so that they are compared in pairs.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from evenhand import equity
from evenhand.equity.fits import Term
from evenhand.twin.panel import HOURS_EFFECTS, PanelRecipe, synthetic_panel

PANELS = 100
FORMULA = "restoration_hours ~ community_participation + minority_share * participation + house_age + median_income + log_population_density"


@pytest.fixture(scope="module")
def fits() -> list[equity.Fit]:
    recipe = PanelRecipe(households=1200, block_groups=60, exposure="published", block_group_spread=0.2)
    wanted = {"cr3": "block_group", "cr1": "block_group", "observed": None}
    return [equity.fit(FORMULA, synthetic_panel(recipe, seed), errors=wanted) for seed in range(PANELS)]


def terms_of(fits: list[equity.Fit], convention: str, term: str) -> list[Term]:
    return [next(t for t in fit.terms(convention) if t.term == term) for fit in fits]


def seen(fits: list[equity.Fit], convention: str) -> np.ndarray:
    """In which panels a convention finds an effect of the area's requests, which have none."""
    return np.array([t.p_value < 0.05 for t in terms_of(fits, convention, "community_participation")])


@pytest.mark.parametrize("term", ["minority_share", "house_age", "participation", "minority_share:participation"])
def test_intervals_of_household_terms_hold_their_truth_as_often_as_they_say(fits: list[equity.Fit], term: str) -> None:
    held = sum(t.conf_low <= HOURS_EFFECTS[term] <= t.conf_high for t in terms_of(fits, "cr3", term))
    assert binom.ppf(0.005, PANELS, 0.95) <= held <= binom.ppf(0.994, PANELS, 0.95)  # 89 to 99: intervals of the whole line hold all


@pytest.mark.parametrize("term", ["minority_share", "house_age", "participation", "minority_share:participation", "community_participation"])
def test_errors_are_as_large_as_the_estimates_spread(fits: list[equity.Fit], term: str) -> None:
    """100 panels know a spread to 7 %, of which four are allowed either way; errors of independent households are a third of the area term's."""
    found = terms_of(fits, "cr3", term)
    ratio = math.sqrt(np.mean([t.std_error**2 for t in found])) / np.std([t.estimate for t in found], ddof=1)
    assert ratio == pytest.approx(1.0, abs=4.0 / math.sqrt(2.0 * (PANELS - 1)))


def test_an_area_term_without_effect_is_seen_no_more_often_than_promised(fits: list[equity.Fit]) -> None:
    assert seen(fits, "cr3").sum() <= binom.ppf(0.975, PANELS, 0.08)
    assert seen(fits, "observed").mean() > 0.2  # the study's errors: a fifth to a half of true zeros are rejected


def test_on_the_same_panels_cr3_sees_an_absent_effect_less_often_than_cr1(fits: list[equity.Fit]) -> None:
    """Where only one of the two sees something, it is cr1: a sign test of the pairs, as by McNemar."""
    exact, ordinary = seen(fits, "cr3"), seen(fits, "cr1")
    alone, other = int((ordinary & ~exact).sum()), int((exact & ~ordinary).sum())
    assert binomtest(alone, alone + other, 0.5, alternative="greater").pvalue < 0.01


def test_an_area_term_rests_on_far_fewer_degrees_of_freedom_than_there_are_clusters(fits: list[equity.Fit]) -> None:
    df = {t.term: t.df for t in fits[0].terms("cr3")}
    assert df["community_participation"] < 20 < df["house_age"] < 60
