"""Rows for clean photos that lie in the store already, made in the transaction that attaches them to words.

Files come first: decoding takes a second, and nobody should wait for a turn to write meanwhile. Files that get no row (a second click, a lost
connection) go with the worker's tidying.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from evenhand.web.service_requests.models import Photo


class FileInStore(Protocol):
    """A clean photo as the store knows it."""

    @property
    def key(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


def rows_of(files: Iterable[FileInStore], *, at: datetime) -> list[Photo]:
    """Rows ready to be attached to an event."""
    return [Photo.objects.create(key=file.key, width=file.width, height=file.height, added_at=at) for file in files]
