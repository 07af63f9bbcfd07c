"""The parts of a request that can be hidden, and those that are, as a list to choose from: for staff, with enough of each to know it again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.moderation import HiddenPart, Part, What, hidden_parts
from evenhand.web.service_requests.workflow import BETWEEN_CITY_AND_REPORTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A part with what to recognise it by. `hidden` says why it is hidden, where it is."""

    part: Part
    at: datetime
    kind: str
    words: str = ""
    photo: Photo | None = None
    hidden: HiddenPart | None = None


def hideable_choices(request: ServiceRequest) -> list[Choice]:
    """Everything that the public reads or sees now, oldest first."""
    return [choice for choice in _choices(request) if choice.hidden is None]


def hidden_choices(request: ServiceRequest) -> list[Choice]:
    """Everything that was hidden and can be shown again."""
    return [choice for choice in _choices(request) if choice.hidden is not None]


def _choices(request: ServiceRequest) -> list[Choice]:
    events = list(request.events.select_related("content").order_by("seq"))
    hidden = hidden_parts(events)
    by_seq = {event.seq: event for event in events}
    told = [event for event in events if event.visibility == "public" and event.kind not in BETWEEN_CITY_AND_REPORTER]
    words = [choice for event in told for choice in _of_event(request, event, is_name_hidden=Part(What.NAME, event.seq) in hidden)]
    found = [*words, *_of_photos(request.photos.filter(erased_at=None).order_by("pk"), by_seq)]
    marked = [replace(one, hidden=hidden.get(one.part)) for one in found]
    return [one for one in marked if one.hidden is not None or one.photo is None or one.photo.hidden_at is None]


def _of_event(request: ServiceRequest, event: Event, *, is_name_hidden: bool) -> Iterable[Choice]:
    content = getattr(event, "content", None)
    body = content.body if content is not None else {}
    if body.get("words"):
        yield Choice(part=Part(What.WORDS, event.seq), at=event.at, kind=event.kind, words=str(body["words"]))
    if event.kind == "received":
        if request.reporter_name_shown or is_name_hidden:
            yield Choice(part=Part(What.NAME, event.seq), at=event.at, kind=event.kind, words=request.reporter_name_shown)
    elif body.get("name"):
        yield Choice(part=Part(What.NAME, event.seq), at=event.at, kind=event.kind, words=str(body["name"]))


def _of_photos(photos: Iterable[Photo], by_seq: dict[int, Event]) -> Iterable[Choice]:
    for photo in photos:
        event = by_seq.get(photo.event_seq or 0)
        yield Choice(part=Part(What.PHOTO, photo.pk), at=photo.added_at, kind=event.kind if event else "", photo=photo)
