"""Rows to the library's arrays and back: nothing else in the web part touches arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ImportRun

SECONDS_AN_HOUR: Final = 3600.0
_CLOSINGS: Final = (
    "SELECT service_id, {0}, status, source FROM requests_request "
    "WHERE jurisdiction_id = %s AND closing_reason NOT IN ('withdrawn', 'invalid') AND made_by <> 'staff'"
)
# Columns of their own type the driver of SQLite would hand to Django, which reads their text in ten times as long as NumPy.
_MOMENTS: Final = {"sqlite": "CAST(requested_at AS text), CAST(closed_at AS text)", "postgresql": "requested_at, closed_at"}


@dataclass(frozen=True, slots=True)
class ClosingsFrame:
    """Openings and closings of a city's requests, in hours since the epoch (UTC); NaN is open. `seen_until` is the end of each request's records."""

    service_ids: tuple[int, ...]
    service: NDArray[np.int64]
    opened_hours: NDArray[np.float64]
    closed_hours: NDArray[np.float64]
    seen_until: NDArray[np.float64]


def closings_frame(city: Jurisdiction, *, at: datetime) -> ClosingsFrame:
    """All requests of a city that somebody waited for: not withdrawn, not invalid, not made by staff for themselves.

    A request from an export is known up to that export's last moment; one that was reported here up to `at`.
    """
    ends = _source_ends(city)
    with connection.cursor() as cursor:
        cursor.execute(_CLOSINGS.format(_MOMENTS[connection.vendor]), [city.pk])
        rows = cursor.fetchall()
    services, opened, closed, status, sources = zip(*rows, strict=True) if rows else ((),) * 5
    service_ids = tuple(sorted(set(services)))
    index = {pk: i for i, pk in enumerate(service_ids)}
    opened_hours, closed_hours = _hours(opened), _hours(closed)
    known = np.array([state == "open" for state in status], dtype=np.bool_) | ~np.isnan(closed_hours)
    seen_hours = {source: ends.get(source, at).timestamp() / SECONDS_AN_HOUR for source in set(sources)}
    seen = np.array([seen_hours[source] for source in sources], dtype=np.float64)
    service = np.array([index[pk] for pk in services], dtype=np.int64)
    return ClosingsFrame(service_ids, service[known], opened_hours[known], closed_hours[known], seen[known])


def _hours(moments: Sequence[Any]) -> NDArray[np.float64]:
    """Hours since the epoch of moments as the driver gives them, NaN for none."""
    if connection.vendor == "sqlite":
        read = np.array(moments, dtype="datetime64[us]")
        return np.where(np.isnat(read), np.nan, read.astype(np.int64) / (1e6 * SECONDS_AN_HOUR))
    return np.array([np.nan if moment is None else moment.timestamp() for moment in moments], dtype=np.float64) / SECONDS_AN_HOUR


def _source_ends(city: Jurisdiction) -> Mapping[str, datetime]:
    ends: dict[str, datetime] = {}
    for source, until in ImportRun.objects.filter(jurisdiction=city, data_until__isnull=False).values_list("source", "data_until"):
        if until is not None and (source not in ends or until > ends[source]):
            ends[source] = until
    return ends
