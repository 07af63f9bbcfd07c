"""The matrix of all readings, one byte each, in blocks of meters whose slots lie one after the other.

Modelling choice: readings arrive interval by interval, so a block holds the first slot of its 4,096 meters, then the second: what arrives together
lies together, and the processor's caches hold it. Room for as many meters as the memory allows is reserved at once; memory that was never written
costs nothing (the system gives pages when they are touched), so neither do unused blocks nor the marks of conflicts. Only a window that turns out
longer than expected is copied.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.kernels_slots import turned
from evenhand.meters.limits import TimeGrid

METERS_IN_BLOCK: Final = 4096


class SlotMatrix:
    """Slots of the meters from number `first` on. `codes`, `conflicts` and `arrivals` are flat, of `shape` (blocks, slots, meters of a block)."""

    def __init__(self, first: int, grid: TimeGrid, most_bytes: int, *, has_arrivals: bool) -> None:
        self.first = first
        self.grid = grid
        self._has_arrivals = has_arrivals
        most = max(1, most_bytes // (grid.n_slots * (9 if has_arrivals else 1)))
        self._width = min(METERS_IN_BLOCK, 1 << (most.bit_length() - 1))
        self._n_blocks = max(1, most // self._width)
        self.codes = self._zeros(np.uint8)
        self.conflicts = self._zeros(np.uint8)
        self.arrivals = self._zeros(np.int64) if has_arrivals else np.zeros(0, np.int64)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self._n_blocks, self.grid.n_slots, self._width

    @property
    def most_meters(self) -> int:
        """Meters that the memory allowed holds."""
        return self._n_blocks * self._width

    @property
    def meters_in_block(self) -> int:
        return self._width

    def cover(self, begin_us: int, end_us: int) -> None:
        """Slots for these times, and some more where there were too few."""
        grid, step = self.grid, self.grid.interval_us
        before = max(0, -((begin_us - grid.first_us) // step))
        after = max(0, (end_us - grid.first_us) // step - grid.n_slots + 1)
        if before or after:
            before += before // 2
            after += (grid.n_slots + after) // 4 if after else 0
            self.grid = TimeGrid(grid.first_us - before * step, step, grid.n_slots + before + after)
            self.codes, self.conflicts = self._wider(self.codes, before, grid), self._wider(self.conflicts, before, grid)
            self.arrivals = self._wider(self.arrivals, before, grid) if self._has_arrivals else self.arrivals

    def grid_between(self, begin_us: int, end_us: int) -> TimeGrid:
        """The part of the grid in which readings were seen."""
        step = self.grid.interval_us
        first, last = (begin_us - self.grid.first_us) // step, (end_us - self.grid.first_us) // step
        return TimeGrid(self.grid.first_us + first * step, step, last - first + 1)

    def codes_of(self, block: int, n_meters: int, grid: TimeGrid) -> NDArray[np.uint8]:
        """Codes of the first meters of a block, meter × slot of `grid`."""
        place = (grid.first_us - self.grid.first_us) // grid.interval_us
        codes = np.empty((n_meters, grid.n_slots), np.uint8)
        turned(self.codes.reshape(self.shape)[block, place : place + grid.n_slots, :n_meters], codes)
        return codes

    def conflicts_of(self, block: int, n_meters: int) -> NDArray[np.int64]:
        """How many slots of each of these meters are in conflict."""
        counts: NDArray[np.int64] = np.count_nonzero(self.conflicts.reshape(self.shape)[block, :, :n_meters], axis=0)
        return counts

    def _zeros(self, kind: type[np.integer]) -> NDArray[Any]:
        return np.zeros(self._n_blocks * self.grid.n_slots * self._width, kind)

    def _wider(self, flat: NDArray[Any], before: int, was: TimeGrid) -> NDArray[Any]:
        """A copy with slots before and after; blocks that hold nothing are not touched."""
        larger = np.zeros(self.shape, flat.dtype)
        for old, new in zip(flat.reshape(self._n_blocks, was.n_slots, self._width), larger, strict=True):
            if old.any():
                new[before : before + was.n_slots] = old
        return larger.ravel()
