"""One writer at a time, served in the order of arrival.

SQLite admits one writer and lets the others poll, so under load an unlucky one waits for seconds. Here writers queue before they knock:
each draws a ticket from a counter in a lock file and holds the byte range of its own ticket with an *open file description* lock; its
turn has come when no earlier ticket is held by anybody. Nobody can take an earlier ticket afterwards, so that fact stays true until the
turn ends. Threads and processes are alike (each acquisition opens the file anew), and the kernel gives back the tickets of a process that
dies, whether it held the turn or waited for it: nobody is ever blocked by the dead.

Waiting is polling, because a kernel wait has no timeout that works in every thread. A waiter pauses for a twentieth of the time that it
has already waited for the one in front, between 0.1 and 2 ms, and longer for each further ticket ahead of it: a long turn costs little, a
short one is noticed at once.

Where the kernel has no such locks (macOS) a plain `flock` gives mutual exclusion between threads and processes, and no order: a
development convenience. The lock serves one machine; a database file on a network drive is not supported, as SQLite itself says of WAL.
"""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Final

from evenhand.vocabulary.errors import EvenhandError

SHORTEST_PAUSE_SECONDS: Final = 0.0001
LONGEST_PAUSE_SECONDS: Final = 0.002
PAUSE_FOR_EACH_AHEAD_SECONDS: Final = 0.0005

# The lock file: its content is the counter; its bytes as *locks* are the counter's guard and then one byte for each ticket.
_COUNTER_BYTES: Final = 8
_GUARD: Final = 0
_FIRST_TICKET: Final = 1
_LAST_TICKET: Final = 2**62
_FLOCK: Final = struct.Struct("@hhqqi4x")  # l_type, l_whence, l_start, l_len, l_pid (0 by rule), padding


class WriteLockTimeout(EvenhandError):
    """The turn did not come in time: another writer holds it, or many stand in front. Trying again later helps."""

    def __init__(self, path: Path, waited_seconds: float) -> None:
        super().__init__(
            "write_lock_timeout",
            f"Expected a turn to write within {waited_seconds:g} s, but other writers still hold or await {path.name}. "
            "Try again; if it stays so, look for a process that keeps a transaction open.",
            permanent=False,
            waited_seconds=waited_seconds,
            lock_file=str(path),
        )


class WriteLockUnusable(EvenhandError):
    """The lock file cannot be opened, locked or written."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            "write_lock_unusable",
            f"Expected to read, write and lock {path}, but: {error.strerror or error}. "
            "The folder must be on a local disk and writable for the user who runs this.",
            lock_file=str(path),
        )


class WriteLock:
    """A place in the queue of one lock file. Not re-entrant, and not to be shared between threads: each connection has its own.

    Parameters
    ----------
    path
        The lock file; made if missing, never removed. It holds a counter and no data, and needs no backup.
    timeout_seconds
        How long `acquire` waits before it raises WriteLockTimeout.
    """

    def __init__(self, path: Path, *, timeout_seconds: float = 30.0) -> None:
        self.path = path
        self.timeout_seconds = timeout_seconds
        self.ticket: int | None = None
        self._file: int | None = None
        _locks_of_this_process.add(self)

    @property
    def is_held(self) -> bool:
        """Whether the turn is ours: then `ticket` says which it is. (0 where the system keeps no order.)"""
        return self.ticket is not None

    def acquire(self) -> int:
        """Wait for the turn and return its ticket: tickets are served in ascending order."""
        if self._file is not None:
            raise RuntimeError(f"This write lock is in use already: {self.path.name}")
        deadline = time.monotonic() + self.timeout_seconds
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self.ticket = _wait_for_turn(self._file, deadline)
        except TimeoutError:
            self.release()
            raise WriteLockTimeout(self.path, self.timeout_seconds) from None
        except OSError as error:
            self.release()
            raise WriteLockUnusable(self.path, error) from error
        except BaseException:
            self.release()
            raise
        return self.ticket

    def release(self) -> None:
        """End the turn, or the wait for it; harmless when there is neither."""
        file, self._file, self.ticket = self._file, None, None
        if file is None:
            return
        try:
            _unlock(file)  # said aloud: a child forked in between still has the file open, and closing ours would not end the turn
        finally:
            os.close(file)

    def __enter__(self) -> WriteLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.release()

    def __del__(self) -> None:
        self.release()

    def _forget_after_fork(self) -> None:
        """A child gives its copy away unlocked: the turn belongs to the parent."""
        file, self._file, self.ticket = self._file, None, None
        if file is not None:
            os.close(file)


def tickets_drawn(path: Path) -> int:
    """How many tickets this queue has given out since its file was made; 0 for a missing file."""
    try:
        return int.from_bytes(path.read_bytes()[:_COUNTER_BYTES], "big")
    except FileNotFoundError:
        return 0


_locks_of_this_process: weakref.WeakSet[WriteLock] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for lock in list(_locks_of_this_process):
        lock._forget_after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)


if sys.platform == "linux":

    def _wait_for_turn(file: int, deadline: float) -> int:
        ticket = _draw_ticket(file, deadline)
        in_front = None
        since = time.monotonic()
        while (earlier := _held_between(file, _FIRST_TICKET, _FIRST_TICKET + ticket)) is not None:
            now = time.monotonic()
            if earlier != in_front:
                in_front, since = earlier, now
            _pause(_next_look(now - since, ahead=_FIRST_TICKET + ticket - earlier), deadline)
        return ticket

    def _draw_ticket(file: int, deadline: float) -> int:
        while not _try_lock(file, _GUARD):
            _pause(SHORTEST_PAUSE_SECONDS, deadline)
        try:
            ticket = _next_ticket(file)
            if not _try_lock(file, _FIRST_TICKET + ticket):
                raise BlockingIOError(f"Ticket {ticket} is taken although the guard of the counter is ours")
            os.pwrite(file, (ticket + 1).to_bytes(_COUNTER_BYTES, "big"), 0)
        finally:
            _set_lock(file, fcntl.F_UNLCK, _GUARD, 1)
        return ticket

    def _next_ticket(file: int) -> int:
        """The counter; or what follows the tickets still held, should the file have been emptied or overwritten under them."""
        counter = int.from_bytes(os.pread(file, _COUNTER_BYTES, 0), "big")
        ticket = counter if counter < _LAST_TICKET else 0
        while (held := _held_between(file, _FIRST_TICKET + ticket, None)) is not None:
            ticket = held - _FIRST_TICKET + 1
        return ticket

    def _held_between(file: int, start: int, end: int | None) -> int | None:
        """A byte of [start, end) that another open file has locked, or None. (Linux names the one locked first: mostly the turn's own.)"""
        if end == start:
            return None
        question = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, start, 0 if end is None else end - start, 0)
        kind, _, held, _, _ = _FLOCK.unpack(fcntl.fcntl(file, fcntl.F_OFD_GETLK, question))
        return None if kind == fcntl.F_UNLCK else max(held, start)

    def _try_lock(file: int, byte: int) -> bool:
        try:
            _set_lock(file, fcntl.F_WRLCK, byte, 1)
        except (BlockingIOError, PermissionError):  # POSIX allows either for "held by another"
            return False
        return True

    def _set_lock(file: int, kind: int, start: int, length: int) -> None:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, _FLOCK.pack(kind, os.SEEK_SET, start, length, 0))

    def _unlock(file: int) -> None:
        _set_lock(file, fcntl.F_UNLCK, 0, 0)

else:

    def _wait_for_turn(file: int, deadline: float) -> int:
        since = time.monotonic()
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _pause(_next_look(time.monotonic() - since, ahead=1), deadline)
            else:
                return 0

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


def _next_look(waited_seconds: float, *, ahead: int) -> float:
    """Seconds until the next look at the queue."""
    for_the_one_in_front = min(max(waited_seconds / 20, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS)
    return for_the_one_in_front + PAUSE_FOR_EACH_AHEAD_SECONDS * min(ahead - 1, 10)


def _pause(seconds: float, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    time.sleep(min(seconds, left))
