"""Rows as a head end has them: what arrived of each reading, and when.

Modelling choice: a warehouse keeps the newest row of each slot; what *arrives* is a stream in which some rows come late (half of those first as a row
without a value), some come twice, and readings of one interval come in no order. Dropping all but the newest arrival gives the warehouse's rows back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.twin.readings_cohort import Cohort
from evenhand.twin.readings_head_end import ABSENT, EMPTY, ESTIMATED

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

REGISTER_TURNS_OVER_WH = 100_000_000  # five digits of kWh
LATENCY_MINUTES = 25.0  # the head end collects an interval within this
LATE_HOURS, LATEST_HOURS = 10.0, 96.0  # mean of an exponential, cut
DOUBLE_WITHIN_HOURS = 6.0
EMPTY_FIRST = 0.5  # of late rows
_HOUR_US = 3_600_000_000


@dataclass(slots=True)
class Rows:
    """Readings row by row; arrays of shape (m,)."""

    row: Ints  # of the cohort
    slot: Ints
    wh: NDArray[np.int64]
    is_empty: Bools
    is_estimated: Bools
    arrived_us: Ints | None = None

    def taken(self, which: NDArray[np.intp] | Bools) -> Rows:
        arrived = None if self.arrived_us is None else self.arrived_us[which]
        return Rows(self.row[which], self.slot[which], self.wh[which], self.is_empty[which], self.is_estimated[which], arrived)


def warehouse_rows(cohort: Cohort) -> Rows:
    """One row a slot that is not absent, by meter and time."""
    order = np.argsort(cohort.meter_id, kind="stable")
    state = cohort.state[order]
    at, slot = np.nonzero(state != ABSENT)
    row = order[at]
    state = state[at, slot]
    values = _registers(cohort) if cohort.register_start_wh is not None else cohort.wh
    return Rows(row, slot, values[row, slot].astype(np.int64), state == EMPTY, state == ESTIMATED)


def arriving_rows(cohort: Cohort) -> Rows:
    """All rows with their arrival, in no order that means anything."""
    rows = warehouse_rows(cohort)
    chance, mix, window = cohort.chance, cohort.plan.mix, cohort.plan.window
    bits = chance.bits("arrival", cohort.meter_id, window.slots)[rows.row, rows.slot]
    more = chance.bits("arrival again", cohort.meter_id, window.slots)[rows.row, rows.slot]
    ends_us = window.starts_us[rows.slot] + window.interval_minutes * 60_000_000
    on_time = ends_us + (_part(bits, 0) * LATENCY_MINUTES * 60e6).astype(np.int64)
    is_late = _part(bits, 1) < mix.late
    late_hours = np.minimum(-LATE_HOURS * np.log1p(-_part(bits, 2)), LATEST_HOURS)
    rows.arrived_us = on_time + np.where(is_late, late_hours * _HOUR_US, 0.0).astype(np.int64)
    parts = [rows]
    if cohort.revisions is not None:
        parts.append(_revised(cohort, rows))
    parts.append(_empty_first(rows, on_time, is_late & (_part(bits, 3) < EMPTY_FIRST)))
    parts.append(_doubles(rows, _part(more, 0) < mix.double, _part(more, 1)))
    return _joined(parts)


def arrow_rows(cohort: Cohort, rows: Rows, *, text_ids: bool) -> pa.Table:
    """The rows as `meter_id, interval_start, kwh[, quality][, arrived_at]`."""
    window, plan = cohort.plan.window, cohort.plan
    is_local = plan.scenario is not None and plan.scenario.is_local
    starts = window.local_starts_us if is_local else window.starts_us
    moment = pa.timestamp("us") if is_local else pa.timestamp("us", tz="UTC")
    columns = {
        "meter_id": id_array(cohort.meter_id, text_ids=text_ids).take(pa.array(rows.row)),
        "interval_start": pa.array(starts[rows.slot], pa.int64()).cast(moment),
        "kwh": pa.array(rows.wh / 1000.0, mask=rows.is_empty),
    }
    if plan.has_quality:
        grades = pa.DictionaryArray.from_arrays(pa.array(rows.is_estimated.astype(np.int8)), pa.array(["A", "E"]))
        columns["quality"] = grades
    if rows.arrived_us is not None:
        columns["arrived_at"] = pa.array(rows.arrived_us, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    return pa.table(columns)


def id_array(meter_id: Ints, *, text_ids: bool) -> pa.Array:
    """Meter ids as int64, or as text of one length, so that both sort alike."""
    return pa.array([f"M{number}" for number in meter_id.tolist()], pa.string()) if text_ids else pa.array(meter_id, pa.int64())


def _registers(cohort: Cohort) -> NDArray[np.int64]:
    """What the register shows at the start of every interval."""
    assert cohort.register_start_wh is not None
    shown = np.zeros(cohort.wh.shape, dtype=np.int64)
    np.cumsum(cohort.wh[:, :-1], axis=1, out=shown[:, 1:])
    return (shown + cohort.register_start_wh[:, None]) % REGISTER_TURNS_OVER_WH


def _revised(cohort: Cohort, rows: Rows) -> Rows:
    """The earlier revisions; the right row is put off until they have come."""
    earlier = cohort.revisions
    assert earlier is not None
    assert rows.arrived_us is not None
    put_off = np.zeros(cohort.wh.shape)
    np.maximum.at(put_off, (earlier.row, earlier.slot), earlier.hours_before)
    rows.arrived_us += (put_off[rows.row, rows.slot] * _HOUR_US).astype(np.int64)
    arrived = np.zeros(cohort.wh.shape, dtype=np.int64)
    arrived[rows.row, rows.slot] = rows.arrived_us
    at = arrived[earlier.row, earlier.slot] - (earlier.hours_before * _HOUR_US).astype(np.int64)
    return Rows(earlier.row, earlier.slot, earlier.wh.astype(np.int64), earlier.is_empty, np.zeros(at.size, dtype=bool), at)


def _empty_first(rows: Rows, on_time: Ints, which: Bools) -> Rows:
    first = rows.taken(which & ~rows.is_empty)
    first.arrived_us = on_time[which & ~rows.is_empty]
    first.is_empty = np.ones(first.row.size, dtype=bool)
    first.is_estimated = np.zeros(first.row.size, dtype=bool)
    return first


def _doubles(rows: Rows, which: Bools, after: NDArray[np.float64]) -> Rows:
    again = rows.taken(which)
    assert again.arrived_us is not None
    again.arrived_us = again.arrived_us + (after[which] * DOUBLE_WITHIN_HOURS * _HOUR_US).astype(np.int64)
    return again


def _joined(parts: list[Rows]) -> Rows:
    return Rows(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.slot for part in parts]),
        np.concatenate([part.wh for part in parts]),
        np.concatenate([part.is_empty for part in parts]),
        np.concatenate([part.is_estimated for part in parts]),
        np.concatenate([part.arrived_us for part in parts if part.arrived_us is not None]),
    )


def _part(bits: NDArray[np.uint64], part: int) -> NDArray[np.float64]:
    """One of four 16-bit parts as a number in [0, 1)."""
    return ((bits >> np.uint64(16 * part)) & np.uint64(0xFFFF)).astype(np.float64) * 2.0**-16
