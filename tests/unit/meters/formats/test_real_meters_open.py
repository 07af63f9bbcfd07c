"""Published samples of real meters: one meter a file, an offset or a naive clock in the stamps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from evenhand.meters.formats import ReadingOptions, open_readings
from tests.unit.meters.formats.reading_tables import faults_of, rows_of

COLUMNS = {"interval_start": "start", "kwh": "value"}


def sample(shared_data: Path, name: str) -> Path:
    return shared_data / "eemeter_samples" / f"{name}.csv.gz"


def test_hourly_meters_with_offsets_open_under_the_names_of_their_files(shared_data: Path) -> None:
    names = ["il-electricity-cdd-hdd-hourly", "il-electricity-cdd-only-hourly"]
    source = open_readings([sample(shared_data, name) for name in names], ReadingOptions(columns=COLUMNS, is_meter_from_file_name=True))
    rows = rows_of(source)
    assert rows[0] == (names[0], datetime(2015, 11, 22, 6, tzinfo=UTC), 0.29)
    assert sorted({row[0] for row in rows}) == names
    assert source.faults.counts == {}


def test_a_naive_half_hourly_meter_needs_a_zone_and_its_clock_is_seen_to_be_utc(shared_data: Path) -> None:
    """22,536 readings; its file has 01:00 and 01:30 on 31 March 2013, which London's clock skipped: a clock that keeps UTC."""
    path = sample(shared_data, "uk-electricity-hdd-only-hourly-sample-1")
    assert "--timezone" in str(faults_of(path, ReadingOptions(columns=COLUMNS, is_meter_from_file_name=True)))
    in_london = open_readings(path, ReadingOptions(columns=COLUMNS, is_meter_from_file_name=True, timezone="Europe/London"))
    assert len(rows_of(in_london)) == 22_534
    assert in_london.faults["time_not_in_zone"] == 2
    assert in_london.faults.places("time_not_in_zone")[0].endswith("line 8118: '2013-03-31 01:00:00'")
    in_utc = open_readings(path, ReadingOptions(columns=COLUMNS, is_meter_from_file_name=True, timezone="UTC"))
    assert len(rows_of(in_utc)) == 22_536
    assert in_utc.faults.counts == {}
