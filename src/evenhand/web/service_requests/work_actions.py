"""What staff do to a request in a day's work. Each action appends events with who did it, and sets the projection, in the caller's transaction.

What is for staff alone (notes, priority, to whom it was given) is an event that no public page reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests.changing import append, locked, move, saved
from evenhand.web.service_requests.held_requests import was_refused
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, FactMissing, Move, Priority

CONSOLE = "console"


def start(request: ServiceRequest, *, person: Account, at: datetime) -> ServiceRequest:
    """Work has begun."""
    return move(request, Move.START, actor=Actor.STAFF, actor_id=person.pk, at=at, channel=CONSOLE)


def schedule(request: ServiceRequest, *, person: Account, at: datetime, until: datetime, words: str = "") -> ServiceRequest:
    """Set the day by which it will be done, which the public reads."""
    _check_ahead(until, at)
    return move(
        request,
        Move.SCHEDULE,
        actor=Actor.STAFF,
        actor_id=person.pk,
        at=at,
        channel=CONSOLE,
        words=words,
        facts={"at": until.isoformat()},
        columns={"expected_at": until},
    )


def send_back(request: ServiceRequest, *, person: Account, at: datetime, words: str) -> ServiceRequest:
    """The work that was said to be done is not: it goes on."""
    return move(request, Move.SEND_BACK, actor=Actor.STAFF, actor_id=person.pk, at=at, channel=CONSOLE, words=words)


def reopen(request: ServiceRequest, *, person: Account, at: datetime, words: str) -> ServiceRequest:
    """Open a closed request again, also where nobody asked; whose it was said to be is void then, and so is that it was taken for spam."""
    columns: dict[str, Any] = {"agency_responsible": ""} if request.closing_reason == ClosingReason.NOT_OURS else {}
    if was_refused(request):
        columns["visibility"] = "public"
    return move(request, Move.REOPEN, actor=Actor.STAFF, actor_id=person.pk, at=at, channel=CONSOLE, words=words, columns=columns)


def decline_reopen(request: ServiceRequest, *, person: Account, at: datetime, words: str) -> ServiceRequest:
    """The city looked again and keeps it closed, with a reason; the veto stays counted."""
    return move(request, Move.DECLINE_REOPEN, actor=Actor.STAFF, actor_id=person.pk, at=at, channel=CONSOLE, words=words)


def note(request: ServiceRequest, *, person: Account, at: datetime, words: str, photos: Sequence[Photo] = ()) -> ServiceRequest:
    """Words for colleagues alone."""
    now = locked(request)
    append(now, _by_staff("noted", person, at, content={"words": words}, facts={"photos": len(photos)}, visibility="staff"), photos)
    return saved(now, at)


def set_priority(request: ServiceRequest, *, person: Account, at: datetime, priority: Priority) -> ServiceRequest:
    """How urgent the city holds it. Nothing happens where it stands so already."""
    now = locked(request)
    if now.priority == priority:
        return now
    append(now, _by_staff("prioritised", person, at, facts={"from": now.priority, "to": int(priority)}, visibility="staff"))
    now.priority = priority
    return saved(now, at)


def set_expected_date(request: ServiceRequest, *, person: Account, at: datetime, until: datetime, words: str) -> ServiceRequest:
    """The day that the city gives to the public, with a word of why. Raises FactMissing for a day that has passed, or without a word."""
    _check_ahead(until, at)
    if not words.strip():
        raise FactMissing("fact_missing", "To give a date, say in a few words why: residents read both.", missing=("words",))
    now = locked(request)
    append(now, _by_staff("expected_date_set", person, at, content={"words": words}, facts={"at": until.isoformat()}))
    now.expected_at = until
    return saved(now, at)


def _by_staff(kind: str, person: Account, at: datetime, *, visibility: str = "public", **parts: Any) -> NewEvent:
    return NewEvent(kind=kind, at=at, actor_kind=Actor.STAFF, actor_id=person.pk, channel=CONSOLE, visibility=visibility, **parts)


def _check_ahead(until: datetime, at: datetime) -> None:
    if until <= at:
        raise FactMissing(
            "date_has_passed", f"Expected a moment after {at.isoformat()}, got {until.isoformat()}. Choose a later day.", missing=("at",)
        )
