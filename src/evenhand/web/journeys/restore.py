"""Put a backup in the place of what is there. Everything is unpacked and verified beside the home before the home is touched; what was there is kept.

The swap is two renames of folders. With PostgreSQL the database is replaced in one transaction between them, and a failure renames back.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core import database_snapshot
from evenhand.web.core.backup_archive import BackupDamaged, extract_verified
from evenhand.web.core.home_lock import OWNER_ONLY, alone_in_home
from evenhand.web.core.stores import Stores
from evenhand.web.journeys.back_up import DATABASE, HOME

SQLITE_COPY, POSTGRESQL_DUMP = "database.sqlite3", "postgresql.dump"


class RestoreRefused(EvenhandError):
    """The backup is sound, but must not go where it was asked to."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What the backup says of itself, and the folder in which what was there before is kept (None: there was nothing)."""

    facts: Mapping[str, Any]
    aside: Path | None


def restore(stores: Stores, archive: Path, *, at: datetime, replace: bool = False) -> Restored:
    """Make the home and the database those of `archive`.

    Raises
    ------
    BackupDamaged
        If the archive is not whole.
    RestoreRefused
        If something is there already and `replace` is not said, or the backup is of the other kind of database.
    HomeInUse
        While a server or worker runs there.
    """
    with alone_in_home(stores.home), _staging(stores.home) as staging:
        manifest = extract_verified(archive, staging)
        _check_database(stores, archive, staging, str(manifest.facts.get("database")))
        if not replace:
            _refuse_if_occupied(stores)
        aside = _swap(stores, staging, at)
    return Restored(manifest.facts, aside)


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A folder on the home's own disk, so that the swap is a rename."""
    folder = home.parent / f".{home.name}.restoring-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_database(stores: Stores, archive: Path, staging: Path, kind: str) -> None:
    wanted = "sqlite" if stores.is_sqlite else "postgresql"
    if kind != wanted:
        raise RestoreRefused(
            "other_database", f"{archive} holds a {kind} database, and DATABASE_URL names {wanted}. Set DATABASE_URL to match the backup."
        )
    if stores.is_sqlite:
        faults = database_snapshot.sqlite_faults(staging / DATABASE / SQLITE_COPY)
    else:
        faults = database_snapshot.postgresql_dump_faults(staging / DATABASE / POSTGRESQL_DUMP)
    if faults:
        raise BackupDamaged(archive, [f"Its database is not sound: {fault}" for fault in faults])


def _refuse_if_occupied(stores: Stores) -> None:
    occupied = stores.holds_something() or (not stores.is_sqlite and database_snapshot.postgresql_holds_tables(stores.database_url))
    if occupied:
        raise RestoreRefused(
            "home_not_empty", f"{stores.home} holds an instance already. With --replace it is moved aside, and kept; nothing was changed now."
        )


def _swap(stores: Stores, staging: Path, at: datetime) -> Path | None:
    new = staging / HOME
    new.mkdir(exist_ok=True)
    new.chmod(OWNER_ONLY)  # unpacking made it before, as it makes every folder
    if stores.is_sqlite:
        (staging / DATABASE / SQLITE_COPY).rename(new / stores.sqlite_name)
    os.sync()
    aside = stores.home.with_name(f"{stores.home.name}.before-restore-{at:%Y%m%dT%H%M%S}")
    had_something = stores.holds_something()
    _rename(stores.home, aside)
    try:
        if not stores.is_sqlite:
            had_something |= _replace_postgresql(stores, staging, aside)
        _rename(new, stores.home)
    except BaseException:
        aside.rename(stores.home)
        raise
    if had_something:
        return aside
    shutil.rmtree(aside)
    return None


def _replace_postgresql(stores: Stores, staging: Path, aside: Path) -> bool:
    """Returns whether there was a database to keep."""
    held = database_snapshot.postgresql_holds_tables(stores.database_url)
    if held:
        database_snapshot.dump_postgresql(stores.database_url, aside / POSTGRESQL_DUMP)
    database_snapshot.replace_postgresql(stores.database_url, staging / DATABASE / POSTGRESQL_DUMP)
    return held


def _rename(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError as error:
        raise RestoreRefused(
            "home_not_movable",
            f"{source} cannot be renamed to {target}: {error.strerror}. Restoring swaps the whole folder: let EVENHAND_HOME be a folder inside of "
            "what is mounted, and its parent writable.",
        ) from error
