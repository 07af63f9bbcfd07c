"""Reading GeoJSON as cities publish it: collections, single features or bare geometries, in degrees, with every fault of a file told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from evenhand.web.core.json_files import JsonUnreadable, finite, read_json
from evenhand.web.places.errors import PlacesFileInvalid

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its place in the file (from 1), its properties, and its geometry, made valid."""

    number: int
    properties: Mapping[str, Any]
    geometry: BaseGeometry

    def as_geojson(self) -> dict[str, Any]:
        return dict(mapping(self.geometry))


def read_features(file: Path, kinds: Sequence[str]) -> list[Feature]:
    """The features of a file whose geometries are all of `kinds`.

    Raises
    ------
    PlacesFileInvalid
        Naming every feature that is no such geometry, or whose coordinates are not longitude and latitude in degrees.
    """
    expected = f"GeoJSON with geometries of {' or '.join(kinds)}, in degrees (longitude, latitude)"
    faults: list[str] = []
    features: list[Feature] = []
    for number, raw in enumerate(_raw_features(file, expected), start=1):
        outcome = _feature(number, raw, kinds)
        if isinstance(outcome, Feature):
            features.append(outcome)
        else:
            faults.append(outcome)
    if not features and not faults:
        faults.append("no features at all")
    if faults:
        raise PlacesFileInvalid(file.name, expected, faults)
    return features


def _raw_features(file: Path, expected: str) -> Iterator[Mapping[str, Any]]:
    try:
        document = read_json(file)
    except JsonUnreadable as error:
        raise PlacesFileInvalid(file.name, expected, [error.message]) from error
    if not isinstance(document, dict) or "type" not in document:
        raise PlacesFileInvalid(file.name, expected, ["JSON, but no GeoJSON object with a type"])
    if document["type"] == "FeatureCollection":
        found = document.get("features")
        if not isinstance(found, list):
            raise PlacesFileInvalid(file.name, expected, ["a FeatureCollection whose features are no list"])
        yield from found
    elif document["type"] == "Feature":
        yield document
    else:
        yield {"properties": {}, "geometry": document}


def _feature(number: int, raw: Mapping[str, Any], kinds: Sequence[str]) -> Feature | str:
    geometry = raw.get("geometry") if isinstance(raw, dict) else None
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in kinds:
        return f"feature {number}: geometry is {kind or 'missing'}"
    try:
        made = shape(geometry)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, GEOSException) as error:
        return f"feature {number}: coordinates cannot be read ({error})"
    if made.is_empty:
        return f"feature {number}: geometry is empty"
    west, south, east, north = made.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"feature {number}: coordinates reach from {west:g}, {south:g} to {east:g}, {north:g}, no degrees (a projected grid?)"
    properties = raw.get("properties")
    kept = {name: finite(value) for name, value in properties.items()} if isinstance(properties, dict) else {}
    return Feature(number, kept, _made_valid(shapely.force_2d(made), kinds))


def _made_valid(geometry: BaseGeometry, kinds: Sequence[str]) -> BaseGeometry:
    if geometry.is_valid or kinds != POLYGONS:
        return geometry
    mended = shapely.make_valid(geometry)
    parts = [part for part in getattr(mended, "geoms", [mended]) if part.geom_type in POLYGONS]
    return shapely.union_all(parts) if parts else geometry


def united_boundary(features: Sequence[Feature]) -> BaseGeometry:
    """One shape that covers all features: a city's boundary from its areas."""
    return shapely.union_all([feature.geometry for feature in features])
