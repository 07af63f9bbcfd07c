"""Randomised quantile residuals, their uniformity, and Pearson's dispersion."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand import equity
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.residuals import QuantileResiduals, count_distribution, pearson_dispersion, quantile_residuals, uniformity, whole_counts


def hours_fit(n: int = 4000, *, step: float = 1.0, alpha: float = 0.2, seed: int = 311, family: str = "negative_binomial", **options: object) -> Fit:
    """A model of counts drawn as NB2 about a mean with one term; `step` 0.5 makes half-hours of them."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    mean = np.exp(x @ np.array([4.0, 0.3])) / step
    y = rng.poisson(mean * (rng.gamma(1.0 / alpha, alpha, n) if alpha else 1.0)) * step
    return equity.fit_arrays(y, x, ("Intercept", "far"), family=family, **options)  # type: ignore[arg-type]


def test_positions_of_a_right_model_are_uniform() -> None:
    found = uniformity(quantile_residuals(hours_fit()))
    # Kolmogorov's 99.9 % point for 4,000 households is 1.95/√4000; estimated parameters only make it smaller
    assert found.largest_deviation < 1.95 / math.sqrt(4000)
    assert found.share_far == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 4000))
    assert sum(found.tenths) == pytest.approx(1.0)
    assert sum(found.tenths_n) == found.n == 4000


def test_half_hours_are_judged_like_hours() -> None:
    assert uniformity(quantile_residuals(hours_fit(step=0.5))).largest_deviation < 1.95 / math.sqrt(4000)


def test_a_wrong_family_is_seen_as_a_large_deviation() -> None:
    poisson = hours_fit(family="poisson")
    # counts of mean 55 and α = 0.2 have a standard deviation of 26 where Poisson expects 7.4: half lie beyond ±0.7 × 26 = ±18, far out of ±1.96 × 7.4
    assert uniformity(quantile_residuals(poisson)).share_far > 0.5
    assert uniformity(quantile_residuals(poisson)).largest_deviation > 0.2


def test_households_still_out_are_placed_above_their_hours_so_far() -> None:
    fit = hours_fit(500)
    out = np.arange(500) % 5 == 0
    drawn = quantile_residuals(fit, still_out=out)
    mean = fit.mean_at(fit.linear_predictor())
    below = count_distribution(fit.design.y - 1.0, mean, fit.alpha or 0.0)
    assert drawn.n_censored == 100
    assert (drawn.position[out] >= below[out]).all()


def test_censored_hours_stay_uniform_where_cut_hours_do_not() -> None:
    rng = np.random.default_rng(5)
    n, alpha = 20_000, 0.25
    hours = rng.poisson(60.0 * rng.gamma(1.0 / alpha, alpha, n)).astype(np.float64)
    end = rng.integers(20, 200, n).astype(np.float64)
    out = hours > end
    fit = equity.fit_arrays(hours, np.ones((n, 1)), ("Intercept",))
    seen = fit.replaced(design=replace(fit.design, y=np.minimum(hours, end)))
    assert uniformity(quantile_residuals(seen, still_out=out)).largest_deviation < 1.95 / math.sqrt(n)
    assert uniformity(quantile_residuals(seen)).largest_deviation > 4 * 1.95 / math.sqrt(n)


def test_a_part_is_drawn_of_many_and_the_same_seed_draws_the_same() -> None:
    fit = hours_fit()
    one, two, other = (quantile_residuals(fit, most=1000, seed=seed) for seed in (1, 1, 2))
    assert (one.n, one.position.size) == (4000, 1000)
    assert np.unique(one.rows).size == 1000
    assert np.array_equal(one.position, two.position)
    assert not np.array_equal(one.position, other.position)


def test_fractions_become_whole_without_moving_the_mean() -> None:
    y = np.full(40_000, 11.25)
    whole = whole_counts(y, np.random.default_rng(1))
    assert set(np.unique(whole)) == {11.0, 12.0}
    assert whole.mean() == pytest.approx(11.25, abs=4 * math.sqrt(0.25 * 0.75 / 40_000))
    counts = np.array([0.0, 3.0])
    assert whole_counts(counts, np.random.default_rng(1)) is counts


@given(
    st.lists(st.integers(0, 400), min_size=2, max_size=20),
    st.floats(0.05, 300.0),
    st.sampled_from([0.0, 0.05, 0.3, 2.0]),
)
def test_a_longer_wait_is_never_lower_in_the_distribution(counts: list[int], mean: float, alpha: float) -> None:
    found = count_distribution(np.sort(np.array(counts, dtype=np.float64)), np.array(mean), alpha)
    assert ((found >= 0.0) & (found <= 1.0)).all()
    assert (np.diff(found) >= -1e-12).all()
    assert count_distribution(np.array([-1.0]), np.array(mean), alpha)[0] == 0.0


def test_uniformity_by_hand() -> None:
    # positions 0.1, 0.2, 0.6: the share reached is 2/3 at 0.2, which is 0.4667 more
    drawn = QuantileResiduals(np.array([0.6, 0.1, 0.2]), np.arange(3), np.ones(3), 3, 0)
    found = uniformity(drawn)
    assert found.largest_deviation == pytest.approx(2 / 3 - 0.2)
    assert found.deviates_at == pytest.approx(0.2)
    assert found.tenths == pytest.approx((0.0, 1 / 3, 1 / 3, 0.0, 0.0, 0.0, 1 / 3, 0.0, 0.0, 0.0))


def test_the_deviation_that_chance_makes_is_known_beforehand() -> None:
    rng = np.random.default_rng(41)
    found = [uniformity(QuantileResiduals(rng.random(900), np.arange(900), np.ones(900), 900, 0)) for _ in range(300)]
    # the standard deviation of Kolmogorov's distribution is 0.26 / √n; at 900 the mean is still half a per cent below its limit
    assert np.mean([one.largest_deviation for one in found]) == pytest.approx(found[0].by_chance, abs=4 * 0.26 / math.sqrt(900 * 300) + 0.0002)


def test_a_weighted_household_counts_like_so_many() -> None:
    once = QuantileResiduals(np.array([0.2, 0.7]), np.arange(2), np.array([3.0, 1.0]), 2, 0)
    thrice = QuantileResiduals(np.array([0.2, 0.2, 0.2, 0.7]), np.arange(4), np.ones(4), 4, 0)
    assert uniformity(once).largest_deviation == pytest.approx(uniformity(thrice).largest_deviation)
    assert uniformity(once).tenths == pytest.approx(uniformity(thrice).tenths)


def test_dispersion_is_one_where_the_variance_is_right_and_as_large_as_the_variance_where_it_is_not() -> None:
    fit = hours_fit(20_000)
    # the spread of a squared standardised residual is √(2 + excess kurtosis), below √(2 + 6α + 1/μ) ≈ 1.9 here
    assert pearson_dispersion(fit) == pytest.approx(1.0, abs=4 * 1.9 / math.sqrt(20_000))
    mean = fit.mean_at(fit.linear_predictor())
    assert pearson_dispersion(fit, alpha=0.0) == pytest.approx(1.0 + 0.2 * float(mean.mean()), rel=0.1)


def test_a_logit_has_no_dispersion_and_still_has_residuals() -> None:
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(5000), rng.normal(size=5000)])
    reports = (rng.random(5000) < 0.5 * (1.0 + np.tanh(0.5 * (x @ np.array([-1.0, 0.5]))))).astype(np.float64)
    fit = equity.fit_arrays(reports, x, ("Intercept", "far"), family="logit")
    with pytest.raises(DesignUnusable, match="0 or 1"):
        pearson_dispersion(fit)
    assert uniformity(quantile_residuals(fit)).largest_deviation < 1.95 / math.sqrt(5000)
