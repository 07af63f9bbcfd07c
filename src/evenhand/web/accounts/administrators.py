"""Who may change whom, so that no city is left without somebody who can.

Nobody changes their own role or access: an administrator who wants to step down asks another, who is then there to see it. A role counts in every
city that a person works for, so only somebody who administers all of those cities may change it, set a password or deactivate them; a colleague's
teams in one's own city are always one's own business.
"""

from __future__ import annotations

from collections.abc import Iterable

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction


class AccessRefused(EvenhandError):
    """A change of somebody's access that would leave a city without an administrator, or is not this person's to make."""


def has_all_cities_of(administrator: Account, person: Account) -> bool:
    """Whether an administrator works for every city that a person works for."""
    theirs = set(person.cities.values_list("pk", flat=True))
    return theirs <= set(administrator.cities.values_list("pk", flat=True))


def refuse_unless_theirs(administrator: Account, person: Account) -> None:
    """Raises AccessRefused for oneself, and for somebody who works for further cities. Asked in the transaction that changes the person."""
    if administrator.pk == person.pk:
        raise AccessRefused("own_access", "Nobody changes their own role or access. Ask another administrator.")
    if not has_all_cities_of(administrator, person):
        raise AccessRefused(
            "works_elsewhere", f"{person.shown_name} works for further cities. Somebody who administers all of them must make this change."
        )


def lock_cities(cities: Iterable[Jurisdiction]) -> None:
    """Hold the cities' rows, so that two administrators cannot take each other's role away at once."""
    list(Jurisdiction.objects.select_for_update(no_key=True).filter(pk__in=[city.pk for city in cities]).order_by("pk").only("pk"))


def refuse_cities_without_administrator(cities: Iterable[Jurisdiction]) -> None:
    """Raises AccessRefused if one of the cities has no administrator who may sign in. Asked after the change, in its transaction."""
    for city in cities:
        if not city.staff.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
            raise AccessRefused("last_administrator", f"{city.name} would have no administrator. Make somebody else one first.", city=city.slug)
