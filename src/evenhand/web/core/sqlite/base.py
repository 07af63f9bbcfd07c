"""SQLite for a service: writers queue in the order of arrival, and what was committed survives a power cut.

A connection takes its place in the write queue (`core/write_lock.py`) just before a statement that would make it SQLite's writer, and
leaves when the connection is in no transaction any more. So an outermost `atomic()` (BEGIN IMMEDIATE) is one turn, savepoints inside it
are free, and a single INSERT, UPDATE or DELETE outside of `atomic()` is a turn of its own: otherwise it would starve behind a queue that
hands over within microseconds. Reading outside of `atomic()` never waits for anybody.

OPTIONS beside Django's own: `write_lock_path` (default: the database file's name and `.write-queue`), `write_lock_timeout_seconds` (30).
PRAGMAs in `init_command` come after ours and win. An in-memory database has one user and no queue. (Django fixes this module's name.)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.db.backends.sqlite3 import base

from evenhand.web.core.write_lock import WriteLock

BUSY_SECONDS: Final = 10.0  # for those outside the queue: backups, the sqlite3 shell, a statement whose rows are still being read
PRAGMAS: Final = (
    "PRAGMA synchronous = FULL",  # a resident is given a number: it must still be there after a power cut
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",  # 16 MiB a connection
    "PRAGMA mmap_size = 268435456",  # 256 MiB of address space, shared between connections through the page cache
    "PRAGMA journal_size_limit = 67108864",  # a write-ahead log that a long import swelled shrinks to 64 MiB again
)
WRITING_VERBS: Final = frozenset(["ALTER", "ANALYZE", "BEGIN", "CREATE", "DELETE", "DROP", "INSERT", "REINDEX", "REPLACE", "UPDATE", "VACUUM"])


_LONGEST_KEPT: Final = 8000  # characters: what is longer was made for one occasion


class Cursor(base.SQLiteCursorWrapper):
    """Django's cursor, which looks through the text of every statement for its places anew; here once, while it is asked again and again."""

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        if param_names is not None or len(query) > _LONGEST_KEPT:
            return str(super().convert_query(query, param_names=param_names))
        return _with_question_marks(query)


@lru_cache(maxsize=1024)
def _with_question_marks(query: str) -> str:
    return str(base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is SQLite's writer only while it holds its turn."""

    write_lock: WriteLock | None = None
    transaction_mode: str | None
    init_commands: list[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self._in_turn)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        path = params.pop("write_lock_path", None)
        timeout_seconds = params.pop("write_lock_timeout_seconds", 30.0)
        params.setdefault("timeout", BUSY_SECONDS)
        self.transaction_mode = self.transaction_mode or "IMMEDIATE"
        self.init_commands = [*PRAGMAS, *self.init_commands]
        self.write_lock = None
        if not self.is_in_memory_db():
            self.write_lock = WriteLock(Path(path or f"{_file_of(params['database'])}.write-queue"), timeout_seconds=timeout_seconds)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        try:
            self._use_write_ahead_log(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def create_cursor(self, name: str | None = None) -> Cursor:  # noqa: ARG002 - Django's signature
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        return cursor

    def _use_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        """The mode is kept in the file. Changing it does not honour the busy timeout, so the processes of a first start do it in turn."""
        if self.write_lock is None or _journal_mode(connection) == "wal":
            return
        with self.write_lock:
            connection.execute("PRAGMA journal_mode = WAL")

    def _in_turn(self, execute: Callable[[str, Any, bool, dict[str, Any]], Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Run one statement; wait for the turn first if it would write and the turn is not ours yet."""
        lock = self.write_lock
        if lock is None or lock.is_held or not is_write(sql):
            return execute(sql, params, many, context)
        lock.acquire()
        try:
            return execute(sql, params, many, context)
        finally:
            self._leave_when_idle()

    def _leave_when_idle(self) -> None:
        """End the turn unless a transaction is open still, as after a COMMIT that fails: the ROLLBACK that follows comes here again."""
        lock = self.write_lock
        if lock is not None and lock.is_held and not (self.connection is not None and self.connection.in_transaction):
            lock.release()

    # Django's own hooks around the end of a transaction, which its type stubs leave out.

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_when_idle()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_when_idle()

    def _set_autocommit(self, autocommit: bool) -> None:
        try:
            super()._set_autocommit(autocommit)  # type: ignore[misc]  # commits what an interrupt left open
        finally:
            self._leave_when_idle()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self.write_lock is not None:
                self.write_lock.release()


def is_write(sql: str) -> bool:
    """Whether the statement makes its connection SQLite's writer, by its first word (a comment in front of it is not looked through)."""
    words = sql[:100].split(None, 1)
    return bool(words) and words[0].rstrip(";").upper() in WRITING_VERBS


def _journal_mode(connection: sqlite3.Connection) -> str:
    return str(connection.execute("PRAGMA journal_mode").fetchone()[0]).lower()


def _file_of(database: str | Path) -> str:
    """The path of the database file, also when it is named by a URI."""
    name = str(database)
    return unquote(urlsplit(name).path) if name.startswith("file:") else name
