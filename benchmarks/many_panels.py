"""One judgement of each of many synthetic panels, and how exactly a share found in so many of them is known."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Judged = TypeVar("Judged")


def each_seed(judge: Callable[[int], Judged], seeds: range, workers: int) -> Iterator[Judged]:
    """`judge` of every seed, in their order; each process starts afresh on one thread, and what it is given has to be a module's own function."""
    if workers < 2:
        yield from map(judge, seeds)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(judge, seeds, chunksize=10)


def monte_carlo(share: float, panels: int) -> float:
    """Two standard errors of a share found in so many panels."""
    return 2.0 * math.sqrt(share * (1.0 - share) / panels)
