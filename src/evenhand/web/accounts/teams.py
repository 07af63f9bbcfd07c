"""Teams: made, renamed, filled; never deleted, for requests and rules name them. Retiring one touches requests: `journeys/retire_team.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account, Team
from evenhand.web.places.models import Jurisdiction


class TeamRefused(EvenhandError):
    """A team cannot be made or changed like this; `faults` says, by field, what is wrong."""


@transaction.atomic
def save_team(
    city: Jurisdiction,
    team: Team | None,
    *,
    by: Account | None,
    at: datetime,
    name: str,
    code: str,
    email: str = "",
    is_confined: bool = False,
    members: Sequence[Account] = (),
) -> Team:
    """Make a team (None), or change one; its code stays. Members work for the city. Raises TeamRefused."""
    _lock(city)
    before = team_facts(team) if team else {}
    saved = team or Team(jurisdiction=city, code=code)
    saved.name, saved.email, saved.is_confined = name.strip(), email.strip(), is_confined
    _check(saved)
    saved.save()
    saved.members.set([person for person in members if person.cities.filter(pk=city.pk).exists()])
    record(city, by, "team", saved.name, before, team_facts(saved), at)
    return saved


@transaction.atomic
def set_teams(person: Account, city: Jurisdiction, teams: Sequence[Team], *, by: Account | None, at: datetime) -> None:
    """The teams of a person in one city; those of other cities stay."""
    _lock(city)
    before = _team_names(person, city)
    mine = [team for team in teams if team.jurisdiction_id == city.pk]
    person.teams.remove(*person.teams.filter(jurisdiction=city).exclude(pk__in=[team.pk for team in mine]))
    person.teams.add(*mine)
    record(city, by, "account", person.username, {"teams": before}, {"teams": _team_names(person, city)}, at)


@transaction.atomic
def set_retired(team: Team, is_retired: bool, *, by: Account | None, at: datetime, **facts: Any) -> None:
    """Retire a team, or bring it back. `facts` go into the history beside it."""
    before = {"is_retired": team.is_retired}
    team.is_retired = is_retired
    team.save(update_fields=["is_retired"])
    if before["is_retired"] != is_retired:
        record(team.jurisdiction, by, "team", team.name, before, {"is_retired": is_retired} | facts, at)


def hold_open(team: Team) -> bool:
    """Whether a team still gets requests, and it stays so until the transaction ends: whoever retires it waits.

    Requests are locked before teams, everywhere. The lock is shared: many give to one team at once. (On SQLite the transaction itself is the lock.)
    """
    sharing = " FOR SHARE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT is_retired FROM accounts_team WHERE id = %s{sharing}", [team.pk])
        found = cursor.fetchone()
    return found is not None and not found[0]


def team_facts(team: Team) -> dict[str, Any]:
    """A team for the history."""
    members = [person.shown_name for person in team.members.order_by("username")]
    return {"name": team.name, "code": team.code, "email": team.email, "is_confined": team.is_confined, "members": members}


def _lock(city: Jurisdiction) -> None:
    Jurisdiction.objects.select_for_update(no_key=True).only("pk").get(pk=city.pk)


def _team_names(person: Account, city: Jurisdiction) -> list[str]:
    return list(person.teams.filter(jurisdiction=city).order_by("name").values_list("name", flat=True))


def _check(team: Team) -> None:
    faults: dict[str, str] = {}
    try:
        team.full_clean(exclude=["jurisdiction"], validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        faults = {field: " ".join(words) for field, words in error.message_dict.items()}
    others = Team.objects.filter(jurisdiction_id=team.jurisdiction_id).exclude(pk=team.pk)
    if others.filter(code=team.code).exists():
        faults.setdefault("code", f"There is a team with the code {team.code!r} already.")
    if others.filter(name__iexact=team.name, is_retired=False).exists():
        faults.setdefault("name", f"There is a team called {team.name!r} already.")
    if faults:
        words = "\n".join(f"- {field}: {fault}" for field, fault in faults.items())
        raise TeamRefused("team_not_saved", f"This team cannot be saved:\n{words}", faults=faults)
