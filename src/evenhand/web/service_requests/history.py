"""The history of a request: a chain of hashed events that can be verified, with content that can be erased.

An event's hash covers the request's reference, every column of the event, the hash of its content and the hash of the event before. The content is
salted, so that its hash says nothing once salt and words are gone. A request keeps the number of its events and the last hash: cutting off the end
of a chain shows as well as changing its middle.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from evenhand.web.core import quick_json
from evenhand.web.core.bulk_insert import NewRow, insert_family, insert_rows, insert_values, reserve_keys, utc_text
from evenhand.web.service_requests.errors import HistoryBroken
from evenhand.web.service_requests.history_guard import history_bypass
from evenhand.web.service_requests.models import Event, EventContent, ServiceRequest
from evenhand.web.service_requests.workflow import Actor

_canonical = quick_json.encoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_quoted = quick_json.quoted

_OF_EVENT: Final = (
    *("seq", "kind", "at", "recorded_at", "channel", "actor_kind", "actor_id", "visibility", "facts", "content_hash", "previous_hash", "hash"),
)
_OF_CONTENT: Final = ("salt", "body")
_TO_THE_SECOND: Final = len("2015-01-01 05:20:09")
ChainedValues = tuple[tuple[Any, ...], tuple[str, str] | None]
"""The columns `_OF_EVENT` of an event, and those of its content where it has one, as `insert_values` takes them."""


@dataclass(slots=True, kw_only=True)  # not frozen, as are all that an import makes by the row: a frozen one takes three times as long to make
class NewEvent:
    """What happened, before it has a place in a chain. `facts` may stay for ever; what may have to go is `content`."""

    kind: str
    at: datetime
    actor_kind: Actor
    channel: str
    visibility: str = "public"
    actor_id: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EventRow:
    """An event in its place, with the columns of Event: light, since an import makes hundreds of thousands."""

    seq: int
    kind: str
    at: datetime
    recorded_at: datetime
    channel: str
    actor_kind: str
    actor_id: int | None
    visibility: str
    facts: dict[str, Any]
    content_hash: str
    previous_hash: str
    hash: str = ""
    id: int | None = None
    request_id: int | None = None


@dataclass(slots=True)
class ContentRow:
    """The content of an event, with the columns of EventContent."""

    salt: str
    body: dict[str, Any]
    event_id: int | None = None
    erased_at: datetime | None = None


@dataclass(slots=True)
class Link:
    """An event in its place, with its content where it has one."""

    event: EventRow
    content: ContentRow | None


def chain(
    reference: str, news: Sequence[NewEvent], *, recorded_at: datetime, after_seq: int = 0, after_hash: str = ""
) -> tuple[list[Link], int, str]:
    """Put events in a row behind `(after_seq, after_hash)`; returns the links, the new count and the new head. Nothing is saved."""
    links: list[Link] = []
    seq, head = after_seq, after_hash
    for new in news:
        seq += 1
        salt = secrets.token_hex(16) if new.content else ""
        event = EventRow(
            seq=seq,
            kind=new.kind,
            at=new.at,
            recorded_at=recorded_at,
            channel=new.channel,
            actor_kind=str(new.actor_kind),
            actor_id=new.actor_id,
            visibility=new.visibility,
            facts=dict(new.facts),
            content_hash=content_hash(salt, new.content) if new.content else "",
            previous_hash=head,
        )
        event.hash = head = event_hash(reference, event)
        links.append(Link(event, ContentRow(salt, dict(new.content)) if new.content else None))
    return links, seq, head


def append(request: ServiceRequest, *news: NewEvent, recorded_at: datetime) -> None:
    """Add events to a request that the caller has locked, and set its count and head (the caller saves the request)."""
    links, request.event_count, request.head_hash = chain(
        request.reference, news, recorded_at=recorded_at, after_seq=request.event_count, after_hash=request.head_hash
    )
    insert_links([(request, link) for link in links])


def rows_of(links: Sequence[Link], *, first: int, points: tuple[tuple[str, int], ...] = ()) -> list[NewRow]:
    """Events and their contents as members of a family (`insert_family`), in which the first of them has the place `first`."""
    rows: list[NewRow] = []
    for link in links:
        rows.append(NewRow(Event, link.event, points))
        if link.content is not None:
            rows.append(NewRow(EventContent, link.content, (("event_id", first + len(rows) - 1),)))
    return rows


def insert_links(links: Sequence[tuple[ServiceRequest, Link]]) -> None:
    """Save events behind requests that have their primary keys: one request's, or those of many as an import makes them."""
    for request, link in links:
        link.event.request_id = request.pk
    if len(links) == 1:
        insert_family(rows_of([links[0][1]], first=0))
        return
    for (_, link), key in zip(links, reserve_keys(Event, len(links)), strict=True):
        link.event.id = key
    insert_rows(Event, [link.event for _, link in links])
    contents = []
    for _, link in links:
        if link.content is not None:
            link.content.event_id = link.event.id
            contents.append(link.content)
    insert_rows(EventContent, contents)


def values_chain(reference: str, news: Sequence[NewEvent], *, recorded_at: datetime) -> tuple[list[ChainedValues], str]:
    """A chain from its beginning, and its head, for what comes by the hundred thousand: values instead of objects. Nothing is saved.

    Facts and contents are written to the database in the form in which they are hashed.
    """
    chained: list[ChainedValues] = []
    head, number, recorded = "", _quoted(reference), utc_text(recorded_at)
    for seq, new in enumerate(news, start=1):
        facts, hashed, content = _canonical(new.facts), "", None
        if new.content:
            content = (secrets.token_hex(16), _canonical(new.content))
            hashed = _content_digest(*content)
        happened = (seq, new.kind, utc_text(new.at), recorded, new.channel, new.actor_kind.value, new.actor_id, new.visibility, facts, hashed, head)
        head = _event_digest(number, *happened)
        chained.append(((*happened, head), content))
    return chained, head


def insert_chains(chains: Sequence[tuple[int, Sequence[ChainedValues]]]) -> int:
    """Save the first events of requests, each chain with the primary key of its request; returns how many events."""
    links = [(request, event, content) for request, chained in chains for event, content in chained]
    keyed = list(zip(reserve_keys(Event, len(links)), links, strict=True))
    insert_values(Event, ("id", "request_id", *_OF_EVENT), [(key, request, *event) for key, (request, event, _) in keyed])
    insert_values(EventContent, ("event_id", *_OF_CONTENT), [(key, *content) for key, (_, _, content) in keyed if content is not None])
    return len(links)


def event_hash(reference: str, event: Event | EventRow) -> str:
    """SHA-256 over the canonical form of an event, in hexadecimal: a JSON list of the request's reference and the event's columns."""
    return _event_digest(
        _quoted(reference),
        event.seq,
        event.kind,
        utc_text(event.at),
        utc_text(event.recorded_at),
        event.channel,
        event.actor_kind,
        event.actor_id,
        event.visibility,
        _canonical(event.facts),
        event.content_hash,
        event.previous_hash,
    )


def content_hash(salt: str, body: Mapping[str, Any]) -> str:
    """SHA-256 over salt and words, in hexadecimal."""
    return _content_digest(salt, _canonical(dict(body)))


def verify(request: ServiceRequest) -> None:
    """Recompute the whole chain of a request.

    Raises HistoryBroken, naming the first event that does not fit. Erased content is no fault; changed content is, and so is
    content that is marked as erased and is not empty.
    """
    verify_events(request, request.events.order_by("seq").select_related("content"))


def verify_events(request: ServiceRequest, events: Iterable[Event]) -> None:
    """The same, over events that were read already: all of the request's, in order, with their contents."""
    previous, seq = "", 0
    for event in events:
        seq += 1
        if event.seq != seq or event.previous_hash != previous or event.hash != event_hash(request.reference, event):
            raise _broken(request, seq, "the event was changed, or one before it is gone")
        content = getattr(event, "content", None)
        if content is not None and content.erased_at is None and content_hash(content.salt, content.body) != event.content_hash:
            raise _broken(request, seq, "its content was changed")
        if content is not None and content.erased_at is not None and (content.salt or content.body):
            raise _broken(request, seq, "its content counts as erased and is still there")
        if content is None and event.content_hash:
            raise _broken(request, seq, "its content row is gone without having been erased")
        previous = event.hash
    if (seq, previous) != (request.event_count, request.head_hash):
        raise _broken(request, seq, f"the request counts {request.event_count} events")


def erase_contents(request: ServiceRequest, *, at: datetime, seqs: Sequence[int] | None = None) -> int:
    """Empty the contents of some events (default: all) for good; returns how many. The chain still verifies."""
    contents = EventContent.objects.filter(event__request=request, erased_at=None)
    if seqs is not None:
        contents = contents.filter(event__seq__in=seqs)
    with history_bypass("erasure", opens="contents"):
        return contents.update(salt="", body={}, erased_at=at)


def _broken(request: ServiceRequest, seq: int, why: str) -> HistoryBroken:
    return HistoryBroken("history_broken", f"The history of request {request.reference} does not verify at event {seq}: {why}.", seq=seq)


def _event_digest(  # noqa: PLR0917 - the columns of an event, in their order
    number: str,
    seq: int,
    kind: str,
    at: str,
    recorded_at: str,
    channel: str,
    actor_kind: str,
    actor_id: int | None,
    visibility: str,
    facts: str,
    content_hash: str,
    previous_hash: str,
) -> str:
    """`number` and `facts` come as JSON. The list is written by hand: an import hashes hundreds of thousands, and this is a third of its cost."""
    q = _quoted
    text = (
        f'[{number},{seq},{q(kind)},"{_iso(at)}","{_iso(recorded_at)}",{q(channel)},{q(actor_kind)},{"null" if actor_id is None else actor_id},'
        f"{q(visibility)},{facts},{q(content_hash)},{q(previous_hash)}]"
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(text: str) -> str:
    """The text of a moment as ISO 8601 in UTC with microseconds, as `2015-01-01T05:20:09.000000+00:00`."""
    return f"{text[:10]}T{text[11:]}{'' if len(text) > _TO_THE_SECOND else '.000000'}+00:00"


def _content_digest(salt: str, body: str) -> str:
    return hashlib.sha256(f"[{_quoted(salt)},{body}]".encode()).hexdigest()
