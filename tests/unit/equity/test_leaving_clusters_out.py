"""The jackknife where some cluster cannot be spared: which terms lose their error, what becomes of the others, and how it is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evenhand import equity
from evenhand.equity.fits import Fit
from evenhand.twin.panel import PanelRecipe, synthetic_panel

Arrays = dict[str, np.ndarray]


def students(family: str = "logit") -> Arrays:
    """600 homes in 30 clusters; of five students only the two of cluster 0 report (or wait at all)."""
    rng = np.random.default_rng(3)
    cluster, x, student = np.repeat(np.arange(30), 20), rng.normal(size=600), np.zeros(600)
    student[[5, 7, 100, 200, 300]] = 1.0
    y = (rng.random(600) < 0.3).astype(float) if family == "logit" else rng.negative_binomial(3, 0.3, 600).astype(float)
    y[student == 1.0] = 0.0
    y[[5, 7]] = 1.0
    return {"y": y, "x": x, "student": student, "cluster": cluster}


def fitted(table: Arrays, terms: str, family: str, **options: Any) -> Fit:
    return equity.fit(f"y ~ {terms}", table, family=family, **options)


def shifts_by_hand(table: Arrays, terms: str, family: str, spared: dict[int, np.ndarray]) -> np.ndarray:
    """Of the intercept and x: estimates without each cluster less the whole, each by a fit of its own; `spared` rows are left out with it."""
    whole = fitted(table, terms, family).coefficients[:2]
    found = []
    for cluster in range(30):
        keep = (table["cluster"] != cluster) & ~spared.get(cluster, np.zeros(600, dtype=bool))
        part = {name: values[keep] for name, values in table.items()}
        found.append(fitted(part, terms, family).coefficients[:2] - whole)
    return np.stack(found)


@pytest.mark.parametrize("family", ["logit", "poisson", "negative_binomial"])
def test_a_term_that_separates_without_one_cluster_loses_its_error_and_the_others_keep_theirs(family: str) -> None:
    """In the limit students other than cluster 0's are predicted surely: x and the constant are then those of everybody else."""
    table = students(family)
    fit = fitted(table, "x + student", family, errors={"cr3": "cluster"})
    by_hand = shifts_by_hand(table, "x + student", family, {0: table["student"] == 1.0})
    expected = np.sqrt(29 / 30 * np.sum(by_hand**2, axis=0))
    errors = {term.term: term.std_error for term in fit.terms()}
    assert [errors["Intercept"], errors["x"]] == pytest.approx(list(expected), rel=1e-6)
    assert np.isnan(errors["student"])


def test_the_warning_names_the_cluster_the_terms_and_what_to_do() -> None:
    fit = fitted(students(), "x + student", "logit", errors={"cr3": "cluster"})
    said = {warning.code: warning for warning in fit.warnings}
    assert said["jackknife_separated"].terms == ("student",)
    assert said["jackknife_separated"].text.startswith("Without cluster 0 student would separate the outcome")
    assert "cr3_one_step" in said["jackknife_separated"].text
    assert "jackknife_without_estimate" not in said


def test_clusters_that_cannot_be_spared_are_counted_and_said_together_for_the_term_they_share() -> None:
    """Of two members one reports and one does not, in two clusters: without either, the other separates."""
    table = students()
    table["member"] = np.isin(np.arange(600), [40, 65]).astype(float)
    table["y"][40], table["y"][65] = 1.0, 0.0
    fit = fitted(table, "x + student + member", "logit", errors={"cr3": "cluster"})
    said = [(w.terms, w.text.partition(" would")[0]) for w in fit.warnings if w.code == "jackknife_separated"]
    assert said == [(("student",), "Without cluster 0 student"), (("member",), "Without any one of 2 of 30 clusters (cluster 2, 3) member")]


def test_where_all_but_some_rows_are_told_for_sure_the_constant_goes_with_the_term() -> None:
    """Without cluster 0 nobody outside the group reports: the constant runs to minus infinity and the group's term against it."""
    table = students()
    group = np.ones(600)
    group[[5, 7, 100, 200, 300]] = 0.0
    fit = fitted({**table, "group": group}, "x + group", "logit", errors={"cr3": "cluster"})
    by_hand = shifts_by_hand(table, "x + student", "logit", {0: table["student"] == 1.0})[:, 1]
    errors = {term.term: term.std_error for term in fit.terms()}
    assert np.isnan([errors["Intercept"], errors["group"]]).all()
    assert errors["x"] == pytest.approx(np.sqrt(29 / 30 * np.sum(by_hand**2)), rel=1e-6)


def test_rows_of_weight_nothing_count_as_no_rows_when_a_cluster_is_left_out() -> None:
    table = students()
    weight = np.ones(600)
    weight[[100, 200, 300]] = 0.0  # then the students of cluster 0 are all there are
    table["y"][5] = 0.0
    fit = fitted({**table, "weight": weight}, "x + student", "logit", weights="weight", errors={"cr3": "cluster"})
    assert ("one_cluster_identifies", ("student",)) in [(w.code, w.terms) for w in fit.warnings]
    assert np.isfinite([t.std_error for t in fit.terms() if t.term != "student"]).all()


@pytest.mark.parametrize("factor", [60.0, 5000.0])
def test_one_cluster_whose_hours_are_wild_bends_the_errors_and_makes_no_term_unknown(factor: float) -> None:
    """Hours of one block group in minutes: the whole less that block group is no positive information, and every term is known without it."""
    panel = synthetic_panel(PanelRecipe(households=900, block_groups=30, hours_step=0.5), 4)
    terms = ("minority_share", "participation", "house_age", "median_income", "log_population_density")
    formula, area = f"restoration_hours ~ {' + '.join(terms)}", panel["block_group"]
    wild = {**panel, "restoration_hours": panel["restoration_hours"] * np.where(area == area[4], factor, 1.0)}
    fit = equity.fit(formula, wild, errors={"cr3": "block_group"})
    shifts = []
    for label in np.unique(area):
        part = {name: values[area != label] for name, values in wild.items()}
        shifts.append(equity.fit(formula, part).coefficients - fit.coefficients)
    assert np.sqrt(np.diag(fit.covariance())) == pytest.approx(np.sqrt(29 / 30 * np.sum(np.square(shifts), axis=0)), rel=1e-6)
    assert {w.code for w in fit.warnings} == {"fractional_outcome"}


def test_firths_search_ends_where_scoring_would_crawl_without_any_block_group() -> None:
    """A column that is the outcome itself: Fisher scoring needs a thousand steps without one block group, along a ridge that bends the wrong way."""
    panel = synthetic_panel(PanelRecipe(households=900, block_groups=30, hours_step=0.5), 4)
    table = {**panel, "elderly_share": panel["participation"].astype(float)}
    terms = "minority_share + house_age + median_income + log_population_density + education + elderly_share + college_age_share + renter_share"
    fit = equity.fit(f"participation ~ {terms}", table, family="logit", errors={"cr3": "block_group"})
    assert fit.is_penalised
    assert np.isfinite([t.std_error for t in fit.terms()]).all()
    assert {w.code for w in fit.warnings} == {"separation"}


def test_firths_estimate_is_where_the_penalised_likelihood_no_longer_climbs() -> None:
    """By central differences of log likelihood + ½ ln det information, written out here; the gradient that the fit gives is of the same sum."""
    rng = np.random.default_rng(3)
    x, z = rng.normal(size=60), (rng.random(60) < 0.2).astype(float)
    y = ((x + rng.normal(size=60)) > 0).astype(float)
    y[z == 1.0] = 1.0
    design = np.column_stack([np.ones(60), x, z])
    fit = equity.fit_arrays(y, design, ("Intercept", "x", "z"), family="logit")

    def penalised(beta: np.ndarray) -> float:
        eta = design @ beta
        chance = 1.0 / (1.0 + np.exp(-eta))
        information = design.T @ (design * (chance * (1.0 - chance))[:, None])
        return float(y @ eta - np.logaddexp(0.0, eta).sum() + 0.5 * np.linalg.slogdet(information)[1])

    step = 1e-5 * np.eye(3)
    slopes = [(penalised(fit.coefficients + s) - penalised(fit.coefficients - s)) / 2e-5 for s in step]
    assert fit.is_penalised
    assert slopes == pytest.approx([0.0] * 3, abs=1e-7)
    assert fit.gradient_norm < 1e-8
    assert fit.loglik == pytest.approx(float(y @ (design @ fit.coefficients) - np.logaddexp(0.0, design @ fit.coefficients).sum()), rel=1e-10)
    assert "without the penalty" in fit.warnings[0].text


def test_a_constant_that_runs_to_infinity_without_one_cluster_has_no_error() -> None:
    y, cluster = np.zeros(200), np.repeat(np.arange(10), 20)
    y[[3, 5, 7]] = 1.0
    fit = equity.fit("y ~ 1", {"y": y, "cluster": cluster}, family="logit", errors={"cr3": "cluster"})
    assert np.isnan(fit.terms()[0].std_error)
    assert ("jackknife_separated", ("Intercept",)) in [(w.code, w.terms) for w in fit.warnings]
