"""Who uses a home: every process that serves, works or changes it shares a lock; a restore needs it alone.

The lock is the kernel's (`flock`), so a killed process leaves nothing behind that somebody has to remove.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from evenhand.vocabulary.errors import EvenhandError

LOCK_NAME: Final = "home.lock"


class HomeInUse(EvenhandError):
    """Somebody uses the home that must be alone for this, or a restore holds it alone."""


def share_home(home: Path) -> None:
    """Use the home for as long as this process lives. Raises HomeInUse while a restore is at work."""
    file = _opened(home)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # never closed: the end of the process closes it
    except BlockingIOError:
        os.close(file)
        raise HomeInUse("home_in_use", f"A restore is at work in {home}. Wait until it has ended.", permanent=False) from None


@contextmanager
def alone_in_home(home: Path) -> Iterator[None]:
    """Have the home alone. Raises HomeInUse while a server, a worker or another command runs there."""
    file = _opened(home)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise HomeInUse(
            "home_in_use", f"A server, a worker or another command of Evenhand uses {home}. Stop it, then try again.", permanent=False
        ) from None
    finally:
        os.close(file)


def _opened(home: Path) -> int:
    home.mkdir(parents=True, exist_ok=True)
    return os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
