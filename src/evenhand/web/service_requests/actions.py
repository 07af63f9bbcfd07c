"""What can be done to a request. Each action appends events and sets the projection in the caller's transaction; actor and time are passed in.

Every action on an existing request begins by locking its row: two of them at once happen one after the other, and each sees the other's state.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection

from evenhand.web.core.bulk_insert import insert_rows, reserve_keys
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import cells, history
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, Reporter, Service, ServiceRequest, Supporter
from evenhand.web.service_requests.reference_numbers import new_reference
from evenhand.web.service_requests.workflow import (
    Actor,
    ClosingReason,
    Evidence,
    Move,
    MoveNotAllowed,
    State,
    check_facts,
    status_of,
    transition_for,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is. `quality` says how it is known: exact (a point was given), address (found by its address), fallback, missing."""

    lat: float | None = None
    long: float | None = None
    quality: str = "exact"
    address: str = ""
    address_ref: str = ""
    zipcode: str = ""
    area: Area | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Who reported and how to reach them; all of it optional."""

    name: str = ""
    email: str = ""
    phone: str = ""
    language: str = "en"
    contact_method: str = "web"
    response_method: str = ""
    is_name_shown: bool = False
    is_for_somebody_else: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report, complete and checked."""

    jurisdiction: Jurisdiction
    service: Service
    place: Place
    description: str
    at: datetime
    channel: str
    made_by: str = "resident"
    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    contact: Contact = field(default_factory=Contact)
    photos: Sequence[Photo] = ()
    submission_key: str | None = None
    held_until: datetime | None = None
    client: str = ""
    source: str = ""
    source_id: str = ""


def receive(report: NewReport, *, recorded_at: datetime) -> ServiceRequest:
    """Make a request of a report, with its first event, reporter, photos and map cells."""
    request = _unsaved(report)
    links, request.event_count, request.head_hash = history.chain(request.reference, [_received(report)], recorded_at=recorded_at)
    (request.pk,) = reserve_keys(ServiceRequest, 1)
    insert_rows(ServiceRequest, [request])
    request._state.adding, request._state.db = False, connection.alias
    history.insert_links([(request, link) for link in links])
    _save_reporter(request, report.contact)
    if report.photos:
        Photo.objects.filter(pk__in=[photo.pk for photo in report.photos], request=None).update(request=request, event_seq=1, draft=None)
    cells.move(None, _counted(request))
    return request


def comment(
    request: ServiceRequest, *, words: str, actor: Actor, at: datetime, channel: str, name: str = "", photos: Sequence[Photo] = ()
) -> ServiceRequest:
    """Add a public comment, with photos."""
    locked = _locked(request)
    content = {"words": words, **({"name": name} if name else {})}
    _append(locked, NewEvent(kind="commented", at=at, actor_kind=actor, channel=channel, content=content, facts={"photos": len(photos)}), photos)
    locked.comment_count += 1
    return _saved(locked, at)


def support(request: ServiceRequest, *, device: str, at: datetime, channel: str) -> bool:
    """ "Me too", once a device; False where this device had said so before."""
    locked = _locked(request)
    _, is_new = Supporter.objects.get_or_create(request=locked, device=device, defaults={"at": at})
    if is_new:
        _append(locked, NewEvent(kind="supported", at=at, actor_kind=Actor.RESIDENT, channel=channel))
        locked.supporter_count += 1
        _saved(locked, at)
    return is_new


def close(
    request: ServiceRequest,
    *,
    actor: Actor,
    at: datetime,
    reason: ClosingReason,
    words: str,
    evidence: Evidence = Evidence.NONE,
    photos: Sequence[Photo] = (),
    channel: str = "console",
) -> ServiceRequest:
    """Close with a reason and public words; "fixed" needs evidence."""
    return _move(request, Move.CLOSE, actor=actor, at=at, channel=channel, words=words, closing_reason=reason, evidence=evidence, photos=photos)


def withdraw(request: ServiceRequest, *, at: datetime, words: str = "", channel: str = "web") -> ServiceRequest:
    """The reporter takes a report back."""
    return _move(request, Move.WITHDRAW, actor=Actor.REPORTER, at=at, channel=channel, words=words, closing_reason=ClosingReason.WITHDRAWN)


def request_reopen(
    request: ServiceRequest, *, actor: Actor, at: datetime, words: str, photos: Sequence[Photo] = (), channel: str = "web"
) -> ServiceRequest:
    """ "Not fixed": the city decides, and meanwhile the veto counts in every figure."""
    return _move(request, Move.REQUEST_REOPEN, actor=actor, at=at, channel=channel, words=words, photos=photos)


def acknowledge(request: ServiceRequest, *, actor: Actor, at: datetime, channel: str = "console") -> ServiceRequest:
    """The city has seen it."""
    return _move(request, Move.ACKNOWLEDGE, actor=actor, at=at, channel=channel, words="")


def hide_name(request: ServiceRequest, *, at: datetime, channel: str = "web") -> ServiceRequest:
    """Take the reporter's name off the public page."""
    locked = _locked(request)
    locked.reporter_name_shown = ""
    _append(locked, NewEvent(kind="name_hidden", at=at, actor_kind=Actor.REPORTER, channel=channel, visibility="reporter"))
    return _saved(locked, at)


def erase_reporter(request: ServiceRequest, *, at: datetime, channel: str = "web") -> tuple[ServiceRequest, list[str]]:
    """Erase all that the reporter gave: words, answers, name, contact, photos, and the exact place of a private request.

    Returns the request and the keys of photo files for the caller to delete once the transaction stands. What happened, and when, stays; the chain
    still verifies.
    """
    locked = _locked(request)
    before = _counted(locked)
    own = list(locked.events.filter(actor_kind=Actor.REPORTER).values_list("seq", flat=True))
    history.erase_contents(locked, at=at, seqs=own)
    keys = _erase_photos(locked, own, at)
    Reporter.objects.filter(request=locked).update(name="", email="", phone="", erased_at=at)
    locked.description, locked.answers, locked.reporter_name_shown = "", {}, ""
    if locked.place_quality == "missing":
        locked.address = ""  # no address of the city's, but the reporter's own words for a place
    if locked.visibility == "private":
        locked.lat = locked.long = None
        locked.address, locked.address_ref, locked.zipcode, locked.place_quality = "", "", "", "missing"
    locked.photo_count = locked.photos.filter(erased_at=None).count()
    _append(locked, NewEvent(kind="erased", at=at, actor_kind=Actor.REPORTER, channel=channel, facts={"events": len(own), "photos": len(keys)}))
    _saved(locked, at)
    cells.move(before, _counted(locked))
    return locked, keys


def release_held(request: ServiceRequest, *, at: datetime) -> ServiceRequest:
    """Show a report that was held for its pace."""
    locked = _locked(request)
    if locked.visibility == "held":
        locked.visibility, locked.held_until = "private" if locked.service.is_private else "public", None
        _append(locked, NewEvent(kind="released", at=at, actor_kind=Actor.SYSTEM, channel="system", visibility="staff"))
        _saved(locked, locked.updated_at)
        cells.move(None, _counted(locked))
    return locked


def _move(
    request: ServiceRequest,
    move: Move,
    *,
    actor: Actor,
    at: datetime,
    channel: str,
    words: str,
    closing_reason: ClosingReason | None = None,
    evidence: Evidence = Evidence.NONE,
    photos: Sequence[Photo] = (),
) -> ServiceRequest:
    locked = _locked(request)
    before = _counted(locked)
    source = State(locked.state)
    transition = transition_for(move, state=source, actor=actor)
    if move is Move.REQUEST_REOPEN and not locked.can_be_vetoed:
        raise MoveNotAllowed("move_not_allowed", f"Request {locked.reference} was withdrawn or is a duplicate: there is no closing to veto.")
    check_facts(transition, actor=actor, closing_reason=closing_reason, evidence=evidence, words=words, photos=len(photos))
    facts = {"from": source, "to": transition.target, "photos": len(photos)}
    if closing_reason is not None:
        facts |= {"closing_reason": closing_reason, "evidence": evidence}
        locked.closing_reason, locked.evidence, locked.closed_at = closing_reason, evidence, at
        locked.stated_by = locked.source if actor is Actor.SOURCE else ""
    if move is Move.REQUEST_REOPEN:
        locked.veto_count += 1
    if move is Move.REOPEN:
        locked.closing_reason, locked.evidence, locked.closed_at, locked.stated_by = "", "", None, ""
    locked.state, locked.status = transition.target, status_of(transition.target)
    content = {"words": words} if words else {}
    _append(locked, NewEvent(kind=str(move), at=at, actor_kind=actor, channel=channel, facts=facts, content=content), photos)
    _saved(locked, at)
    cells.move(before, _counted(locked))
    return locked


def _unsaved(report: NewReport) -> ServiceRequest:
    place, service = report.place, report.service
    held = report.held_until is not None and not service.is_private
    return ServiceRequest(
        jurisdiction=report.jurisdiction,
        service=service,
        reference=_free_reference(),
        source=report.source,
        source_id=report.source_id,
        submission_key=report.submission_key,
        link_salt=secrets.token_hex(8),
        visibility="private" if service.is_private else "held" if held else "public",
        held_until=report.held_until if held else None,
        requested_at=report.at,
        updated_at=report.at,
        lat=place.lat,
        long=place.long,
        place_quality=place.quality,
        address=place.address,
        address_ref=place.address_ref,
        zipcode=place.zipcode,
        area=place.area,
        channel=report.channel,
        made_by=report.made_by,
        client=report.client,
        description=report.description,
        answers=dict(report.answers),
        reporter_name_shown=report.contact.name if report.contact.is_name_shown else "",
        photo_count=len(report.photos),
    )


def _received(report: NewReport) -> NewEvent:
    place = report.place
    content = {"words": report.description, "answers": dict(report.answers), "address": place.address}
    if place.lat is not None and place.long is not None:
        content |= {"lat": repr(place.lat), "long": repr(place.long)}  # text: a hash must not depend on how a database writes a float
    return NewEvent(
        kind="received",
        at=report.at,
        actor_kind=Actor.STAFF if report.made_by == "staff" else Actor.REPORTER,
        channel=report.channel,
        facts={"service": report.service.code, "place_quality": place.quality, "photos": len(report.photos)},
        content=content,
    )


def _free_reference() -> str:
    with connection.cursor() as cursor:
        while True:  # one in a hundred is taken at a million requests; the unique column has the last word
            reference = new_reference()
            cursor.execute("SELECT 1 FROM requests_request WHERE reference = %s", [reference])
            if cursor.fetchone() is None:
                return reference


def _save_reporter(request: ServiceRequest, contact: Contact) -> None:
    reporter = Reporter(
        request=request,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
        contact_method=contact.contact_method,
        response_method=contact.response_method,
        is_for_somebody_else=contact.is_for_somebody_else,
    )
    insert_rows(Reporter, [reporter])


def _locked(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.select_for_update(of=("self",)).select_related("jurisdiction", "service").get(pk=request.pk)


def _append(request: ServiceRequest, event: NewEvent, photos: Sequence[Photo] = ()) -> None:
    history.append(request, event, recorded_at=event.at)
    if photos:
        request.photo_count += Photo.objects.filter(pk__in=[photo.pk for photo in photos], request=None).update(
            request=request, event_seq=request.event_count
        )


def _saved(request: ServiceRequest, at: datetime) -> ServiceRequest:
    request.updated_at = max(at, request.updated_at)
    request.save()
    return request


def _erase_photos(request: ServiceRequest, seqs: Sequence[int], at: datetime) -> list[str]:
    photos = request.photos.filter(event_seq__in=seqs, erased_at=None)
    keys = list(photos.values_list("key", flat=True))
    photos.update(erased_at=at)
    return keys


def _counted(request: ServiceRequest) -> cells.Counted | None:
    return cells.counted(request, ZoneInfo(request.jurisdiction.timezone))
