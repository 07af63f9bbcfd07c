"""Attacks on the numbers beside the report: a term that one household carries, a likelihood that counts, two numbers and their difference."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import brentq

from evenhand.equity.fits import Fit
from evenhand.equity.panel_reading import panel_of
from evenhand.reports.coefficient_plots import coefficient_plot
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_audit import bounds
from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.reports.errors import PublishedTooNear
from evenhand.reports.model_tables import model_table
from evenhand.reports.study_report.checks import WITHHELD_WORDS, gated
from evenhand.reports.study_report.documents import plain, told_models_document
from evenhand.reports.study_report.published_before import refuse_too_near
from evenhand.reports.study_report.row_counts import NEVER_OUT, POPULATION, rows_key
from evenhand.reports.told_models import ToldModels, internal_models
from evenhand.studies.five_models import FIVE_MODELS, StudyFits, fit_five_models
from evenhand.studies.other_models import other_models
from evenhand.studies.results import BuiltPanel, Diagnostic
from evenhand.studies.study_run import PresetStudy
from evenhand.studies.term_carriers import carries, few_carry, few_carry_terms
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import built_panel, city_columns

N = 600
BOTH = "minority_share:participation"


def columns(reporters: int, minority_reporters: int, seed: int = 8311) -> dict[str, Any]:
    """A small city of which so many households reported; of these, so many have members of a minority, as every third of the others has."""
    found: dict[str, Any] = city_columns(PanelRecipe(households=N, block_groups=12, hours_step=0.5, share_taking_part=0.2), seed)
    share = np.where(np.arange(N) % 3 == 0, 0.6, 0.0)
    reported = np.zeros(N)
    reported[np.flatnonzero(share > 0)[:minority_reporters]] = 1.0
    reported[np.flatnonzero(share == 0)[: reporters - minority_reporters]] = 1.0
    reported_hours = np.where(reported > 0, 0.5, np.nan)
    return found | {"minority_share": share, "participation": reported, "reported_hours": reported_hours}


@cache
def city(reporters: int, minority_reporters: int) -> tuple[BuiltPanel, StudyFits]:
    built = built_panel(columns(reporters, minority_reporters))
    return built, fit_five_models(built.panel, preset="xu_tang_2020")


def document(reporters: int, minority_reporters: int) -> dict[str, Any]:
    """What a city publishes of its models."""
    built, fits = city(reporters, minority_reporters)
    hidden = {number: few_carry(fit) for number, fit in fits.fits.items()}
    told = ToldModels(hidden, {fit.n: f"{fit.n:,}" for fit in fits.fits.values()})
    made: dict[str, Any] = json.loads(json.dumps(told_models_document(PresetStudy(built, fits, (), ()), told)))["models"]
    return made


def estimates(model: dict[str, Any]) -> dict[str, float | None]:
    return {term["term"]: term["estimate"] for term in model["errors"]["observed"]["terms"]}


def fitted_hours(fit: Fit, names: tuple[str, ...], values: dict[str, float | None], row: int) -> float:
    return math.exp(sum(float(fit.design.x[row, place]) * (values[name] or 0.0) for place, name in enumerate(names)))


def test_a_household_that_carries_a_term_alone_would_be_told_to_the_half_hour_and_is_not() -> None:
    # Score equation of the product: the one minority household that reported is fitted exactly. Who has all coefficients has its hours.
    _, fits = city(12, 1)
    fit = fits.fits["3"]
    row = int(np.flatnonzero(fit.design.columns["participation"] * fit.design.columns["minority_share"])[0])
    own = dict(zip(fit.names, fit.coefficients.tolist(), strict=True))
    assert fitted_hours(fit, fit.names, own, row) == pytest.approx(fit.design.y[row], abs=0.01), "the attack works on what the study found"
    told = estimates(document(12, 1)["3"])
    assert told[BOTH] is None
    assert told["minority_share"] is not None, "what enough households carry stays"
    assert [term["term"] for term in document(12, 1)["3"]["errors"]["observed"]["terms"] if "withheld" in term] == [BOTH]


def test_a_term_that_eleven_carry_is_told() -> None:
    assert estimates(document(60, 20)["3"])[BOTH] is not None
    assert not few_carry(city(60, 20)[1].fits["3"])


@pytest.mark.parametrize(
    ("share", "hidden"),
    [
        # Twelve reporters, by the shares of the household: of those without minority members the other term speaks, of those with, the product.
        ([0.0] * 11 + [0.6], {BOTH}),
        ([0.6] * 11 + [0.0], {BOTH, "participation"}),
        ([1.0] * 11 + [0.6], {BOTH, "participation"}),
        ([0.0] * 6 + [0.6] * 6, {BOTH, "participation"}),
        ([0.0] * 11 + [0.6] * 11, set()),
    ],
)
def test_terms_of_a_product_are_told_by_the_households_that_differ_in_them(share: list[float], hidden: set[str]) -> None:
    others = [0.0, 0.6, 1.0] * 60
    held = {
        "minority_share": np.array([*share, *others]),
        "participation": np.array([1.0] * len(share) + [0.0] * len(others)),
    }
    everybody = np.ones(len(share) + len(others), dtype=np.bool_)
    assert few_carry_terms(("Intercept", *held, BOTH), held, sides=[everybody]) == hidden


def test_a_refit_of_terms_that_few_carry_is_known_by_its_terms() -> None:
    fit = city(12, 1)[1].fits["3"]
    assert carries(fit, ["minority_share"])
    assert not carries(fit, ["minority_share", BOTH])


def test_the_likelihood_of_a_constant_would_count_few_reporters_and_is_not_told() -> None:
    # k ln(k/n) + (n − k) ln(1 − k/n) is the constant's own likelihood: it has one root below n/2.
    _, fits = city(8, 3)
    known = fits.fits["1"].loglik_null
    counted = brentq(lambda k: k * math.log(k / N) + (N - k) * math.log1p(-k / N) - known, 0.5, N / 2)
    assert counted == pytest.approx(8.0, abs=1e-6), "the attack works on what the study found"
    model = document(8, 3)["1"]
    assert model.keys() == {"family", "outcome", "withheld"}
    told = ToldModels({"1": few_carry(fits.fits["1"])}, {N: str(N)})
    table = model_table(FIVE_MODELS[0], fits, fits, told=told)
    assert {cell for row in table.rows for cell in row[1:]} == {"withheld"}
    assert not any(sign.isdigit() for note in table.notes for sign in note.replace("fewer than 11", ""))
    assert coefficient_plot(FIVE_MODELS[0], fits, fits, told=told) is None


def test_an_internal_document_and_drawing_say_so_and_hold_everything() -> None:
    built, fits = city(12, 1)
    made = told_models_document(PresetStudy(built, fits, (), ()), internal_models())
    assert made["note"].startswith("Internal")
    assert estimates(made["models"]["3"])[BOTH] is not None
    chart = coefficient_plot(FIVE_MODELS[2], fits, fits, told=internal_models())
    assert chart is not None
    assert "Internal" in chart.svg()


def test_published_figures_have_five_digits_and_hours_one_decimal() -> None:
    assert plain({"estimate": 0.123456789, "mean_hours": 73.71872887, "mean_low": 65.675, "n": 1479, "text": "as it is"}) == {
        "estimate": 0.12346, "mean_hours": 73.7, "mean_low": 65.7, "n": 1479, "text": "as it is",
    }  # fmt: skip
    assert plain([{"gap_hours": 6.5701, "conf_low": -2.8923, "ratio_low": 0.97960}]) == [{"gap_hours": 6.6, "conf_low": -2.9, "ratio_low": 0.9796}]


def test_two_means_of_one_city_do_not_tell_the_hours_of_two_homes() -> None:
    # An end of the event later by an hour: two of 1,479 homes count 17.5 and 23 hours more. Means times households were off by exactly that.
    hours = np.random.default_rng(1).gamma(4.0, 18.0, 1_479).round(1)
    longer = hours.copy()
    longer[[5, 700]] += (17.5, 23.0)
    before, after = (plain({"mean_hours": float(one.mean())})["mean_hours"] for one in (hours, longer))
    assert longer.mean() * 1_479 - hours.mean() * 1_479 == pytest.approx(40.5)
    assert abs((after - before) * 1_479 - 40.5) > 30.0


def test_mean_hours_of_the_person_period_model_end_where_eleven_households_are_beyond() -> None:
    held = columns(60, 20)
    held["restoration_hours"][7] = 2_000.5  # one home, far beyond all others
    panel = panel_of(pa.table({name: pa.array(values, from_pandas=True) for name, values in held.items()}))
    found = {one.name: one for one in other_models(panel, fit_five_models(panel, preset="xu_tang_2020"))}["person-period"]
    eleventh = float(np.sort(held["restoration_hours"])[-11])
    assert found.hours, found.why
    assert {hours.horizon_hours for hours in found.hours} == {24.0 * math.floor(eleventh / 24.0)}


def rootogram(sizes: list[int]) -> Diagnostic:
    rows = tuple({"from_hours": 12.0 * place, "to_hours": 12.0 * (place + 1), "households": size, "found": float(size), "expected": 20.5}
                 for place, size in enumerate(sizes))  # fmt: skip
    figures = {"households": float(sum(sizes)), "worst_from_hours": 24.0, "misplaced_percent": 12.7}
    return Diagnostic("rootogram", "Bins", "Tested.", figures, "12.7 % would have to lie elsewhere.", "Nothing.", "caution", rows)


def test_the_first_bin_of_hours_less_those_never_out_tells_of_no_few_homes() -> None:
    # 41 lie under 12 hours, 38 of them were never out, which the table prints: 3 homes were back within 12 hours.
    gate = Gate()
    everybody: Key = ("all households", "never_out")
    gate.linked({everybody: 38, NEVER_OUT: 38}, [Sum(everybody, (NEVER_OUT,))], name="Counts", population=POPULATION, told=[everybody])
    sizes = [41, 40, 80, 170]
    told = gated(rootogram(sizes), gate)
    printed: dict[Key, float | None] = {rows_key(sum(sizes)): float(sum(sizes)), NEVER_OUT: 38.0, "early": None}
    printed |= {("bin", place): float(row["households"]) if isinstance(row["households"], int) else None for place, row in enumerate(told.rows)}
    sums = [Sum(rows_key(sum(sizes)), tuple(("bin", place) for place in range(4))), Sum(("bin", 0), (NEVER_OUT, "early"))]
    known = bounds(printed, sums)["early"]
    assert known.low == 0.0
    assert known.high >= 11.0
    assert told.meaning.startswith("12.7 %")
    assert isinstance(told.rows[2]["households"], int)


def test_bins_of_enough_homes_are_told() -> None:
    gate = Gate()
    gate.linked({NEVER_OUT: 20}, [], name="Counts", population=POPULATION)
    assert gated(rootogram([41, 40, 80, 170]), gate).rows == rootogram([41, 40, 80, 170]).rows


def test_no_household_is_few_households() -> None:
    nobody = Diagnostic("still_out", "Still out?", "Tested.", {"households": 1_479.0, "still_out": 0.0}, "None of 1,479 was still out.", "", "sound")
    assert gated(nobody, Gate()).meaning == WITHHELD_WORDS
    whole = replace(nobody, figures={"households": 1_479.0, "missing": 0.0}, meaning="None of 1,479 misses a value.")
    assert gated(whole, Gate()) == whole, "that no row was left out is about the table"


def study(reported: int, mean: float = 73.7, start: str = "2018-10-10T16:00:00Z") -> dict[str, Any]:
    group = {"group": "all households", "households": 1_479, "reported": reported, "still_out": None, "mean_hours": mean, "median_hours": 71.0}
    return {"study": {"event_start": start}, "groups": [group], "flow": [{"words": "households of the models", "households": 1_479, "left": {}}]}


def test_a_second_report_that_tells_of_one_household_beside_the_first_is_refused() -> None:
    with pytest.raises(PublishedTooNear, match="reported: 12 and 11"):
        refuse_too_near(study(12), study(11))
    with pytest.raises(PublishedTooNear, match="hours of all households"):
        refuse_too_near(study(12), study(12, mean=73.8))
    refuse_too_near(study(12), study(12))
    refuse_too_near(study(12), study(23))
    refuse_too_near(study(12), study(11, start="2020-01-01T00:00:00Z"))
