"""Reports that were held for their pace (`intake_pace`): what waits, and what staff decide before their hour is over.

Shown: as if it had never been held. Taken for spam: closed as "invalid" and private, so that it never had a public page; whoever reported sees both
on their private page. Opened again, it is as public as its service. A decision comes too late where the hour is over, or somebody was quicker: then
nothing happens.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from evenhand.web.accounts.models import Account
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import cells
from evenhand.web.service_requests.changing import append, counted, locked, move, saved
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Move

MOST_SHOWN = 200
AS_SPAM: Final = {"held": "spam"}
NEVER_SHOWN: Final = {"visibility": "private", "held_until": None}
"""Facts and columns of closing what is held as invalid, from the list of what is held or by hand."""


def held_in(city: Jurisdiction, person: Account) -> ServiceRequestQuerySet:
    """What is held in a city and may be seen by a member of staff; what will show first comes first."""
    held = ServiceRequest.objects.visible_to(person, city).filter(visibility="held")
    return held.select_related("service", "area").defer("area__shape", "area__properties").order_by("held_until", "pk")


def show_held(request: ServiceRequest, *, person: Account, at: datetime) -> bool:
    """Show a held report now; False where it is no longer held."""
    now = locked(request)
    if now.visibility != "held":
        return False
    now.visibility, now.held_until = "private" if now.service.is_private else "public", None
    event = NewEvent(kind="released", at=at, actor_kind=Actor.STAFF, actor_id=person.pk, channel="console", visibility="staff")
    append(now, event)
    saved(now, at)
    cells.move(None, counted(now))
    return True


def refuse_held(request: ServiceRequest, *, person: Account, at: datetime, words: str) -> ServiceRequest | None:
    """Close a held report as spam; None where it is no longer held, or closed already."""
    now = locked(request)
    if now.visibility != "held" or not now.is_open:
        return None
    return move(
        now,
        Move.CLOSE,
        actor=Actor.STAFF,
        actor_id=person.pk,
        at=at,
        channel="console",
        words=words,
        closing_reason=ClosingReason.INVALID,
        facts=AS_SPAM,
        columns=NEVER_SHOWN,
    )


def was_refused(request: ServiceRequest) -> bool:
    """Whether it is private only because it was held and its last closing took it for spam."""
    if request.visibility != "private" or request.service.is_private:
        return False
    closing = request.events.filter(kind=Move.CLOSE).order_by("-seq").first()
    return closing is not None and closing.facts.get("held") == AS_SPAM["held"]
