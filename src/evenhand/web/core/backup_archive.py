"""The file that a backup is: a tar with gzip (level 1: photos don't shrink), its manifest last.

The manifest names every other file with its length and SHA-256, so an archive that was cut off has none, and one that was changed does not fit. It is
written beside its final name and renamed when it is whole and on the disk.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Final

from evenhand.vocabulary.errors import EvenhandError

FORMAT: Final = "evenhand-backup"
FORMAT_VERSION: Final = 1
MANIFEST: Final = "manifest.json"
_OWNER_ONLY: Final = 0o600
_CHUNK: Final = 1 << 20


class BackupDamaged(EvenhandError):
    """The archive is not one of ours, is cut off, or holds something else than its manifest says."""

    def __init__(self, archive: Path, faults: list[str]) -> None:
        shown = "\n".join(f"- {fault}" for fault in faults[:20])
        super().__init__("backup_damaged", f"{archive} cannot be restored. Nothing was changed.\n{shown}", faults=faults)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive says of itself. `facts` are the maker's: version, moment, kind of database, counts."""

    facts: Mapping[str, Any]
    files: Mapping[str, Entry] = field(default_factory=dict)


class ArchiveWriter:
    """Writes an archive; leaving the block without an error makes it final, with an error leaves nothing."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.facts: dict[str, Any] = {}
        self._draft = target.with_name(f"{target.name}.part")
        self._files: dict[str, Entry] = {}

    def __enter__(self) -> ArchiveWriter:
        self._raw = os.fdopen(os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY), "wb")
        self._tar = tarfile.open(fileobj=self._raw, mode="w:gz", compresslevel=1)
        return self

    def add(self, name: str, file: Path) -> None:
        """Add a file that nobody writes any more. Raises FileNotFoundError before anything is written."""
        with file.open("rb") as source:
            reader = _Hashing(source)
            info = tarfile.TarInfo(name)
            info.size = os.fstat(source.fileno()).st_size
            info.mode = _OWNER_ONLY
            self._tar.addfile(info, reader)
        self._files[name] = Entry(reader.hexdigest(), info.size)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            if error is None:
                self._add_manifest()
            self._tar.close()
            self._raw.flush()
            os.fsync(self._raw.fileno())
        finally:
            self._raw.close()
            if error is not None:
                self._draft.unlink(missing_ok=True)
        if error is None:
            self._draft.rename(self.target)

    def _add_manifest(self) -> None:
        files = {name: {"sha256": entry.sha256, "size": entry.size} for name, entry in self._files.items()}
        text = json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **self.facts, "files": files}, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(text)
        info.mode = _OWNER_ONLY
        self._tar.addfile(info, io.BytesIO(text))


def extract_verified(archive: Path, into: Path) -> Manifest:
    """Unpack an archive into a folder of its own and hold it against its manifest.

    Raises BackupDamaged, naming every file that does not fit; the caller throws the folder away then.
    """
    try:
        found, raw = _unpack(archive, into)
    except FileNotFoundError:
        raise BackupDamaged(archive, ["There is no such file."]) from None
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise BackupDamaged(archive, [f"It is cut off, damaged, or no backup of Evenhand: {error}."]) from error
    manifest = _read_manifest(archive, raw)
    if faults := _differences(manifest.files, found):
        raise BackupDamaged(archive, faults)
    return manifest


def _unpack(archive: Path, into: Path) -> tuple[dict[str, Entry], bytes]:
    found: dict[str, Entry] = {}
    raw = b""
    with gzip.open(archive) as whole, tarfile.open(fileobj=whole, mode="r|") as tar:
        for info in tar:
            source = tar.extractfile(info) if info.isreg() else None
            if source is None or not _is_safe(info.name):
                raise tarfile.ReadError(f"it holds {info.name!r}, which no backup holds")
            if info.name == MANIFEST:
                raw = source.read(64 * _CHUNK)
            else:
                found[info.name] = _written(source, into / info.name)
        while whole.read(_CHUNK):
            pass  # to the very end: there gzip checks its own sum
    return found, raw


def _written(source: IO[bytes], target: Path) -> Entry:
    target.parent.mkdir(parents=True, exist_ok=True)
    reader = _Hashing(source)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "wb") as out:
        size = 0
        while chunk := reader.read(_CHUNK):
            size += out.write(chunk)
    return Entry(reader.hexdigest(), size)


def _read_manifest(archive: Path, raw: bytes) -> Manifest:
    try:
        document = json.loads(raw) if raw else None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise BackupDamaged(archive, ["It has no manifest of Evenhand: it is cut off, or no backup."])
        if document.get("format_version") != FORMAT_VERSION:
            raise BackupDamaged(archive, [f"Its format is {document.get('format_version')}; this version of Evenhand reads {FORMAT_VERSION}."])
        files = {str(name): Entry(str(entry["sha256"]), int(entry["size"])) for name, entry in document["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupDamaged(archive, [f"Its manifest cannot be read: {error}."]) from error
    return Manifest({key: value for key, value in document.items() if key != "files"}, files)


def _differences(stated: Mapping[str, Entry], found: Mapping[str, Entry]) -> list[str]:
    faults = [f"{name} is in its manifest, and missing." for name in stated if name not in found]
    faults += [f"{name} is not in its manifest." for name in found if name not in stated]
    faults += [f"{name} was changed: its content has another hash." for name, entry in found.items() if name in stated and stated[name] != entry]
    return faults


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name == str(path)


class _Hashing(io.RawIOBase):
    """Reads through to a file and hashes what passes."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._source.read(size)
        self._hash.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
