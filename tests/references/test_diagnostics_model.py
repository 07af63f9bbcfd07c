"""Diagnostics of the models beside statsmodels and SciPy, on tables drawn here from a seed.

Tolerances: sums of products agree to 1e-8 of themselves; likelihoods to 1e-8, because statsmodels' search ends earlier than ours; a shift of the
jackknife within 1e-4 of a standard error, for the same reason.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.outliers_influence import variance_inflation_factor

from evenhand import equity
from evenhand.equity.collinearity import inflations
from evenhand.equity.influence import cluster_influence
from evenhand.equity.residuals import count_distribution, pearson_dispersion, quantile_residuals, uniformity

NAMES = ("Intercept", "minority_share", "participation", "house_age", "median_income")


def table(n: int = 2000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(523)
    area = rng.integers(0, 25, n)
    income = rng.normal(89, 27, 25)[area]
    x = np.column_stack([np.ones(n), rng.beta(0.3, 0.9, n), rng.binomial(1, 0.15, n), rng.normal(36, 12, n) - 0.2 * income, income])
    mu = np.exp(x @ np.array([3.7, 0.1, -0.1, 0.005, 0.002]) + rng.normal(0, 0.2, 25)[area])
    return rng.poisson(mu * rng.gamma(5.0, 0.2, n)).astype(float), x, area


def quietly(model: Any, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp=0, maxiter=200, **options)


def test_variance_inflation_is_that_of_statsmodels() -> None:
    _, x, _ = table()
    theirs = [variance_inflation_factor(x, j) for j in range(1, 5)]
    assert [one.factor for one in inflations(x, NAMES)] == pytest.approx(theirs, rel=1e-8)


def test_a_blocks_inflation_follows_from_its_canonical_correlations() -> None:
    # |R_block| |R_others| / |R| = 1 / Π (1 − ρ²) over the canonical correlations of the block with the others
    _, x, _ = table()
    names = (*NAMES, "minority_share:participation")
    x = np.column_stack([x, x[:, 1] * x[:, 2]])
    block, others = (np.linalg.qr(x[:, chosen] - x[:, chosen].mean(axis=0))[0] for chosen in ([1, 2, 5], [3, 4]))
    rho = np.linalg.svd(block.T @ others, compute_uv=False)
    assert inflations(x, names)[0].factor == pytest.approx(1.0 / np.prod(1.0 - rho**2), rel=1e-8)


def test_the_likelihood_ratio_against_poisson_is_that_of_statsmodels() -> None:
    y, x, _ = table()
    ours = equity.fit_arrays(y, x, NAMES)
    poisson = quietly(sm.Poisson(y, x), method="newton", tol=1e-12)
    start = np.append(ours.coefficients, ours.alpha or 0.0)
    negative = quietly(sm.NegativeBinomial(y, x), method="newton", start_params=start, tol=1e-12)
    test = ours.overdispersion()
    assert test.statistic == pytest.approx(2.0 * (negative.llf - poisson.llf), rel=1e-8)
    assert test.p_value == pytest.approx(0.5 * stats.chi2.sf(2.0 * (negative.llf - poisson.llf), 1))


def test_pearsons_dispersion_is_that_of_statsmodels() -> None:
    y, x, _ = table()
    poisson = sm.GLM(y, x, family=sm.families.Poisson()).fit(tol=1e-12)
    ours = equity.fit_arrays(y, x, NAMES, family="poisson")
    assert pearson_dispersion(ours) == pytest.approx(poisson.pearson_chi2 / poisson.df_resid, rel=1e-8)
    negative = equity.fit_arrays(y, x, NAMES)
    theirs = sm.GLM(y, x, family=sm.families.NegativeBinomial(alpha=negative.alpha)).fit(tol=1e-12)
    assert pearson_dispersion(negative) == pytest.approx(theirs.pearson_chi2 / theirs.df_resid, rel=1e-8)


@pytest.mark.parametrize("alpha", [0.0, 0.02, 0.13, 1.5])
def test_the_distribution_of_counts_is_scipys(alpha: float) -> None:
    counts = np.arange(0.0, 300.0, 7.0)
    for mean in (0.4, 20.0, 75.0):
        theirs = stats.nbinom.cdf(counts, 1.0 / alpha, 1.0 / (1.0 + alpha * mean)) if alpha else stats.poisson.cdf(counts, mean)
        assert count_distribution(counts, np.array(mean), alpha) == pytest.approx(theirs, rel=1e-9)


def test_a_poisson_residual_lies_between_the_two_steps_of_its_distribution() -> None:
    # by hand, mean 2: P(0) = e⁻² = 0.1353, P(1) = 0.2707, P(2) = 0.2707, P(3) = 0.1804
    y = np.array([0.0, 1.0, 2.0, 3.0, 4.0])  # their mean is the estimate
    fit = equity.fit_arrays(y, np.ones((5, 1)), ("Intercept",), family="poisson")
    steps = np.array([0.0, 0.1353, 0.4060, 0.6767, 0.8571, 0.9473])
    for seed in range(50):
        position = quantile_residuals(fit, seed=seed).position
        assert (position > steps[:-1] - 1e-4).all()
        assert (position < steps[1:] + 1e-4).all()


def test_residuals_of_poisson_counts_pass_scipys_test_of_uniformity() -> None:
    rng = np.random.default_rng(99)
    x = np.column_stack([np.ones(5000), rng.normal(size=5000)])
    fit = equity.fit_arrays(rng.poisson(np.exp(x @ [1.0, 0.5])).astype(float), x, ("Intercept", "far"), family="poisson")
    drawn = quantile_residuals(fit)
    theirs = stats.kstest(drawn.position, "uniform", method="asymp")
    ours = uniformity(drawn)
    assert (ours.largest_deviation, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)
    assert theirs.pvalue > 0.001
    assert drawn.normal == pytest.approx(stats.norm.ppf(drawn.position))


def test_leaving_an_area_out_is_statsmodels_fit_without_it() -> None:
    y, x, area = table()
    fit = equity.fit_arrays(y, x, NAMES, errors={"cr3": "area"}, clusters={"area": area})
    found = cluster_influence(fit, "area")
    for place in (0, 11, 24):
        rest = area != int(found.labels[place])
        start = np.append(fit.coefficients, fit.alpha or 0.0)
        theirs = quietly(sm.NegativeBinomial(y[rest], x[rest]), method="newton", start_params=start, tol=1e-12)
        apart = (fit.coefficients + found.shifts[place] - theirs.params[:5]) / found.std_errors
        assert np.abs(apart).max() < 1e-4
