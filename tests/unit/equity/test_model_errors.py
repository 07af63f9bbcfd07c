"""Each error convention against its definition: by hand where a table is small enough, by fitting again where it is not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenhand import equity
from evenhand.equity.conventions import CLUSTERED, CONVENTIONS
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit

NAMES = ("Intercept", "a", "area_term")
FAMILIES = ("logit", "poisson", "negative_binomial")
# Three streets of two homes: sums of deviations from the mean of 3 are -2, -2 and 4.
SIX = {"hours": [1, 3, 2, 2, 5, 5], "street": ["a", "a", "b", "b", "c", "c"]}


def drawn(family: str, n: int = 300, clusters: int = 15, seed: int = 11) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    area = rng.integers(0, clusters, n)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.poisson(4.0, clusters)[area]])
    mu = np.exp(x @ np.array([2.0, 0.3, -0.05]) + rng.normal(0, 0.2, clusters)[area])
    y = rng.poisson(mu * rng.gamma(3.0, 1 / 3, n)).astype(float)
    return ((y > 6).astype(float) if family == "logit" else y), x, area


def six_homes(convention: str) -> Fit:
    return equity.fit("hours ~ 1", SIX, family="poisson", errors={convention: "street"})


def test_cr0_and_cr1_of_six_homes_by_hand() -> None:
    """The score is the sum of deviations, the information the sum of means, 18; squares add up to 24."""
    assert six_homes("cr0").covariance()[0, 0] == pytest.approx(24 / 18**2, rel=1e-10)
    assert six_homes("cr1").covariance()[0, 0] == pytest.approx(24 / 18**2 * 3 / 2, rel=1e-10)


def test_cr2_of_six_homes_by_hand() -> None:
    """Each of three equal clusters holds a third: scores grow by (1 - 1/3)^(-1/2), and a mean of three has two degrees of freedom."""
    fit = six_homes("cr2")
    assert fit.covariance()[0, 0] == pytest.approx(24 / 18**2 * 3 / 2, rel=1e-9)
    assert fit.terms()[0].df == pytest.approx(2.0, rel=1e-9)


def test_cr3_of_six_homes_by_hand() -> None:
    """Without a street the means are 3.5, 3.5 and 2."""
    fit = six_homes("cr3")
    squares = 2 * math.log(3.5 / 3) ** 2 + math.log(2 / 3) ** 2
    assert fit.covariance()[0, 0] == pytest.approx(2 / 3 * squares, rel=1e-7)
    assert fit.terms()[0].df == pytest.approx(2.0, rel=1e-9)


def test_the_interval_of_cr3_is_students_with_its_own_degrees_of_freedom() -> None:
    term = six_homes("cr3").terms()[0]
    # 4.302653 is the 97.5th percentile of t with 2 degrees of freedom, in every printed table
    assert term.conf_high - term.estimate == pytest.approx(4.302653 * term.std_error, rel=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("clusters", [8, 40])
def test_cr3_is_what_fitting_again_without_each_cluster_gives(family: str, clusters: int) -> None:
    y, x, area = drawn(family, clusters=clusters)
    fit = equity.fit_arrays(y, x, NAMES, family=family, errors={"cr3": "area"}, clusters={"area": area})
    labels = np.unique(area)
    shifts = np.stack([equity.fit_arrays(y[area != g], x[area != g], NAMES, family=family).coefficients - fit.coefficients for g in labels])
    expected = (labels.size - 1) / labels.size * shifts.T @ shifts
    assert np.sqrt(np.diag(fit.covariance())) == pytest.approx(np.sqrt(np.diag(expected)), rel=1e-6)


def test_cr3_with_weights_and_an_offset_is_exact_too() -> None:
    y, x, area = drawn("negative_binomial")
    rng = np.random.default_rng(3)
    weights, offset = rng.uniform(0.5, 2.0, y.size), rng.normal(0, 0.3, y.size)

    def fitted(keep: np.ndarray) -> Fit:
        return equity.fit_arrays(y[keep], x[keep], NAMES, weights=weights[keep], offset=offset[keep])

    full = equity.fit_arrays(y, x, NAMES, errors={"cr3": "area"}, clusters={"area": area}, weights=weights, offset=offset)
    labels = np.unique(area)
    shifts = np.stack([fitted(area != g).coefficients - full.coefficients for g in labels])
    expected = (labels.size - 1) / labels.size * np.sum(shifts**2, axis=0)
    assert np.sqrt(np.diag(full.covariance())) == pytest.approx(np.sqrt(expected), rel=1e-6)


def test_one_step_stands_under_its_own_name_and_is_near() -> None:
    y, x, area = drawn("negative_binomial", clusters=40)
    fit = equity.fit_arrays(y, x, NAMES, errors={"cr3": "area", "cr3_one_step": "area"}, clusters={"area": area})
    exact, quick = (np.sqrt(np.diag(fit.covariance(name))) for name in ("cr3", "cr3_one_step"))
    assert quick == pytest.approx(exact, rel=0.05)
    assert not np.array_equal(exact, quick)


def test_a_term_that_one_cluster_alone_identifies_has_no_cr3_error() -> None:
    y, x, area = drawn("poisson")
    x = np.column_stack([x, area == 3])
    fit = equity.fit_arrays(y, x, (*NAMES, "third"), family="poisson", errors={"cr3": "area"}, clusters={"area": area})
    errors = np.sqrt(np.diag(fit.covariance()))
    assert np.isnan(errors[3])
    assert np.isfinite(errors[:3]).all()
    assert ("one_cluster_identifies", ("third",)) in [(w.code, w.terms) for w in fit.warnings]


def test_the_jackknife_of_a_separated_model_refits_the_penalised_estimate() -> None:
    y, x, area = drawn("logit")
    x[:, 2] = np.arange(y.size) < 25
    y[:25] = 1.0
    names = ("Intercept", "a", "far")
    fit = equity.fit_arrays(y, x, names, family="logit", errors={"cr3": "area"}, clusters={"area": area})
    labels = np.unique(area)
    shifts = [equity.fit_arrays(y[area != g], x[area != g], names, family="logit").coefficients - fit.coefficients for g in labels]
    expected = (labels.size - 1) / labels.size * np.sum(np.square(shifts), axis=0)
    assert fit.method.startswith("penalised")
    assert np.sqrt(np.diag(fit.covariance())) == pytest.approx(np.sqrt(expected), rel=1e-6)


def test_hc1_is_hc0_with_n_over_n_less_terms() -> None:
    y, x, _ = drawn("negative_binomial")
    fit = equity.fit_arrays(y, x, NAMES, errors=["hc0", "hc1"])
    assert fit.covariance("hc1") == pytest.approx(fit.covariance("hc0") * 300 / 297, rel=1e-12)


def test_with_every_row_a_cluster_cr0_is_hc0_and_that_is_said() -> None:
    y, x, _ = drawn("negative_binomial")
    fit = equity.fit_arrays(y, x, NAMES, errors={"cr0": "home", "hc0": None}, clusters={"home": np.arange(y.size)})
    assert fit.covariance("cr0") == pytest.approx(fit.covariance("hc0"), rel=1e-9)
    assert "singleton_clusters" in {w.code for w in fit.warnings}


def test_one_cluster_is_refused_and_few_are_said() -> None:
    y, x, area = drawn("poisson")
    with pytest.raises(DesignUnusable, match="all rows used lie in one"):
        equity.fit_arrays(y, x, NAMES, family="poisson", errors={"cr3": "city"}, clusters={"city": np.zeros(y.size)})
    fit = equity.fit_arrays(y, x, NAMES, family="poisson", errors={"cr1": "area"}, clusters={"area": area})
    assert [w.code for w in fit.warnings] == ["few_clusters"]


def test_what_clusters_are_called_changes_nothing() -> None:
    y, x, area = drawn("negative_binomial")
    renamed = np.array([f"12073{97 - g:07d}" for g in area])
    one, other = (equity.fit_arrays(y, x, NAMES, errors={"cr3": "g"}, clusters={"g": g}) for g in (area, renamed))
    assert one.covariance() == pytest.approx(other.covariance(), rel=1e-12)


def test_the_bootstrap_repeats_with_its_seed_and_spreads_as_cr0_does() -> None:
    y, x, area = drawn("negative_binomial", n=1500, clusters=60)
    options = {"errors": {"bootstrap": "area", "cr0": "area"}, "clusters": {"area": area}, "draws": 4000}
    one, again, other = (equity.fit_arrays(y, x, NAMES, seed=seed, **options) for seed in (1, 1, 2))  # type: ignore[arg-type]
    assert one.tidy("bootstrap").equals(again.tidy("bootstrap"))
    assert not one.tidy("bootstrap").equals(other.tidy("bootstrap"))
    # with random signs the draws' variance is cr0's: 4,000 of them give a standard deviation to 1.1 %, four times which is allowed
    assert np.sqrt(np.diag(one.covariance("bootstrap"))) == pytest.approx(np.sqrt(np.diag(one.covariance("cr0"))), rel=0.045)


def test_the_bootstraps_studentised_spread_is_each_draws_own_clustered_error() -> None:
    """Multiplied out in the code; here one draw at a time, by the definition."""
    from evenhand.equity.covariances import influences, required_inverse
    from evenhand.equity.score_bootstrap import _spreads

    y, x, area = drawn("negative_binomial")
    fit = equity.fit_arrays(y, x, NAMES, errors={"cr0": "area"}, clusters={"area": area})
    groups = fit.design.clusters["area"]
    influence = influences(fit.model, fit.maximum, groups)
    shares = fit.model.cluster_information(fit.maximum.parameters, groups.place, groups.n, observed=True)
    moves = required_inverse(fit.maximum.at.information)[:3] @ shares
    signs = np.random.default_rng(0).choice(np.array([-1, 1], dtype=np.int8), (5, groups.n))
    shifts = signs @ influence
    found = _spreads(influence[:, :3], moves, signs, shifts)
    for draw in range(5):
        moved = signs[draw][:, None] * influence[:, :3] - moves @ shifts[draw]
        assert found[draw] == pytest.approx(moved.T @ moved, rel=1e-9)


def test_large_and_small_clusters_take_different_roads_to_the_same_cr2() -> None:
    """B^(-1/2) z by quadrature, as large clusters need, against its eigenvectors."""
    from evenhand.equity.bell_mccaffrey import _by_eigenvectors, _by_quadrature

    rng = np.random.default_rng(4)
    phi, z = np.exp(rng.normal(0, 2, 60)), rng.normal(size=(60, 4)) * 0.06
    left = 1.0 - float(np.linalg.eigvalsh(z.T @ z)[-1])
    assert _by_quadrature(phi, z, least=float(phi.min() ** 2) * left) == pytest.approx(_by_eigenvectors(phi, z), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("wanted", ["robust", {"cr1": None}, {"cr9": "area"}, []])
def test_a_convention_that_does_not_exist_or_lacks_its_clusters_is_refused(wanted: object) -> None:
    with pytest.raises(DesignUnusable):
        equity.fit("hours ~ 1", SIX, errors=wanted)  # type: ignore[arg-type]


def test_further_errors_leave_the_estimates_alone() -> None:
    y, x, area = drawn("negative_binomial")
    first = equity.fit_arrays(y, x, NAMES)
    more = first.with_errors({"cr1": "area"}, clusters={"area": area})
    assert more.coefficients is first.coefficients
    assert [e.convention for e in more.errors] == ["observed", "cr1"]
    with pytest.raises(DesignUnusable, match="with_errors"):
        first.covariance("cr1")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_row_of_weight_nothing_changes_no_error_of_any_convention(family: str) -> None:
    """Whole clusters among them: neither the rows nor the clusters are counted, and the degrees of freedom are those of the others."""
    y, x, area = drawn(family)
    weights = np.random.default_rng(5).uniform(0.5, 2.0, y.size)
    weights[(area < 3) | (np.arange(y.size) % 7 == 0)] = 0.0
    keep = weights > 0.0
    wanted = {name: "area" if name in CLUSTERED else None for name in CONVENTIONS}
    whole = equity.fit_arrays(y, x, NAMES, family=family, errors=wanted, clusters={"area": area}, weights=weights)
    fewer = equity.fit_arrays(y[keep], x[keep], NAMES, family=family, errors=wanted, clusters={"area": area[keep]}, weights=weights[keep])
    for convention in CONVENTIONS:
        for one, other in zip(whole.terms(convention), fewer.terms(convention), strict=True):
            assert (one.std_error, one.df) == pytest.approx((other.std_error, other.df), rel=1e-12), convention
