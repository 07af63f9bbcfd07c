"""Boundaries of areas for a study: shapes by id, land areas, which area a point lies in, and which area an id of another census year mostly is.

Modelling choice: an id of another census year becomes the one area that covers most of it, because a household can be counted in one area only and a
block group's columns cannot be split among households. How much lay elsewhere is said. Points that are known beat overlaps: a household with
coordinates is put where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from evenhand.studies.raw.findings import Findings
from evenhand.vocabulary.area_ids import ID_ALIASES, area_code, text_of

POLYGONS: Final = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Shapes of one file in degrees, each id once, in the order of the file."""

    source: str
    ids: tuple[str, ...]
    shapes: NDArray[Any]

    def holding(self, wanted: set[str]) -> int:
        """How many of these ids have a shape here."""
        return len(wanted.intersection(self.ids))


@dataclass(frozen=True, slots=True)
class Overlap:
    """The area that covers most of an old one, and the part of the old one's extent that it covers."""

    area: str
    share: float


def read_boundaries(path: Path, id_property: str | None, findings: Findings) -> Boundaries | None:
    """Read GeoJSON polygons in degrees; None where they cannot be used, with all their faults among the findings."""
    features = _features(path, findings)
    if features is None:
        return None
    before = len(findings.faults)
    parts: dict[str, list[BaseGeometry]] = {}
    for number, feature in enumerate(features, start=1):
        made = _shape(feature)
        if isinstance(made, str):
            findings.refuse(path.name, f"feature {number:,}: {made}")
            continue
        properties = feature.get("properties") or {}
        code = area_code(properties.get(id_property)) if id_property else area_code(text_of(properties, ID_ALIASES))
        if not code:
            asked = f"no property {id_property!r}" if id_property else "no id under a known name; name it: --id-property"
            findings.refuse(path.name, f"feature {number:,}: {asked}. It has: {', '.join(properties)}")
            break
        parts.setdefault(code, []).append(made)
    if len(findings.faults) > before:
        return None
    shapes = np.array([pieces[0] if len(pieces) == 1 else shapely.union_all(pieces) for pieces in parts.values()], dtype=object)
    return Boundaries(path.name, tuple(parts), shapes)


def area_at(boundaries: Boundaries, lat: NDArray[np.float64], long: NDArray[np.float64]) -> list[str | None]:
    """The area that each point lies in; None where there is none, or no point. On a common edge, the first of the file."""
    found: list[str | None] = [None] * lat.size
    known = np.flatnonzero(~np.isnan(lat) & ~np.isnan(long))
    points = shapely.points(long[known], lat[known])
    point, area = shapely.STRtree(boundaries.shapes).query(points, predicate="intersects")
    for place, where in sorted(zip(known[point].tolist(), area.tolist(), strict=True), reverse=True):
        found[place] = boundaries.ids[where]
    return found


def overlaps(old: Boundaries, new: Boundaries, wanted: set[str]) -> Mapping[str, Overlap]:
    """For each wanted id of `old` that has a shape: the area of `new` that covers most of it; none where nothing does."""
    chosen = [place for place, code in enumerate(old.ids) if code in wanted]
    shapes = old.shapes[chosen]
    piece, area = shapely.STRtree(new.shapes).query(shapes, predicate="intersects")
    common = shapely.area(shapely.intersection(shapes[piece], new.shapes[area]))
    whole = shapely.area(shapes)
    found: dict[str, Overlap] = {}
    # The largest last, the first of the file among equals: what is written last stays.
    for k in np.lexsort((-area, common)):
        if common[k] > 0:
            found[old.ids[chosen[piece[k]]]] = Overlap(new.ids[area[k]], float(common[k] / whole[piece[k]]))
    return found


def renamed(ids: pa.Array, names: Mapping[str, str]) -> pa.Array:
    """Ids with those that have another name replaced by it."""
    return pa.array([None if code is None else names.get(code, code) for code in ids.to_pylist()], pa.string())


def _features(path: Path, findings: Findings) -> Sequence[Mapping[str, Any]] | None:
    expected = "boundaries as a GeoJSON FeatureCollection of polygons in degrees were expected"
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        findings.refuse(path.name, "there is no such file")
        return None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        findings.refuse(path.name, f"{expected}, and it cannot be read ({error})")
        return None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(one, dict) for one in features):
        findings.refuse(path.name, f"{expected}, and it has no features")
        return None
    return features


def _shape(feature: Mapping[str, Any]) -> BaseGeometry | str:
    geometry = feature.get("geometry") or {}
    if geometry.get("type") not in POLYGONS:
        return f"a polygon was expected, and its geometry is {geometry.get('type') or 'missing'}"
    try:
        made = shapely.force_2d(shape(geometry))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, GEOSException) as error:
        return f"its coordinates cannot be read ({error})"
    if made.is_empty:
        return "its geometry is empty"
    west, south, east, north = made.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"its coordinates reach from {west:g}, {south:g} to {east:g}, {north:g}: no degrees (a projected grid?)"
    return made if made.is_valid else shapely.make_valid(made)
