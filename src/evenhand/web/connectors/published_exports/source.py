"""Bytes, text and lines of one file of an export, streamed.

Modelling choices. Compression is told by content, not by name. Text is UTF-8 (a byte-order mark is dropped); a line that is not is read as
Windows-1252 and remembered, so that one bad line costs neither the file nor its good lines. Memory is bounded: a chunk at a time, and a line
longer than LONGEST_LINE is cut down to a stump that no reader can take for a row.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from evenhand.web.connectors.published_exports.errors import DamagedGzip, EmptyExport, HtmlInsteadOfData, NotAFile, NotText

CHUNK: Final = 1 << 18
HEAD: Final = 1 << 16
LONGEST_LINE: Final = 1 << 20  # characters; the longest real row seen has 3,000
STUMP: Final = 200  # characters kept of a longer one, for the report
NUL: Final = b"\0"  # no database's text can hold it
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}".encode()
GZIP_MAGIC: Final = b"\x1f\x8b"
KNOWN_BINARIES: Final = {
    b"PK\x03\x04": "a zip archive or an Excel workbook: unpack it, or save the sheet as CSV",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document: save it as CSV",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
}


@dataclass(slots=True)
class Progress:
    """How many of the bytes that all passes read together are behind us; `done` never passes `total`."""

    total: int
    done: int = 0
    base: int = 0

    def at(self, position: int) -> None:
        self.done = min(self.base + position, self.total)


@dataclass(slots=True)
class Part:
    """One file of an export."""

    path: Path
    size: int
    head: bytes
    recoded: set[int] = field(default_factory=set)  # numbers of the lines of the last pass that were not UTF-8
    overlong: set[int] = field(default_factory=set)  # numbers of the lines of the last pass that were cut

    @classmethod
    def at(cls, path: Path) -> Part:
        """Open `path` far enough to know that it holds text; raises NotAFile, EmptyExport, DamagedGzip, NotText or HtmlInsteadOfData."""
        if not path.is_file():
            raise NotAFile(f"Expected a file with an export at {path}, found {'a folder' if path.is_dir() else 'nothing'}.", path=str(path))
        part = cls(path, path.stat().st_size, b"")
        part.head = next(part.chunks(size=HEAD), b"")
        _require_text(part)
        return part

    @property
    def name(self) -> str:
        return self.path.name

    def chunks(self, progress: Progress | None = None, size: int = CHUNK) -> Iterator[bytes]:
        """The file's content, decompressed."""
        with self.path.open("rb") as raw:
            is_gzip = raw.read(2) == GZIP_MAGIC
            raw.seek(0)
            content = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if is_gzip else raw
            try:
                while block := content.read(size):
                    if progress is not None:
                        progress.at(raw.tell())
                    yield block
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise DamagedGzip(
                    f"{self.name} is compressed with gzip, and its data breaks off or is damaged near byte "
                    f"{raw.tell():,} of {self.size:,} ({error}). The download probably stopped early: fetch it again.",
                    path=str(self.path),
                ) from error

    def lines(self, progress: Progress | None = None) -> Iterator[str]:
        """Physical lines with their line ends, bounded in length; fills `recoded` and `overlong` with their 1-based numbers."""
        self.recoded.clear()
        self.overlong.clear()
        end = b"\r" if b"\n" not in self.head and b"\r" in self.head else b"\n"
        number = 0
        for block in _whole_lines(self.chunks(progress), end):
            if number == 0:
                block = block.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 - the mark belongs to the file, not to its first cell
            for line in self._decoded(block, end, number):
                number += 1
                if len(line) > LONGEST_LINE:
                    self.overlong.add(number)
                    yield line[:STUMP].replace('"', "'") + "\n"
                else:
                    yield line + "\n"

    def _decoded(self, block: bytes, end: bytes, before: int) -> list[str]:
        if NUL not in block:
            try:
                return block.decode("utf-8").split(end.decode())
            except UnicodeDecodeError:
                pass
        return [self._decoded_line(line, before + i) for i, line in enumerate(block.split(end), start=1)]

    def _decoded_line(self, line: bytes, number: int) -> str:
        if NUL in line:
            self.recoded.add(number)
            line = line.replace(NUL, REPLACEMENT)
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.recoded.add(number)
            return line.decode("cp1252", errors="replace")


def _whole_lines(chunks: Iterator[bytes], end: bytes) -> Iterator[bytes]:
    """Blocks that end where a line ends (without that end), so that no line and no character is cut in two."""
    kept = b""
    for chunk in chunks:
        cut = chunk.rfind(end)
        if cut >= 0:
            yield kept + chunk[:cut]
            kept = chunk[cut + 1 :]
        elif len(kept) <= 4 * LONGEST_LINE:  # what comes after that of an endless line is dropped: four bytes are one character at most
            kept += chunk
    if kept:
        yield kept


def _require_text(part: Part) -> None:
    head = part.head
    if not head.strip():
        raise EmptyExport(f"{part.name} is empty: there is no header and no row in it.", path=str(part.path))
    for magic, what in KNOWN_BINARIES.items():
        if head.startswith(magic):
            raise NotText(f"{part.name} is not a text file but {what}.", path=str(part.path))
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if b"\0" in head or controls > len(head) // 100:
        raise NotText(f"{part.name} holds binary data, not text. Expected CSV, JSON or XML, plain or compressed with gzip.", path=str(part.path))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise HtmlInsteadOfData(
            f"{part.name} is a web page, not an export. A portal often answers with a login or error page: open the file in a "
            "browser to see what it says, then download the export again.",
            path=str(part.path),
        )
