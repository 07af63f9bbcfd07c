"""In which area published points lie. They come by the thousand and repeat: each is looked up once, and those of a chunk in one call."""

from __future__ import annotations

from collections.abc import Iterable

from evenhand.web.places.shapes import CityShapes

MOST_REMEMBERED = 100_000

Point = tuple[float, float]
"""Latitude and longitude in degrees."""


class AreasOfPoints:
    """The area of each point by its key, and whether the city covers it. Points are learnt first, then asked for."""

    def __init__(self, shapes: CityShapes) -> None:
        self._shapes = shapes
        self._known: dict[Point, tuple[int | None, bool]] = {}

    def learn(self, points: Iterable[Point]) -> None:
        wanted = set(points)
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        fresh = list(wanted - self._known.keys())
        for point, area in zip(fresh, self._shapes.areas_at(fresh), strict=True):
            self._known[point] = (area.pk, True) if area else (None, self._shapes.holds(*point))

    def of(self, lat: float, long: float) -> tuple[int | None, bool]:
        """Primary key of the area or None, and whether the point lies in the city."""
        return self._known[lat, long]
