"""What a meter does by itself: its own days before the storm.

Modelling choice: a meter is compared with nobody but itself. Counted are the readings received, its zeros and their longest run (lost readings inside
do not end it), the two longest runs that it missed (what happened once is an accident, twice a habit), and its third smallest reading: what is normal
for it is no sign of an outage. What (nearly) no meter sent before the storm is the head end's silence: it is no meter's habit and no interruption.
"""

# ruff: noqa: PLR0917 (a kernel takes plain arrays and numbers by place: objects would cost time in every call)

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.compiled import kernel
from evenhand.meters.energy_codes import ESTIMATED, MOST_POWER, UNUSABLE, ZERO
from evenhand.meters.limits import Limits

# Places in the array of habits
RECEIVED: Final = 0
ZEROS: Final = 1
LONGEST_ZERO_RUN: Final = 2
LONGEST_MISSING_RUN: Final = 3
SECOND_MISSING_RUN: Final = 4
FIRST_RECEIVED: Final = 5  # slot
DARK_CODE: Final = 6  # readings with at most this code count as dark: ZERO, or more where the meter creeps
GAP_LEAST: Final = 7  # a run of missing readings this long is unlike the meter
EVERY_FEW: Final = 8  # slots of the longest stretch in which just one of every two (three, …) is received
ABSENCE: Final = 9  # the longest run that it missed, if of half a day or more, else 0
ABSENCE_BEGIN: Final = 10  # slot in which such an absence began …
ABSENCE_END: Final = 11  # … and the one after it
N_HABITS: Final = 12

# Marks of a slot
POWER: Final = 0
DARK: Final = 1
MISSED: Final = 2
UNCLEAR: Final = 3  # a zero that is usual for this meter at this hour, next to zeros that are not
NO_ENERGY: Final = 4  # received, but infinite or absurd: no sign of power, and none of silence

LOST_INSIDE: Final = 2  # missing readings in a row that do not end a run of zeros

# The product of a single bit and this number has the bit's place in its six highest bits: which byte is the first that is not zero, without a branch.
_DE_BRUIJN: Final = np.uint64(0x03F79D71B4CB0A89)
_BYTE_OF_BIT: Final = np.zeros(64, dtype=np.int64)
_BYTE_OF_BIT[[((1 << bit) * int(_DE_BRUIJN) & 0xFFFFFFFFFFFFFFFF) >> 58 for bit in range(64)]] = np.arange(64) // 8

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]
Words = NDArray[np.uint64]


@kernel()
def mark_slots(codes: Bytes, dark_code: int, silences: Integers, marks: Bytes) -> int:
    """Power (0), dark (1) or missed (2): one comparison more each, so that it is done many slots at a time; the rest is rare.

    What was missed in `silences` of everybody, shape (n, 2), slots from and before, is marked as power; returns how many slots.
    """
    for slot in range(codes.shape[0]):
        marks[slot] = np.uint8(codes[slot] <= dark_code) + np.uint8(codes[slot] <= ESTIMATED)
    if _has(codes, UNUSABLE, UNUSABLE):
        for slot in range(codes.shape[0]):
            if codes[slot] == UNUSABLE:
                marks[slot] = NO_ENERGY
    left_out = 0
    for k in range(silences.shape[0]):
        for slot in range(silences[k, 0], silences[k, 1]):
            if marks[slot] == MISSED:
                marks[slot] = POWER
                left_out += 1
    return left_out


@kernel()
def leave_out_lost(marks: Bytes, limits: Limits, blocks: Bytes) -> int:
    """The marks into `blocks`, but for single lost readings between powered ones, as power; returns how many of these the baseline has.

    They begin and end nothing, and are by far the most frequent. Only where they may be every second slot for half a day are they left in.
    """
    n = limits.n_slots
    blocks[0], blocks[n - 1] = marks[0], marks[n - 1]
    one, two, four = np.uint64(1), np.uint64(2), np.uint64(4)  # an index that might be negative would cost a comparison each
    for k in range(n - 2):
        slot = np.uint64(k)
        is_kept = (marks[slot] != POWER) | (marks[slot + one] != MISSED) | (marks[slot + two] != POWER)
        blocks[slot + one] = marks[slot + one] * np.uint8(is_kept)
    has_alternating = False
    for k in range(n - 4):
        slot = np.uint64(k)
        lost = (marks[slot] ^ blocks[slot]) & (marks[slot + two] ^ blocks[slot + two]) & (marks[slot + four] ^ blocks[slot + four])
        has_alternating |= lost != 0
    if has_alternating:
        blocks[:n] = marks[:n]
        return 0
    count = 0
    for k in range(limits.baseline_end):
        count += marks[k] != blocks[k]
    return count


@kernel()
def next_without_power(words: Words, slot: int, n: int) -> int:
    """The next slot from `slot` on, before `n`, that is not marked as power, else `n`; `words` are the blocks, eight at a time, the first lowest."""
    if slot >= n:
        return n
    word = words[slot >> 3] >> np.uint64(8 * (slot & 7))
    if word == 0:
        slot = (slot | 7) + 1
        while slot < n and words[slot >> 3] == 0:
            slot += 8
        if slot >= n:
            return n
        word = words[slot >> 3]
    lowest = word & (~word + np.uint64(1))
    found: Any = slot + _BYTE_OF_BIT[(lowest * _DE_BRUIJN) >> np.uint64(58)]
    return int(min(found, n))


@kernel()
def learn_habits(codes: Bytes, limits: Limits, silences: Integers, marks: Bytes, blocks: Bytes, words: Words, habits: Integers) -> None:
    """Marks all slots, fills `habits` from those before `limits.baseline_end`, then decides on creep and on how long a gap must be.

    `silences` of everybody end before `limits.baseline_end`.
    """
    left_out = mark_slots(codes, ZERO, silences, marks)
    lost = leave_out_lost(marks, limits, blocks)
    _count_baseline(limits, lost, marks, words, habits)
    habits[RECEIVED] -= left_out
    habits[FIRST_RECEIVED] = _first_received(codes)
    habits[DARK_CODE] = _dark_code(codes, limits)
    if habits[DARK_CODE] > ZERO:
        mark_slots(codes, habits[DARK_CODE], silences, marks)
        leave_out_lost(marks, limits, blocks)
    habits[GAP_LEAST] = max(limits.min_gap, habits[SECOND_MISSING_RUN] + 1)
    if 2 * habits[SECOND_MISSING_RUN] >= limits.slots_per_day:  # whole days: the next absence may be longer than any before
        habits[GAP_LEAST] += habits[LONGEST_MISSING_RUN] * limits.habit_percent // 100
    habits[ABSENCE] = habits[LONGEST_MISSING_RUN] if 2 * habits[LONGEST_MISSING_RUN] >= limits.slots_per_day else 0


@kernel()
def _first_received(codes: Bytes) -> int:
    slot = 0
    while slot < codes.shape[0] and codes[slot] <= ESTIMATED:
        slot += 1
    return slot


@kernel()
def _count_baseline(limits: Limits, lost: int, marks: Bytes, words: Words, habits: Integers) -> None:
    """`lost` single readings are left out of `words`."""
    end = limits.baseline_end
    zeros = longest_zero = 0
    missed, longest_missing, second_missing = lost, min(lost, 1), max(min(lost - 1, 1), 0)
    absence_begin = absence_end = -limits.slots_per_day  # like no slot
    zero_begin, last_zero = 0, -end - 2
    after_last = 0  # the slot after the last one without power
    slot: Any = np.int64(0)  # of a plain 0 a version of its own would be compiled
    while True:
        slot = next_without_power(words, slot, end)
        if slot >= end:
            break
        begin = slot
        if marks[slot] == MISSED:
            while slot < end and marks[slot] == MISSED:
                slot += 1
            run = slot - begin
            missed += run
            if run > longest_missing:
                longest_missing, second_missing = run, longest_missing
            elif run > second_missing:
                second_missing = run
            if 2 * run >= limits.slots_per_day:
                absence_begin = begin if begin > 0 else absence_begin
                absence_end = slot if slot < end else absence_end
        elif marks[slot] == NO_ENERGY:
            missed += 1
            slot += 1
        else:
            while slot < end and marks[slot] == DARK:
                slot += 1
            zeros += slot - begin
            if begin > after_last or begin - last_zero > LOST_INSIDE + 1:
                zero_begin = begin
            last_zero = slot - 1
            longest_zero = max(longest_zero, slot - zero_begin)
        after_last = slot
    habits[RECEIVED] = end - missed
    habits[ZEROS] = zeros
    habits[LONGEST_ZERO_RUN] = longest_zero
    habits[LONGEST_MISSING_RUN] = longest_missing
    habits[SECOND_MISSING_RUN] = second_missing
    habits[ABSENCE_BEGIN], habits[ABSENCE_END] = absence_begin, absence_end


@kernel()
def _dark_code(codes: Bytes, limits: Limits) -> int:
    """ZERO, or the greatest creep code where the meter shows creep: a run of tiny readings far below all of its baseline."""
    if not _has(codes, ZERO + 1, limits.creep_cap):
        return ZERO
    most = min(limits.creep_cap, _low_code(codes, limits.baseline_end) - limits.creep_steps)
    run = tiny_of_run = 0
    for slot in range(limits.baseline_end, codes.shape[0]):
        code = codes[slot]
        if code > most:
            run = tiny_of_run = 0
        elif code >= ZERO:
            run += 1
            tiny_of_run += code > ZERO
            if run >= limits.min_dark and 2 * tiny_of_run >= run:
                return most
    return ZERO


@kernel()
def _has(codes: Bytes, low: int, high: int) -> bool:
    """Is there any code from `low` to `high`? By whole array and in bytes, which is quicker than to stop early."""
    found = False
    least, most = np.uint8(low), np.uint8(high)
    for slot in range(codes.shape[0]):
        found |= (codes[slot] >= least) & (codes[slot] <= most)
    return found


@kernel()
def _low_code(codes: Bytes, end: int) -> int:
    """The third smallest reading above zero of the baseline."""
    low, middle, high = MOST_POWER, MOST_POWER, MOST_POWER
    for slot in range(end):
        code: Any = np.int64(codes[slot])
        if code <= ZERO or code >= high:
            continue
        if code < low:
            low, middle, high = code, low, middle
        elif code < middle:
            middle, high = code, middle
        else:
            high = code
    return high


@kernel()
def has_zero_habit(habits: Integers, limits: Limits) -> bool:
    """Does the meter read zero by itself, so that a zero alone says little?"""
    return bool(habits[ZEROS] * 1000 > limits.zero_per_mille * habits[RECEIVED])


@kernel()
def is_vacant(habits: Integers, limits: Limits) -> bool:
    """Does it read next to nothing but zeros?"""
    return bool(habits[ZEROS] * 1000 >= limits.vacant_per_mille * max(habits[RECEIVED], 1))


@kernel()
def zero_run_least(habits: Integers, limits: Limits) -> int:
    """A run of zeros this long is evidence in itself, for a meter that reads zero at times."""
    return int(limits.min_dark + habits[LONGEST_ZERO_RUN] * limits.habit_percent // 100)


@kernel()
def count_zeros_by_hour(codes: Bytes, limits: Limits, by_hour: Integers) -> None:
    """Zeros of the baseline by slot of the day: those of the slot itself, and from `slots_per_day` on those near it."""
    day, margin = limits.slots_per_day, limits.same_hour_margin
    by_hour[:] = 0
    for slot in range(limits.baseline_end):
        if codes[slot] == ZERO:
            by_hour[slot % day] += 1
    for slot in range(day):
        for near in range(slot - margin, slot + margin + 1):
            by_hour[day + slot] += by_hour[near % day]


@kernel()
def zeros_around(slot: int, by_hour: Integers, limits: Limits) -> int:
    """Zeros of the baseline near this time of the day."""
    return int(by_hour[limits.slots_per_day + slot % limits.slots_per_day])


@kernel()
def is_usual(slot: int, by_hour: Integers, limits: Limits) -> bool:
    """Was most of the baseline zero near this time of the day?"""
    days_around = limits.baseline_end * (2 * limits.same_hour_margin + 1) // limits.slots_per_day
    return zeros_around(slot, by_hour, limits) * 1000 >= limits.usual_per_mille * days_around


@kernel()
def is_same_hour(slot: int, other: int, limits: Limits) -> bool:
    """Do two slots lie near each other on the clock?"""
    apart = abs(slot - other) % limits.slots_per_day
    return bool(min(apart, limits.slots_per_day - apart) <= limits.same_hour_margin)


@kernel()
def interval_differs(habits: Integers, limits: Limits) -> bool:
    """Is every second slot missing (or two of three, …) for half a day? Then the meter has a longer interval than the others, or one that changed."""
    return bool(2 * habits[EVERY_FEW] >= limits.slots_per_day)


@kernel()
def has_little_baseline(habits: Integers, limits: Limits) -> bool:
    """Begin its readings too late, or were too few received? A silence at the begin that would tell of nothing else is not held against it."""
    is_late = habits[FIRST_RECEIVED] >= limits.baseline_end - limits.min_baseline + limits.min_gap
    return bool(is_late or habits[RECEIVED] < limits.min_received)
