"""Inserting and updating thousands of rows at a time, several times faster than `bulk_create` and `bulk_update`.

Django prepares every value of every row through a chain of calls; here the way of each column is worked out once a model, and values that a driver
takes as they are, are not touched. What reaches the database is the same (a test compares the bytes). Primary keys are drawn beforehand, so that rows
which point at each other can be made together. No signals, no handling of conflicts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL
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
    plan = _plan(model, tuple(field.attname for field in model._meta.concrete_fields), connection.vendor)
    table, names = connection.ops.quote_name(model._meta.db_table), ", ".join(plan.columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            places = ", ".join(["%s"] * len(plan.columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(plan.values(rows)))
        else:
            # Django wraps the driver's errors of execute, not of copy: a clash of keys must come as its IntegrityError here too.
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for values in plan.values(rows):
                    copy.write_row(values)


def insert_row(row: models.Model) -> None:
    """Insert one new row and give it the key that the database draws: what `save()` does, at a third of its cost."""
    model, key = type(row), row._meta.pk.attname
    plan = _plan(model, tuple(field.attname for field in model._meta.concrete_fields if field.attname != key), connection.vendor)
    (values,) = plan.values([row])
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(plan.columns)}) VALUES ({', '.join(['%s'] * len(values))})"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(sql, values)
            row.pk = cursor.lastrowid
        else:
            cursor.execute(f"{sql} RETURNING {key}", values)
            row.pk = cursor.fetchone()[0]
    row._state.adding, row._state.db = False, connection.alias


def update_rows(model: type[models.Model], rows: Sequence[object], attributes: Sequence[str]) -> None:
    """Set `attributes` (a foreign key as `area_id`) of rows that have their primary keys. In the caller's transaction.

    One small statement a row: `bulk_update` writes one that grows with the square of the rows.
    """
    if not rows:
        return
    plan = _plan(model, (*attributes, model._meta.pk.attname), connection.vendor)
    *columns, key = plan.columns
    sets = ", ".join(f"{column} = %s" for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {connection.ops.quote_name(model._meta.db_table)} SET {sets} WHERE {key} = %s", list(plan.values(rows)))


def one_of(column: str, values: Sequence[str]) -> RawSQL:
    """A condition for `filter`: a text column holds one of many values. All of them are one parameter; Django would look at each."""
    name = connection.ops.quote_name(column)
    if connection.vendor == "sqlite":
        return RawSQL(f"{name} IN (SELECT value FROM json_each(%s))", (json.dumps(values),), output_field=models.BooleanField())
    return RawSQL(f"{name} = ANY(%s)", (list(values),), output_field=models.BooleanField())


def blank_maker(model: type[M], **columns: Any) -> Callable[[], M]:
    """A function that makes unsaved instances of `model`, all with the same `columns` set: at a fifth of what `model(...)` costs."""
    pattern = model(**columns).__dict__
    changeable = [(name, type(value)) for name, value in pattern.items() if type(value) in (list, dict) and not value]

    def make() -> M:
        made = model.__new__(model)
        made.__dict__ = pattern.copy()
        made._state = ModelState()
        for name, empty in changeable:
            made.__dict__[name] = empty()
        return made

    return make


@dataclass(frozen=True, slots=True)
class _Plan:
    """How rows of a model become rows of values: the columns, and by their place those that the driver needs translated."""

    columns: tuple[str, ...]
    take: Callable[[object], tuple[Any, ...]]
    adapters: tuple[tuple[int, Adapter], ...]

    def values(self, rows: Sequence[object]) -> Iterator[list[Any]]:
        for row in rows:
            values = list(self.take(row))
            for place, adapt in self.adapters:
                if values[place] is not None:
                    values[place] = adapt(values[place])
            yield values


@lru_cache(maxsize=64)
def _plan(model: type[models.Model], attributes: tuple[str, ...], vendor: str) -> _Plan:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in attributes]
    columns = tuple(connection.ops.quote_name(str(field.column)) for field in fields)
    adapters = tuple((place, adapt) for place, field in enumerate(fields) if (adapt := _adapter(field, vendor)))
    return _Plan(columns, attrgetter(*attributes), adapters)


def _adapter(field: models.Field[Any, Any], vendor: str) -> Adapter | None:
    if isinstance(field, models.JSONField):
        return _json_text if vendor == "sqlite" else Jsonb
    if isinstance(field, models.DateTimeField) and vendor == "sqlite":
        return _as_sqlite_text
    if isinstance(field, (models.CharField, models.TextField)) and vendor != "sqlite":
        return str  # psycopg would write an enumeration's name
    return None


@lru_cache(maxsize=4096)  # the same moment stands in a request and in its events
def _as_sqlite_text(moment: datetime) -> str:
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(" ")[:-6]  # without "+00:00"


def _json_text(value: Any) -> str:
    return "[]" if value == [] else "{}" if value == {} else json.dumps(value)
