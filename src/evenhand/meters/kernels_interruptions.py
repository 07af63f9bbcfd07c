"""One meter's slots to its interruptions.

Modelling choice: every slot is marked as power, dark, missing or *unclear* (a zero that is usual for this meter at this hour, next to zeros that are
not). A block of slots without power is an interruption if it is long enough and something in it speaks: a reading that should not be zero, or a gap
longer than the meter's own. Its edges are known up to the missing and unclear slots there: fewer than would be a gap count as dark, of a longer
stretch the middle is taken. Power that does not last is a flicker inside it, and power that the readings no longer confirm before they end has not
come back. An energy that cannot be used ends no darkness and is none.
"""

# ruff: noqa: PLR0915, PLR0917 (a kernel takes plain arrays and numbers by place and keeps its state in them: objects would cost time in every call)

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.compiled import kernel
from evenhand.meters.energy_codes import EMPTY, ESTIMATED, UNUSABLE, ZERO
from evenhand.meters.kernels_habits import (
    ABSENCE,
    ABSENCE_BEGIN,
    ABSENCE_END,
    DARK,
    EVERY_FEW,
    GAP_LEAST,
    MISSED,
    NO_ENERGY,
    POWER,
    UNCLEAR,
    count_zeros_by_hour,
    has_little_baseline,
    has_zero_habit,
    interval_differs,
    is_same_hour,
    is_usual,
    is_vacant,
    learn_habits,
    leave_out_lost,
    next_without_power,
    zero_run_least,
    zeros_around,
)
from evenhand.meters.limits import Limits

# Columns of an interruption; slots are half-open, `END` is the number of slots where it does not end
METER: Final = 0
START: Final = 1
END: Final = 2
START_EARLIEST: Final = 3
START_LATEST: Final = 4
END_EARLIEST: Final = 5
END_LATEST: Final = 6
FLICKERS: Final = 7
EVIDENCE: Final = 8
IS_STORM: Final = 9
N_COLUMNS: Final = 10

# Bits of the evidence
BY_GAP: Final = 1
BY_ZERO: Final = 2
BY_REGISTER: Final = 4
BY_EVENT: Final = 8
BY_NEIGHBOURS: Final = 16

# What became of a meter, and why nothing can be said
NEVER_OUT: Final = 0
RESTORED: Final = 1
STILL_OUT: Final = 2
UNKNOWN: Final = 3
CLEAR: Final = 0
ZERO_BEFORE: Final = 1
LITTLE_BASELINE: Final = 2
DARK_BEFORE: Final = 3
SELDOM_SEEN: Final = 4
OTHER_INTERVAL: Final = 5
LONE_GAP: Final = 6
UNUSABLE_SENT: Final = 7
WIDE_BOUNDS: Final = 8

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Rows = NDArray[np.int32]
Words = NDArray[np.uint64]


@kernel()
def judge_meter(
    codes: Bytes,
    limits: Limits,
    silences: Integers,
    marks: Bytes,
    blocks: Bytes,
    words: Words,
    habits: Integers,
    by_hour: Integers,
    rows: Rows,
    first: int,
) -> tuple[int, int, int]:
    """The meter's interruptions from row `first` of `rows` on; returns its status, the reason of an unknown one, and the row after its last."""
    if not limits.is_robust:
        after = _runs_of_zeros(codes, limits, rows, first)
        return _pick_storm(limits, rows, first, after), CLEAR, after
    learn_habits(codes, limits, silences, marks, blocks, words, habits)
    reads_zero = has_zero_habit(habits, limits)
    is_silent = False
    if reads_zero:
        is_silent = _weigh_zeros(codes, limits, habits, by_hour, marks)
        leave_out_lost(marks, limits, blocks)
    after = _find_interruptions(marks, blocks, words, limits, habits, reads_zero, rows, first)
    if interval_differs(habits, limits):
        return UNKNOWN, OTHER_INTERVAL, first
    if has_little_baseline(habits, limits):
        return UNKNOWN, LITTLE_BASELINE, first
    status = _pick_storm(limits, rows, first, after)
    if status != NEVER_OUT:
        return status, CLEAR, after
    reason = _why_unknown(codes, limits, habits, is_silent, rows, first, after)
    return (NEVER_OUT if reason == CLEAR else UNKNOWN), reason, after


@kernel()
def _weigh_zeros(codes: Bytes, limits: Limits, habits: Integers, by_hour: Integers, marks: Bytes) -> bool:
    """Zeros of a meter that reads zero by itself: keep the unusual, take the rest as power or unclear. True: half a day of zeros says nothing."""
    count_zeros_by_hour(codes, limits, by_hour)
    vacant = is_vacant(habits, limits)
    long = zero_run_least(habits, limits)
    is_silent = False
    slot: Any = np.int64(0)  # of a plain 0 a version of its own would be compiled
    n = limits.n_slots
    while slot < n:
        if marks[slot] != DARK:
            slot += 1
            continue
        begin = slot
        end, n_unusual = _zero_piece(marks, begin, by_hour, limits, habits[GAP_LEAST])
        is_evidence = not vacant and (n_unusual >= limits.habit_dark or end - begin >= long)
        for k in range(begin, end):
            if marks[k] == DARK:
                if not is_evidence:
                    marks[k] = POWER
                elif is_usual(k, by_hour, limits):
                    marks[k] = UNCLEAR
        if not is_evidence and 2 * (end - begin) >= limits.slots_per_day and begin < limits.window_end and end > limits.window_begin:
            is_silent = True
        slot = end
    return is_silent


@kernel()
def _zero_piece(marks: Bytes, begin: int, by_hour: Integers, limits: Limits, gap_least: int) -> tuple[int, int]:
    """A stretch of zeros with lost readings inside: its end (after its last zero) and how many of its zeros are unusual for the hour."""
    end, n_unusual, missed = begin, 0, 0
    slot = begin
    while slot < limits.n_slots and marks[slot] != POWER and missed < gap_least:
        if marks[slot] == DARK:
            missed = 0
            end = slot + 1
            if zeros_around(slot, by_hour, limits) == 0:
                n_unusual += 1
        else:
            missed += 1
        slot += 1
    return end, n_unusual


@kernel()
def _find_interruptions(
    marks: Bytes, blocks: Bytes, words: Words, limits: Limits, habits: Integers, answers_with_zeros: bool, rows: Rows, first: int
) -> int:
    """A block that qualifies, with what came shortly before it, up to power that lasts. Fills `habits[EVERY_FEW]` on the way."""
    count = first
    n = limits.n_slots
    gap_least = habits[GAP_LEAST]
    every_few = few_from = lost_run = 0  # of slots missing by themselves: as many, one reading apart, from a slot on
    lost_end = -2
    slot: Any = np.int64(0)
    early = early_core = -1  # begin of darkness too short to tell, after which power did not last
    n_early = 0
    while True:
        slot = next_without_power(words, slot, n)
        if slot >= n:
            habits[EVERY_FEW] = every_few
            return count
        if marks[slot] == MISSED and slot + 1 < n and marks[slot + 1] == POWER:
            few_from = few_from if slot == lost_end + 1 and lost_run == 1 else slot
            lost_end, lost_run = slot + 1, 1
            every_few = max(every_few, slot - few_from)
            slot += 1
            continue
        end = _end_of_block(marks, slot, n)
        whole, silent_end = end, _end_of_silence(marks, slot, end)
        answered = silent_end if silent_end - slot >= gap_least else end
        if answers_with_zeros and answered < end:
            for k in range(answered, end):
                marks[k] = blocks[k] = POWER
            end = answered
        if silent_end >= end:
            few_from = few_from if slot == lost_end + 1 and lost_run == end - slot else slot
            lost_end, lost_run = end, end - slot
            every_few = max(every_few, slot - few_from)
        core, core_end, evidence = _core(marks, slot, end, limits, habits)
        if end - slot < limits.min_dark or core_end - core < limits.min_dark - 1:
            if evidence == 0 and end - slot < limits.min_dark:  # lost readings neither begin nor end anything
                slot = end
                continue
            if _is_confirmed(marks, end, limits, gap_least):
                n_early = 0
            else:
                early, early_core = (slot, min(core, end)) if n_early == 0 else (early, early_core)
                n_early += 1
            slot = end
            continue
        if n_early > 0:
            slot, core = early, (early_core if evidence > 0 else early)
        row = rows[count]
        row[START_EARLIEST] = slot
        row[START_LATEST] = core
        row[START] = _dark_edge(core, slot, limits)
        row[FLICKERS] = n_early
        n_early = 0
        slot = _follow(marks, limits, habits, end, core_end, evidence, row)
        row[END_LATEST] = max(row[END_LATEST], whole)
        if row[END_LATEST] == whole < n:
            row[END_EARLIEST] = min(row[END_EARLIEST], answered)
        count += 1


@kernel()
def _end_of_silence(marks: Bytes, begin: int, end: int) -> int:
    """Where a block that begins with a gap goes on with zeros, else its end.

    A meter that fell silent in the dark may answer because it has power again, and nobody is at home. So it is with one that reads zero by itself.
    Of another it is not known: its zeros count as dark, and the bounds begin where it answered.
    """
    slot = begin
    while slot < end and marks[slot] == MISSED:
        slot += 1
    return slot


@kernel()
def _follow(marks: Bytes, limits: Limits, habits: Integers, end: int, core_end: int, evidence: int, row: NDArray[np.int32]) -> int:
    """From the first block on to power that lasts; writes the end of the interruption and returns it."""
    n = limits.n_slots
    gap_least = habits[GAP_LEAST]
    is_open = True
    while end < n:
        if _is_confirmed(marks, end, limits, gap_least):
            is_open = False
            break
        begin = end
        while begin < n and marks[begin] == POWER:
            begin += 1
        if begin >= n:
            break
        row[FLICKERS] += 1
        end = _end_of_block(marks, begin, n)
        _, core_end, more = _core(marks, begin, end, limits, habits)
        core_end = core_end if core_end > begin else end
        evidence |= more
    row[END_EARLIEST] = end if end == n else core_end
    row[END_LATEST] = n if is_open else end
    row[END] = n if is_open else _dark_edge(core_end, end, limits)
    row[EVIDENCE] = evidence
    row[IS_STORM] = 0
    return n if is_open else end


@kernel()
def _end_of_block(marks: Bytes, begin: int, n: int) -> int:
    end = begin
    while end < n and marks[end] != POWER:
        end += 1
    return end


@kernel()
def _is_confirmed(marks: Bytes, slot: int, limits: Limits, gap_least: int) -> bool:
    """Does power last from here on? Lost readings and energies that cannot be used put the answer off; where the readings end, there is none."""
    powered = missed = 0
    needed = max(limits.confirm - limits.lost_allowed, min(limits.confirm, 2))  # one hour alone confirms nothing, whatever the next ones are
    for k in range(slot, limits.n_slots):
        if marks[k] == MISSED:
            missed += 1
            if missed >= gap_least:
                return False
        elif marks[k] == POWER:
            missed = 0
            powered += 1
        elif marks[k] != NO_ENERGY:
            return False
        if powered >= needed and k + 1 - slot >= limits.confirm:
            return True
    return False


@kernel()
def _dark_edge(surely: int, possibly: int, limits: Limits) -> int:
    """An edge between what is surely and what is possibly dark: next to darkness, slots too few for a gap are dark, of more it is the middle."""
    return possibly if abs(surely - possibly) < limits.min_gap else (surely + possibly) // 2


@kernel()
def _core(marks: Bytes, begin: int, end: int, limits: Limits, habits: Integers) -> tuple[int, int, int]:
    """What of a block is surely dark: from its first to its last unusual zero or long gap. Empty (`end, begin`) where nothing speaks."""
    core, core_end, evidence = end, begin, 0
    has_unclear = False
    slot = begin
    while slot < end:
        if marks[slot] == MISSED:
            gap = slot
            while slot < end and marks[slot] == MISSED:
                slot += 1
            if slot - gap >= habits[GAP_LEAST]:
                begun, ended = gap + _own_absence(gap, ABSENCE_BEGIN, limits, habits), slot - _own_absence(slot, ABSENCE_END, limits, habits)
                core = min(core, begun if begun < ended else gap)
                core_end = ended if begun < ended else slot
                evidence |= BY_GAP
        elif marks[slot] == DARK:
            core = min(core, slot)
            while slot < end and marks[slot] == DARK:
                slot += 1
            core_end = slot
            evidence |= BY_ZERO
        else:
            has_unclear |= marks[slot] == UNCLEAR
            slot += 1
    if evidence == 0 and has_unclear:
        return begin, end, BY_ZERO
    return core, core_end, evidence


@kernel()
def _own_absence(slot: int, edge: int, limits: Limits, habits: Integers) -> int:
    """How much of a gap may be the meter's own absence: none, but for one that was absent for days, where the gap begins or ends at that hour."""
    return int(habits[ABSENCE]) if habits[ABSENCE] > 0 and habits[edge] >= 0 and is_same_hour(slot, habits[edge], limits) else 0


@kernel()
def _pick_storm(limits: Limits, rows: Rows, first: int, after: int) -> int:
    """Marks the longest interruption that begins in the storm's window, the first of equals; returns the meter's status."""
    best = -1
    for k in range(first, after):
        if limits.window_begin <= rows[k, START] < limits.window_end and (best < 0 or _length(rows[k]) > _length(rows[best])):
            best = k
    if best < 0:
        return NEVER_OUT
    rows[best, IS_STORM] = 1
    return STILL_OUT if rows[best, END] >= limits.n_slots else RESTORED


@kernel()
def _length(row: NDArray[np.int32]) -> int:
    return int(row[END] - row[START])


@kernel()
def _why_unknown(codes: Bytes, limits: Limits, habits: Integers, is_silent: bool, rows: Rows, first: int, after: int) -> int:
    """No storm outage was seen: would it have been seen?"""
    for k in range(first, after):
        if rows[k, START] < limits.window_begin and rows[k, END] > limits.event_slot:
            return DARK_BEFORE
    if is_vacant(habits, limits) or is_silent:
        return ZERO_BEFORE
    begin, end = max(limits.window_begin, 0), min(limits.window_end, limits.n_slots)
    received = hidden = 0
    has_unusable = False
    for slot in range(begin, end):
        received += codes[slot] > ESTIMATED
        hidden = 0 if codes[slot] > UNUSABLE else hidden + 1
        has_unusable = (has_unusable and hidden > 1) or codes[slot] == UNUSABLE
        if has_unusable and hidden >= limits.min_gap:
            return UNUSABLE_SENT
    return SELDOM_SEEN if 2 * received < end - begin else CLEAR


@kernel()
def _runs_of_zeros(codes: Bytes, limits: Limits, rows: Rows, first: int) -> int:
    """The simple rule: runs of received zeros, over whatever is missing; they end at the next reading that is not zero."""
    count = first
    start = -1
    last = -1
    n = limits.n_slots
    for slot in range(n + 1):
        if slot < n and codes[slot] <= EMPTY:
            continue
        if slot < n and codes[slot] == ZERO:
            start = slot if start < 0 else start
            last = slot
            continue
        if start >= 0:
            row = rows[count]
            row[START] = row[START_EARLIEST] = row[START_LATEST] = start
            row[END] = row[END_LATEST] = slot
            row[END_EARLIEST] = n if slot == n else last + 1
            row[FLICKERS] = row[IS_STORM] = 0
            row[EVIDENCE] = BY_ZERO
            count += 1
        start = -1
    return count
