"""Files that are there whole or not at all: written aside first, then renamed into place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from evenhand.vocabulary.errors import EvenhandError


def refuse_no_folder(folder: Path) -> None:
    """Refuse, before any work is done, a place that can hold no files. Raises EvenhandError."""
    if folder.exists() and not folder.is_dir():
        raise EvenhandError("output_not_writable", f"A folder to write into was expected, and {folder} is none: it is a file.")


def write_whole(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, made where it is not there. An interruption leaves what was there before, and no part of a file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder))
    except OSError as error:
        raise EvenhandError("output_not_writable", f"A folder to write into was expected, and {folder} is none: {error.strerror}.") from error
    try:
        for name, content in files.items():
            for place in (aside, folder):
                (place / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)
        return [(aside / name).replace(folder / name) for name in files]
    finally:
        shutil.rmtree(aside, ignore_errors=True)
