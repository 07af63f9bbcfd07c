"""The matrix meter × slot, which grows with the meters and the window that turn up.

Modelling choice: memory that was never written is not used (the system gives pages when they are touched), so the marks of conflicts cost nothing
where there are none. Growing copies; it is done by half as much again, a few times at most.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.limits import TimeGrid

_MOST_SINGLE = 2**32 - 1


class SlotMatrix:
    """Slots of the meters from number `first` on."""

    def __init__(self, first: int, grid: TimeGrid, expected: int, most_bytes: int, *, has_arrivals: bool) -> None:
        self.first = first
        self.grid = grid
        self._has_arrivals = has_arrivals
        self._bytes = most_bytes
        lines = min(expected, self.most_lines)
        self.codes = np.zeros((lines, grid.n_slots), np.uint8)
        self.conflicts = np.zeros((lines, grid.n_slots), np.uint8)
        self.arrivals: NDArray[Any] = np.zeros((lines, grid.n_slots if has_arrivals else 0), np.uint32)

    @property
    def most_lines(self) -> int:
        """Lines that the memory allowed holds."""
        return max(1, self._bytes // (self.grid.n_slots * (5 if self._has_arrivals else 1)))

    def room_for(self, count: int, greatest_arrival: int) -> None:
        """Lines for the meters up to number `count`, and arrivals up to this one."""
        wanted = min(count - self.first, self.most_lines)
        have = len(self.codes)
        if wanted > have:
            lines = min(self.most_lines, max(wanted, have + have // 2))
            self._resize(lines, self.grid.n_slots, 0)
        if greatest_arrival > _MOST_SINGLE and self.arrivals.dtype == np.uint32:
            self.arrivals = self.arrivals.astype(np.int64)

    def cover(self, begin_us: int, end_us: int) -> None:
        """Slots for these times."""
        grid, step = self.grid, self.grid.interval_us
        before = max(0, -((begin_us - grid.first_us) // step))
        after = max(0, (end_us - grid.first_us) // step - grid.n_slots + 1)
        if before or after:
            before += before // 2
            after += (grid.n_slots + after) // 4 if after else 0
            self.grid = TimeGrid(grid.first_us - before * step, step, grid.n_slots + before + after)
            self._resize(len(self.codes), self.grid.n_slots, before)

    def grid_between(self, begin_us: int, end_us: int) -> TimeGrid:
        """The part of the grid in which readings were seen."""
        step = self.grid.interval_us
        first, last = (begin_us - self.grid.first_us) // step, (end_us - self.grid.first_us) // step
        return TimeGrid(self.grid.first_us + first * step, step, last - first + 1)

    def cut(self, grid: TimeGrid, line: int, until: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Codes of some lines on `grid`, and how many of their slots are in conflict."""
        place = (grid.first_us - self.grid.first_us) // grid.interval_us
        codes = self.codes[line:until, place : place + grid.n_slots]
        return np.ascontiguousarray(codes), np.count_nonzero(self.conflicts[line:until], axis=1).astype(np.int32)

    def _resize(self, lines: int, n_slots: int, before: int) -> None:
        self.codes = _larger(self.codes, lines, n_slots, before)
        self.conflicts = _larger(self.conflicts, lines, n_slots, before)
        if self._has_arrivals:
            self.arrivals = _larger(self.arrivals, lines, n_slots, before)
        else:
            self.arrivals = np.zeros((lines, 0), np.uint32)


def _larger(array: NDArray[Any], lines: int, n_slots: int, before: int) -> NDArray[Any]:
    larger = np.zeros((lines, n_slots), array.dtype)
    larger[: len(array), before : before + array.shape[1]] = array
    return larger
