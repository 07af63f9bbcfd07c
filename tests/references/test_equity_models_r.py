"""Our estimators beside R's (MASS, sandwich, clubSandwich, brglm2): script, table and output lie in `equity_models/`.

Tolerances: estimates to 1e-6 of a standard error, errors, degrees of freedom and log likelihoods to 1e-6 of themselves; R's own searches stop about
there.
"""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand import equity
from evenhand.equity.fits import Fit
from tests.references.r_output import Stored, refuse_drift, stored_output

HERE = Path(__file__).parent / "equity_models"
TOLERANCE = 1e-6
NB = "restoration_hours ~ minority_share * participation + house_age + median_income + community_participation"
R_PACKAGES = ("MASS", "sandwich", "clubSandwich", "brglm2")


@pytest.fixture(scope="module")
def stored() -> Stored:
    return stored_output(HERE)


@pytest.fixture(scope="module")
def panel() -> dict[str, Any]:
    with (HERE / "panel.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    return {name: np.array([r[name] if name == "block_group" else float(r[name]) for r in rows]) for name in rows[0]}


def every(*conventions: str) -> dict[str, str | None]:
    return {name: "block_group" if name.startswith("cr") else None for name in conventions}


FORMULAS = {
    "logit": "participation ~ minority_share + house_age + median_income",
    "logit_weighted": "participation ~ minority_share + house_age + median_income",
    "poisson": "restoration_hours ~ minority_share + house_age + community_participation",
    "poisson_weighted": "restoration_hours ~ minority_share + house_age + community_participation",
    "nb": NB,
    "nb_weighted": NB,
    "firth_logit": "reported ~ far + minority_share + house_age",
    "firth_poisson": "never ~ far + minority_share + house_age",
}
WANTED = {
    "logit": every("observed", "hc0", "hc1", "cr0", "cr1", "cr2", "cr3"),
    "poisson": every("observed", "hc0", "hc1", "cr0", "cr1", "cr2", "cr3"),
    "logit_weighted": every("cr2", "cr3"),
    "poisson_weighted": every("observed", "hc0", "hc1", "cr0", "cr1", "cr2", "cr3"),
    "nb": every("expected", "cr2", "cr3"),
    "nb_weighted": every("cr2", "cr3"),
}
BY_CLUBSANDWICH = ("logit", "poisson", "nb", "logit_weighted", "poisson_weighted", "nb_weighted")


def fitted(model: str, panel: dict[str, Any]) -> Fit:
    family = next((f for f in ("logit", "poisson") if f in model), "negative_binomial")
    weights = "weight" if model.endswith("weighted") else None
    offset = np.log(panel["exposure"]) if model == "poisson_weighted" else None
    errors = WANTED.get(model, every("observed"))
    return equity.fit(FORMULAS[model], panel, family=family, errors=errors, weights=weights, offset=offset)


@pytest.mark.parametrize("model", FORMULAS)
def test_estimates_agree_with_r(model: str, stored: Stored, panel: dict[str, Any]) -> None:
    fit = fitted(model, panel)
    for term in fit.terms():
        assert abs(term.estimate - stored[model, "estimate", "estimate", term.term]) < TOLERANCE * term.std_error, term.term


@pytest.mark.parametrize("model", FORMULAS)
def test_errors_of_every_convention_agree_with_r(model: str, stored: Stored, panel: dict[str, Any]) -> None:
    fit = fitted(model, panel)
    for errors in fit.errors:
        for term in fit.terms(errors.convention):
            expected = stored.get((model, errors.convention, "std_error", term.term))
            if expected is not None:
                assert term.std_error == pytest.approx(expected, rel=TOLERANCE), (errors.convention, term.term)
    compared = {convention for m, convention, quantity, _ in stored if m == model and quantity == "std_error"}
    assert compared <= {errors.convention for errors in fit.errors}


@pytest.mark.parametrize("model", BY_CLUBSANDWICH)
def test_satterthwaite_degrees_of_freedom_agree_with_clubsandwich(model: str, stored: Stored, panel: dict[str, Any]) -> None:
    fit = fitted(model, panel)
    for convention in ("cr2", "cr3"):
        for term in fit.terms(convention):
            assert term.df == pytest.approx(stored[model, convention, "df", term.term], rel=TOLERANCE), (convention, term.term)
    for term in fit.terms("cr2"):
        assert term.p_value == pytest.approx(stored[model, "cr2", "p_value", term.term], rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("model", ["logit", "poisson", "nb"])
def test_log_likelihoods_agree_with_r(model: str, stored: Stored, panel: dict[str, Any]) -> None:
    fit = fitted(model, panel)
    assert fit.loglik == pytest.approx(stored[model, "whole", "loglik", ""], rel=1e-9)
    for name in ("aic", "bic", "loglik_null"):
        if (expected := stored.get((model, "whole", name, ""))) is not None:
            assert getattr(fit, name) == pytest.approx(expected, rel=1e-9), name


def test_the_dispersion_agrees_with_glm_nb(stored: Stored, panel: dict[str, Any]) -> None:
    assert fitted("nb", panel).theta == pytest.approx(stored["nb", "whole", "theta", ""], rel=TOLERANCE)
    assert fitted("nb_weighted", panel).theta == pytest.approx(stored["nb_weighted", "whole", "theta", ""], rel=TOLERANCE)


def test_the_test_against_poisson_agrees_with_r(stored: Stored, panel: dict[str, Any]) -> None:
    assert fitted("nb", panel).overdispersion().statistic == pytest.approx(stored["nb", "whole", "poisson_lr", ""], rel=1e-9)


def test_the_stored_output_is_what_the_script_prints(stored: Stored) -> None:
    assert len(stored) == 276
    refuse_drift(HERE, R_PACKAGES, relative=1e-6, absolute=1e-10)


def test_without_a_compiler_the_figures_are_the_same(panel: dict[str, Any]) -> None:
    assert importlib.util.find_spec("numba"), "the comparison needs both roads"
    wanted = every("observed", "hc1", "cr1", "cr2", "cr3")
    quick, plain = (equity.fit(NB, panel, errors=wanted, compiled=compiled) for compiled in (None, False))
    for convention in wanted:
        for one, other in zip(quick.terms(convention), plain.terms(convention), strict=True):
            assert one.estimate == pytest.approx(other.estimate, abs=1e-9 * one.std_error)
            assert one.std_error == pytest.approx(other.std_error, rel=1e-7)
