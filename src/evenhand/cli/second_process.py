"""A second process for work that waits for nobody, so that both cores of a machine are used.

Modelling choice: a process and not a thread, because drawing and printing hold the interpreter's lock as long as they work. It starts afresh and is
not forked: it shares no lock with threads of the first. What it is given and what it answers goes through a pipe, errors with their words. It ends
with the first, however that ends. On a machine of one core a thread does the same work, with the same answers.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from evenhand.vocabulary.errors import EvenhandError


@contextmanager
def second_process() -> Iterator[Executor]:
    """Whom to give work to. It is done in the order in which it was given; what nobody waited for is left undone.

    Raises
    ------
    EvenhandError
        `second_process_ended` where the process was ended from outside.
    """
    pool: Executor = ThreadPoolExecutor(1)
    others = multiprocessing.active_children()
    if _cores() > 1:
        pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), initializer=_follow_the_first)
    try:
        yield pool
    except BrokenProcessPool:
        raise EvenhandError(
            "second_process_ended",
            "A second process was ended from outside, as systems do that run out of memory. Nothing was written: free memory, and run it again.",
            permanent=False,
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()).difference(others):
            child.terminate()  # left alone it would take a second to put away what it had loaded


def _cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow_the_first() -> None:
    """Ctrl-C reaches both: the first answers it, and ends the second; so does its death, of which nobody could tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    first = multiprocessing.parent_process()
    if first is not None:
        first.join()
        os._exit(1)
