"""The map beside the queue: the same requests as the rows, and no others. Single requests while they are few, else counts by cell.

Counted from the requests themselves, out of the queue's own index: what may be seen differs from person to person, so no count is kept for all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Avg, Count, F, Func, IntegerField

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.map_layers import Bounds
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.queue import QueueFilters, within_reach
from evenhand.web.service_requests.workflow import Status

MOST_POINTS: Final = 300
CELL_PIXELS: Final = 72
_COLUMNS: Final = "lat, long, reference, state, closing_reason, evidence, service_id"


@dataclass(frozen=True, slots=True)
class QueuePoint:
    """One request on the map."""

    lat: float
    long: float
    reference: str
    state: str
    closing_reason: str
    evidence: str
    service_id: int


@dataclass(frozen=True, slots=True)
class QueueMap:
    """Points, or else cells: `(latitude, longitude, open, closed)` near the middle of what lies in each. `newest_only` as in `QueuePage`."""

    points: Sequence[QueuePoint] = ()
    cells: Sequence[tuple[float, float, int, int]] = ()
    newest_only: int | None = None


def queue_map(found: ServiceRequestQuerySet, filters: QueueFilters, *, city: Jurisdiction, bounds: Bounds, zoom: int) -> QueueMap:
    """What to draw in a box (west, south, east, north; degrees). At most three queries."""
    west, south, east, north = bounds
    found, newest_only = within_reach(found, filters, city)
    inside = found.with_point().filter(lat__gte=south, lat__lte=north, long__gte=west, long__lte=east)
    points = _points(inside)
    if len(points) <= MOST_POINTS:
        return QueueMap(points=points, newest_only=newest_only)
    return QueueMap(cells=_cells(inside, city, zoom), newest_only=newest_only)


def _points(inside: ServiceRequestQuerySet) -> list[QueuePoint]:
    try:
        keys, values = inside.order_by().values("pk")[: MOST_POINTS + 1].query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM requests_request WHERE id IN ({keys})", values)
        return [QueuePoint(*row) for row in cursor.fetchall()]


def _cells(inside: ServiceRequestQuerySet, city: Jurisdiction, zoom: int) -> list[tuple[float, float, int, int]]:
    wide = CELL_PIXELS * 360.0 / (256 << zoom)
    high = wide * math.cos(math.radians((city.south + city.north) / 2))
    counted = (
        inside.order_by()
        .annotate(x=_GridLine(F("long"), origin=-180.0, step=wide), y=_GridLine(F("lat"), origin=-90.0, step=high))
        .values("x", "y", "status")
        .annotate(middle_lat=Avg("lat"), middle_long=Avg("long"), every=Count("pk"))
    )
    cells: dict[tuple[int, int], tuple[float, float, int, int]] = {}
    for x, y, status, lat, long, every in counted.values_list("x", "y", "status", "middle_lat", "middle_long", "every"):
        was = cells.get((x, y), (lat, long, 0, 0))
        is_open = status == Status.OPEN
        cells[x, y] = (was[0], was[1], was[2] + every * is_open, was[3] + every * (not is_open))
    return [(round(lat, 5), round(long, 5), opened, closed) for lat, long, opened, closed in cells.values()]


class _GridLine(Func):
    """The number of the line of a grid in front of a coordinate. The origin lies before all coordinates, so dropping the fraction rounds down."""

    output_field = IntegerField()

    def __init__(self, coordinate: F, *, origin: float, step: float) -> None:
        super().__init__(coordinate, origin=f"{origin:.1f}", step=f"{step:.12f}")

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST((%(expressions)s - (%(origin)s)) / %(step)s AS INTEGER)", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="floor((%(expressions)s - (%(origin)s)) / %(step)s)::integer", **more)
