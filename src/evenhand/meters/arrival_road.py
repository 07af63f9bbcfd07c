"""Readings in the order in which they arrive, or in none: every reading goes to its place, then every meter is judged.

Modelling choice: a matrix meter × slot of one byte each, 83 MB for 82,000 meters and three weeks; taking a row in is commutative, so late, double and
shuffled rows need no sorting. Where readings name their arrival and come in its order, as from a head end, a later row is the newer one; where they
do not, eight bytes a slot keep the newest. A matrix beyond the memory allowed is cut by meters, and the readings are read once a cut. The window need
not be known before: the matrix grows with it, and what lies far from all other readings is cut off in the end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.attendance import NO_SILENCES, Attendance, attendance_of
from evenhand.meters.judged import Gathering, Judged, new_scratch, new_verdicts
from evenhand.meters.kernels_meters import judge_matrix
from evenhand.meters.kernels_slots import CONFLICTS_PENDING, N_COUNTS, TOGETHER_MOST, scatter_in_order, scatter_rows
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.meter_index import MeterIndex
from evenhand.meters.ordered_work import in_order
from evenhand.meters.row_batches import RowReader, microseconds_of
from evenhand.meters.slot_matrix import SlotMatrix

MATRIX_BYTES: Final = 300_000_000
N_THREADS: Final = 2
PIECES_AHEAD: Final = 3
ROWS_AT_ONCE: Final = 1 << 17  # what is made of them in between stays in the cache
Progress = Callable[[int, int], None]
Piece = Callable[[], Iterator[pa.RecordBatch]]


class NotInOrder(Exception):
    """A row arrived before the one in front of it; the matrix must keep arrivals. Never leaves the module."""


class Rows(Protocol):
    """Readings that can be read from the start as often as needed, in pieces that threads may read side by side."""

    @property
    def n_rows(self) -> int:
        """0 where it is not known."""

    def pieces(self) -> list[Piece]:
        """Each yields record batches; the order of pieces does not matter."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where readings may lie, microseconds since the epoch: `first_us` begins an interval, `earliest_us` and `latest_us` bound stray times."""

    first_us: int
    last_us: int
    interval_us: int
    earliest_us: int
    latest_us: int


class ArrivalJudge:
    """One run over readings in any order.

    `limits_for` turns the window, once it is known, into the rule's limits; it may refuse the window. `is_from_files`: the span is that of all rows,
    and it is worth a try to take them in the order of their arrival.
    """

    def __init__(
        self,
        span: Span,
        limits_for: Callable[[TimeGrid], Limits],
        *,
        absurd_kwh: float,
        has_arrivals: bool,
        is_from_files: bool = False,
        matrix_bytes: int = MATRIX_BYTES,
    ) -> None:
        self._span = span
        self._limits_for = limits_for
        self._absurd_kwh = absurd_kwh
        self._has_arrivals = has_arrivals
        self._is_in_order = self._is_span_exact = is_from_files
        self._bytes = matrix_bytes
        self._lock = threading.Lock()
        self._index = MeterIndex()
        self._gathering = Gathering()
        self._matrix: SlotMatrix | None = None
        self._seen = np.zeros((2, 0), np.int32)
        self._seen_us: tuple[int, int] | None = None
        self._room = np.empty(ROWS_AT_ONCE, np.uint8)
        self.counts = np.zeros(N_COUNTS, np.int64)
        self.grid: TimeGrid | None = None
        self.attendance: Attendance | None = None
        self.n_rows = 0

    def judge(self, rows: Rows, *, id_type: pa.DataType, progress: Progress) -> Judged:
        """Read once a cut, judge each cut. Where some readings lie far from all others, or the head end was silent, judge again."""
        judged = self._judged_cuts(rows, id_type, progress)
        if self.grid is None:
            return judged
        self.attendance = attendance_of(self._seen, judged.n_meters, self.grid, self._limits_for(self.grid))
        if not self.attendance.is_all_of(self.grid):
            counts = self.counts.copy()
            judged = self._judged_cuts(rows, id_type, progress)
            self.counts = counts
        return judged

    def _judged_cuts(self, rows: Rows, id_type: pa.DataType, progress: Progress) -> Judged:
        self._gathering = Gathering()
        first = 0
        while True:
            if self._matrix is None or self._matrix.first != first:  # the only cut is still there when it is judged again
                self._matrix = None
                self._matrix, self.n_rows = self._filled(rows, first, progress)
            if self._seen_us is not None:
                self._judge(self._matrix, id_type)
            first += self._matrix.most_meters
            if first >= self._index.count:
                return self._gathering.judged(id_type)

    def _filled(self, rows: Rows, first: int, progress: Progress) -> tuple[SlotMatrix, int]:
        """The next cut. Rows that seem to come in the order of their arrival are taken so; where they do not after all, they are read anew."""
        if self._is_in_order and self._has_arrivals:
            before = self.counts.copy()
            matrix = SlotMatrix(first, self._start_grid(), self._bytes, has_arrivals=False)
            try:
                return matrix, self._read_in_order(rows, matrix, progress)
            except NotInOrder:
                self._is_in_order = False
                self.counts = before
                self._index = MeterIndex() if first == 0 else self._index
        matrix = SlotMatrix(first, self._start_grid(), self._bytes, has_arrivals=self._has_arrivals)
        return matrix, self._read(rows, matrix, progress)

    def _read_in_order(self, rows: Rows, matrix: SlotMatrix, progress: Progress) -> int:
        """Decoded ahead on two threads, written in order."""
        done = 0
        together = np.zeros(2 + 2 * TOGETHER_MOST, np.int64)
        together[0] = np.iinfo(np.int64).min  # no row is older
        for batches in in_order(_decoded, rows.pieces(), n_threads=N_THREADS, ahead=PIECES_AHEAD):
            for batch in batches:
                for begin in range(0, batch.num_rows, ROWS_AT_ONCE):
                    self._scatter_next(batch.slice(begin, ROWS_AT_ONCE), matrix, together)
                done += batch.num_rows
            progress(done, max(rows.n_rows, done))
        return done

    def _scatter_next(self, rows: pa.RecordBatch, matrix: SlotMatrix, together: NDArray[np.int64]) -> None:
        self._see(rows, matrix)
        batch = RowReader(matrix.grid, self._absurd_kwh).batch(rows)
        lines = self._index.lines(rows.column("meter_id"))
        if not scatter_in_order(lines, matrix.first, batch, matrix.shape, matrix.codes, matrix.conflicts, self.counts, together, self._room):
            raise NotInOrder

    def _see(self, rows: pa.RecordBatch, matrix: SlotMatrix) -> None:
        """Widen the window to these rows."""
        if self._is_span_exact:
            self._seen_us = self._span.first_us, self._span.last_us
            return
        begin_us, end_us = self._within_reason(rows)
        if begin_us <= end_us:
            seen = self._seen_us or (begin_us, end_us)
            self._seen_us = min(seen[0], begin_us), max(seen[1], end_us)
            matrix.cover(begin_us, end_us)

    def _start_grid(self) -> TimeGrid:
        """What is known of the window before reading: in a second reading, all of it."""
        if self.grid is not None:
            return self.grid
        span = self._span
        return TimeGrid(span.first_us, span.interval_us, (span.last_us - span.first_us) // span.interval_us + 1)

    def _read(self, rows: Rows, matrix: SlotMatrix, progress: Progress) -> int:
        done = 0
        for n_rows in _unordered(rows.pieces(), lambda batch: self._scatter(batch, matrix)):
            done += n_rows
            progress(done, max(rows.n_rows, done))
        return done

    def _scatter(self, rows: pa.RecordBatch, matrix: SlotMatrix) -> int:
        """Decoding runs side by side, writing one batch at a time."""
        for begin in range(0, rows.num_rows, ROWS_AT_ONCE):
            self._scatter_some(rows.slice(begin, ROWS_AT_ONCE), matrix)
        return int(rows.num_rows)

    def _scatter_some(self, rows: pa.RecordBatch, matrix: SlotMatrix) -> None:
        with self._lock:
            self._see(rows, matrix)
            batch = RowReader(matrix.grid, self._absurd_kwh).batch(rows)
            lines = self._index.lines(rows.column("meter_id"))
            scatter_rows(lines, matrix.first, batch, matrix.shape, matrix.codes, matrix.arrivals, matrix.conflicts, self.counts)

    def _within_reason(self, rows: pa.RecordBatch) -> tuple[int, int]:
        """First and last time of a batch, stray ones cut off; the first after the last where all are."""
        found = pc.min_max(rows.column("interval_start").cast(pa.int64()))
        unit = rows.column("interval_start").type.unit
        low, high = microseconds_of(found["min"].as_py(), unit), microseconds_of(found["max"].as_py(), unit)
        return max(low, self._span.earliest_us), min(high, self._span.latest_us)

    def _judge(self, matrix: SlotMatrix, id_type: pa.DataType) -> None:
        assert self._seen_us is not None  # nothing is judged before something was read
        if self.grid is None:
            self.grid = matrix.grid_between(*self._seen_us)
            self._seen = np.zeros((2, self.grid.n_slots), np.int32)
        window = self.grid if self.attendance is None else self.attendance.window
        limits = self._limits_for(window)
        scratch = new_scratch(limits, has_arrivals=False, silences=NO_SILENCES if self.attendance is None else self.attendance.silences)
        n_meters = min(matrix.most_meters, self._index.count - matrix.first)
        for number, begin in enumerate(range(0, n_meters, matrix.meters_in_block)):
            codes = matrix.codes_of(number, min(matrix.meters_in_block, n_meters - begin), window)
            has_conflicts = self.counts[CONFLICTS_PENDING] > 0
            conflicts = matrix.conflicts_of(number, len(codes)) if has_conflicts else np.zeros(len(codes), np.int64)
            ids = self._index.ids(matrix.first + begin, matrix.first + begin + len(codes), id_type)
            done = 0
            while done < len(codes):
                verdicts = new_verdicts(len(codes) - done, limits)
                after, n_rows = judge_matrix(codes, done, len(codes), limits, scratch, verdicts)
                verdicts.conflicts[: after - done] = conflicts[done:after]
                self._gathering.add(ids.slice(done, after - done), verdicts, n_rows)
                done = after
        if self.attendance is None:
            self._seen += scratch.seen


def _decoded(piece: Piece) -> list[pa.RecordBatch]:
    return list(piece())


def _unordered(pieces: list[Piece], take: Callable[[pa.RecordBatch], int]) -> Iterator[int]:
    """Rows taken so far, piece by piece as they are done; one piece alone is reported batch by batch."""
    if len(pieces) == 1:
        for batch in pieces[0]():
            yield take(batch)
        return
    pool = ThreadPoolExecutor(N_THREADS, thread_name_prefix="meters")
    try:
        running: set[Future[int]] = set()
        for piece in pieces:
            running.add(pool.submit(lambda read: sum(take(batch) for batch in read()), piece))
            if len(running) > N_THREADS:
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (each.result() for each in finished)
        for each in running:
            yield each.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
