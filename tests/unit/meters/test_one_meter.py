"""One meter's readings stand on every interval of the window of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from evenhand.meters.errors import MeterNotFound
from evenhand.meters.formats.opening import open_readings
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.limits import TimeGrid
from evenhand.meters.one_meter import readings_of_meter

MIDNIGHT = datetime(2025, 3, 3, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def table(rows: Sequence[tuple[object, int, float | None]], **more: list[object]) -> pa.Table:
    """Rows of (meter, interval from midnight, kWh)."""
    meters, slots, energies = zip(*rows, strict=True)
    starts = pa.array([MIDNIGHT + slot * QUARTER for slot in slots], pa.timestamp("us", tz="UTC"))
    return pa.table({"meter_id": list(meters), "interval_start": starts, "kwh": pa.array(energies, pa.float64())} | more)


def energies(readings: pa.Table, meter: str = "1") -> list[float | None]:
    found: list[float | None] = readings_of_meter(open_readings(readings), meter).readings["kwh"].to_pylist()
    return found


def test_a_meter_that_fell_silent_has_rows_until_the_readings_of_all_end() -> None:
    rows = [(1, 1, 0.1), (1, 2, 0.2), *((2, slot, 1.0) for slot in range(6))]
    assert energies(table(rows)) == [None, 0.1, 0.2, None, None, None]


def test_the_later_arrival_counts_whatever_the_order_of_rows() -> None:
    rows = [(1, 0, 5.0), (1, 0, 7.0), (1, 1, 1.0), (1, 1, None)]
    assert energies(table(rows, version=[2, 1, 1, 2])) == [5.0, None]


def test_without_an_order_the_greater_counts_and_a_reading_more_than_none() -> None:
    assert energies(table([(1, 0, 5.0), (1, 0, 7.0), (1, 1, 1.0), (1, 1, None)])) == [7.0, 1.0]


def test_measured_readings_count_before_estimates_and_two_that_differ_are_counted() -> None:
    rows = [(1, 0, 0.0), (1, 0, 2.0), (1, 1, 1.0), (1, 1, 3.0), (1, 2, 1.0), (1, 2, 1.0), (1, 3, 4.0), (1, 3, None)]
    one = readings_of_meter(open_readings(table(rows, quality=["", "E", "", "", "", "", "", ""])), "1")
    assert one.readings["kwh"].to_pylist() == [0.0, 3.0, 1.0, 4.0]
    assert one.n_conflicts == 1
    ordered = table(rows, version=list(range(8)))
    assert readings_of_meter(open_readings(ordered), "1").n_conflicts == 0


def test_estimates_stay_known_as_such() -> None:
    found = readings_of_meter(open_readings(table([(1, 0, 1.0), (1, 1, 2.0), (1, 2, 3.0)], quality=["", "E", ""])), "1").readings
    assert found["is_estimated"].to_pylist() == [False, True, False]


def test_the_rows_stand_on_every_interval_of_their_window() -> None:
    one = readings_of_meter(open_readings(table([(1, 2, 1.0), (1, 3, 2.0), (2, 0, 1.0), (2, 5, 1.0)])), "1")
    assert one.window == TimeGrid(int(MIDNIGHT.timestamp()) * 1_000_000, 15 * 60_000_000, 6)


def test_whether_a_register_was_read_stays_known() -> None:
    rows = table([(1, 0, 10.0), (1, 1, 10.5), (1, 2, 10.5)])
    one = readings_of_meter(open_readings(rows, ReadingOptions(is_register=True, interval_minutes=15)), "1")
    assert (one.is_register, one.readings["kwh"].to_pylist()) == (True, [0.5, 0.0])


@pytest.mark.parametrize("typed", ["9", "one", ""])
def test_a_meter_that_is_not_there_is_said(typed: str) -> None:
    with pytest.raises(MeterNotFound, match="no reading of meter"):
        readings_of_meter(open_readings(table([(1, 0, 1.0), (1, 1, 2.0)])), typed)


def test_text_ids_are_found_as_they_are_written() -> None:
    assert energies(table([("007", 0, 1.0), ("007", 1, 2.0), ("7", 0, 9.0)]), "007") == [1.0, 2.0]
