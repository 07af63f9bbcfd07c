"""The whole way from the raw tables of a synthetic city, whose truth is known, to its panel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from evenhand.meters.detect import detect
from evenhand.meters.parameters import StormEvent
from evenhand.studies.panel.building import build_panel
from evenhand.studies.raw.tables import check_raw_tables
from evenhand.studies.results import BuiltPanel
from evenhand.twin.study_city import StudyCity, build_study_city


@pytest.fixture(scope="module")
def city() -> StudyCity:
    return build_study_city(households=600, days=14, reporting_share=0.1)


@pytest.fixture(scope="module")
def panel(city: StudyCity) -> BuiltPanel:
    start = datetime.fromisoformat(city.story["event_start"])
    raw = check_raw_tables(city.requests, city.households, city.areas, event_start=start).whole()
    found = detect(city.readings, event=StormEvent(start=start))
    end = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=found.grid.first_us + found.grid.interval_us * found.grid.n_slots)
    return build_panel(found.outages, raw, readings_end=end, community="study")


def test_a_synthetic_city_becomes_the_panel_that_it_truly_is(city: StudyCity, panel: BuiltPanel) -> None:
    truth = {row["premise_id"]: row for row in city.truth.to_pylist()}
    rows = panel.table.to_pylist()
    # The readings of a vacant house cannot tell; nearly all others are there.
    assert len(rows) > 0.95 * len(truth)
    for name in ("participation", "community_participation", "block_group"):
        assert [row[name] for row in rows] == [truth[row["premise_id"]][name] for row in rows], name
    for name in ("log_population_density", "median_income", "education", "renter_share", "minority_share", "house_age", "elderly_share"):
        np.testing.assert_allclose([row[name] for row in rows], [truth[row["premise_id"]][name] for row in rows], rtol=1e-12, err_msg=name)


def test_the_hours_until_a_report_are_true_to_an_interval_of_the_meters(city: StudyCity, panel: BuiltPanel) -> None:
    truth = {row["premise_id"]: row["reported_hours"] for row in city.truth.to_pylist()}
    pairs = [(row["reported_hours"], truth[row["premise_id"]]) for row in panel.table.to_pylist()]
    assert [mine is None for mine, _ in pairs] == [theirs is None for _, theirs in pairs]
    known = np.array([pair for pair in pairs if pair[0] is not None])
    assert known.shape[0] > 40
    # An outage begins within the half-hour before its first wholly dark one.
    assert np.abs(known[:, 0] - known[:, 1]).max() <= 0.5


def test_it_says_throughout_that_it_is_synthetic(panel: BuiltPanel) -> None:
    assert panel.panel.is_synthetic
    assert panel.table.schema.metadata == {b"synthetic": b"true"}
