"""The window of the readings: which intervals there are, before a rule looks at any of them.

Modelling choice: the interval is the step that separates most neighbouring readings, and it begins where most readings begin; a stray row decides
neither. Times more than 400 days from the event are strays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.arrival_road import Piece, Rows, Span
from evenhand.meters.errors import BaselineTooShort, EventOutsideReadings, IntervalLengthUnclear, NoReadings
from evenhand.meters.formats import ReadingSource
from evenhand.meters.limits import Limits, TimeGrid, limits_of, microseconds
from evenhand.meters.parameters import MICROSECONDS_PER_HOUR, RobustRule, Rule, StormEvent
from evenhand.meters.parquet_parts import Further, Part, first_rows, open_part, parts_of, time_range_us
from evenhand.meters.row_batches import values_of
from evenhand.vocabulary.tables import UTC_TIME

MOST_DAYS: Final = 400
BATCHES_LOOKED_AT: Final = 64
ROWS_LOOKED_AT: Final = 1 << 15  # of each: of readings in time order, the next batch shows another interval
LENGTHS_MINUTES: Final = range(5, 61)
TIMES_LOOKED_AT: Final = 12  # different ones: with fewer, late rows could pass for the step
DENSE: Final = 0.5  # share of a meter's steps that must be alike
_MINUTE_US: Final = 60_000_000
_A_DAY_US: Final = 24 * MICROSECONDS_PER_HOUR
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class ParquetRows:
    """Files that are decoded as they are."""

    files: tuple[Path, ...]
    further: Further

    @cached_property
    def parts(self) -> list[Part]:
        return parts_of(self.files)

    @property
    def n_rows(self) -> int:
        return sum(part.n_rows for part in self.parts)

    def pieces(self) -> list[Piece]:
        return [partial(open_part, part, self.further) for part in self.parts]


@dataclass(frozen=True)
class SourceRows:
    """Everything else: standard batches, one after the other."""

    source: ReadingSource

    @property
    def n_rows(self) -> int:
        return self.source.row_count or 0

    def pieces(self) -> list[Piece]:
        return [self.source.batches]


def span_of(rows: Rows, interval_minutes: int | None, event: StormEvent) -> Span:
    """Interval, marks and extent, as far as they can be known without reading everything.

    Raises
    ------
    NoReadings
    IntervalLengthUnclear
    EventOutsideReadings
        Where the footers show it already.
    """
    minutes, phase_us, first, last = _looked_at(rows, interval_minutes)
    step = minutes * _MINUTE_US
    if isinstance(rows, ParquetRows):
        first, last = time_range_us(rows.files) or (first, last)
        refuse_event_outside(event, first, last + step)
    earliest, latest = (microseconds(event.start) + sign * MOST_DAYS * _A_DAY_US for sign in (-1, 1))
    low, high = (min(max(at, earliest), latest) for at in (first, last))
    first_us = low - (low - phase_us) % step
    return Span(first_us, max(first_us, high), step, earliest, latest)


def grid_of(span: Span) -> TimeGrid:
    """All intervals of the span."""
    return TimeGrid(span.first_us, span.interval_us, (span.last_us - span.first_us) // span.interval_us + 1)


def _looked_at(rows: Rows, interval_minutes: int | None) -> tuple[int, int, int, int]:
    """Minutes of an interval, a time at which most begin, and the first and last time of the first batches."""
    all_times = np.zeros(0, dtype=np.int64)
    counts: list[Integers] = []
    minutes = interval_minutes
    for batch in islice(_batches(rows), BATCHES_LOOKED_AT):
        times = pc.cast(batch.column("interval_start"), UTC_TIME, safe=False).cast(pa.int64())
        all_times = np.union1d(all_times, values_of(pc.unique(times), np.int64))
        some = batch.slice(0, ROWS_LOOKED_AT)
        counts.append(values_of(times.slice(0, ROWS_LOOKED_AT), np.int64))
        minutes = minutes or _step_of_meters(_numbers(some.column("meter_id")), counts[-1])
        if minutes is not None or all_times.size >= TIMES_LOOKED_AT:
            break
    if not counts:
        raise NoReadings
    minutes = minutes or _most_frequent(np.diff(all_times))[0]
    if minutes is None or minutes not in LENGTHS_MINUTES or 1440 % minutes:
        raise IntervalLengthUnclear(f"the readings show {'none' if minutes is None else f'one of {minutes} minutes'}", minutes=minutes)
    phases, n = np.unique(np.concatenate(counts) % (minutes * _MINUTE_US), return_counts=True)
    return minutes, int(phases[np.argmax(n)]), int(all_times.min()), int(all_times.max())


def _step_of_meters(meters: Integers, times: Integers) -> int | None:
    """The step between neighbouring readings of a meter, if most of them have the same; else None: they lie too thinly to say."""
    order = np.lexsort((times, meters))
    steps = np.diff(times[order])[np.diff(meters[order]) == 0]
    found, share = _most_frequent(steps[steps > 0])
    return found if share >= DENSE else None


def _most_frequent(steps: Integers) -> tuple[int | None, float]:
    """Whole minutes, and the share of steps that have them."""
    whole = steps[steps % _MINUTE_US == 0] // _MINUTE_US
    values, counts = np.unique(whole, return_counts=True)
    return (int(values[np.argmax(counts)]), float(counts.max() / steps.size)) if values.size else (None, 0.0)


def _numbers(ids: pa.Array) -> Integers:
    """Ids as numbers that are alike where the ids are, also across batches."""
    if pa.types.is_integer(ids.type):
        return values_of(ids.cast(pa.int64()), np.int64)
    plain = ids.cast(pa.string()) if pa.types.is_dictionary(ids.type) else ids
    return np.array([hash(key) for key in plain.to_pylist()], dtype=np.int64)


def _batches(rows: Rows) -> Iterator[pa.RecordBatch]:
    if isinstance(rows, ParquetRows):
        yield from first_rows(rows.parts)
        return
    for piece in rows.pieces():
        for batch in piece():
            if batch.num_rows:
                yield batch


def checked_limits(rule: Rule, event: StormEvent, grid: TimeGrid) -> Limits:
    """The rule on this grid.

    Raises
    ------
    EventOutsideReadings
    BaselineTooShort
    """
    refuse_event_outside(event, grid.first_us, grid.first_us + grid.n_slots * grid.interval_us)
    days = (microseconds(event.since) - grid.first_us) / _A_DAY_US
    if isinstance(rule, RobustRule) and days < rule.baseline_days_least:
        raise BaselineTooShort(max(days, 0.0), rule.baseline_days_least)
    return limits_of(rule, event, grid)


def refuse_event_outside(event: StormEvent, first_us: int, end_us: int) -> None:
    """The readings begin at `first_us` and end at `end_us`, microseconds since the epoch.

    Raises
    ------
    EventOutsideReadings
    """
    if not first_us <= microseconds(event.start) < end_us:
        raise EventOutsideReadings(event.start.isoformat(), _iso(first_us), _iso(end_us))


def event_far_from_all(rows: Rows, event: StormEvent, interval_us: int) -> EventOutsideReadings:
    """What to raise where no reading lies near the event: with the range of all readings, however far from it."""
    edges = [pc.min_max(batch.column("interval_start").cast(UTC_TIME, safe=False).cast(pa.int64())).as_py() for batch in _batches(rows)]
    first_us, end_us = min(edge["min"] for edge in edges), max(edge["max"] for edge in edges) + interval_us
    is_between = first_us <= microseconds(event.start) < end_us
    return EventOutsideReadings(event.start.isoformat(), _iso(first_us), _iso(end_us), is_between=is_between)


def _iso(at_us: int) -> str:
    return (_EPOCH + timedelta(microseconds=at_us)).isoformat()
