"""What somebody outside the city does at a request: asked by a private link, they answer, and say that it is done.

"Done" is a state that staff decide: they close with the crew's photo as evidence, or send the work back. What a contractor writes, and the photos
that come with it, are for staff; a photo becomes public when the city closes with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evenhand.web.service_requests.asking import kept_from_public
from evenhand.web.service_requests.changing import append, locked, move, saved
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, Move

INVITED, REVOKED, ANSWERED = "contractor_invited", "contractor_revoked", "contractor_answered"


def note_invited(request: ServiceRequest, *, link: int, name: str, words: str, actor_id: int, at: datetime) -> ServiceRequest:
    """Somebody outside was given the link number `link`."""
    return _noted(request, _by_staff(INVITED, link, actor_id, at, name=name, words=words))


def note_revoked(request: ServiceRequest, *, link: int, name: str, actor_id: int, at: datetime) -> ServiceRequest:
    """The link opens nothing any more."""
    return _noted(request, _by_staff(REVOKED, link, actor_id, at, name=name))


def note_answered(request: ServiceRequest, *, link: int, name: str, words: str, at: datetime, photos: Sequence[Photo] = ()) -> ServiceRequest:
    """Words, and perhaps photos, of a contractor, whatever the state."""
    event = NewEvent(
        kind=ANSWERED,
        at=at,
        actor_kind=Actor.CONTRACTOR,
        channel="link",
        visibility="staff",
        facts={"link": link, "photos": len(photos)},
        content={"name": name, "words": words},
    )
    return _noted(request, event, photos)


def report_done(request: ServiceRequest, *, link: int, name: str, words: str, at: datetime, photos: Sequence[Photo]) -> ServiceRequest:
    """The contractor says that it is done, and shows it. Raises MoveNotAllowed where it is closed, FactMissing without a photo."""
    answered = note_answered(request, link=link, name=name, words=words, at=at)
    done = move(answered, Move.REPORT_DONE, actor=Actor.CONTRACTOR, at=at, channel="link", photos=photos, facts={"link": link})
    return kept_from_public(done, photos, at=at)


def crew_photos(request: ServiceRequest) -> list[Photo]:
    """Photos with which somebody said that the work is done, and that are not public yet; newest first."""
    seqs = request.events.filter(kind=Move.REPORT_DONE).values("seq")
    return list(request.photos.filter(event_seq__in=seqs, erased_at=None, hidden_at__isnull=False).order_by("-pk"))


def close_as_done(
    request: ServiceRequest, *, photos: Sequence[Photo], words: str, actor_id: int, at: datetime, channel: str = "console"
) -> ServiceRequest:
    """Close as fixed, with photos of the crew (from `crew_photos`) as evidence, which everybody sees from now on. Raises FactMissing without any."""
    now = locked(request)
    shown = now.photos.filter(pk__in=[photo.pk for photo in photos], erased_at=None, hidden_at__isnull=False)
    chosen = list(shown)
    closed = move(
        now,
        Move.CLOSE,
        actor=Actor.STAFF,
        actor_id=actor_id,
        at=at,
        channel=channel,
        words=words,
        closing_reason=ClosingReason.FIXED,
        evidence=Evidence.PHOTO,
        photos=chosen,
    )
    closed.photo_count += shown.update(hidden_at=None, event_seq=closed.event_count)
    return saved(closed, at)


def _by_staff(kind: str, link: int, actor_id: int, at: datetime, **content: str) -> NewEvent:
    return NewEvent(
        kind=kind, at=at, actor_kind=Actor.STAFF, actor_id=actor_id, channel="console", visibility="staff", facts={"link": link}, content=content
    )


def _noted(request: ServiceRequest, event: NewEvent, photos: Sequence[Photo] = ()) -> ServiceRequest:
    now = locked(request)
    append(now, event, photos)
    return kept_from_public(now, photos, at=event.at)
