"""Meters drawn as text, one character a half-hour, behind three ordinary days of baseline.

`#` power, `0` zero, `.` no row, `n` a row without a value, `e` an estimate, `c` creep (2 Wh), `-` export. The drawing begins six hours before the
event, which is the first moment at which a storm outage may begin.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.meters.detect import detect
from evenhand.meters.detections import Detections
from evenhand.meters.parameters import StormEvent
from evenhand.vocabulary.tables import UTC_TIME

FIRST = datetime(2018, 10, 7, 6, tzinfo=UTC)
DRAWN_FROM = FIRST + timedelta(days=3)
EVENT = StormEvent(DRAWN_FROM + timedelta(hours=6))
DAY = "#" * 48
BASELINE = DAY * 3
HALF_HOUR = timedelta(minutes=30)
KWH: dict[str, Any] = {"#": 0.5, "0": 0.0, "n": None, "e": 0.4, "c": 0.002, "-": -1.25}


def whole(drawing: str, baseline: str = BASELINE, days_after: int = 4) -> str:
    """A drawing with its baseline before and power after."""
    return baseline + drawing + "#" * (48 * days_after - len(drawing))


def rows_of(meter: int | str, slots: str, *, first: datetime = FIRST, interval: timedelta = HALF_HOUR, scale: float = 1.0) -> list[dict[str, Any]]:
    """One row a character that is not `.`."""
    return [
        {
            "meter_id": meter,
            "interval_start": first + k * interval,
            "kwh": None if KWH[c] is None else KWH[c] * scale,
            "quality": "E" if c == "e" else "A",
        }
        for k, c in enumerate(slots)
        if c != "."
    ]


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table of readings."""
    text = bool(rows) and isinstance(rows[0]["meter_id"], str)
    fields = [("meter_id", pa.string() if text else pa.int64()), ("interval_start", UTC_TIME), ("kwh", pa.float64()), ("quality", pa.string())]
    if rows and "version" in rows[0]:
        fields.append(("version", pa.int64()))
    return pa.Table.from_pylist(rows, schema=pa.schema(fields))


def found(drawing: str, *, baseline: str = BASELINE, **wishes: Any) -> Detections:
    """What `detect` says of one meter, beside one that was never out and holds the window open."""
    rows = rows_of(1, whole(drawing, baseline)) + rows_of(2, whole("", "#" * len(baseline)))
    return detect(table_of(rows), event=EVENT, **wishes)


def outage(drawing: str, **wishes: Any) -> dict[str, Any]:
    """The meter's row, with times as slots of the drawing."""
    row: dict[str, Any] = found(drawing, **wishes).outages.to_pylist()[0]
    for name in ("outage_start", "restored_at"):
        row[name] = slot_of(row[name])
    return row


def slot_of(at: datetime | None) -> int | None:
    return None if at is None else (at - DRAWN_FROM) // HALF_HOUR


def sorted_file(table: pa.Table, path: Path, *, rows_in_group: int = 10_000) -> Path:
    """The table as one Parquet file, in the order of its rows."""
    pq.write_table(table, path, row_group_size=rows_in_group)
    return path
