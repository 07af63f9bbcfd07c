"""Readings to outages, every meter of a utility in one call.

Modelling choice: an outage is what is unlike the meter itself. Each meter is compared with its own days before the storm; zeros and gaps count where
the meter does not show them by itself, power counts once it lasts, and where its readings cannot tell, it is `unknown` (see `kernels_interruptions`).
Two ways lead to the same answer: readings that lie meter by meter are judged as they are decoded; all others find their place in a matrix first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenhand.meters.arrival_road import ArrivalJudge
from evenhand.meters.attendance import Attendance
from evenhand.meters.data_warnings import UNUSABLE_ENERGIES, DetectionWarning, of_attendance, warnings_of
from evenhand.meters.detections import Detections
from evenhand.meters.errors import BaselineTooShort, EventOutsideReadings, IntervalLengthUnclear, RevisionsWithoutOrder
from evenhand.meters.evidence_tables import MeterMessages, messages_in, neighbourhoods_of, refuse_unusable
from evenhand.meters.examples import conflict_of, first_reading, first_step, reading_of, reading_off_grid, unusable_energies
from evenhand.meters.formats import ReadingOptions, ReadingSource
from evenhand.meters.formats.opening import Readings, open_readings
from evenhand.meters.freed_memory import give_back_memory
from evenhand.meters.further_evidence import fuse
from evenhand.meters.judged import Judged
from evenhand.meters.kernels_interruptions import OTHER_INTERVAL
from evenhand.meters.kernels_slots import OFF_GRID_ROWS, OUTSIDE_ROWS
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.look_alikes import look_alikes_among
from evenhand.meters.outage_tables import REASON_NAMES, interruptions_table, outages_table
from evenhand.meters.parameters import RobustRule, Rule, StormEvent
from evenhand.meters.parquet_parts import Further
from evenhand.meters.sorted_road import NotGrouped, judge_sorted
from evenhand.meters.windows import ParquetRows, SourceRows, checked_limits, event_far_from_all, grid_of, span_of

Progress = Callable[[int, int], None]
ROBUST: RobustRule = RobustRule()
OFF_GRID_MOST = 0.01  # share of rows off the marks beyond which the length of the interval was misjudged


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """What one of the two roads brought home."""

    judged: Judged
    counts: NDArray[np.int64]
    attendance: Attendance
    n_rows: int
    road: str

    @property
    def grid(self) -> TimeGrid:
        """The window in which most meters report."""
        return self.attendance.window

    @property
    def unusable_energies(self) -> dict[str, int]:
        """Energies that are none, by code of the warning."""
        return {code: int(self.counts[place]) for code, place in UNUSABLE_ENERGIES.items()}


def detect(
    readings: Readings | ReadingSource,
    *,
    event: StormEvent,
    rule: Rule = ROBUST,
    options: ReadingOptions | None = None,
    meter_events: pa.Table | None = None,
    grid: pa.Table | None = None,
    progress: Progress | None = None,
    keep_greater_of_conflicts: bool = False,
) -> Detections:
    """Find each meter's storm outage and all its other interruptions.

    Parameters
    ----------
    readings
        What `open_readings` takes (paths of Parquet, CSV, Green Button XML, folders; Arrow, Polars or pandas tables), or an opened `ReadingSource`.
        Any order, late and double rows included.
    event
        The storm; the readings must begin `rule.baseline_days_least` days before it.
    rule
        `RobustRule()` or `ZeroRule()`.
    options
        Names, zone, unit and registers, as `open_readings` takes them; of an opened source its own are taken. Times of `meter_events` that carry no
        zone are on the clock of `timezone` in any case.
    meter_events
        Messages of meters by the contract `meter_events`; they settle what the readings leave open (`further_evidence`). Rows without meter, time
        or event are left out and counted.
    grid
        `meter_id` and `transformer`: neighbours on one transformer settle what is still open.
    progress
        Called with rows done and rows in all (or done, where the number is not known) from the calling thread.
    keep_greater_of_conflicts
        Two readings of one interval that differ, without an order of arrival, are an error. True takes the greater and counts them.

    Returns
    -------
    Detections

    Raises
    ------
    ReadingsUnusable, NoReadings, IntervalLengthUnclear, EventOutsideReadings, BaselineTooShort, RevisionsWithoutOrder, EvidenceUnusable
    """
    options = options or ReadingOptions()
    refuse_unusable(meter_events, grid, options.timezone)
    source = readings if isinstance(readings, ReadingSource) else open_readings(readings, options)
    try:
        taken = _take(source, event, rule, options, progress or _silent)
    except BaselineTooShort as short:
        raise BaselineTooShort(short.days, short.least, where=first_reading(source)) from None
    except IntervalLengthUnclear as unclear:
        raise IntervalLengthUnclear(unclear.what, minutes=unclear.minutes, example=first_step(source)) from None
    _refuse_misjudged_interval(taken, source)
    if not keep_greater_of_conflicts:
        _refuse_conflicts(taken.judged, source)
    give_back_memory()  # what decoding needed, before tables are made
    judged = taken.judged.told_by_registers() if source.is_register else taken.judged
    messages = None if meter_events is None else messages_in(meter_events, options.timezone)
    limits = checked_limits(rule, event, taken.grid)
    judged = _fused(judged, limits, taken.grid, messages, grid).without_wide_bounds(limits)
    reasons = _reasons(judged)
    first_places = unusable_energies(source, taken.unusable_energies, options.absurd_kwh) if source.is_plain_parquet else {}
    outages = outages_table(judged, taken.grid)
    give_back_memory()
    return Detections(
        outages=outages,
        interruptions=interruptions_table(judged, taken.grid),
        reasons=reasons,
        warnings=(
            *of_attendance(taken.attendance),
            *warnings_of(
                taken.counts,
                reasons,
                n_conflicts=int(judged.conflicts.sum()),
                faults=source.faults,
                look_alikes=look_alikes_among(judged.ids),
                first_places=first_places,
            ),
            *(() if messages is None else _of_messages(messages)),
        ),
        rule=rule,
        event=event,
        grid=taken.grid,
        silences=taken.attendance.silences,
        road=taken.road,
        n_rows=taken.n_rows,
    )


def _take(source: ReadingSource, event: StormEvent, rule: Rule, options: ReadingOptions, progress: Progress) -> _Taken:
    id_type = pa.int64() if source.id_type == "int" else pa.string()
    rows = _rows_of(source)
    span = span_of(rows, source.interval_minutes, event)

    def limits_for(grid: TimeGrid) -> Limits:
        return checked_limits(rule, event, grid)

    if isinstance(rows, ParquetRows):
        try:
            judged, counts, attendance = judge_sorted(
                rows.parts, grid_of(span), limits_for, absurd_kwh=options.absurd_kwh, id_type=id_type, further=rows.further, progress=progress
            )
            return _near(_Taken(judged.sorted_by_id(), counts, attendance, rows.n_rows, "sorted"), rows, event)
        except NotGrouped:
            give_back_memory()  # the rows come in another order: the other road takes any
    judge = ArrivalJudge(
        span, limits_for, absurd_kwh=options.absurd_kwh, has_arrivals=source.has_arrival, is_from_files=isinstance(rows, ParquetRows)
    )
    try:
        judged = judge.judge(rows, id_type=id_type, progress=progress)
    except EventOutsideReadings:  # told of the rows within 400 days of the event, and not of all
        raise event_far_from_all(rows, event, span.interval_us) from None
    if judge.attendance is None:
        raise event_far_from_all(rows, event, span.interval_us)
    return _near(_Taken(judged.sorted_by_id(), judge.counts, judge.attendance, judge.n_rows, "arrival"), rows, event)


def _near(taken: _Taken, rows: ParquetRows | SourceRows, event: StormEvent) -> _Taken:
    """Refused where every row is a stray one: readings long before the event and long after it, and none near."""
    if taken.counts[OUTSIDE_ROWS] == taken.n_rows:
        raise event_far_from_all(rows, event, taken.grid.interval_us)
    return taken


def _rows_of(source: ReadingSource) -> ParquetRows | SourceRows:
    """Parquet as it is where that can be, else standard batches."""
    if source.parquet_files:
        return ParquetRows(source.parquet_files, Further(has_quality=source.has_quality))
    if source.arriving_parquet_files:
        arrival = "version" if "version" in pq.read_schema(source.arriving_parquet_files[0]).names else "arrived_at"
        return ParquetRows(source.arriving_parquet_files, Further(source.has_quality, arrival))
    return SourceRows(source)


def _fused(judged: Judged, limits: Limits, window: TimeGrid, messages: MeterMessages | None, grid: pa.Table | None) -> Judged:
    heard = None if messages is None else messages.of_meters(judged.ids, window)
    neighbourhoods = None if grid is None else neighbourhoods_of(grid, judged.ids)
    return fuse(judged, limits, heard, neighbourhoods)


def _of_messages(messages: MeterMessages) -> Iterator[DetectionWarning]:
    if messages.n_incomplete:
        yield DetectionWarning("incomplete_messages", "meter events have no meter, no time or no event: left out", messages.n_incomplete)
    if messages.n_skipped:
        yield DetectionWarning("messages_not_in_zone", "meter events have a time that the zone's clock skips in spring: left out", messages.n_skipped)
    if messages.n_repeated:
        words = "meter events have a time that the zone's clock repeats in autumn: taken as the first of the two"
        yield DetectionWarning("messages_in_repeated_hour", words, messages.n_repeated)


def _silent(_done: int, _total: int) -> None:
    """Nobody asked for progress."""


def _refuse_misjudged_interval(taken: _Taken, source: ReadingSource) -> None:
    off_grid = int(taken.counts[OFF_GRID_ROWS])
    minutes = taken.grid.interval_us // 60_000_000
    if off_grid > OFF_GRID_MOST * taken.n_rows:
        what = f"{off_grid:,} of {taken.n_rows:,} rows do not begin at a mark of {minutes} minutes"
        raise IntervalLengthUnclear(what, off_grid=off_grid, example=reading_off_grid(source, taken.grid))
    others, n_meters = np.flatnonzero(taken.judged.reasons == OTHER_INTERVAL), taken.judged.n_meters
    if 2 * others.size > n_meters:
        what = f"{others.size:,} of {n_meters:,} meters lack every second interval of {minutes} minutes: theirs is longer, or its length changes"
        raise IntervalLengthUnclear(what, minutes=minutes, example=reading_of(source, taken.judged.ids[int(others[0])].as_py()))


def _refuse_conflicts(judged: Judged, source: ReadingSource) -> None:
    meters = np.flatnonzero(judged.conflicts)
    if meters.size:
        counted = [f"meter {judged.ids[int(meter)].as_py()} ({judged.conflicts[meter]})" for meter in meters[:3]]
        seen = conflict_of(source, judged.ids[int(meters[0])].as_py())
        raise RevisionsWithoutOrder(int(judged.conflicts.sum()), [*counted, *([seen] if seen else [])])


def _reasons(judged: Judged) -> dict[str, int]:
    counts = np.bincount(judged.reasons, minlength=len(REASON_NAMES))
    return {name: int(counts[code]) for code, name in REASON_NAMES.items() if code and counts[code]}
