"""Corners of two streets, as people name places without a house number: "Elm & Main", "corner of Elm and Main", "Elm y Main".

Names are folded like addresses and kept a process and version of the city's places; shapes are read only for the streets that were named. Lines of
published street files seldom meet in one exact point, so streets that come within ten metres of each other cross there.
"""

from __future__ import annotations

import re
from itertools import islice, product

import shapely
from shapely.geometry import shape

from evenhand.web.places.address_search import folded_words
from evenhand.web.places.distances import METERS_A_DEGREE, meters_between
from evenhand.web.places.models import Jurisdiction, Street
from evenhand.web.places.versions import kept_for_version

_BETWEEN = re.compile(r"\s*(?:[&/@+]|\b(?:and|at|y|e|con|esquina)\b)\s*", re.IGNORECASE)
_BEFORE = re.compile(r"^\s*(?:(?:at\s+)?the\s+)?(?:corner|intersection|esquina|cruce)\s+(?:of|de|entre)\s+", re.IGNORECASE)
_REACH_DEGREES = 10.0 / METERS_A_DEGREE
_SAME_CORNER_METERS = 40.0
_MOST_NAMES = 4

Corner = tuple[str, float, float]  # name, lat, long


def corners_like(city: Jurisdiction, typed: str, *, most: int = 8) -> list[Corner]:
    """Corners that a text names, at most `most`; none where it doesn't name two streets."""
    sides = [side for side in _BETWEEN.split(_BEFORE.sub("", typed[:200])) if side.strip()]
    if len(sides) != 2:
        return []
    known = kept_for_version(city, "street_names", _folded_names)
    first, second = (_names_like(known, side) for side in sides)
    pairs = islice(((one, other) for one, other in product(first, second) if one != other), 2 * _MOST_NAMES)
    return [corner for one, other in pairs for corner in _crossings(city, one, other)][:most]


def _folded_names(city: Jurisdiction) -> dict[str, frozenset[str]]:
    names = Street.objects.filter(jurisdiction=city).exclude(name="").order_by("name").values_list("name", flat=True).distinct()
    return {name: frozenset(folded_words(name)) for name in names}


def _names_like(known: dict[str, frozenset[str]], typed: str) -> list[str]:
    """Street names that hold all typed words, those with no further words first; the last word may be half typed."""
    words = folded_words(typed)
    if not words:
        return []
    whole, last = frozenset(words[:-1]), words[-1]
    fits = [(name, have) for name, have in known.items() if whole <= have and any(word.startswith(last) for word in have)]
    return [name for name, have in sorted(fits, key=lambda pair: (last not in pair[1], len(pair[1]), pair[0]))][:_MOST_NAMES]


def _crossings(city: Jurisdiction, one: str, other: str) -> list[Corner]:
    lines, others = (_line(city, name) for name in (one, other))
    met = shapely.intersection(lines, others)
    if met.is_empty and shapely.distance(lines, others) <= _REACH_DEGREES:
        met = shapely.line_interpolate_point(shapely.shortest_line(lines, others), 0.5, normalized=True)
    corners: list[Corner] = []
    for point in (part for part in shapely.get_parts(met) if not part.is_empty):
        lat, long = point.centroid.y, point.centroid.x
        if all(meters_between(lat, long, seen_lat, seen_long) > _SAME_CORNER_METERS for _, seen_lat, seen_long in corners):
            corners.append((f"{one} & {other}", lat, long))
    return corners


def _line(city: Jurisdiction, name: str) -> shapely.Geometry:
    shapes = Street.objects.filter(jurisdiction=city, name=name).values_list("shape", flat=True)
    return shapely.union_all([shape(geometry) for geometry in shapes])
