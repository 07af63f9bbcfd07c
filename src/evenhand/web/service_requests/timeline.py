"""What happened to a request, for its pages: the events with their words and photos, in three queries however many there are.

"Me too" happens often and says the same each time: the events of that kind are told as one, at the time of the latest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min

from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor

SUPPORTED = "supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of a timeline. `count` and `since` speak of a kind that is told as one; `is_erased`: there were words, and they are gone."""

    kind: str
    at: datetime
    actor: Actor
    channel: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    name: str = ""
    is_erased: bool = False
    photos: tuple[Photo, ...] = ()
    count: int = 1
    since: datetime | None = None


def timeline(request: ServiceRequest, *, for_reporter: bool = False) -> list[Happening]:
    """Everything that the public may know, in order; with what only the reporter may, where asked."""
    seen_by = ["public", "reporter"] if for_reporter else ["public"]
    events = request.events.filter(visibility__in=seen_by)
    photos = _photos_by_event(request.photos.filter(erased_at=None))
    told = [_happening(event, photos) for event in events.exclude(kind=SUPPORTED).select_related("content").order_by("seq")]
    supports = events.filter(kind=SUPPORTED).aggregate(count=Count("pk"), since=Min("at"), at=Max("at"), seq=Max("seq"))
    if supports["count"]:
        one = Happening(kind=SUPPORTED, at=supports["at"], actor=Actor.RESIDENT, count=supports["count"], since=supports["since"])
        later = sum(1 for happening in told if happening.at > one.at)
        told.insert(len(told) - later, one)
    return told


def _happening(event: Event, photos: Mapping[int | None, tuple[Photo, ...]]) -> Happening:
    content = getattr(event, "content", None)
    body = content.body if content is not None else {}
    return Happening(
        kind=event.kind,
        at=event.at,
        actor=Actor(event.actor_kind),
        channel=event.channel,
        facts=event.facts,
        words=str(body.get("words", "")),
        name=str(body.get("name", "")),
        is_erased=content is not None and content.erased_at is not None,
        photos=photos.get(event.seq, ()),
    )


def _photos_by_event(photos: Iterable[Photo]) -> dict[int | None, tuple[Photo, ...]]:
    found: defaultdict[int | None, tuple[Photo, ...]] = defaultdict(tuple)
    for photo in photos:
        found[photo.event_seq] += (photo,)
    return found
