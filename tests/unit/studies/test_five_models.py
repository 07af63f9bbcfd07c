"""The five models by two presets, and the document that is made of them."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.panel_reading import Panel, panel_of
from evenhand.reports.gap_tables import other_table
from evenhand.studies.errors import StudyOptionInvalid
from evenhand.studies.five_models import FIVE_MODELS, StudyFits, fit_five_models
from evenhand.studies.gaps_json import gaps_document
from evenhand.studies.hypotheses import HYPOTHESES, city_gaps, verdicts
from evenhand.studies.models_json import as_text, models_document
from evenhand.studies.other_models import other_models
from tests.households import household_columns, household_table

MODEL_KEYS = [
    "family", "outcome", "n", "clusters", "loglik", "loglik_null", "aic", "bic", "pseudo_r2", "alpha", "theta", "converged", "gradient_norm",
    "dropped", "warnings", "errors",
]  # fmt: skip
TERM_KEYS = [
    "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "ratio", "ratio_low", "ratio_high",
]  # fmt: skip


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_of(household_table())


@pytest.fixture(scope="module")
def study(panel: Panel) -> StudyFits:
    return fit_five_models(panel, errors=["cr1", "observed", "hc1"])


def test_fits_go_from_process_to_process_with_all_that_is_asked_of_them(study: StudyFits, panel: Panel) -> None:
    again = pickle.loads(pickle.dumps(study))
    assert models_document(again, panel) == models_document(study, panel)
    refit, known = (one.fits["3"].with_errors({"cr3": "block_group"}).terms("cr3") for one in (again, study))
    assert refit == known


def test_the_document_is_the_contract(study: StudyFits, panel: Panel) -> None:
    document = json.loads(as_text(models_document(study, panel)))
    assert list(document) == ["models"]
    assert list(document["models"]) == ["1", "2", "3", "4", "5"]
    for model in document["models"].values():
        assert list(model) == MODEL_KEYS
        assert list(model["pseudo_r2"]) == ["mcfadden", "cox_snell", "nagelkerke"]
        assert list(model["errors"]) == ["cr1", "observed", "hc1"]
        assert all(list(term) == TERM_KEYS for errors in model["errors"].values() for term in errors["terms"])
        assert (model["n"], model["clusters"], model["converged"]) == (600, 30, True)


def test_terms_are_named_by_column_with_a_colon(study: StudyFits, panel: Panel) -> None:
    terms = [term["term"] for term in models_document(study, panel)["models"]["3"]["errors"]["cr1"]["terms"]]
    assert terms == [
        "Intercept", "minority_share", "participation", "minority_share:participation", "house_age", "median_income", "log_population_density",
    ]  # fmt: skip


def test_ratios_are_the_exponentials_of_what_stands_beside_them(study: StudyFits, panel: Panel) -> None:
    for term in models_document(study, panel)["models"]["1"]["errors"]["observed"]["terms"]:
        assert [term["ratio"], term["ratio_low"], term["ratio_high"]] == pytest.approx(
            [math.exp(term["estimate"]), math.exp(term["conf_low"]), math.exp(term["conf_high"])]
        )
        assert term["df"] is None


def test_the_five_models_are_those_of_statsmodels(study: StudyFits) -> None:
    # Its BFGS stops early, so its own Newton runs on from there; 1e-5 of an error is where that stops by itself.
    columns = household_columns()
    for model in FIVE_MODELS:
        x = np.column_stack([np.ones(600), *(np.prod([columns[c] for c in term.split(":")], axis=0) for term in model.terms)])
        y = columns[model.outcome]
        ours = study.fits[model.number]
        if model.family == "logit":
            theirs = sm.Logit(y, x).fit(method="newton", tol=1e-14, disp=False)
        else:
            start = sm.NegativeBinomial(y, x).fit(method="bfgs", maxiter=500, disp=False).params
            theirs = sm.NegativeBinomial(y, x).fit(start_params=start, method="newton", tol=1e-12, disp=False)
        gap = np.abs(ours.coefficients - theirs.params[: x.shape[1]]) / theirs.bse[: x.shape[1]]
        assert gap.max() < 1e-5
        assert ours.loglik == pytest.approx(theirs.llf, abs=1e-6)


def test_both_presets_have_the_same_estimates_without_weights(panel: Panel, study: StudyFits) -> None:
    other = fit_five_models(panel, preset="xu_tang_2020", known=study)
    alone = fit_five_models(panel, preset="xu_tang_2020")
    assert other.errors == alone.errors == ("observed",)
    for number in other.fits:
        assert other.fits[number].coefficients == pytest.approx(alone.fits[number].coefficients, abs=1e-12)
        assert other.fits[number].covariance("observed") == pytest.approx(alone.fits[number].covariance("observed"))


def test_only_the_default_weights(study: StudyFits) -> None:
    weighted = panel_of(household_table(weight=1.0 + household_columns()["minority_share"]))
    ours, theirs = (fit_five_models(weighted, preset=preset, errors=["hc1"]) for preset in ("default", "xu_tang_2020"))
    assert (ours.is_weighted, theirs.is_weighted) == (True, False)
    assert theirs.fits["2"].coefficients == pytest.approx(study.fits["2"].coefficients, abs=1e-9)
    assert np.abs(ours.fits["2"].coefficients - theirs.fits["2"].coefficients).max() > 1e-4


def test_rounding_makes_counts_of_the_hours_and_leaves_who_reports(panel: Panel) -> None:
    rounded = fit_five_models(panel, errors=["hc1"], round_hours=True)
    assert np.array_equal(rounded.fits["2"].design.y, np.rint(panel.numbers["restoration_hours"]))
    assert "fractional_outcome" not in [warning.code for warning in rounded.fits["2"].warnings]


def test_rows_are_dropped_for_the_models_that_need_them_and_counted() -> None:
    education = household_columns()["education"]
    education[:7] = np.nan
    poor = panel_of(household_table(education=education))
    models = models_document(fit_five_models(poor, errors=["hc1"]), poor)["models"]
    assert (models["1"]["n"], models["1"]["dropped"]) == (593, [{"column": "education", "reason": "missing", "rows": 7}])
    assert (models["2"]["n"], models["2"]["dropped"]) == (600, [])


def test_a_missing_flag_counts_once_and_not_again_under_its_product() -> None:
    flags = household_columns()["participation"]
    flags[:4] = np.nan
    poor = panel_of(household_table(participation=flags))
    models = models_document(fit_five_models(poor, errors=["hc1"]), poor)["models"]
    assert models["3"]["dropped"] == [{"column": "participation", "reason": "missing", "rows": 4}]


@pytest.mark.parametrize("labels", [None, ["120730000001"] * 600], ids=["no block groups", "one block group"])
def test_without_clusters_the_default_says_so_and_asked_for_ones_are_refused(labels: Any) -> None:
    alone = panel_of(household_table(block_group=labels))
    study = fit_five_models(alone)
    assert study.errors == ("hc1",)
    assert "hc1 instead of cr3" in study.notes[0]
    assert models_document(study, alone)["models"]["1"]["clusters"] == (None if labels is None else 1)
    with pytest.raises(StudyOptionInvalid, match="--errors hc1 needs none"):
        fit_five_models(alone, errors=["cr3"])


def test_unknown_options_are_named_at_once(panel: Panel) -> None:
    with pytest.raises(StudyOptionInvalid) as caught:
        fit_five_models(panel, preset="stata", errors=["robust", "hc1"])
    assert "'stata' came" in caught.value.message
    assert "'robust' came" in caught.value.message


def test_every_hypothesis_gets_a_verdict_and_what_it_assumes(study: StudyFits) -> None:
    found = verdicts(study)
    assert [one.hypothesis for one in found] == [hypothesis.name for hypothesis in HYPOTHESES]
    assert all(one.assumed and one.words for one in found)
    both = {one.hypothesis: one for one in found}
    pair = {both["H3a"].outcome, both["H3b"].outcome}
    assert pair in ({"supported", "contradicted"}, {"inconclusive"}, {"equivalent"})


def test_the_gap_among_reporters_is_a_sum_of_coefficients(study: StudyFits) -> None:
    terms = dict(zip(study.fits["3"].names, study.fits["3"].coefficients, strict=True))
    found = {one.hypothesis: one for one in verdicts(study)}["gap among reporters"]
    assert found.ratio == pytest.approx(math.exp(terms["minority_share"] + terms["minority_share:participation"]))


def test_a_term_that_cannot_be_told_is_inconclusive_and_says_why() -> None:
    same = panel_of(household_table(minority_share=np.full(600, 0.5)))
    study = fit_five_models(same, errors=["hc1"])
    first = verdicts(study)[0]
    assert (first.outcome, "is no term of this model" in first.words) == ("inconclusive", True)
    assert all(one.gap is None and "is no term of this model" in one.why for one in city_gaps(same, study))


def test_the_city_has_five_gaps(panel: Panel, study: StudyFits) -> None:
    gaps = city_gaps(panel, study)
    assert [one.name for one in gaps] == ["unadjusted", "participation fixed", "participation redrawn", "nobody reports", "everybody reports"]
    assert all(one.gap is not None and one.gap.errors == "cr1" for one in gaps)


def test_the_unit_and_the_family_are_told_beside(panel: Panel, study: StudyFits) -> None:
    found = {one.name: one for one in other_models(panel, study)}
    assert list(found) == ["NB2 in half-hours", "NB2 in days", "log-normal"]
    assert found["log-normal"].ratio_name == "time ratio"
    in_hours = np.exp(study.fits["3"].coefficients[1])
    assert found["NB2 in half-hours"].ratios["minority_share"][0] == pytest.approx(in_hours, abs=0.02)  # hours of 40 and more: nearly unit-free


def test_reports_with_a_time_of_their_own_bring_the_person_period_model() -> None:
    columns = household_columns()
    rng = np.random.default_rng(1)
    when = np.where(columns["participation"] == 1, np.round(rng.uniform(size=600) * columns["restoration_hours"], 2), np.nan)
    status = ["still_out" if hours > 80.0 else "restored" for hours in columns["restoration_hours"]]
    timed = panel_of(household_table(reported_hours=when, status=status))
    found = {one.name: one for one in other_models(timed, fit_five_models(timed, errors=["hc1"]))}["person-period"]
    assert set(found.ratios) == {"minority_share", "house_age", "median_income", "log_population_density", "reported", "minority_share:reported"}
    assert found.n_still_out == sum(hours > 80.0 for hours in columns["restoration_hours"])
    assert [hours.reference for hours in found.hours] == ["others, reports as they were", "nobody reports"]


def test_models_that_cannot_be_fitted_are_named_all_at_once() -> None:
    """Nobody with a known share took part, so model 1 compares nothing; nobody with known requests was out, so 4 and 5 do not either."""
    columns = household_columns()
    took_part, waited = columns["participation"] == 1.0, columns["restoration_hours"] > 0.0
    share, requests = np.where(took_part, np.nan, columns["education"]), np.where(waited, np.nan, columns["community_participation"])
    requests[:30], hours = 3.0, columns["restoration_hours"].copy()
    hours[:30] = 0.0
    poor = panel_of(household_table(education=share, community_participation=requests, restoration_hours=hours))
    with pytest.raises(DesignUnusable) as error:
        fit_five_models(poor, errors=["hc1"])
    assert [fault.partition(":")[0] for fault in error.value.faults] == ["model 1", "model 4", "model 5"]


def test_another_model_carries_its_warnings_and_whether_it_converged() -> None:
    """15 block groups are few; a search that was cut short is not to be used."""
    few = panel_of(household_table(blocks=15))
    study = fit_five_models(few, errors=["cr1"])
    found = other_models(few, study)
    lognormal = next(one for one in found if one.name == "log-normal")
    cut_short = replace(lognormal, name="cut short", converged=False)
    document = gaps_document((), (), (), (*found, cut_short), panel=few, notes=[])
    by_name = {one["name"]: one for one in document["other_models"]}
    assert by_name["log-normal"]["warnings"] == ["15 clusters are few: intervals by cluster are too narrow by an amount that nobody knows."]
    assert (by_name["log-normal"]["converged"], by_name["cut short"]["converged"]) == (True, False)
    notes = other_table((*found, cut_short)).notes
    assert "log-normal: 15 clusters are few: intervals by cluster are too narrow by an amount that nobody knows." in notes
    assert [note for note in notes if "did not converge" in note] == ["cut short did not converge; its figures are not to be used."]
