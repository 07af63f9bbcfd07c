"""Readings that lie meter by meter: judged as they are decoded, never gathered.

Modelling choice: a meter's rows must stand together; their order inside does not matter, nor which file or row group they lie in. Two threads decode
row groups and judge every meter that lies whole inside one; the first and last meter of a part are handed on as slots and put together at the seams.
Should an id turn up again after its meter was judged, the rows do not stand together after all: nothing found so far is used (`NotGrouped`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.attendance import NO_SILENCES, Attendance, attendance_of
from evenhand.meters.judged import Gathering, Judged, new_scratch, new_verdicts
from evenhand.meters.kernels_meters import Scratch, judge_matrix, judge_runs
from evenhand.meters.kernels_slots import N_COUNTS, Batch, fill_slots, merge_slots, run_starts
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.ordered_work import in_order
from evenhand.meters.parquet_parts import Further, Part, open_part
from evenhand.meters.row_batches import RowReader, ids_and_keys, ids_at, is_ascending

N_THREADS: Final = 2
PARTS_AHEAD: Final = 4
MANY_RUNS, RUN_ROWS_LEAST = 1_000, 4
Progress = Callable[[int, int], None]


class NotGrouped(Exception):
    """The rows of a meter do not stand together; the other road must be taken. Never leaves the package."""


@dataclass(slots=True)
class OpenMeter:
    """A meter whose rows may go on."""

    id: pa.Array  # of length one
    codes: NDArray[np.uint8]
    arrivals: NDArray[np.int64]
    conflicts: NDArray[np.uint8]


class GroupJudge:
    """Takes batches in order; judges each meter once another one follows. Not for two threads at once."""

    def __init__(self, limits: Limits, silences: NDArray[np.int64], *, has_arrivals: bool) -> None:
        self._limits = limits
        self._has_arrivals = has_arrivals
        self.scratch: Scratch = new_scratch(limits, has_arrivals=has_arrivals, silences=silences)
        self.gathering = Gathering()
        self.first: OpenMeter | None = None
        self.last: OpenMeter | None = None
        self._keeps_first = True

    def feed(self, ids: pa.Array, batch: Batch) -> None:
        """Rows of one batch."""
        keys, texts = ids_and_keys(ids)
        starts = np.empty(keys.size + 1, np.int64)
        n_runs = run_starts(keys, starts)
        if n_runs == 0:
            return
        if n_runs > MANY_RUNS and RUN_ROWS_LEAST * n_runs > keys.size:
            raise NotGrouped  # readings in time order: seen before anything is made of them
        run_ids = ids_at(keys[starts[:n_runs]], texts)
        if not is_ascending(run_ids) and pc.count_distinct(run_ids).as_py() < n_runs:
            raise NotGrouped
        run = self._go_on(run_ids, starts, batch)
        if run == 0 and self._keeps_first and self.last is None:  # the very first meter may have begun in the part before
            self.last, run = self._opened(run_ids.slice(0, 1), starts, 0, batch), 1
        if run < n_runs:
            self.close()
            self._judge(run_ids, starts, run, n_runs - 1, batch)
            self.last = self._opened(run_ids.slice(n_runs - 1, 1), starts, n_runs - 1, batch)

    def close(self) -> None:
        """The open meter is complete: the first one is kept as it is, because a part before this one may hold its beginning."""
        if self.last is None:
            return
        if self._keeps_first:
            self.first, self._keeps_first = self.last, False
        else:
            self.judge_open(self.last)
        self.last = None

    def judge_open(self, meter: OpenMeter) -> None:
        """A meter put together from parts."""
        verdicts = new_verdicts(1, self._limits)
        _, n_rows = judge_matrix(meter.codes[None, :], 0, 1, self._limits, self.scratch, verdicts)
        verdicts.conflicts[0] = np.count_nonzero(meter.conflicts)
        self.gathering.add(meter.id, verdicts, n_rows)

    def merge(self, meter: OpenMeter, more: OpenMeter) -> None:
        """`more` is a further part of `meter`."""
        mine, other = (meter.codes, meter.arrivals, meter.conflicts), (more.codes, more.arrivals, more.conflicts)
        merge_slots(*mine, *other, self._has_arrivals, self.scratch.counts)

    def _go_on(self, run_ids: pa.Array, starts: NDArray[np.int64], batch: Batch) -> int:
        """The first run may belong to the open meter; returns the first run that does not."""
        if self.last is None or not run_ids.slice(0, 1).equals(self.last.id):
            return 0
        self._fill(self.last, starts, 0, batch, is_new=False)
        return 1

    def _opened(self, meter_id: pa.Array, starts: NDArray[np.int64], run: int, batch: Batch) -> OpenMeter:
        n = self._limits.n_slots
        meter = OpenMeter(meter_id, np.zeros(n, np.uint8), np.zeros(n if self._has_arrivals else 0, np.int64), np.zeros(n, np.uint8))
        self._fill(meter, starts, run, batch, is_new=True)
        return meter

    def _fill(self, meter: OpenMeter, starts: NDArray[np.int64], run: int, batch: Batch, *, is_new: bool) -> None:
        scratch = self.scratch
        slots = (meter.codes, meter.arrivals, meter.conflicts)
        fill_slots(starts[run], starts[run + 1], batch, *slots, scratch.counts, scratch.room, is_new)

    def _judge(self, run_ids: pa.Array, starts: NDArray[np.int64], run: int, last: int, batch: Batch) -> None:
        while run < last:
            verdicts = new_verdicts(last - run, self._limits)
            after, n_rows = judge_runs(starts, run, last, batch, self._limits, self.scratch, verdicts)
            self.gathering.add(run_ids.slice(run, after - run), verdicts, n_rows)
            run = after


class _Seams:
    """Puts parts together in their order, and sees to it that no meter comes twice."""

    def __init__(self, limits: Limits, silences: NDArray[np.int64], *, has_arrivals: bool) -> None:
        self._judge = GroupJudge(limits, silences, has_arrivals=has_arrivals)
        self._open: OpenMeter | None = None
        self._gathering = Gathering()
        self._seen = _SeenIds()
        self.counts = np.zeros(N_COUNTS, np.int64)
        self.seen = np.zeros((2, limits.n_slots), np.int32)

    def add(self, part: GroupJudge) -> None:
        """The next part: closed but for its last meter."""
        self.counts += part.scratch.counts
        self.seen += part.scratch.seen
        for meter in (part.first, part.last):
            if meter is None:
                continue
            if self._open is not None and self._open.id.equals(meter.id):
                self._judge.merge(self._open, meter)
            else:
                self._close()
                self._open = meter
            if meter is part.first:
                self._take(part.gathering)

    def _take(self, gathering: Gathering) -> None:
        if gathering.n_meters:
            self._close()
            for ids in gathering.ids():
                self._seen.add(ids)
            self._gathering.take_over(gathering)

    def _close(self) -> None:
        if self._open is not None:
            self._seen.add(self._open.id)
            self._judge.judge_open(self._open)
            self._gathering.take_over(self._judge.gathering)
            self._judge.gathering = Gathering()
        self._open = None

    def finish(self, id_type: pa.DataType) -> Judged:
        self._close()
        self.counts += self._judge.scratch.counts
        self.seen += self._judge.scratch.seen
        return self._gathering.judged(id_type)


class _SeenIds:
    """No id may come twice. Ids that only rise need no memory; others are kept."""

    def __init__(self) -> None:
        self._greatest: object = None
        self._kept: set[object] | None = None
        self._parts: list[pa.Array] = []

    def add(self, ids: pa.Array) -> None:
        if self._kept is None:
            if is_ascending(ids) and (self._greatest is None or self._greatest < ids[0].as_py()):
                self._greatest = ids[len(ids) - 1].as_py()
                self._parts.append(ids)
                return
            self._kept = {id_ for part in self._parts for id_ in part.to_pylist()}
        before = len(self._kept)
        self._kept.update(ids.to_pylist())
        if len(self._kept) < before + len(ids):
            raise NotGrouped


def judge_sorted(
    parts: list[Part],
    grid: TimeGrid,
    limits_for: Callable[[TimeGrid], Limits],
    *,
    absurd_kwh: float,
    id_type: pa.DataType,
    further: Further,
    progress: Progress,
) -> tuple[Judged, NDArray[np.int64], Attendance]:
    """Judge Parquet files whose rows lie meter by meter, all within `grid`.

    They are read once. Only where some readings lie far from all others, or the head end was silent, is the window another than was assumed, and they
    are read again.

    Returns
    -------
    Judged, counts, Attendance
        In the order of the rows; the counts of `kernels_slots`; the window, and what was silent in it.

    Raises
    ------
    NotGrouped
        Where a meter's rows do not stand together.
    """
    total = sum(part.n_rows for part in parts)

    def judge(window: TimeGrid, silences: NDArray[np.int64]) -> tuple[Judged, _Seams]:
        limits, reader = limits_for(window), RowReader(window, absurd_kwh)
        seams = _Seams(limits, silences, has_arrivals=further.arrival is not None)
        judged = in_order(lambda part: _judged_part(part, reader, limits, silences, further), parts, n_threads=N_THREADS, ahead=PARTS_AHEAD)
        done = 0
        for part, of_part in zip(parts, judged, strict=True):
            seams.add(of_part)
            done += part.n_rows
            progress(done, total)
        return seams.finish(id_type), seams

    judged, seams = judge(grid, NO_SILENCES)
    attendance = attendance_of(seams.seen, judged.n_meters, grid, limits_for(grid))
    if not attendance.is_all_of(grid):
        judged, _ = judge(attendance.window, attendance.silences)
    return judged, seams.counts, attendance


def _judged_part(part: Part, reader: RowReader, limits: Limits, silences: NDArray[np.int64], further: Further) -> GroupJudge:
    judge = GroupJudge(limits, silences, has_arrivals=further.arrival is not None)
    for rows in open_part(part, further):
        judge.feed(rows.column("meter_id"), reader.batch(rows))
    if judge.first is None:
        judge.first, judge.last = judge.last, None
    return judge
