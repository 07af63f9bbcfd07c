"""Open requests that lose who had them: a person who leaves, a team that is retired. Many at once, each with its own event.

A closing that somebody disputes still waits for a decision, so it goes along with the open ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from evenhand.web.accounts.models import Account, Team
from evenhand.web.core.bulk_insert import update_rows
from evenhand.web.service_requests import history
from evenhand.web.service_requests.history import Link, NewEvent
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import Actor, State, Status

_CHUNK: Final = 500
_COLUMNS: Final = ("team_id", "assignee_id", "updated_at", "event_count", "head_hash")


def waiting_of_team(team: Team) -> QuerySet[ServiceRequest]:
    """What a team still has to do."""
    return ServiceRequest.objects.filter(_WAITING, team=team)


def waiting_of_person(person: Account) -> QuerySet[ServiceRequest]:
    """What a person still has to do, in every city."""
    return ServiceRequest.objects.filter(_WAITING, assignee=person)


def give_back(person: Account, *, by: Account, at: datetime) -> int:
    """What a person has goes back to its team, or to nobody's; returns how many. In the caller's transaction."""
    return sum(_hand(chunk, None, keeps_team=True, why="person_left", by=by, at=at) for chunk in _chunks(waiting_of_person(person)))


def hand_over(team: Team, to: Team | None, *, by: Account, at: datetime) -> int:
    """What a team has goes to another, or to none; returns how many. In the caller's transaction."""
    return sum(_hand(chunk, to, keeps_team=False, why="team_retired", by=by, at=at) for chunk in _chunks(waiting_of_team(team)))


_WAITING: Final = Q(status=Status.OPEN) | Q(state=State.REOPEN_REQUESTED)


def _chunks(requests: QuerySet[ServiceRequest]) -> Iterator[list[ServiceRequest]]:
    """Each chunk is handed over before the next is read, so that nothing is read twice."""
    while chunk := list(requests.select_for_update(of=("self",)).order_by("pk")[:_CHUNK]):
        yield chunk


def _hand(requests: list[ServiceRequest], to: Team | None, *, keeps_team: bool, why: str, by: Account, at: datetime) -> int:
    links: list[tuple[ServiceRequest, Link]] = []
    for request in requests:
        team_id = request.team_id if keeps_team else (to.pk if to else None)
        request.team_id, request.assignee_id, request.updated_at = team_id, None, max(at, request.updated_at)
        news = NewEvent(
            kind="assigned",
            at=at,
            actor_kind=Actor.STAFF,
            actor_id=by.pk,
            channel="console",
            visibility="staff",
            facts={"team": team_id, "assignee": None, "why": why},
        )
        made, request.event_count, request.head_hash = history.chain(
            request.reference, [news], recorded_at=at, after_seq=request.event_count, after_hash=request.head_hash
        )
        links += [(request, link) for link in made]
    history.insert_links(links)
    update_rows(ServiceRequest, requests, _COLUMNS)
    return len(requests)
