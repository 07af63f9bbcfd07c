"""Bring a city's published requests in: read, compare, append, count, and refresh what follows from them.

Chunks of eight hundred rows are transactions of their own, so that a city goes on serving meanwhile and a killed import has lost nothing.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from evenhand.web.connectors.published_exports import Export, PublishedRequest, QuarantinedRow, open_export
from evenhand.web.conversations.models import Follower
from evenhand.web.core import clock
from evenhand.web.core.bulk_insert import fewer_checkpoints
from evenhand.web.insights.expected_dates import refresh_expected_dates
from evenhand.web.journeys.close_request import after_closing, announce_closing
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.imports import ImportCounts, RequestImport, latest_moment
from evenhand.web.service_requests.models import ImportRun, ServiceRequest

CHUNK_ROWS = 800  # more rows cost less each, and keep residents who report meanwhile waiting for longer
_SHARED_FORMATS = {"open311"}

_Rows = list[PublishedRequest | QuarantinedRow]
Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all."""


def import_requests(
    city: Jurisdiction, file: Path, *, format: str, at: datetime, progress: Progress = lambda _done, _total: None
) -> tuple[ImportRun, ImportCounts]:
    """Read a published export into `city`.

    Returns the run, with its counts saved, and the counts. The same file again changes nothing; a newer one appends events.

    Raises
    ------
    ExportError
        If the file is not what it claims; nothing is imported then.
    """
    export = open_export(file, format, ZoneInfo(city.timezone))
    export.fallback_points(progress)  # reads to the last byte: a damaged file is refused before anything is written
    run = ImportRun.objects.create(
        jurisdiction=city, format=export.format, source=_source(city, export.format), file_name=file.name[:255], sha256=_sha256(file), started_at=at
    )
    work = RequestImport(run, city, at=at, is_older=_is_older(city, file, export, run), on_closed=lambda closed: _tell_followers(closed, at=at))
    with _fewer_collections(), fewer_checkpoints(), ThreadPoolExecutor(max_workers=1) as reader:
        coming = _Coming(_chunks(export), reader)
        while (chunk := coming.take()) is not None:
            work.take(chunk, before_commit=coming.begin)
            progress(export.bytes_read, export.total_bytes)
    progress(export.total_bytes, export.total_bytes)
    if work.counts.events or _last_was_killed(run):
        refresh_expected_dates(city, at=at)
    run.finished_at = clock.now()
    run.save(update_fields=["finished_at"])
    return run, work.counts


def _tell_followers(closed: Sequence[tuple[ServiceRequest, str]], *, at: datetime) -> None:
    """Tell who follows that a source closed what they wait for, and close what goes on with it. Two queries find them, most often nobody."""
    keys = [request.pk for request, _ in closed]
    followed = set(Follower.objects.filter(request__in=keys, stopped_at=None).values_list("request", flat=True))
    parents = set(ServiceRequest.objects.filter(duplicate_of__in=keys).values_list("duplicate_of", flat=True))
    for request, words in closed:
        if request.pk in parents:
            after_closing(request, words=words, at=at, actor_id=None, channel="import")
        elif request.pk in followed:
            announce_closing(request, words=words, at=at)


def _last_was_killed(run: ImportRun) -> bool:
    """Whether the run before this one wrote requests and ended before it could reckon with them."""
    before = ImportRun.objects.filter(jurisdiction=run.jurisdiction, pk__lt=run.pk).order_by("-pk").first()
    return before is not None and before.finished_at is None


def _source(city: Jurisdiction, format: str) -> str:
    """The source's name, under which ids are unique: the format's, unless several cities publish in it."""
    runs = ImportRun.objects.filter(format=format)
    mine = runs.filter(jurisdiction=city).values_list("source", flat=True).first()
    if mine:
        return mine
    return f"{format}:{city.slug}" if format in _SHARED_FORMATS or runs.exists() else format


def _is_older(city: Jurisdiction, file: Path, export: Export, run: ImportRun) -> bool:
    """Whether an export that ends later is already in. Only then is the file read once more, for its last moment."""
    earlier = ImportRun.objects.filter(jurisdiction=city, source=run.source, data_until__isnull=False).order_by("-data_until").first()
    if earlier is None or earlier.data_until is None or earlier.sha256 == run.sha256:
        return False
    ends = latest_moment(open_export(file, export.format, ZoneInfo(city.timezone)).records(), before=run.started_at)
    return ends is not None and ends < earlier.data_until


class _Coming:
    """The next chunk, which is read while the disk is waited for: a commit takes as long as reading eight hundred rows, and needs no interpreter."""

    def __init__(self, chunks: Iterator[_Rows], reader: Executor) -> None:
        self._chunks, self._reader = chunks, reader
        self._begun: Future[_Rows | None] | None = None

    def begin(self) -> None:
        """Start reading it."""
        self._begun = self._reader.submit(next, self._chunks, None)

    def take(self) -> _Rows | None:
        """The chunk, or None behind the last one; what reading raised is raised here."""
        begun, self._begun = self._begun, None
        return next(self._chunks, None) if begun is None else begun.result()


def _chunks(export: Export) -> Iterator[_Rows]:
    rows = export.records()
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk


@contextmanager
def _fewer_collections() -> Iterator[None]:
    """Rows make no circles: looking for some after every seven hundred objects costs a tenth of an import."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _sha256(file: Path) -> str:
    if file.is_dir():
        return hashlib.sha256("".join(_sha256(part) for part in sorted(file.iterdir()) if part.is_file()).encode()).hexdigest()
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
