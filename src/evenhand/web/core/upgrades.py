"""Bringing a database up to date without losing anything: a copy before something changes, and a refusal where the code is the older one."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core import database_objects

COPIES_KEPT: Final = 5
COPIES_KEPT_FOR: Final = timedelta(days=30)
"""A copy from before an upgrade also holds what people had erased since: so it does not stay."""


class DatabaseNotReady(EvenhandError):
    """The tables are not those of this version: older, newer, or not there at all."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What `upgrade` did: the migrations in order, the database objects that were lost or changed and made anew, and the copy made before."""

    migrations: tuple[str, ...]
    mended: tuple[str, ...]
    copy: Path | None


def upgrade(*, copies: Path, at: datetime) -> Upgrade:
    """Apply what is pending. A SQLite file that holds tables already is copied into `copies` first; the last five copies are kept.

    Raises DatabaseNotReady if a newer version made this database.
    """
    executor = MigrationExecutor(connection)
    _refuse_newer(executor)
    pending = tuple(f"{migration.app_label}.{migration.name}" for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()))
    has_tables = bool(executor.loader.applied_migrations)
    copy = _copied(copies, at) if pending and has_tables and connection.vendor == "sqlite" else None
    lost = tuple(database_objects.not_in_place(connection)) if has_tables and not pending else ()
    call_command("migrate", interactive=False, verbosity=0)
    return Upgrade(pending, lost, copy)


def refuse_old_tables() -> None:
    """Raise DatabaseNotReady unless the tables are exactly those of this version."""
    executor = MigrationExecutor(connection)
    _refuse_newer(executor)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise DatabaseNotReady("database_not_migrated", "The database has not been brought up to date. Run: evenhand migrate")


def _refuse_newer(executor: MigrationExecutor) -> None:
    known = executor.loader.disk_migrations.keys()  # with those that a squashed one stands for: the graph leaves them out
    ours = {app for app, _ in known}
    unknown = sorted(f"{app}.{name}" for app, name in executor.loader.applied_migrations if app in ours and (app, name) not in known)
    if unknown:
        raise DatabaseNotReady(
            "database_newer",
            f"A newer version of Evenhand made this database: this one does not know {', '.join(unknown)}. "
            "Install that version, or restore a backup.",
        )


def _copied(copies: Path, at: datetime) -> Path:
    """SQLite's own online copy: whole and consistent, also while others write."""
    copies.mkdir(parents=True, exist_ok=True)
    target = copies / f"before-upgrade-{at:%Y%m%dT%H%M%S}.sqlite3"
    draft = target.with_suffix(".part")
    with sqlite3.connect(connection.settings_dict["NAME"]) as source, sqlite3.connect(draft) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    draft.chmod(0o600)
    draft.rename(target)
    for old in sorted(copies.glob("before-upgrade-*.sqlite3"))[:-COPIES_KEPT]:
        old.unlink()
    return target


def forget_copies(copies: Path, *, real_at: datetime) -> int:
    """Remove the copies that had their time; returns how many."""
    oldest = (real_at - COPIES_KEPT_FOR).timestamp()
    old = [copy for copy in copies.glob("before-upgrade-*.sqlite3") if copy.stat().st_mtime < oldest]
    for copy in old:
        copy.unlink()
    return len(old)
