"""Published rows into requests, a chunk a transaction.

`(source, source_id)` is unique: a row that says what we know changes nothing, one that says something newer appends events, one that contradicts
the identity of what we know is put aside. Whenever the work is killed, the chunks that are in are whole: history, map cells and indexes included,
and the next run goes on from there.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import transaction

from evenhand.web.connectors.published_exports.record import PublishedRequest, QuarantinedRow
from evenhand.web.core.bulk_insert import blank_maker, insert_rows, reserve_keys
from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.shapes import shapes_of
from evenhand.web.service_requests import cells, history
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import ImportRun, ServiceRequest
from evenhand.web.service_requests.models import QuarantinedRow as QuarantinedRow_
from evenhand.web.service_requests.published_rows import (
    LONGEST_ID,
    Standing,
    change_events,
    closed_event,
    known_standing,
    received_event,
    standing_of,
    take_over,
)
from evenhand.web.service_requests.reference_numbers import SERVABLE, new_reference
from evenhand.web.service_requests.service_types import ServiceTypes
from evenhand.web.service_requests.workflow import State

_CHANGING = [
    *("service", "state", "status", "closed_at", "closing_reason", "evidence", "stated_by", "source_status", "lat", "long", "place_quality"),
    *("expected_at", "updated_at", "faults", "area", "event_count", "head_hash"),
]


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

    def __init__(self, run: ImportRun, city: Jurisdiction, *, is_older: bool = False) -> None:
        self.run, self.city, self.is_older = run, city, is_older
        self.zone = ZoneInfo(city.timezone)
        self.shapes = shapes_of(city)
        self.types = ServiceTypes(city)
        self.counts = ImportCounts()
        self.data_until: datetime | None = run.data_until
        self._blank = blank_maker(ServiceRequest, jurisdiction_id=city.pk, source=run.source, client=run.format)
        self._place = lru_cache(maxsize=100_000)(self._look_up)

    @transaction.atomic
    def take(self, rows: Sequence[PublishedRequest | QuarantinedRow], *, at: datetime) -> None:
        """Bring one chunk in, whole or not at all."""
        counts = self.counts.copy()
        chunk = _Chunk(self._known(rows))
        for row in rows:
            if isinstance(row, QuarantinedRow):
                chunk.put_aside(row)
            else:
                self._one(row, chunk, at)
        self._save(chunk, at)
        counts.add(chunk)
        self.counts = counts

    def _one(self, record: PublishedRequest, chunk: _Chunk, at: datetime) -> None:
        self._look_at_times(record)
        if len(record.source_id) > LONGEST_ID:
            chunk.put_aside(_aside(record, "id_too_long", f"Expected an id of at most {LONGEST_ID} characters, got {len(record.source_id)}."))
            return
        service_id, service_code = self.types.of(record)
        stated = standing_of(record, service_id)
        known = chunk.known.get(record.source_id)
        if known is None:
            chunk.new.append(self._new(record, stated, service_code, at))
            chunk.known[record.source_id] = chunk.new[-1].request
            chunk.faults.update(chunk.new[-1].request.faults)
        elif conflict := _conflict(record, stated, known):
            chunk.put_aside(_aside(record, *conflict))
        elif "repeated_id" in record.faults:
            chunk.repeated += 1
        else:
            self._meet(known, stated, record, chunk, service_code=service_code, at=at)

    def _meet(self, known: ServiceRequest, stated: Standing, record: PublishedRequest, chunk: _Chunk, *, service_code: str, at: datetime) -> None:
        chunk.faults.update(known.faults)
        events = change_events(known_standing(known), stated, record, source=self.run.source, service_code=service_code, at=at)
        if not events:
            chunk.unchanged += 1
        elif self.is_older:
            chunk.older += 1
        else:
            chunk.changed.append(self._changed(known, stated, record, events, at))

    def _new(self, record: PublishedRequest, stated: Standing, service_code: str, at: datetime) -> _Pending:
        request = self._blank()
        request.source_id = request.reference = record.source_id
        request.link_salt = secrets.token_hex(8)
        request.requested_at = record.requested_at
        request.address, request.zipcode = (record.address or "")[:240], (record.zipcode or "")[:16]
        request.channel, request.made_by = record.channel, record.made_by
        request.agency_responsible = (record.agency or "")[:160]
        request.description = record.description or ""
        take_over(request, stated, record, source=self.run.source)
        self._find_area(request)
        events = [received_event(record, stated, source=self.run.source, service_code=service_code)]
        if stated.is_closed:
            events.append(closed_event(record, stated, source=self.run.source, was=State.RECEIVED))
        return _Pending(request, events, None, at)

    def _changed(self, known: ServiceRequest, stated: Standing, record: PublishedRequest, events: list[NewEvent], at: datetime) -> _Pending:
        before = cells.counted(known, self.zone)
        take_over(known, stated, record, source=self.run.source)
        self._find_area(known)
        return _Pending(known, events, before, at)

    def _find_area(self, request: ServiceRequest) -> None:
        request.area_id = None
        if request.lat is None or request.long is None or request.place_quality != "exact":
            return
        request.area_id, is_inside = self._place(request.lat, request.long)
        if not is_inside:
            request.faults = [*request.faults, "outside_city"]

    def _look_up(self, lat: float, long: float) -> tuple[int | None, bool]:
        """Area and whether the city covers a point: published points repeat, so the answers are kept."""
        area = self.shapes.area_at(lat, long)
        return (area.pk, True) if area else (None, self.shapes.holds(lat, long))

    def _look_at_times(self, record: PublishedRequest) -> None:
        self.data_until = _later(self.data_until, record, before=self.run.started_at)

    @staticmethod
    def last_moment(rows: Iterable[PublishedRequest | QuarantinedRow], *, before: datetime) -> datetime | None:
        """The latest moment that an export speaks of; a date in the future is a slip, not a moment."""
        latest: datetime | None = None
        for row in rows:
            if isinstance(row, PublishedRequest):
                latest = _later(latest, row, before=before)
        return latest

    def _known(self, rows: Sequence[PublishedRequest | QuarantinedRow]) -> dict[str, ServiceRequest]:
        ids = [row.source_id for row in rows if isinstance(row, PublishedRequest)]
        found = ServiceRequest.objects.select_for_update().filter(source=self.run.source, source_id__in=ids)
        return {request.source_id: request for request in found}

    def _save(self, chunk: _Chunk, at: datetime) -> None:
        _give_references([pending.request for pending in chunk.new])
        links = [link for pending in (*chunk.new, *chunk.changed) for link in pending.chained(at)]
        for request, key in zip((pending.request for pending in chunk.new), reserve_keys(ServiceRequest, len(chunk.new)), strict=True):
            request.pk = key
        insert_rows(ServiceRequest, [pending.request for pending in chunk.new])
        if chunk.changed:
            ServiceRequest.objects.bulk_update([pending.request for pending in chunk.changed], _CHANGING)
        chunk.events = len(links)
        history.insert_links(links)
        QuarantinedRow_.objects.bulk_create([self._quarantined(row) for row in chunk.aside])
        cells.move_many((pending.before, cells.counted(pending.request, self.zone)) for pending in (*chunk.new, *chunk.changed))

    def _quarantined(self, row: QuarantinedRow) -> QuarantinedRow_:
        return QuarantinedRow_(run=self.run, line=row.line, code=row.code, message=row.message, raw=row.raw)


@dataclass(slots=True)
class _Pending:
    """A request with the events that are to be chained to it, and how it counted on the map before."""

    request: ServiceRequest
    events: list[NewEvent]
    before: cells.Counted | None
    at: datetime

    def chained(self, recorded_at: datetime) -> list[tuple[ServiceRequest, history.Link]]:
        request = self.request
        links, request.event_count, request.head_hash = history.chain(
            request.reference, self.events, recorded_at=recorded_at, after_seq=request.event_count, after_hash=request.head_hash
        )
        return [(request, link) for link in links]


@dataclass(slots=True)
class _Chunk:
    """What one transaction is about to do."""

    known: dict[str, ServiceRequest]
    new: list[_Pending] = field(default_factory=list)
    changed: list[_Pending] = field(default_factory=list)
    aside: list[QuarantinedRow] = field(default_factory=list)
    unchanged: int = 0
    repeated: int = 0
    older: int = 0
    events: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def put_aside(self, row: QuarantinedRow) -> None:
        self.aside.append(row)


def _later(latest: datetime | None, record: PublishedRequest, *, before: datetime) -> datetime | None:
    for moment in (record.requested_at, record.closed_at, record.updated_at):
        if moment is not None and moment <= before and (latest is None or moment > latest):
            latest = moment
    return latest


def _conflict(record: PublishedRequest, stated: Standing, known: ServiceRequest) -> tuple[str, str] | None:
    """Why a row under a known id cannot be about the same request, as code and words; None where it can."""
    if record.requested_at != known.requested_at:
        words = (
            f"Id {record.source_id} is known with the opening time {known.requested_at.isoformat()}; this row says {record.requested_at.isoformat()}."
        )
        return "conflicting_opening_time", words
    if "repeated_id" in record.faults and known_standing(known) != stated:
        return "conflicting_repetition", f"Id {record.source_id} stands in this file more than once, with different content; the first row counts."
    return None


def _aside(record: PublishedRequest, code: str, message: str) -> QuarantinedRow:
    raw = {name: str(getattr(record, name)) for name in ("source_id", "service_name", "requested_at", "closed_at", "source_status", "lat", "long")}
    return QuarantinedRow(record.line, code, message, raw)


def _give_references(requests: Sequence[ServiceRequest]) -> None:
    """The source's own id as the number that people use, unless it cannot stand in an address or is taken."""
    wanted = [request.reference for request in requests]
    taken = set(ServiceRequest.objects.filter(reference__in=wanted).values_list("reference", flat=True))
    for request in requests:
        if request.reference in taken or not SERVABLE.fullmatch(request.reference):
            request.reference = new_reference()
