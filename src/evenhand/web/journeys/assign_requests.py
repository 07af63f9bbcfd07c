"""Many requests are given to a team or a person at once, and taken back.

In chunks of twenty, a transaction each: whoever else writes waits a moment and no longer. A request that cannot be given is left as it is and told,
with the reason, and holds up no other. Taking back gives each request to whom it was with; the history keeps both, and a state that residents have
read stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from evenhand.web.accounts.models import Account, Team
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions as requests
from evenhand.web.service_requests.assignees import AssignmentRefused, check_assignment
from evenhand.web.service_requests.editing import changed_since
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.workflow import MoveNotAllowed

AT_ONCE = 20
MOST = 500


@dataclass(frozen=True, slots=True)
class Given:
    """One request that was given away: with whom it had been, and its version now."""

    reference: str
    team_id: int | None
    assignee_id: int | None
    seen: int


@dataclass(slots=True)
class Outcome:
    """What became of all of them: `skipped` holds references by the code of the reason.

    already: it was with them. not_there: nothing that this person may see. changed: somebody else gave it to somebody meanwhile.
    move_not_allowed: it is closed. assignee_sees_own_teams: that person could not open it. team_refused, assignee_refused: no longer to be had.
    """

    given: list[Given] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def skip(self, reason: str, reference: str) -> None:
        self.skipped.setdefault(reason, []).append(reference)


@dataclass(frozen=True, slots=True)
class Target:
    """To whom. What is None stays as it is, but a person of the old team does not keep what goes to another."""

    team: Team | None = None
    assignee: Account | None = None

    def of(self, request: ServiceRequest) -> tuple[Team | None, Account | None]:
        team = self.team or request.team
        keeps_person = team is None or team.pk == request.team_id
        return team, self.assignee or (request.assignee if keeps_person else None)


def assign_requests(chosen: Sequence[tuple[str, int]], target: Target, *, person: Account, city: Jurisdiction, at: datetime) -> Outcome:
    """Give each of `chosen` (reference, version as it was seen) to the target. Raises AssignmentRefused where nobody can be given anything."""
    check_assignment(city, team=target.team, assignee=target.assignee)
    outcome = Outcome()

    def give(request: ServiceRequest, seen: int) -> None:
        wanted = target.of(request)
        if (request.team, request.assignee) == wanted:
            outcome.skip("already", request.reference)
        elif changed_since(request, seen, "assignment"):
            outcome.skip("changed", request.reference)
        else:
            _give(request, wanted, outcome, person=person, at=at)

    _in_chunks(dict(chosen[:MOST]), give, outcome, ServiceRequest.objects.visible_to(person, city))
    return outcome


def take_back(given: Iterable[Given], *, person: Account, city: Jurisdiction, at: datetime) -> Outcome:
    """Give requests back to whom they were with, where nothing has happened to them since.

    Whoever gave them to a team of others may not see them any more, and can take them back all the same: what they did last is theirs.
    """
    before = {each.reference: each for each in given}
    outcome = Outcome()

    def give_back(request: ServiceRequest, seen: int) -> None:
        if request.event_count != seen or not _gave_last(person, request):
            outcome.skip("changed", request.reference)
            return
        was = before[request.reference]
        team = Team.objects.filter(pk=was.team_id).first() if was.team_id else None
        assignee = Account.objects.filter(pk=was.assignee_id).first() if was.assignee_id else None
        _give(request, (team, assignee), outcome, person=person, at=at)

    _in_chunks({each.reference: each.seen for each in before.values()}, give_back, outcome, ServiceRequest.objects.of(city))
    return outcome


def _gave_last(person: Account, request: ServiceRequest) -> bool:
    last = request.events.order_by("-seq").first()
    return last is not None and (last.kind, last.actor_id) == ("assigned", person.pk)


def _in_chunks(seen: dict[str, int], act: Callable[[ServiceRequest, int], None], outcome: Outcome, among: ServiceRequestQuerySet) -> None:
    references = sorted(seen)
    for begin in range(0, len(references), AT_ONCE):
        with transaction.atomic():
            chunk = references[begin : begin + AT_ONCE]
            found = among.filter(reference__in=chunk).order_by("pk")
            there = {request.reference: request for request in found.select_for_update(of=("self",)).select_related("team", "assignee")}
            for reference in chunk:
                if reference not in there:
                    outcome.skip("not_there", reference)
            for request in there.values():
                act(request, seen[request.reference])


def _give(request: ServiceRequest, wanted: tuple[Team | None, Account | None], outcome: Outcome, *, person: Account, at: datetime) -> None:
    before = (request.team_id, request.assignee_id)
    try:
        with transaction.atomic():
            now = requests.assign(request, person=person, team=wanted[0], assignee=wanted[1], at=at)
    except (AssignmentRefused, MoveNotAllowed) as refused:
        outcome.skip(refused.code, request.reference)
    else:
        outcome.given.append(Given(request.reference, *before, now.event_count))
