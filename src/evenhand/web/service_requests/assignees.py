"""To whom a request of a city may be given: a team that is not retired, and a person who works for the city and may do the work.

A person who sees only the requests of their own teams cannot be given one of another team: it would lie with somebody who cannot open it.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import ABILITIES, Ability
from evenhand.web.accounts.teams import hold_open
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest

_WORKING_ROLES = [str(role) for role, abilities in ABILITIES.items() if Ability.WORK_ON_REQUESTS in abilities]


class AssignmentRefused(EvenhandError):
    """A team or a person that a request of this city cannot be given to."""


def teams_of(city: Jurisdiction) -> Sequence[Team]:
    """The teams that get requests, by name."""
    return list(city.teams.filter(is_retired=False))


def people_of(city: Jurisdiction) -> Sequence[Account]:
    """The people who can be given a request, by name."""
    people = Account.objects.filter(cities=city, is_active=True, role__in=_WORKING_ROLES)
    return list(people.only("username", "first_name", "last_name", "role").order_by("first_name", "last_name", "username"))


def check_assignment(city: Jurisdiction, *, team: Team | None, assignee: Account | None) -> None:
    """Raises AssignmentRefused for a team or person of elsewhere, retired, deactivated, or without a role that does the work.

    Both are looked up anew: either may have changed since the form that names them was shown. The team is held until the transaction ends.
    """
    if team is not None and (team.jurisdiction_id != city.pk or not hold_open(team)):
        raise AssignmentRefused("team_refused", f"Expected a team of {city.name} that is not retired, got {team.name!r}. Choose another.")
    if assignee is None:
        return
    if not Account.objects.filter(pk=assignee.pk, cities=city, is_active=True, role__in=_WORKING_ROLES).exists():
        raise AssignmentRefused(
            "assignee_refused",
            f"Expected somebody who works on requests of {city.name}, got {assignee.username!r}, who does not (any more). Choose another person.",
        )


def check_visible_to_assignee(request: ServiceRequest, assignee: Account | None) -> None:
    """Raises AssignmentRefused where the person could not open what they were given."""
    if assignee is None or ServiceRequest.objects.filter(pk=request.pk).visible_to(assignee, request.jurisdiction).exists():
        return
    raise AssignmentRefused(
        "assignee_sees_own_teams",
        f"{assignee.username!r} sees only their own teams' requests, and this would not be one. Choose one of their teams, or another person.",
    )
