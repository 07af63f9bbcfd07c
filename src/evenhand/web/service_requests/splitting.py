"""One report that is two things: the second gets a number, a service, a place and words of its own, and both histories name each other.

The new request is the same person's, reported at the same moment: they waited as long for it. A photo belongs to one request: those that are chosen
move to the new one, and the histories say how many. The words are chosen by staff and entered for the reporter, so they go when the reporter erases.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evenhand.web.accounts.models import Account
from evenhand.web.places import shapes
from evenhand.web.service_requests.actions import Contact, NewReport, Place, receive
from evenhand.web.service_requests.changing import append, locked, saved
from evenhand.web.service_requests.errors import NotMovable
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, Reporter, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, FactMissing


@dataclass(frozen=True, slots=True)
class Split:
    """The request that was there, and the one that was taken out of it."""

    original: ServiceRequest
    new: ServiceRequest


def place_of(request: ServiceRequest) -> Place:
    """Where a request is, for a second one at the same place."""
    return Place(
        lat=request.lat,
        long=request.long,
        quality=request.place_quality,
        address=request.address,
        address_ref=request.address_ref,
        zipcode=request.zipcode,
        area=request.area,
    )


def split_off(
    request: ServiceRequest,
    *,
    service: Service,
    place: Place,
    words: str,
    person: Account,
    at: datetime,
    photos: Collection[int] = (),
    publishing_is_meant: bool = False,
    channel: str = "console",
) -> Split:
    """Make the second request. `photos` are keys of the original's photos that belong to it. Raises FactMissing, NotMovable."""
    now = locked(request)
    _check(now, service, place, words, publishing_is_meant)
    new = locked(receive(_report(now, service, place, words, person=person, channel=channel), recorded_at=at))
    moved = _move_photos(now, new, photos)
    append(new, _event("split_from", {"reference": now.reference, "photos": moved}, at, person, channel, is_public=now.is_public))
    append(now, _event("split_off", {"reference": new.reference, "photos": moved}, at, person, channel, is_public=new.is_public))
    return Split(saved(now, at), saved(new, at))


def _check(request: ServiceRequest, service: Service, place: Place, words: str, publishing_is_meant: bool) -> None:
    if not words.strip():
        raise FactMissing("fact_missing", "Say in your own words what the new request is about.", missing=("words",))
    if service.jurisdiction_id != request.jurisdiction_id or not service.is_offered:
        raise NotMovable("service_not_offered", f"“{service.name}” is not offered here. Choose a service that the city offers.")
    if place.lat is not None and place.long is not None and not shapes.is_inside(request.jurisdiction, place.lat, place.long):
        raise NotMovable("place_outside", f"The place lies outside of {request.jurisdiction.name}: the city cannot send anybody there.")
    if request.visibility == "private" and not service.is_private and not publishing_is_meant:
        raise NotMovable(
            "publishing_not_confirmed", f"Request {request.reference} is private and the new one would be public. Confirm that this is meant."
        )


def _report(request: ServiceRequest, service: Service, place: Place, words: str, *, person: Account, channel: str) -> NewReport:
    return NewReport(
        jurisdiction=request.jurisdiction,
        service=service,
        place=place,
        description=words,
        at=request.requested_at,
        channel=channel,
        made_by="staff",
        contact=_contact(Reporter.objects.filter(request=request, erased_at=None).first()),
        held_until=request.held_until,
        entered_by=person,
    )


def _contact(reporter: Reporter | None) -> Contact:
    """The same person. Their name is not shown with words that somebody else wrote."""
    if reporter is None:
        return Contact()
    return Contact(
        name=reporter.name,
        email=reporter.email,
        phone=reporter.phone,
        language=reporter.language,
        contact_method=reporter.contact_method,
        response_method=reporter.response_method,
        is_for_somebody_else=reporter.is_for_somebody_else,
    )


def _move_photos(original: ServiceRequest, new: ServiceRequest, keys: Collection[int]) -> int:
    chosen = Photo.objects.public().filter(request=original, pk__in=keys)  # what was hidden stays where the hiding is told, and can be shown again
    moved = chosen.update(request=new, event_seq=1)
    original.photo_count, new.photo_count = original.photo_count - moved, new.photo_count + moved
    return moved


def _event(kind: str, facts: Mapping[str, Any], at: datetime, person: Account, channel: str, *, is_public: bool) -> NewEvent:
    seen_by = "public" if is_public else "reporter"
    return NewEvent(kind=kind, at=at, actor_kind=Actor.STAFF, actor_id=person.pk, channel=channel, visibility=seen_by, facts=facts)
