"""Inserting and updating thousands of rows at a time, several times faster than `bulk_create` and `bulk_update`.

Django prepares every value of every row through a chain of calls; here the way of each column is worked out once a model, and values that a driver
takes as they are, are not touched. What reaches the database is the same (a test compares the bytes). Primary keys are drawn beforehand, so that rows
which point at each other can be made together. No signals, no handling of conflicts.

On SQLite a statement has a price beside its rows: the counter of keys is read and written, and triggers begin and end their work once a statement.
So several rows go in by one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import RawSQL
from psycopg.types.json import Jsonb

from evenhand.web.core import quick_json
from evenhand.web.core.prepared_statements import prepared_cursor

VALUES_A_STATEMENT = 800  # more gain nothing, and every SQLite takes so many
USUAL_LOG_PAGES = 1000  # SQLite's own default
FEW_ROWS = 3  # PostgreSQL takes so many sooner by a statement that it has prepared than by COPY

Adapter = Callable[[Any], Any]
M = TypeVar("M", bound=models.Model)
_usual_json = quick_json.encoder()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()


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
    if rows:
        plan = _plan(model, tuple(field.attname for field in model._meta.concrete_fields), connection.vendor)
        _insert(model, plan.columns, list(plan.values(rows)))


def insert_values(model: type[models.Model], attributes: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows whose values stand in the order of `attributes`, each in the form that the database takes: nothing is translated any more.

    Moments are texts (`utc_text`), JSON is text, an enumeration is its value. Columns left out stay NULL. In the caller's transaction.
    """
    if rows:
        _insert(model, _plan(model, tuple(attributes), connection.vendor).columns, rows)


def plain_values(row: models.Model, attributes: Sequence[str]) -> list[Any]:
    """Values of an instance as `insert_values` takes them."""
    (values,) = _plan(type(row), tuple(attributes), "sqlite").values([row])
    return values


def _insert(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    table, names = connection.ops.quote_name(model._meta.db_table), ", ".join(columns)
    if connection.vendor == "sqlite":
        run_with_rows(f"INSERT INTO {table} ({names}) {{}}", rows)
        return
    if len(rows) <= FEW_ROWS:
        with prepared_cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({names}) VALUES {', '.join([_places(rows[0])] * len(rows))}", list(chain.from_iterable(rows)))
        return
    # Django wraps the driver's errors of execute, not of copy: a clash of keys must come as its IntegrityError here too.
    copied = f"COPY {table} ({names}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(copied) as copy:
        for values in rows:
            copy.write_row(values)


def run_with_rows(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement over rows of values, several rows at a time; `{}` in it is where they stand (SQLite)."""
    if not rows:
        return
    one, at_once = _places(rows[0]), max(VALUES_A_STATEMENT // len(rows[0]), 1)
    whole = len(rows) - len(rows) % at_once
    by_statement = [list(chain.from_iterable(rows[start : start + at_once])) for start in range(0, whole, at_once)]
    with connection.cursor() as cursor:
        if by_statement:
            cursor.executemany(statement.format(f"VALUES {', '.join([one] * at_once)}"), by_statement)
        if left := rows[whole:]:
            cursor.execute(statement.format(f"VALUES {', '.join([one] * len(left))}"), list(chain.from_iterable(left)))


@contextmanager
def fewer_checkpoints() -> Iterator[None]:
    """While much is written, SQLite copies its log into the database after four times as many pages: it waits for the disk a third as often.

    More would be too many for a short write in between, which copies all of them if it comes when the log is full.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA wal_autocheckpoint = {4 * USUAL_LOG_PAGES}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA wal_autocheckpoint = {USUAL_LOG_PAGES}")


def insert_row(row: models.Model) -> None:
    """Insert one new row and give it the key that the database draws: what `save()` does, at a third of its cost."""
    row.pk = insert_new(type(row), row)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def insert_new(model: type[models.Model], row: object) -> Any:
    """Insert one row of `model`, an instance or a light object, and return the key that the database draws. One statement."""
    vendor = connections[DEFAULT_DB_ALIAS].vendor
    plan, sql = _insertion(model, vendor)
    (values,) = plan.values([row])
    with prepared_cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.lastrowid if vendor == "sqlite" else cursor.fetchone()[0]


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model], vendor: str) -> tuple[_Plan, str]:
    """How a row is inserted, without its key where the database draws it; PostgreSQL is asked for the key in the same statement."""
    plan = _plan(model, _given(model), vendor)
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(plan.columns)}) VALUES {_places(plan.columns)}"
    return plan, sql if vendor == "sqlite" else f"{sql} RETURNING {model._meta.pk.column}"


def _given(model: type[models.Model]) -> tuple[str, ...]:
    """The attributes of a new row that the database does not draw itself."""
    return tuple(field.attname for field in model._meta.concrete_fields if field is not model._meta.auto_field)


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row to be inserted, an instance or a light object; `points` says, by attribute, at which row before it in its family it points."""

    model: type[models.Model]
    row: Any
    points: tuple[tuple[str, int], ...] = ()


def insert_family(family: Sequence[NewRow]) -> None:
    """Insert rows that point at each other, and give them their keys; in the caller's transaction.

    PostgreSQL gets one statement: asking for each row, and then for its key, takes longer than inserting it.
    """
    if connection.vendor != "sqlite":
        _insert_at_once(family)
        return
    for new in family:
        _point(new, family)
        key = insert_new(new.model, new.row)
        if new.model._meta.auto_field is not None:
            new.row.id = key


def _insert_at_once(family: Sequence[NewRow]) -> None:
    plans, sql = _family_insertion(tuple((new.model, new.points) for new in family))
    with prepared_cursor() as cursor:
        cursor.execute(sql, [value for new, plan in zip(family, plans, strict=True) for values in plan.values([new.row]) for value in values])
        keys = cursor.fetchone()
    for new, key in zip(family, keys, strict=True):
        setattr(new.row, new.model._meta.pk.attname, key)
        _point(new, family)


@lru_cache(maxsize=64)
def _family_insertion(family: tuple[tuple[type[models.Model], tuple[tuple[str, int], ...]], ...]) -> tuple[list[_Plan], str]:
    """An INSERT for each row, named by its place, that reads the keys of those before it; all keys come back in one row."""
    plans, inserts = [], []
    for place, (model, points) in enumerate(family):
        pointing = dict(points)
        plan = _plan(model, tuple(name for name in _given(model) if name not in pointing), "postgresql")
        columns = (*_plan(model, tuple(pointing), "postgresql").columns, *plan.columns) if pointing else plan.columns
        values = [*(f"(SELECT key FROM row_{at})" for at in pointing.values()), *["%s"] * len(plan.columns)]
        insert = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({', '.join(values)})"
        inserts.append(f"row_{place} AS ({insert} RETURNING {model._meta.pk.column} AS key)")
        plans.append(plan)
    return plans, f"WITH {', '.join(inserts)} SELECT {', '.join(f'(SELECT key FROM row_{place})' for place in range(len(family)))}"


def _point(new: NewRow, family: Sequence[NewRow]) -> None:
    for attribute, at in new.points:
        holder = family[at]
        setattr(new.row, attribute, getattr(holder.row, holder.model._meta.pk.attname))


def _places(row: Sequence[Any]) -> str:
    return f"({', '.join(['%s'] * len(row))})"


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


def one_of(column: str, values: Sequence[str] | Sequence[int]) -> RawSQL:
    """A condition for `filter`: a column holds one of many values. All of them are one parameter; Django would look at each."""
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


def unsaved(model: type[M], **columns: Any) -> M:
    """What `model(...)` makes, at a fifth of its cost: `columns` by their names in the row (`area_id`), all others as they are by default."""
    made: M = _blank(model)()
    made.__dict__.update(columns)
    return made


_blank = lru_cache(maxsize=64)(blank_maker)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How rows of a model become rows of values: the columns, and by their place those that the driver needs translated."""

    columns: tuple[str, ...]
    of_model: Callable[[dict[str, Any]], tuple[Any, ...]]
    of_light: Callable[[object], tuple[Any, ...]]
    adapters: tuple[tuple[int, Adapter], ...]

    def values(self, rows: Sequence[object]) -> Iterator[list[Any]]:
        for row in rows:
            # An instance's own dictionary: Django's descriptors of foreign keys take longer than all the rest.
            values = list(self.of_model(row.__dict__) if isinstance(row, models.Model) else self.of_light(row))
            for place, adapt in self.adapters:
                if (value := values[place]) is not None:
                    values[place] = adapt(value)
            yield values


@lru_cache(maxsize=64)
def _plan(model: type[models.Model], attributes: tuple[str, ...], vendor: str) -> _Plan:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in attributes]
    columns = tuple(connection.ops.quote_name(str(field.column)) for field in fields)
    adapters = tuple((place, adapt) for place, field in enumerate(fields) if (adapt := _adapter(field, vendor)))
    return _Plan(columns, itemgetter(*attributes), attrgetter(*attributes), adapters)


def _adapter(field: models.Field[Any, Any], vendor: str) -> Adapter | None:
    if isinstance(field, models.JSONField):
        return _json_text if vendor == "sqlite" else _jsonb
    if isinstance(field, models.DateTimeField) and vendor == "sqlite":
        return utc_text
    if isinstance(field, (models.CharField, models.TextField)) and vendor != "sqlite":
        return str  # psycopg would write an enumeration's name
    return None


def utc_text(moment: datetime) -> str:
    """A moment as SQLite holds it: `2015-01-01 05:20:09`, in UTC, with microseconds where it has some.

    A day has 86,400 seconds and a year 365 days, an import millions of moments: put together of two known texts, it takes a third of the time.
    """
    since = moment - _EPOCH
    seconds = f"{_day_text(since.days)} {_time_text(since.seconds)}"
    return f"{seconds}.{since.microseconds:06}" if since.microseconds else seconds


@lru_cache(maxsize=16_384)
def _day_text(days: int) -> str:
    return date.fromordinal(_EPOCH_DAY + days).isoformat()


@lru_cache(maxsize=86_400)
def _time_text(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _jsonb(value: Any) -> Jsonb:
    return Jsonb(value, _json_text)


def _json_text(value: Any) -> str:
    return "[]" if value == [] else "{}" if value == {} else _usual_json(value)
