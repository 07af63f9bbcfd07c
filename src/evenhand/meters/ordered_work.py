"""Work on threads whose results are taken in the order of the tasks, a few ahead, so that memory holds a few."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def in_order(work: Callable[[_Task], _Result], tasks: Sequence[_Task], *, n_threads: int, ahead: int) -> Iterator[_Result]:
    """Results in the order of the tasks. An error or an interruption leaves no thread behind that still works.

    The first task is finished before another begins: whether the work can be done at all shows in it.
    """
    waiting: deque[Future[_Result]] = deque()
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="meters")
    try:
        for number, task in enumerate(tasks):
            waiting.append(pool.submit(work, task))
            if number == 0:
                waiting[0].exception()
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
