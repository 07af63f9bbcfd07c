"""A city's public requests as arrays, for its public figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from evenhand.web.places.models import Jurisdiction

_CHUNK = 20_000
_NONE = -1
MILLISECONDS_AN_HOUR: Final = 3_600_000.0


@dataclass(frozen=True, slots=True)
class PublicRequestsFrame:
    """One place a public request. Times are hours since the epoch (UTC), NaN where there is none; `area` and `service` are keys, -1 for no area.

    `was_waited_for` leaves out what nobody waited for (withdrawn, invalid, made by staff for themselves) and closings without a date: the rest is
    what closing times are estimated from. `seen_until` is the end of each request's records.
    """

    area: NDArray[np.int64]
    service: NDArray[np.int64]
    opened_hours: NDArray[np.float64]
    closed_hours: NDArray[np.float64]
    is_open: NDArray[np.bool_]
    was_waited_for: NDArray[np.bool_]
    is_vetoed: NDArray[np.bool_]
    seen_until: NDArray[np.float64]


def public_requests_frame(city: Jurisdiction, *, at: datetime) -> PublicRequestsFrame:
    """All public requests of a city; one query, read in chunks as numbers."""
    hours = "(julianday({}) - 2440587.5) * 24" if connection.vendor == "sqlite" else "extract(epoch FROM {}) / 3600"
    opened, closed, until = (hours.format(column) for column in ("r.requested_at", "r.closed_at", "e.until"))
    sql = f"""
        SELECT coalesce(r.area_id, {_NONE}), r.service_id, {opened}, {closed},
               CASE WHEN r.status = 'open' THEN 1 ELSE 0 END,
               CASE WHEN r.closing_reason NOT IN ('withdrawn', 'invalid') AND r.made_by <> 'staff'
                         AND (r.status = 'open' OR r.closed_at IS NOT NULL) THEN 1 ELSE 0 END,
               CASE WHEN r.veto_count > 0 THEN 1 ELSE 0 END, {until}
        FROM requests_request r LEFT JOIN (
            SELECT source, max(data_until) AS until FROM requests_import_run WHERE jurisdiction_id = %s AND data_until IS NOT NULL GROUP BY source
        ) e ON e.source = r.source AND r.source <> ''
        WHERE r.jurisdiction_id = %s AND r.visibility = 'public'"""
    parts = [np.zeros((0, 8))]
    with connection.cursor() as cursor:
        cursor.execute(sql, [city.pk, city.pk])
        while rows := cursor.fetchmany(_CHUNK):
            parts.append(np.array(rows, dtype=np.float64))
    table = np.concatenate(parts)
    # To the millisecond: SQLite counts time in fractions of days, and a request of this very moment must not lie behind it.
    for column in (2, 3, 7):
        table[:, column] = np.round(table[:, column] * MILLISECONDS_AN_HOUR) / MILLISECONDS_AN_HOUR
    seen = np.where(np.isnan(table[:, 7]), hours_of(at), table[:, 7])
    return PublicRequestsFrame(
        area=table[:, 0].astype(np.int64),
        service=table[:, 1].astype(np.int64),
        opened_hours=table[:, 2],
        closed_hours=table[:, 3],
        is_open=table[:, 4] > 0,
        was_waited_for=table[:, 5] > 0,
        is_vetoed=table[:, 6] > 0,
        seen_until=seen,
    )


def hours_of(moment: datetime) -> float:
    """A moment in hours since the epoch, to the millisecond."""
    return round(moment.timestamp() * 1000) / MILLISECONDS_AN_HOUR


def moment_of(hours: float) -> datetime:
    """The moment (UTC) of hours since the epoch, to the millisecond."""
    return datetime.fromtimestamp(round(hours * MILLISECONDS_AN_HOUR) / 1000, tz=UTC)
