"""Many meters through one rule: the loops that run without the interpreter.

Modelling choice: a meter's slots live in one small array that every meter of a thread uses in turn; only its interruptions are written out.
"""

# ruff: noqa: PLR0917 (a kernel takes plain arrays and numbers by place: objects would cost time in every call)

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.compiled import kernel
from evenhand.meters.energy_codes import ESTIMATED, MISSING
from evenhand.meters.kernels_interruptions import METER, judge_meter
from evenhand.meters.kernels_slots import CONFLICTS_PENDING, Batch, Room, fill_slots
from evenhand.meters.limits import Limits

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Rows = NDArray[np.int32]

BYTES_HOLD: Final = 255


class Scratch(NamedTuple):
    """What one thread works on; each meter overwrites the last."""

    codes: Bytes  # (slots,)
    arrivals: Integers  # (slots,), or empty where readings have no order of arrival
    conflicts: Bytes  # (slots,)
    marks: Bytes  # (slots,)
    blocks: Bytes  # (slots and up to seven more, which stay marked as power,): the marks without single lost readings
    words: NDArray[np.uint64]  # the same memory as the blocks, eight at a time
    room: Room
    habits: Integers
    by_hour: Integers  # (twice the slots of a day,)
    counts: Integers
    silences: Integers  # (n, 2): slots from and before which the head end had nothing of anybody
    seen: Rows  # (2, slots): of how many meters there was a row, and a reading that was received
    lately: Bytes  # (2, slots): those of the last meters that `seen` does not count yet; in bytes, which are added many at a time


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
            _settle(scratch)
            return run, row
        if (run - first_run) % BYTES_HOLD == 0:
            _settle(scratch)
        scratch.codes[:] = 0
        scratch.arrivals[:] = 0
        fill_slots(starts[run], starts[run + 1], batch, scratch.codes, scratch.arrivals, scratch.conflicts, scratch.counts, scratch.room, True)
        meter = run - first_run
        verdicts.conflicts[meter] = _take_conflicts(scratch)
        row = _judge(scratch.codes, meter, row, limits, scratch, verdicts)
    _settle(scratch)
    return last_run, row


@kernel()
def judge_matrix(codes: NDArray[np.uint8], first: int, last: int, limits: Limits, scratch: Scratch, verdicts: Verdicts) -> tuple[int, int]:
    """Lines `first` to `last` of a matrix meter × slot; meter `k` of the verdicts is line `first + k`. Returns as `judge_runs`."""
    most = limits.n_slots // 2 + 1
    row: Any = np.int64(0)
    for line in range(first, last):
        if row + most > verdicts.rows.shape[0]:
            _settle(scratch)
            return line, row
        if (line - first) % BYTES_HOLD == 0:
            _settle(scratch)
        row = _judge(codes[line], line - first, row, limits, scratch, verdicts)
    _settle(scratch)
    return last, row


@kernel()
def _judge(codes: Bytes, meter: int, row: int, limits: Limits, scratch: Scratch, verdicts: Verdicts) -> int:
    _count(codes, MISSING, scratch.lately[0])
    _count(codes, ESTIMATED, scratch.lately[1])
    status, reason, after = judge_meter(
        codes,
        limits,
        scratch.silences,
        scratch.marks,
        scratch.blocks,
        scratch.words,
        scratch.habits,
        scratch.by_hour,
        verdicts.rows,
        row,
    )
    verdicts.statuses[meter], verdicts.reasons[meter] = status, reason
    for k in range(row, after):
        verdicts.rows[k, METER] = meter
    return after


@kernel()
def _count(codes: Bytes, above: int, lately: Bytes) -> None:
    for slot in range(codes.shape[0]):
        lately[slot] += np.uint8(codes[slot] > above)


@kernel()
def _settle(scratch: Scratch) -> None:
    """What was counted in bytes goes to `seen`, before they run over."""
    for kind in range(2):
        for slot in range(scratch.seen.shape[1]):
            scratch.seen[kind, slot] += np.int32(scratch.lately[kind, slot])
            scratch.lately[kind, slot] = 0


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
