"""What can be done to a request. Each action appends events and sets the projection in the caller's transaction; actor and time are passed in.

What a resident, a source or the system does stands here, and `assign`; what staff do all day in `work_actions`. All of them change a request through
`changing`, which locks its row first: two at once happen one after the other, and each sees the other's state.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Max

from evenhand.web.accounts.models import Account, Team
from evenhand.web.core.bulk_insert import NewRow, insert_family, unsaved
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import cells, history, routing
from evenhand.web.service_requests.assignees import check_assignment, check_visible_to_assignee
from evenhand.web.service_requests.changing import append, counted, locked, move, saved
from evenhand.web.service_requests.duplicates import count_supporters, lock_families
from evenhand.web.service_requests.erasable_words import words_of_reporter
from evenhand.web.service_requests.held_requests import AS_SPAM, NEVER_SHOWN
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, Reporter, Service, ServiceRequest, Supporter
from evenhand.web.service_requests.reference_numbers import new_reference
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, FactMissing, Move, MoveNotAllowed, State

SHORTEST_CREW: Final = 2


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
    entered_by: Account | None = None


@dataclass(frozen=True, slots=True)
class CrewRecord:
    """What a crew wrote down: who was there, and when it was done. `faults` says what keeps it from showing anything."""

    crew: str
    done_at: datetime

    def faults(self, *, since: datetime, at: datetime) -> tuple[str, ...]:
        """`crew_unnamed`: less than two characters, or none of them a letter or digit; `done_too_early`, `done_in_future`: not while it was open.

        `since` counts from the beginning of its minute: a record says no seconds.
        """
        named = len(self.crew.strip()) >= SHORTEST_CREW and any(character.isalnum() for character in self.crew)
        early, late = self.done_at < since.replace(second=0, microsecond=0), self.done_at > at
        return tuple(code for code, is_so in (("crew_unnamed", not named), ("done_too_early", early), ("done_in_future", late)) if is_so)


def open_since(request: ServiceRequest) -> datetime:
    """When it came in, or was last opened again: what was done before that shows nothing."""
    return request.events.filter(kind=Move.REOPEN).aggregate(last=Max("at"))["last"] or request.requested_at


def receive(report: NewReport, *, recorded_at: datetime) -> ServiceRequest:
    """Make a request of a report, with its first event, reporter, photos and map cells."""
    request = _unsaved(report)
    news = [_received(report), *_routed(request, report)]
    links, request.event_count, request.head_hash = history.chain(request.reference, news, recorded_at=recorded_at)
    of_request = (("request_id", 0),)
    events = history.rows_of(links, first=1, points=of_request)
    insert_family([NewRow(ServiceRequest, request), *events, NewRow(Reporter, _reporter(report.contact), of_request)])
    request._state.adding, request._state.db = False, DEFAULT_DB_ALIAS
    if report.photos:
        Photo.objects.filter(pk__in=[photo.pk for photo in report.photos], request=None).update(request=request, event_seq=1, draft=None)
    cells.move(None, counted(request))
    return request


def comment(
    request: ServiceRequest,
    *,
    words: str,
    actor: Actor,
    at: datetime,
    channel: str,
    name: str = "",
    photos: Sequence[Photo] = (),
    actor_id: int | None = None,
) -> ServiceRequest:
    """Add a public comment, with photos. One by staff is the city's answer."""
    now = locked(request)
    content = {"words": words, **({"name": name} if name else {})}
    facts = {"photos": len(photos)}
    append(now, NewEvent(kind="commented", at=at, actor_kind=actor, actor_id=actor_id, channel=channel, content=content, facts=facts), photos)
    now.comment_count += 1
    if actor is Actor.STAFF:
        now.answered_at = now.answered_at or at
    return saved(now, at)


def support(request: ServiceRequest, *, device: str, at: datetime, channel: str) -> bool:
    """ "Me too", once a device; False where this device had said so before. Said at a duplicate, it counts at its parent as well."""
    lock_families(request.pk)
    now = locked(request)
    _, is_new = Supporter.objects.get_or_create(request=now, device=device, defaults={"at": at})
    if is_new:
        append(now, NewEvent(kind="supported", at=at, actor_kind=Actor.RESIDENT, channel=channel))
        # A device that spoke up at a duplicate is one household still; the sum over a request and its duplicates counts it once.
        elsewhere = Supporter.objects.filter(request__duplicate_of=now, device=device)
        now.supporter_count += 0 if elsewhere.exists() else 1
        saved(now, at)
        if now.duplicate_of_id is not None:
            count_supporters(now.duplicate_of_id)
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
    actor_id: int | None = None,
    crew: CrewRecord | None = None,
    agency: str = "",
) -> ServiceRequest:
    """Close with a reason and public words; "fixed" needs evidence. `agency` says whose it is, where it is not the city's.
    Raises FactMissing also for a crew's record that cannot be right.

    What was held and is closed as invalid never had a public page and gets none, unless it is opened again.
    """
    if crew is not None and (faults := crew.faults(since=open_since(request), at=at)):
        raise FactMissing(
            "crew_record_unlikely",
            f"Expected a crew's name and a moment between the report and now, but got {crew.crew!r}, {crew.done_at.isoformat()}.",
            faults=faults,
        )
    is_refused = reason is ClosingReason.INVALID and locked(request).visibility == "held"
    facts = ({} if crew is None else {"done_at": crew.done_at.isoformat()}) | (AS_SPAM if is_refused else {})
    content = ({} if crew is None else {"crew": crew.crew}) | ({"agency": agency} if agency else {})
    return move(
        request,
        Move.CLOSE,
        actor=actor,
        actor_id=actor_id,
        at=at,
        channel=channel,
        words=words,
        closing_reason=reason,
        evidence=evidence,
        photos=photos,
        facts=facts,
        content=content,
        columns=({"agency_responsible": agency} if agency else {}) | (NEVER_SHOWN if is_refused else {}),
    )


def withdraw(request: ServiceRequest, *, at: datetime, words: str = "", channel: str = "web", entered_by: int | None = None) -> ServiceRequest:
    """The reporter takes a report back; on the phone, somebody at the city enters it for them."""
    reason = ClosingReason.WITHDRAWN
    return move(request, Move.WITHDRAW, actor=Actor.REPORTER, actor_id=entered_by, at=at, channel=channel, words=words, closing_reason=reason)


def request_reopen(
    request: ServiceRequest, *, actor: Actor, at: datetime, words: str, photos: Sequence[Photo] = (), channel: str = "web"
) -> ServiceRequest:
    """ "Not fixed": the city decides, and meanwhile the veto counts in every figure."""
    return move(request, Move.REQUEST_REOPEN, actor=actor, at=at, channel=channel, words=words, photos=photos)


def acknowledge(request: ServiceRequest, *, actor: Actor, at: datetime, channel: str = "console", actor_id: int | None = None) -> ServiceRequest:
    """The city has seen it."""
    return move(request, Move.ACKNOWLEDGE, actor=actor, actor_id=actor_id, at=at, channel=channel)


def assign(
    request: ServiceRequest, *, person: Account, team: Team | None, assignee: Account | None, at: datetime, channel: str = "console"
) -> ServiceRequest:
    """Give a request to a team, a person or both; neither takes it back to nobody. Nothing happens where it stands so already.

    What is new becomes "assigned", which the public reads; a request in work keeps its state, and to whom it goes is for staff alone.
    Raises AssignmentRefused, MoveNotAllowed.
    """
    now = locked(request)
    wanted = (team.pk if team else None, assignee.pk if assignee else None)
    if (now.team_id, now.assignee_id) == wanted:
        return now
    if not (now.is_open or now.state == State.REOPEN_REQUESTED):
        raise MoveNotAllowed("move_not_allowed", f"Request {now.reference} is closed: reopen it before it is given to somebody.", state=now.state)
    check_assignment(now.jurisdiction, team=team, assignee=assignee)
    if any(wanted) and now.state in {State.RECEIVED, State.ACKNOWLEDGED}:
        now = move(now, Move.ASSIGN, actor=Actor.STAFF, actor_id=person.pk, at=at, channel=channel)
    now.team, now.assignee = team, assignee
    facts = {"team": wanted[0], "assignee": wanted[1]}
    append(now, NewEvent(kind="assigned", at=at, actor_kind=Actor.STAFF, actor_id=person.pk, channel=channel, visibility="staff", facts=facts))
    saved(now, at)
    check_visible_to_assignee(now, assignee)
    return now


def hide_name(request: ServiceRequest, *, at: datetime, channel: str = "web") -> ServiceRequest:
    """Take the reporter's name off the public page."""
    now = locked(request)
    now.reporter_name_shown = ""
    append(now, NewEvent(kind="name_hidden", at=at, actor_kind=Actor.REPORTER, channel=channel, visibility="reporter"))
    return saved(now, at)


def erase_reporter(request: ServiceRequest, *, at: datetime, channel: str = "web") -> tuple[ServiceRequest, list[str]]:
    """Erase all that the reporter gave: words, answers, name, contact, photos, and the exact place of a private request.

    Returns the request and the keys of photo files for the caller to delete once the transaction stands. What happened, and when, stays; the chain
    still verifies.
    """
    now = locked(request)
    before = counted(now)
    own = list(now.events.filter(words_of_reporter()).values_list("seq", flat=True))
    history.erase_contents(now, at=at, seqs=own)
    keys = _erase_photos(now, own, at)
    Reporter.objects.filter(request=now).update(name="", email="", phone="", erased_at=at)
    now.description, now.answers, now.reporter_name_shown = "", {}, ""
    if now.place_quality == "missing":
        now.address = ""  # no address of the city's, but the reporter's own words for a place
    if now.visibility == "private":
        now.lat = now.long = None
        now.address, now.address_ref, now.zipcode, now.place_quality = "", "", "", "missing"
    now.photo_count = now.photos.filter(erased_at=None, hidden_at=None).count()
    append(now, NewEvent(kind="erased", at=at, actor_kind=Actor.REPORTER, channel=channel, facts={"events": len(own), "photos": len(keys)}))
    saved(now, at)
    cells.move(before, counted(now))
    return now, keys


def release_held(request: ServiceRequest, *, at: datetime) -> ServiceRequest:
    """Show a report that was held for its pace."""
    now = locked(request)
    if now.visibility == "held":
        now.visibility, now.held_until = "private" if now.service.is_private else "public", None
        append(now, NewEvent(kind="released", at=at, actor_kind=Actor.SYSTEM, channel="system", visibility="staff"))
        saved(now, now.updated_at)
        cells.move(None, counted(now))
    return now


def _unsaved(report: NewReport) -> ServiceRequest:
    place, service = report.place, report.service
    held = report.held_until is not None and not service.is_private
    request = unsaved(
        ServiceRequest,
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
        channel=report.channel,
        made_by=report.made_by,
        client=report.client,
        description=report.description,
        answers=dict(report.answers),
        reporter_name_shown=report.contact.name if report.contact.is_name_shown else "",
        photo_count=len(report.photos),
    )
    request.jurisdiction, request.service, request.area, request.entered_by = report.jurisdiction, service, place.area, report.entered_by
    return request


def _received(report: NewReport) -> NewEvent:
    place = report.place
    content = {"words": report.description, "answers": dict(report.answers), "address": place.address}
    if place.lat is not None and place.long is not None:
        content |= {"lat": repr(place.lat), "long": repr(place.long)}  # text: a hash must not depend on how a database writes a float
    return NewEvent(
        kind="received",
        at=report.at,
        actor_kind=Actor.STAFF if report.made_by == "staff" else Actor.REPORTER,
        actor_id=report.entered_by.pk if report.entered_by is not None else None,
        channel=report.channel,
        facts={"service": report.service.code, "place_quality": place.quality, "photos": len(report.photos)},
        content=content,
    )


def _routed(request: ServiceRequest, report: NewReport) -> list[NewEvent]:
    """Where it goes, by the city's rules of this moment. What comes from outside was somebody's already."""
    return [] if report.source else routing.route_new(request, report.at)


def _free_reference() -> str:
    with prepared_cursor() as cursor:
        while True:  # one in a hundred is taken at a million requests; the unique column has the last word
            reference = new_reference()
            cursor.execute("SELECT 1 FROM requests_request WHERE reference = %s", [reference])
            if cursor.fetchone() is None:
                return reference


def _reporter(contact: Contact) -> Reporter:
    return unsaved(
        Reporter,
        name=contact.name,
        email=contact.email,
        phone=contact.phone,
        language=contact.language,
        contact_method=contact.contact_method,
        response_method=contact.response_method,
        is_for_somebody_else=contact.is_for_somebody_else,
    )


def _erase_photos(request: ServiceRequest, seqs: Sequence[int], at: datetime) -> list[str]:
    photos = request.photos.filter(event_seq__in=seqs, erased_at=None)
    keys = list(photos.values_list("key", flat=True))
    photos.update(erased_at=at)
    return keys
