"""Hiding what the public should not read or see: the fact stays in the history as it was, and what is shown is derived from it.

A part is the words or the name of an event, or a photo. Hiding and showing again are events of their own (for staff), with a reason; the columns that
lists, pages and the full-text search read are blanked with them. Staff see a hidden part as it was, marked; its author is told by the journey.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from evenhand.web.service_requests.changing import append, locked, saved
from evenhand.web.service_requests.errors import NotHideable
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Event, Reporter, ServiceRequest
from evenhand.web.service_requests.workflow import Actor

HIDDEN, SHOWN_AGAIN = "hidden", "shown_again"
MODERATION_KINDS: Final = (HIDDEN, SHOWN_AGAIN)


class What(StrEnum):
    """What a part is; `number` is the event's place in the history, or the photo's key."""

    WORDS = "words"
    NAME = "name"
    PHOTO = "photo"


class HidingReason(StrEnum):
    """Why something is hidden, as everybody reads it."""

    PERSONAL_DATA = "personal_data"
    ABUSE = "abuse"
    ADVERTISING = "advertising"
    OFF_TOPIC = "off_topic"
    RIGHTS = "rights"
    SAFETY = "safety"


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be hidden by itself."""

    what: What
    number: int

    @classmethod
    def of(cls, what: str, number: int) -> Part:
        """By the word that stands in forms and events."""
        return cls(What(what), number)


@dataclass(frozen=True, slots=True)
class HiddenPart:
    """A part that is hidden now: why, since when, by whom, and the words of whoever hid it."""

    part: Part
    reason: str
    at: datetime
    by: int | None
    words: str = ""


def hidden_parts(events: Iterable[Event]) -> dict[Part, HiddenPart]:
    """What is hidden, derived from the events of a request in their order; all but the two kinds of moderation are passed over."""
    hidden: dict[Part, HiddenPart] = {}
    for event in events:
        if event.kind not in MODERATION_KINDS:
            continue
        part = _part_of(event.facts)
        if event.kind == SHOWN_AGAIN:
            hidden.pop(part, None)
        else:
            content = getattr(event, "content", None)
            words = str(content.body.get("words", "")) if content is not None else ""
            hidden[part] = HiddenPart(part, str(event.facts.get("reason", "")), event.at, event.actor_id, words)
    return hidden


def hidden_now(request: ServiceRequest) -> dict[Part, HiddenPart]:
    """The same, read from the history; one query."""
    return hidden_parts(request.events.filter(kind__in=MODERATION_KINDS).select_related("content").order_by("seq"))


def hide(
    request: ServiceRequest, part: Part, *, reason: HidingReason, words: str, actor_id: int, at: datetime, channel: str = "console"
) -> ServiceRequest:
    """Hide a part from everybody but staff (and, where it is the reporter's own, the reporter). Raises NotHideable."""
    now = locked(request)
    subject = _subject(now, part)
    if part in hidden_now(now):
        raise NotHideable("hidden_already", f"That part of request {now.reference} is hidden already.")
    content = {"words": words} if words else {}
    append(now, _event(HIDDEN, at, actor_id, channel, facts=_facts(part) | {"reason": str(reason)}, content=content))
    _project(now, part, subject, is_hidden=True, at=at)
    return saved(now, at)


def show_again(request: ServiceRequest, part: Part, *, words: str, actor_id: int, at: datetime, channel: str = "console") -> ServiceRequest:
    """Show a hidden part to everybody as it was. Raises NotHideable."""
    now = locked(request)
    subject = _subject(now, part)
    if part not in hidden_now(now):
        raise NotHideable("shown_already", f"That part of request {now.reference} is not hidden.")
    content = {"words": words} if words else {}
    append(now, _event(SHOWN_AGAIN, at, actor_id, channel, facts=_facts(part), content=content))
    _project(now, part, subject, is_hidden=False, at=at)
    return saved(now, at)


def author_kind(request: ServiceRequest, part: Part) -> Actor:
    """Who wrote a part or took the photo. The words of a report that staff entered are the reporter's."""
    seq = part.number
    if part.what is What.PHOTO:
        seq = request.photos.values_list("event_seq", flat=True).get(pk=part.number) or 1
    event = request.events.get(seq=seq)
    return Actor.REPORTER if event.kind == "received" else Actor(event.actor_kind)


def _subject(request: ServiceRequest, part: Part) -> Event | None:
    """The event that a part belongs to; None for a photo. Raises NotHideable for what is not there, was erased, or is for staff alone."""
    if part.what is What.PHOTO:
        if request.photos.filter(pk=part.number, erased_at=None).exists():
            return None
    else:
        event = request.events.filter(seq=part.number).exclude(visibility="staff").select_related("content").first()
        if event is not None and _has(event, part.what, request):
            return event
    raise NotHideable("nothing_to_hide", f"Request {request.reference} has no such part: it was erased, or never was.")


def _has(event: Event, what: What, request: ServiceRequest) -> bool:
    content = getattr(event, "content", None)
    if what is What.NAME and event.kind == "received":
        return Reporter.objects.filter(request=request, erased_at=None).exclude(name="").exists()
    return content is not None and bool(content.body.get(str(what)))


def _project(request: ServiceRequest, part: Part, event: Event | None, *, is_hidden: bool, at: datetime) -> None:
    """Blank or restore what lists, pages and the search read."""
    step = -1 if is_hidden else 1
    if event is None:
        changed = request.photos.filter(pk=part.number, hidden_at__isnull=is_hidden).update(hidden_at=at if is_hidden else None)
        request.photo_count = max(0, request.photo_count + step * changed)
    elif part.what is What.NAME and event.kind == "received":
        request.reporter_name_shown = "" if is_hidden or _was_hidden_by_reporter(request) else request.reporter.name
    elif part.what is What.WORDS and event.kind == "received":
        request.description = "" if is_hidden else str(event.content.body.get("words", ""))
    elif part.what is What.WORDS and event.kind == "commented":
        request.comment_count = max(0, request.comment_count + step)


def _was_hidden_by_reporter(request: ServiceRequest) -> bool:
    return request.events.filter(kind="name_hidden").exists()


def _facts(part: Part) -> dict[str, Any]:
    return {"what": str(part.what), ("photo" if part.what is What.PHOTO else "seq"): part.number}


def _part_of(facts: dict[str, Any]) -> Part:
    what = What(facts["what"])
    return Part(what, int(facts["photo" if what is What.PHOTO else "seq"]))


def _event(kind: str, at: datetime, actor_id: int, channel: str, **parts: Any) -> NewEvent:
    return NewEvent(kind=kind, at=at, actor_kind=Actor.STAFF, actor_id=actor_id, channel=channel, visibility="staff", **parts)
