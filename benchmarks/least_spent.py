"""What a piece of work costs at least: the quickest of some runs by CPU, because on a shared machine the wall clock measures the neighbours too."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Spent(NamedTuple):
    """Seconds."""

    cpu: float
    wall: float


def least(run: Callable[[], object], times: int = 3) -> Spent:
    """The run that took least CPU, of so many."""
    found = []
    for _ in range(times):
        cpu, wall = time.process_time(), time.perf_counter()
        run()
        found.append(Spent(time.process_time() - cpu, time.perf_counter() - wall))
    return min(found)
