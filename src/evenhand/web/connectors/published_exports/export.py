"""Open a published export: one file, several, or a folder of pages, read as one stream of records.

Reading takes two passes: one that finds fallback points (a point is one only by what all its requests say) and one that makes the records. The
first pass reaches the last byte before any record is given out, so a damaged file is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from evenhand.web.connectors.published_exports.errors import NotAFile, UnknownFormat
from evenhand.web.connectors.published_exports.fallback_points import FallbackPoint, find_fallback_points
from evenhand.web.connectors.published_exports.formats import export_formats
from evenhand.web.connectors.published_exports.reading import ExportFormat, Reading, Sighting
from evenhand.web.connectors.published_exports.record import PublishedRequest, QuarantinedRow
from evenhand.web.connectors.published_exports.source import Part, Progress
from evenhand.web.connectors.published_exports.times import CityClock

PASSES = 2
WATCH_EVERY = 5000  # rows

Watch = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


class Export:
    """A published export, checked and ready to be read. `bytes_read` of `total_bytes` is the progress over all passes."""

    def __init__(self, parts: Sequence[Part], form: ExportFormat, timezone: ZoneInfo) -> None:
        self._parts = tuple(parts)
        self._form = form
        self._timezone = timezone
        self._fallbacks: tuple[FallbackPoint, ...] | None = None
        self._size = sum(part.size for part in parts)
        self._progress = Progress(total=PASSES * self._size)

    @property
    def format(self) -> str:
        return self._form.name

    @property
    def title(self) -> str:
        return self._form.title

    @property
    def total_bytes(self) -> int:
        return self._progress.total

    @property
    def bytes_read(self) -> int:
        return self._progress.done

    def fallback_points(self, watch: Watch = lambda _done, _total: None) -> tuple[FallbackPoint, ...]:
        """Points that stand for an unknown place, those with most requests first; found once, kept. `watch` is called as the reading goes.

        Raises ExportError on damaged data.
        """
        if self._fallbacks is None:
            self._fallbacks = find_fallback_points(self._sightings(watch), self._form.kinds())
        return self._fallbacks

    def records(self) -> Iterator[PublishedRequest | QuarantinedRow]:
        """Every row, in the order of the file, as a record or with the reason why it cannot be one."""
        keys = frozenset(point.key for point in self.fallback_points())
        reading = Reading(CityClock(self._timezone), self._progress, keys)
        for part in self._passing(1):
            yield from self._form.read(part, reading)

    def _sightings(self, watch: Watch) -> Iterator[Sighting]:
        for part in self._passing(0):
            for number, seen in enumerate(self._form.sightings(part, self._progress)):
                if number % WATCH_EVERY == 0:
                    watch(self.bytes_read, self.total_bytes)
                yield seen

    def _passing(self, number: int) -> Iterator[Part]:
        """The parts, with the progress set to where the pass stands at the start of each and at its end."""
        behind = number * self._size
        for part in self._parts:
            self._progress.base = self._progress.done = behind
            yield part
            behind += part.size
        self._progress.done = behind


def open_export(path: Path | Sequence[Path], format: str, timezone: ZoneInfo) -> Export:
    """Open `path` as an export of the named format, or of the one that its header shows ("auto").

    Parameters
    ----------
    path
        A file (plain or gzip), several files of one export, or a folder of them (read in the order of their names).
    format
        A name of `export_formats()`, or "auto".
    timezone
        The city's zone: times without an offset are its local times.

    Raises
    ------
    ExportError
        NotAFile, EmptyExport, NotText, HtmlInsteadOfData, DamagedGzip, MalformedDocument, MissingColumns (all of them),
        RepeatedColumns or UnknownFormat, before any record is given out.
    """
    parts = [Part.at(file) for file in _files(path)]
    form = _recognised(parts[0]) if format == "auto" else _named(format)
    for part in parts:
        form.check(part)
    return Export(parts, form, timezone)


def _files(path: Path | Sequence[Path]) -> list[Path]:
    if not isinstance(path, Path):
        files = list(path)
    elif path.is_dir():
        files = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
    else:
        files = [path]
    if not files:
        raise NotAFile(f"Expected at least one file of an export at {path}, found none.", path=str(path))
    return files


def _named(name: str) -> ExportFormat:
    forms = export_formats()
    if name not in forms:
        raise UnknownFormat(f"There is no export format {name!r}. Known: {', '.join(forms)}, auto.", known=list(forms))
    return forms[name]


def _recognised(part: Part) -> ExportFormat:
    forms = export_formats().values()
    found = [form for form in forms if form.recognises(part)]
    if len(found) == 1:
        return found[0]
    if found:
        names = [form.name for form in found]
        raise UnknownFormat(f"{part.name} could be an export of {' or '.join(names)}: say which with the format's name.", candidates=names)
    looked_for = "\n".join(f"- {form.name} ({form.title}): {form.signature}" for form in forms)
    raise UnknownFormat(f"{part.name} is none of the exports that can be read. Looked for:\n{looked_for}", known=[form.name for form in forms])
