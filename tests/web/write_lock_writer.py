"""A writer in a process of its own, started by `test_write_lock.py`; it imports little, so that it starts quickly."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.web.core.write_lock import WriteLock

if TYPE_CHECKING:
    from evenhand.web.core.sqlite.base import DatabaseWrapper

ALIAS = "queue_under_test"
PATIENCE_SECONDS = 30.0  # only ever used up by a failing test


def take_one_turn(queue: Path, log: Path, name: str) -> None:
    """Wait for the turn, write one's name, leave."""
    with WriteLock(queue, timeout_seconds=PATIENCE_SECONDS), log.open("a") as lines:
        lines.write(f"{name}\n")


def hold_until_killed(queue: Path) -> None:
    with WriteLock(queue):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def connected(database: Path | str, **options: object) -> Iterator[DatabaseWrapper]:
    """A connection of this thread by our backend, with one table `note`."""
    from django.db import connections

    from evenhand.web.core.sqlite.base import DatabaseWrapper

    databases = {
        "default": {"ENGINE": "django.db.backends.dummy"},
        ALIAS: {"ENGINE": "evenhand.web.core.sqlite", "NAME": str(database), "OPTIONS": options},
    }
    connections.databases[ALIAS] = connections.configure_settings(databases)[ALIAS]
    connection = connections[ALIAS]
    assert isinstance(connection, DatabaseWrapper)
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY)")
        yield connection
    finally:
        connection.close()
        if connection.connection is not None:
            connection.connection.close()  # Django keeps an in-memory database open
        del connections[ALIAS]
        del connections.databases[ALIAS]


def increment(database: Path, threads: int, turns: int) -> None:
    """Read, then write what was read plus one: loses updates unless turns exclude one another. Each turn notes the ticket it was served with."""
    with connected(database) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS served (id INTEGER PRIMARY KEY, ticket INTEGER)")
            cursor.execute("CREATE TABLE IF NOT EXISTS counter AS SELECT 0 AS value")
        workers = [threading.Thread(target=_increment, args=(turns,)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()


def _increment(turns: int) -> None:
    from django.db import connections, transaction

    connection = connections[ALIAS]
    try:
        for _ in range(turns):
            with transaction.atomic(using=ALIAS), connection.cursor() as cursor:
                cursor.execute("SELECT value FROM counter")
                (value,) = cursor.fetchone()
                ticket = connection.write_lock.ticket  # type: ignore[attr-defined]  # our backend's, made when it connects
                cursor.execute("INSERT INTO served (ticket) VALUES (%s)", [ticket])
                cursor.execute("UPDATE counter SET value = %s", [value + 1])
    finally:
        connection.close()


def main(verb: str, *arguments: str) -> None:
    if verb == "one-turn":
        take_one_turn(Path(arguments[0]), Path(arguments[1]), arguments[2])
    elif verb == "hold":
        hold_until_killed(Path(arguments[0]))
    else:
        from django.conf import settings

        settings.configure(DATABASES={}, USE_TZ=True)
        increment(Path(arguments[0]), int(arguments[1]), int(arguments[2]))


if __name__ == "__main__":
    main(*sys.argv[1:])
