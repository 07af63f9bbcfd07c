"""Inserting thousands of rows at a time, several times faster than `bulk_create`.

Django prepares every value of every row through a chain of calls; here the way of each column is worked out once a model. The values that reach the
database are the same (a test compares them). Primary keys are drawn beforehand, so that rows which point at each other can be made together. For
imports only: no signals, no conflicts handling.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState
from psycopg.types.json import Jsonb

Adapter = Callable[[Any], Any]
M = TypeVar("M", bound=models.Model)


def reserve_keys(model: type[models.Model], count: int) -> range | list[int]:
    """Primary keys that nobody else will use, for rows of `model`. In a transaction (on SQLite it holds the write lock)."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0)", [table])
            first = int(cursor.fetchone()[0]) + 1
            return range(first, first + count)
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def insert_rows(model: type[models.Model], rows: Sequence[object]) -> None:
    """Insert rows of `model`: instances of it, or light objects with attributes of the same names, primary keys set. In the caller's transaction."""
    if not rows:
        return
    columns, take, adapters = _plan(model, connection.vendor)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    values = ([adapt(value) if adapt else value for adapt, value in zip(adapters, take(row), strict=True)] for row in rows)
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(model._meta.db_table)
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(values))
        else:
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)


def blank_maker(model: type[M], **columns: Any) -> Callable[[], M]:
    """A function that makes unsaved instances of `model`, all with the same `columns` set: at a fifth of what `model(...)` costs."""
    pattern = model(**columns).__dict__

    def make() -> M:
        made = model.__new__(model)
        made.__dict__ = {
            name: list(value) if type(value) is list else dict(value) if type(value) is dict else value for name, value in pattern.items()
        }
        made._state = ModelState()
        return made

    return make


@lru_cache(maxsize=32)
def _plan(model: type[models.Model], vendor: str) -> tuple[list[str], Callable[[object], tuple[Any, ...]], list[Adapter | None]]:
    fields = model._meta.concrete_fields
    columns = [field.column for field in fields if field.column]
    return columns, attrgetter(*(field.attname for field in fields)), [_adapter(field, vendor) for field in fields]


def _adapter(field: models.Field[Any, Any], vendor: str) -> Adapter | None:
    if isinstance(field, models.JSONField):
        return _json_text if vendor == "sqlite" else Jsonb
    if isinstance(field, models.DateTimeField) and vendor == "sqlite":
        return _as_sqlite_text
    if isinstance(field, (models.CharField, models.TextField)):
        return _plain_text
    return None


def _as_sqlite_text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(" ")[:-6]  # without "+00:00"


def _json_text(value: Any) -> str:
    return json.dumps(value) if value else "[]" if isinstance(value, list) else "{}"


def _plain_text(value: str | None) -> str | None:
    return None if value is None else str(value)
