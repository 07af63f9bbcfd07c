"""Chainable filters, one table each."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from evenhand.web.service_requests.sight import sight_of
from evenhand.web.service_requests.workflow import State, Status

if TYPE_CHECKING:
    from evenhand.web.accounts.models import Account
    from evenhand.web.places.models import Area, Jurisdiction
    from evenhand.web.service_requests.models import Photo, Service, ServiceRequest  # noqa: F401 - the type arguments below


class ServiceQuerySet(models.QuerySet["Service"]):
    """Services."""

    def offered(self) -> ServiceQuerySet:
        return self.filter(is_offered=True)

    def offered_in(self, area: Area | None) -> ServiceQuerySet:
        """Those offered everywhere, and those offered in `area`."""
        everywhere = Q(areas__isnull=True)
        return self.offered().filter(everywhere | Q(areas=area) if area else everywhere).distinct()


class PhotoQuerySet(models.QuerySet["Photo"]):
    """Photos."""

    def public(self) -> PhotoQuerySet:
        """Those that may be shown to everybody who may see their request: neither erased nor hidden by the city."""
        return self.filter(erased_at=None, hidden_at=None)


class ServiceRequestQuerySet(models.QuerySet["ServiceRequest"]):
    """Requests. `public()` comes first wherever a page, point, feed or row is for everybody."""

    def public(self) -> ServiceRequestQuerySet:
        return self.filter(visibility="public")

    def of(self, jurisdiction: Jurisdiction) -> ServiceRequestQuerySet:
        return self.filter(jurisdiction=jurisdiction)

    def visible_to(self, person: Account, city: Jurisdiction) -> ServiceRequestQuerySet:
        """Those of a city that a member of staff may see (`sight`). Comes first wherever a page, point or row is for staff; one query."""
        sight = sight_of(person, city.pk)
        return self.none() if sight is None else sight.of(self)

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
