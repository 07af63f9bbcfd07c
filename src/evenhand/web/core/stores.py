"""What an instance keeps, and where: one home folder, and the database in it or on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

SQLITE_NAME: Final = "evenhand.sqlite3"
PHOTOS: Final = "photos"
MADE_AGAIN: Final = frozenset({"static", "backups", "home.lock"})  # never part of a backup
_BESIDE_SQLITE: Final = ("-wal", "-shm", "-journal", ".write-queue")


@dataclass(frozen=True, slots=True)
class Stores:
    """One instance's stores. `database_url` empty: the SQLite file `sqlite_name` in the home."""

    home: Path
    database_url: str = ""
    sqlite_name: str = SQLITE_NAME

    @property
    def is_sqlite(self) -> bool:
        return not self.database_url

    @property
    def sqlite_file(self) -> Path:
        return self.home / self.sqlite_name

    @property
    def database_words(self) -> str:
        """Where the database is, for people: never with its password."""
        if self.is_sqlite:
            return str(self.sqlite_file)
        parts = urlsplit(self.database_url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))

    @property
    def photo_folder(self) -> Path:
        return self.home / PHOTOS

    def other_files(self) -> Iterator[Path]:
        """Every file of the home that is neither the database, nor a photo, nor something that is made again: the key, and all other stores."""
        skipped = {self.sqlite_name, *(self.sqlite_name + end for end in _BESIDE_SQLITE)}
        for entry in sorted(self.home.iterdir()) if self.home.is_dir() else ():
            if entry.name in skipped or entry.name == PHOTOS or entry.name in MADE_AGAIN:
                continue
            for file in [entry] if entry.is_file() else sorted(entry.rglob("*")):
                if file.is_file() and not file.name.endswith((".part", *_BESIDE_SQLITE)):
                    yield file

    def holds_something(self) -> bool:
        """Whether a restore into this home would replace anything: a database file, photos, or a store beside the key."""
        has_photos = self.photo_folder.is_dir() and any(self.photo_folder.iterdir())
        return self.sqlite_file.exists() or has_photos or any(file.name != "secret.key" for file in self.other_files())
