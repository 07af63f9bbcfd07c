"""Triggers, search tables and spatial indexes: what Django's migrations cannot carry.

Django remakes tables on SQLite and drops their triggers on the way, so every object is registered here, looked at after each migrate, and proven to
be there by a system check and by `evenhand doctor`. A name proves little: an object is in place if it is what this version would make. SQLite keeps
the words that made a thing, and these are compared. PostgreSQL keeps a form of its own, so there a comment on the thing holds two digests: of our
words, and of that form as it was when we had made it. What differs is dropped, made anew with all that belongs to it, and filled from the rows.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.apps import AppConfig
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

_MADE: Final = re.compile(r"CREATE (?:VIRTUAL )?(?:TABLE|TRIGGER|INDEX) (?:IF NOT EXISTS )?(\w+)")
# A trigger is as good as its function: both count. Switched off ones count as missing.
_POSTGRESQL_CATALOGUE: Final = """
SELECT t.tgname, 'TRIGGER ' || quote_ident(t.tgname) || ' ON ' || t.tgrelid::regclass,
       pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid), obj_description(t.oid, 'pg_trigger')
  FROM pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgname = ANY(%s)
UNION ALL
SELECT c.relname, 'INDEX ' || c.oid::regclass, pg_get_indexdef(c.oid), obj_description(c.oid, 'pg_class')
  FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE i.indisvalid AND c.relname = ANY(%s) AND pg_table_is_visible(c.oid)
"""
_POSTGRESQL_PLACES: Final = """
SELECT 'TRIGGER ' || quote_ident(tgname) || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal AND tgname = ANY(%s)
UNION ALL
SELECT 'INDEX ' || oid::regclass FROM pg_class WHERE relkind = 'i' AND relname = ANY(%s) AND pg_table_is_visible(oid)
"""


@dataclass(frozen=True, slots=True)
class DatabaseObject:
    """Triggers, functions, virtual tables and indexes that stand and fall together.

    `names` are what must be found in the catalogue afterwards; `sqlite` and `postgresql` are the statements that make them, in order, where none of
    `names` is there; `sqlite_fill` are those that then take in the rows that are there already.
    """

    app: str
    names: tuple[str, ...]
    sqlite: tuple[str, ...] = ()
    postgresql: tuple[str, ...] = ()
    postgresql_names: tuple[str, ...] | None = None
    sqlite_fill: tuple[str, ...] = ()

    def statements(self, vendor: str) -> Sequence[str]:
        return self.sqlite if vendor == "sqlite" else self.postgresql

    def expected_names(self, vendor: str) -> Sequence[str]:
        if not self.statements(vendor):
            return ()
        return self.names if vendor == "sqlite" or self.postgresql_names is None else self.postgresql_names


_registry: list[DatabaseObject] = []


def register(*objects: DatabaseObject) -> None:
    """Add objects, in the order in which they are to be made. Called from AppConfig.ready."""
    _registry.extend(o for o in objects if o not in _registry)


def install(connection: BaseDatabaseWrapper, app: str | None = None) -> None:
    """Make what is not in place of the registered objects (of one app, or of all) on this database; leave alone what is."""
    for item in _registry:
        if app is None or item.app == app:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                if _faults(cursor, connection.vendor, item):
                    _make_anew(cursor, connection.vendor, item)


def install_after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Django's post_migrate hook: once an app's tables stand, its objects are made."""
    if any(item.app == sender.label for item in _registry):
        install(connections[using], sender.label)


def not_in_place(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of registered objects that the database does not have, or has otherwise than this version makes them."""
    with connection.cursor() as cursor:
        return [name for item in _registry for name in _faults(cursor, connection.vendor, item)]


def _faults(cursor: CursorWrapper, vendor: str, item: DatabaseObject) -> list[str]:
    names = item.expected_names(vendor)
    if not names:
        return []
    if vendor == "sqlite":
        expected = {found[1]: _normalised(words) for words in item.sqlite if (found := _MADE.match(words))}
        present = {name: _normalised(words) for _, name, words in _sqlite_catalogue(cursor, names)}
        return [name for name in names if name not in present or present[name] != expected[name]]
    good = {name for name, _, form, comment in _postgresql_catalogue(cursor, names) if comment == _comment(item, form)}
    return [name for name in names if name not in good]


def _make_anew(cursor: CursorWrapper, vendor: str, item: DatabaseObject) -> None:
    names = item.expected_names(vendor)
    for place in _places(cursor, vendor, names):
        cursor.execute(f"DROP {place}")
    for statement in item.statements(vendor):
        cursor.execute(statement)
    if vendor == "sqlite":
        for statement in item.sqlite_fill:
            cursor.execute(statement)
        return
    for _, place, form, _ in _postgresql_catalogue(cursor, names):
        cursor.execute(f"COMMENT ON {place} IS '{_comment(item, form)}'")


def _places(cursor: CursorWrapper, vendor: str, names: Sequence[str]) -> list[str]:
    """What is there of these names, in the words of DROP; triggers before the tables that they write to."""
    if vendor == "sqlite":
        return sorted(
            (f"{kind.upper()} {name}" for kind, name, _ in _sqlite_catalogue(cursor, names)), key=lambda place: not place.startswith("TRIGGER")
        )
    cursor.execute(_POSTGRESQL_PLACES, [list(names), list(names)])
    return [place for (place,) in cursor.fetchall()]


def _sqlite_catalogue(cursor: CursorWrapper, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """Kind, name, and the words that made it."""
    cursor.execute(f"SELECT type, name, sql FROM sqlite_master WHERE name IN ({', '.join(['%s'] * len(names))})", list(names))
    return list(cursor.fetchall())


def _postgresql_catalogue(cursor: CursorWrapper, names: Sequence[str]) -> list[tuple[str, str, str, str | None]]:
    """Name, the name in the words of COMMENT, the database's own form, and the comment."""
    cursor.execute(_POSTGRESQL_CATALOGUE, [list(names), list(names)])
    return list(cursor.fetchall())


def _normalised(words: str) -> str:
    return " ".join(words.replace("IF NOT EXISTS ", "", 1).split())


def _comment(item: DatabaseObject, form: str) -> str:
    return f"evenhand {_digest(chr(10).join(item.postgresql))} {_digest(form)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
