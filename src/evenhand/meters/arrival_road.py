"""Readings in the order in which they arrive, or in none: every reading goes to its place, then every meter is judged.

Modelling choice: a matrix meter × slot of one byte each, 83 MB for 82,000 meters and three weeks; taking a row in is commutative, so late, double and
shuffled rows need no sorting. Where readings have an order of arrival, four bytes a slot keep the newest. A matrix beyond the memory allowed is cut
by meters, and the readings are read once a cut. The window of the readings need not be known before: the matrix grows with it.
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

from evenhand.meters.judged import Gathering, Judged, new_scratch, new_verdicts
from evenhand.meters.kernels_meters import judge_matrix
from evenhand.meters.kernels_slots import N_COUNTS, scatter_rows
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.meter_index import MeterIndex
from evenhand.meters.row_batches import RowReader, microseconds_of
from evenhand.meters.slot_matrix import SlotMatrix

MATRIX_BYTES: Final = 450_000_000
N_THREADS: Final = 2
METERS_AT_ONCE: Final = 4096
Progress = Callable[[int, int], None]
Piece = Callable[[], Iterator[pa.RecordBatch]]


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

    `limits_for` turns the window, once it is known, into the rule's limits; it may refuse the window.
    """

    def __init__(
        self, span: Span, limits_for: Callable[[TimeGrid], Limits], *, absurd_kwh: float, has_arrivals: bool, matrix_bytes: int = MATRIX_BYTES
    ) -> None:
        self._span = span
        self._limits_for = limits_for
        self._absurd_kwh = absurd_kwh
        self._has_arrivals = has_arrivals
        self._bytes = matrix_bytes
        self._lock = threading.Lock()
        self._index = MeterIndex()
        self._gathering = Gathering()
        self._seen_us: tuple[int, int] | None = None
        self.counts = np.zeros(N_COUNTS, np.int64)
        self.grid: TimeGrid | None = None
        self.n_rows = 0

    def judge(self, rows: Rows, *, id_type: pa.DataType, expected_meters: int, progress: Progress) -> Judged:
        """Read once a cut, judge each cut.

        `expected_meters` is a guess; more cost a copy of the matrix, not an error.
        """
        first = 0
        while True:
            matrix = SlotMatrix(first, self._start_grid(), max(1, expected_meters), self._bytes, has_arrivals=self._has_arrivals)
            counts = np.zeros(N_COUNTS, np.int64)
            self.n_rows = self._read(rows, matrix, counts, progress)
            if self._seen_us is None:
                return self._gathering.judged(id_type)
            last = min(first + matrix.most_lines, self._index.count)
            self._judge(matrix, last, id_type)
            if last >= self._index.count:
                self.counts += counts
                return self._gathering.judged(id_type)
            self.counts += counts
            first, expected_meters = last, self._index.count - last

    def _start_grid(self) -> TimeGrid:
        """What is known of the window before reading: in a second reading, all of it."""
        if self.grid is not None:
            return self.grid
        span = self._span
        return TimeGrid(span.first_us, span.interval_us, (span.last_us - span.first_us) // span.interval_us + 1)

    def _read(self, rows: Rows, matrix: SlotMatrix, counts: NDArray[np.int64], progress: Progress) -> int:
        done = 0
        for n_rows in _unordered(rows.pieces(), lambda batch: self._scatter(batch, matrix, counts)):
            done += n_rows
            progress(done, max(rows.n_rows, done))
        return done

    def _scatter(self, rows: pa.RecordBatch, matrix: SlotMatrix, counts: NDArray[np.int64]) -> int:
        """Decoding runs side by side, writing one batch at a time."""
        if rows.num_rows == 0:
            return 0
        begin_us, end_us = self._within_reason(rows)
        with self._lock:
            if begin_us <= end_us:
                seen = self._seen_us or (begin_us, end_us)
                self._seen_us = min(seen[0], begin_us), max(seen[1], end_us)
                matrix.cover(begin_us, end_us)
            batch = RowReader(matrix.grid, self._absurd_kwh, self._span.earliest_us).batch(rows)
            lines = self._index.lines(rows.column("meter_id"))
            matrix.room_for(self._index.count, int(batch.arrivals.max(initial=0)))
            scatter_rows(lines, matrix.first, batch, matrix.codes, matrix.arrivals, matrix.conflicts, counts)
        return int(rows.num_rows)

    def _within_reason(self, rows: pa.RecordBatch) -> tuple[int, int]:
        """First and last time of a batch, stray ones cut off; the first after the last where all are."""
        found = pc.min_max(rows.column("interval_start").cast(pa.int64()))
        unit = rows.column("interval_start").type.unit
        low, high = microseconds_of(found["min"].as_py(), unit), microseconds_of(found["max"].as_py(), unit)
        return max(low, self._span.earliest_us), min(high, self._span.latest_us)

    def _judge(self, matrix: SlotMatrix, last: int, id_type: pa.DataType) -> None:
        assert self._seen_us is not None  # nothing is judged before something was read
        self.grid = self.grid or matrix.grid_between(*self._seen_us)
        limits = self._limits_for(self.grid)
        scratch = new_scratch(limits, has_arrivals=False)
        line, n_lines = 0, last - matrix.first
        while line < n_lines:
            codes, conflicts = matrix.cut(self.grid, line, min(line + METERS_AT_ONCE, n_lines))
            verdicts = new_verdicts(len(codes), limits)
            after, n_rows = judge_matrix(codes, 0, len(codes), limits, scratch, verdicts)
            verdicts.conflicts[:after] = conflicts[:after]
            self._gathering.add(self._index.ids(matrix.first + line, matrix.first + line + after, id_type), verdicts, n_rows)
            line += after


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
