"""Requests that are likely the same trouble: same service, near, public, open or closed not long ago; nearest first.

Shown before a report is sent, so that somebody may say "that is mine too" instead of making a second one. Recently closed ones count: seeing that it
was fixed yesterday answers the question as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from evenhand.web.places.distances import box_around, meters_between
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.places_index import in_box
from evenhand.web.service_requests.workflow import Status

NEAR_METERS = 100.0
# What is heard, smelled or stands under water is reported from several houses away; a pothole is where it is.
SPREADS_METERS = 250.0
_SPREADS = re.compile(r"flood|outage|smell|odou?r|noise|smoke|park\b|inunda|ruido", re.IGNORECASE)
CLOSED_WITHIN = timedelta(days=14)
_MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Similar:
    """A request and how far it is from the place in question."""

    request: ServiceRequest
    distance_meters: float


def likely_duplicates(service: Service, lat: float, long: float, *, at: datetime, most: int = 5, columns: Sequence[str] = ()) -> list[Similar]:
    """At most `most` public requests of a service around a point (degrees), nearest first; with `columns`, only these of each are read."""
    if service.is_private:
        return []
    reach = reach_meters(service)
    recent = Q(status=Status.OPEN) | Q(status=Status.CLOSED, closed_at__gte=at - CLOSED_WITHIN)
    found = in_box(ServiceRequest.objects.public().with_point(), box_around(lat, long, reach)).filter(recent, service=service)
    found = found.filter(requested_at__lte=at)
    read = found.only("lat", "long", *columns) if columns else found.select_related("service", "jurisdiction").defer("jurisdiction__boundary")
    rows = read[:_MOST_LOOKED_AT]
    near = [Similar(row, meters_between(lat, long, row.lat, row.long)) for row in rows if row.lat is not None and row.long is not None]
    return sorted((one for one in near if one.distance_meters <= reach), key=lambda one: (one.distance_meters, -one.request.pk))[:most]


def reach_meters(service: Service) -> float:
    """How far apart two reports of a service may lie and still be one trouble."""
    return SPREADS_METERS if _SPREADS.search(f"{service.code} {service.name}".replace("_", " ")) else NEAR_METERS
