"""One sample by the outcome, and the tests that lay it beside those whom it was drawn from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW, ttest_ind

from evenhand.studies.sampling.draws import Moments, compare_draw, describe, draw_sample, draw_test, pooled_test, welch_test

GROUPS = st.lists(st.floats(-100.0, 100.0).map(lambda value: round(value, 2)), min_size=2, max_size=40)


@given(GROUPS, GROUPS)
@settings(max_examples=60, deadline=None)
def test_the_t_tests_are_scipys(one: list[float], other: list[float]) -> None:
    first, second = np.array(one), np.array(other)
    assume(min(first.std(), second.std()) > 0.01)
    for ours, equal in ((welch_test, False), (pooled_test, True)):
        found = ours(Moments.of(first), Moments.of(second))
        expected = stats.ttest_ind(first, second, equal_var=equal)
        assert found.statistic == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)
        assert found.p_value == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-12)
        assert found.df == pytest.approx(expected.df, rel=1e-6)


def test_the_t_tests_are_statsmodels() -> None:
    rng = np.random.default_rng(8311)
    one, other = rng.normal(75.0, 35.0, 600), rng.normal(78.0, 30.0, 4_000)
    for ours, how in ((welch_test, "unequal"), (pooled_test, "pooled")):
        statistic, p_value, df = ttest_ind(one, other, usevar=how)
        found = ours(Moments.of(one), Moments.of(other))
        assert (found.statistic, found.p_value, found.df) == pytest.approx((statistic, p_value, df), rel=1e-9)


def test_a_test_worked_by_hand() -> None:
    # 1, 2, 3 beside 2, 4, 6, 8: means 2 and 5, variances 1 and 20/3. Welch: −3/√(1/3 + 5/3) = −3/√2.
    # Pooled variance (2·1 + 3·20/3)/5 = 4.4: −3/√(4.4 (1/3 + 1/4)).
    one, other = Moments.of(np.array([1.0, 2.0, 3.0])), Moments.of(np.array([2.0, 4.0, 6.0, 8.0]))
    assert welch_test(one, other).statistic == pytest.approx(-3.0 / math.sqrt(2.0))
    assert pooled_test(one, other).statistic == pytest.approx(-3.0 / math.sqrt(4.4 * 7.0 / 12.0))
    # A draw of 3 from 4: variance 20/3 (1/3 − 1/4) = 5/9.
    assert draw_test(one, other).statistic == pytest.approx(-3.0 / math.sqrt(5.0 / 9.0))


def test_what_cannot_be_tested_is_not() -> None:
    alike, one = Moments.of(np.ones(5)), Moments.of(np.array([2.0]))
    for found in (welch_test(alike, alike), pooled_test(alike, alike), draw_test(alike, alike), welch_test(one, alike)):
        assert math.isnan(found.p_value)


def test_the_test_of_a_draw_rejects_as_often_as_it_says_and_the_t_test_less() -> None:
    # 2,000 draws of half of a population: 5 % ± 3 errors of 0.5 %. Welch takes √3 times the spread: 1.96 √3 is 3.39, that is 0.07 %.
    rng = np.random.default_rng(8311)
    values = rng.gamma(2.0, 30.0, 400)
    participation = np.zeros(400)
    draw, welch = [], []
    for stream in range(2_000):
        sample = draw_sample(participation, size=200, seed=1, stream=stream)
        (found,) = compare_draw({"hours": values}, participation, sample)
        draw.append(found.draw.p_value < 0.05)
        welch.append(found.welch.p_value < 0.05)
    assert 0.035 < np.mean(draw) < 0.065
    assert np.mean(welch) < 0.005


def test_a_sample_holds_all_reporters_and_so_many_others_once() -> None:
    participation = (np.arange(1_000) % 10 == 0).astype(float)
    sample = draw_sample(participation, size=300, seed=8311)
    assert (sample.reporters, sample.non_reporters, sample.size) == (100, 900, 300)
    assert np.unique(sample.rows).size == sample.rows.size == 400
    assert participation[sample.rows].sum() == 100
    assert set(np.round(sample.weights, 9)) == {1.0, 3.0}
    assert sample.weights.sum() == pytest.approx(1_000)


def test_the_same_seed_draws_the_same_and_another_stream_another() -> None:
    participation = (np.arange(1_000) % 10 == 0).astype(float)
    first, again = (draw_sample(participation, size=300, seed=5, stream=2) for _ in range(2))
    assert np.array_equal(first.rows, again.rows)
    assert not np.array_equal(first.rows, draw_sample(participation, size=300, seed=5, stream=3).rows)
    assert not np.array_equal(first.rows, draw_sample(participation, size=300, seed=6, stream=2).rows)


def test_weights_of_the_panel_are_kept() -> None:
    participation = np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    sample = draw_sample(participation, size=2, seed=1, weights=np.array([2.0, 3.0, 3.0, 3.0, 3.0]))
    assert sorted(sample.weights) == [2.0, 6.0, 6.0]


def test_descriptions_are_weighted_as_statsmodels_weights() -> None:
    rng = np.random.default_rng(8311)
    participation = (rng.random(2_000) < 0.1).astype(float)
    values = 50.0 + 20.0 * participation + rng.normal(size=2_000)
    values[:10] = np.nan
    sample = draw_sample(participation, size=500, seed=1)
    found = {one.group: one for one in describe({"hours": values}, sample)}
    there = np.isfinite(values[sample.rows])
    plain, weights = values[sample.rows][there], sample.weights[there]
    expected = DescrStatsW(plain, weights=weights)
    n = plain.size
    assert found["weighted"].moments.mean == pytest.approx(expected.mean)
    assert found["weighted"].moments.sd == pytest.approx(expected.std * math.sqrt(n / (n - 1)))
    assert (found["drawn"].moments.mean, found["drawn"].moments.sd) == pytest.approx((plain.mean(), plain.std(ddof=1)))
    assert (found["everyone"].minimum, found["everyone"].moments.n) == (np.nanmin(values), 1_990)
    # the draw has reporters in excess, and weighting takes that back
    assert found["drawn"].moments.mean - found["everyone"].moments.mean > 2.0
    assert found["weighted"].moments.mean == pytest.approx(found["everyone"].moments.mean, abs=0.3)


def test_households_that_differ_from_all_others_are_counted() -> None:
    assert Moments.of(np.array([0.0] * 90 + [1.0] * 4 + [np.nan])).unlike == 4
    assert Moments.of(np.arange(5.0)).unlike == 4
    assert Moments.of(np.zeros(0)).n == 0
