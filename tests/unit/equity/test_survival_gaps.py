"""The gap in the share still out, hour by hour. Expected values are worked by hand where a number stands here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import survival_curve
from evenhand.equity.survival_gaps import survival_gap


def test_the_gap_is_the_difference_of_the_two_shares() -> None:
    # Of the group 2 of 3 are out after 2 h; of the others 1 of 4: 2/3 − 1/4 = 5/12.
    hours = np.array([1.0, 3.0, 4.0, 1.0, 1.0, 2.0, 5.0])
    in_group = np.array([True] * 3 + [False] * 4)
    found = survival_gap(hours, np.ones(7, dtype=bool), in_group, at_hours=[0.5, 2.0, 5.0])
    assert found.gap.tolist() == pytest.approx([0.0, 5 / 12, 0.0])


def test_without_censoring_and_clusters_the_error_is_that_of_two_shares() -> None:
    # Variances p(1 − p)/n of 2/3 of 3 and 1/4 of 4, times G/(G − 1) = 7/6.
    hours = np.array([1.0, 3.0, 4.0, 1.0, 1.0, 2.0, 5.0])
    in_group = np.array([True] * 3 + [False] * 4)
    found = survival_gap(hours, np.ones(7, dtype=bool), in_group, at_hours=[2.0])
    assert found.std_error[0] == pytest.approx(math.sqrt((2 / 9 / 3 + 3 / 16 / 4) * 7 / 6))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_where_groups_share_no_cluster_the_errors_add_up_as_those_of_two_curves(seed: int) -> None:
    draw = np.random.default_rng(seed)
    hours, restored = draw.integers(1, 40, 120) / 2.0, draw.random(120) < 0.8
    in_group = np.arange(120) < 60
    clusters = np.where(in_group, draw.integers(0, 6, 120), draw.integers(6, 12, 120))
    at = np.array([3.0, 9.0])
    found = survival_gap(hours, restored, in_group, at_hours=at, clusters=clusters)
    variance, gap = np.zeros(2), np.zeros(2)
    for sign, chosen in ((1.0, in_group), (-1.0, ~in_group)):
        curve = survival_curve(hours[chosen], restored[chosen], clusters=clusters[chosen])
        place = curve.hours.searchsorted(at, side="right") - 1
        g = np.unique(clusters[chosen]).size
        variance += np.append(curve.std_error, 0.0)[place] ** 2 * (g - 1) / g
        gap += sign * np.array([curve.share_out_after(hour) for hour in at])
    total = np.unique(clusters).size
    told = np.isfinite(found.gap)
    assert found.gap[told] == pytest.approx(gap[told])
    assert found.std_error[told] == pytest.approx(np.sqrt(variance * total / (total - 1))[told])


def test_a_feeder_that_brings_both_groups_back_at_once_leaves_no_error_in_the_gap() -> None:
    # Each of 4 clusters holds one of either group with the same hours: the gap is 0 whatever a cluster does.
    hours = np.repeat([1.0, 2.0, 3.0, 4.0], 2)
    in_group = np.tile([True, False], 4)
    found = survival_gap(hours, np.ones(8, dtype=bool), in_group, at_hours=[1.0, 2.5], clusters=np.repeat(np.arange(4), 2))
    assert found.gap.tolist() == [0.0, 0.0]
    assert found.std_error.tolist() == pytest.approx([0.0, 0.0], abs=1e-12)


def test_nothing_is_said_where_a_groups_records_end_with_somebody_out() -> None:
    hours, restored = np.array([1.0, 5.0, 1.0, 9.0]), np.array([True, False, True, True])
    found = survival_gap(hours, restored, np.array([True, True, False, False]), at_hours=[4.0, 6.0])
    assert np.isnan(found.gap).tolist() == [False, True]


def test_one_group_alone_is_refused() -> None:
    with pytest.raises(SurvivalArraysUnusable, match="a group and others"):
        survival_gap(np.ones(3), np.ones(3, dtype=bool), np.ones(3, dtype=bool), at_hours=[1.0])
