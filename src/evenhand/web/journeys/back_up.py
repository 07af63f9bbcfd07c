"""Back everything up, while the city goes on serving.

First one moment of the database, then the photos that this moment names: a photo's files are written once, before its row, and never changed, so
copying them later gives the same bytes. A photo that was erased in between is missing, and said. Then the key and every other store of the home.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core.backup_archive import ArchiveWriter
from evenhand.web.core.database_snapshot import snapshot
from evenhand.web.core.stores import PHOTOS, Stores
from evenhand.web.service_requests.photo_store import FILE_NAMES, PhotoStore

HOME, DATABASE = "home", "database"
_PHOTO_KEYS = "SELECT key FROM requests_photo WHERE erased_at IS NULL ORDER BY id"
_SQLITE_MAGIC = b"SQLite format 3\x00"

Progress = Callable[[int, int], None]
"""Called with the photos done and the photos in all."""


class BackupTargetInvalid(EvenhandError):
    """The archive cannot be written where it was asked for."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What is in the archive: its photos, and the keys of those whose files were gone."""

    archive: Path
    photos: int
    gone: tuple[str, ...]


def back_up(stores: Stores, archive: Path, *, at: datetime, progress: Progress = lambda _done, _total: None) -> BackedUp:
    """Write one archive of everything.

    Raises BackupTargetInvalid where `archive` exists already or its folder does not.
    """
    _refuse_target(archive)
    with tempfile.TemporaryDirectory(prefix=".evenhand-backup-", dir=archive.parent) as folder, ArchiveWriter(archive) as out:
        with snapshot(stores, Path(folder)) as taken:
            keys = taken.column(_PHOTO_KEYS)
        out.add(f"{DATABASE}/{taken.file.name}", taken.file)
        gone = _add_photos(out, PhotoStore(stores.photo_folder), keys, progress)
        _add_others(out, stores, archive, Path(folder))
        out.facts = {
            "evenhand_version": version("evenhand"),
            "made_at": at.isoformat(),
            "database": "sqlite" if stores.is_sqlite else "postgresql",
            "photos": len(keys) - len(gone),
            "photos_gone": gone,
        }
    return BackedUp(archive, len(keys) - len(gone), tuple(gone))


def _refuse_target(archive: Path) -> None:
    if archive.exists():
        raise BackupTargetInvalid("backup_exists", f"{archive} is there already, and is not overwritten. Choose another name.")
    if not archive.parent.is_dir():
        raise BackupTargetInvalid("backup_folder_missing", f"The folder {archive.parent} is not there. Make it, or choose another one.")


def _add_photos(out: ArchiveWriter, store: PhotoStore, keys: list[str], progress: Progress) -> list[str]:
    gone: list[str] = []
    for number, key in enumerate(keys, start=1):
        try:
            for size in FILE_NAMES:
                path = store.path(key, size)
                out.add(f"{HOME}/{PHOTOS}/{path.relative_to(store.root).as_posix()}", path)
        except FileNotFoundError:
            gone.append(key)
        progress(number, len(keys))
    return gone


def _add_others(out: ArchiveWriter, stores: Stores, archive: Path, folder: Path) -> None:
    own = {archive.resolve(), archive.with_name(f"{archive.name}.part").resolve()}
    for file in stores.other_files():
        if file.resolve() in own or folder.resolve() in file.resolve().parents:
            continue
        source = _quiet_copy(file, folder)
        out.add(f"{HOME}/{file.relative_to(stores.home).as_posix()}", source)


def _quiet_copy(file: Path, folder: Path) -> Path:
    """The file itself; of another SQLite database a copy of one moment, since somebody may be writing to it."""
    with file.open("rb") as start:
        if start.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            return file
    target = folder / "store.sqlite3"
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    return target
