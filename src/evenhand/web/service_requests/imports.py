"""Published rows into requests, a chunk a transaction.

`(source, source_id)` is unique: a row that says what its source said before changes nothing, whatever was done here since; one that says something
newer appends events; one that contradicts the identity of what we know is put aside. Whenever the work is killed, the chunks that are in are whole:
history, map cells and indexes included, and the next run goes on from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from evenhand.web.connectors.published_exports.record import PublishedRequest, QuarantinedRow
from evenhand.web.core.bulk_insert import one_of, update_rows
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.shapes import shapes_of
from evenhand.web.service_requests import cells, history
from evenhand.web.service_requests.areas_of_points import AreasOfPoints
from evenhand.web.service_requests.duplicates import lock_families
from evenhand.web.service_requests.editing import SUBJECTS
from evenhand.web.service_requests.first_rows import FirstRow, FirstRows
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Event, ImportRun, ServiceRequest
from evenhand.web.service_requests.models import QuarantinedRow as QuarantinedRow_
from evenhand.web.service_requests.published_rows import (
    LONGEST_ID,
    change_events,
    digest_of,
    kept_here,
    last_change,
    standing_of,
    take_over,
)
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.reference_numbers import SERVABLE, new_reference
from evenhand.web.service_requests.service_types import ServiceTypes
from evenhand.web.service_requests.workflow import Actor, Move

_CHANGING = (
    *("service_id", "state", "status", "closed_at", "closing_reason", "evidence", "stated_by", "source_status", "stated_digest", "visibility"),
    *("lat", "long", "place_quality", "area_id", "expected_at", "updated_at", "faults", "event_count", "head_hash"),
)


_KEPT = ("service", "place", "expected_date")
"""What stays as staff set it here, whatever a later export says."""

# Word for word the condition of the unique index on (source, source_id): SQLite proves nothing about bound values and would read the whole table.
_IS_PUBLISHED = RawSQL("NOT (source = '')", (), output_field=BooleanField())


Closed = Callable[[Sequence[tuple[ServiceRequest, str]]], None]
"""Called in a chunk's transaction with the requests that were open here until now and that its rows close, each with the source's words."""


@dataclass
class ImportCounts:
    """What an import did, row by row: every row read is in exactly one of the first six."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    older: int = 0
    quarantined: int = 0
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    quarantine_codes: Counter[str] = field(default_factory=Counter)

    def copy(self) -> ImportCounts:
        """A copy to add to: if the chunk fails, the counts are those of the chunks that are in."""
        return replace(self, faults=self.faults.copy(), quarantine_codes=self.quarantine_codes.copy())

    def add(self, chunk: _Chunk) -> None:
        self.new += len(chunk.new)
        self.changed += len(chunk.changed)
        self.unchanged += chunk.unchanged
        self.repeated += chunk.repeated
        self.older += chunk.older
        self.quarantined += len(chunk.aside)
        self.events += chunk.events
        self.faults.update(chunk.faults)
        self.quarantine_codes.update(row.code for row in chunk.aside)

    @property
    def rows(self) -> int:
        return self.new + self.changed + self.unchanged + self.repeated + self.older + self.quarantined

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("new", "changed", "unchanged", "repeated", "older", "quarantined", "events")} | {
            "rows": self.rows
        }


class RequestImport:
    """One run over one source. `is_older` says that the export ends before one that is already in: it may add, but not change."""

    def __init__(self, run: ImportRun, city: Jurisdiction, *, at: datetime, is_older: bool = False, on_closed: Closed = lambda _closed: None) -> None:
        self.run, self.city, self.at, self.is_older, self._on_closed = run, city, at, is_older, on_closed
        self.zone = ZoneInfo(city.timezone)
        self.areas = AreasOfPoints(shapes_of(city))
        self.types = ServiceTypes(city)
        self.first_rows = FirstRows(city, self.areas, source=run.source, client=run.format, at=at)
        self.counts = ImportCounts()
        self.data_until: datetime | None = run.data_until

    def take(self, rows: Sequence[PublishedRequest | QuarantinedRow], *, before_commit: Callable[[], object] = lambda: None) -> None:
        """Bring one chunk in, whole or not at all; the run says then how far it has come.

        What can be worked out beforehand is: others who write wait as long as the transaction lasts. `before_commit` is called when only the disk is
        still to be waited for.
        """
        counts = self.counts.copy()
        records = [(row, digest_of(row)) for row in rows if isinstance(row, PublishedRequest)]
        self.areas.learn((row.lat, row.long) for row, _ in records if row.lat is not None and row.long is not None)
        ready = self._made_ready(records)
        data_until = latest_moment((row for row, _ in records), before=self.run.started_at, known=self.data_until)
        with transaction.atomic():
            _wait_for_others(self.run.source)
            chunk = self._chunk(records, ready)
            chunk.aside.extend(row for row in rows if isinstance(row, QuarantinedRow))
            for row, digest in records:
                self._one(row, digest, chunk)
            self._save(chunk)
            if closed := [(pending.request, pending.closing_words()) for pending in chunk.changed if pending.is_closing()]:
                self._on_closed(closed)
            counts.add(chunk)
            self.counts, self.data_until = counts, data_until
            self._note()
            before_commit()

    def _made_ready(self, records: Sequence[tuple[PublishedRequest, str]]) -> dict[str, FirstRow]:
        """First rows of what we do not seem to know, by the source's id; not of those for which a service would have to be written."""
        known = set(self._mine([row.source_id for row, _ in records]).values_list("source_id", flat=True))
        ready: dict[str, FirstRow] = {}
        for row, digest in records:
            if row.source_id not in known and row.source_id not in ready and (service := self.types.known(row)) is not None:
                ready[row.source_id] = self.first_rows.of(row, digest, service)
        return ready

    def _mine(self, source_ids: Sequence[str]) -> ServiceRequestQuerySet:
        """The requests of this source with these ids."""
        return ServiceRequest.objects.filter(_IS_PUBLISHED, one_of("source_id", source_ids), source=self.run.source)

    def _chunk(self, records: Sequence[tuple[PublishedRequest, str]], ready: dict[str, FirstRow]) -> _Chunk:
        """What is known of these rows; the requests whose row says something else than before are locked and read whole."""
        known = self._mine([row.source_id for row, _ in records]).values_list("source_id", "stated_digest", "faults")
        said = {source_id: _Said(digest, faults) for source_id, digest, faults in known}
        differing = [row.source_id for row, digest in records if row.source_id in said and said[row.source_id].digest != digest]
        if differing and connection.features.has_select_for_update:  # a closing reaches a request's duplicates: all are held in one order
            lock_families(*self._mine(differing).values_list("pk", flat=True))
        requests = list(self._mine(differing).select_for_update().order_by("pk")) if differing else []
        return _Chunk(said, {request.source_id: request for request in requests}, _set_here(requests), ready)

    def _one(self, record: PublishedRequest, digest: str, chunk: _Chunk) -> None:
        said = chunk.said.get(record.source_id)
        if len(record.source_id) > LONGEST_ID:
            chunk.aside.append(_aside(record, "id_too_long", f"Expected an id of at most {LONGEST_ID} characters, got {len(record.source_id)}."))
        elif said is None:
            chunk.add_new(chunk.ready.get(record.source_id) or self.first_rows.of(record, digest, self.types.of(record, is_new=True)))
        elif said.digest != digest:
            self._compare(record, digest, chunk)
        elif "repeated_id" in record.faults:
            chunk.repeated += 1
        else:
            chunk.leave(said.faults)

    def _compare(self, record: PublishedRequest, digest: str, chunk: _Chunk) -> None:
        """A row that says something else than the one that we know of the same request."""
        known = chunk.requests.get(record.source_id)
        if known is None or "repeated_id" in record.faults or record.requested_at != known.requested_at:
            opened = chunk.new_by_id[record.source_id].requested_at if known is None else known.requested_at
            chunk.aside.append(_aside(record, *_conflict(record, opened)))
            return
        service = self.types.of(record)
        kept = chunk.set_here.get(known.pk, set())
        stated = kept_here(standing_of(record, service.pk), known, kept)
        events = change_events(known, stated, record, source=self.run.source, service_code=service.code, at=self.at)
        if not events:
            chunk.leave(known.faults)
        elif self.is_older:
            chunk.older += 1
            chunk.faults.update(known.faults)
        else:
            before, place = cells.counted(known, self.zone), (known.lat, known.long, known.place_quality)
            take_over(known, stated, record, source=self.run.source)
            known.stated_digest = digest
            known.updated_at = last_change(record, events, known=known.updated_at, by=self.at)
            if service.is_private and "service" not in kept:
                known.visibility = "private"
            if "place" not in kept:
                self._find_area(known, is_moved=(known.lat, known.long, known.place_quality) != place)
            chunk.add_changed(_Pending(known, events, before))

    def _find_area(self, request: ServiceRequest, *, is_moved: bool) -> None:
        if request.lat is None or request.long is None or request.place_quality != "exact":
            request.area_id = None
            return
        area_id, is_inside = self.areas.of(request.lat, request.long)
        if is_moved:  # else it keeps its area, which may be one that was retired since
            request.area_id = area_id
        if not is_inside:
            request.faults = [*request.faults, "outside_city"]

    def _save(self, chunk: _Chunk) -> None:
        self._give_references(chunk.new)
        links = [link for pending in chunk.changed for link in pending.chained(self.at)]
        update_rows(ServiceRequest, [pending.request for pending in chunk.changed], _CHANGING)
        history.insert_links(links)
        chunk.events = len(links) + self.first_rows.save(chunk.new)
        QuarantinedRow_.objects.bulk_create([self._quarantined(row) for row in chunk.aside])
        moves = [(pending.before, cells.counted(pending.request, self.zone)) for pending in chunk.changed]
        cells.move_many([*moves, *((None, row.counted) for row in chunk.new)])

    def _give_references(self, rows: Sequence[FirstRow]) -> None:
        """Another number than the source's own id for those whose id cannot stand in an address or is taken."""
        used = _taken([row.source_id for row in rows])
        waiting = [row for row in rows if row.source_id in used or not SERVABLE.fullmatch(row.source_id)]
        used |= {row.source_id for row in rows}
        while waiting:
            drawn = [(row, new_reference()) for row in waiting]
            used |= _taken([reference for _, reference in drawn])
            waiting = []
            for row, reference in drawn:
                if reference in used:
                    waiting.append(row)
                else:
                    self.first_rows.rename(row, reference)
                    used.add(reference)

    def _note(self) -> None:
        """Write into the run how far it is: also a killed one says what it did, and until when its data reach."""
        self.run.data_until = self.data_until
        self.run.counts = self.counts.as_dict() | {"quarantine": dict(self.counts.quarantine_codes)}
        self.run.fault_counts = dict(self.counts.faults.most_common())
        self.run.save(update_fields=["data_until", "counts", "fault_counts"])

    def _quarantined(self, row: QuarantinedRow) -> QuarantinedRow_:
        return QuarantinedRow_(run=self.run, line=row.line, code=row.code, message=row.message, raw=row.raw)


@dataclass(slots=True)
class _Pending:
    """A request with the events that are to be chained to it, and how it counted on the map before."""

    request: ServiceRequest
    events: list[NewEvent]
    before: cells.Counted | None

    def chained(self, recorded_at: datetime) -> list[tuple[ServiceRequest, history.Link]]:
        request = self.request
        links, request.event_count, request.head_hash = history.chain(
            request.reference, self.events, recorded_at=recorded_at, after_seq=request.event_count, after_hash=request.head_hash
        )
        return [(request, link) for link in links]

    def is_closing(self) -> bool:
        return any(event.kind == Move.CLOSE for event in self.events)

    def closing_words(self) -> str:
        return "".join(str(event.content.get("words", "")) for event in self.events if event.kind == Move.CLOSE)


@dataclass(slots=True)
class _Said:
    """What a source said last about a request: the digest of its row, and the faults that were kept."""

    digest: str
    faults: Sequence[str]


@dataclass(slots=True)
class _Chunk:
    """What one transaction is about to do."""

    said: dict[str, _Said]
    requests: dict[str, ServiceRequest]
    set_here: dict[int, set[str]]
    ready: dict[str, FirstRow]
    new_by_id: dict[str, FirstRow] = field(default_factory=dict)
    changed: list[_Pending] = field(default_factory=list)
    aside: list[QuarantinedRow] = field(default_factory=list)
    unchanged: int = 0
    repeated: int = 0
    older: int = 0
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def new(self) -> list[FirstRow]:
        return list(self.new_by_id.values())

    def add_new(self, row: FirstRow) -> None:
        self.new_by_id[row.source_id] = row
        self.said[row.source_id] = _Said(row.digest, row.faults)
        self._count(row.faults)

    def add_changed(self, pending: _Pending) -> None:
        request = pending.request
        self.changed.append(pending)
        self.said[request.source_id] = _Said(request.stated_digest, request.faults)
        self._count(request.faults)

    def leave(self, faults: Sequence[str]) -> None:
        self.unchanged += 1
        self._count(faults)

    def _count(self, faults: Sequence[str]) -> None:
        for fault in faults:
            self.faults[fault] += 1


def latest_moment(rows: Iterable[PublishedRequest | QuarantinedRow], *, before: datetime, known: datetime | None = None) -> datetime | None:
    """The latest moment that rows speak of, or `known` if that is later; a date in the future is a slip, not a moment."""
    latest = known
    for row in rows:
        if isinstance(row, PublishedRequest):
            for moment in (row.requested_at, row.closed_at, row.updated_at):
                if moment is not None and (latest is None or moment > latest) and moment <= before:
                    latest = moment
    return latest


def _wait_for_others(source: str) -> None:
    """One import of a source at a time. On SQLite the transaction itself is the turn; on PostgreSQL two could each find the same id free."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"evenhand import {source}"])


def _set_here(requests: Sequence[ServiceRequest]) -> dict[int, set[str]]:
    """By request, of what the last word was said here, and not by its source."""
    kinds = {str(kind): subject for subject in _KEPT for kind in SUBJECTS[subject]}
    about = one_of("request_id", [request.pk for request in requests])
    found: dict[int, set[str]] = {}
    events = Event.objects.filter(about, kind__in=list(kinds)).order_by("seq") if requests else Event.objects.none()
    for key, kind, actor_kind in events.values_list("request_id", "kind", "actor_kind"):
        ours = found.setdefault(key, set())
        (ours.discard if actor_kind == Actor.SOURCE else ours.add)(kinds[kind])
    return found


def _conflict(record: PublishedRequest, opened: datetime) -> tuple[str, str]:
    """Why a row under a known id, which opened at `opened`, cannot be about the same request, as code and words."""
    if record.requested_at != opened:
        words = f"Id {record.source_id} is known with the opening time {opened.isoformat()}; this row says {record.requested_at.isoformat()}."
        return "conflicting_opening_time", words
    return "conflicting_repetition", f"Id {record.source_id} stands in this file more than once, with different content; the first row counts."


def _aside(record: PublishedRequest, code: str, message: str) -> QuarantinedRow:
    raw = {name: str(getattr(record, name)) for name in ("source_id", "service_name", "requested_at", "closed_at", "source_status", "lat", "long")}
    return QuarantinedRow(record.line, code, message, raw)


def _taken(references: Sequence[str]) -> set[str]:
    return set(ServiceRequest.objects.filter(one_of("reference", references)).values_list("reference", flat=True))
