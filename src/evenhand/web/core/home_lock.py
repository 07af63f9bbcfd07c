"""Making a home, and who uses it: every process that serves, works or changes it shares a lock; a restore needs it alone.

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
OWNER_ONLY: Final = 0o700  # it holds people's data


class HomeInUse(EvenhandError):
    """Somebody uses the home that must be alone for this, or a restore holds it alone."""


class HomeUnusable(EvenhandError):
    """The home cannot be made, or nothing can be written there."""


def make_home(home: Path) -> Path:
    """The home as an absolute path; made if missing, its owner's alone. Raises HomeUnusable."""
    try:
        folder = home.expanduser().resolve()
        folder.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    except (OSError, RuntimeError, ValueError) as error:  # RuntimeError: ~nobody; ValueError: a character that no path has
        raise _unusable(home, error) from None
    return folder


def _unusable(home: Path, error: Exception) -> HomeUnusable:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        said = "there is a file in its place"
    return HomeUnusable(
        "home_unusable",
        f"EVENHAND_HOME cannot be used: {str(home)!r} came ({said.lower()}). Expected: a folder that this user may write to; a missing one is made.",
    )


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
    folder = make_home(home)
    try:
        return os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(home, error) from None
