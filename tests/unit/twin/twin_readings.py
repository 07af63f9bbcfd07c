"""What the tests of synthetic readings share: a mix without any fault, and a slow way to look at a table, one reading at a time."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

import pyarrow as pa

from evenhand.twin.readings_mixes import FaultMix

NO_SHARES: dict[str, Any] = {field.name: 0.0 for field in fields(FaultMix) if field.name != "name"}


def mix_with(**shares: float) -> FaultMix:
    """A mix without faults but these."""
    return FaultMix(**{"name": "of a test", **NO_SHARES, **shares})


def column(table: pa.Table, name: str) -> list[Any]:
    """A column as Python values; moments as naive UTC, because zones cost a hundred times the rest."""
    values = table[name]
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us")) if values.type.tz else values
        if not values.null_count:
            return values.to_numpy().astype("datetime64[us]").astype(object).tolist()  # type: ignore[no-any-return]
    return values.to_pylist()  # type: ignore[no-any-return]


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """A table row by row; moments as naive UTC."""
    columns = [column(table, name) for name in table.column_names]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def by_meter(readings: pa.Table) -> dict[int, dict[datetime, float | None]]:
    """Every reading by meter and start."""
    found: dict[int, dict[datetime, float | None]] = {}
    for meter, start, kwh in zip(*(column(readings, name) for name in ("meter_id", "interval_start", "kwh")), strict=True):
        found.setdefault(meter, {})[start] = kwh
    return found


def newest_of_each_slot(arrivals: pa.Table) -> dict[tuple[int, datetime], float | None]:
    """Read rows in the order of arrival; the later one wins."""
    columns = [column(arrivals, name) for name in ("arrived_at", "meter_id", "interval_start", "kwh")]
    newest: dict[tuple[int, datetime], float | None] = {}
    for _, meter, start, kwh in sorted(zip(*columns, strict=True), key=lambda row: row[0]):
        newest[meter, start] = kwh
    return newest


def slots_of(readings: pa.Table) -> dict[tuple[int, datetime], float | None]:
    """Every reading by slot."""
    columns = [column(readings, name) for name in ("meter_id", "interval_start", "kwh")]
    return {(meter, start): kwh for meter, start, kwh in zip(*columns, strict=True)}
