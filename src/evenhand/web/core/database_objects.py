"""Triggers, search tables and spatial indexes: what Django's migrations cannot carry.

Django remakes tables on SQLite and drops their triggers on the way, so every object is registered here, made (again) after each migrate, and
proven to be there by a system check and by `evenhand doctor`. An object is idempotent SQL for one table; each database has its own words for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True, slots=True)
class DatabaseObject:
    """One trigger, function, virtual table or index.

    `names` are what must be found in the catalogue afterwards; `sqlite` and `postgresql` are the statements that make it, in order, each safe to
    run again.
    """

    app: str
    names: tuple[str, ...]
    sqlite: tuple[str, ...] = ()
    postgresql: tuple[str, ...] = ()
    postgresql_names: tuple[str, ...] | None = None

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
    """Make every registered object (of one app, or of all) on this database."""
    with connection.cursor() as cursor:
        for item in _registry:
            if app is None or item.app == app:
                for statement in item.statements(connection.vendor):
                    cursor.execute(statement)


def install_after_migrate(sender: AppConfig, using: str, **_: Any) -> None:
    """Django's post_migrate hook: once an app's tables stand, its objects are made."""
    if any(item.app == sender.label for item in _registry):
        install(connections[using], sender.label)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of registered objects that the database does not have."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'table', 'index')")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' UNION SELECT indexname FROM pg_indexes")
        present = {row[0] for row in cursor.fetchall()}
    return [name for item in _registry for name in item.expected_names(connection.vendor) if name not in present]
