"""Restricted means and curves of outages. Expected values are worked by hand where a number stands here."""

import math
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import largest_horizon, restricted_mean, restricted_mean_gap, survival_by_group, survival_curve

OUTAGES = st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=2, max_size=80)


def arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(hours) for hours, _ in pairs]), np.array([restored for _, restored in pairs])


def test_the_restricted_mean_is_the_area_under_the_curve() -> None:
    # S = 1 on [0,1), 3/4 on [1,2), 1/2 on [2,3): 1 + 3/4 + 1/2 = 2.25 h up to a horizon of 3 h.
    found = restricted_mean(*arrays([(1, True), (2, True), (2, False), (3, True)]), horizon_hours=3.0)
    assert found.mean_hours == pytest.approx(2.25)


def test_greenwoods_error_by_hand() -> None:
    # At 2 h S = 1/2 and Greenwood's sum is 1/(4·3) + 1/(3·2) = 1/4: the error is 1/2 · 1/2.
    curve = survival_curve(*arrays([(1, True), (2, True), (2, False), (3, True)]))
    assert curve.std_error.tolist() == pytest.approx([0.75 / math.sqrt(12.0), 0.25, 0.0])


@given(st.lists(st.integers(1, 50), min_size=2, max_size=60).filter(lambda values: len(set(values)) > 1))
def test_without_censoring_the_restricted_mean_and_its_error_are_those_of_the_sample(values: list[int]) -> None:
    hours = np.array(values, dtype=np.float64)
    everybody = np.ones(hours.size, dtype=bool)
    found = restricted_mean(hours, everybody, horizon_hours=60.0)
    assert found.mean_hours == pytest.approx(hours.mean())
    assert found.std_error == pytest.approx(hours.std() / math.sqrt(hours.size))
    # Each household its own cluster: the jackknife's factor n / (n - 1) turns the spread into that of a sample.
    apart = restricted_mean(hours, everybody, horizon_hours=60.0, clusters=np.arange(hours.size))
    assert apart.std_error == pytest.approx(hours.std(ddof=1) / math.sqrt(hours.size))


def test_a_gap_between_groups_that_share_clusters_takes_what_they_share_together() -> None:
    # Both groups lose power together by block: block 1 waits 10 h, block 2 20 h, the group one hour longer in each. The gap is 1 h in both blocks.
    hours = np.array([10.0, 20.0, 11.0, 21.0])
    in_group = np.array([False, False, True, True])
    blocks = np.array(["1", "2", "1", "2"])
    found = restricted_mean_gap(hours, np.ones(4, dtype=bool), in_group, horizon_hours=30.0, clusters=blocks)
    assert (found.gap_hours, found.std_error) == pytest.approx((1.0, 0.0))


@given(OUTAGES, st.integers(2, 9))
def test_copies_of_a_household_in_its_own_cluster_do_not_make_the_curve_surer(pairs: list[tuple[int, bool]], copies: int) -> None:
    hours, restored = arrays(pairs)
    labels = np.arange(hours.size)
    once = survival_curve(hours, restored, clusters=labels)
    often = survival_curve(np.repeat(hours, copies), np.repeat(restored, copies), clusters=np.repeat(labels, copies))
    assert often.share_out == pytest.approx(once.share_out)
    assert often.std_error == pytest.approx(once.std_error, abs=1e-12)


@given(OUTAGES)
def test_a_weight_of_two_is_two_households(pairs: list[tuple[int, bool]]) -> None:
    hours, restored = arrays(pairs)
    weighted = survival_curve(hours, restored, weights=np.full(hours.size, 2.0))
    assert weighted.share_out == pytest.approx(survival_curve(np.repeat(hours, 2), np.repeat(restored, 2)).share_out)


@given(OUTAGES)
def test_intervals_hold_the_curve_and_stay_between_0_and_1(pairs: list[tuple[int, bool]]) -> None:
    curve = survival_curve(*arrays(pairs))
    assert np.all((curve.low >= 0) & (curve.low <= curve.share_out + 1e-12) & (curve.share_out <= curve.high + 1e-12) & (curve.high <= 1))


def test_a_horizon_beyond_the_records_is_refused_with_the_largest_that_would_do() -> None:
    hours, restored = arrays([(1, True), (5, False)])
    with pytest.raises(SurvivalArraysUnusable, match="between 0 and 5 h was expected for everybody"):
        restricted_mean(hours, restored, horizon_hours=6.0)
    assert largest_horizon(hours, restored) == 5.0


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(SurvivalArraysUnusable) as caught:
        survival_curve(np.array([1.0, -1.0, math.nan]), np.array([1, 0, 1]), clusters=np.array(["a"]))
    assert len(cast("list[str]", caught.value.facts["faults"])) == 3


def test_nothing_is_said_beyond_records_that_end_with_somebody_out() -> None:
    curve = survival_curve(*arrays([(1, True), (5, False)]))
    assert curve.share_out_after(4.0) == 0.5
    assert math.isnan(curve.share_out_after(6.0))
    assert curve.median_hours() == 1.0


def test_groups_get_their_own_curves_by_name() -> None:
    hours, restored = arrays([(1, True), (2, True), (3, True), (4, True)])
    minority = np.array([True, True, False, False])
    curves = survival_by_group(hours, restored, [("minority", minority), ("others", ~minority)])
    assert [(curve.group, curve.n, curve.median_hours()) for curve in curves] == [("minority", 2, 1.0), ("others", 2, 3.0)]
