"""Each check of the design says something, in words that its figures carry, or why it cannot."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from evenhand.studies.diagnostics.design import design_diagnostics
from evenhand.studies.diagnostics.design_chance import permutation
from evenhand.studies.diagnostics.design_choices import never_out
from evenhand.studies.diagnostics.design_placebo import placebo_outcome, quiet_hours
from evenhand.studies.diagnostics.design_places import spatial_residuals
from evenhand.studies.diagnostics.design_refits import AGREES_WITHIN, HOURS, Refits
from evenhand.studies.diagnostics.design_unseen import LONGER_STILL, missing_hours
from evenhand.studies.diagnostics.design_windows import first_request_hours, window_curve
from evenhand.studies.five_models import FIVE_MODELS, StudyFits, fit_five_models, fit_model
from evenhand.studies.hypotheses import verdicts
from evenhand.studies.results import BuiltPanel, Diagnostic
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import EVENT_START, built_panel, city_columns, requests_of

pytestmark = pytest.mark.slow

NAMES = [
    "frame", "window", "landmark", "unit", "rounding", "minority_definition", "never_out", "missing_hours", "permutation", "placebo", "e_value",
    "tipping_point", "morans_i", "multiplicity",
]  # fmt: skip
RECIPE = PanelRecipe(households=2_000, block_groups=60, hours_step=0.5, alpha=0.25)


def columns(**changed: Any) -> dict[str, Any]:
    """A city in which a twentieth was never out and some are still out."""
    found = city_columns(RECIPE, 8311)
    rng = np.random.default_rng(1)
    spared, late = rng.random(2_000) < 0.05, rng.random(2_000) < 0.02
    found[HOURS] = np.where(spared, 0.0, found[HOURS])
    found["status"] = np.where(spared, "never_out", np.where(late, "still_out", found["status"]))
    return found | changed


@pytest.fixture(scope="module")
def built() -> BuiltPanel:
    city = columns()
    return built_panel(city, requests=requests_of(city))


@pytest.fixture(scope="module")
def study(built: BuiltPanel) -> StudyFits:
    return fit_five_models(built.panel)


@pytest.fixture(scope="module")
def found(built: BuiltPanel, study: StudyFits) -> dict[str, Diagnostic]:
    rng = np.random.default_rng(5)
    quiet = np.where(rng.random(2_000) < 0.2, rng.exponential(3.0, 2_000), 0.0)
    return {one.name: one for one in design_diagnostics(built, study, placebo=quiet)}


def bare(names: tuple[str, ...] = ("lat", "long", "status", "reported_hours", "block_group", "premise_id")) -> BuiltPanel:
    """A panel without what most checks need."""
    city = columns()
    return built_panel({name: values for name, values in city.items() if name not in names})


def test_all_checks_come_in_their_order_and_say_all_that_a_check_says(found: dict[str, Diagnostic]) -> None:
    assert list(found) == NAMES
    for one in found.values():
        assert one.title
        assert one.tested.endswith(".")
        assert one.meaning.endswith(".")
        assert one.advice.endswith(".")
        assert one.standing in {"sound", "caution", "trouble"}
        assert all(math.isfinite(value) for value in one.figures.values())
        assert ".." not in one.meaning
        assert "nan" not in one.meaning


def test_a_panel_with_next_to_nothing_gets_reasons_and_no_crash() -> None:
    poor = bare()
    answers = {one.name: one for one in design_diagnostics(poor, fit_five_models(poor.panel))}
    untold = [name for name, one in answers.items() if one.standing == "not_testable"]
    assert untold == ["window", "landmark", "permutation", "placebo", "morans_i"]
    for name in untold:
        assert answers[name].meaning.startswith("Cannot be tested because ")
        assert not answers[name].figures
    assert answers["unit"].tested.endswith("(errors: hc1).")


def test_progress_ends_at_its_total(built: BuiltPanel, study: StudyFits) -> None:
    told: list[tuple[int, int]] = []
    design_diagnostics(built, study, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 13) for done in range(14)]


def test_a_refit_that_begins_at_the_studys_estimate_ends_where_any_other_ends(built: BuiltPanel, study: StudyFits) -> None:
    refits = Refits.of(built.panel, study)
    for scale in (1.0, 60.0, 2.0):
        warm = refits.refit("3", scale=scale)
        changed = {**refits.panel.numbers, HOURS: refits.hours * scale}
        cold = fit_model(type(built.panel)(changed, refits.panel.ids, 2_000, "", ()), FIVE_MODELS[2], errors={"observed": None})
        assert warm.coefficients == pytest.approx(cold.coefficients, abs=1e-8)


@pytest.mark.parametrize("spared", [True, False])
def test_in_days_the_model_is_the_one_that_a_cold_fit_finds_with_dispersion_or_without(spared: bool) -> None:
    city = columns() if spared else city_columns(PanelRecipe(households=2_000, block_groups=60, hours_step=0.5), 1)
    panel = built_panel(city).panel
    refits = Refits.of(panel, fit_five_models(panel))
    changed = {**refits.panel.numbers, HOURS: refits.hours / 24.0}
    cold = fit_model(type(panel)(changed, refits.panel.ids, 2_000, "", ()), FIVE_MODELS[2], errors={"observed": None})
    assert (cold.alpha == 0.0) is not spared
    assert refits.refit("3", scale=1 / 24).coefficients == pytest.approx(cold.coefficients, abs=1e-8)


def test_the_studys_own_rows_are_its_verdicts(found: dict[str, Diagnostic], study: StudyFits) -> None:
    own = {one.hypothesis: one for one in verdicts(study)}
    rows = [row for one in found.values() for row in one.rows if row.get("is_as_studied") and row["hypothesis"] != "reporting"]
    assert len(rows) > 20
    for row in rows:
        one = own[row["hypothesis"]]
        assert (row["ratio"], row["ratio_low"], row["ratio_high"], row["outcome"]) == (one.ratio, one.ratio_low, one.ratio_high, one.outcome)


def test_refits_are_judged_by_what_leads_or_by_one_step_that_agrees_with_it(built: BuiltPanel, study: StudyFits) -> None:
    refits = Refits.of(built.panel, study)
    assert set(refits.errors.values()) == {"cr3_one_step"}
    assert refits.errors_words == "errors: cr3 as studied, cr3_one_step in refits"
    # Fitted again as studied, with one step, beside the study's own cr3: within the 2 % that the module names, and with its degrees of freedom.
    for name in ("H1", "H2b", "H3b", "service rule"):
        (own,) = (one for one in refits.as_studied("", [name]) if one.hypothesis == name)
        (again,) = (one for one in refits.moved("", [name]) if one.hypothesis == name)
        widths = [math.log(one.ratio_high / one.ratio_low) for one in (own, again)]
        assert widths[1] == pytest.approx(widths[0], rel=AGREES_WITHIN)
        assert again.outcome == own.outcome
    by_households = fit_five_models(built.panel, preset="xu_tang_2020")
    assert set(Refits.of(built.panel, by_households).errors.values()) == {"observed"}


def test_where_one_step_is_far_from_what_leads_refits_take_what_leads(built: BuiltPanel, study: StudyFits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.studies.diagnostics.design_refits.AGREES_WITHIN", 0.0)
    refits = Refits.of(built.panel, study)
    assert refits.errors["3"] == "cr3"
    (own,) = refits.as_studied("", ["H1"])
    (again,) = refits.moved("", ["H1"])
    assert (again.ratio_low, again.ratio_high) == pytest.approx((own.ratio_low, own.ratio_high), rel=1e-6)


def lost_reporter() -> tuple[BuiltPanel, BuiltPanel]:
    """A city in which reporters come off better, with and without one minority household lost that reported."""
    effects = {"minority_share": 0.1, "minority_share:participation": -0.5, "house_age": 0.011}
    city = city_columns(PanelRecipe(households=1_500, block_groups=60, hours_effects=effects, alpha=0.1, share_taking_part=0.03), 4)
    gone = int(np.flatnonzero((np.asarray(city["participation"]) > 0) & (np.asarray(city["minority_share"]) == 1.0))[0])
    rest = {name: np.delete(np.asarray(values), gone) for name, values in city.items()}
    lost = {name: np.asarray(values)[[gone]] for name, values in city.items()} | {HOURS: [math.nan], "status": ["unknown"]}
    return built_panel(rest, lost=lost, readings_end=EVENT_START + timedelta(hours=400)), built_panel(rest)


def test_a_household_lost_before_the_panel_is_tried_at_both_ends_of_the_records_in_every_model_that_asks_for_it() -> None:
    built, without = lost_reporter()
    study = fit_five_models(built.panel)
    found = missing_hours(built, Refits.of(built.panel, study))
    by = {(row["setting"], row["hypothesis"]): row for row in found.rows}
    # By hand: the household put into the panel with 0 hours, and with the 400 hours from the event's start to the end of the readings.
    for setting, hours in (("least for H3b", 0.0), ("most for H3b", 400.0)):
        whole = {name: [*built.table[name].to_pylist(), *built.lost[name].to_pylist()] for name in built.table.column_names}  # type: ignore[index]
        whole[HOURS][-1], whole["status"][-1] = hours, "restored"
        fit = fit_five_models(built_panel(whole).panel).fits["3"]
        assert by[setting, "H3b"]["ratio"] == pytest.approx(fit.terms()[fit.names.index("minority_share:participation")].ratio[0], rel=1e-6)
    assert by["those who left counted in", "H2b"]["ratio"] != by["as studied", "H2b"]["ratio"]
    assert "and 400, as long as records or outages reach" in found.meaning
    assert "nothing is said of hours beyond that" in found.meaning
    assert missing_hours(without, Refits.of(without.panel, study)).meaning == "The hours of every household are known."


def test_those_still_out_are_tried_at_a_multiple_that_the_words_print(found: dict[str, Diagnostic]) -> None:
    one = found["missing_hours"]
    assert f"between their hours so far and {LONGER_STILL:g} times as many" in one.meaning
    assert one.figures["times the hours so far"] == LONGER_STILL
    assert "Whatever" not in one.meaning
    assert "no value" not in one.advice


@pytest.mark.parametrize(("thorough", "share"), [(False, "% of 300 shuffles"), (True, "0.01 % of 10,000 shuffles")])
def test_a_gap_that_no_shuffle_reaches_has_the_share_of_the_sample_itself(built: BuiltPanel, thorough: bool, share: str) -> None:
    city = columns()
    city[HOURS] = np.asarray(city[HOURS]) * (1.0 + 2.0 * np.asarray(city["minority_share"]))
    steep = built_panel(city)
    meaning = permutation(Refits.of(steep.panel, fit_five_models(steep.panel)), thorough=thorough).meaning
    assert share in meaning
    assert "0.0 %" not in meaning.split("came in")[1]


def test_at_the_studys_window_the_curve_is_the_study(found: dict[str, Diagnostic], built: BuiltPanel) -> None:
    first = first_request_hours(built)
    assert isinstance(first, np.ndarray)
    assert np.array_equal(first <= 48.0, built.panel.numbers["participation"] > 0)
    by_setting = {(row["setting"], row["hypothesis"]): row for row in found["window"].rows}
    for name in ("H1", "H2b", "H3b"):
        assert by_setting["48 h", name]["ratio"] == pytest.approx(by_setting["the study's window", name]["ratio"])


def test_requests_before_the_event_are_no_reports() -> None:
    early = pa.table({"premise_id": ["p0", "p1", "p1"], "hours_after_start": [-3.0, -1.0, 5.0]})
    first = first_request_hours(built_panel(columns(), requests=early))
    assert isinstance(first, np.ndarray)
    assert first[:2].tolist() == [math.inf, 5.0]


def test_at_a_window_with_hardly_a_report_nothing_is_said(study: StudyFits) -> None:
    few = pa.table({"premise_id": [f"p{k}" for k in range(15)], "hours_after_start": [1.0] * 15})
    city = built_panel(columns(), requests=few)
    assert window_curve(city, Refits.of(city.panel, study)).standing == "not_testable"


def test_rows_hold_no_counts_that_could_be_subtracted_from_each_other(found: dict[str, Diagnostic]) -> None:
    for name in ("window", "landmark", "unit", "never_out", "missing_hours"):
        assert all(not isinstance(value, int) or isinstance(value, bool) for row in found[name].rows for value in row.values())


def test_a_count_under_11_is_not_told() -> None:
    city = columns()
    few = np.arange(2_000) < 7
    city["status"] = np.where(few, "never_out", "restored")
    city[HOURS] = np.where(few, 0.0, city[HOURS])
    built = built_panel(city)
    one = never_out(built, Refits.of(built.panel, fit_five_models(built.panel)))
    assert one.rows
    assert "households never out, about" not in one.figures


def test_the_gap_in_a_quiet_week_is_found_when_it_is_there(built: BuiltPanel, study: StudyFits) -> None:
    rng, share = np.random.default_rng(2), built.panel.numbers["minority_share"]
    inherited = np.where(rng.random(2_000) < 0.3 + 0.4 * share, rng.gamma(4.0, 1.0, 2_000), 0.0)
    answer = placebo_outcome(built, Refits.of(built.panel, study), inherited)
    assert answer.figures["H1 in the quiet week (ratio)"] > 1.5
    assert answer.standing == "trouble"


def test_hours_of_a_quiet_week_come_from_the_interruptions_before_the_event() -> None:
    at = EVENT_START
    rows = [
        ("7", at - timedelta(days=3), at - timedelta(days=3) + timedelta(hours=2)),
        ("7", at - timedelta(days=2), at - timedelta(days=2) + timedelta(hours=1)),
        ("8", at - timedelta(days=8, hours=1), at - timedelta(days=7, hours=22)),  # 2 of its 3 hours are in the week
        ("9", at - timedelta(hours=5), at + timedelta(hours=5)),  # the storm's first gusts
        ("10", at - timedelta(days=1, hours=3), None),
    ]
    meters, starts, ends = zip(*rows, strict=True)
    kind = pa.timestamp("us", tz="UTC")
    interruptions = pa.table({"meter_id": list(meters), "start": pa.array(starts, kind), "end": pa.array(ends, kind)})
    built = built_panel(columns(meter_id=[str(k) for k in range(2_000)]))
    hours = quiet_hours(interruptions, built)
    assert hours is not None
    assert {str(k): hours[k] for k in np.flatnonzero(hours)} == pytest.approx({"7": 3.0, "8": 2.0, "10": 3.0})
    assert quiet_hours(interruptions, bare(("meter_id",))) is None


def test_residuals_that_neighbours_share_are_found(built: BuiltPanel) -> None:
    city = columns()
    north = (np.asarray(city["lat"]) - 30.4) / 0.08
    city[HOURS] = np.round(2 * np.asarray(city[HOURS]) * np.exp(1.2 * north)) / 2
    tilted = built_panel(city)
    answer = spatial_residuals(tilted, Refits.of(tilted.panel, fit_five_models(tilted.panel)))
    assert answer.figures["model 3 Moran's I"] > 0.3
    assert answer.standing in {"caution", "trouble"}
    assert "tract" in answer.advice


def test_opposite_claims_are_one_test(found: dict[str, Diagnostic], study: StudyFits) -> None:
    rows = {row["hypothesis"]: row for row in found["multiplicity"].rows}
    assert list(rows) == ["H1", "H2b", "H3b", "gap among reporters", "minority reporters", "service rule", "fair service rule"]
    least = min(row["p_value"] for row in rows.values())
    assert min(row["holm"] for row in rows.values()) == pytest.approx(min(7 * least, 1.0))
    assert rows["H1"]["p_value"] == pytest.approx(study.fits["3"].terms("cr3")[1].p_value)


def test_thorough_asks_more_and_contradicts_nothing(built: BuiltPanel, study: StudyFits, found: dict[str, Diagnostic]) -> None:
    more = {one.name: one for one in design_diagnostics(built, study, thorough=True)}
    assert [row["setting"] for row in more["window"].rows if row["hypothesis"] == "H1"][1:] == [f"{h} h" for h in range(12, 97, 12)]
    assert more["permutation"].figures["draws"] > found["permutation"].figures["draws"]
    assert more["permutation"].figures["statistic"] == pytest.approx(found["permutation"].figures["statistic"])


def test_the_same_seed_gives_the_same_words(built: BuiltPanel, study: StudyFits) -> None:
    one, two = (design_diagnostics(built, study, seed=4) for _ in range(2))
    assert [d.meaning for d in one] == [d.meaning for d in two]
