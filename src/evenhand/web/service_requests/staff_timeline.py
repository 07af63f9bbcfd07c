"""The whole history of a request for those who work on it: every event with who did it, what only staff know, and what was hidden from the public.

Read once, newest last, in three queries however much happened. "Me too" is told as one, as in public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from evenhand.web.accounts.models import NAME_FIELDS, Account
from evenhand.web.core.plain_rows import Along, rows_by_key, rows_where
from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.moderation import HiddenPart, Part, What, hidden_parts
from evenhand.web.service_requests.timeline import SUPPORTED, Happening
from evenhand.web.service_requests.workflow import BETWEEN_CITY_AND_REPORTER, Actor

_TOLD: Final = ("request", "seq", "kind", "at", "channel", "actor_kind", "actor", "visibility", "facts")
_CONTENT: Final = (Along("content", only=("body", "erased_at")),)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffHappening:
    """An event as staff see it. `person` did or entered it, `assignee` got the request by it; `content` holds all that was written; hidden parts are
    named, and shown all the same."""

    seq: int
    event: Event
    visibility: str
    happening: Happening
    content: Mapping[str, Any]
    person: Account | None = None
    assignee: Account | None = None
    hidden_words: HiddenPart | None = None
    hidden_photos: frozenset[int] = frozenset()

    @property
    def is_for_staff(self) -> bool:
        return self.visibility == "staff"

    @property
    def is_private(self) -> bool:
        """Its words are between the city and the reporter."""
        return self.visibility == "reporter" or self.happening.kind in BETWEEN_CITY_AND_REPORTER


def staff_timeline(request: ServiceRequest) -> list[StaffHappening]:
    """Everything, oldest first."""
    events = rows_where(Event, "requests_event.request_id = %s ORDER BY seq", (request.pk,), only=_TOLD, along=_CONTENT)
    photos = rows_where(Photo, "request_id = %s AND erased_at IS NULL ORDER BY id", (request.pk,))
    hidden = hidden_parts(events)
    named = {key for event in events for key in (event.actor_id, _assignee_key(event)) if key}
    people = rows_by_key(Account, named, only=NAME_FIELDS)
    supports = [event for event in events if event.kind == SUPPORTED]
    told = [_happening(event, photos, hidden, people) for event in events if event.kind != SUPPORTED or event is supports[-1]]
    return [_counted(one, supports) if one.happening.kind == SUPPORTED else one for one in told]


def as_everybody_sees(told: Sequence[StaffHappening]) -> list[StaffHappening]:
    """The same for a member of staff who may not see personal data: without what is for staff, for the reporter, or hidden."""
    return [_bared(one) for one in told if one.visibility == "public"]


def _bared(one: StaffHappening) -> StaffHappening:
    happening = one.happening
    photos = () if one.is_private else tuple(photo for photo in happening.photos if photo.hidden_at is None)
    words = "" if one.is_private or one.hidden_words is not None else happening.words
    return replace(one, happening=replace(happening, words=words, name="", photos=photos), content={})


def _happening(event: Event, photos: Sequence[Photo], hidden: Mapping[Part, HiddenPart], people: Mapping[int | None, Account]) -> StaffHappening:
    content = getattr(event, "content", None)
    body = content.body if content is not None else {}
    own = tuple(photo for photo in photos if photo.event_seq == event.seq)
    return StaffHappening(
        seq=event.seq,
        event=event,
        visibility=event.visibility,
        content=body,
        person=people.get(event.actor_id),
        assignee=people.get(_assignee_key(event)),
        hidden_words=hidden.get(Part(What.WORDS, event.seq)),
        hidden_photos=frozenset(photo.pk for photo in own if photo.hidden_at is not None),
        happening=Happening(
            kind=event.kind,
            at=event.at,
            actor=Actor(event.actor_kind),
            channel=event.channel,
            facts=event.facts,
            words=str(body.get("words", "")),
            name=str(body.get("name", "")),
            is_erased=content is not None and content.erased_at is not None,
            photos=own,
        ),
    )


def _assignee_key(event: Event) -> int | None:
    return event.facts.get("assignee") if event.kind == "assigned" else None


def _counted(one: StaffHappening, supports: Sequence[Event]) -> StaffHappening:
    since: datetime = supports[0].at
    return replace(one, happening=replace(one.happening, count=len(supports), since=since))
