"""What happened to a request, for its pages: the events with their words and photos, in three queries however many there are.

"Me too" happens often and says the same each time: the events of that kind are told as one, at the time of the latest. What the city has hidden is
told as hidden, with the reason; the reporter goes on seeing what is their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q

from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.moderation import MODERATION_KINDS, HiddenPart, Part, What, hidden_parts
from evenhand.web.service_requests.workflow import BETWEEN_CITY_AND_REPORTER, Actor

SUPPORTED = "supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of a timeline. `count` and `since` speak of a kind that is told as one; `agency`: whose it is;
    `is_erased`: there were words, and they are gone."""

    kind: str
    at: datetime
    actor: Actor
    channel: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    name: str = ""
    agency: str = ""
    is_erased: bool = False
    photos: tuple[Photo, ...] = ()
    hidden: tuple[HiddenPart, ...] = ()
    count: int = 1
    since: datetime | None = None


def timeline(request: ServiceRequest, *, for_reporter: bool = False) -> list[Happening]:
    """Everything that the public may know, in order; with what only the reporter may, where asked."""
    seen_by = ["public", "reporter"] if for_reporter else ["public"]
    events = request.events.filter(Q(visibility__in=seen_by) | Q(kind__in=MODERATION_KINDS))
    rows = list(events.exclude(kind=SUPPORTED).select_related("content").order_by("seq"))
    hidden = hidden_parts(rows)
    photos = _photos_by_event(request.photos.filter(erased_at=None))
    told = [_happening(event, photos, hidden, for_reporter=for_reporter) for event in rows if event.kind not in MODERATION_KINDS]
    supports = events.filter(kind=SUPPORTED).aggregate(count=Count("pk"), since=Min("at"), at=Max("at"), seq=Max("seq"))
    if supports["count"]:
        one = Happening(kind=SUPPORTED, at=supports["at"], actor=Actor.RESIDENT, count=supports["count"], since=supports["since"])
        later = sum(1 for happening in told if happening.at > one.at)
        told.insert(len(told) - later, one)
    return told


def _happening(event: Event, photos: Mapping[int | None, tuple[Photo, ...]], hidden: Mapping[Part, HiddenPart], *, for_reporter: bool) -> Happening:
    content = getattr(event, "content", None)
    body = content.body if content is not None else {}
    own = photos.get(event.seq, ())
    sees_all = for_reporter and is_of_reporter(event)
    is_told = sees_all or (for_reporter and event.kind in BETWEEN_CITY_AND_REPORTER) or event.kind not in BETWEEN_CITY_AND_REPORTER
    shown = body if is_told else {}
    concealed = [hidden[part] for part in _parts_of(event, own) if part in hidden]
    unseen = set() if sees_all else {one.part.what for one in concealed}
    return Happening(
        kind=event.kind,
        at=event.at,
        actor=Actor(event.actor_kind),
        channel=event.channel,
        facts=event.facts,
        words="" if What.WORDS in unseen else str(shown.get("words", "")),
        name="" if What.NAME in unseen else str(shown.get("name", "")),
        agency=str(shown.get("agency", "")),
        is_erased=content is not None and content.erased_at is not None and is_told,
        photos=tuple(photo for photo in own if sees_all or photo.hidden_at is None),
        hidden=tuple(concealed),
    )


def is_of_reporter(event: Event) -> bool:
    """Whether the reporter wrote it, or somebody at the city wrote it down for them."""
    return event.actor_kind == Actor.REPORTER or event.kind == "received"


def _parts_of(event: Event, photos: Iterable[Photo]) -> list[Part]:
    return [Part(What.WORDS, event.seq), Part(What.NAME, event.seq), *(Part(What.PHOTO, photo.pk) for photo in photos)]


def _photos_by_event(photos: Iterable[Photo]) -> dict[int | None, tuple[Photo, ...]]:
    found: defaultdict[int | None, tuple[Photo, ...]] = defaultdict(tuple)
    for photo in photos:
        found[photo.event_seq] += (photo,)
    return found
