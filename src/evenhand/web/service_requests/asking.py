"""The city asks the reporter something: the request waits, and goes back to where it was when the answer comes, or when none came in time.

That a question was asked and answered is public; its words and the photos of the answer are between the city and the reporter. An answer that comes
when nobody waits for it any more (the work went on, the request was closed) is taken as well and moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evenhand.web.service_requests.changing import append, locked, move, saved
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, FactMissing, Move, State, transition_for


def ask_reporter(request: ServiceRequest, *, words: str, actor_id: int, at: datetime, channel: str = "console") -> ServiceRequest:
    """Ask, and wait. The last event of what comes back is the question."""
    return move(request, Move.ASK_REPORTER, actor=Actor.STAFF, actor_id=actor_id, at=at, channel=channel, words=words)


def take_answer(
    request: ServiceRequest, *, words: str, at: datetime, channel: str, actor_id: int | None = None, photos: Sequence[Photo] = ()
) -> ServiceRequest:
    """The reporter's answer, written by themselves, or with `actor_id` by somebody of the city who heard it. Raises FactMissing for an empty one."""
    if not words.strip() and not photos:
        raise FactMissing("fact_missing", "An answer needs words or a photo.", missing=("words",))
    now = locked(request)
    if now.state == State.WAITING_FOR_REPORTER:
        back = _where_it_was(now, Move.REPORTER_ANSWERED, Actor.REPORTER)
        now = move(
            now,
            Move.REPORTER_ANSWERED,
            actor=Actor.REPORTER,
            actor_id=actor_id,
            at=at,
            channel=channel,
            words=words,
            photos=photos,
            facts={"to": back},
            columns={"state": back},
        )
    else:
        facts = {"from": now.state, "to": now.state, "photos": len(photos)}
        content = {"words": words} if words else {}
        event = NewEvent(
            kind=Move.REPORTER_ANSWERED, at=at, actor_kind=Actor.REPORTER, actor_id=actor_id, channel=channel, facts=facts, content=content
        )
        append(now, event, photos)
    return kept_from_public(now, photos, at=at)


def return_unanswered(request: ServiceRequest, *, at: datetime) -> ServiceRequest:
    """No answer came in time: the request is the city's again. Raises MoveNotAllowed where it does not wait (any more)."""
    now = locked(request)
    back = _where_it_was(now, Move.QUESTION_EXPIRED, Actor.SYSTEM)
    return move(now, Move.QUESTION_EXPIRED, actor=Actor.SYSTEM, at=at, channel="system", facts={"to": back}, columns={"state": back})


def note_reminded(request: ServiceRequest, *, question_seq: int, at: datetime) -> ServiceRequest:
    """That the reporter was reminded, for staff to see and so that it happens once."""
    now = locked(request)
    facts = {"question": question_seq}
    append(now, NewEvent(kind="question_reminded", at=at, actor_kind=Actor.SYSTEM, channel="system", visibility="staff", facts=facts))
    return saved(now, at)


def kept_from_public(request: ServiceRequest, photos: Sequence[Photo], *, at: datetime) -> ServiceRequest:
    """Photos that came with words which are not for everybody: staff see them, the public neither sees nor counts them."""
    if photos:
        request.photo_count -= Photo.objects.filter(pk__in=[photo.pk for photo in photos], request=request, hidden_at=None).update(hidden_at=at)
    return saved(request, at)


def _where_it_was(request: ServiceRequest, name: Move, actor: Actor) -> State:
    """Where the request was when the city first asked: a second question may have been asked while it waited for the first answer."""
    transition = transition_for(name, state=State(request.state), actor=actor)
    for facts in request.events.filter(kind=Move.ASK_REPORTER).order_by("-seq").values_list("facts", flat=True)[:20]:
        if facts.get("from") != State.WAITING_FOR_REPORTER:
            return transition.back_to(State(facts["from"]))
    return transition.target
