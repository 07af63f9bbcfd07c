"""Small tables of readings, and what a source makes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from evenhand.meters.formats import ReadingOptions, ReadingSource, ReadingsUnusable, open_readings

NOON = datetime(2024, 1, 10, 12, tzinfo=UTC)
UTC_US = pa.timestamp("us", tz="UTC")
Row = tuple[Any, ...]


def slots(n: int, *, minutes: int = 30, since: datetime = NOON) -> list[datetime]:
    return [since + timedelta(minutes=minutes * slot) for slot in range(n)]


def readings(ids: list[Any], starts: list[Any], kwh: list[Any], **more: list[Any]) -> pa.Table:
    return pa.table({"meter_id": ids, "interval_start": starts, "kwh": kwh, **more})


def two_meters() -> pa.Table:
    """Meters 1 and 2, two half-hours each."""
    times = pa.array([*slots(2), *slots(2)]).cast(UTC_US)
    return pa.table({"meter_id": [1, 1, 2, 2], "interval_start": times, "kwh": [0.5, 0.25, 0.0, None]})


TWO_METERS_ROWS = [(1, NOON, 0.5), (1, NOON + timedelta(minutes=30), 0.25), (2, NOON, 0.0), (2, NOON + timedelta(minutes=30), None)]


def all_of(source: ReadingSource) -> pa.Table:
    """Every batch, each checked against the schema that was promised."""
    return pa.Table.from_batches(list(source.batches()), schema=source.schema)


def rows_of(source: ReadingSource) -> list[Row]:
    """(meter, start, kWh) in the order of the source."""
    table = all_of(source)
    return list(zip(table["meter_id"].to_pylist(), table["interval_start"].to_pylist(), table["kwh"].to_pylist(), strict=True))


def faults_of(data: Any, options: ReadingOptions | None = None) -> ReadingsUnusable | None:
    """The refusal when data are opened or read; None if there is none."""
    try:
        all_of(open_readings(data, options))
    except ReadingsUnusable as unusable:
        return unusable
    return None


def codes_of(data: Any, options: ReadingOptions | None = None) -> list[str]:
    unusable = faults_of(data, options)
    return [] if unusable is None else [fault.code for fault in unusable.faults]
