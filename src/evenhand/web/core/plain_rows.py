"""Reading rows of one table by a plain condition, past the query builder: on the way of a report, and of every page, it costs ten times the query.

For conditions that are written down once and asked thousands of times; everything else goes through the ORM. The rows are ordinary model instances,
with values as the ORM would give them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
_Converters = tuple[tuple[int, tuple[Callable[[Any, Any, Any], Any], ...], Any], ...]


def rows_where(model: type[M], condition: str, values: Sequence[Any], *, without: tuple[str, ...] = ()) -> list[M]:
    """Rows for which `condition` holds (SQL after WHERE, by column names, `%s` for each value; ORDER BY may follow). One query.

    Columns named in `without` come when they are asked for.
    """
    plan = _plan(model, condition, without, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(plan.sql, values)
        found = cursor.fetchall()
    return [model.from_db(connection.alias, plan.names, _converted(plan.converters, row)) for row in found]


def row_where(model: type[M], condition: str, values: Sequence[Any], *, without: tuple[str, ...] = ()) -> M | None:
    """The first such row, or None."""
    return next(iter(rows_where(model, condition, values, without=without)), None)


def is_any(model: type[models.Model], condition: str, values: Sequence[Any]) -> bool:
    """Whether there is such a row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {model._meta.db_table} WHERE {condition} LIMIT 1", values)
        return cursor.fetchone() is not None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The statement, the attributes that its columns fill, and by their place those that the driver gives in another form."""

    sql: str
    names: tuple[str, ...]
    converters: _Converters


@lru_cache(maxsize=64)
def _plan(model: type[models.Model], condition: str, without: tuple[str, ...], vendor: str) -> _Plan:  # noqa: ARG001 - part of the cache's key
    fields = [field for field in model._meta.concrete_fields if field.name not in without]
    converters = []
    for place, field in enumerate(fields):
        column = field.cached_col
        found = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        if found:
            converters.append((place, found, column))
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return _Plan(f"SELECT {columns} FROM {model._meta.db_table} WHERE {condition}", tuple(field.attname for field in fields), tuple(converters))


def _converted(converters: _Converters, row: Sequence[Any]) -> Sequence[Any]:
    if not converters:
        return row
    values = list(row)
    for place, converts, column in converters:
        for convert in converts:
            values[place] = convert(values[place], column, connection)
    return values
