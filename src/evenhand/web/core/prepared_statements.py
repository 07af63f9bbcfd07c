"""Statements that PostgreSQL plans once a connection: planning one that reads a row by its key takes ten times as long as answering it.

Only for statements whose plan is the same for all values: those that find rows by keys, and those that write. One with a range, a box or words must
be planned for the values it comes with; it is asked through Django's own cursor. SQLite plans within microseconds and keeps what it compiled.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor

_PLACE: Final = re.compile(r"(?<!%)%s")


class PreparingCursor(RawCursor[Any]):
    """Sends values apart from the statement, and has the server keep the statement."""

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = True, binary: bool | None = None) -> PreparingCursor:
        super().execute(query if params is None else _with_numbers(query), params, prepare=prepare, binary=binary)
        return self


@lru_cache(maxsize=1024)
def _with_numbers(query: str) -> bytes:
    """`$1` instead of the first `%s`, worked out once: the driver would look through a statement of more than fifty values each time."""
    first, *others = _PLACE.split(query)
    numbered = [f"${number}{text}" for number, text in enumerate(others, start=1)]
    return "".join([first, *numbered]).replace("%%", "%").encode()


def prepared_cursor() -> CursorWrapper:
    """A cursor of the default database, wrapped as Django's own: queries are counted and errors are translated."""
    here = connections[DEFAULT_DB_ALIAS]
    if here.vendor != "postgresql":
        return here.cursor()
    here.ensure_connection()
    with here.wrap_database_errors:
        return cast("CursorWrapper", here._prepare_cursor(PreparingCursor(here.connection)))  # type: ignore[attr-defined]  # what cursor() ends with
