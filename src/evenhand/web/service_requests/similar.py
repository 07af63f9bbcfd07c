"""Requests that are likely the same trouble: same service, near, public, open or closed not long ago; nearest first.

Shown before a report is sent, so that somebody may say "that is mine too" instead of making a second one. Recently closed ones count: seeing that it
was fixed yesterday answers the question as well. A duplicate is not shown: the request that it goes on with is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evenhand.web.core.plain_rows import Along, rows_where
from evenhand.web.places.distances import box_around, meters_between
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.places_index import box_condition
from evenhand.web.service_requests.workflow import Status

NEAR_METERS = 100.0
# What is heard, smelled or stands under water is reported from several houses away; a pothole is where it is.
SPREADS_METERS = 250.0
_SPREADS = re.compile(r"flood|outage|smell|odou?r|noise|smoke|park\b|inunda|ruido", re.IGNORECASE)
CLOSED_WITHIN = timedelta(days=14)
_MOST_LOOKED_AT = 500
_WHOLE = (Along("service"), Along("jurisdiction", without=("boundary",)))
_LIKELY = f"""
requests_request.visibility = 'public' AND requests_request.place_quality IN ('exact', 'address') AND requests_request.service_id = %s
AND requests_request.requested_at <= %s AND requests_request.duplicate_of_id IS NULL
AND (requests_request.status = %s OR (requests_request.status = %s AND requests_request.closed_at >= %s)) LIMIT {_MOST_LOOKED_AT}
"""


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
    near_by, box = box_condition(box_around(lat, long, reach))
    values = (*box, service.pk, at, Status.OPEN, Status.CLOSED, at - CLOSED_WITHIN)
    only, along = (("lat", "long", *columns), ()) if columns else ((), _WHOLE)
    rows = rows_where(ServiceRequest, f"{near_by} AND {_LIKELY}", values, only=only, along=along, is_prepared=False)
    near = [Similar(row, meters_between(lat, long, row.lat, row.long)) for row in rows if row.lat is not None and row.long is not None]
    return sorted((one for one in near if one.distance_meters <= reach), key=lambda one: (one.distance_meters, -one.request.pk))[:most]


def reach_meters(service: Service) -> float:
    """How far apart two reports of a service may lie and still be one trouble."""
    return SPREADS_METERS if _SPREADS.search(f"{service.code} {service.name}".replace("_", " ")) else NEAR_METERS
