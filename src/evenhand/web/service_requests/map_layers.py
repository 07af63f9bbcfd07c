"""What the map shows for a box: counts by cell while one is far, single requests when one is close. The cost does not grow with the requests.

Cells come from the counts of `cells.py` for everything that these know: services, open or closed, whole months. What they do not know (an area, one
state of the city's, the odd days at the ends of a span) is counted from the requests themselves, the newest 20,000 of them at most, kept for half a
minute; where there were more, the layer says that it is cut short. Points are the newest 500 in the box. A box too large for them gets cells.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max, Min
from django.db.models.expressions import RawSQL

from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.browsing import Filters, matching_requests
from evenhand.web.service_requests.cells import LEVELS, tile, tile_centre
from evenhand.web.service_requests.grid_index import CELLS_A_DEGREE, cell_expression, cells_of_box, point_expression
from evenhand.web.service_requests.models import RequestCell
from evenhand.web.service_requests.month_spans import MonthSpan, split_by_month
from evenhand.web.service_requests.places_index import in_box
from evenhand.web.service_requests.recent_counts import LOOKED_THROUGH, TileCounts, counts_of
from evenhand.web.service_requests.workflow import ClosingReason, Evidence, State, Status

Bounds = tuple[float, float, float, float]
TileRow = tuple[int, int, int, int]
"""x, y, open, closed."""

POINTS_FROM_ZOOM: Final = 15
MOST_POINTS: Final = 500
FEW_IN_BOX: Final = 1500
MOST_PASSED_OVER: Final = 5000
MOST_GRID_CELLS: Final = 48
MOST_SORTED: Final = 60_000
MOST_SORTED_UNFILTERED: Final = 700
MOST_CELL_ROWS: Final = 6000
_LEVEL_BY_ZOOM: Final = ((9, 12), (11, 14), (12, 15))
_IN_BOX = "lat >= %s AND lat <= %s AND long >= %s AND long <= %s AND place_quality IN ('exact', 'address')"
_NEWEST_FIRST = "ORDER BY requested_at DESC, id DESC"
_WHOLE: Final = frozenset({"", Status.OPEN, Status.CLOSED})
_POINT_COLUMNS = "lat, long, place_quality, service_id, state, closing_reason, evidence, reference, status, area_id, requested_at, id"

# Five hundred rows cost the driver, and PostgreSQL's protocol, more than their text: they come as one. No JSON holds the character between them.
_APART: Final = "\x1e"
_IN_ONE_TEXT = {
    "sqlite": "SELECT group_concat(drawn || char(30) || service_id, char(30)) FROM ({})",
    "postgresql": "SELECT string_agg(drawn || chr(30) || service_id, chr(30)) FROM ({}) AS points",
}


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts by map cell, each in JSON: `[latitude,longitude,open,closed]` at the cell's centre; `size` is a cell's height and width in degrees.

    `newest_only` is set where only so many of the newest requests were counted.
    """

    level: int
    size: tuple[float, float]
    cells: Sequence[str]
    newest_only: int | None = None


@dataclass(frozen=True, slots=True)
class Points:
    """Single requests, newest first: for each the beginning of its JSON, `[latitude,longitude,"reference","sign",`, and its service's key.

    The database writes that text: five hundred points are most of what a map of a dense square kilometre costs, and C writes them in a third of it.

    `has_more` says that there are more in the box; `newest_only` is set where only so many of the newest in the box were looked through.
    """

    rows: Sequence[tuple[str, int]]
    has_more: bool
    newest_only: int | None = None


def layer_for(city: Jurisdiction, bounds: Bounds, zoom: int, filters: Filters) -> Cells | Points:
    """What to draw in a box (west, south, east, north; degrees) at a zoom. Two queries in the common cases, five at most."""
    if zoom >= POINTS_FROM_ZOOM and (points := points_in(city, bounds, filters)) is not None:
        return points
    return cells_in(city, bounds, zoom, filters)


def cells_in(city: Jurisdiction, bounds: Bounds, zoom: int, filters: Filters) -> Cells:
    """Counts by cell for a box."""
    span = _months(city, filters)
    level = _level(city, bounds, zoom, rows_a_cell=len(span.months) * max(len(filters.service_ids), 1) if span.months else 1)
    counts, newest_only = _counted(city, bounds, level, filters, span)
    if filters.state in {Status.OPEN, Status.CLOSED}:
        is_open = filters.state == Status.OPEN
        counts = [(x, y, opened if is_open else 0, 0 if is_open else closed) for x, y, opened, closed in counts]
    # A tile's latitude goes by its row alone and its longitude by its column: a city has some thirty of each, and a thousand tiles.
    lats = {y: repr(round(tile_centre(0, y, level)[0], 5)) for y in {row[1] for row in counts}}
    longs = {x: repr(round(tile_centre(x, 0, level)[1], 5)) for x in {row[0] for row in counts}}
    found = [f"[{lats[y]},{longs[x]},{opened},{closed}]" for x, y, opened, closed in counts if opened > 0 or closed > 0]
    return Cells(level, _size(bounds, level), found, newest_only)


def points_in(city: Jurisdiction, bounds: Bounds, filters: Filters) -> Points | None:
    """The newest requests of a box; None where the box is too large for them.

    A small box in a dense cell of the grid: by the box index. Else all in the cells of the grid, sorted, as long as that is bearable; beyond, the
    cells are merged from the newest on, where filters look through 20,000 at most.
    """
    grid = cells_of_box(bounds, at_most=MOST_GRID_CELLS)
    if grid is None:
        return None
    about = _about_how_many(city, bounds)
    newest_only = None
    if about <= FEW_IN_BOX and about > MOST_PASSED_OVER * _share_of_grid(bounds, grid):
        rows = _by_box_index(city, bounds, filters)
    elif about <= (MOST_SORTED_UNFILTERED if filters == Filters() else MOST_SORTED):
        rows = _sorted_in_grid(city, bounds, grid, filters)
    else:
        rows = _merged_from_grid(city, bounds, grid, filters)
        newest_only = LOOKED_THROUGH if filters != Filters() and len(rows) <= MOST_POINTS and about > LOOKED_THROUGH else None
    return Points(rows[:MOST_POINTS], len(rows) > MOST_POINTS, newest_only)


def sign_of(state: str, closing_reason: str, evidence: str) -> str:
    """The code under which the design system draws a state: the state, or for a closed request why it was closed.

    "fixed" is for what the city proved; a closing as fixed that stands on somebody's word is "fixed_as_stated".
    """
    if state != State.CLOSED:
        return state
    if closing_reason == ClosingReason.FIXED and evidence in {Evidence.NONE, Evidence.STATED}:
        return "fixed_as_stated"
    return closing_reason or "closed"


def _counted(city: Jurisdiction, bounds: Bounds, level: int, filters: Filters, span: MonthSpan) -> tuple[Sequence[TileRow], int | None]:
    """(x, y, open, closed) of the tiles in a box, and how many requests were looked through where that was not all."""
    if filters.area_id is not None or filters.state not in _WHOLE:
        recent = counts_of(city, filters)
        return _folded(_flat(recent.tiles), bounds, level), recent.newest_only
    odd = [counts_of(city, replace(filters, state="", start=start, end=end)) for start, end in span.odd_days]
    whole = _from_table(city, bounds, level, filters, span.months) if span.months is None or span.months else []
    if not odd:
        return whole, None
    shift = LEVELS[-1] - level
    coarse = [(x << shift, y << shift, opened, closed) for x, y, opened, closed in whole]
    together = chain(coarse, *(_flat(recent.tiles) for recent in odd))
    return _folded(together, bounds, level), next((recent.newest_only for recent in odd if recent.newest_only), None)


def _from_table(city: Jurisdiction, bounds: Bounds, level: int, filters: Filters, months: Sequence[int] | None) -> Sequence[TileRow]:
    services, times = filters.service_ids or (0,), months or (0,)
    is_one = len(services) == len(times) == 1
    columns, grouping = ("open_count, closed_count", "") if is_one else ("sum(open_count), sum(closed_count)", "GROUP BY x, y")
    with prepared_cursor() if is_one else connection.cursor() as cursor:
        cursor.execute(*_cells_sql(f"x, y, {columns}", city, bounds, level, services=services, months=times, grouping=grouping))
        return cast("list[TileRow]", cursor.fetchall())


def _cells_sql(
    columns: str, city: Jurisdiction, bounds: Bounds, level: int, *, services: Sequence[int] = (0,), months: Sequence[int] = (0,), grouping: str = ""
) -> tuple[str, list[int]]:
    """A query of the cells' table in SQL and its values: the map asks it every time, and building it anew costs more than running it."""
    (left, top), (right, bottom) = tile(bounds[3], bounds[0], level), tile(bounds[1], bounds[2], level)
    sql = (
        f"SELECT {columns} FROM requests_cell WHERE jurisdiction_id = %s AND level = %s AND service_key IN ({_marks(services)}) "
        f"AND month IN ({_marks(months)}) AND x BETWEEN %s AND %s AND y BETWEEN %s AND %s {grouping}"
    )
    return sql, [city.pk, level, *services, *months, left, right, top, bottom]


def _marks(values: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(values))


def _folded(finest: Iterable[TileRow], bounds: Bounds, level: int) -> Sequence[TileRow]:
    """Rows at the finest level as rows at a coarser one, of those in the box."""
    shift = LEVELS[-1] - level
    (left, top), (right, bottom) = tile(bounds[3], bounds[0], level), tile(bounds[1], bounds[2], level)
    folded: TileCounts = {}
    for x, y, opened, closed in finest:
        key = (x >> shift, y >> shift)
        if left <= key[0] <= right and top <= key[1] <= bottom:
            before = folded.get(key, (0, 0))
            folded[key] = (before[0] + opened, before[1] + closed)
    return list(_flat(folded))


def _flat(counts: TileCounts) -> Iterable[TileRow]:
    return ((x, y, opened, closed) for (x, y), (opened, closed) in counts.items())


def _months(city: Jurisdiction, filters: Filters) -> MonthSpan:
    """The span of the filter in whole months and odd days; a side that is open ends with the first or last month that has requests."""
    if filters.start is None and filters.end is None:
        return MonthSpan(None, ())
    known = RequestCell.objects.filter(jurisdiction=city, level=LEVELS[0], service_key=0, month__gt=0).aggregate(
        first=Min("month"), last=Max("month")
    )
    return split_by_month(filters.start, filters.end, ZoneInfo(city.timezone), first=known["first"], last=known["last"])


def _level(city: Jurisdiction, bounds: Bounds, zoom: int, *, rows_a_cell: int) -> int:
    """The level for a zoom; coarser where a long span or a very wide screen would read too many rows."""
    wanted = next((level for most, level in _LEVEL_BY_ZOOM if zoom <= most), LEVELS[-1])
    return next((level for level in reversed(LEVELS) if level <= wanted and _tiles(city, bounds, level) * rows_a_cell <= MOST_CELL_ROWS), LEVELS[0])


def _tiles(city: Jurisdiction, bounds: Bounds, level: int) -> int:
    """How many tiles of a level a box can fill in this city."""
    west, south = max(bounds[0], city.west), max(bounds[1], city.south)
    east, north = min(bounds[2], city.east), min(bounds[3], city.north)
    (left, top), (right, bottom) = tile(north, west, level), tile(south, east, level)
    return max(right - left + 1, 0) * max(bottom - top + 1, 0)


def _size(bounds: Bounds, level: int) -> tuple[float, float]:
    x, y = tile((bounds[1] + bounds[3]) / 2, (bounds[0] + bounds[2]) / 2, level)
    return round(tile_centre(x, y, level)[0] - tile_centre(x, y + 1, level)[0], 6), round(360.0 / (1 << level), 6)


def _about_how_many(city: Jurisdiction, bounds: Bounds) -> float:
    """Requests in a box, from the finest cells by the share of each that lies in it."""
    level = LEVELS[-1]
    (left, top), (right, bottom) = tile(bounds[3], bounds[0], level), tile(bounds[1], bounds[2], level)
    with prepared_cursor() as cursor:
        cursor.execute(*_cells_sql("sum(open_count + closed_count)", city, bounds, level))
        total = int(cursor.fetchone()[0] or 0)
    high, wide = _size(bounds, level)
    share = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / (high * wide * (right - left + 1) * (bottom - top + 1))
    return total * min(share, 1.0)


def _share_of_grid(bounds: Bounds, grid: Sequence[int]) -> float:
    """Which part of the grid's cells a box fills."""
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) * CELLS_A_DEGREE**2 / len(grid)


def _by_box_index(city: Jurisdiction, bounds: Bounds, filters: Filters) -> list[Any]:
    """All in the box, sorted. The plus signs keep SQLite from going through the whole city from the newest on instead."""
    near = in_box(matching_requests(city, filters).with_point(), bounds)
    if connection.vendor == "sqlite":
        near = near.order_by(RawSQL("+requests_request.requested_at", ()).desc(), RawSQL("+requests_request.id", ()).desc())
    else:
        near = near.newest_first()
    columns = ("lat", "long", "reference", "state", "closing_reason", "evidence", "service_id")
    return [
        (f'[{lat:.5f},{long:.5f},{json.dumps(reference)},"{sign_of(*states)}",', service)
        for lat, long, reference, *states, service in near.values_list(*columns)[: MOST_POINTS + 1]
    ]


def _sorted_in_grid(city: Jurisdiction, bounds: Bounds, grid: Sequence[int], filters: Filters) -> list[Any]:
    """All of the grid cells that pass, sorted by time.

    Each database is kept from going through the whole city from the newest on: SQLite by the plus signs, PostgreSQL by the offset of nothing.
    """
    passing, values = _passing(filters)
    where = f"jurisdiction_id = %s AND visibility = 'public' AND {cell_expression(connection.vendor)} IN ({_marks(grid)}) AND {_IN_BOX}{passing}"
    text = f"{point_expression(connection.vendor)} AS drawn, service_id"
    if connection.vendor == "sqlite":
        sql = f"SELECT {text} FROM requests_request WHERE {where} ORDER BY +requested_at DESC, +id DESC LIMIT {MOST_POINTS + 1}"
    else:
        found = f"SELECT {_POINT_COLUMNS} FROM requests_request WHERE {where} OFFSET 0"
        sql = f"SELECT {text} FROM ({found}) AS found {_NEWEST_FIRST} LIMIT {MOST_POINTS + 1}"
    with connection.cursor() if passing else prepared_cursor() as cursor:
        cursor.execute(_IN_ONE_TEXT[connection.vendor].format(sql), [city.pk, *grid, *_corners(bounds), *values])
        return _cut(cursor.fetchone()[0])


def _merged_from_grid(city: Jurisdiction, bounds: Bounds, grid: Sequence[int], filters: Filters) -> list[Any]:
    """The newest of each grid cell, merged: stops at 501 that pass, or after about the newest 20,000 of the box."""
    if connection.vendor == "sqlite" and filters == Filters():
        return _merged_in_box(city, bounds, grid)
    # At first only as many are merged as hold 501 in the box by its share of the cells: told a larger limit, PostgreSQL would read all and sort.
    share = min(_share_of_grid(bounds, grid), 1.0)
    found = _merged_and_filtered(city, bounds, grid, filters, at_most=_rounded_up(2 * (MOST_POINTS + 1) / share))
    return found if len(found) > MOST_POINTS else _merged_and_filtered(city, bounds, grid, filters, at_most=int(LOOKED_THROUGH / share))


def _rounded_up(count: float) -> int:
    """To a power of two: the number stands in the statement's text, and few texts are planned few times."""
    return 1 << math.ceil(math.log2(count))


def _merged_in_box(city: Jurisdiction, bounds: Bounds, grid: Sequence[int]) -> list[Any]:
    """SQLite merges lazily, and best with the box inside. Outside stays what is drawn: the driver would read five hundred moments that order it."""
    one = (
        f"SELECT {point_expression('sqlite')} AS drawn, service_id, requested_at, id FROM requests_request "
        f"WHERE jurisdiction_id = %s AND visibility = 'public' AND {cell_expression('sqlite')} = %s AND {_IN_BOX}"
    )
    merged = f"{' UNION ALL '.join([one] * len(grid))} {_NEWEST_FIRST} LIMIT {MOST_POINTS + 1}"
    with connection.cursor() as cursor:
        cursor.execute(_IN_ONE_TEXT["sqlite"].format(merged), [value for number in grid for value in (city.pk, number, *_corners(bounds))])
        return _cut(cursor.fetchone()[0])


def _merged_and_filtered(city: Jurisdiction, bounds: Bounds, grid: Sequence[int], filters: Filters, *, at_most: int) -> list[Any]:
    """The newest `at_most` of the cells, and of these the ones that pass."""
    one = (
        f"SELECT {_POINT_COLUMNS} FROM requests_request "
        f"WHERE jurisdiction_id = %s AND visibility = 'public' AND {cell_expression(connection.vendor)} = %s"
    )
    if connection.vendor == "postgresql":
        one = f"({one} {_NEWEST_FIRST})"  # each part is planned on its own, and must be told that its order matters
    newest = f"{' UNION ALL '.join([one] * len(grid))} {_NEWEST_FIRST} LIMIT {at_most}"
    passing, values = _passing(filters)
    text = point_expression(connection.vendor)
    sql = f"SELECT {text} AS drawn, service_id FROM ({newest}) AS newest WHERE {_IN_BOX}{passing} LIMIT {MOST_POINTS + 1}"
    with connection.cursor() if passing else prepared_cursor() as cursor:
        one_text = _IN_ONE_TEXT[connection.vendor].format(sql)
        cursor.execute(one_text, [*(value for number in grid for value in (city.pk, number)), *_corners(bounds), *values])
        return _cut(cursor.fetchone()[0])


def _cut(text: str | None) -> list[tuple[str, int]]:
    """The rows of what the database handed out as one text."""
    parts = text.split(_APART) if text else []
    return list(zip(parts[::2], map(int, parts[1::2]), strict=True))


def _corners(bounds: Bounds) -> tuple[float, float, float, float]:
    """The values of `_IN_BOX`."""
    west, south, east, north = bounds
    return (south, north, west, east)


def _passing(filters: Filters) -> tuple[str, list[Any]]:
    """Filters as SQL over the columns of the grid index, to be put behind a condition; nothing where nothing is filtered."""
    parts: list[str] = []
    values: list[Any] = []
    if filters.service_ids:
        parts.append(f" AND service_id IN ({_marks(filters.service_ids)})")
        values += filters.service_ids
    moments = [None if moment is None else connection.ops.adapt_datetimefield_value(moment) for moment in (filters.start, filters.end)]
    for condition, value in (
        ("area_id =", filters.area_id),
        ("status =" if filters.state in _WHOLE else "state =", filters.state or None),
        ("requested_at >=", moments[0]),
        ("requested_at <", moments[1]),
    ):
        if value is not None:
            parts.append(f" AND {condition} %s")
            values.append(value)
    return "".join(parts), values
