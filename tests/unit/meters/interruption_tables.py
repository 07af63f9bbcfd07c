"""Small tables of interruptions, written by hand: half-hour readings unless said otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

MIDNIGHT = datetime(2025, 3, 10, tzinfo=UTC)
HALF_HOUR = 0.5
SCHEMA = pa.schema(
    [
        ("meter_id", pa.int64()), ("start", pa.timestamp("us", tz="UTC")), ("end", pa.timestamp("us", tz="UTC")), ("hours", pa.float64()),
        ("hours_low", pa.float64()), ("hours_high", pa.float64()), ("status", pa.string()), ("is_storm", pa.bool_()), ("evidence", pa.string()),
    ]
)  # fmt: skip


def restored(meter: int, start_hour: float, dark_hours: float, interval_hours: float = HALF_HOUR) -> dict[str, object]:
    """Dark for `dark_hours` from `start_hour` after midnight; half of each edge interval counts, as the convention says."""
    start = MIDNIGHT + timedelta(hours=start_hour)
    return {
        "meter_id": meter, "start": start, "end": start + timedelta(hours=dark_hours), "hours": dark_hours + interval_hours, "hours_low": dark_hours,
        "hours_high": dark_hours + 2 * interval_hours, "status": "restored", "is_storm": True, "evidence": "gap",
    }  # fmt: skip


def still_out(meter: int, start_hour: float, seen_hours: float) -> dict[str, object]:
    """Dark from `start_hour` after midnight until the data end, `seen_hours` later."""
    start = MIDNIGHT + timedelta(hours=start_hour)
    return {
        "meter_id": meter, "start": start, "end": None, "hours": seen_hours, "hours_low": seen_hours, "hours_high": None, "status": "still_out",
        "is_storm": True, "evidence": "gap",
    }  # fmt: skip


def table(rows: Sequence[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)
