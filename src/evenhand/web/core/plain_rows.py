"""Reading rows by a plain condition, past the query builder: on the way of a report, and of every page, it costs ten times the query.

For conditions that are written down once and asked thousands of times; everything else goes through the ORM. The rows are ordinary model instances,
with values as the ORM would give them; columns that were left out come when they are asked for. What keys point at can be read in the same query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.base import ModelState
from django.db.models.fields.related import ForeignKey

from evenhand.web.core.prepared_statements import prepared_cursor

M = TypeVar("M", bound=models.Model)
_Converters = tuple[tuple[int, tuple[Callable[[Any, Any, Any], Any], ...], Any], ...]
AS_TEXT: Final = {"postgresql": "{}::text", "sqlite": "{} || ''"}
"""A moment's column, read as the text that `moment_of` takes: what the drivers make of it themselves takes them five to ten times as long."""


@dataclass(frozen=True, slots=True)
class Along:
    """A row read in the same query: `path` names the key that points at it, or the one-to-one row that points back ("service", "service__group")."""

    path: str
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def rows_where(
    model: type[M],
    condition: str,
    values: Sequence[Any],
    *,
    only: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    along: tuple[Along, ...] = (),
    is_prepared: bool = True,
) -> list[M]:
    """Rows for which `condition` holds (SQL after WHERE, by column names, `%s` for each value; ORDER BY may follow). One query.

    `only` names the fields that are read beside the key, `without` those that are not. With `along`, columns in `condition` need their table's name.
    `is_prepared` False is for a condition that no key leads to, as a box on the map: the best way to its rows depends on its values.
    """
    here = connections[DEFAULT_DB_ALIAS]  # looked up once: each use of `connection` looks it up again
    plan = _plan(model, condition, Along(model._meta.db_table, only, without), along, here.vendor)
    with prepared_cursor() if is_prepared else here.cursor() as cursor:
        cursor.execute(plan.sql, _adapted(values, here))
        found = cursor.fetchall()
    return [cast("M", plan.instance(row, here)) for row in found]


def row_where(
    model: type[M],
    condition: str,
    values: Sequence[Any],
    *,
    only: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    along: tuple[Along, ...] = (),
) -> M | None:
    """The first such row, or None."""
    return next(iter(rows_where(model, condition, values, only=only, without=without, along=along)), None)


def rows_by_key(model: type[M], keys: Collection[Any], *, only: tuple[str, ...] = ()) -> dict[Any, M]:
    """The rows with these primary keys, by key. One query, and none for no keys."""
    if not keys:
        return {}
    found = rows_where(model, f"{model._meta.pk.column} IN {places(len(keys))}", tuple(keys), only=only)
    return {row.pk: row for row in found}


def moment_of(text: str | None) -> Any:
    """The moment that an `AS_TEXT` column holds, aware. All is kept and told in UTC; SQLite does so without saying it."""
    if text is None:
        return None
    return datetime.fromisoformat(text if "+" in text else f"{text}+00:00")


def places(count: int) -> str:
    """What stands after IN for so many values."""
    return f"({', '.join(['%s'] * count)})"


def _adapted(values: Sequence[Any], here: BaseDatabaseWrapper) -> list[Any]:
    """Moments as this database keeps them: SQLite compares them as text."""
    return [here.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value for value in values]


@dataclass(frozen=True, slots=True)
class _Part:
    """The columns of one table in the statement: which attributes they fill, and by their place those that the driver gives in another form."""

    model: type[models.Model]
    start: int
    end: int
    names: tuple[str, ...]
    converters: _Converters
    key: int
    parent: int = 0
    relation: Any = None

    def instance(self, row: Sequence[Any], here: BaseDatabaseWrapper) -> models.Model | None:
        """The row's instance; None where the join found none."""
        own = row[self.start : self.end]
        return None if own[self.key] is None else _instance(self.model, self.names, _converted(self.converters, own, here))


def _instance(model: type[models.Model], names: Sequence[str], values: Sequence[Any]) -> models.Model:
    """As `Model.from_db` makes it, at a third of the cost: no model here has an `__init__` of its own, and nobody listens to instances being made."""
    one = model.__new__(model)
    one._state = ModelState()
    one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS
    one.__dict__.update(zip(names, values, strict=True))
    return one


@dataclass(frozen=True, slots=True)
class _Plan:
    """A statement, and what its columns make: the first part is the table asked, the others hang on parts before them."""

    sql: str
    parts: tuple[_Part, ...]

    def instance(self, row: Sequence[Any], here: BaseDatabaseWrapper) -> models.Model | None:
        made: list[models.Model | None] = []
        for part in self.parts:
            one = part.instance(row, here)
            if made and (holder := made[part.parent]) is not None:
                part.relation.set_cached_value(holder, one)
            made.append(one)
        return made[0]


@lru_cache(maxsize=256)
def _plan(model: type[models.Model], condition: str, asked: Along, along: tuple[Along, ...], vendor: str) -> _Plan:  # noqa: ARG001 - the cache's key
    table = asked.path
    part, columns = _part(model, asked)
    parts, names, joins = [part], {"": table}, []
    for one in along:
        holder, _, name = one.path.rpartition("__")
        place = list(names).index(holder)
        relation = parts[place].model._meta.get_field(name)
        part, more = _part(cast("type[models.Model]", relation.related_model), one, len(columns), place, relation)
        joins.append(f" LEFT JOIN {part.model._meta.db_table} {_quoted(one.path)} ON {_link(relation, names[holder], one.path)}")
        parts, names[one.path], columns = [*parts, part], one.path, columns + more
    return _Plan(f"SELECT {', '.join(columns)} FROM {table}{''.join(joins)} WHERE {condition}", tuple(parts))


def _part(model: type[models.Model], asked: Along, start: int = 0, parent: int = 0, relation: Any = None) -> tuple[_Part, list[str]]:
    """A part and its columns; the path is what the statement calls its table."""
    only, without = asked.only, asked.without
    fields = [field for field in model._meta.concrete_fields if field.primary_key or (field.name not in without and (not only or field.name in only))]
    columns = [_column(field, asked.path) for field in fields]
    key = next(place for place, field in enumerate(fields) if field.primary_key)
    names = tuple(field.attname for field in fields)
    return _Part(model, start, start + len(fields), names, _converters(fields), key, parent, relation), columns


def _column(field: Any, table: str) -> str:
    name = f"{_quoted(table)}.{_quoted(str(field.column))}"
    # Under another name, so that an ORDER BY goes on meaning the column itself.
    return f"{AS_TEXT[connection.vendor].format(name)} AS {_quoted(f'{field.column}_text')}" if _is_moment(field) else name


def _is_moment(field: Any) -> bool:
    return isinstance(field, models.DateTimeField)


def _converters(fields: Sequence[Any]) -> _Converters:
    converters: list[tuple[int, tuple[Callable[[Any, Any, Any], Any], ...], Any]] = []
    for place, field in enumerate(fields):
        column = field.cached_col
        if _is_moment(field):
            converters.append((place, (lambda text, _column, _here: moment_of(text),), column))
            continue
        if found := (*connection.ops.get_db_converters(column), *column.get_db_converters(connection)):
            converters.append((place, found, column))
    return tuple(converters)


def _link(relation: Any, holder: str, name: str) -> str:
    """What joins the two: the key that points there, or the one-to-one row that points back."""
    if isinstance(relation, ForeignKey):
        return f"{_quoted(name)}.{_quoted(str(relation.target_field.column))} = {_quoted(holder)}.{_quoted(str(relation.column))}"
    return f"{_quoted(name)}.{_quoted(relation.field.column)} = {_quoted(holder)}.{_quoted(relation.field.target_field.column)}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _converted(converters: _Converters, row: Sequence[Any], here: BaseDatabaseWrapper) -> Sequence[Any]:
    if not converters:
        return row
    values = list(row)
    for place, converts, column in converters:
        for convert in converts:
            values[place] = convert(values[place], column, here)
    return values
