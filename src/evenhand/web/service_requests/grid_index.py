"""The newest requests in view, whatever the number of requests: an index by grid cell and then by time.

A box index finds what lies in view but not the newest of it: a square kilometre of a large city holds ten thousand requests. Here the ground is cut
into cells of a hundredth of a degree (about a square kilometre), and within a cell the index runs from the newest on. Merging the few cells of a view
and stopping after enough of them reads as many entries as are shown, or a few times that. The index holds every column that a point on the map needs,
so no row is looked up; SQLite's also holds what draws the point, since writing its numbers as text takes as long as finding it. (PostgreSQL writes
them quickly, and keeps no expression beside an index's key.) The cell comes first in it: were it the city, SQLite would take this index for queries
that have no cell and read a million entries. A second, small index holds the open ones from the newest on.
"""

from __future__ import annotations

from evenhand.web.core.database_objects import DatabaseObject
from evenhand.web.service_requests.workflow import ClosingReason, Evidence, State

CELLS_A_DEGREE = 100
_COLUMNS = 360 * CELLS_A_DEGREE + 1
# Shifted to be positive, where dropping the fraction is rounding down on both databases.
_SQLITE_CELL = (
    f"(CAST(lat * {CELLS_A_DEGREE} + {90 * CELLS_A_DEGREE} AS INTEGER) * {_COLUMNS} "
    f"+ CAST(long * {CELLS_A_DEGREE} + {180 * CELLS_A_DEGREE} AS INTEGER))"
)
_POSTGRESQL_CELL = (
    f"(CAST(floor(lat * {CELLS_A_DEGREE} + {90 * CELLS_A_DEGREE}) AS integer) * {_COLUMNS} "
    f"+ CAST(floor(long * {CELLS_A_DEGREE} + {180 * CELLS_A_DEGREE}) AS integer))"
)
_SIGN = (
    f"CASE WHEN state <> '{State.CLOSED}' THEN state WHEN closing_reason = '{ClosingReason.FIXED}' AND evidence IN ('', '{Evidence.STATED}') "
    "THEN 'fixed_as_stated' WHEN closing_reason = '' THEN 'closed' ELSE closing_reason END"
)
# A sixth of a point's cost would be asking for JSON of digits; control characters are in no number that people can use.
_QUOTED = """CASE WHEN strpos(reference, '"') + strpos(reference, chr(92)) = 0 THEN '"' || reference || '"' ELSE to_json(reference)::text END"""
_POINT_TEXT = {
    "sqlite": f"""printf('[%.5f,%.5f,', lat, long) || json_quote(reference) || ',"' || {_SIGN} || '",'""",
    "postgresql": f"""'[' || round(lat * 1e5) / 1e5 || ',' || round(long * 1e5) / 1e5 || ',' || {_QUOTED} || ',"' || {_SIGN} || '",'""",
}
# What is compared first stands first: SQLite unpacks an entry up to the column that it needs.
_COMPARED = "lat, long, place_quality, service_id"
_READ_WITHOUT_ROW = "state, closing_reason, evidence, reference, status, area_id"
_NEWEST_FIRST = "requested_at DESC, id DESC"

GRID_OBJECTS = (
    DatabaseObject(
        app="service_requests",
        names=("requests_grid", "requests_open_newest"),
        sqlite=(
            "CREATE INDEX IF NOT EXISTS requests_grid ON requests_request "
            f"({_SQLITE_CELL}, jurisdiction_id, visibility, {_NEWEST_FIRST}, {_COMPARED}, ({_POINT_TEXT['sqlite']}), {_READ_WITHOUT_ROW})",
            "CREATE INDEX IF NOT EXISTS requests_open_newest ON requests_request "
            f"(jurisdiction_id, {_NEWEST_FIRST}) WHERE status = 'open' AND visibility = 'public'",
        ),
        postgresql=(
            "CREATE INDEX IF NOT EXISTS requests_grid ON requests_request "
            f"({_POSTGRESQL_CELL}, jurisdiction_id, visibility, {_NEWEST_FIRST}) INCLUDE ({_COMPARED}, {_READ_WITHOUT_ROW})",
            "CREATE INDEX IF NOT EXISTS requests_open_newest ON requests_request "
            f"(jurisdiction_id, {_NEWEST_FIRST}) WHERE status = 'open' AND visibility = 'public'",
        ),
    ),
)


def cell_expression(vendor: str) -> str:
    """The indexed expression, word for word: the planners know it by its text."""
    return _SQLITE_CELL if vendor == "sqlite" else _POSTGRESQL_CELL


def point_expression(vendor: str) -> str:
    """The beginning of a point's JSON, `[latitude,longitude,"reference","sign",`; SQLite's is indexed, word for word. For a statement with values."""
    return _POINT_TEXT[vendor].replace("%", "%%")


def cells_of_box(bounds: tuple[float, float, float, float], *, at_most: int) -> list[int] | None:
    """The cells that a box (west, south, east, north; degrees) touches; None where they are more than `at_most`."""
    west, south, east, north = bounds
    rows = range(_row(south), _row(north) + 1)
    columns = range(_column(west), _column(east) + 1)
    if len(rows) * len(columns) > at_most:
        return None
    return [row * _COLUMNS + column for row in rows for column in columns]


def _row(lat: float) -> int:
    return int(lat * CELLS_A_DEGREE + 90 * CELLS_A_DEGREE)


def _column(long: float) -> int:
    return int(long * CELLS_A_DEGREE + 180 * CELLS_A_DEGREE)
