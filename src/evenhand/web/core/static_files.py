"""Addresses of static files, remembered: they stay as long as a process lives, and a page with twenty signs asks for the same one twenty times."""

from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class RememberingStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # WhiteNoise has no types
    """Named by `STORAGES`. What was remembered is forgotten when files are collected."""

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__(*settings, **named)
        self._known: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file, with the hash of its content."""
        if force:
            return str(super().url(name, force))
        if name not in self._known:
            self._known[name] = str(super().url(name))
        return self._known[name]

    def post_process(self, *collected: Any, **options: Any) -> Any:
        """As WhiteNoise does it."""
        yield from super().post_process(*collected, **options)
        self._known.clear()
