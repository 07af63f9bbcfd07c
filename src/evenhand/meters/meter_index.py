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
_MULTIPLIER: Final = 0x9E3779B97F4A7C15 - (1 << 64)  # 2⁶⁴ / golden ratio, as a signed number: spreads neighbouring ids


@kernel
def find_lines(ids: NDArray[np.signedinteger], begin: int, table: Lines, known: Integers, follower: Lines, state: Integers, lines: Lines) -> int:
    """Write the line of each id; returns the row at which room ended, or the number of rows. `state` is (count, last line)."""
    room = table.shape[0]
    shift = 64 - np.int64(np.log2(room))
    last = state[1]
    for row in range(begin, ids.shape[0]):
        wanted = np.int64(ids[row])
        guess = follower[last]
        if guess >= 0 and known[guess] == wanted:
            lines[row] = guess
            last = np.int64(guess)
            continue
        at = np.int64(np.uint64(wanted * _MULTIPLIER) >> np.uint64(shift))
        while table[at] >= 0 and known[table[at]] != wanted:
            at = (at + 1) & (room - 1)
        if table[at] < 0:
            if 2 * (state[0] + 1) > room:
                state[1] = last
                return row
            table[at] = state[0]
            known[state[0]] = wanted
            state[0] += 1
        found = np.int64(table[at])
        follower[last] = found
        lines[row] = found
        last = found
    state[1] = last
    return int(ids.shape[0])


@kernel
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
        self._table = np.full(_FIRST_ROOM, -1, np.int32)
        self._known = np.zeros(_FIRST_ROOM, np.int64)
        self._follower = np.full(_FIRST_ROOM, -1, np.int32)
        self._state = np.zeros(2, np.int64)
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
        while (done := find_lines(keys, done, self._table, self._known, self._follower, self._state, lines)) < keys.size:
            self._grow()
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

    def _grow(self) -> None:
        room = 4 * self._table.size
        count = int(self._state[0])
        self._table = np.full(room, -1, np.int32)
        self._known = np.concatenate([self._known, np.zeros(room - self._known.size, np.int64)])
        self._follower = np.concatenate([self._follower, np.full(room - self._follower.size, -1, np.int32)])
        enter_known(self._known, count, self._table)
