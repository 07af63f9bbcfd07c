"""Stamps of readings to UTC instants: typed or written, with a zone or naive.

Modelling choice: text is read as ISO 8601, whole columns at a time; only a batch in which something does not fit is looked at value by value.
"24:00", which head ends write for the end of a day, is the next day's midnight.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.local_clocks import FIRST_YEAR, LAST_YEAR, instants_of
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.formats.raw import RawBatch, plain_text

Int64s = NDArray[np.int64]
Flags = NDArray[np.bool_]

UTC_US = pa.timestamp("us", tz="UTC")
NAIVE_US = pa.timestamp("us")
LOW_US, HIGH_US = (int(datetime(year, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000 for year in (FIRST_YEAR, LAST_YEAR))
_END_OF_DAY = re.compile(r"[T ]24:00(:00(\.0+)?)?")


@dataclass(frozen=True)
class Stamps:
    """UTC µs of each row; `second` differs where the local hour is repeated; rows that are not `is_usable` have no instant."""

    first: Int64s
    second: Int64s
    is_usable: Flags

    @property
    def is_repeated(self) -> Flags:
        flags: Flags = self.is_usable & (self.first != self.second)
        return flags


def stamps_of(raw: RawBatch, options: ReadingOptions, faults: FaultCounts, expected: Flags) -> Stamps:
    """Instants of the column `interval_start`; what cannot be placed is counted, among the rows that are `expected` to have a time."""
    column = plain_text(raw.batch.column("interval_start"))
    values, is_naive, is_readable = _as_microseconds(column, options)
    is_missing = expected & column.is_null().to_numpy(zero_copy_only=False)
    _count(faults, "missing_time", is_missing, raw)
    is_unreadable = expected & ~is_missing & ~is_readable
    _count(faults, "unreadable_time", is_unreadable, raw, column)
    is_usable = expected & ~is_missing & is_readable
    is_far = is_usable & ((values < LOW_US) | (values >= HIGH_US))
    _count(faults, "time_out_of_range", is_far, raw, column)
    is_usable &= ~is_far
    naive = np.flatnonzero(is_naive & is_usable)
    if not naive.size:
        return Stamps(values, values, is_usable)
    if options.timezone is None:
        raise ReadingsUnusable([naive_times(raw.place(int(naive[0])), str(column[int(naive[0])]))])
    instants = instants_of(values[naive], options.timezone, is_interval_end=options.is_interval_end)
    first, second, is_skipped = values.copy(), values.copy(), np.zeros(values.size, dtype=np.bool_)
    first[naive], second[naive], is_skipped[naive] = instants.first, instants.second, instants.is_skipped
    _count(faults, "time_not_in_zone", is_skipped, raw, column)
    return Stamps(first, second, is_usable & ~is_skipped)


def naive_times(where: str, example: str | None) -> Fault:
    """The fault of times without a zone where none was named."""
    seen = f" ('{example}')" if example else ""
    return Fault("naive_times", where, f"times carry no zone{seen}; name the clock that they show: --timezone America/New_York")


def _as_microseconds(column: pa.Array, options: ReadingOptions) -> tuple[Int64s, Flags, Flags]:
    """µs since 1970 (of the local clock where naive), which are naive, which could be read."""
    everything, nothing = np.ones(len(column), dtype=np.bool_), np.zeros(len(column), dtype=np.bool_)
    if pa.types.is_timestamp(column.type):
        return (
            _integers(column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)),
            everything if column.type.tz is None else nothing,
            everything,
        )
    if options.time_format is not None:
        return _by_pattern(column, options.time_format)
    for target, is_naive in ((UTC_US, nothing), (NAIVE_US, everything)):
        try:
            return _integers(column.cast(target)), is_naive, everything
        except pa.ArrowInvalid:  # some value is not of this kind
            continue
    return _one_by_one(column)


def _by_pattern(column: pa.Array, pattern: str) -> tuple[Int64s, Flags, Flags]:
    parsed = pc.strptime(pc.utf8_trim_whitespace(column), format=pattern, unit="us", error_is_null=True)
    has_zone = "%z" in pattern
    return _integers(parsed), np.full(len(column), not has_zone), ~parsed.is_null().to_numpy(zero_copy_only=False)


def _one_by_one(column: pa.Array) -> tuple[Int64s, Flags, Flags]:
    """The slow road, for a batch in which something does not fit: each distinct text once."""
    encoded = column.dictionary_encode()
    parsed = [_parse(text) for text in encoded.dictionary.to_pylist()]
    values = np.array([value for value, _, _ in parsed] or [0], dtype=np.int64)
    naive = np.array([is_naive for _, is_naive, _ in parsed] or [False], dtype=np.bool_)
    readable = np.array([is_readable for _, _, is_readable in parsed] or [False], dtype=np.bool_)
    index = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return values[index], naive[index], readable[index]


def _parse(text: str) -> tuple[int, bool, bool]:
    """(µs, is naive, is readable) of one text."""
    text = text.strip()
    is_end_of_day = _END_OF_DAY.search(text) is not None
    try:
        at = datetime.fromisoformat(_END_OF_DAY.sub(" 00:00", text))
    except ValueError:
        return 0, False, False
    is_naive = at.tzinfo is None
    since = (at.replace(tzinfo=UTC) if is_naive else at.astimezone(UTC)) - datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=is_end_of_day)
    return since // timedelta(microseconds=1), is_naive, True


def _integers(column: pa.Array) -> Int64s:
    values: Int64s = column.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return values


def _count(faults: FaultCounts, code: str, flags: Flags, raw: RawBatch, column: pa.Array | None = None) -> None:
    count = int(np.count_nonzero(flags))
    if count:
        row = int(np.argmax(flags))
        seen = "" if column is None else f": '{column[row]}'"
        faults.add(code, count, place=raw.place(row) + seen)
