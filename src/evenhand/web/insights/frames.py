"""Rows to the library's arrays and back: nothing else in the web part touches arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ImportRun, ServiceRequest


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
    rows = list(
        ServiceRequest.objects.of(city)
        .exclude(closing_reason__in=["withdrawn", "invalid"])
        .exclude(made_by="staff")
        .values_list("service_id", "requested_at", "closed_at", "status", "source")
        .iterator(chunk_size=20_000)
    )
    service_ids = tuple(sorted({row[0] for row in rows}))
    index = {pk: i for i, pk in enumerate(service_ids)}
    opened = np.array([row[1].timestamp() for row in rows], dtype=np.float64) / 3600
    closed = np.array([row[2].timestamp() if row[2] else np.nan for row in rows], dtype=np.float64) / 3600
    known = np.array([row[3] == "open" or row[2] is not None for row in rows], dtype=np.bool_)
    seen = np.array([ends.get(row[4], at).timestamp() for row in rows], dtype=np.float64) / 3600
    service = np.array([index[row[0]] for row in rows], dtype=np.int64)
    return ClosingsFrame(service_ids, service[known], opened[known], closed[known], seen[known])


def _source_ends(city: Jurisdiction) -> Mapping[str, datetime]:
    ends: dict[str, datetime] = {}
    for source, until in ImportRun.objects.filter(jurisdiction=city, data_until__isnull=False).values_list("source", "data_until"):
        if until is not None and (source not in ends or until > ends[source]):
            ends[source] = until
    return ends
