"""Counts of public requests by map cell: below a zoom the map shows cells, never points.

A request is counted at four levels of Web Mercator tiles, each time for all services or its own, and for all time or its calendar month (in the
city's zone): sixteen rows, raised in one statement in the transaction that changes it. A city's map then reads a few hundred rows, whatever the
number of requests. Only what is public and has a true point is counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from evenhand.web.core.bulk_insert import run_with_rows
from evenhand.web.core.prepared_statements import prepared_cursor
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

Place = tuple[int, int, int, int, int]  # jurisdiction, service_key, month, x, y
Row = tuple[int, ...]  # the columns of _UPSERT


class Counted(NamedTuple):
    """How a request counts in the cells."""

    jurisdiction_id: int
    service_id: int
    month: int
    x: int
    y: int
    is_open: bool


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
    moved: Counter[Counted] = Counter()
    for before, after in moves:
        if before == after:
            continue
        if before is not None:
            moved[before] -= 1
        if after is not None:
            moved[after] += 1
    _upsert(_rows_of(moved))


@transaction.atomic
def rebuild(jurisdiction: Jurisdiction) -> int:
    """Count all of a city's requests anew; returns the number of requests counted. Reports that come meanwhile wait, so that none is lost."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE requests_cell IN SHARE ROW EXCLUSIVE MODE")
    zone = ZoneInfo(jurisdiction.timezone)
    found: Counter[Counted] = Counter()
    rows = ServiceRequest.objects.of(jurisdiction).public().with_point().values_list("lat", "long", "service_id", "requested_at", "status")
    for lat, long, service, at, status in rows.iterator(chunk_size=10_000):
        if lat is None or long is None:
            continue
        x, y = tile(lat, long, FINEST)
        found[Counted(jurisdiction.pk, service, month_of(at, zone), x, y, status == Status.OPEN)] += 1
    RequestCell.objects.filter(jurisdiction=jurisdiction).delete()
    _upsert(_rows_of(found))
    return found.total()


def _rows_of(found: Mapping[Counted, int]) -> list[Row]:
    """The rows of cells in which so many requests each count. Summed in steps, each from what the one before left: far fewer sums than cells."""
    apart: dict[Place, list[int]] = {}
    for (city, service, month, x, y, is_open), count in found.items():
        apart.setdefault((city, service, month, x, y), [0, 0])[0 if is_open else 1] += count
    rows: list[Row] = []
    finer = FINEST
    for level in reversed(LEVELS):
        apart = _merged(apart, shift=finer - level)
        finer = level
        of_month = _merged(apart, service=0)
        for sums in (apart, of_month, _merged(apart, month=0), _merged(of_month, month=0)):
            rows += [(city, level, service, month, x, y, *counts) for (city, service, month, x, y), counts in sums.items() if any(counts)]
    return rows


def _merged(sums: Mapping[Place, Sequence[int]], *, shift: int = 0, service: int | None = None, month: int | None = None) -> dict[Place, list[int]]:
    """Sums over wider cells (`shift` levels up), or over all services or months (0)."""
    merged: dict[Place, list[int]] = {}
    for (city, its_service, its_month, x, y), (opened, closed) in sums.items():
        place = (city, its_service if service is None else service, its_month if month is None else month, x >> shift, y >> shift)
        if (counts := merged.get(place)) is None:
            merged[place] = [opened, closed]
        else:
            counts[0] += opened
            counts[1] += closed
    return merged


def _upsert(rows: Iterable[Row]) -> None:
    # In one order always: two transactions that raise the same cells then wait for each other and never block each other.
    ordered = sorted(rows)
    if connection.vendor == "sqlite":
        run_with_rows(_UPSERT, ordered)
    elif ordered:
        columns = ", ".join(["%s::bigint[]"] * 8)  # written as text: the driver would look at each number, and prepare anew for each size of numbers
        arrays = ["{" + ",".join(map(str, column)) + "}" for column in zip(*ordered, strict=True)]
        with prepared_cursor() as cursor:
            cursor.execute(_UPSERT.format(f"SELECT * FROM unnest({columns})"), arrays)


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
