"""What happened to a request, for its pages: the events with their words and photos, in three queries however many there are.

Of a long history a stretch is read, the newest where none is asked for, and always how it began. A stretch is named by the `seq` of the event that it
ends before or begins after, so that its address leads to the same however much happens later.

"Me too" happens often and says the same each time: the events of that kind are told as one, at the time of the latest. What the city has hidden is
told as hidden, with the reason; the reporter goes on seeing what is their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Aggregate, Count, Max, Min, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.moderation import MODERATION_KINDS, HiddenPart, Part, What, hidden_parts
from evenhand.web.service_requests.workflow import BETWEEN_CITY_AND_REPORTER, Actor

SUPPORTED = "supported"
MOST_TOLD: Final = 30
"""Happenings of a stretch, beside the beginning and "me too"."""
_BEGINNING: Final = 1
_IS_SUPPORT: Final = Q(kind=SUPPORTED)
_IS_TOLD: Final = ~Q(kind__in=[SUPPORTED, *MODERATION_KINDS])


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


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which part of a timeline is wanted: what comes before an event, or after one; the newest where neither is named."""

    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A stretch of happenings, oldest first. `beginning` holds the first of all where it is not in the stretch; `earlier` and `later` count what lies
    between the two and after the stretch, whose first and last events are named."""

    beginning: list[Happening]
    stretch: list[Happening]
    earlier: int
    later: int
    first_seq: int
    last_seq: int

    @property
    def happenings(self) -> list[Happening]:
        """All that was read."""
        return self.beginning + self.stretch


NEWEST: Final = Stretch()


def timeline(request: ServiceRequest, *, for_reporter: bool = False, wanted: Stretch = NEWEST) -> Timeline:
    """What the public may know, in order; with what only the reporter may, where asked."""
    seen_by = ["public", "reporter"] if for_reporter else ["public"]
    events = request.events.filter(Q(visibility__in=seen_by) | Q(kind__in=MODERATION_KINDS))
    happened = events.exclude(kind=SUPPORTED)
    is_long = request.event_count > MOST_TOLD
    rows = list((happened.filter(_within(request, happened, wanted)) if is_long else happened).select_related("content").order_by("seq"))
    shown = [event for event in rows if event.kind not in MODERATION_KINDS]
    photos = _photos_by_event(request.photos.filter(erased_at=None, **({"event_seq__in": [event.seq for event in shown]} if is_long else {})))
    hidden = hidden_parts(rows)
    told = [_happening(event, photos, hidden, for_reporter=for_reporter) for event in shown]
    start = 1 if shown and shown[0].seq == _BEGINNING else 0
    first_seq, last_seq = (shown[start].seq, shown[-1].seq) if len(shown) > start else _nowhere(request, wanted)
    if is_long:
        counted = events.aggregate(**_supports(_IS_SUPPORT), **_left_out(first_seq, last_seq))
    else:
        counted = events.filter(_IS_SUPPORT).aggregate(**_supports())
    earlier, later = counted.get("earlier", 0), counted.get("later", 0)
    if counted["count"] and later:
        later += 1  # the line that tells of "me too" stands in the newest stretch
    elif counted["count"]:
        one = Happening(kind=SUPPORTED, at=counted["at"], actor=Actor.RESIDENT, count=counted["count"], since=counted["since"])
        after = sum(1 for happening in told[start:] if happening.at > one.at)
        told.insert(len(told) - after, one)
    gap = start if earlier else 0
    return Timeline(beginning=told[:gap], stretch=told[gap:], earlier=earlier, later=later, first_seq=first_seq, last_seq=last_seq)


def _supports(only: Q | None = None) -> dict[str, Aggregate]:
    """How often "me too" was said, first and last; `only` where they are counted among other events."""
    return {"count": Count("pk", filter=only), "since": Min("at", filter=only), "at": Max("at", filter=only)}


def _left_out(first_seq: int, last_seq: int) -> dict[str, Aggregate]:
    return {
        "earlier": Count("pk", filter=_IS_TOLD & Q(seq__gt=_BEGINNING, seq__lt=first_seq)),
        "later": Count("pk", filter=_IS_TOLD & Q(seq__gt=max(last_seq, _BEGINNING))),
    }


def _nowhere(request: ServiceRequest, wanted: Stretch) -> tuple[int, int]:
    """Between which events an empty stretch lies: first and last, the wrong way round."""
    before = wanted.before if wanted.after is None else wanted.after + 1
    before = request.event_count + 1 if before is None else before
    return before, before - 1


def _within(request: ServiceRequest, happened: QuerySet[Event], wanted: Stretch) -> Q:
    """The stretch, the beginning, and all that says what is hidden. Where the stretch ends is found in the same query."""
    told = happened.filter(_IS_TOLD)
    end = slice(MOST_TOLD - 1, MOST_TOLD)
    if wanted.after is not None:
        last = Subquery(told.filter(seq__gt=wanted.after).order_by("seq").values("seq")[end])
        inside = Q(seq__gt=wanted.after, seq__lte=Coalesce(last, request.event_count))
    else:
        before = request.event_count + 1 if wanted.before is None else wanted.before
        first = Subquery(told.filter(seq__lt=before).order_by("-seq").values("seq")[end])
        inside = Q(seq__lt=before, seq__gte=Coalesce(first, _BEGINNING))
    return inside | Q(seq=_BEGINNING) | Q(kind__in=MODERATION_KINDS)


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
