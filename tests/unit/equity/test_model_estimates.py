"""Estimates that one can work out by hand, and what no change of clothes may alter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand import equity
from evenhand.equity.errors import DesignUnusable

FAMILIES = ("logit", "poisson", "negative_binomial")


def drawn(n: int = 400, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=n), rng.binomial(1, 0.4, n)])
    y = rng.poisson(np.exp(x @ np.array([1.5, 0.3, -0.4])) * rng.gamma(3.0, 1 / 3, n)).astype(float)
    return y, x


def of_family(family: str, y: np.ndarray) -> np.ndarray:
    return (y > np.median(y)).astype(float) if family == "logit" else y


def counts(took_part: tuple[int, int], did_not: tuple[int, int]) -> dict[str, Any]:
    """Two groups of people, so many of each who took part and did not."""
    y = [1.0] * took_part[0] + [0.0] * did_not[0] + [1.0] * took_part[1] + [0.0] * did_not[1]
    return {"reported": y, "minority": [0.0] * (took_part[0] + did_not[0]) + [1.0] * (took_part[1] + did_not[1])}


def test_the_logit_of_two_groups_is_the_log_of_their_odds_ratio() -> None:
    fit = equity.fit("reported ~ minority", counts((10, 30), (40, 20)), family="logit")
    assert fit.coefficients == pytest.approx([math.log(10 / 40), math.log((30 * 40) / (20 * 10))], rel=1e-12)
    assert fit.terms()[1].std_error == pytest.approx(math.sqrt(1 / 10 + 1 / 40 + 1 / 30 + 1 / 20), rel=1e-12)
    assert fit.loglik == pytest.approx(10 * math.log(0.2) + 40 * math.log(0.8) + 30 * math.log(0.6) + 20 * math.log(0.4), rel=1e-12)
    assert fit.loglik_null == pytest.approx(40 * math.log(0.4) + 60 * math.log(0.6), rel=1e-12)


def test_the_poisson_model_of_two_groups_is_the_ratio_of_their_means() -> None:
    fit = equity.fit("hours ~ minority", {"hours": [1, 2, 3, 4, 5, 9], "minority": [0, 0, 0, 1, 1, 1]}, family="poisson")
    assert fit.terms()[1].ratio[0] == pytest.approx(18 / 6, rel=1e-9)
    assert fit.terms()[1].std_error == pytest.approx(math.sqrt(1 / 6 + 1 / 18), rel=1e-9)


def test_the_negative_binomial_of_two_groups_has_their_means_too() -> None:
    fit = equity.fit("hours ~ minority", {"hours": [0, 2, 30, 14, 1, 5, 90, 2], "minority": [0, 0, 0, 0, 1, 1, 1, 1]})
    assert np.exp(fit.coefficients) == pytest.approx([46 / 4, 98 / 46], rel=1e-10)
    assert fit.alpha is not None
    assert fit.theta == pytest.approx(1 / fit.alpha)


def test_an_empty_cell_gets_half_a_person_in_every_cell() -> None:
    """Firth's estimate of a two-by-two table is the log odds with one half added to each cell."""
    fit = equity.fit("reported ~ minority", counts((10, 30), (40, 0)), family="logit")
    assert fit.coefficients == pytest.approx([math.log(10.5 / 40.5), math.log(30.5 / 0.5) - math.log(10.5 / 40.5)], rel=1e-8)
    (said,) = fit.warnings
    assert said.code == "separation"
    assert "minority" in said.terms
    assert fit.method.startswith("penalised")


def test_the_term_that_separates_is_named_and_no_bystander() -> None:
    rng = np.random.default_rng(8)
    share = rng.uniform(size=300)
    table = {"reported": share > 0.5, "minority_share": share, "house_age": rng.uniform(3, 121, 300), "income": rng.normal(89, 27, 300)}
    fit = equity.fit("reported ~ house_age + minority_share + income", table, family="logit")
    assert [(warning.code, warning.terms) for warning in fit.warnings] == [("separation", ("minority_share",))]


def test_separation_is_refused_by_choice() -> None:
    with pytest.raises(DesignUnusable, match=r"separated perfectly by .*minority"):
        equity.fit("reported ~ minority", counts((10, 30), (40, 0)), family="logit", penalised=False)


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_a_group_that_never_waited_has_a_finite_estimate_and_its_name(family: str) -> None:
    rng = np.random.default_rng(5)
    table = {"hours": np.append(rng.negative_binomial(2, 0.1, 80), np.zeros(20)), "far": np.repeat([0.0, 1.0], [80, 20])}
    fit = equity.fit("hours ~ far", table, family=family)
    assert [(w.code, w.terms) for w in fit.warnings] == [("separation", ("far",))]
    assert abs(fit.coefficients[1]) < 12.0
    assert fit.converged


def test_a_small_but_finite_group_is_not_called_separated() -> None:
    fit = equity.fit("reported ~ minority", counts((1, 4), (400, 1)), family="logit")
    assert fit.warnings == ()
    assert fit.coefficients[1] == pytest.approx(math.log(4 * 400), rel=1e-10)


def test_counts_without_extra_spread_are_a_poisson_model() -> None:
    fit = equity.fit("hours ~ 1", {"hours": [4, 5, 6, 5, 4, 6, 5, 5]})
    assert fit.alpha == 0.0
    assert fit.theta == math.inf
    assert [w.code for w in fit.warnings] == ["no_overdispersion"]
    assert fit.overdispersion().p_value == 1.0


def test_half_hours_are_said_to_be_a_quasi_likelihood_and_may_be_rounded() -> None:
    table = {"hours": [0.5, 2.5, 30.0, 14.5, 1.5, 5.0, 90.0, 2.0]}
    assert [w.code for w in equity.fit("hours ~ 1", table).warnings] == ["fractional_outcome"]
    rounded = equity.fit("hours ~ 1", table, round_outcome=True)
    assert rounded.warnings == ()
    assert rounded.design.y.tolist() == [0.0, 2.0, 30.0, 14.0, 2.0, 5.0, 90.0, 2.0]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_weight_of_two_is_the_row_twice(family: str) -> None:
    y, x = drawn(60)
    y = of_family(family, y)
    weights = np.where(np.arange(60) < 25, 2.0, 1.0)
    twice = np.concatenate([np.arange(60), np.arange(25)])
    names = ("Intercept", "a", "b")
    weighted, doubled = equity.fit_arrays(y, x, names, family=family, weights=weights), equity.fit_arrays(y[twice], x[twice], names, family=family)
    assert weighted.coefficients == pytest.approx(doubled.coefficients, abs=1e-9)
    assert weighted.loglik == pytest.approx(doubled.loglik, rel=1e-12)
    assert weighted.loglik_null == pytest.approx(doubled.loglik_null, rel=1e-9)
    assert weighted.pseudo_r2.nagelkerke == pytest.approx(doubled.pseudo_r2.nagelkerke, rel=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.01, 1000.0), seed=st.integers(0, 1000))
def test_a_columns_unit_moves_only_its_own_coefficient(family: str, scale: float, seed: int) -> None:
    y, x = drawn(150, seed)
    y = of_family(family, y)
    names = ("Intercept", "a", "b")
    one, other = equity.fit_arrays(y, x, names, family=family), equity.fit_arrays(y, x * [1.0, scale, 1.0], names, family=family)
    errors = np.sqrt(np.diag(one.covariance()))
    assert np.max(np.abs(other.coefficients * [1.0, scale, 1.0] - one.coefficients) / errors) < 1e-7
    assert other.loglik == pytest.approx(one.loglik, rel=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_constant_offset_moves_the_intercept_alone(family: str) -> None:
    y, x = drawn()
    y = of_family(family, y)
    names = ("Intercept", "a", "b")
    one, other = equity.fit_arrays(y, x, names, family=family), equity.fit_arrays(y, x, names, family=family, offset=np.full(y.size, 0.7))
    assert other.coefficients == pytest.approx(one.coefficients - [0.7, 0.0, 0.0], abs=1e-9)


def test_a_fit_of_many_rows_ends_where_the_next_step_is_nothing() -> None:
    y, x = drawn(60_000)
    fit = equity.fit_arrays(y, x, ("Intercept", "a", "b"))
    assert fit.converged
    assert fit.maximum.step < 1e-10


def test_the_same_table_gives_the_same_bytes_twice() -> None:
    y, x = drawn(60_000)
    one, other = (equity.fit_arrays(y, x, ("Intercept", "a", "b"), errors="hc1") for _ in range(2))
    assert one.coefficients.tobytes() == other.coefficients.tobytes()
    assert one.covariance().tobytes() == other.covariance().tobytes()


@pytest.mark.parametrize("n", [200, 500, 2000])
def test_where_a_column_has_its_zero_moves_the_intercept_alone(n: int) -> None:
    """Five years and one reporter in twenty: the intercept is the log odds of the year 0, whose error is above 200, and nothing diverges."""
    rng = np.random.default_rng(n)
    year, y = rng.integers(2018, 2023, n).astype(float), (rng.random(n) < 0.05).astype(float)
    far, near = (equity.fit("y ~ year", {"y": y, "year": years}, family="logit") for years in (year, year - 2020.0))
    errors = [np.sqrt(np.diag(fit.covariance())) for fit in (far, near)]
    assert errors[0][0] > 50.0
    assert far.converged
    assert far.warnings == ()
    assert abs(far.coefficients[1] - near.coefficients[1]) < 1e-8 * errors[1][1]
    assert abs(far.coefficients @ [1.0, 2020.0] - near.coefficients[0]) < 1e-8 * errors[1][0]


@pytest.mark.parametrize("family", ["logit", "poisson"])
def test_a_separated_group_of_five_is_found_among_many(family: str) -> None:
    rng = np.random.default_rng(1)
    y, far = (rng.random(82_000) < 0.05).astype(float), np.zeros(82_000)
    far[[9, 17, 33, 101, 1003]] = 1.0
    y[far == 1.0] = 0.0
    fit = equity.fit("y ~ far", {"y": y, "far": far}, family=family)
    assert [(w.code, w.terms) for w in fit.warnings] == [("separation", ("far",))]
    assert abs(fit.coefficients[1]) < 5.0
