"""The streets of the sample city: every district has its own grid, laid out in another age and bent with the land.

Modelling choice: neighbourhood borders are the avenues, two roads follow the river's banks, one follows the harbour, two turnpikes cut through the
grids, and a few bridges tie the banks together. Grid streets lose a block here and there, so that some end dead and some begin again further on
under the same name.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, substring

from evenhand.twin.sample_ground import OUTLINE, QUARTERS, Ground, bend, lines_of
from evenhand.twin.sample_street_names import AVENUE_NAMES, DISTRICT_NAMES


@dataclass(frozen=True, slots=True)
class Street:
    """One drawn piece of a street; `course` is the whole line that house numbers are counted along."""

    name: str
    is_major: bool
    line: LineString
    course: LineString


@dataclass(frozen=True, slots=True)
class Grid:
    """How one district was laid out."""

    degrees: float
    spacing: tuple[float, float]  # metres between avenues and between streets
    bending: float
    lost_blocks: float
    names: tuple[str, ...]


GRIDS = {
    "oldtown": Grid(24, (128, 165), 26, 0.035, DISTRICT_NAMES["oldtown"]),
    "northbank": Grid(-9, (165, 200), 38, 0.03, DISTRICT_NAMES["northbank"]),
    "uplands": Grid(13, (185, 215), 62, 0.05, DISTRICT_NAMES["uplands"]),
    "shore": Grid(-33, (160, 190), 40, 0.04, DISTRICT_NAMES["shore"]),
    "westbank": Grid(4, (170, 205), 48, 0.04, DISTRICT_NAMES["westbank"]),
    "southbank": Grid(-17, (150, 185), 30, 0.035, DISTRICT_NAMES["southbank"]),
}
BRIDGES = (("Tannery Bridge", 0.33), ("Ferry Bridge", 0.52), ("Belltower Bridge", 0.64), ("Customs Bridge", 0.77))
TURNPIKES = (
    ("Old Salt Turnpike", ((-4300, 2450), (-1500, 1250), (150, 250), (1050, 350), (1550, 1000), (2150, 1480))),
    ("Southern Turnpike", ((-4500, -2800), (-2000, -1800), (-450, -1500), (700, -1350), (1900, -2000), (3800, -2780))),
)
SHORTEST = 70.0  # metres: a shorter piece is a driveway


def build_streets(ground: Ground, rng: np.random.Generator) -> tuple[Street, ...]:
    """Draw all streets, majors first; names are unique in the city, a name may have several pieces."""
    land = ground.boundary.buffer(-22) - ground.water.buffer(14)
    majors = [*_avenues(ground, land), *_waterside(ground, land), *_turnpikes(ground), *_bridges(ground)]
    parks = shapely.union_all([park for _, park in ground.parks])
    wide = shapely.union_all([street.line.buffer(45) for street in majors])
    minors = [street for name, grid in GRIDS.items() for street in _grid_streets(grid, ground.district(name), land - parks.buffer(6), wide, rng)]
    return (*majors, *minors)


def corners(streets: tuple[Street, ...]) -> list[tuple[str, Point]]:
    """Where two named streets meet, with the words for it."""
    tree = shapely.STRtree([street.line for street in streets])
    found: dict[str, Point] = {}
    for first, second in zip(*tree.query(tree.geometries, predicate="intersects"), strict=True):
        one, other = streets[first], streets[second]
        meeting = one.line.intersection(other.line)
        if one.name < other.name and meeting.geom_type in {"Point", "MultiPoint"}:
            found.setdefault(f"{one.name} & {other.name}", meeting.geoms[0] if meeting.geom_type == "MultiPoint" else meeting)
    return sorted(found.items())


def _avenues(ground: Ground, land: BaseGeometry) -> list[Street]:
    """Borders between neighbourhoods, except those in the river."""
    names = iter(AVENUE_NAMES)
    dry = land - ground.river_line.buffer(130)
    out: list[Street] = []
    for first, second in itertools.combinations(range(len(QUARTERS)), 2):
        border = [line for line in lines_of(_merged(ground.areas[first].intersection(ground.areas[second]).intersection(dry))) if line.length > 300]
        if border:
            name = next(names)
            out += [Street(name, True, line.simplify(6), line) for line in border]
    return out


def _waterside(ground: Ground, land: BaseGeometry) -> list[Street]:
    roads = {"North Bank Road": 150.0, "South Bank Road": -150.0}
    out = [
        Street(name, True, piece, piece)
        for name, distance in roads.items()
        for piece in lines_of(_merged(ground.river_line.offset_curve(distance).simplify(4).intersection(land)))
        if piece.length > 400
    ]
    coast = LineString([point for point, is_coast in OUTLINE if is_coast] + [(3450, -2900)]).buffer(420)
    rim = _merged(ground.boundary.buffer(-230).buffer(120).exterior.simplify(8).intersection(coast).intersection(land))
    return out + [Street("Harbor Drive", True, piece, piece) for piece in lines_of(rim) if piece.length > 400]


def _turnpikes(ground: Ground) -> list[Street]:
    inside = ground.boundary.buffer(-30)
    lines = ((name, shapely.transform(shapely.segmentize(LineString(path), 80), lambda xy: bend(xy, 40))) for name, path in TURNPIKES)
    return [Street(name, True, piece, piece) for name, line in lines for piece in lines_of(line.intersection(inside)) if piece.length > 300]


def _bridges(ground: Ground) -> list[Street]:
    out = []
    for name, share in BRIDGES:
        here, beyond = (ground.river_line.interpolate(share + step, normalized=True) for step in (0, 0.005))
        along = np.array([beyond.x - here.x, beyond.y - here.y])
        across = 150.0 * np.array([-along[1], along[0]]) / np.hypot(*along)
        line = LineString([(here.x - across[0], here.y - across[1]), (here.x + across[0], here.y + across[1])])
        out.append(Street(name, True, line, line))
    return out


def _grid_streets(grid: Grid, district: BaseGeometry, land: BaseGeometry, wide: BaseGeometry, rng: np.random.Generator) -> list[Street]:
    centre = district.centroid
    names = [str(name) for name in rng.permutation(np.array(grid.names))]
    ticks = [_ticks(district, grid, axis, rng) for axis in (0, 1)]
    out: list[Street] = []
    for axis, kinds in ((0, ("Avenue", "Lane")), (1, ("Street", "Way"))):
        for at in ticks[axis]:
            course = _bent(grid, axis, at, ticks[1 - axis], centre)
            runs = [_bent(grid, axis, at, run, centre) for run in _runs(ticks[1 - axis], grid.lost_blocks, rng)]
            pieces = [piece for run in runs for piece in lines_of(run.intersection(district).intersection(land)) if _is_street(piece, wide)]
            if pieces and names:
                name = f"{names.pop()} {kinds[0] if sum(piece.length for piece in pieces) > 550 else kinds[1]}"
                built = _from_first_house(course, pieces)
                out += [Street(name, False, piece.simplify(1.5), built) for piece in pieces]
    return out


def _from_first_house(course: LineString, pieces: list[LineString]) -> LineString:
    """The course from where the street begins to be built: its numbers start there."""
    begins = min(course.project(Point(end)) for piece in pieces for end in (piece.coords[0], piece.coords[-1]))
    return substring(course, begins, course.length)


def _is_street(piece: LineString, wide: BaseGeometry) -> bool:
    """Long enough, and not merely shadowing a major road."""
    return bool(piece.length > SHORTEST and piece.intersection(wide).length < 0.6 * piece.length)


def _ticks(district: BaseGeometry, grid: Grid, axis: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Positions of the parallel streets along one axis of the grid, not quite even."""
    reach = np.hypot(district.bounds[2] - district.bounds[0], district.bounds[3] - district.bounds[1]) / 2 + 250
    count = int(2 * reach / grid.spacing[axis])
    steps: NDArray[np.float64] = grid.spacing[axis] * rng.uniform(0.82, 1.18, count)
    return np.asarray(np.cumsum(steps) - reach, dtype=np.float64)


def _runs(ticks: NDArray[np.float64], lost: float, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Stretches of unbroken blocks."""
    breaks = np.flatnonzero(rng.random(ticks.size - 1) < lost)
    edges = [0, *(breaks + 1), ticks.size]
    return [run for start, end in itertools.pairwise(edges) if (run := ticks[start:end]).size > 1]


def _bent(grid: Grid, axis: int, at: float, stops: NDArray[np.float64], centre: Point) -> LineString:
    """A grid line in the plane: turned to the district's angle, then bent."""
    along = np.arange(stops[0], stops[-1] + 20, 45.0)
    flat = np.column_stack([np.full_like(along, at), along] if axis == 0 else [along, np.full_like(along, at)])
    turn = np.radians(grid.degrees)
    turned = flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) + (centre.x, centre.y)
    return LineString(bend(turned, grid.bending))


def _merged(shape: BaseGeometry) -> BaseGeometry:
    lines = lines_of(shape)
    return linemerge(lines) if len(lines) > 1 else shapely.union_all(lines)


def clipped_ends(line: LineString, metres: float) -> LineString:
    """The line without its first and last `metres`: no house stands in a crossing."""
    return substring(line, metres, line.length - metres)
