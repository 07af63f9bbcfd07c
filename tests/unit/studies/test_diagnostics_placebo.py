"""The quiet week before a storm: a week that the readings hold, or words on why there is none."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from evenhand.studies.diagnostics.design import design_diagnostics
from evenhand.studies.diagnostics.design_placebo import placebo_outcome
from evenhand.studies.diagnostics.design_refits import Refits
from evenhand.studies.five_models import StudyFits, fit_five_models
from evenhand.studies.results import BuiltPanel
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import EVENT_START, built_panel, city_columns

pytestmark = pytest.mark.slow

HOUSEHOLDS = 2_000


@pytest.fixture(scope="module")
def built() -> BuiltPanel:
    columns = city_columns(PanelRecipe(households=HOUSEHOLDS, block_groups=60, hours_step=0.5, alpha=0.25), 8311)
    return built_panel({**columns, "meter_id": [str(k) for k in range(HOUSEHOLDS)]})


@pytest.fixture(scope="module")
def study(built: BuiltPanel) -> StudyFits:
    return fit_five_models(built.panel, errors=["cr1"])


@pytest.fixture(scope="module")
def interruptions() -> pa.Table:
    """A fifth of the meters out for some hours, three days before the event."""
    rng = np.random.default_rng(5)
    out = np.flatnonzero(rng.random(HOUSEHOLDS) < 0.2)
    begin = EVENT_START - timedelta(days=3)
    kind = pa.timestamp("us", tz="UTC")
    ends = [begin + timedelta(hours=float(hours)) for hours in rng.exponential(3.0, out.size)]
    return pa.table({"meter_id": [str(k) for k in out], "start": pa.array([begin] * out.size, kind), "end": pa.array(ends, kind)})


def test_readings_that_hold_no_week_before_the_storm_show_no_quiet_week(built: BuiltPanel, study: StudyFits, interruptions: pa.Table) -> None:
    # A week that ends a day before the event: eight days.
    refits = Refits.of(built.panel, study)
    short = placebo_outcome(built, refits, interruptions, EVENT_START - timedelta(days=7, hours=12))
    assert short.standing == "not_testable"
    assert short.meaning == ("Cannot be tested because the readings begin 7.5 days before the event, and a week that ends a day before it needs 8.")
    whole = placebo_outcome(built, refits, interruptions, EVENT_START - timedelta(days=8))
    assert whole.standing != "not_testable"


def test_the_checks_of_the_design_know_when_the_readings_begin(built: BuiltPanel, study: StudyFits, interruptions: pa.Table) -> None:
    checks = design_diagnostics(built, study, placebo=interruptions, readings_begin=EVENT_START - timedelta(days=3))
    assert "the readings begin 3.0 days before the event" in {one.name: one for one in checks}["placebo"].meaning


def test_an_interval_whose_ends_are_more_than_ten_times_apart_tells_nothing(built: BuiltPanel, study: StudyFits) -> None:
    # Forty households of 2,000, whatever their group: hardly eight of them of a minority, so that a ratio of two means has next to nothing below it.
    rng = np.random.default_rng(3)
    quiet = np.zeros(HOUSEHOLDS)
    quiet[rng.choice(HOUSEHOLDS, 40, replace=False)] = rng.lognormal(0.0, 1.0, 40)
    answer = placebo_outcome(built, Refits.of(built.panel, study), quiet)
    assert answer.standing == "not_testable"
    assert answer.meaning.endswith("that the ends of the gap's 95 % interval (H1) are more than 10 times apart.")
    assert not answer.figures
