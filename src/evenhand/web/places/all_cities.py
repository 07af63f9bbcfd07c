"""Which cities there are: asked at every page and every move of a map, so the question is not built anew each time.

Building this query through the ORM costs ten times as much as asking it. The rows become ordinary models, with the boundary left out.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from evenhand.web.places.models import Jurisdiction

_FIELDS = tuple(field for field in Jurisdiction._meta.concrete_fields if field.name != "boundary")
_NAMES = tuple(field.attname for field in _FIELDS)
_SQL = f"SELECT {', '.join(str(field.column) for field in _FIELDS)} FROM {Jurisdiction._meta.db_table} ORDER BY is_default DESC, id"


def all_cities() -> list[Jurisdiction]:
    """Every city, the default one first. One query; boundaries come when they are asked for."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL)
        rows = cursor.fetchall()
    return [Jurisdiction.from_db(connection.alias, _NAMES, _converted(row)) for row in rows]


def _converted(row: tuple[Any, ...]) -> list[Any]:
    """Values as the ORM would give them: databases without booleans, dates or JSON return something else."""
    values = []
    for field, value in zip(_FIELDS, row, strict=True):
        column = field.cached_col
        for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            value = convert(value, column, connection)  # noqa: PLW2901 - each converter takes what the one before made
        values.append(value)
    return values
