"""Survival models beside R's package survival: script, table and output lie in `survival_models/`.

Tolerances: estimates to 1e-6 of a standard error, errors, shares and log likelihoods to 1e-6 of themselves; R's own searches stop about there. R's
errors by cluster, and its robust ones of rows, carry no factor for their number: ours are √(G/(G − 1)) and √(n/(n − 1)) times them.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from evenhand.equity.kaplan_meier import restricted_mean, survival_curve
from evenhand.equity.survival_cox import fit_cox
from evenhand.equity.survival_fits import SurvivalFit
from evenhand.equity.survival_lognormal import fit_lognormal
from tests.references.r_output import Stored, refuse_drift, stored_output

HERE = Path(__file__).parent / "survival_models"
TOLERANCE = 1e-6
TERMS = ("minority_share", "house_age")
Columns = Mapping[str, np.ndarray]


@pytest.fixture(scope="module")
def stored() -> Stored:
    return stored_output(HERE)


@pytest.fixture(scope="module")
def outages() -> Columns:
    """300 synthetic outages on half-hours, tied and censored, in 20 block groups that wait together."""
    with (HERE / "outages.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


MODELS = (
    "cox_efron", "cox_breslow", "cox_efron_clustered", "cox_breslow_clustered", "cox_breslow_weighted",
    "lognormal", "lognormal_clustered", "lognormal_weighted",
)  # fmt: skip


def fitted(model: str, outages: Columns) -> SurvivalFit:
    arrays = outages["hours"], outages["restored"] == 1.0, np.column_stack([outages[term] for term in TERMS])
    clusters = outages["block"] if model.endswith("clustered") else None
    weights = outages["weight"] if model.endswith("weighted") else None
    if model.startswith("lognormal"):
        return fit_lognormal(*arrays, TERMS, clusters=clusters, weights=weights)
    return fit_cox(*arrays, TERMS, clusters=clusters, weights=weights, ties="efron" if "efron" in model else "breslow")


@pytest.mark.parametrize("model", MODELS)
def test_estimates_and_log_likelihoods_agree_with_r(model: str, stored: Stored, outages: Columns) -> None:
    fit = fitted(model, outages)
    for term, estimate, error in zip(fit.terms, fit.estimates, fit.std_errors("observed"), strict=True):
        assert abs(estimate - stored[model, "estimate", "estimate", term]) < TOLERANCE * error, term
    assert fit.loglik == pytest.approx(stored[model, "whole", "loglik", ""], rel=TOLERANCE)


@pytest.mark.parametrize("model", MODELS)
def test_errors_agree_with_r(model: str, stored: Stored, outages: Columns) -> None:
    fit = fitted(model, outages)
    ours = {"observed": "observed", "robust": "cr1" if model.endswith("clustered") else "robust"}
    many = fit.n_clusters or fit.n
    factors = {"observed": 1.0, "robust": math.sqrt(many / (many - 1))}
    compared = {convention for m, convention, quantity, _ in stored if m == model and quantity == "std_error"}
    assert compared == ({"observed"} if model in {"cox_efron", "cox_breslow", "lognormal"} else {"observed", "robust"})
    for convention in compared:
        for term, error in zip(fit.terms, fit.std_errors(ours[convention]), strict=True):
            expected = factors[convention] * stored[model, convention, "std_error", term]
            assert error == pytest.approx(expected, rel=TOLERANCE), (convention, term)


def test_the_share_still_out_and_greenwoods_error_agree_with_r(stored: Stored, outages: Columns) -> None:
    curve = survival_curve(outages["hours"], outages["restored"] == 1.0)
    at = [hours for model, _, quantity, hours in stored if model == "kaplan_meier" and quantity == "share_out"]
    assert len(at) == 5
    for hours in at:
        place = int(np.searchsorted(curve.hours, float(hours), side="right")) - 1
        assert curve.share_out[place] == pytest.approx(stored["kaplan_meier", "greenwood", "share_out", hours], rel=TOLERANCE)
        assert curve.std_error[place] == pytest.approx(stored["kaplan_meier", "greenwood", "std_error", hours], rel=TOLERANCE)


def test_the_restricted_mean_agrees_with_r(stored: Stored, outages: Columns) -> None:
    found = restricted_mean(outages["hours"], outages["restored"] == 1.0, horizon_hours=40.0)
    assert found.mean_hours == pytest.approx(stored["kaplan_meier", "greenwood", "restricted_mean", "40"], rel=TOLERANCE)
    assert found.std_error == pytest.approx(stored["kaplan_meier", "greenwood", "restricted_mean_error", "40"], rel=TOLERANCE)


def test_the_stored_output_is_what_the_script_prints(stored: Stored) -> None:
    assert len(stored) == 78
    refuse_drift(HERE, ("survival",), relative=1e-9, absolute=1e-12)
