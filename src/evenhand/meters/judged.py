"""What the kernels found, gathered over threads and parts: one line a meter, one row an interruption."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.attendance import NO_SILENCES
from evenhand.meters.kernels_habits import N_HABITS
from evenhand.meters.kernels_interruptions import (
    BY_EVENT,
    BY_NEIGHBOURS,
    BY_REGISTER,
    BY_ZERO,
    END,
    END_EARLIEST,
    END_LATEST,
    EVIDENCE,
    IS_STORM,
    METER,
    N_COLUMNS,
    START_EARLIEST,
    START_LATEST,
    UNKNOWN,
    WIDE_BOUNDS,
)
from evenhand.meters.kernels_meters import Scratch, Verdicts
from evenhand.meters.kernels_slots import N_COUNTS, Room
from evenhand.meters.limits import Limits
from evenhand.meters.row_batches import is_ascending, values_of

Rows = NDArray[np.int32]
_Kind = TypeVar("_Kind", bound=np.generic)
ROWS_A_METER = 2  # room to begin with; the kernels stop where it ends and go on with new room


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """`ids`, `statuses`, `reasons` and `conflicts` have one value a meter; `rows[:, METER]` is the place of its meter in them."""

    ids: pa.Array
    statuses: NDArray[np.uint8]
    reasons: NDArray[np.uint8]
    conflicts: NDArray[np.int32]
    rows: Rows

    @property
    def n_meters(self) -> int:
        return int(self.statuses.size)

    def sorted_by_id(self) -> Judged:
        """Meters in the order of their ids, rows in the order of meters and time: the same table whatever the way of the readings was.

        What lies so already, as most stored readings do, is not copied.
        """
        if is_ascending(self.ids) and self._has_rows_in_order():
            return self
        order = values_of(pc.sort_indices(self.ids), np.uint64).astype(np.int64)
        place = np.empty(order.size, dtype=np.int32)
        place[order] = np.arange(order.size, dtype=np.int32)
        rows = self.rows.copy()
        rows[:, METER] = place[rows[:, METER]]
        rows = rows[np.lexsort((rows[:, END], rows[:, METER]))]
        return Judged(self.ids.take(pa.array(order)), self.statuses[order], self.reasons[order], self.conflicts[order], rows)

    def _has_rows_in_order(self) -> bool:
        meter, end = self.rows[:, METER], self.rows[:, END]
        return bool(np.all((meter[1:] > meter[:-1]) | ((meter[1:] == meter[:-1]) & (end[1:] >= end[:-1]))))

    def pieces(self, n_meters: int) -> Iterator[Judged]:
        """The same in pieces of at most so many meters, in their order; at least one. The rows must lie in the order of their meters."""
        for begin in range(0, max(self.n_meters, 1), n_meters):
            of = slice(begin, begin + n_meters)
            first, last = np.searchsorted(self.rows[:, METER], [begin, begin + n_meters])
            rows = self.rows[first:last].copy()
            rows[:, METER] -= begin
            yield Judged(self.ids.slice(begin, n_meters), self.statuses[of], self.reasons[of], self.conflicts[of], rows)

    def told_by_registers(self) -> Judged:
        """The same of cumulative registers: what was zero is a register that stood still, also where no reading came in between."""
        rows = self.rows.copy()
        rows[rows[:, EVIDENCE] & BY_ZERO > 0, EVIDENCE] += BY_REGISTER - BY_ZERO
        return replace(self, rows=rows)

    def without_wide_bounds(self, limits: Limits) -> Judged:
        """Storm outages whose hours the readings leave open too far are unknown, unless messages or neighbours told; as interruptions they stay."""
        rows = self.rows
        apart = rows[:, END_LATEST] - rows[:, START_EARLIEST] - (rows[:, END_EARLIEST] - rows[:, START_LATEST])
        told = rows[:, EVIDENCE] & (BY_EVENT | BY_NEIGHBOURS) > 0
        open_rows = (rows[:, IS_STORM] == 1) & (rows[:, END] < limits.n_slots) & (apart >= limits.open_bounds) & ~told
        if not (limits.is_robust and open_rows.any()):
            return self
        rows, statuses, reasons = rows.copy(), self.statuses.copy(), self.reasons.copy()
        rows[open_rows, IS_STORM] = 0
        statuses[rows[open_rows, METER]], reasons[rows[open_rows, METER]] = UNKNOWN, WIDE_BOUNDS
        return replace(self, rows=rows, statuses=statuses, reasons=reasons)


class Gathering:
    """Collects verdicts, part by part; the ids are int64 or string."""

    def __init__(self) -> None:
        self._ids: list[pa.Array] = []
        self._statuses: list[NDArray[np.uint8]] = []
        self._reasons: list[NDArray[np.uint8]] = []
        self._conflicts: list[NDArray[np.int32]] = []
        self._rows: list[Rows] = []
        self.n_meters = 0

    def add(self, ids: pa.Array, verdicts: Verdicts, n_rows: int) -> None:
        """Take over the first `len(ids)` meters and `n_rows` rows of `verdicts`, which may then be used anew."""
        n = len(ids)
        rows = verdicts.rows[:n_rows].copy()
        rows[:, METER] += self.n_meters
        self._ids.append(ids)
        self._statuses.append(verdicts.statuses[:n].copy())
        self._reasons.append(verdicts.reasons[:n].copy())
        self._conflicts.append(verdicts.conflicts[:n].copy())
        self._rows.append(rows)
        self.n_meters += n

    def take_over(self, other: Gathering) -> None:
        """Everything of `other` behind what is here."""
        for rows in other._rows:
            rows[:, METER] += self.n_meters
        self._ids += other._ids
        self._statuses += other._statuses
        self._reasons += other._reasons
        self._conflicts += other._conflicts
        self._rows += other._rows
        self.n_meters += other.n_meters

    def ids(self) -> list[pa.Array]:
        """The ids gathered so far, part by part."""
        return self._ids

    def judged(self, id_type: pa.DataType) -> Judged:
        """All of it in one piece. The parts are given up one by one as they are copied, so that nothing is held twice; none is left here."""
        ids = pa.chunked_array(self._ids, type=id_type).combine_chunks()
        self._ids.clear()
        return Judged(
            ids=ids,
            statuses=_joined(self._statuses, np.zeros(0, np.uint8)),
            reasons=_joined(self._reasons, np.zeros(0, np.uint8)),
            conflicts=_joined(self._conflicts, np.zeros(0, np.int32)),
            rows=_joined(self._rows, np.zeros((0, N_COLUMNS), np.int32)),
        )


def _joined(parts: list[NDArray[_Kind]], none: NDArray[_Kind]) -> NDArray[_Kind]:
    """The parts behind one another, `none` where there are none; `parts` is emptied on the way."""
    whole = np.empty((sum(map(len, parts)), *none.shape[1:]), none.dtype)
    begin = len(whole)
    while parts:
        part = parts.pop()
        whole[begin - len(part) : begin] = part
        begin -= len(part)
    return whole


def new_scratch(limits: Limits, *, has_arrivals: bool, silences: NDArray[np.int64] = NO_SILENCES) -> Scratch:
    """Working memory of one thread."""
    n = limits.n_slots
    blocks = np.zeros(-(-n // 8) * 8, np.uint8)
    return Scratch(
        codes=np.zeros(n, np.uint8),
        arrivals=np.zeros(n if has_arrivals else 0, np.int64),
        conflicts=np.zeros(n, np.uint8),
        marks=np.zeros(n, np.uint8),
        blocks=blocks,
        words=blocks.view(np.uint64),
        room=Room(np.zeros(n, np.uint8), np.zeros(n, np.int32)),
        habits=np.zeros(N_HABITS, np.int64),
        by_hour=np.zeros(2 * limits.slots_per_day, np.int64),
        counts=np.zeros(N_COUNTS, np.int64),
        silences=silences,
        seen=np.zeros((2, n), np.int32),
        lately=np.zeros((2, n), np.uint8),
    )


def new_verdicts(n_meters: int, limits: Limits) -> Verdicts:
    """Room for this many meters, and for the interruptions of at least one whatever it did."""
    room = n_meters * ROWS_A_METER + limits.n_slots // 2 + 1
    return Verdicts(np.zeros(n_meters, np.uint8), np.zeros(n_meters, np.uint8), np.zeros(n_meters, np.int32), np.zeros((room, N_COLUMNS), np.int32))
