"""Synthetic people for a synthetic city: one of each role and two teams, so that the console can be tried. Never for a city of real residents.

They share one password that is drawn anew each time: an instance that somebody left open has no password that everybody knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.people import create_person, new_password
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction

_PEOPLE: Final = (
    ("cora", Role.CALL_TAKER, "Cora Lindqvist"),
    ("amir", Role.AGENT, "Amir Haddad"),
    ("dara", Role.DISPATCHER, "Dara Nkemelu"),
    ("ines", Role.ANALYST, "Ines Carvalho"),
    ("ruth", Role.ADMINISTRATOR, "Ruth Abernathy"),
)
_TEAMS: Final = (("roads", "Roads crew", ("amir", "dara")), ("lights", "Lights and signals", ("dara",)))


class CityIsReal(EvenhandError):
    """Synthetic people stay out of a city of real residents."""


@dataclass(frozen=True, slots=True)
class SampleStaff:
    """Who was made, and the password that all of them sign in with."""

    people: Sequence[Account]
    teams: Sequence[Team]
    password: str


@transaction.atomic
def make_sample_staff(city: Jurisdiction, *, at: datetime, password: str = "") -> SampleStaff:
    """One person of each role and two teams for a synthetic city. `at` is real time. Raises CityIsReal."""
    if not city.is_synthetic:
        raise CityIsReal("city_is_real", f"{city.name} is not synthetic: make its people with `evenhand staff create`.", city=city.slug)
    given = password or new_password()
    people = {name: _person(city, name, role, full_name, password=given, at=at) for name, role, full_name in _PEOPLE}
    teams = [_team(city, code, name, [people[member] for member in members]) for code, name, members in _TEAMS]
    return SampleStaff(list(people.values()), teams, given)


def _person(city: Jurisdiction, name: str, role: Role, full_name: str, *, password: str, at: datetime) -> Account:
    person = create_person(name, role=role, cities=[city], by=None, at=at, full_name=full_name, password=password).person
    person.must_change_password = False
    person.save(update_fields=["must_change_password"])
    return person


def _team(city: Jurisdiction, code: str, name: str, members: Sequence[Account]) -> Team:
    team, _made = Team.objects.get_or_create(jurisdiction=city, code=code, defaults={"name": name})
    team.members.set(members)
    return team
