"""Chainable filters, one table each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models import Q

from evenhand.web.accounts.roles import Ability
from evenhand.web.service_requests.workflow import State, Status

if TYPE_CHECKING:
    from evenhand.web.accounts.models import Account
    from evenhand.web.places.models import Area, Jurisdiction
    from evenhand.web.service_requests.models import Service, ServiceRequest  # noqa: F401 - the type arguments below

# A row for each team of a person in a city, or one row of nulls; none at all for somebody who does not work there. Every page of the console asks.
_MEMBERSHIP = """
SELECT t.id, t.is_confined, t.is_retired FROM accounts_account_cities c
  LEFT JOIN accounts_team t ON t.jurisdiction_id = c.jurisdiction_id AND t.id IN (SELECT team_id FROM accounts_team_members WHERE account_id = %s)
 WHERE c.account_id = %s AND c.jurisdiction_id = %s
"""


class ServiceQuerySet(models.QuerySet["Service"]):
    """Services."""

    def offered(self) -> ServiceQuerySet:
        return self.filter(is_offered=True)

    def offered_in(self, area: Area | None) -> ServiceQuerySet:
        """Those offered everywhere, and those offered in `area`."""
        everywhere = Q(areas__isnull=True)
        return self.offered().filter(everywhere | Q(areas=area) if area else everywhere).distinct()


class ServiceRequestQuerySet(models.QuerySet["ServiceRequest"]):
    """Requests. `public()` comes first wherever a page, point, feed or row is for everybody."""

    def public(self) -> ServiceRequestQuerySet:
        return self.filter(visibility="public")

    def of(self, jurisdiction: Jurisdiction) -> ServiceRequestQuerySet:
        return self.filter(jurisdiction=jurisdiction)

    def visible_to(self, person: Account, city: Jurisdiction) -> ServiceRequestQuerySet:
        """Those of a city that a member of staff may see. Comes first wherever a page, point or row is for staff; one query to make.

        Nobody sees a city that they do not work for. Without SEE_PERSONAL_DATA people see what the public sees: nothing held, nothing private.
        Members of confined teams alone see those teams' requests; one open team that is not retired lets its member see everything.
        """
        if not person.can(Ability.SEE_REQUESTS):
            return self.none()
        with connection.cursor() as cursor:
            cursor.execute(_MEMBERSHIP, [person.pk, person.pk, city.pk])
            teams = cursor.fetchall()
        if not teams:
            return self.none()
        seen = self.of(city) if person.can(Ability.SEE_PERSONAL_DATA) else self.of(city).public()
        is_confined = any(confined for _key, confined, _retired in teams)
        is_freed = any(key and not confined and not retired for key, confined, retired in teams)
        return seen.filter(team__in=[key for key, *_ in teams]) if is_confined and not is_freed else seen

    def open(self) -> ServiceRequestQuerySet:
        return self.filter(status=Status.OPEN)

    def closed(self) -> ServiceRequestQuerySet:
        return self.filter(status=Status.CLOSED)

    def in_state(self, state: State) -> ServiceRequestQuerySet:
        return self.filter(state=state)

    def in_area(self, area: Area) -> ServiceRequestQuerySet:
        return self.filter(area=area)

    def requested_between(self, start: datetime | None, end: datetime | None) -> ServiceRequestQuerySet:
        """Requested in `[start, end)`; None leaves a side open."""
        chosen = self if start is None else self.filter(requested_at__gte=start)
        return chosen if end is None else chosen.filter(requested_at__lt=end)

    def newest_first(self) -> ServiceRequestQuerySet:
        return self.order_by("-requested_at", "-id")

    def with_point(self) -> ServiceRequestQuerySet:
        """Those that may be drawn at their point."""
        return self.filter(lat__isnull=False, place_quality__in=["exact", "address"])
