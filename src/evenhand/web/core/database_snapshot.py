"""One moment of the database as a file, taken while others write; and the way back.

SQLite: its own online backup, in one step: readers and writers go on. PostgreSQL: `pg_dump` on an exported snapshot, so that what is asked beside the
dump is of the same moment. Nothing here needs Django: a restore must work where nothing is set up yet.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core.stores import Stores

_ALL_OR_NOTHING = ("--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1")
_EMPTY_SCHEMA = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"


class DatabaseToolMissing(EvenhandError):
    """PostgreSQL's own programs are needed, and not there."""


class DatabaseToolFailed(EvenhandError):
    """A database could not be read or written as a whole."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The file, and a connection that sees the same moment."""

    file: Path
    connection: Any

    def column(self, sql: str) -> list[str]:
        """The first column of a query, of the snapshot's moment."""
        return [str(row[0]) for row in self.connection.execute(sql).fetchall()]


@contextmanager
def snapshot(stores: Stores, folder: Path) -> Iterator[Snapshot]:
    """Take a snapshot into `folder`; it lives as long as the block."""
    with _sqlite_snapshot(stores, folder) if stores.is_sqlite else _postgresql_snapshot(stores.database_url, folder) as taken:
        yield taken


@contextmanager
def _sqlite_snapshot(stores: Stores, folder: Path) -> Iterator[Snapshot]:
    if not stores.sqlite_file.exists():
        raise DatabaseToolFailed("no_database", f"There is no database in {stores.home}. Is EVENHAND_HOME the right folder?")
    file = folder / "database.sqlite3"
    with closing(sqlite3.connect(stores.sqlite_file)) as source, closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, complete in itself
        yield Snapshot(file, copy)


@contextmanager
def _postgresql_snapshot(url: str, folder: Path) -> Iterator[Snapshot]:
    import psycopg

    file = folder / "postgresql.dump"
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={row[0] if row else ''}", f"--file={file}"])
        yield Snapshot(file, connection)


def sqlite_faults(file: Path) -> list[str]:
    """What SQLite itself finds wrong with a file; empty when sound."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            answers = [str(row[0]) for row in connection.execute("PRAGMA quick_check(10)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if answers == ["ok"] else answers


def postgresql_dump_faults(file: Path) -> list[str]:
    """Whether `pg_restore` can read a dump's list of contents."""
    done = subprocess.run([_program("pg_restore"), "--list", str(file)], capture_output=True, text=True, check=False)
    return [done.stderr.strip()] if done.returncode else []


def postgresql_holds_tables(url: str) -> bool:
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public')").fetchone()
    return bool(row and row[0])


def dump_postgresql(url: str, file: Path) -> None:
    """Keep a database as a file before it is replaced."""
    _run("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={file}"])


def replace_postgresql(url: str, dump: Path) -> None:
    """Put a dump in the place of all that the database holds, in one transaction: all of it, or nothing changes."""
    script = dump.with_suffix(".sql")
    _check([_program("pg_restore"), "--no-owner", "--no-privileges", f"--file={script}", str(dump)], os.environ)
    try:
        _run("psql", url, [*_ALL_OR_NOTHING, f"--command={_EMPTY_SCHEMA}", f"--file={script}"])
    finally:
        script.unlink(missing_ok=True)


def _run(name: str, url: str, arguments: Sequence[str]) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, not by the list of processes."""
    parts = urlsplit(url)
    user_and_host = parts.netloc.replace(f":{parts.password}@", "@") if parts.password else parts.netloc
    secret = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    _check([_program(name), f"--dbname={urlunsplit(parts._replace(netloc=user_and_host))}", *arguments], {**os.environ, **secret})


def _check(command: Sequence[str], environment: Any) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DatabaseToolFailed("database_tool_failed", f"{Path(command[0]).name} failed; nothing was changed:\n{done.stderr.strip()}")


def _program(name: str) -> str:
    """On PATH, else where Debian keeps the programs of each version: the newest."""
    if found := shutil.which(name):
        return found
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name.zfill(4), reverse=True):
        if (folder / name).exists():
            return str(folder / name)
    raise DatabaseToolMissing(
        "database_tool_missing", f"The program {name} is needed. Install PostgreSQL's client programs, of the server's version or newer."
    )
