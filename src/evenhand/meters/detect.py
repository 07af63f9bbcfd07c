"""Readings to outages, every meter of a utility in one call.

Modelling choice: an outage is what is unlike the meter itself. Each meter is compared with its own days before the storm; zeros and gaps count where
the meter does not show them by itself, power counts once it lasts, and where its readings cannot tell, it is `unknown` (see `kernels_interruptions`).
Two ways lead to the same answer: readings that lie meter by meter are judged as they are decoded; all others find their place in a matrix first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenhand.meters.arrival_road import ArrivalJudge
from evenhand.meters.data_warnings import warnings_of
from evenhand.meters.detections import Detections
from evenhand.meters.errors import IntervalLengthUnclear, NoReadings, RevisionsWithoutOrder
from evenhand.meters.evidence_tables import messages_of, neighbourhoods_of, refuse_unusable
from evenhand.meters.formats import ReadingOptions, ReadingSource
from evenhand.meters.formats.opening import Readings, open_readings
from evenhand.meters.freed_memory import give_back_memory
from evenhand.meters.further_evidence import fuse
from evenhand.meters.judged import Judged
from evenhand.meters.kernels_interruptions import OTHER_INTERVAL
from evenhand.meters.kernels_slots import OFF_GRID_ROWS
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.look_alikes import count_look_alikes
from evenhand.meters.outage_tables import REASON_NAMES, interruptions_table, outages_table
from evenhand.meters.parameters import RobustRule, Rule, StormEvent
from evenhand.meters.parquet_parts import Further
from evenhand.meters.row_batches import RowReader
from evenhand.meters.sorted_road import NotGrouped, judge_sorted
from evenhand.meters.windows import ParquetRows, SourceRows, checked_limits, grid_of, span_of

Progress = Callable[[int, int], None]
ROBUST: RobustRule = RobustRule()
OFF_GRID_MOST = 0.01  # share of rows off the marks beyond which the length of the interval was misjudged


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """What one of the two roads brought home."""

    judged: Judged
    counts: NDArray[np.int64]
    grid: TimeGrid
    n_rows: int
    road: str


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
        Names, zone, unit and registers, as `open_readings` takes them; of an opened source its own are taken.
    meter_events
        Messages of meters by the contract `meter_events`; they settle what the readings leave open (`further_evidence`).
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
    refuse_unusable(meter_events, grid)
    source = readings if isinstance(readings, ReadingSource) else open_readings(readings, options)
    taken = _take(source, event, rule, options, progress or _silent)
    _refuse_misjudged_interval(taken)
    if not keep_greater_of_conflicts:
        _refuse_conflicts(taken.judged)
    give_back_memory()  # what decoding needed, before tables are made
    judged = taken.judged.told_by_registers() if source.is_register else taken.judged
    judged = _fused(judged, checked_limits(rule, event, taken.grid), taken.grid, meter_events, grid)
    reasons = _reasons(judged)
    return Detections(
        outages=outages_table(judged, taken.grid),
        interruptions=interruptions_table(judged, taken.grid),
        reasons=reasons,
        warnings=warnings_of(taken.counts, reasons, int(judged.conflicts.sum()), source.faults, count_look_alikes(judged.ids)),
        rule=rule,
        event=event,
        grid=taken.grid,
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
        grid = grid_of(span)
        limits = limits_for(grid)
        try:
            reader = RowReader(grid, options.absurd_kwh, span.first_arrival_us, span.arrival_unit_us)
            judged, counts = judge_sorted(rows.parts, reader, limits, id_type=id_type, further=rows.further, progress=progress)
            return _Taken(judged.sorted_by_id(), counts, grid, rows.n_rows, "sorted")
        except NotGrouped:
            give_back_memory()  # the rows come in another order: the other road takes any
    judge = ArrivalJudge(
        span, limits_for, absurd_kwh=options.absurd_kwh, has_arrivals=source.has_arrival, is_from_files=isinstance(rows, ParquetRows)
    )
    judged = judge.judge(rows, id_type=id_type, progress=progress)
    if judge.grid is None:
        raise NoReadings
    return _Taken(judged.sorted_by_id(), judge.counts, judge.grid, judge.n_rows, "arrival")


def _rows_of(source: ReadingSource) -> ParquetRows | SourceRows:
    """Parquet as it is where that can be, else standard batches."""
    if source.parquet_files:
        return ParquetRows(source.parquet_files, Further(has_quality=source.has_quality))
    if source.arriving_parquet_files:
        arrival = "version" if "version" in pq.read_schema(source.arriving_parquet_files[0]).names else "arrived_at"
        return ParquetRows(source.arriving_parquet_files, Further(source.has_quality, arrival))
    return SourceRows(source)


def _fused(judged: Judged, limits: Limits, window: TimeGrid, meter_events: pa.Table | None, grid: pa.Table | None) -> Judged:
    messages = None if meter_events is None else messages_of(meter_events, judged.ids, window)
    neighbourhoods = None if grid is None else neighbourhoods_of(grid, judged.ids)
    return fuse(judged, limits, messages, neighbourhoods)


def _silent(_done: int, _total: int) -> None:
    """Nobody asked for progress."""


def _refuse_misjudged_interval(taken: _Taken) -> None:
    off_grid = int(taken.counts[OFF_GRID_ROWS])
    minutes = taken.grid.interval_us // 60_000_000
    if off_grid > OFF_GRID_MOST * taken.n_rows:
        raise IntervalLengthUnclear(f"{off_grid:,} of {taken.n_rows:,} rows do not begin at a mark of {minutes} minutes", off_grid=off_grid)
    n_other, n_meters = int((taken.judged.reasons == OTHER_INTERVAL).sum()), taken.judged.n_meters
    if 2 * n_other > n_meters:
        what = f"{n_other:,} of {n_meters:,} meters lack every second interval of {minutes} minutes: theirs is longer, or its length changes"
        raise IntervalLengthUnclear(what, minutes=minutes)


def _refuse_conflicts(judged: Judged) -> None:
    meters = np.flatnonzero(judged.conflicts)
    if meters.size:
        examples = [f"meter {judged.ids[int(meter)].as_py()} ({judged.conflicts[meter]})" for meter in meters[:3]]
        raise RevisionsWithoutOrder(int(judged.conflicts.sum()), examples)


def _reasons(judged: Judged) -> dict[str, int]:
    counts = np.bincount(judged.reasons, minlength=len(REASON_NAMES))
    return {name: int(counts[code]) for code, name in REASON_NAMES.items() if code and counts[code]}
