"""The ground of the sample city: boundary, river, harbour, parks and neighbourhoods.

Modelling choice: the town is drawn by hand as a few control points in metres and roughened by chance, so that every seed gives the same town with
another coastline. Neighbourhoods are Voronoi cells on each bank of the river, bent by one smooth warp of the plane; their shared borders go through
one noded line work, so they tile the boundary without gap or overlap. The origin lies in open ocean, where no real street can be mistaken for ours.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize, split

ORIGIN = (-70.0, 36.9)  # longitude and latitude of the frame's zero, some 400 km offshore
DEGREES_PER_METRE = (1 / (111_320 * math.cos(math.radians(ORIGIN[1]))), 1 / 110_990)

# Clockwise from the north-west corner; True marks a stretch of coast up to the next point.
OUTLINE = (
    ((-3950, 2500), False),
    ((-1500, 3050), False),
    ((900, 2750), False),
    ((2500, 3250), False),
    ((3750, 2450), True),
    ((4000, 1200), True),
    ((3350, 450), True),
    ((2450, 250), True),
    ((1850, -250), True),
    ((2000, -900), True),
    ((3000, -1250), True),
    ((3750, -1900), True),
    ((3500, -2800), True),
    ((1900, -3200), False),
    ((-300, -2850), False),
    ((-2300, -3350), False),
    ((-3900, -2600), False),
    ((-4350, -400), False),
)
RIVER = ((-5600, 700), (-4300, 950), (-3000, 1250), (-1800, 950), (-1250, 150), (-1000, -650), (-250, -1050), (700, -850), (1400, -450), (2700, -250))
RIVER_WIDTH = (55.0, 190.0)  # metres, at the western border and at the mouth


@dataclass(frozen=True, slots=True)
class Quarter:
    """A neighbourhood before it has a shape: where it sits, which grid of streets it belongs to, how closely people live."""

    name: str
    at: tuple[float, float]
    district: str
    people_per_km2: int
    harbor: bool = False


QUARTERS = (
    Quarter("Orchard Rise", (-3100, 2050), "uplands", 1900),
    Quarter("Larkspur Downs", (-1150, 2150), "uplands", 2500),
    Quarter("Thistledown", (350, 1850), "northbank", 3100),
    Quarter("Stonecrop", (1900, 2450), "northbank", 2600),
    Quarter("Sandpiper Flats", (3150, 1750), "shore", 2200, harbor=True),
    Quarter("Lantern Hill", (-250, 450), "oldtown", 5600),
    Quarter("Ropewalk", (1250, 700), "oldtown", 6400, harbor=True),
    Quarter("Heron Reach", (-3350, 100), "westbank", 2300),
    Quarter("Millrace", (-2150, -600), "westbank", 3600),
    Quarter("Kettle Hollow", (-3000, -2050), "westbank", 2000),
    Quarter("Tallow Row", (-700, -1750), "southbank", 4700),
    Quarter("Brackwater", (850, -1700), "southbank", 4300, harbor=True),
    Quarter("Marrow Fields", (800, -2700), "southbank", 2100),
    Quarter("Windlass Point", (2700, -2150), "shore", 2700, harbor=True),
)

# name, centre, radius in metres; each becomes an irregular patch
PARKS = (
    ("Kettle Pond Park", (-3250, -1500), 430.0),
    ("Thistledown Common", (550, 2080), 300.0),
    ("Lantern Green", (-150, 560), 135.0),
    ("Ropewalk Square", (1180, 820), 80.0),
    ("Bendside Meadow", (-700, -1180), 190.0),
    ("Orchard Rise Park", (-2750, 2250), 250.0),
    ("Windlass Lighthouse Park", (3330, -2250), 230.0),
    ("Marrow Fields Ballpark", (350, -2450), 170.0),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Shapes in metres east and north of the origin."""

    boundary: Polygon
    areas: tuple[Polygon, ...]  # in the order of QUARTERS
    river: Polygon
    river_line: LineString
    harbor: BaseGeometry
    pond: Polygon
    parks: tuple[tuple[str, Polygon], ...]

    @property
    def water(self) -> BaseGeometry:
        """River and pond: what lies inside the boundary and is wet."""
        return shapely.union_all([self.river, self.pond])

    def district(self, name: str) -> BaseGeometry:
        """All neighbourhoods that share one grid of streets."""
        return shapely.union_all([area for area, quarter in zip(self.areas, QUARTERS, strict=True) if quarter.district == name])


def build_ground(rng: np.random.Generator) -> Ground:
    """Draw the town's shapes; `rng` decides the coast, the bends and the parks' edges."""
    outline = Polygon(_roughened(rng))
    river_line = LineString(_smooth(np.array(RIVER, dtype=float), closed=False, rounds=3))
    areas = _neighbourhoods(outline, river_line, rng)
    boundary = shapely.coverage_union_all(areas)
    assert isinstance(boundary, Polygon)
    river = shapely.intersection(_river(river_line), boundary)
    parks = tuple((name, _patch(centre, radius, rng)) for name, centre, radius in PARKS)
    return Ground(
        boundary=boundary,
        areas=areas,
        river=_largest(river),
        river_line=river_line,
        harbor=_harbor(boundary),
        pond=_patch((-3180, -1440), 150.0, rng),
        parks=tuple((name, _largest(park.intersection(boundary.buffer(-20)) - river.buffer(15))) for name, park in parks),
    )


def to_degrees(shape: BaseGeometry) -> BaseGeometry:
    """Longitude and latitude, rounded to six decimals (9 cm): equal points stay equal, so shared borders stay shared."""
    return shapely.transform(shape, lambda xy: np.round(xy * DEGREES_PER_METRE + ORIGIN, 6))


def bend(xy: NDArray[np.float64], amplitude: float) -> NDArray[np.float64]:
    """Warp the plane smoothly by up to about `amplitude` metres: borders and streets bend together."""
    x, y = xy[:, 0], xy[:, 1]
    shift_x = np.sin(y / 640 + 0.7) + 0.45 * np.sin((x + y) / 310)
    shift_y = np.sin(x / 720 - 1.1) + 0.45 * np.sin((x - 1.6 * y) / 350)
    return xy + amplitude * np.column_stack([shift_x, shift_y])


def _roughened(rng: np.random.Generator) -> list[tuple[float, float]]:
    """The outline with midpoints pushed aside again and again: strongly along the coast, hardly where a surveyor drew a line."""
    corners = [point for point, _ in OUTLINE]
    points: list[tuple[float, float]] = []
    for (start, coast), end in zip(OUTLINE, corners[1:] + corners[:1], strict=True):
        stretch = [np.array(start, dtype=float), np.array(end, dtype=float)]
        for roughness in (0.17, 0.15, 0.10, 0.09, 0.08) if coast else (0.022, 0.022, 0.022):
            stretch = _with_midpoints(stretch, roughness, rng)
        points += [(float(x), float(y)) for x, y in stretch[:-1]]
    return [(float(x), float(y)) for x, y in _smooth(np.array(points), closed=True, rounds=1)]


def _with_midpoints(points: list[NDArray[np.float64]], roughness: float, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    out = [points[0]]
    for start, end in itertools.pairwise(points):
        along = end - start
        push = float(np.clip(rng.normal(0, roughness), -2 * roughness, 2 * roughness))
        out += [(start + end) / 2 + push * np.array([-along[1], along[0]]), end]
    return out


def _smooth(points: NDArray[np.float64], *, closed: bool, rounds: int) -> NDArray[np.float64]:
    """Cut the corners (Chaikin), keeping the ends of an open line."""
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0) if closed else points[1:]
        before = points if closed else points[:-1]
        cut = np.stack([0.75 * before + 0.25 * following, 0.25 * before + 0.75 * following], axis=1).reshape(-1, 2)
        points = cut if closed else np.vstack([points[:1], cut, points[-1:]])
    return points


def _river(line: LineString) -> Polygon:
    """A ribbon that widens towards the mouth."""
    steps = np.linspace(0, 1, 120)
    widths = RIVER_WIDTH[0] + (RIVER_WIDTH[1] - RIVER_WIDTH[0]) * steps**2
    discs = [line.interpolate(step, normalized=True).buffer(width / 2) for step, width in zip(steps, widths, strict=True)]
    return shapely.union_all([shapely.convex_hull(shapely.union_all(pair)) for pair in itertools.pairwise(discs)]).simplify(2)


def _harbor(boundary: Polygon) -> BaseGeometry:
    """The sea beside the coast, out to where a map of the town would end."""
    coast = LineString([point for point, is_coast in OUTLINE if is_coast] + [(1900, -3200)])
    sea = coast.buffer(2600, quad_segs=24).buffer(-1700, quad_segs=24) - boundary
    seaward = Polygon([(900, 2700), (2400, 3200), (6000, 5600), (6000, -5600), (1700, -3300)])
    return _largest(sea.intersection(seaward))


def _neighbourhoods(outline: Polygon, river_line: LineString, rng: np.random.Generator) -> tuple[Polygon, ...]:
    centres = [np.array(quarter.at) + rng.uniform(-110, 110, 2) for quarter in QUARTERS]
    banks = [bank for bank in split(outline, river_line).geoms if bank.area > 1e6]
    cells: dict[int, BaseGeometry] = {}
    for bank in banks:
        cells |= _cells({index: Point(*at) for index, at in enumerate(centres) if bank.contains(Point(*at))}, bank)
    borders = shapely.union_all([shapely.boundary(cell) for cell in cells.values()] + [outline.exterior], grid_size=0.1)
    faces = sorted(polygonize(borders), key=lambda face: -face.area)
    return _joined(faces, cells)


def _cells(centres: dict[int, Point], bank: Polygon) -> dict[int, BaseGeometry]:
    found = shapely.voronoi_polygons(MultiPoint(list(centres.values())), extend_to=bank.envelope.buffer(3000))
    out: dict[int, BaseGeometry] = {}
    for cell in found.geoms:
        (index,) = [index for index, centre in centres.items() if cell.contains(centre)]
        out[index] = shapely.transform(shapely.segmentize(cell, 60), lambda xy: bend(xy, 70)).intersection(bank)
    return out


def _joined(faces: list[Polygon], cells: dict[int, BaseGeometry]) -> tuple[Polygon, ...]:
    """One polygon a neighbourhood: its largest face, and every splinter with the neighbour it shares most border with."""
    owned: dict[int, list[Polygon]] = {}
    splinters = []
    for face in faces:
        inside = face.representative_point()
        index = next((index for index, cell in cells.items() if cell.contains(inside)), None)
        if index is None or index in owned:
            splinters.append(face)
        else:
            owned[index] = [face]
    for face in splinters:
        best = max(owned, key=lambda index: shapely.length(shapely.intersection(face.boundary, owned[index][0].boundary)))
        owned[best] = [shapely.coverage_union_all([*owned[best], face])]
    return tuple(owned[index][0] for index in range(len(QUARTERS)))


def _patch(centre: tuple[float, float], radius: float, rng: np.random.Generator) -> Polygon:
    """An irregular round shape."""
    angles = np.linspace(0, 2 * math.pi, 40, endpoint=False)
    waves = sum(rng.uniform(-0.16, 0.16) * np.cos(k * angles + rng.uniform(0, 6)) for k in (2, 3, 4))
    distance = radius * (1 + waves)
    return Polygon(np.column_stack([centre[0] + distance * np.cos(angles), centre[1] + distance * np.sin(angles)]))


def _largest(shape: BaseGeometry) -> Polygon:
    parts = [part for part in getattr(shape, "geoms", [shape]) if isinstance(part, Polygon)]
    return max(parts, key=lambda part: part.area)


def lines_of(shape: BaseGeometry) -> list[LineString]:
    """The lines of any result of an intersection, empty ones and points left out."""
    if isinstance(shape, LineString):
        return [shape] if shape.length > 0 else []
    if isinstance(shape, MultiLineString) or hasattr(shape, "geoms"):
        return [line for part in shape.geoms for line in lines_of(part)]
    return []


def feature(shape: BaseGeometry, **properties: Any) -> dict[str, Any]:
    """A GeoJSON feature in degrees."""
    return {"type": "Feature", "properties": properties, "geometry": _plain(to_degrees(shape))}


def collection(name: str, features: list[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON collection that says what it is."""
    return {"type": "FeatureCollection", "name": name, "synthetic": True, "features": features}


def _plain(shape: BaseGeometry) -> dict[str, Any]:
    """Lists instead of tuples, so that what is built equals what is read back from the file."""

    def lists(value: Any) -> Any:
        return [lists(item) for item in value] if isinstance(value, (list, tuple)) else float(value)

    mapping = shapely.geometry.mapping(shape)
    return {"type": mapping["type"], "coordinates": lists(mapping["coordinates"])}
