"""Our estimators beside statsmodels', on tables drawn here from a seed.

Tolerances: estimates within 1e-8 of a standard error (statsmodels' own Newton, started from our estimate, decides where the maximum is); errors
within 1e-6 of themselves. statsmodels calls the same thing HC0 and HC1 for these models and corrects clustered errors by (n − 1)/(n − k) as well;
what is compared is brought to one convention below.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from evenhand import equity
from evenhand.equity.fits import Fit

NAMES = ("Intercept", "minority_share", "participation", "house_age", "median_income")
WANTED: dict[str, str | None] = {"observed": None, "hc0": None, "hc1": None, "cr0": "area", "cr1": "area"}
FAMILIES = {"logit": sm.Logit, "poisson": sm.Poisson, "negative_binomial": sm.NegativeBinomial}


def table(n: int = 3000, *, fractional: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(311)
    area = rng.integers(0, 50, n)
    x = np.column_stack([np.ones(n), rng.beta(0.3, 0.9, n), rng.binomial(1, 0.15, n), rng.normal(36, 12, n), rng.normal(89, 27, 50)[area]])
    mu = np.exp(x @ np.array([3.7, 0.1, -0.1, 0.005, 0.002]) + rng.normal(0, 0.2, 50)[area])
    y = rng.poisson(mu * rng.gamma(5.0, 0.2, n)).astype(float)
    return (y / 2.0 if fractional else y), x, area


def outcome(family: str, y: np.ndarray) -> np.ndarray:
    return (y > 60).astype(float) if family == "logit" else y


def both(family: str, *, fractional: bool = False) -> tuple[Fit, Any, np.ndarray, np.ndarray, np.ndarray]:
    y, x, area = table(fractional=fractional)
    y = outcome(family, y)
    ours = equity.fit_arrays(y, x, NAMES, family=family, errors=WANTED, clusters={"area": area})
    start = np.append(ours.coefficients, [ours.alpha] if ours.alpha else [])
    return ours, by_statsmodels(family, y, x, start), y, x, area


def by_statsmodels(family: str, y: np.ndarray, x: np.ndarray, start: np.ndarray, **options: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that its optimiser does not know the options of its covariance
        return FAMILIES[family](y, x).fit(start_params=start, method="newton", disp=0, maxiter=100, tol=1e-14, **options)


@pytest.mark.parametrize("family", FAMILIES)
def test_estimates_lie_within_a_hundred_millionth_of_an_error(family: str) -> None:
    ours, theirs, *_ = both(family)
    assert np.max(np.abs(ours.coefficients - theirs.params[:5]) / theirs.bse[:5]) < 1e-8


def test_fractional_hours_have_the_same_quasi_likelihood() -> None:
    ours, theirs, *_ = both("negative_binomial", fractional=True)
    assert np.max(np.abs(ours.coefficients - theirs.params[:5]) / theirs.bse[:5]) < 1e-8
    assert ours.loglik == pytest.approx(theirs.llf, rel=1e-10)
    assert [w.code for w in ours.warnings] == ["fractional_outcome"]


@pytest.mark.parametrize("family", FAMILIES)
def test_log_likelihoods_and_criteria_agree(family: str) -> None:
    ours, theirs, *_ = both(family)
    assert ours.loglik == pytest.approx(theirs.llf, rel=1e-10)
    assert ours.loglik_null == pytest.approx(theirs.llnull, rel=1e-7)  # its null model stops where the default optimiser does
    assert ours.aic == pytest.approx(theirs.aic, rel=1e-10)
    assert ours.bic == pytest.approx(theirs.bic, rel=1e-10)
    assert ours.pseudo_r2.mcfadden == pytest.approx(theirs.prsquared, abs=1e-6)


def test_the_dispersion_and_its_error_agree() -> None:
    ours, theirs, *_ = both("negative_binomial")
    assert ours.alpha == pytest.approx(theirs.params[-1], rel=1e-8)
    assert ours.alpha_std_error == pytest.approx(theirs.bse[-1], rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("convention", WANTED)
def test_errors_agree(family: str, convention: str) -> None:
    ours, theirs, y, x, area = both(family)
    n, p = x.shape
    start = np.append(ours.coefficients, [ours.alpha] if ours.alpha else [])
    options: dict[str, Any] = {"observed": {}, "hc0": {"cov_type": "HC0"}, "hc1": {"cov_type": "HC0"}}.get(
        convention, {"cov_type": "cluster", "cov_kwds": {"groups": area, "use_correction": False}}
    )
    if options:
        theirs = by_statsmodels(family, y, x, start, **options)
    factor = {"hc1": np.sqrt(n / (n - p)), "cr1": np.sqrt(50 / 49)}.get(convention, 1.0)
    found = np.sqrt(np.diag(ours.covariance(convention)))
    assert found == pytest.approx(factor * theirs.bse[:5], rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_average_marginal_effects_agree(family: str) -> None:
    ours, theirs, *_ = both(family)
    scale = 100.0 if family == "logit" else 1.0
    effect = ours.marginal_effects(["house_age"], "observed")[0].inference
    reference = theirs.get_margeff(at="overall")
    assert effect.estimate == pytest.approx(scale * reference.margeff[2], rel=1e-6)
    # statsmodels takes the derivatives behind this error numerically
    assert effect.std_error == pytest.approx(scale * reference.margeff_se[2], rel=1e-4)
