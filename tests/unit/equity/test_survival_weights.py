"""Sampling weights of survival models: they say how many households a row stands for, not how many were seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evenhand.equity.person_period import fit_person_period
from evenhand.equity.survival_cox import fit_cox
from evenhand.equity.survival_fits import SurvivalFit
from evenhand.equity.survival_hours import Setting, person_period_hours
from evenhand.equity.survival_lognormal import fit_lognormal

N = 250


def outages(seed: int = 8311) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Hours, whether restored, reports, and one column; a fifth censored, a third reporting."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=N)
    hours = np.ceil(2.0 * np.exp(2.5 + 0.3 * x + 0.7 * rng.normal(size=N))) / 2.0
    until = np.ceil(rng.uniform(10.0, 80.0, N))
    reported = np.where(rng.random(N) < 0.33, rng.exponential(6.0, N), np.nan)
    return np.minimum(hours, until), hours <= until, reported, x[:, None]


def lognormal(weights: np.ndarray | None = None, clusters: np.ndarray | None = None) -> SurvivalFit:
    hours, restored, _, x = outages()
    return fit_lognormal(hours, restored, x, ["x"], weights=weights, clusters=clusters)


def cox(weights: np.ndarray | None = None, clusters: np.ndarray | None = None) -> SurvivalFit:
    hours, restored, _, x = outages()
    return fit_cox(hours, restored, x, ["x"], ties="breslow", weights=weights, clusters=clusters)


def cloglog(weights: np.ndarray | None = None, clusters: np.ndarray | None = None) -> SurvivalFit:
    hours, restored, reported, x = outages()
    return fit_person_period(hours, restored, reported, x, ["x"], exposed_with=["x"], weights=weights, clusters=clusters).coefficients


def logit(weights: np.ndarray | None = None, clusters: np.ndarray | None = None) -> SurvivalFit:
    hours, restored, reported, x = outages()
    return fit_person_period(hours, restored, reported, x, ["x"], link="logit", weights=weights, clusters=clusters).coefficients


Model = Callable[..., SurvivalFit]
MODELS = [lognormal, cox, cloglog, logit]


@pytest.mark.parametrize("model", MODELS)
def test_with_weights_and_no_clusters_every_row_is_its_own_cluster(model: Model) -> None:
    weights = np.random.default_rng(2).uniform(1.0, 20.0, N)
    alone, clustered = model(weights), model(weights, np.arange(N))
    assert alone.default_errors == "robust"
    assert alone.covariances["robust"] == pytest.approx(clustered.covariances["cr1"], rel=1e-9)
    assert alone.degrees_of_freedom() is None


@pytest.mark.parametrize("model", MODELS)
def test_errors_do_not_shrink_because_each_row_stands_for_more_households(model: Model) -> None:
    weights = np.random.default_rng(2).uniform(1.0, 3.0, N)
    one, twenty = model(weights), model(20.0 * weights)
    assert twenty.std_errors() == pytest.approx(one.std_errors(), rel=1e-6)
    assert twenty.std_errors("observed") == pytest.approx(one.std_errors("observed") / np.sqrt(20.0), rel=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_without_weights_the_errors_are_of_the_information_as_before(model: Model) -> None:
    assert model().default_errors == "observed"
    assert set(model().covariances) == {"observed"}


def test_standardised_hours_follow_the_default_errors() -> None:
    hours, restored, reported, x = outages()
    weights = np.random.default_rng(2).uniform(1.0, 3.0, N)
    fits = [fit_person_period(hours, restored, reported, x, ["x"], weights=times * weights) for times in (1.0, 20.0)]
    settings = Setting("one more", x + 1.0, reported), Setting("as they are", x, reported)
    one, twenty = (person_period_hours(fit, *settings, horizon_hours=30.0, weights=weights) for fit in fits)
    assert one.errors == "robust"
    assert twenty.std_error == pytest.approx(one.std_error, rel=1e-6)
