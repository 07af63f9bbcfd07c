"""Counts of public requests by map cell: below a zoom the map shows cells, never points.

A request is counted at four levels of Web Mercator tiles, each time for all services or its own, and for all time or its calendar month (in the
city's zone): sixteen rows, raised in one statement in the transaction that changes it. A city's map then reads a few hundred rows, whatever the
number of requests. Only what is public and has a true point is counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import RequestCell, ServiceRequest
from evenhand.web.service_requests.workflow import Status

LEVELS = (12, 14, 15, 16)
FINEST = LEVELS[-1]
_WIDEST_LAT = 85.05112878
_UPSERT = (
    "INSERT INTO requests_cell (jurisdiction_id, level, service_key, month, x, y, open_count, closed_count) {} "
    "ON CONFLICT (jurisdiction_id, level, service_key, month, x, y) DO UPDATE SET "
    "open_count = requests_cell.open_count + excluded.open_count, closed_count = requests_cell.closed_count + excluded.closed_count"
)

Key = tuple[int, int, int, int, int]  # level, service_key, month, x, y


@dataclass(frozen=True, slots=True)
class Counted:
    """How a request counts in the cells."""

    jurisdiction_id: int
    service_id: int
    month: int
    x: int
    y: int
    is_open: bool

    def cells(self) -> Iterator[Key]:
        """The sixteen cells that it is in."""
        for level in LEVELS:
            shift = FINEST - level
            for service in (0, self.service_id):
                for month in (0, self.month):
                    yield (level, service, month, self.x >> shift, self.y >> shift)


def counted(request: ServiceRequest, timezone: ZoneInfo) -> Counted | None:
    """How a request counts as it stands; None where it must not show or has no true point."""
    if not (request.is_public and request.has_place) or request.lat is None or request.long is None:
        return None
    x, y = tile(request.lat, request.long, FINEST)
    return Counted(request.jurisdiction_id, request.service_id, month_of(request.requested_at, timezone), x, y, request.status == Status.OPEN)


def move(before: Counted | None, after: Counted | None) -> None:
    """Count a request where it is now instead of where it was before. In the caller's transaction."""
    move_many([(before, after)])


def move_many(moves: Iterable[tuple[Counted | None, Counted | None]]) -> None:
    """The same for many requests, in as few statements."""
    by_cell: dict[tuple[int, Key], list[int]] = {}
    for before, after in moves:
        if before == after:
            continue
        for entry, weight in ((before, -1), (after, 1)):
            if entry is not None:
                for key in entry.cells():
                    by_cell.setdefault((entry.jurisdiction_id, key), [0, 0])[0 if entry.is_open else 1] += weight
    _upsert((city, *key, opened, closed) for (city, key), (opened, closed) in by_cell.items() if opened or closed)


@transaction.atomic
def rebuild(jurisdiction: Jurisdiction) -> int:
    """Count all of a city's requests anew; returns the number of requests counted. Reports that come meanwhile wait, so that none is lost."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE requests_cell IN SHARE ROW EXCLUSIVE MODE")
    zone = ZoneInfo(jurisdiction.timezone)
    finest: Counter[tuple[int, int, int, int, bool]] = Counter()
    rows = ServiceRequest.objects.of(jurisdiction).public().with_point().values_list("lat", "long", "service_id", "requested_at", "status")
    for lat, long, service, at, status in rows.iterator(chunk_size=10_000):
        if lat is None or long is None:
            continue
        x, y = tile(lat, long, FINEST)
        finest[(service, month_of(at, zone), x, y, status == Status.OPEN)] += 1
    RequestCell.objects.filter(jurisdiction=jurisdiction).delete()
    _upsert((jurisdiction.pk, *key, *counts) for key, counts in _all_levels(finest).items())
    return sum(finest.values())


def _all_levels(finest: Mapping[tuple[int, int, int, int, bool], int]) -> dict[Key, list[int]]:
    cells: dict[Key, list[int]] = {}
    for (service, month, x, y, is_open), count in finest.items():
        for key in Counted(0, service, month, x, y, is_open).cells():
            cells.setdefault(key, [0, 0])[0 if is_open else 1] += count
    return cells


def _upsert(rows: Iterable[tuple[int, ...]]) -> None:
    # In one order always: two transactions that raise the same cells then wait for each other and never block each other.
    ordered = sorted(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(_UPSERT.format(f"VALUES ({', '.join(['%s'] * 8)})"), ordered)
        elif ordered:
            cursor.execute(
                _UPSERT.format(f"SELECT * FROM unnest({', '.join(['%s::bigint[]'] * 8)})"), [list(column) for column in zip(*ordered, strict=True)]
            )


def tile(lat: float, long: float, level: int) -> tuple[int, int]:
    """Web Mercator tile (x, y) at zoom `level` that holds a point in degrees."""
    size = 1 << level
    bounded = math.radians(max(-_WIDEST_LAT, min(_WIDEST_LAT, lat)))
    x = int((long + 180.0) / 360.0 * size)
    y = int((1.0 - math.asinh(math.tan(bounded)) / math.pi) / 2.0 * size)
    return min(max(x, 0), size - 1), min(max(y, 0), size - 1)


def tile_centre(x: int, y: int, level: int) -> tuple[float, float]:
    """Latitude and longitude in degrees of a tile's centre."""
    size = 1 << level
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + 0.5) / size)))), (x + 0.5) / size * 360.0 - 180.0


def month_of(moment: datetime, timezone: ZoneInfo) -> int:
    """Calendar month as YYYYMM in a zone."""
    local = moment.astimezone(timezone)
    return local.year * 100 + local.month
