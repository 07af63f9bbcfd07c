"""Words for a database that cannot be used as it is: damaged, locked, full, out of reach. What else it says is a fault of ours, and is raised.

The drivers tell them apart by code, so nothing here reads their words; and nothing needs Django, since backups don't.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Final

from evenhand.vocabulary.errors import EvenhandError

_DAMAGED: Final = frozenset({"NOTADB", "CORRUPT"})
_NOT_USABLE: Final = frozenset({"BUSY", "CANTOPEN", "FULL", "IOERR", "LOCKED", "PERM", "PROTOCOL", "READONLY"})


class DatabaseUnusable(EvenhandError):
    """The database is there in name only: a person must mend it, or the server that it runs on."""


def database_fault(error: BaseException, database: Callable[[], str]) -> DatabaseUnusable | None:
    """What to tell a person of this error; None where it is none of a sick database. `database` names it without password, and is asked only then."""
    for one in _chain(error):
        if isinstance(one, sqlite3.Error):
            return _of_sqlite(one, database)
        psycopg = sys.modules.get("psycopg")
        if psycopg is not None and isinstance(one, psycopg.OperationalError):
            return DatabaseUnusable(
                "database_unreachable",
                f"The PostgreSQL database {database()} cannot be used. Check DATABASE_URL and the server. It was said: {str(one).strip()}",
                permanent=False,
            )
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Django's error, and the driver's that it stands for."""
    yield error
    if error.__cause__ is not None:
        yield from _chain(error.__cause__)


def _of_sqlite(error: sqlite3.Error, database: Callable[[], str]) -> DatabaseUnusable | None:
    primary = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").split("_")[0]  # SQLITE_IOERR_READ: its primary code is IOERR
    if primary in _DAMAGED:
        return DatabaseUnusable(
            "database_damaged",
            f"{database()} is damaged, or no database of SQLite: {error}. Stop the server, then bring a backup back: evenhand restore FILE --replace",
        )
    if primary in _NOT_USABLE:
        return DatabaseUnusable(
            "database_not_usable",
            f"{database()} cannot be read or written: {error}. Expected: a file that this user may write to, on a disk with room, and not blocked.",
            permanent=False,
        )
    return None
