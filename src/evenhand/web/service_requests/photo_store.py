"""Where clean photos lie: a folder of its own for each, written once, under a key that cannot be guessed.

A photo's folder is filled beside its final place and renamed into it, so a key either has both files, durable, or does not exist; a crash
leaves at most an unfinished folder, which `erase_unfinished` removes. Who may see a photo is decided where its row is read; the key only
names the files.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from evenhand.vocabulary.errors import EvenhandError

PhotoSize = Literal["full", "thumbnail"]
FILE_NAMES: Final[dict[PhotoSize, str]] = {"full": "full.jpg", "thumbnail": "thumbnail.jpg"}
UNFINISHED: Final = ".unfinished"
KEY_BYTES: Final = 16
KEY: Final = re.compile(r"[0-9a-f]{32}")


class PhotoKeyInvalid(EvenhandError):
    """A key that this store cannot have made."""

    def __init__(self) -> None:
        super().__init__("photo_key_invalid", f"Expected a photo's key: {2 * KEY_BYTES} hexadecimal digits.")


class PhotoStore:
    """The photos under one root folder, made when the first photo comes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, jpeg: bytes, thumbnail: bytes) -> str:
        """Keep a clean photo and return its new key; when this returns, both files survive a power cut."""
        key = secrets.token_hex(KEY_BYTES)
        draft = self.root / UNFINISHED / key
        draft.mkdir(parents=True)
        try:
            _write_durably(draft / FILE_NAMES["full"], jpeg)
            _write_durably(draft / FILE_NAMES["thumbnail"], thumbnail)
            _make_durable(draft)
            self._move_in(draft, key)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        return key

    def path(self, key: str, size: PhotoSize) -> Path:
        """Where the file lies; after `erase` there is nothing there."""
        return self._folder(key) / FILE_NAMES[size]

    def erase(self, key: str) -> bool:
        """Remove a photo for good; False if there is none. It leaves its place in one step, so nobody meets half of it."""
        folder = self._folder(key)
        grave = self.root / UNFINISHED / f"{key}.erased"
        grave.parent.mkdir(parents=True, exist_ok=True)
        try:
            folder.rename(grave)
        except FileNotFoundError:
            return False
        os.utime(grave)  # young enough for `erase_unfinished` to keep its hands off
        _make_durable(folder.parent)
        shutil.rmtree(grave)
        return True

    def keys(self) -> Iterator[str]:
        """Every photo's key, in order."""
        for shelf in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            yield from sorted(folder.name for folder in shelf.iterdir() if KEY.fullmatch(folder.name))

    def erase_unfinished(self, *, older_than_seconds: float = 3600.0) -> int:
        """Remove what a crash left between the first byte and the key, or between erasing and gone; returns how many."""
        newest = time.time() - older_than_seconds
        left = [folder for folder in (self.root / UNFINISHED).glob("*") if folder.stat().st_mtime <= newest]
        for folder in left:
            shutil.rmtree(folder)
        return len(left)

    def _folder(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise PhotoKeyInvalid
        return self.root / key[:2] / key

    def _move_in(self, draft: Path, key: str) -> None:
        folder = self._folder(key)
        if not folder.parent.exists():
            folder.parent.mkdir(exist_ok=True)
            _make_durable(self.root)
        draft.rename(folder)
        _make_durable(folder.parent)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _make_durable(folder: Path) -> None:
    """A file's name is kept by its folder, which the system writes when it likes unless told."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
