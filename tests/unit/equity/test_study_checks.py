"""What the checks' arithmetic promises: E-values, adjusted p-values, shuffles within groups and Moran's I."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.errors import CheckArraysUnusable
from evenhand.equity.multiplicity import benjamini_hochberg, holm
from evenhand.equity.permutation import freed_within, permutation_within
from evenhand.equity.sensitivity import bias_factor, e_value, tipping_strength
from evenhand.equity.spatial import morans_i, nearest_neighbours

ratios = st.floats(0.05, 20.0)
p_lists = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30)


@given(ratios)
def test_an_e_value_is_at_least_the_ratio_and_the_same_for_its_inverse(ratio: float) -> None:
    found = e_value(ratio)
    assert found.point >= max(ratio, 1 / ratio) >= 1.0
    assert found.point == pytest.approx(e_value(1 / ratio).point)
    assert math.isnan(found.limit)


def test_a_confounder_of_e_value_strength_explains_the_ratio_away_exactly() -> None:
    # Ding & VanderWeele's bounding factor at two equal strengths E: E² / (2E − 1)
    strength = e_value(1.7).point
    assert strength**2 / (2 * strength - 1) == pytest.approx(1.7)


def test_an_interval_that_holds_1_needs_no_confounder() -> None:
    assert e_value(1.1, 0.9, 1.3).limit == 1.0


@given(ratios, st.floats(0.05, 1.0), st.floats(0.0, 0.95))
def test_a_confounder_of_tipping_strength_moves_the_ratio_to_1(ratio: float, common: float, of_common: float) -> None:
    rare = common * of_common
    strength = tipping_strength(ratio, common, rare)
    if math.isnan(strength):
        assert max(ratio, 1 / ratio) * rare >= common * (1 - 1e-12)  # however strong, it cannot reach so far
    else:
        assert bias_factor(strength, common, rare) == pytest.approx(max(ratio, 1 / ratio))


def test_impossible_ratios_and_shares_are_refused_all_at_once() -> None:
    with pytest.raises(CheckArraysUnusable, match=r"ratio must be above 0.*a measure was expected"):
        e_value(-1.0, measure="x")  # type: ignore[arg-type]
    with pytest.raises(CheckArraysUnusable, match="holds the ratio"):
        e_value(2.0, 2.5, 3.0)
    with pytest.raises(CheckArraysUnusable, match=r"above 0.*0 ≤ rare ≤ common ≤ 1"):
        tipping_strength(0.0, 0.2, 0.4)


@given(p_lists)
def test_holm_is_never_below_benjamini_hochberg_nor_that_below_the_p_value(p_values: list[float]) -> None:
    p = np.array(p_values)
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()
    assert (benjamini_hochberg(p) >= p - 1e-12).all()
    assert (holm(p) <= 1.0).all()


@given(p_lists)
def test_adjusting_keeps_the_order(p_values: list[float]) -> None:
    order = np.argsort(p_values, kind="stable")
    for adjust in (holm, benjamini_hochberg):
        assert (np.diff(adjust(p_values)[order]) >= 0.0).all()


def test_a_test_that_could_not_be_made_does_not_count() -> None:
    assert holm([0.01, math.nan, 0.04]).tolist() == pytest.approx([0.02, math.nan, 0.04], nan_ok=True)


def test_p_values_outside_0_to_1_are_refused() -> None:
    with pytest.raises(CheckArraysUnusable, match="between 0 and 1"):
        holm([0.2, 1.2])
    with pytest.raises(CheckArraysUnusable, match="in one row"):
        benjamini_hochberg(np.zeros((2, 2)))


def test_shuffles_have_the_p_value_of_all_arrangements() -> None:
    # 2 groups of 3: 36 arrangements, each worked out; 20,000 draws come within 4 binomial errors of their share
    r, x = np.array([1.0, -0.4, 0.7, 2.0, -1.0, 0.3]), np.array([1.0, 0.0, 0.5, 1.0, 0.0, 0.2])
    groups = np.array([0, 0, 0, 1, 1, 1])
    r, x = freed_within(r, np.zeros((6, 0)), groups), freed_within(x, np.zeros((6, 0)), groups)

    def statistic(values: np.ndarray) -> float:
        return float(abs(r @ values) / math.sqrt((r * r) @ (values * values)))

    orders = itertools.product(itertools.permutations(range(3)), itertools.permutations(range(3, 6)))
    every = np.array([statistic(x[[*one, *two]]) for one, two in orders])
    share = float(np.mean(every >= statistic(x) - 1e-12))
    found = permutation_within(r, x, groups, draws=20_000)
    assert found.p_value == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 20_000))
    assert found.statistic == pytest.approx(math.copysign(statistic(x), r @ x))


def test_groups_in_which_all_are_alike_tell_nothing() -> None:
    groups = np.repeat([0, 1], 5)
    found = permutation_within(np.arange(10.0), groups.astype(np.float64), groups, draws=9)
    assert math.isnan(found.p_value)
    assert (found.groups_that_tell, found.rows_that_tell) == (0, 0)


def test_the_same_seed_shuffles_alike_and_the_p_value_is_never_0() -> None:
    rng = np.random.default_rng(1)
    groups, x = np.repeat(np.arange(6), 10), rng.normal(size=60)
    one, two = (permutation_within(5 * x, x, groups, draws=19, seed=4) for _ in range(2))
    assert one == two
    assert one.p_value == pytest.approx(1 / 20)


def test_what_other_columns_explain_within_a_group_is_taken_out() -> None:
    rng = np.random.default_rng(2)
    groups, age = np.repeat(np.arange(8), 20), rng.normal(size=160)
    area = rng.normal(size=8)[groups]
    freed = freed_within(3 * age + 7 * area, np.column_stack([age, area]), groups)
    assert np.abs(freed).max() < 1e-10


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(CheckArraysUnusable, match=r"\(n,\) each.*at least one draw"):
        permutation_within(np.zeros(3), np.zeros(2), np.zeros(3), draws=0)
    with pytest.raises(CheckArraysUnusable, match="finite"):
        permutation_within(np.array([1.0, np.nan]), np.zeros(2), np.zeros(2))


def test_neighbours_are_the_nearest_by_distance_on_the_globe() -> None:
    # at 60° north a degree of longitude is half as long as one of latitude
    near = nearest_neighbours(np.array([60.0, 60.0, 60.8]), np.array([0.0, 1.2, 0.0]), 1)
    assert near.other.tolist() == [1, 0, 0]


def test_places_that_coincide_are_neighbours_and_never_their_own() -> None:
    near = nearest_neighbours(np.zeros(5), np.zeros(5), 2)
    assert (near.origin != near.other).all()
    assert near.origin.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@given(st.lists(st.integers(-50, 50), min_size=8, max_size=8).filter(lambda v: len(set(v)) > 1), st.floats(-5, 5), st.floats(0.1, 9.0))
def test_morans_i_does_not_know_unit_or_origin(values: list[int], shift: float, scale: float) -> None:
    near = nearest_neighbours(np.arange(8.0), np.zeros(8), 3)
    plain = morans_i(np.array(values, dtype=np.float64), near, draws=0)
    moved = morans_i(np.array(values) * scale + shift, near, draws=0)
    assert moved.value == pytest.approx(plain.value, abs=1e-9)
    assert moved.std_error == pytest.approx(plain.std_error, abs=1e-6)
    assert math.isnan(plain.p_permutation)


def test_values_that_carry_no_morans_i_are_refused() -> None:
    near = nearest_neighbours(np.arange(5.0), np.zeros(5), 2)
    with pytest.raises(CheckArraysUnusable, match="all are the same"):
        morans_i(np.ones(5), near)
    with pytest.raises(CheckArraysUnusable, match="each of 5 areas"):
        morans_i(np.ones(4), near)
    with pytest.raises(CheckArraysUnusable, match="between 1 and 4 neighbours"):
        nearest_neighbours(np.arange(5.0), np.zeros(5), 5)
