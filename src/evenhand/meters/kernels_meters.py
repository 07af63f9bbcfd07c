"""Many meters through one rule: the loops that run without the interpreter.

Modelling choice: a meter's slots live in one small array that every meter of a thread uses in turn; only its interruptions are written out.
"""

# ruff: noqa: PLR0917 (a kernel takes plain arrays and numbers by place: objects would cost time in every call)

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.compiled import kernel
from evenhand.meters.energy_codes import ESTIMATED, MISSING
from evenhand.meters.kernels_interruptions import METER, judge_meter
from evenhand.meters.kernels_slots import CONFLICTS_PENDING, Batch, fill_slots
from evenhand.meters.limits import Limits

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Rows = NDArray[np.int32]


class Scratch(NamedTuple):
    """What one thread works on; each meter overwrites the last."""

    codes: Bytes  # (slots,)
    arrivals: Integers  # (slots,), or empty where readings have no order of arrival
    conflicts: Bytes  # (slots,)
    marks: Bytes  # (slots and up to seven more, which stay marked as power,)
    words: NDArray[np.uint64]  # the same memory, eight marks at a time
    room: Bytes  # (slots,)
    habits: Integers
    by_hour: Integers  # (twice the slots of a day,)
    counts: Integers
    silences: Integers  # (n, 2): slots from and before which the head end had nothing of anybody
    seen: NDArray[np.int32]  # (2, slots): of how many meters there was a row, and a reading that was received


class Verdicts(NamedTuple):
    """What is written: one status, reason and count of conflicts a meter, one row an interruption."""

    statuses: Bytes
    reasons: Bytes
    conflicts: NDArray[np.int32]
    rows: Rows


@kernel()
def judge_runs(
    starts: Integers, first_run: int, last_run: int, batch: Batch, limits: Limits, scratch: Scratch, verdicts: Verdicts
) -> tuple[int, int]:
    """Meters whose rows stand together; meter `k` of the verdicts is run `first_run + k`.

    Returns the run after the last judged (the room for rows may end first) and the row after the last written.
    """
    most = limits.n_slots // 2 + 1
    row: Any = np.int64(0)  # of a plain 0 a version of its own would be compiled
    for run in range(first_run, last_run):
        if row + most > verdicts.rows.shape[0]:
            return run, row
        scratch.codes[:] = 0
        scratch.arrivals[:] = 0
        fill_slots(starts[run], starts[run + 1], batch, scratch.codes, scratch.arrivals, scratch.conflicts, scratch.counts, scratch.room)
        meter = run - first_run
        verdicts.conflicts[meter] = _take_conflicts(scratch)
        row = _judge(scratch.codes, meter, row, limits, scratch, verdicts)
    return last_run, row


@kernel()
def judge_matrix(codes: NDArray[np.uint8], first: int, last: int, limits: Limits, scratch: Scratch, verdicts: Verdicts) -> tuple[int, int]:
    """Lines `first` to `last` of a matrix meter × slot; meter `k` of the verdicts is line `first + k`. Returns as `judge_runs`."""
    most = limits.n_slots // 2 + 1
    row: Any = np.int64(0)
    for line in range(first, last):
        if row + most > verdicts.rows.shape[0]:
            return line, row
        row = _judge(codes[line], line - first, row, limits, scratch, verdicts)
    return last, row


@kernel()
def _judge(codes: Bytes, meter: int, row: int, limits: Limits, scratch: Scratch, verdicts: Verdicts) -> int:
    _count(codes, MISSING, scratch.seen[0])
    _count(codes, ESTIMATED, scratch.seen[1])
    status, reason, after = judge_meter(
        codes, limits, scratch.silences, scratch.marks, scratch.words, scratch.habits, scratch.by_hour, verdicts.rows, row
    )
    verdicts.statuses[meter], verdicts.reasons[meter] = status, reason
    for k in range(row, after):
        verdicts.rows[k, METER] = meter
    return after


@kernel()
def _count(codes: Bytes, above: int, seen: NDArray[np.int32]) -> None:
    for slot in range(codes.shape[0]):
        seen[slot] += np.int32(codes[slot] > above)


@kernel()
def _take_conflicts(scratch: Scratch) -> int:
    """How many slots of this meter are in conflict; clears them for the next."""
    found = 0
    if scratch.counts[CONFLICTS_PENDING] > 0:
        for slot in range(scratch.conflicts.shape[0]):
            found += scratch.conflicts[slot]
            scratch.conflicts[slot] = 0
        scratch.counts[CONFLICTS_PENDING] = 0
    return found
