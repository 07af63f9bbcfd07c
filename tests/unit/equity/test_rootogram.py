"""Found and expected households by bin of hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evenhand import equity
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.residuals import count_distribution
from evenhand.equity.rootogram import rootogram

EDGES = np.arange(0.0, 160.0, 12.0)


def hours_fit(n: int = 5000, *, alpha: float = 0.2, weights: np.ndarray | None = None) -> Fit:
    rng = np.random.default_rng(77)
    x = np.column_stack([np.ones(n), rng.uniform(size=n)])
    y = rng.poisson(np.exp(x @ np.array([3.8, 0.6])) * rng.gamma(1.0 / alpha, alpha, n)).astype(np.float64)
    return equity.fit_arrays(y, x, ("Intercept", "far"), weights=weights)


def test_what_is_expected_in_a_bin_is_the_sum_of_each_households_chance() -> None:
    fit = hours_fit(400)
    mean = fit.mean_at(fit.linear_predictor())
    below = count_distribution(EDGES[:, None] - 1.0, mean[None, :], fit.alpha or 0.0)
    by_household = np.diff(below, axis=0, append=1.0).sum(axis=1)
    assert rootogram(fit, EDGES).expected == pytest.approx(by_household, abs=1e-5 * 400)


def test_every_household_is_found_and_expected_once() -> None:
    found = rootogram(hours_fit(), EDGES)
    assert found.found.sum() == found.n.sum() == 5000
    assert found.expected.sum() == pytest.approx(5000)


def test_bars_of_a_right_model_end_near_the_ground() -> None:
    found = rootogram(hours_fit(), EDGES)
    # a root of a count has a standard deviation of about ½, whatever the count
    assert np.abs(found.hanging[found.expected > 5]).max() < 4 * 0.5
    assert found.misplaced < 0.03


def test_what_chance_misplaces_is_known_beforehand() -> None:
    rng = np.random.default_rng(40)
    known = equity.fit_arrays(np.array([20.0, 20.0, 80.0, 40.0]), np.ones((4, 1)), ("Intercept",), family="poisson")  # a mean of 40
    chances = []
    for n in (200, 5000):
        x = np.ones((n, 1))
        drawn = [known.replaced(design=replace(known.design, y=rng.poisson(40.0, n).astype(float), x=x)) for _ in range(60)]
        found = [rootogram(one, np.arange(0.0, 62.0, 4.0)) for one in drawn]
        chances.append(np.mean([one.misplaced for one in found]) / found[0].misplaced_by_chance)
    # the mean of 60 shares, each with a spread of about a fifth of itself; small expected counts are not quite normal
    assert chances == pytest.approx([1.0, 1.0], abs=4 * 0.2 / np.sqrt(60) + 0.03)


def test_bars_say_where_a_wrong_model_errs() -> None:
    fit = hours_fit()
    poisson = equity.fit_arrays(fit.design.y, fit.design.x, fit.names, family="poisson")
    found = rootogram(poisson, EDGES)
    assert found.misplaced > 0.2
    assert found.hanging[-1] < -2  # far more long outages than a Poisson model expects


def test_fractional_hours_fall_into_bins_as_whole_ones() -> None:
    fit = hours_fit(3000)
    halves = equity.fit_arrays(fit.design.y / 2.0, fit.design.x, fit.names)
    found = rootogram(halves, np.arange(0.0, 80.0, 6.0))
    assert found.found.sum() == 3000
    assert found.misplaced < 0.05


def test_weights_count_as_so_many_households() -> None:
    once = rootogram(hours_fit(500, weights=np.full(500, 3.0)), EDGES)
    plain = rootogram(hours_fit(500), EDGES)
    assert once.found == pytest.approx(3.0 * plain.found)
    assert once.n.tolist() == plain.n.tolist()
    assert once.misplaced == pytest.approx(plain.misplaced, abs=1e-6)


def test_one_mean_for_all_households_is_no_special_case() -> None:
    rng = np.random.default_rng(3)
    fit = equity.fit_arrays(rng.poisson(20.0, 800).astype(float), np.ones((800, 1)), ("Intercept",), family="poisson")
    assert rootogram(fit, np.array([0.0, 10.0, 20.0, 30.0])).expected.sum() == pytest.approx(800)


@pytest.mark.parametrize("edges", [[0.0], [1.0, 2.0], [0.0, 2.0, 2.0], [0.0, 2.5]])
def test_edges_that_are_none_are_refused(edges: list[float]) -> None:
    with pytest.raises(DesignUnusable, match="begin at 0 and grow"):
        rootogram(hours_fit(200), np.array(edges))
