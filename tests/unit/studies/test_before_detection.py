"""What is known to be wrong before outages are looked for, of tables and readings together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.meters.errors import EventOutsideReadings
from evenhand.meters.formats.opening import open_readings
from evenhand.meters.parameters import RobustRule, StormEvent
from evenhand.studies.before_detection import doubts_of_meters, faults_of_requests, refuse_event
from evenhand.studies.panel.meeting import Counted
from evenhand.studies.raw.tables import CheckedTables, check_raw_tables
from tests.study_village import START, areas, households, request, requests

FROM = datetime(2018, 10, 1, tzinfo=UTC)
COUNTED = Counted(START, 48.0, 30.0)


def checked(**changed: Any) -> CheckedTables:
    tables = {"requests": requests(request("1", 1, premise_id="a1")), "households": households(), "areas": areas()} | changed
    return check_raw_tables(tables["requests"], tables["households"], tables["areas"], event_start=START)


def readings(meters: list[Any], days: int = 14) -> pa.Table:
    """Half-hours of these meters from the first of October on."""
    starts = [FROM + timedelta(minutes=30 * k) for k in range(48 * days)]
    ids = [meter for meter in meters for _ in starts]
    times = pa.array(starts * len(meters), pa.timestamp("us", tz="UTC"))
    return pa.table({"meter_id": ids, "interval_start": times, "kwh": [0.5] * len(ids)})


def test_readings_of_another_city_are_told_beside_a_missing_column_of_the_households() -> None:
    tables = checked(households=households(house_age=None))
    assert [fault.split(".")[0] for fault in tables.faults] == ["table households: missing columns: house_age"]
    (doubt,) = doubts_of_meters(tables, open_readings(readings(["x-1", "x-2"])))
    assert "of 2 meters in a first look none is a household's" in doubt
    assert "'m-a1'" in doubt
    assert "'x-1'" in doubt


def test_one_meter_of_a_household_at_first_look_is_no_doubt_whatever_zeros_stand_in_front() -> None:
    assert doubts_of_meters(checked(), open_readings(readings(["x-1", "m-a2"]))) == []
    n = households().num_rows
    numbered = checked(households=households(meter_id=[f"{k:06d}" for k in range(100, 100 + n)]))
    assert doubts_of_meters(numbered, open_readings(readings([7, 101]))) == []
    assert len(doubts_of_meters(numbered, open_readings(readings([7, 8])))) == 1


def test_nothing_is_doubted_where_nothing_is_known_of_the_meters() -> None:
    assert doubts_of_meters(checked(households=households(meter_id=None)), open_readings(readings(["x-1"]))) == []


def test_an_event_outside_parquet_readings_is_refused_from_their_footers(tmp_path: Path) -> None:
    pq.write_table(readings(["m-a1"]), tmp_path / "readings.parquet")
    source = open_readings([tmp_path / "readings.parquet"])
    refuse_event(source, StormEvent(START), RobustRule())
    with pytest.raises(EventOutsideReadings, match="2019-10-10"):
        refuse_event(source, StormEvent(START + timedelta(days=365)), RobustRule())


def test_requests_that_cannot_be_studied_are_told_before_any_reading_is() -> None:
    late = requests(request("1", 100, premise_id="a1"), with_filler=False)
    strange = requests(request("1", 1, premise_id="z9"), with_filler=False)
    assert faults_of_requests(checked(), None, COUNTED) == []
    assert "requests: no resident's request lies in the window of 48 hours" in faults_of_requests(checked(requests=late), None, COUNTED)[0]
    assert "could be matched to a household (elsewhere 1)" not in faults_of_requests(checked(requests=late), None, COUNTED)[0]
    (unmatched,) = faults_of_requests(checked(requests=strange), None, COUNTED)
    assert "none could be matched to a household" in unmatched


def test_a_window_without_requests_is_told_of_a_table_of_households_that_has_faults_too() -> None:
    late = requests(request("1", 100, premise_id="a1"), with_filler=False)
    tables = checked(requests=late, households=households(house_age=None))
    assert len(faults_of_requests(tables, None, COUNTED)) == 1


def test_requests_that_have_faults_of_their_own_are_asked_nothing_more() -> None:
    assert faults_of_requests(checked(requests=requests(request("1", 1, made_by="robot"))), None, COUNTED) == []


def test_several_services_are_told_before_any_reading_is() -> None:
    table = requests(request("1", 1, premise_id="a1"))
    table = table.append_column("service_name", pa.array(["Pothole", *["Outage"] * (table.num_rows - 1)]))
    (fault,) = faults_of_requests(checked(requests=table), None, COUNTED)
    assert "requests: requests of 2 services came, and which of them count was not said: 'Outage' (10), 'Pothole' (1)" in fault
    assert faults_of_requests(checked(requests=table), ("Outage",), COUNTED) == []
    assert "no request is of the services 'Flood'" in faults_of_requests(checked(requests=table), ("Flood",), COUNTED)[0]
