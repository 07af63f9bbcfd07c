"""The question of weights, put to simulations in which weights matter and in which they do not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from evenhand.equity import fit_arrays
from evenhand.studies.sampling.weights import DUMOUCHEL_DUNCAN, SLOPES, WeightTest, weight_test

pytestmark = pytest.mark.slow

Floats = NDArray[np.float64]
NAMES = ("Intercept", "x")


def drawn(rng: np.random.Generator, *, differs: float, n: int = 400) -> tuple[Floats, Floats, Floats]:
    """Counts of rows of two kinds, one drawn four times as often; `differs` is by how much the slope of the rarer kind differs."""
    is_rare = rng.random(n) < 0.5
    x = rng.normal(size=n)
    mean = np.exp(2.0 + 0.3 * x + differs * is_rare * x)
    return rng.poisson(mean * rng.gamma(5.0, 0.2, n)).astype(float), np.column_stack([np.ones(n), x]), np.where(is_rare, 4.0, 1.0)


def test_weights_that_matter_are_found() -> None:
    rng = np.random.default_rng(8311)
    found = [_asked(rng, -0.3) for _ in range(10)]
    assert [one.test for one in found] == [DUMOUCHEL_DUNCAN] * 10
    assert all(one.p_value < 0.01 for one in found)
    assert "weights change what this model says" in found[0].words


def _asked(rng: np.random.Generator, differs: float) -> WeightTest:
    y, x, weights = drawn(rng, differs=differs)
    return weight_test(y, x, NAMES, weights, model="4")


def test_weights_that_do_not_matter_are_found_to_as_often_as_the_level_says() -> None:
    # 200 samples at 5 %: 10 expected, with a binomial spread of 3.1; 2 to 20 is three of these either way.
    rng = np.random.default_rng(2020)
    rejected = sum(_asked(rng, 0.0).p_value < 0.05 for _ in range(200))
    assert 2 <= rejected <= 20


def test_clustered_rows_are_tested_by_their_clusters() -> None:
    # Clusters of 20 with an effect of their own, half of them drawn four times as often: rows taken as independent would reject far too often.
    # 60 samples at 5 %: 3 expected; 10 is the 99.9 % point of the binomial.
    rng = np.random.default_rng(8311)
    rejected = {"clusters": 0, "rows": 0}
    for _ in range(60):
        cluster = np.repeat(np.arange(40), 20)
        weights = np.where(cluster % 2 == 0, 4.0, 1.0)
        x = rng.normal(size=40)[cluster]
        y = rng.poisson(np.exp(2.0 + 0.2 * x + 0.4 * rng.normal(size=40)[cluster])).astype(float)
        design = np.column_stack([np.ones(800), x])
        rejected["clusters"] += weight_test(y, design, NAMES, weights, clusters=cluster).p_value < 0.05
        rejected["rows"] += weight_test(y, design, NAMES, weights).p_value < 0.05
    assert rejected["clusters"] <= 10
    assert rejected["rows"] > 20


def test_the_test_is_the_wald_test_of_the_added_terms() -> None:
    y, x, weights = drawn(np.random.default_rng(1), differs=0.1)
    wide = np.column_stack([x, x * (weights / weights.mean())[:, None]])
    fit = fit_arrays(y, wide, ["Intercept", "x", "w", "xw"], errors="hc1")
    added, covariance = fit.coefficients[2:], fit.covariance()[2:, 2:]
    df = 400 - 4
    expected = float(added @ np.linalg.inv(covariance) @ added) / 2.0 * (df - 2) / (df - 1)
    found = weight_test(y, x, NAMES, weights)
    assert found.statistic == pytest.approx(expected, rel=1e-8)
    assert (found.n_terms, found.df) == (2, df - 2)


def logit_by_outcome(rng: np.random.Generator, *, curved: float) -> tuple[Floats, Floats, Floats]:
    """All ones and a tenth of the zeros of 20,000; with `curved`, a logit in x alone is not the truth."""
    x = rng.normal(size=20_000)
    y = (rng.random(20_000) < 1.0 / (1.0 + np.exp(3.0 - 0.8 * x - curved * x**2))).astype(float)
    kept = (y == 1.0) | (rng.random(20_000) < 0.1)
    return y[kept], np.column_stack([np.ones(int(kept.sum())), x[kept]]), np.where(y[kept] == 1.0, 1.0, 10.0)


def test_a_right_logit_says_the_same_of_a_sample_by_its_outcome() -> None:
    # Prentice and Pyke: slopes stay, the constant moves by ln 10. 40 samples at 5 %: 2 expected; 8 is the 99.9 % point.
    rng = np.random.default_rng(8311)
    found = []
    for _ in range(40):
        y, x, weights = logit_by_outcome(rng, curved=0.0)
        found.append(weight_test(y, x, NAMES, weights, family="logit"))
    assert {one.test for one in found} == {SLOPES}
    assert sum(one.p_value < 0.05 for one in found) <= 8


def test_a_wrong_logit_does_not() -> None:
    y, x, weights = logit_by_outcome(np.random.default_rng(8311), curved=0.8)
    assert weight_test(y, x, NAMES, weights, family="logit").p_value < 0.001


def test_weights_that_follow_a_term_add_only_what_is_new() -> None:
    rng = np.random.default_rng(8311)
    y, x, weights = drawn(rng, differs=0.0)
    with_kind = np.column_stack([x, (weights > 1.0).astype(float)])
    assert weight_test(y, with_kind, (*NAMES, "kind"), weights).n_terms == 1
    saturated = np.column_stack([with_kind, x[:, 1] * with_kind[:, 2]])
    found = weight_test(y, saturated, (*NAMES, "kind", "x:kind"), weights)
    assert found.words == "Cannot be tested because the weight is a combination of the model's own terms."
    assert np.isnan(found.p_value)


def test_equal_weights_are_no_question() -> None:
    y, x, _ = drawn(np.random.default_rng(8311), differs=0.0)
    assert weight_test(y, x, NAMES, np.full(400, 3.0)).why == "all weights are equal"
