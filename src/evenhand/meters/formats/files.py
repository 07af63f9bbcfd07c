"""What a path holds: found by its first bytes, not by its name.

Modelling choice: names lie (`readings.csv` that is gzip, `.dat` that is Parquet), bytes do not. Names decide only which files of a folder are looked
at: those that begin with a dot or an underscore, or have no ending of ours, are another program's and are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from evenhand.meters.formats.errors import Fault

Kind = Literal["parquet", "csv", "espi", "empty"]
Compression = Literal["gzip", "zstd"] | None

ENDINGS = (".parquet", ".pq", ".csv", ".tsv", ".txt", ".xml")
COMPRESSED_ENDINGS = (".gz", ".zst", ".zstd")
HEAD_BYTES = 64 * 1024

PARQUET = b"PAR1"
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class FoundFile:
    """One file, what it is, and its first bytes as they are after decompression."""

    path: Path
    kind: Kind
    compression: Compression
    head: bytes


def find_files(paths: Iterable[Path | str]) -> tuple[list[FoundFile], list[Fault]]:
    """All files of these paths, folders searched to their depth, in the order of their names; and what cannot be read at all."""
    files: list[FoundFile] = []
    faults: list[Fault] = []
    for path in (Path(path) for path in paths):
        if not path.exists():
            faults.append(Fault("no_such_file", str(path), "there is no such file or folder"))
            continue
        within = _files_within(path) if path.is_dir() else [path]
        if not within:
            words = f"no readings in this folder: files that end in {', '.join(ENDINGS)} were expected, also with {', '.join(COMPRESSED_ENDINGS)}"
            faults.append(Fault("empty_folder", str(path), words))
        for found in map(_look_at, within):
            (files if isinstance(found, FoundFile) else faults).append(found)  # type: ignore[arg-type]  # each goes to the list of its own kind
    return files, faults


def stem_of(path: Path) -> str:
    """A file's name without its endings of ours: `meter-17.csv.gz` → `meter-17`."""
    name = path.name
    for endings in (COMPRESSED_ENDINGS, ENDINGS):
        ending = next((ending for ending in endings if name.lower().endswith(ending)), "")
        name = name[: len(name) - len(ending)]
    return name


def _files_within(folder: Path) -> Sequence[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and _is_ours(path.relative_to(folder)))


def _is_ours(path: Path) -> bool:
    is_hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not is_hidden and path.name != stem_of(path) and any(ending in path.name.lower() for ending in ENDINGS)


def _look_at(path: Path) -> FoundFile | Fault:
    name = str(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if not start:
            return FoundFile(path, "empty", None, b"")
        if start == PARQUET:
            return FoundFile(path, "parquet", None, start)
        if path.suffix.lower() in {".parquet", ".pq"}:
            return Fault("truncated_file", name, "this is not a Parquet file, although its name says so: was it copied whole?")
        compression: Compression = "gzip" if start[:2] == GZIP else "zstd" if start == ZSTD else None
        head = read_head(path, compression)
    except OSError as reason:
        return Fault("unreadable_file", name, f"cannot be opened or unpacked ({reason}): was it copied whole?")
    return _by_head(path, compression, head)


def _by_head(path: Path, compression: Compression, head: bytes) -> FoundFile | Fault:
    if not head.strip():
        return FoundFile(path, "empty", compression, b"")
    if b"\x00" in head or head.startswith(b"PK"):
        words = "neither Parquet, CSV (plain, gzip, zstd) nor Green Button XML: unpack archives, and write spreadsheets as CSV"
        return Fault("unknown_format", str(path), words)
    kind: Kind = "espi" if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else "csv"
    return FoundFile(path, kind, compression, head)


def read_head(path: Path, compression: Compression) -> bytes:
    """The first 64 kB of a file, unpacked."""
    with open_stream(path, compression) as stream:
        head = bytearray()
        # A compressed stream hands out what one block holds, which may be less than was asked for.
        while len(head) < HEAD_BYTES and (more := stream.read(HEAD_BYTES - len(head))):
            head += more
    return bytes(head)


def open_stream(path: Path, compression: Compression) -> pa.NativeFile:
    """A file as a stream of unpacked bytes."""
    return pa.input_stream(str(path), compression=compression)
