"""How many meters there was anything of, interval by interval: where the readings begin and end, and when the head end had nothing of anybody.

Modelling choice: one row with a wrong clock must not say for everybody how long the readings last, or every other meter would seem to have fallen
silent. So the window begins and ends where a hundredth of the meters has rows, in at least half of the intervals of a day: a clock that went wrong
is rarer, a city of which less still reports tells nothing any more, and in a small file it is one meter that reports regularly. Only the storm's own
window is kept as long as anybody reports regularly, because there all others may be dark.

What (nearly) no meter sent for hours before the storm was lost by the head end: it is no meter's habit and nobody's interruption. While the storm
lasts the same silence may be darkness, and stays a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.limits import Limits, TimeGrid

SHARE_LEAST: Final = 0.01
REGULAR: Final = 0.5  # share of a day's intervals
METERS_LEAST: Final = 3  # of fewer, all may miss the same hours by chance

Integers = NDArray[np.int64]
Counts = NDArray[np.int32]
Flags = NDArray[np.bool_]
NO_SILENCES: Integers = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Attendance:
    """`window` is that of most meters, `n_far` how many readings lie outside it; `silences`, shape (n, 2), are slots of `window`, from and before."""

    window: TimeGrid
    n_far: int
    silences: Integers

    def is_all_of(self, grid: TimeGrid) -> bool:
        """Is it what was assumed before anything was read: all of the readings, and no silence?"""
        return self.window == grid and not self.silences.size


def attendance_of(seen: Counts, n_meters: int, grid: TimeGrid, limits: Limits) -> Attendance:
    """What follows from counts of meters, `seen` of shape (2, slots): with a row of any kind, and with a reading that was received."""
    present, received = seen
    first, last = _lasting(present >= max(1.0, SHARE_LEAST * n_meters), grid.slots_per_day)
    _, last_of_anybody = _lasting(present > 0, grid.slots_per_day)
    last = max(last, min(last_of_anybody, limits.window_end - 1))
    window = TimeGrid(grid.first_us + first * grid.interval_us, grid.interval_us, last - first + 1)
    silences = _silences(received[first : max(first, limits.baseline_end)], limits) if limits.is_robust else NO_SILENCES
    return Attendance(window, int(present.sum() - present[first : last + 1].sum()), silences)


def _lasting(is_attended: Flags, slots_per_day: int) -> tuple[int, int]:
    """First and last slot of those attended that have enough others like them in the day that begins or ends with them; all where none has."""
    slots = np.flatnonzero(is_attended)
    before = np.concatenate([[0], np.cumsum(is_attended)])
    ahead = before[np.minimum(slots + slots_per_day, is_attended.size)] - before[slots]
    behind = before[slots + 1] - before[np.maximum(slots + 1 - slots_per_day, 0)]
    enough = REGULAR * min(slots_per_day, slots.size)
    begins, ends = slots[ahead >= enough], slots[behind >= enough]
    return (int(begins[0]), int(ends[-1])) if begins.size else (0, is_attended.size - 1)


def _silences(received: Counts, limits: Limits) -> Integers:
    """Runs of slots, as long as a gap that would count, that (nearly) no meter was received in; not one that goes on when the storm may begin."""
    usual = np.median(received[received > 0]) if received.any() else 0.0
    if usual < METERS_LEAST:
        return NO_SILENCES
    is_silent = np.concatenate([[False], received <= SHARE_LEAST * usual, [False]])
    begins, ends = np.flatnonzero(~is_silent[:-1] & is_silent[1:]), np.flatnonzero(is_silent[:-1] & ~is_silent[1:])
    is_long = (ends - begins >= limits.min_gap) & (ends < received.size)
    return np.stack([begins[is_long], ends[is_long]], axis=1).astype(np.int64)
