"""Rows into slots: every reading finds the byte of its meter and interval, whatever the order of rows.

Modelling choice: a slot holds what is known best, and the way of taking a row in is commutative, so order and doubles cannot matter. With an order of
arrival the newest row wins, also one without a value. Without one, a measured reading wins over an estimate and an estimate over none; two measured
readings that differ by more than a step of the code are a conflict: the greater is kept, because it never claims an outage, and the slot is counted.
"""

# ruff: noqa: PLR0917, SIM110 (kernels take plain arrays and numbers by place: calls, generators and objects would cost time)

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.compiled import kernel
from evenhand.meters.energy_codes import EMPTY, ESTIMATED, EXPORT, LEAST_POWER, MISSING, MOST_POWER, UNUSABLE, ZERO

# Places in the array of counts
DOUBLE_ROWS: Final = 0
OFF_GRID_ROWS: Final = 1
OUTSIDE_ROWS: Final = 2
ABSURD_ENERGIES: Final = 3
CONFLICTS_PENDING: Final = 4  # more than 0: some slot may be in conflict
ESTIMATED_ROWS: Final = 5
NULL_ROWS: Final = 6
INFINITE_ENERGIES: Final = 7
NOT_NUMBERS: Final = 8
N_COUNTS: Final = 9

TOGETHER_MOST: Final = 64
TILE: Final = 64
ID_BLOCK: Final = 128

_WITHOUT_SIGN: Final = 0x7FFFFFFFFFFFFFFF
_WITHOUT_SIGN_SINGLE: Final = 0x7FFFFFFF
_INFINITE: Final = 0x7FF0000000000000
_INFINITE_SINGLE: Final = 0x7F800000

_LOWEST_BIT: Final = np.array([0] + [(byte & -byte).bit_length() - 1 for byte in range(1, 256)], dtype=np.int64)

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Batch(NamedTuple):
    """Rows as they lie in memory, and how to read them. Arrays that a source does not have are empty."""

    times: Integers  # in the unit of the column
    first_time: int
    time_step: int
    bits: NDArray[np.signedinteger]  # the energies' floats, seen as whole numbers
    shift: int
    offset: int
    absurd: int  # greater magnitudes are no energies: absurd, infinite, not a number
    validity: Bytes  # Arrow's bitmap
    validity_offset: int
    estimates: Bytes  # not 0 = estimated
    arrivals: Integers  # never 0


class Room(NamedTuple):
    """What is made of rows before they go to their slots; for at least one row, and for as many at a time as there is room."""

    codes: Bytes
    slots: NDArray[np.int32]


@kernel()
def run_starts(ids: NDArray[np.signedinteger], starts: Integers) -> int:
    """Where a new id begins, written to `starts` (one longer than `ids` at most); returns how many runs. `starts[count]` is the number of rows."""
    count = 0
    n = ids.shape[0]
    if n > 0:
        starts[0] = 0
        count = 1
    for begin in range(1, n, ID_BLOCK):
        end = min(begin + ID_BLOCK, n)
        if _changes(ids, begin, end):
            for row in range(begin, end):
                if ids[row] != ids[row - 1]:
                    starts[count] = row
                    count += 1
    starts[count] = n
    return count


@kernel()
def _changes(ids: NDArray[np.signedinteger], begin: int, end: int) -> bool:
    """Does any of these rows have another id than the one before it? All are compared, many at a time, which is quicker than to stop early."""
    found = False
    at = np.uint64(begin)
    for k in range(end - begin):
        found |= ids[at + np.uint64(k)] != ids[at + np.uint64(k) - np.uint64(1)]
    return found


@kernel()
def rare_code(
    row: int, bits: NDArray[np.signedinteger], shift: int, offset: int, absurd: int, validity: Bytes, bit: int, estimates: Bytes, counts: Integers
) -> int:
    """The byte of a reading that is not simply power: no value, estimated, zero, export, no number or absurd."""
    if validity.shape[0] > 0 and (validity[bit >> 3] >> (bit & 7)) & 1 == 0:
        counts[NULL_ROWS] += 1
        return EMPTY
    if estimates.shape[0] > 0 and estimates[row] != 0:
        counts[ESTIMATED_ROWS] += 1
        return ESTIMATED
    value: Any = np.int64(bits[row])
    magnitude = value & (_WITHOUT_SIGN if shift > 32 else _WITHOUT_SIGN_SINGLE)
    if magnitude == 0:
        return ZERO
    if magnitude > absurd:
        infinite = _INFINITE if shift > 32 else _INFINITE_SINGLE
        counts[ABSURD_ENERGIES if magnitude < infinite else INFINITE_ENERGIES if magnitude == infinite else NOT_NUMBERS] += 1
        return UNUSABLE if magnitude <= infinite else EMPTY
    code: Any = min(max((magnitude >> shift) - offset, LEAST_POWER), MOST_POWER)
    return int(EXPORT if value < 0 else code)


@kernel()
def keep_better(slot: int, code: int, codes: Bytes, conflicts: Bytes, counts: Integers) -> None:
    """Take a row in where nothing says which is newer."""
    known = codes[slot]
    if known <= EMPTY:
        codes[slot] = code
        return
    if code == EMPTY:
        return
    counts[DOUBLE_ROWS] += 1
    if known >= ZERO and code >= ZERO and known != code:
        conflicts[slot] = 1
        counts[CONFLICTS_PENDING] += 1
    if code > known:
        codes[slot] = code


@kernel()
def keep_newer(slot: int, code: int, arrival: int, codes: Bytes, arrivals: NDArray[np.integer], conflicts: Bytes, counts: Integers) -> None:
    """Take a row in by its arrival (0 = no row yet)."""
    known = np.int64(arrivals[slot])
    if known == 0:
        codes[slot] = code
        arrivals[slot] = arrival
        return
    if arrival == known:
        keep_better(slot, code, codes, conflicts, counts)
        return
    counts[DOUBLE_ROWS] += codes[slot] > EMPTY and code > EMPTY
    if arrival > known:
        codes[slot] = code
        arrivals[slot] = arrival
        conflicts[slot] = 0


@kernel()
def fill_slots(
    begin: int,
    end: int,
    batch: Batch,
    codes: Bytes,
    arrivals: NDArray[np.integer],
    conflicts: Bytes,
    counts: Integers,
    room: Room,
    is_new: bool,
) -> None:
    """Rows `begin` to `end`, all of one meter, into its slots; `is_new`: there is nothing in them yet.

    Slots and codes are worked out in one go that the compiler turns into wide instructions. Rows that rise from slot to slot, as nearly all do, are
    then copied; others go in one by one.
    """
    most = room.codes.shape[0]
    is_plain = is_new and batch.estimates.shape[0] == 0 and batch.arrivals.shape[0] == 0 and end - begin <= most
    for first in range(begin, end, most):
        last = min(first + most, end)
        astray = _slots_of(batch, first, last, codes.shape[0], room.slots)
        is_rising = is_plain and astray == 0 and _rises(room.slots, last - first)
        if is_rising and _encode(batch.bits, first, last, batch.shift, batch.offset, batch.absurd, room.codes) == 0:
            if batch.validity.shape[0] > 0:
                counts[NULL_ROWS] += _take_nulls_out(batch.validity, first + batch.validity_offset, last - first, room.codes)
            for k in range(last - first):
                codes[np.uint64(room.slots[k])] = room.codes[k]
        else:
            _fill_singly(first, last, batch, room.slots, codes, arrivals, conflicts, counts)


@kernel()
def _slots_of(batch: Batch, begin: int, end: int, n_slots: int, slots: NDArray[np.int32]) -> int:
    """The slot of every row into `slots`, -1 where it has none; returns how many have none."""
    times, first, step = batch.times, batch.first_time, batch.time_step
    per_step = 1.0 / step  # whole numbers are not divided many at a time
    at = np.uint64(begin)
    astray = 0
    for k in range(end - begin):
        since = times[at + np.uint64(k)] - first
        slot: Any = np.int64(since * per_step + 0.5)
        is_astray = (slot * step != since) | (slot < 0) | (slot >= n_slots)
        slots[k] = np.int32(-1 if is_astray else slot)
        astray += is_astray
    return astray


@kernel()
def _rises(slots: NDArray[np.int32], n: int) -> bool:
    """Does every row come in a later slot than the one before it?"""
    odd = False
    for k in range(n - 1):
        odd |= slots[np.uint64(k) + np.uint64(1)] <= slots[np.uint64(k)]
    return not odd


@kernel()
def _encode(bits: NDArray[np.signedinteger], begin: int, end: int, shift: int, offset: int, absurd: int, room: Bytes) -> int:
    """Codes of rows into `room`; returns how many are no energies, which go in one by one."""
    odd = 0
    without_sign = _WITHOUT_SIGN if shift > 32 else _WITHOUT_SIGN_SINGLE
    at = np.uint64(begin)  # an index that might be negative would cost a comparison each
    for k in range(end - begin):
        value: Any = np.int64(bits[at + np.uint64(k)])
        magnitude = value & without_sign
        odd += magnitude > absurd
        code: Any = min(max((magnitude >> shift) - offset, LEAST_POWER), MOST_POWER)
        code = EXPORT if value < 0 else code
        room[k] = code if magnitude != 0 else ZERO
    return odd


@kernel()
def _take_nulls_out(validity: Bytes, first_bit: int, length: int, room: Bytes) -> int:
    """Rows whose bit is not set hold nothing; whole bytes of set bits cost one comparison. Returns how many."""
    found = 0
    last_bit = first_bit + length
    for place in range(first_bit >> 3, (last_bit + 7) >> 3):
        nulls = 255 ^ np.int64(validity[place])
        while nulls != 0:
            bit = 8 * place + _LOWEST_BIT[nulls]
            nulls &= nulls - 1
            if first_bit <= bit < last_bit:
                room[bit - first_bit] = EMPTY
                found += 1
    return found


@kernel()
def _fill_singly(
    begin: int,
    end: int,
    batch: Batch,
    slots: NDArray[np.int32],
    codes: Bytes,
    arrivals: NDArray[np.integer],
    conflicts: Bytes,
    counts: Integers,
) -> None:
    bits, validity, estimates, arrivals_of_rows = batch.bits, batch.validity, batch.estimates, batch.arrivals
    for row in range(begin, end):
        slot: Any = np.int64(slots[row - begin])
        if slot < 0:
            counts[OUTSIDE_ROWS if (batch.times[row] - batch.first_time) % batch.time_step == 0 else OFF_GRID_ROWS] += 1
            continue
        bit = row + batch.validity_offset
        code = rare_code(row, bits, batch.shift, batch.offset, batch.absurd, validity, bit, estimates, counts)
        if arrivals_of_rows.shape[0] > 0:
            keep_newer(slot, code, arrivals_of_rows[row], codes, arrivals, conflicts, counts)
        else:
            keep_better(slot, code, codes, conflicts, counts)


@kernel()
def scatter_rows(
    meters: NDArray[np.int32],
    first_meter: int,
    batch: Batch,
    shape: tuple[int, int, int],
    codes: Bytes,
    arrivals: NDArray[np.integer],
    conflicts: Bytes,
    counts: Integers,
) -> None:
    """Rows of any meters in any order into a matrix of meters `first_meter` and following; rows of other meters wait for their turn.

    `shape` is (blocks, slots, meters of a block, a power of two) of the flat arrays: readings that arrive together lie together.
    """
    times, bits, validity, estimates, arrivals_of_rows = batch.times, batch.bits, batch.validity, batch.estimates, batch.arrivals
    shift, offset, absurd, validity_offset = batch.shift, batch.offset, batch.absurd, batch.validity_offset
    first, step = batch.first_time, batch.time_step
    has_validity, has_estimates, has_arrivals = validity.shape[0] > 0, estimates.shape[0] > 0, arrivals_of_rows.shape[0] > 0
    n_blocks, n_slots, width = shape
    width_bits = 0
    while 1 << width_bits < width:
        width_bits += 1
    time_of_slot = first - 1
    slot: Any = np.int64(-1)
    is_on_grid = False
    for row in range(times.shape[0]):
        meter = meters[row] - first_meter
        if meter < 0 or meter >= n_blocks * width:
            continue
        if times[row] != time_of_slot:
            time_of_slot = times[row]
            slot = (time_of_slot - first) // step
            is_on_grid = slot * step == time_of_slot - first
        if not is_on_grid or slot < 0 or slot >= n_slots:
            counts[OUTSIDE_ROWS if is_on_grid else OFF_GRID_ROWS] += 1
            continue
        value: Any = np.int64(bits[row])
        code: Any = (value >> shift) - offset
        bit = row + validity_offset
        is_plain = (not has_validity or (validity[bit >> 3] >> (bit & 7)) & 1 == 1) and (not has_estimates or estimates[row] == 0)
        if not is_plain or code < LEAST_POWER or code > MOST_POWER or value > absurd:
            code = rare_code(row, bits, shift, offset, absurd, validity, bit, estimates, counts)
        place = (((meter >> width_bits) * n_slots + slot) << width_bits) + (meter & (width - 1))
        if has_arrivals:
            if arrivals[place] == 0:
                arrivals[place] = arrivals_of_rows[row]
                codes[place] = code
            else:
                keep_newer(place, code, arrivals_of_rows[row], codes, arrivals, conflicts, counts)
        elif codes[place] == MISSING:
            codes[place] = code
        else:
            keep_better(place, code, codes, conflicts, counts)


@kernel()
def scatter_in_order(
    meters: NDArray[np.int32],
    first_meter: int,
    batch: Batch,
    shape: tuple[int, int, int],
    codes: Bytes,
    conflicts: Bytes,
    counts: Integers,
    together: Integers,
    room: Bytes,
) -> bool:
    """As `scatter_rows`, for rows that come in the order of their arrival: each is newer than what its slot holds, so no arrival need be kept.

    `together` holds the rows that arrived at the same moment, from one batch to the next: the moment, how many, and the meter and time of each.
    Returns False (and the matrix is of no use) where a row is older than the one before, or where too many arrived together to compare them singly.
    """
    times, arrivals = batch.times, batch.arrivals
    first, step = batch.first_time, batch.time_step
    n_blocks, n_slots, width = shape
    width_bits = 0
    while 1 << width_bits < width:
        width_bits += 1
    code_rows(batch, room, counts)
    n_before = together[1]
    begin = 0  # the first row here that arrived at the same moment as this one
    before = together[0]
    time_of_slot = first - 1
    slot: Any = np.int64(-1)
    is_on_grid = False
    for row in range(times.shape[0]):
        arrival = arrivals[row]
        if arrival != before:
            if arrival < before:
                return False
            before, begin, n_before = arrival, row, 0
        if row - begin + n_before == TOGETHER_MOST:
            return False
        meter = meters[row] - first_meter
        if meter < 0 or meter >= n_blocks * width:
            continue
        if times[row] != time_of_slot:
            time_of_slot = times[row]
            slot = (time_of_slot - first) // step
            is_on_grid = slot * step == time_of_slot - first
        if not is_on_grid or slot < 0 or slot >= n_slots:
            counts[OUTSIDE_ROWS if is_on_grid else OFF_GRID_ROWS] += 1
            continue
        place = (((meter >> width_bits) * n_slots + slot) << width_bits) + (meter & (width - 1))
        code = room[row]
        if codes[place] <= EMPTY:
            codes[place] = code
        elif _came_together(row, begin, meters, times, n_before, together):
            keep_better(place, code, codes, conflicts, counts)
        else:
            counts[DOUBLE_ROWS] += code > EMPTY
            codes[place] = code
            if counts[CONFLICTS_PENDING] > 0:
                conflicts[place] = 0
    _remember(begin, before, n_before, meters, times, together)
    return True


@kernel()
def code_rows(batch: Batch, room: Bytes, counts: Integers) -> None:
    """The codes of all rows of a batch, whatever they are, into `room`."""
    n = batch.times.shape[0]
    if batch.estimates.shape[0] == 0 and _encode(batch.bits, 0, n, batch.shift, batch.offset, batch.absurd, room) == 0:
        if batch.validity.shape[0] > 0:
            counts[NULL_ROWS] += _take_nulls_out(batch.validity, batch.validity_offset, n, room)
        return
    bits, validity, estimates = batch.bits, batch.validity, batch.estimates
    for row in range(n):
        room[row] = rare_code(row, bits, batch.shift, batch.offset, batch.absurd, validity, row + batch.validity_offset, estimates, counts)


@kernel()
def _came_together(row: int, begin: int, meters: NDArray[np.int32], times: Integers, n_before: int, together: Integers) -> bool:
    """Has another row of this meter and time arrived at the same moment, in this batch or at the end of the one before?"""
    for other in range(begin, row):
        if meters[other] == meters[row] and times[other] == times[row]:
            return True
    for other in range(n_before):
        if together[2 + 2 * other] == meters[row] and together[3 + 2 * other] == times[row]:
            return True
    return False


@kernel()
def _remember(begin: int, arrival: int, n_before: int, meters: NDArray[np.int32], times: Integers, together: Integers) -> None:
    """Keep the rows that arrived at the last moment, for the next batch."""
    together[0] = arrival
    for row in range(begin, meters.shape[0]):
        at = n_before + row - begin
        together[2 + 2 * at], together[3 + 2 * at] = meters[row], times[row]
    together[1] = n_before + meters.shape[0] - begin


@kernel()
def turned(block: NDArray[np.uint8], into: NDArray[np.uint8]) -> None:
    """Slot × meter to meter × slot, tile by tile, so that both lie in the cache."""
    n_slots, n_meters = block.shape
    for slot_from in range(0, n_slots, TILE):
        for meter_from in range(0, n_meters, TILE):
            for meter in range(meter_from, min(meter_from + TILE, n_meters)):
                for slot in range(slot_from, min(slot_from + TILE, n_slots)):
                    into[meter, slot] = block[slot, meter]


@kernel()
def merge_slots(
    codes: Bytes,
    arrivals: NDArray[np.integer],
    conflicts: Bytes,
    more_codes: Bytes,
    more_arrivals: NDArray[np.integer],
    more_conflicts: Bytes,
    has_arrivals: bool,
    counts: Integers,
) -> None:
    """The second part of a meter's slots into the first: the same rule as for rows."""
    for slot in range(codes.shape[0]):
        if has_arrivals:
            if more_arrivals[slot] != 0:
                keep_newer(slot, more_codes[slot], more_arrivals[slot], codes, arrivals, conflicts, counts)
                if more_conflicts[slot] != 0 and arrivals[slot] == more_arrivals[slot]:
                    conflicts[slot] = 1
        elif more_codes[slot] != MISSING:
            keep_better(slot, more_codes[slot], codes, conflicts, counts)
            conflicts[slot] |= more_conflicts[slot]
