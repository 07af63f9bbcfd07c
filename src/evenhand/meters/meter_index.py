"""Ids to line numbers: every meter gets the next free line when it is first seen.

Modelling choice: whole-number ids are found by open addressing in a table of our own, and before that by a guess: readings that arrive interval by
interval name the meters in much the same order each time, so the meter that followed last time is asked first. Text ids are looked up once a
dictionary.
"""

# ruff: noqa: PLR0917 (a kernel takes plain arrays and numbers by place: objects would cost time in every call)

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.compiled import kernel
from evenhand.meters.row_batches import ids_and_keys

Integers = NDArray[np.int64]
Lines = NDArray[np.int32]
_FIRST_ROOM: Final = 1 << 12
MOST_PLACES: Final = 1 << 23
_MULTIPLIER: Final = 0x9E3779B97F4A7C15 - (1 << 64)  # 2⁶⁴ / golden ratio, as a signed number: spreads neighbouring ids


@kernel()
def find_at_place(ids: NDArray[np.signedinteger], begin: int, lowest: int, places: Lines, known: Integers, state: Integers, lines: Lines) -> int:
    """Write the line of each id, found at `places[id - lowest]`; returns the row whose id has no place there, or the number of rows."""
    for row in range(begin, ids.shape[0]):
        at = np.int64(ids[row]) - lowest
        if at < 0 or at >= places.shape[0]:
            return row
        if places[at] < 0:
            if state[0] == known.shape[0]:
                return row
            places[at] = state[0]
            known[state[0]] = ids[row]
            state[0] += 1
        lines[row] = places[at]
    return int(ids.shape[0])


@kernel()
def find_lines(ids: NDArray[np.signedinteger], begin: int, table: Lines, known: Integers, state: Integers, lines: Lines) -> int:
    """Write the line of each id; returns the row at which room ended, or the number of rows. `state[0]` is how many are known."""
    room = table.shape[0]
    shift = 64 - np.int64(np.log2(room))
    for row in range(begin, ids.shape[0]):
        wanted = np.int64(ids[row])
        at = np.int64(np.uint64(wanted * _MULTIPLIER) >> np.uint64(shift))
        while table[at] >= 0 and known[table[at]] != wanted:
            at = (at + 1) & (room - 1)
        if table[at] < 0:
            if 2 * (state[0] + 1) > room:
                return row
            table[at] = state[0]
            known[state[0]] = wanted
            state[0] += 1
        lines[row] = table[at]
    return int(ids.shape[0])


@kernel()
def enter_known(known: Integers, count: int, table: Lines) -> None:
    """Fill a new table."""
    room = table.shape[0]
    shift = 64 - np.int64(np.log2(room))
    for line in range(count):
        at = np.int64(np.uint64(known[line] * _MULTIPLIER) >> np.uint64(shift))
        while table[at] >= 0:
            at = (at + 1) & (room - 1)
        table[at] = line


class MeterIndex:
    """Lines of meters, for ids of one kind."""

    def __init__(self) -> None:
        self._known = np.zeros(_FIRST_ROOM, np.int64)
        self._state = np.zeros(1, np.int64)
        self._lowest = 0
        self._places: Lines = np.zeros(0, np.int32)
        self._table: Lines | None = None
        self._texts: dict[str, int] = {}
        self._last_texts: pa.Array | None = None
        self._last_lines = np.zeros(0, np.int32)

    @property
    def count(self) -> int:
        """Meters seen so far."""
        return len(self._texts) or int(self._state[0])

    def lines(self, ids: pa.Array) -> Lines:
        """The line of each row's meter; new meters get theirs."""
        keys, texts = ids_and_keys(ids)
        if texts is not None:
            found: Lines = self._lines_of_texts(texts)[keys]
            return found
        lines = np.empty(keys.size, np.int32)
        done = 0
        while (done := self._found(keys, done, lines)) < keys.size:
            self._make_room(keys[done:])
        return lines

    def ids(self, first: int, last: int, id_type: pa.DataType) -> pa.Array:
        """The ids of lines `first` to `last`."""
        if self._texts:
            return pa.array(list(self._texts)[first:last], type=id_type)
        return pa.array(self._known[first:last], type=id_type)

    def _lines_of_texts(self, texts: pa.Array) -> Lines:
        if self._last_texts is None or not texts.equals(self._last_texts):
            known = self._texts
            self._last_lines = np.array([known.setdefault(text, len(known)) for text in texts.to_pylist()], dtype=np.int32)
            self._last_texts = texts
        return self._last_lines

    def _found(self, keys: NDArray[np.signedinteger], done: int, lines: Lines) -> int:
        if self._table is None:
            return find_at_place(keys, done, self._lowest, self._places, self._known, self._state, lines)
        return find_lines(keys, done, self._table, self._known, self._state, lines)

    def _make_room(self, keys: NDArray[np.signedinteger]) -> None:
        """For twice as many meters, and for ids beyond those seen: places as long as they are few enough, else a table."""
        count = int(self._state[0])
        self._known = np.concatenate([self._known, np.zeros(self._known.size, np.int64)])
        seen = np.concatenate([self._known[:count], keys.astype(np.int64)])
        lowest, highest = int(seen.min()), int(seen.max())
        spare = (highest - lowest) // 2
        if self._table is None and highest - lowest + 2 * spare < MOST_PLACES:
            self._lowest = lowest - spare
            self._places = np.full(highest - lowest + 1 + 2 * spare, -1, np.int32)
            self._places[self._known[:count] - self._lowest] = np.arange(count, dtype=np.int32)
        else:
            self._places = np.zeros(0, np.int32)
            self._table = np.full(4 * self._known.size, -1, np.int32)
            enter_known(self._known, count, self._table)
