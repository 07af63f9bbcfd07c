"""Which area a point lies in, and whether it lies in the city at all.

A city's shapes are turned into shapely objects once a process and version of its places: a point then costs microseconds and no query. A point on a
border belongs to the city; where areas overlap or touch, the one with the first code has it, so that the answer is always the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.places.versions import kept_for_version


@dataclass(frozen=True, slots=True)
class CityShapes:
    """A city's boundary and areas; `areas` carry no shape of their own any more."""

    boundary: BaseGeometry
    areas: tuple[Area, ...]
    tree: shapely.STRtree

    def holds(self, lat: float, long: float) -> bool:
        """Whether a point (degrees) lies in the city or on its border."""
        return bool(shapely.intersects_xy(self.boundary, long, lat))

    def area_at(self, lat: float, long: float) -> Area | None:
        """The area that a point (degrees) lies in."""
        found = self.tree.query(shapely.points(long, lat), predicate="intersects").tolist()  # `Point(…)` takes three times as long
        return self.areas[min(found)] if found else None

    def areas_at(self, points: Sequence[tuple[float, float]]) -> list[Area | None]:
        """The same for many points (latitude, longitude) in one call: a tenth of the time."""
        if not points:
            return []
        where = shapely.points([(long, lat) for lat, long in points])
        first = [len(self.areas)] * len(points)
        for point, area in self.tree.query(where, predicate="intersects").T.tolist():
            first[point] = min(first[point], area)
        return [self.areas[area] if area < len(self.areas) else None for area in first]


def shapes_of(city: Jurisdiction) -> CityShapes:
    """The shapes of a city as of its version; three queries the first time, none afterwards."""
    return kept_for_version(city, "shapes", _load)


def area_at(city: Jurisdiction, lat: float, long: float) -> Area | None:
    """The area of a city that a point lies in; None outside of all of them."""
    return shapes_of(city).area_at(lat, long)


def is_inside(city: Jurisdiction, lat: float, long: float) -> bool:
    """Whether a point lies in a city: by its bounds first, then by its boundary."""
    return _in_bounds(city, lat, long) and shapes_of(city).holds(lat, long)


def cities_at(cities: Sequence[Jurisdiction], lat: float, long: float) -> list[Jurisdiction]:
    """Those of `cities` that a point lies in."""
    return [city for city in cities if is_inside(city, lat, long)]


def _in_bounds(city: Jurisdiction, lat: float, long: float) -> bool:
    return city.south <= lat <= city.north and city.west <= long <= city.east


def _load(city: Jurisdiction) -> CityShapes:
    boundary = shapely.make_valid(shape(city.boundary))
    shapely.prepare(boundary)
    areas = Area.objects.filter(jurisdiction=city, is_retired=False).order_by("code")
    polygons = [shapely.make_valid(shape(geometry)) for geometry in areas.values_list("shape", flat=True)]
    light = tuple(areas.defer("shape", "properties"))
    return CityShapes(boundary, light, shapely.STRtree(polygons))
