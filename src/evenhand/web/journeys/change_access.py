"""What a person may do is changed: role, cities, access. A city keeps an administrator, and open requests are not left with somebody who is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from evenhand.web.accounts import second_factor
from evenhand.web.accounts.administrators import lock_cities, refuse_cities_without_administrator, refuse_unless_theirs
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.people import FirstPassword, change_person, set_active, set_first_password
from evenhand.web.accounts.roles import Ability, abilities_of
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.handing_over import give_back


@transaction.atomic
def change_access(person: Account, *, by: Account, role: str, cities: Sequence[Jurisdiction], at: datetime, real_at: datetime, **columns: Any) -> int:
    """Give a person another role or other cities (and change names or address with it); returns how many open requests went back to their teams.

    Raises AccessRefused, PersonRefused.
    """
    concerned = [*person.cities.all(), *cities]
    lock_cities(concerned)
    now = Account.objects.select_for_update(no_key=True).get(pk=person.pk)
    refuse_unless_theirs(by, now)
    left = set(now.cities.values_list("pk", flat=True)) - {city.pk for city in cities}
    change_person(now, by=by, at=real_at, cities=cities, role=role, **columns)
    now.teams.remove(*now.teams.filter(jurisdiction__in=left))
    refuse_cities_without_administrator(concerned)
    may_work = Ability.WORK_ON_REQUESTS in abilities_of(role)
    return give_back(now, by=by, at=at) if left or not may_work else 0


@transaction.atomic
def deactivate(person: Account, *, by: Account, at: datetime, real_at: datetime) -> int:
    """Somebody leaves: no session, no signing in, and what they had goes back to its teams; returns how many requests that were."""
    lock_cities(person.cities.all())
    now = Account.objects.select_for_update(no_key=True).get(pk=person.pk)
    refuse_unless_theirs(by, now)
    if not now.is_active:
        return 0
    set_active(now, False, by=by, at=real_at)
    refuse_cities_without_administrator(now.cities.all())
    return give_back(now, by=by, at=at)


@transaction.atomic
def reactivate(person: Account, *, by: Account, real_at: datetime) -> None:
    """Let somebody in again who had left, with the role and the teams that they had."""
    refuse_unless_theirs(by, person)
    if not person.is_active:
        set_active(person, True, by=by, at=real_at)


@transaction.atomic
def give_first_password(person: Account, *, by: Account, real_at: datetime) -> FirstPassword:
    """For somebody who lost theirs; it is shown once."""
    refuse_unless_theirs(by, person)
    return set_first_password(person, by=by, at=real_at)


@transaction.atomic
def reset_second_factor(person: Account, *, by: Account, real_at: datetime) -> None:
    """For somebody who lost phone and recovery codes."""
    refuse_unless_theirs(by, person)
    second_factor.reset(person, by, real_at)
