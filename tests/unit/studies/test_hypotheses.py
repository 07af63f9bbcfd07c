"""Verdicts where one block group holds all that is known: another error stands in and is named, or the reason stands in the verdict."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from evenhand.equity.panel_reading import Panel, panel_of
from evenhand.equity.verdicts import Verdict
from evenhand.studies.diagnostics.model import model_diagnostics
from evenhand.studies.five_models import StudyFits, fit_five_models
from evenhand.studies.gaps_json import gaps_document
from evenhand.studies.hypotheses import (
    HYPOTHESES,
    NOTHING_LEFT,
    SOME_BLOCK_GROUP,
    STOOD_IN,
    asked_at_once,
    city_gaps,
    contrast_of,
    told,
    verdicts,
)
from tests.households import household_columns, household_table


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Minority households that reported live in one block group alone."""
    columns = household_columns(900, blocks=30)
    here = np.array(columns["block_group"]) == columns["block_group"][0]
    minority = np.where(here, 1.0, (columns["minority_share"] > 0.5).astype(np.float64))
    reported = np.where(minority > 0.0, (here & (np.arange(900) % 2 == 0)).astype(np.float64), columns["participation"])
    return panel_of(household_table(900, **(columns | {"minority_share": minority, "participation": reported})))


@pytest.fixture(scope="module")
def study(panel: Panel) -> StudyFits:
    return fit_five_models(panel)


@pytest.fixture(scope="module")
def found(study: StudyFits) -> dict[str, Verdict]:
    return {one.hypothesis: one for one in verdicts(study)}


def test_where_cr3_has_no_error_one_step_of_it_stands_in_and_is_named(study: StudyFits, found: dict[str, Verdict]) -> None:
    # Without that block group no minority household reported: their odds would be 0.
    fit = study.fits["1"]
    place = fit.names.index("minority_share")
    assert math.isnan(fit.terms("cr3")[place].std_error)
    one_step = fit.with_errors({"cr3_one_step": "block_group"}).terms("cr3_one_step")[place]
    odds = found["H2b"]
    assert (odds.ratio, odds.ratio_low, odds.ratio_high) == pytest.approx(one_step.ratio)
    assert odds.note == STOOD_IN.format(SOME_BLOCK_GROUP)
    assert "cr3_one_step" in odds.words


def test_where_even_one_step_does_not_exist_the_verdict_says_why(found: dict[str, Verdict]) -> None:
    # Without that block group no household is both of a minority and a reporter: nothing is known of the product.
    for name in ("H3b", "gap among reporters"):
        assert (found[name].outcome, found[name].note) == ("inconclusive", NOTHING_LEFT.format(SOME_BLOCK_GROUP))
        assert math.isnan(found[name].ratio_low)
        assert f"without an interval: {NOTHING_LEFT.format(SOME_BLOCK_GROUP)}." in found[name].words


def test_the_block_group_that_holds_all_that_is_known_is_named_to_those_who_ask_for_it(study: StudyFits, panel: Panel) -> None:
    here = household_columns(900, blocks=30)["block_group"][0]
    named = {one.hypothesis: one.words for one in verdicts(study, names_places=True)}
    assert f"because without block group {here} the model" in named["H2b"]
    assert f"without block group {here} nothing is known of it" in named["H3b"]
    assert {one.why for one in asked_at_once(study, names_places=True) if one.hypothesis == "H3b"} == {
        f"without block group {here} nothing is known of it"
    }
    gaps = {one.name: one.why for one in city_gaps(panel, study, names_places=True)}
    assert {why for why in gaps.values() if why} == {f"without block group {here} nothing is known of it"}
    assert gaps["participation fixed"]
    unnamed = [*(one.words for one in verdicts(study)), *(one.why for one in city_gaps(panel, study))]
    assert not [words for words in unnamed if here in words]


def test_several_block_groups_that_are_needed_are_counted_and_three_of_them_named() -> None:
    columns = household_columns(900, blocks=30)
    blocks = np.array(columns["block_group"])
    few = sorted(set(blocks))[:4]
    study = fit_five_models(panel_of(household_table(900, **columns)))
    fit = study.fits["3"].with_errors({"cr3_one_step": "block_group"})
    (errors,) = (one for one in fit.errors if one.convention == "cr3_one_step")
    assert errors.shifts is not None
    missing = np.isin(fit.design.clusters["block_group"].labels, few)
    shifts = np.where(missing[:, None], np.nan, errors.shifts)
    blind = replace(errors, shifts=shifts, covariance=np.full_like(errors.covariance, np.nan))
    words = told(fit.replaced(errors=(blind,)), np.eye(len(fit.names))[1], names_places=True)[1]
    assert (
        words == f"without any one of 4 block groups ({', '.join(sorted(few, key=list(dict.fromkeys(blocks)).index)[:3])}, …) nothing is known of it"
    )


def test_an_unknown_interval_is_never_printed(study: StudyFits, panel: Panel, found: dict[str, Verdict]) -> None:
    words = [one.words for one in found.values()] + [one.meaning for one in model_diagnostics(panel, study)]
    assert not [one for one in words if "unknown to" in one or "nan" in one.lower().split()]


def test_the_gap_of_the_city_has_its_interval_or_says_why_not(study: StudyFits, panel: Panel) -> None:
    for one in city_gaps(panel, study):
        assert one.gap is None or math.isfinite(one.gap.conf_low)
        assert one.gap is not None or one.why


def test_several_hypotheses_at_once_are_adjusted_as_statsmodels_does(study: StudyFits, panel: Panel) -> None:
    asked = asked_at_once(study)
    told_ones = [one for one in asked if math.isfinite(one.p_value)]
    p_values = [one.p_value for one in told_ones]
    assert 0 < len(p_values) < len(asked) == 7  # what one block group holds alone has no p-value, and does not count
    for method, adjusted in (("holm", [one.holm for one in told_ones]), ("fdr_bh", [one.benjamini_hochberg for one in told_ones])):
        assert adjusted == pytest.approx(multipletests(p_values, method=method)[1])
    (untold,) = (one for one in gaps_document((), (), asked, (), panel=panel, notes=[])["holm"] if one["hypothesis"] == "H3b")
    assert (untold["p_value"], untold["holm"], untold["benjamini_hochberg"]) == (None, None, None)


def test_one_more_request_is_measured_by_the_spread_among_the_households_that_the_rows_stand_for() -> None:
    weights = np.random.default_rng(7).integers(1, 9, 600)
    fit = fit_five_models(panel_of(household_table(weight=weights.astype(np.float64)))).fits["4"]
    rule = next(one for one in HYPOTHESES if one.name == "service rule")
    every_one = np.repeat(household_columns()["community_participation"], weights)
    assert contrast_of(fit, rule).sum() == pytest.approx(np.std(every_one), rel=1e-12)


def test_other_errors_are_left_as_they_are(panel: Panel) -> None:
    study = fit_five_models(panel, preset="xu_tang_2020")
    assert not [one.note for one in verdicts(study) if one.note]


def test_what_cr3_tells_is_told_by_cr3(study: StudyFits, found: dict[str, Verdict]) -> None:
    own = next(one for one in study.fits["3"].terms("cr3") if one.term == "minority_share")
    assert found["H1"].ratio_low == pytest.approx(own.ratio[1])
    assert not found["H1"].note


def test_the_check_of_separation_looks_at_what_is_left_without_each_block_group(study: StudyFits, panel: Panel) -> None:
    (one,) = (one for one in model_diagnostics(panel, study) if one.name == "separation")
    assert (one.standing, one.figures["leaning_block_groups"]) == ("trouble", 1.0)
    whole = panel_of(household_table(900, blocks=30))
    (other,) = (one for one in model_diagnostics(whole, fit_five_models(whole)) if one.name == "separation")
    assert (other.standing, other.figures["leaning_block_groups"]) == ("sound", 0.0)
