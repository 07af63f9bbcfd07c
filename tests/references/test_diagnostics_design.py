"""Checks of the design beside published figures, hand-worked ones, statsmodels, and simulations whose truth is known.

Tolerances: closed forms 1e-12; published figures half of their last digit; rates from simulations 3.5 binomial errors at the number of panels drawn;
estimates from one simulated panel 3.5 of their own standard errors (a false alarm in some 2,000), the seed being fixed.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from evenhand.equity.multiplicity import benjamini_hochberg, holm
from evenhand.equity.permutation import freed_within, permutation_within
from evenhand.equity.sensitivity import e_value
from evenhand.equity.spatial import Neighbours, morans_i, nearest_neighbours
from evenhand.studies.diagnostics.design_refits import Refits
from evenhand.studies.diagnostics.design_unseen import missing_hours
from evenhand.studies.diagnostics.design_windows import landmark_analysis
from evenhand.studies.five_models import FIVE_MODELS, fit_five_models, fit_model
from evenhand.studies.results import Diagnostic
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import EVENT_START, built_panel, city_columns

ERRORS = 3.5


# E-values: VanderWeele & Ding (2017), Annals of Internal Medicine 167:268–274 (3.9, 1.8 to 8.7), and the examples published with the authors' own
# software: smoking and lung cancer in Hammond & Horn (1958), 10.73 (8.02 to 14.36).


def test_the_e_values_are_the_published_ones() -> None:
    found = e_value(3.9, 1.8, 8.7)
    assert found.point == pytest.approx(7.263034, abs=5e-7)
    assert found.limit == pytest.approx(3.0, abs=5e-13)
    smoking = e_value(10.73, 8.02, 14.36)
    assert (smoking.point, smoking.limit) == pytest.approx((20.94777, 15.52336), abs=5e-6)


def test_a_ratio_below_1_has_the_e_value_of_its_inverse() -> None:
    # by hand: 1 / 0.8 = 1.25, and 1.25 + √(1.25 · 0.25)
    found = e_value(0.8, 0.64, 0.91)
    assert found.point == pytest.approx(1.25 + math.sqrt(0.3125))
    assert found.limit == pytest.approx(1 / 0.91 + math.sqrt(1 / 0.91 * (1 / 0.91 - 1)))


def test_ratios_of_common_outcomes_are_brought_to_risks_first() -> None:
    assert e_value(4.0, measure="odds_ratio_common").point == pytest.approx(2 + math.sqrt(2))
    # by hand at a hazard ratio of 4: √4 = 2, √¼ = ½; (1 − 0.5²) / (1 − 0.5^½)
    assert e_value(4.0, measure="hazard_ratio_common").ratio == pytest.approx(0.75 / (1 - math.sqrt(0.5)))


# Holm and Benjamini–Hochberg beside statsmodels.


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
def test_adjusted_p_values_are_those_of_statsmodels(ours: Any, theirs: str) -> None:
    rng = np.random.default_rng(1)
    for size in (1, 2, 7, 40):
        p_values = np.round(rng.beta(0.5, 2.0, size), 2)  # rounded, so that some are tied
        assert ours(p_values) == pytest.approx(multipletests(p_values, method=theirs)[1], abs=1e-12)


# Moran's I.


def rook_grid(side: int) -> Neighbours:
    """Cells of a square grid that share an edge, each pair both ways with weight 1."""
    cells = list(itertools.product(range(side), repeat=2))
    pairs = [(i, j) for i, a in enumerate(cells) for j, b in enumerate(cells) if abs(a[0] - b[0]) + abs(a[1] - b[1]) == 1]
    origin, other = np.array(pairs).T
    return Neighbours(origin, other, np.ones(len(pairs)), side * side)


def test_morans_i_of_1_to_9_on_a_grid_is_the_hand_worked_one() -> None:
    # Σz² = 60; the 12 neighbouring pairs have Σ z z = 36 along rows and 4 down columns: I = 9/24 · 2 · 40 / 60 = 1/2. For the variance S1 = 48,
    # S2 = 4·4² + 4·6² + 8² = 272 and b2 = 9 · 708 / 60² = 1.77: E[I²] = (9 · 2016 − 1.77 · 2016) / (8 · 7 · 6 · 24²) = 0.0753125.
    found = morans_i(np.arange(1.0, 10.0), rook_grid(3), draws=0)
    assert found.value == pytest.approx(0.5, abs=1e-12)
    assert found.expected == -1 / 8
    assert found.std_error**2 == pytest.approx(0.0753125 - 1 / 64, abs=1e-12)
    assert found.statistic == pytest.approx(0.625 / math.sqrt(0.0596875), abs=1e-12)


def test_over_all_arrangements_morans_i_has_exactly_the_mean_and_variance_that_it_states() -> None:
    # all 720 orders of 6 values at 6 places; the weights of the 2 nearest are not symmetric
    values = np.array([1.0, 2.0, 4.0, 8.0, 9.0, 20.0])
    near = nearest_neighbours(np.array([0.0, 0.1, 0.3, 0.6, 1.0, 1.5]), np.zeros(6), 2)
    every = [morans_i(np.array(order), near, draws=0).value for order in itertools.permutations(values)]
    stated = morans_i(values, near, draws=0)
    assert np.mean(every) == pytest.approx(-1 / 5, abs=1e-12)
    assert np.var(every) == pytest.approx(stated.std_error**2, abs=1e-12)


def test_the_permutation_test_of_morans_i_knows_alike_neighbours_from_others() -> None:
    grid, rng = rook_grid(9), np.random.default_rng(3)
    slope = np.repeat(np.arange(9.0), 9) + rng.normal(size=81)
    assert morans_i(slope, grid).p_permutation == pytest.approx(2 / 1000)  # the least that 999 draws can give
    chance = [morans_i(rng.normal(size=81), grid, draws=99, seed=k).p_permutation for k in range(400)]
    for level in (0.1, 0.3, 0.6):
        assert np.mean(np.array(chance) <= level) == pytest.approx(level, abs=ERRORS * math.sqrt(level * (1 - level) / 400))


# The permutation within block groups.


def one_panel(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hours that hang on the block group and on the house's age, and not on the minority share, which hangs on both too."""
    groups = np.repeat(np.arange(25), rng.integers(8, 40, 25))
    area, age = rng.normal(size=25)[groups], rng.normal(size=groups.size)
    share = (rng.random(groups.size) < 1 / (1 + np.exp(-1.5 * area - 0.7 * age))).astype(np.float64)
    hours = 10 + 4 * area + 3 * age + rng.gamma(2.0, 1.5, groups.size) * np.exp(0.3 * age)
    return hours, share, age, groups


def test_under_the_null_the_permutation_p_value_is_uniform() -> None:
    rng, panels, p_values, across = np.random.default_rng(8311), 500, [], []
    for k in range(panels):
        hours, share, age, groups = one_panel(rng)
        scores = freed_within(hours, age[:, None], groups)
        p_values.append(permutation_within(scores, freed_within(share, age[:, None], groups), groups, draws=99, seed=k).p_value)
        one_group = np.zeros_like(groups)
        across.append(permutation_within(hours, freed_within(share, age[:, None], one_group), one_group, draws=99, seed=k).p_value)
    for level in (0.05, 0.1, 0.25, 0.5, 0.75):
        assert np.mean(np.array(p_values) <= level) == pytest.approx(level, abs=ERRORS * math.sqrt(level * (1 - level) / panels))
    # shuffled across block groups, what areas share would pass for a gap
    assert np.mean(np.array(across) <= 0.05) > 0.5


# Landmark analysis: reports do nothing here, and outages do not know of them.


def test_a_landmark_analysis_is_free_of_the_immortal_time_that_the_flag_has() -> None:
    rng = np.random.default_rng(8311)
    columns = city_columns(PanelRecipe(households=8_000, block_groups=80), 1)
    hours = np.ceil(2.0 * rng.gamma(1.5, 30.0, 8_000)) / 2.0
    would_report = rng.exponential(60.0, 8_000)
    reported = np.where(would_report < hours, would_report, np.nan)
    columns |= {"restoration_hours": hours, "reported_hours": reported, "participation": (reported <= 48.0).astype(np.float64)}
    built = built_panel(columns)
    found = landmark_analysis(Refits.of(built.panel, fit_five_models(built.panel)))
    rows = [row for row in found.rows if row["hypothesis"] == "reporting"]
    (flag,) = (row for row in rows if row["is_as_studied"])
    later = [row for row in rows if not row["is_as_studied"]]
    assert flag["ratio"] > 1.4
    assert distance(flag) > 5 * ERRORS
    assert [row["setting"] for row in later] == ["12 h", "24 h", "48 h"]
    assert max(distance(row) for row in later) < ERRORS
    assert "longer" not in found.advice


def distance(row: Any) -> float:
    """From no difference, in standard errors."""
    error = math.log(row["ratio_high"] / row["ratio_low"]) / (2 * 1.959964)
    return abs(math.log(row["ratio"])) / error


# Bounds: the longest outages are deleted, more of them where minorities live, and the truth is what was there before.


def gap_of(diagnostic: Diagnostic, *, is_extreme: bool) -> list[float]:
    return sorted(row["ratio"] for row in diagnostic.rows if row["hypothesis"] == "H1" and row["is_extreme"] == is_extreme)


def long_ones(columns: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    hours, share = columns["restoration_hours"], columns["minority_share"]
    return np.asarray((hours > np.quantile(hours, 0.85)) & (rng.random(hours.size) < 0.2 + 0.75 * share))


def test_the_bounds_hold_the_truth_when_long_outages_are_deleted() -> None:
    columns = city_columns(PanelRecipe(households=4_000, block_groups=60, hours_step=0.5), 4)
    whole = built_panel(columns)
    truth = math.exp(fit_five_models(whole.panel).fits["3"].coefficients[1])
    deleted = long_ones(columns, np.random.default_rng(4))
    end = EVENT_START + timedelta(hours=float(columns["restoration_hours"].max()))
    poorer = columns | {
        "restoration_hours": np.where(deleted, np.nan, columns["restoration_hours"]),
        "status": np.where(deleted, "unknown", columns["status"]),
    }
    built = built_panel(poorer, readings_end=end)
    found = missing_hours(built, Refits.of(built.panel, fit_five_models(built.panel)))
    low, high = gap_of(found, is_extreme=True)
    complete, *_ = (row["ratio"] for row in found.rows if row["is_as_studied"])
    assert complete < 0.95 * truth  # what is left hides a gap
    assert low < truth < high
    longest = next(row["ratio"] for row in found.rows if row["setting"] == "all at the greatest" and row["hypothesis"] == "H1")
    assert complete < truth < longest  # none of them was out longer than the records are


def test_the_bounds_hold_the_truth_when_those_households_left_before_the_panel() -> None:
    columns = city_columns(PanelRecipe(households=4_000, block_groups=60, hours_step=0.5), 4)
    truth = math.exp(fit_five_models(built_panel(columns).panel).fits["3"].coefficients[1])
    deleted = long_ones(columns, np.random.default_rng(4))
    end = EVENT_START + timedelta(hours=float(columns["restoration_hours"].max()))
    rest, lost = ({name: np.asarray(values)[chosen] for name, values in columns.items()} for chosen in (~deleted, deleted))
    lost |= {"restoration_hours": np.full(int(deleted.sum()), np.nan), "status": np.full(int(deleted.sum()), "unknown")}
    built = built_panel(rest, lost=lost, readings_end=end)
    found = missing_hours(built, Refits.of(built.panel, fit_five_models(built.panel)))
    low, high = gap_of(found, is_extreme=True)
    assert low < truth < high
    assert "left before" in found.meaning
    # The same households are lost, inside the panel or before it: what is tried of them is the same.
    inside = {name: np.concatenate([np.asarray(rest[name]), np.asarray(lost[name])]) for name in rest}
    whole = built_panel(inside, readings_end=end)
    assert gap_of(missing_hours(whole, Refits.of(whole.panel, fit_five_models(whole.panel))), is_extreme=True) == pytest.approx((low, high), rel=1e-6)


def test_no_choice_of_ends_moves_a_figure_further_than_the_one_that_is_tried() -> None:
    # Ten households of which no reading tells: all 1,024 ways of putting them at either end, each fitted.
    columns = city_columns(PanelRecipe(households=120, block_groups=20, hours_step=0.5, share_taking_part=0.3), 5)
    hours, gone = np.array(columns["restoration_hours"]), np.arange(10)
    end = EVENT_START + timedelta(hours=300)
    hidden = columns | {"restoration_hours": np.where(np.arange(120) < 10, np.nan, hours)}
    built = built_panel(hidden, readings_end=end)
    study = fit_five_models(built.panel)
    found = missing_hours(built, Refits.of(built.panel, study))
    for name, place in (("H1", 1), ("H3b", 3)):
        every = []
        for ends in itertools.product((0.0, 300.0), repeat=10):
            hours[gone] = ends
            panel = replace(built.panel, numbers={**built.panel.numbers, "restoration_hours": hours.copy()})
            every.append(math.exp(fit_model(panel, FIVE_MODELS[2], errors={"observed": None}).coefficients[place]))
        tried = [row["ratio"] for row in found.rows if row["is_extreme"] and row["hypothesis"] == name]
        assert (min(tried), max(tried)) == pytest.approx((min(every), max(every)), rel=0.01), name
