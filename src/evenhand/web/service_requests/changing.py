"""How an existing request changes, whatever is done to it: its row is locked, events are appended, the projection is set, its map cell follows.

`locked` comes first in every action: two of them at once happen one after the other, and each sees the other's state. (On SQLite the transaction
itself is the lock.) Everything here runs in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.web.service_requests import cells, history
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import (
    Actor,
    ClosingReason,
    Evidence,
    Move,
    MoveNotAllowed,
    State,
    Transition,
    check_facts,
    status_of,
    transition_for,
)

_PUBLIC_WORDS = frozenset({Move.CLOSE, Move.ASK_REPORTER})
"""Moves of staff that say something in public, and so can be the city's first answer."""


def locked(request: ServiceRequest) -> ServiceRequest:
    """The row as it stands now, held until the transaction ends."""
    return ServiceRequest.objects.select_for_update(of=("self",)).select_related("jurisdiction", "service").get(pk=request.pk)


def append(request: ServiceRequest, event: NewEvent, photos: Sequence[Photo] = ()) -> None:
    """Add an event, with the photos that came with it, to a request that is locked; the caller saves it."""
    history.append(request, event, recorded_at=event.at)
    if photos:
        request.photo_count += Photo.objects.filter(pk__in=[photo.pk for photo in photos], request=None).update(
            request=request, event_seq=request.event_count
        )


def saved(request: ServiceRequest, at: datetime) -> ServiceRequest:
    """Save a locked request; its last change never goes back in time."""
    request.updated_at = max(at, request.updated_at)
    request.save()
    return request


def counted(request: ServiceRequest) -> cells.Counted | None:
    """Where the map counts a request now; hand it to `cells.move` with where it is counted afterwards."""
    return cells.counted(request, ZoneInfo(request.jurisdiction.timezone))


def move(
    request: ServiceRequest,
    name: Move,
    *,
    actor: Actor,
    at: datetime,
    channel: str,
    words: str = "",
    actor_id: int | None = None,
    closing_reason: ClosingReason | None = None,
    evidence: Evidence = Evidence.NONE,
    photos: Sequence[Photo] = (),
    facts: Mapping[str, Any] | None = None,
    content: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
) -> ServiceRequest:
    """Make a move of the transition table. `facts` and `content` go into its event beside what every move has; `columns` are set with it.

    Raises MoveNotAllowed, FactMissing.
    """
    now = locked(request)
    before = counted(now)
    transition = transition_for(name, state=State(now.state), actor=actor)
    if name is Move.REQUEST_REOPEN and not now.can_be_vetoed:
        raise MoveNotAllowed("move_not_allowed", f"Request {now.reference} was withdrawn or is a duplicate: there is no closing to veto.")
    check_facts(transition, actor=actor, closing_reason=closing_reason, evidence=evidence, words=words, photos=len(photos))
    told = {"from": now.state, "to": transition.target, "photos": len(photos)}
    if closing_reason is not None:
        told |= {"closing_reason": closing_reason, "evidence": evidence}
        now.closing_reason, now.evidence, now.closed_at = closing_reason, evidence, at
        now.stated_by = now.source if actor is Actor.SOURCE else ""
    _project(now, transition, actor, at)
    for column, value in (columns or {}).items():
        setattr(now, column, value)
    body = ({"words": words} if words else {}) | dict(content or {})
    event = NewEvent(kind=str(name), at=at, actor_kind=actor, actor_id=actor_id, channel=channel, facts=told | dict(facts or {}), content=body)
    append(now, event, photos)
    saved(now, at)
    cells.move(before, counted(now))
    return now


def _project(request: ServiceRequest, transition: Transition, actor: Actor, at: datetime) -> None:
    """What a move means for the columns, apart from a closing's own."""
    if transition.move is Move.REQUEST_REOPEN:
        request.veto_count += 1
    if transition.move is Move.REOPEN:
        request.closing_reason, request.evidence, request.closed_at, request.stated_by = "", "", None, ""
    if actor is Actor.STAFF and transition.move in _PUBLIC_WORDS:
        request.answered_at = request.answered_at or at
    request.state, request.status = transition.target, status_of(transition.target)
