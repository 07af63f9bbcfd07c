"""Finding requests by place without a spatial extension.

SQLite: an R*Tree of the points, kept by triggers; its 32-bit floats only pre-filter, the exact columns decide. PostgreSQL: a GiST index on point.
A small box is found through the index; for a large one a newest-first scan is quicker, so the caller chooses by size (the planner chooses badly).
"""

from __future__ import annotations

from typing import cast

from django.db import connection
from django.db.models.expressions import RawSQL

from evenhand.web.core.database_objects import DatabaseObject
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet

REQUESTS, POINTS = "requests_request", "requests_point"
_IN_POINTS = f"SELECT id FROM {POINTS} WHERE north >= %s AND south <= %s AND east >= %s AND west <= %s"
_IN_GIST = f"point({REQUESTS}.long, {REQUESTS}.lat) <@ box(point(%s, %s), point(%s, %s))"
_LEAVE = f"DELETE FROM {POINTS} WHERE id = OLD.id;"
_ENTER = f"INSERT INTO {POINTS} SELECT NEW.id, NEW.lat, NEW.lat, NEW.long, NEW.long WHERE NEW.lat IS NOT NULL AND NEW.long IS NOT NULL;"

POINT_OBJECTS = (
    DatabaseObject(
        app="service_requests",
        names=(POINTS, "requests_point_enter", "requests_point_move", "requests_point_leave"),
        sqlite=(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {POINTS} USING rtree(id, south, north, west, east)",
            f"CREATE TRIGGER IF NOT EXISTS requests_point_enter AFTER INSERT ON {REQUESTS} BEGIN {_ENTER} END",
            f"CREATE TRIGGER IF NOT EXISTS requests_point_move AFTER UPDATE OF lat, long ON {REQUESTS} "
            f"WHEN OLD.lat IS NOT NEW.lat OR OLD.long IS NOT NEW.long BEGIN {_LEAVE} {_ENTER} END",
            f"CREATE TRIGGER IF NOT EXISTS requests_point_leave AFTER DELETE ON {REQUESTS} BEGIN {_LEAVE} END",
        ),
        postgresql=(
            f"CREATE INDEX IF NOT EXISTS requests_point_gist ON {REQUESTS} USING gist (point(long, lat)) WHERE lat IS NOT NULL AND long IS NOT NULL",
        ),
        postgresql_names=("requests_point_gist",),
        sqlite_fill=(f"INSERT INTO {POINTS} SELECT id, lat, lat, long, long FROM {REQUESTS} WHERE lat IS NOT NULL AND long IS NOT NULL",),
    ),
)


def in_box(requests: ServiceRequestQuerySet, bounds: tuple[float, float, float, float]) -> ServiceRequestQuerySet:
    """Requests whose point lies in `bounds` (west, south, east, north; degrees), through the index: for boxes of a few km² at most."""
    west, south, east, north = bounds
    exact = requests.filter(lat__gte=south, lat__lte=north, long__gte=west, long__lte=east)
    if connection.vendor == "sqlite":
        return exact.filter(pk__in=RawSQL(_IN_POINTS, (south, north, west, east)))
    return cast("ServiceRequestQuerySet", exact.extra(where=[_IN_GIST], params=[west, south, east, north]))


def box_condition(bounds: tuple[float, float, float, float]) -> tuple[str, tuple[float, ...]]:
    """The same as a condition in SQL with its values, for `plain_rows`."""
    west, south, east, north = bounds
    exact = f"{REQUESTS}.lat >= %s AND {REQUESTS}.lat <= %s AND {REQUESTS}.long >= %s AND {REQUESTS}.long <= %s"
    if connection.vendor == "sqlite":
        return f"{exact} AND {REQUESTS}.id IN ({_IN_POINTS})", (south, north, west, east, south, north, west, east)
    return f"{exact} AND {_IN_GIST}", (south, north, west, east, west, south, east, north)
