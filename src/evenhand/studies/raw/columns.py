"""Columns of the raw tables as typed values: ids as text, numbers as float64, times as UTC.

Modelling choice: an id is text, however it was kept, so that the meter 123 of one file is the meter "123" of another. A number that cannot be read is
a fault; one that is missing stays missing. Nothing is rescaled by guess: where two readings are possible (a share that runs to 100) the fault asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.formats.errors import ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.formats.raw import RawBatch
from evenhand.meters.formats.times import stamps_of
from evenhand.studies.raw.files import OpenedTable
from evenhand.studies.raw.findings import Findings, counted
from evenhand.vocabulary.area_ids import plain_ids
from evenhand.vocabulary.tables import UTC_TIME

Floats = NDArray[np.float64]
_ROUNDING: Final = 1e-9


def ids_of(opened: OpenedTable, name: str) -> pa.Array:
    """A column of ids as text; null where blank, and throughout where there is no such column."""
    if name not in opened.table.column_names:
        return pa.nulls(opened.table.num_rows, pa.string())
    return _plain(opened.table.column(name))


def numbers_of(opened: OpenedTable, name: str, findings: Findings) -> Floats:
    """A column as float64 (n,), NaN where missing or, with a fault, where it holds no numbers."""
    if name not in opened.table.column_names:
        return np.full(opened.table.num_rows, np.nan)
    column = opened.table.column(name).combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _written_numbers(opened, name, column, findings)
    try:
        values: Floats = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    except pa.ArrowException:
        findings.refuse(opened.source, f"{name}: numbers were expected, and {column.type} came")
        return np.full(len(column), np.nan)
    return _finite(opened.source, name, values, findings)


def shares_of(opened: OpenedTable, name: str, findings: Findings) -> Floats:
    """A column of shares: numbers between 0 and 1."""
    values = numbers_of(opened, name, findings)
    outside = (values < -_ROUNDING) | (values > 1.0 + _ROUNDING)
    if outside.any():
        top = float(np.nanmax(values))
        question = "per cent? Then divide by 100" if 1.5 < top <= 100.0 + _ROUNDING and np.nanmin(values) >= 0 else "a share lies between 0 and 1"
        findings.refuse(opened.source, f"{name}: {counted(outside, f'lie outside 0–1, up to {top:g}')}; {question}")
    return values


def refuse_below(opened: OpenedTable, name: str, values: Floats, least: float, findings: Findings) -> None:
    """A fault where a number is smaller than it can be."""
    if (values < least).any():
        findings.refuse(opened.source, f"{name}: {counted(values < least, f'are below {least:g}, the least {np.nanmin(values):g}')}")


def times_of(opened: OpenedTable, name: str, timezone: str | None, findings: Findings) -> pa.Array:
    """A column of moments in UTC; null where there is none or, with a note, where it cannot be placed."""
    column = opened.table.column(name).combine_chunks()
    if pa.types.is_date(column.type):
        findings.refuse(opened.source, f"{name}: moments were expected, and days without a time came")
        return pa.nulls(len(column), UTC_TIME)
    if not (pa.types.is_timestamp(column.type) or pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        findings.refuse(opened.source, f"{name}: moments were expected, and {column.type} came")
        return pa.nulls(len(column), UTC_TIME)
    batch = pa.RecordBatch.from_pydict({"interval_start": column})
    counts = FaultCounts()
    try:
        stamps = stamps_of(
            RawBatch(batch, lambda row: f"row {row + 1:,}"), ReadingOptions(timezone=timezone), counts, np.ones(len(column), dtype=np.bool_)
        )
    except ReadingsUnusable as error:
        for fault in error.faults:
            findings.refuse(opened.source, f"{name}: {fault.words}")
        return pa.nulls(len(column), UTC_TIME)
    if repeated := int(stamps.is_repeated.sum()):
        words = f"times in the hour that the clock repeats in autumn, taken as the first of the two hours: {repeated:,}"
        findings.note("repeated_hour", f"{opened.source}, {name}: {words}.", repeated)
    for code, sentence in zip(counts, counts.sentences(), strict=True):
        findings.note(code, f"{opened.source}, {name}: {sentence}.", counts[code])
    return pa.array(stamps.first, pa.int64(), mask=~stamps.is_usable).cast(UTC_TIME)


def instant(at: datetime, timezone: str | None, what: str, findings: Findings) -> datetime:
    """A moment in UTC; a naive one is read by the clock of `timezone`, and is a fault without it."""
    if at.tzinfo is None:
        if timezone is None:
            findings.refuse(what, f"{at.isoformat(' ')} carries no zone; name the clock that it shows: --timezone America/New_York")
            return at.replace(tzinfo=UTC)
        at = at.replace(tzinfo=ZoneInfo(timezone))
    return at.astimezone(UTC)


def is_zone(timezone: str | None) -> bool:
    """Whether times can be read by this clock; None asks for none."""
    try:
        return timezone is None or ZoneInfo(timezone) is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def with_columns(table: pa.Table, columns: Mapping[str, Any]) -> pa.Table:
    """The table with these columns in front, in this order, and whatever else it has behind them."""
    made = {name: pa.array(values, from_pandas=True) if isinstance(values, np.ndarray) else values for name, values in columns.items()}
    rest = {name: table.column(name) for name in table.column_names if name not in made}
    return pa.table({**made, **rest}, metadata=table.schema.metadata)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Ids as text: an id that a tool kept as a float, 17.0, is 17."""
    text: pa.Array = plain_ids(column)
    return text


def _written_numbers(opened: OpenedTable, name: str, column: pa.Array, findings: Findings) -> Floats:
    text = pc.utf8_trim_whitespace(column)
    if opened.has_decimal_commas:
        text = pc.replace_substring(text, ",", ".")
    text = pc.if_else(pc.equal(text, ""), None, text)
    try:
        values: Floats = text.cast(pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    except pa.ArrowInvalid:
        row, value = next((row, value) for row, value in enumerate(text.to_pylist(), start=1) if not _is_number(value))
        findings.refuse(opened.source, f"{name}: numbers were expected, and row {row:,} holds {value!r}")
        return np.full(len(column), np.nan)
    return _finite(opened.source, name, values, findings)


def _is_number(value: str | None) -> bool:
    try:
        pa.scalar(value, pa.string()).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _finite(source: str, name: str, values: Floats, findings: Findings) -> Floats:
    if np.isinf(values).any():
        findings.refuse(source, f"{name}: {counted(np.isinf(values), 'are infinite')}")
    return values
