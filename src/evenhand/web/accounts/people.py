"""Who works for the city: people are made, changed, and deactivated; never deleted, for histories name them.

Every change stands in the history of changes, once for each city that it concerns, and never holds a password. A first password is somebody else's
knowledge: it must be changed at the first sign-in. Whoever is deactivated, or whose password is set, has no session left at that moment.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts import administrative_history, sessions
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else, when it is read out
_PASSWORD_LENGTH: Final = 20
_COLUMNS: Final = {"role", "first_name", "last_name", "email"}


class PersonRefused(EvenhandError):
    """A person cannot be made or changed like this; the message holds every reason."""


class PersonUnknown(EvenhandError):
    """No account has this name."""


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """What somebody signs in with once."""

    person: Account
    password: str


def normal_name(name: str) -> str:
    """How a user name is compared: lower case, without blanks around it."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def new_password() -> str:
    """A password that can be read out: five groups of four letters and digits, 98 bits."""
    drawn = "".join(secrets.choice(_LETTERS) for _letter in range(_PASSWORD_LENGTH))
    return "-".join(drawn[start : start + 4] for start in range(0, _PASSWORD_LENGTH, 4))


def person_named(name: str) -> Account:
    """Raises PersonUnknown."""
    found = Account.objects.filter(username=normal_name(name)).first()
    if found is None:
        raise PersonUnknown("person_unknown", f"Nobody is called {name!r} here. `evenhand staff list` names everybody.", name=name)
    return found


@transaction.atomic
def create_person(
    name: str,
    *,
    role: str,
    cities: Sequence[Jurisdiction],
    by: Account | None,
    at: datetime,
    full_name: str = "",
    email: str = "",
    password: str = "",
) -> FirstPassword:
    """Make an account with a first password (drawn, unless one is given). Raises PersonRefused with all that is wrong."""
    first, _space, last = full_name.strip().partition(" ")
    person = Account(username=normal_name(name), role=role, email=email.strip(), first_name=first, last_name=last, must_change_password=True)
    given = password or new_password()
    _refuse(_faults(person, role) + _password_faults(given, person))
    person.set_password(given)
    person.save()
    person.cities.set(cities)
    _note(person, by=by, before={}, at=at)
    return FirstPassword(person, given)


@transaction.atomic
def change_person(person: Account, *, by: Account | None, at: datetime, cities: Sequence[Jurisdiction] | None = None, **columns: Any) -> None:
    """Change role, first_name, last_name or email, and the cities. Raises PersonRefused with all that is wrong."""
    before, cities_before = _facts(person), list(person.cities.all())
    if unknown := set(columns) - _COLUMNS:
        raise TypeError(f"{', '.join(sorted(unknown))}: not changed here")
    for column, value in columns.items():
        setattr(person, column, value)
    _refuse(_faults(person, person.role))
    person.save(update_fields=list(columns))
    if cities is not None:
        person.cities.set(cities)
    _note(person, by=by, before=before, at=at, also=cities_before)


@transaction.atomic
def set_first_password(person: Account, *, by: Account | None, at: datetime, password: str = "") -> FirstPassword:
    """A new first password, for somebody who lost theirs. Their sessions end; a second factor stays."""
    given = password or new_password()
    _refuse(_password_faults(given, person))
    person.set_password(given)
    person.must_change_password = True
    person.save(update_fields=["password", "must_change_password"])
    sessions.end_sessions(person, real_at=at)
    for city in cities_concerned(person):
        administrative_history.record(city, by, "account", person.username, {}, {"password": "set anew"}, at)
    return FirstPassword(person, given)


@transaction.atomic
def set_active(person: Account, is_active: bool, *, by: Account | None, at: datetime) -> None:
    """Deactivate somebody, which ends all their sessions at once, or let them in again."""
    before = _facts(person)
    person.is_active = is_active
    person.save(update_fields=["is_active"])
    if not is_active:
        sessions.end_sessions(person, real_at=at)
    _note(person, by=by, before=before, at=at)


def _facts(person: Account) -> dict[str, Any]:
    cities = [city.slug for city in person.cities.order_by("slug")]
    return {"name": person.get_full_name(), "email": person.email, "role": person.role, "cities": cities, "is_active": person.is_active}


def _note(person: Account, *, by: Account | None, before: Mapping[str, Any], at: datetime, also: Sequence[Jurisdiction] = ()) -> None:
    after = _facts(person)
    for city in dict.fromkeys([*cities_concerned(person), *also]):
        if city is not None or not also:
            administrative_history.record(city, by, "account", person.username, before, after, at)


def cities_concerned(person: Account) -> list[Jurisdiction | None]:
    """In whose histories a change of somebody stands; [None], the history of the whole instance, for who works for no city."""
    return list(person.cities.all()) or [None]


def _faults(person: Account, role: str) -> list[str]:
    faults = []
    if role not in set(Role):
        faults.append(f"A role is one of {', '.join(Role)}; {role!r} came.")
    try:
        person.full_clean(exclude=["password", "totp_secret", "totp_confirmed_at", "recovery_codes"])
    except ValidationError as error:
        faults += [f"{field}: {' '.join(words)}" for field, words in error.message_dict.items()]
    return faults


def _password_faults(password: str, person: Account) -> list[str]:
    try:
        validate_password(password, person)
    except ValidationError as error:
        return list(error.messages)
    return []


def _refuse(faults: list[str]) -> None:
    if faults:
        raise PersonRefused("person_refused", "This person cannot be saved:\n" + "\n".join(f"- {fault}" for fault in faults), faults=tuple(faults))
