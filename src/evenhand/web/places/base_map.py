"""The base map from a city's own layers: areas and grounds as GeoJSON, streets as tiles. Made once a process and version of the places.

Shapes are simplified to about ten metres, areas together, so that neighbours keep their common border. Coordinates have five decimals (a metre).
A street's pieces in a tile become one entry by name and class with few long lines: thousands of short ones are what makes a map slow.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from evenhand.web.places.distances import METERS_A_DEGREE
from evenhand.web.places.models import Area, Ground, Jurisdiction, Street
from evenhand.web.places.versions import kept_for_version

TILE_ZOOM: Final = 14
MOST_TILES_KEPT: Final = 512
_AREA_METERS = 10.0
_STREET_METERS = 1.0
_TILE_BUFFER = 0.02  # of a tile's side: line ends meet under the next tile's
_DECIMALS = 5


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is sent: JSON, the same compressed, and a strong validator."""

    body: bytes
    compressed: bytes
    etag: str


@dataclass(slots=True)
class _Tiles:
    lock: threading.Lock = field(default_factory=threading.Lock)
    layers: OrderedDict[tuple[int, int], Layer] = field(default_factory=OrderedDict)


def areas_layer(city: Jurisdiction, address_of: Callable[[str], str]) -> Layer:
    """The areas of a city; `address_of(code)` is the address of an area's page."""
    return kept_for_version(city, "areas_layer", lambda of: _areas(of, address_of))


def grounds_layer(city: Jurisdiction) -> Layer:
    """Parks and water of a city."""
    return kept_for_version(city, "grounds_layer", _grounds)


def streets_tile(city: Jurisdiction, x: int, y: int) -> Layer | None:
    """The streets of a Web Mercator tile at zoom 14; None where there is no such tile. One query the first time."""
    if not (0 <= x < 1 << TILE_ZOOM and 0 <= y < 1 << TILE_ZOOM):
        return None
    kept = kept_for_version(city, "street_tiles", lambda _: _Tiles())
    with kept.lock:
        if (x, y) in kept.layers:
            kept.layers.move_to_end((x, y))
            return kept.layers[(x, y)]
    made = _streets(city, x, y)
    with kept.lock:
        kept.layers[(x, y)] = made
        while len(kept.layers) > MOST_TILES_KEPT:
            kept.layers.popitem(last=False)
    return made


def tile_bounds(x: int, y: int, zoom: int = TILE_ZOOM) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a Web Mercator tile."""
    size = 1 << zoom
    return (x / size * 360.0 - 180.0, _latitude(y + 1, size), (x + 1) / size * 360.0 - 180.0, _latitude(y, size))


def _latitude(y: float, size: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / size))))


def _areas(city: Jurisdiction, address_of: Callable[[str], str]) -> Layer:
    rows = list(Area.objects.filter(jurisdiction=city, is_retired=False).order_by("code").values_list("code", "name", "shape"))
    shapes = _simplified_together([_polygons(geometry) for _, _, geometry in rows], city)
    features = [
        _feature(geometry, {"code": code, "name": name, "url": address_of(code)}) for (code, name, _), geometry in zip(rows, shapes, strict=True)
    ]
    return _layer({"type": "FeatureCollection", "features": features})


def _grounds(city: Jurisdiction) -> Layer:
    rows = Ground.objects.filter(jurisdiction=city).order_by("pk").values_list("kind", "name", "shape")
    features = [_feature(_simplified(_polygons(geometry), city), {"kind": kind, "name": name}) for kind, name, geometry in rows]
    return _layer({"type": "FeatureCollection", "features": [feature for feature in features if feature["geometry"]["coordinates"]]})


def _streets(city: Jurisdiction, x: int, y: int) -> Layer:
    west, south, east, north = tile_bounds(x, y)
    wide, high = (east - west) * _TILE_BUFFER, (north - south) * _TILE_BUFFER
    box = (west - wide, south - high, east + wide, north + high)
    rows = Street.objects.filter(jurisdiction=city, west__lte=box[2], east__gte=box[0], south__lte=box[3], north__gte=box[1])
    pieces: dict[tuple[str, str], list[BaseGeometry]] = {}
    for name, kind, geometry in rows.order_by("name", "pk").values_list("name", "kind", "shape"):
        clipped = shapely.clip_by_rect(shape(geometry), *box)
        if not clipped.is_empty:
            pieces.setdefault((name, kind), []).append(clipped)
    lines = [{"name": name, "class": kind, "paths": paths} for (name, kind), parts in pieces.items() if (paths := _paths(parts, city))]
    return _layer({"lines": lines})


def _paths(parts: Sequence[BaseGeometry], city: Jurisdiction) -> list[list[list[float]]]:
    """Pieces of one street as few long lines of [latitude, longitude]."""
    whole = shapely.line_merge(shapely.union_all([_lines_only(part) for part in parts]))
    simple = _simplified(whole, city, meters=_STREET_METERS)
    return [[[round(lat, _DECIMALS), round(long, _DECIMALS)] for long, lat in line.coords] for line in _singles(simple) if line.length > 0]


def _lines_only(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.MultiLineString([part for part in _singles(geometry) if part.geom_type == "LineString"])


def _singles(geometry: BaseGeometry) -> list[BaseGeometry]:
    """The parts of a geometry, however deep it nests them."""
    return [part for part in shapely.get_parts(shapely.get_parts([geometry])) if not part.is_empty]


def _polygons(geometry: dict[str, Any]) -> BaseGeometry:
    """A published shape as valid polygons; repairs may leave stray lines, which are dropped."""
    repaired = shapely.make_valid(shape(geometry))
    return shapely.MultiPolygon([part for part in _singles(repaired) if part.geom_type == "Polygon"])


def _simplified_together(shapes: Sequence[BaseGeometry], city: Jurisdiction) -> Iterable[BaseGeometry]:
    if not shapes:
        return []
    to_meters, to_degrees = _flat(city)
    flat = [shapely.transform(geometry, to_meters) for geometry in shapes]
    # The tolerance of a coverage is the side of a square: what it cuts off is smaller than that.
    return [shapely.transform(geometry, to_degrees) for geometry in shapely.coverage_simplify(flat, _AREA_METERS)]


def _simplified(geometry: BaseGeometry, city: Jurisdiction, *, meters: float = _AREA_METERS) -> BaseGeometry:
    to_meters, to_degrees = _flat(city)
    return shapely.transform(shapely.simplify(shapely.transform(geometry, to_meters), meters), to_degrees)


def _flat(city: Jurisdiction) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """Degrees to metres around a city's middle and back."""
    scale = (METERS_A_DEGREE * max(math.cos(math.radians((city.south + city.north) / 2)), 0.01), METERS_A_DEGREE)
    return (lambda points: points * scale), (lambda points: points / scale)


def _feature(geometry: BaseGeometry, properties: dict[str, str]) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": _as_geojson(geometry)}


def _as_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    written = mapping(geometry)
    return {"type": written["type"], "coordinates": _rounded(written["coordinates"])}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (int, float)):
        return round(coordinates, _DECIMALS)
    return [_rounded(part) for part in coordinates]


def _layer(content: dict[str, Any]) -> Layer:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Layer(body, gzip.compress(body, compresslevel=9, mtime=0), hashlib.sha256(body).hexdigest()[:32])
