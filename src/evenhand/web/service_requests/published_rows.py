"""What a published row says, in our columns; and what differs between that and the request we know.

A row of an export is compared by a few columns only: those that an event can tell. A digest of them is kept with the request: a row with the same
digest says nothing new, whatever has been done here since; and no row undoes a service, a place or a date that staff set here. The opening time is a
request's identity: another opening time under the same id is a conflict, never a correction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from evenhand.web.connectors.published_exports.record import PublishedRequest
from evenhand.web.core.bulk_insert import utc_text
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, State, Status, status_of

LONGEST_ID = 64


@dataclass(slots=True)
class Standing:
    """How a request stands according to a source, in the columns that can change from one export to the next."""

    service_id: int
    state: State
    closed_at: datetime | None
    closing_reason: str
    source_status: str
    lat: float | None
    long: float | None
    place_quality: str
    expected_at: datetime | None = field(compare=False)
    is_stated: bool = True  # False: this closing was made here, and a source that still says "open" says nothing new

    @property
    def is_closed(self) -> bool:
        return status_of(self.state) is Status.CLOSED


def digest_of(record: PublishedRequest) -> str:
    """Sixteen hexadecimal digits over what is compared: the columns of Standing, and the opening time."""
    closed = f"{utc_text(record.closed_at)}+00:00" if record.closed_at else None
    said = (
        f"{utc_text(record.requested_at)}+00:00|{record.service_code}|{record.is_closed}|{closed}|{record.closing_reason}|{record.source_status}"
        f"|{record.lat}|{record.long}|{'fallback_coordinates' in record.faults}"
    )
    return blake2b(said.encode(), digest_size=8).hexdigest()


def standing_of(record: PublishedRequest, service_id: int) -> Standing:
    """What the row says. A closing without a stated reason is NOT_STATED: never silently "fixed"."""
    reason = str(record.closing_reason or ClosingReason.NOT_STATED) if record.is_closed else ""
    return Standing(
        service_id=service_id,
        state=State.CLOSED if record.is_closed else State.RECEIVED,
        closed_at=record.closed_at if record.is_closed else None,
        closing_reason=reason,
        source_status=record.source_status[:64],
        lat=record.lat,
        long=record.long,
        place_quality=place_quality(record),
        expected_at=record.expected_at,
    )


def kept_here(stated: Standing, request: ServiceRequest, subjects: Collection[str]) -> Standing:
    """What a row says, with what the city's staff set here since ("service", "place", "expected_date") as it stands here: the desk knows better."""
    ours: dict[str, Any] = {"service_id": request.service_id} if "service" in subjects else {}
    ours |= {name: getattr(request, name) for name in ("lat", "long", "place_quality")} if "place" in subjects else {}
    ours |= {"expected_at": request.expected_at} if "expected_date" in subjects else {}
    return replace(stated, **ours)


def known_standing(request: ServiceRequest) -> Standing:
    """The same of a request that we hold."""
    return Standing(
        service_id=request.service_id,
        state=State(request.state),
        closed_at=request.closed_at,
        closing_reason=request.closing_reason,
        source_status=request.source_status,
        lat=request.lat,
        long=request.long,
        place_quality=request.place_quality,
        expected_at=request.expected_at,
        is_stated=bool(request.stated_by) or request.status == Status.OPEN,
    )


def place_quality(record: PublishedRequest) -> str:
    """exact, or fallback (a point that stands for an unknown place), or missing."""
    if record.lat is None or record.long is None:
        return "missing"
    return "fallback" if "fallback_coordinates" in record.faults else "exact"


def received_event(record: PublishedRequest, standing: Standing, *, source: str, service_code: str, is_public: bool) -> NewEvent:
    """The first event of an imported request. A public request's place is public data and may stay for ever; a private one's is erasable content."""
    facts: dict[str, Any] = {"service": service_code, "source": source, "place_quality": standing.place_quality, "made_by": record.made_by}
    content: dict[str, Any] = {"words": record.description or "", "address": record.address or ""} if record.description or record.address else {}
    if record.lat is not None:
        (facts if is_public else content).update(_point(standing))
    if record.faults:
        facts["faults"] = list(record.faults)
    return NewEvent(kind="received", at=record.requested_at, actor_kind=Actor.SOURCE, channel=record.channel, facts=facts, content=content)


def closed_event(record: PublishedRequest, standing: Standing, *, source: str, was: State) -> NewEvent:
    """A closing as stated by a source: no evidence of ours, and said so. Without a date, it is told at the last moment that the row speaks of."""
    facts: dict[str, Any] = {
        "from": was,
        "to": State.CLOSED,
        "closing_reason": standing.closing_reason,
        "evidence": Evidence.STATED,
        "source": source,
    }
    if standing.closed_at is None:
        facts["without_date"] = True
    content = {"words": record.closing_words} if record.closing_words else {}
    at = standing.closed_at or record.updated_at or record.requested_at
    return NewEvent(kind="close", at=at, actor_kind=Actor.SOURCE, channel="import", facts=facts, content=content)


def change_events(
    request: ServiceRequest, stated: Standing, record: PublishedRequest, *, source: str, service_code: str, at: datetime
) -> list[NewEvent]:
    """The events by which a newer export changes a known request; empty where it says nothing that an event could tell."""
    known = known_standing(request)
    moment = record.updated_at or at
    found: list[NewEvent] = []
    if known.service_id != stated.service_id:
        found.append(_by_source("service_changed", moment, source, {"service": service_code}))
    if (known.lat, known.long, known.place_quality) != (stated.lat, stated.long, stated.place_quality):
        found.append(_place_changed(stated, moment, source, is_public=request.is_public))
    if not known.is_closed and stated.is_closed:
        found.append(closed_event(record, stated, source=source, was=known.state))
    elif known.is_closed and known.is_stated and not stated.is_closed:
        found.append(_by_source("reopen", moment, source, {"from": known.state, "to": stated.state}))
    elif stated.is_closed and known.is_stated and (known.closed_at, known.closing_reason) != (stated.closed_at, stated.closing_reason):
        closed = stated.closed_at.isoformat() if stated.closed_at else None
        found.append(_by_source("closing_corrected", moment, source, {"closing_reason": stated.closing_reason, "closed_at": closed}))
    elif known.source_status != stated.source_status:
        found.append(_by_source("status_stated", moment, source, {"source_status": stated.source_status}))
    return found


def take_over(request: ServiceRequest, stated: Standing, record: PublishedRequest, *, source: str) -> None:
    """Set a request's columns to what the source states. A state of ours on the same side (open, closed) and a closing made here stay."""
    is_ours = request.status == Status.CLOSED and not request.stated_by and bool(request.event_count)
    if not is_ours:
        if status_of(stated.state) != request.status or not request.event_count:
            request.state, request.status = stated.state, status_of(stated.state)
        request.closed_at, request.closing_reason = stated.closed_at, stated.closing_reason
        request.evidence = Evidence.STATED if stated.is_closed else Evidence.NONE
        request.stated_by = source if stated.is_closed else ""
    request.service_id = stated.service_id
    request.source_status = stated.source_status
    request.lat, request.long, request.place_quality = stated.lat, stated.long, stated.place_quality
    request.expected_at = stated.expected_at
    request.faults = list(record.faults)


def last_change(record: PublishedRequest, events: Sequence[NewEvent], *, known: datetime | None, by: datetime) -> datetime:
    """When a request changed last: by its row and its events, by what was known before, and never in the future (`by` is the present)."""
    latest: datetime | None = None
    for moment in (record.updated_at, known, *[event.at for event in events]):
        if moment is not None and moment <= by and (latest is None or moment > latest):
            latest = moment
    return latest or record.requested_at


def _place_changed(stated: Standing, at: datetime, source: str, *, is_public: bool) -> NewEvent:
    facts: dict[str, Any] = {"place_quality": stated.place_quality, "source": source}
    content: dict[str, Any] = {}
    (facts if is_public else content).update(_point(stated))
    return NewEvent(kind="place_changed", at=at, actor_kind=Actor.SOURCE, channel="import", facts=facts, content=content)


def _point(standing: Standing) -> dict[str, str]:
    return {} if standing.lat is None else {"lat": repr(standing.lat), "long": repr(standing.long)}


def _by_source(kind: str, at: datetime, source: str, facts: dict[str, Any]) -> NewEvent:
    return NewEvent(kind=kind, at=at, actor_kind=Actor.SOURCE, channel="import", facts={**facts, "source": source})
