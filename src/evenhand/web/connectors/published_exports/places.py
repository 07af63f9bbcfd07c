"""Published coordinates: numbers that can be a place, or none.

0, 0 is how many systems write "unknown", in the sea off Africa. Whether a point lies in the city is not decided here: the city's boundary does
that.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    lat: float | None
    long: float | None


NOWHERE = Place(None, None)


def point_key(lat: str, long: str) -> str:
    """The point as published: what requests at the very same point share. Blank where no point is published."""
    return f"{lat} {long}" if lat else ""


def point_of(key: str) -> Place:
    """The coordinates of a key; raises ValueError where they are not numbers."""
    lat, long = key.translate({ord(mark): " " for mark in "(),"}).split()
    return Place(float(lat), float(long))


def place(lat: str, long: str, faults: list[str]) -> Place:
    if not lat:
        faults.append("missing_coordinates")
        return NOWHERE
    try:
        found = Place(float(lat), float(long)) if long else point_of(lat)
    except ValueError:
        found = NOWHERE
    if found.lat is None or found.long is None or not (-90 <= found.lat <= 90 and -180 <= found.long <= 180) or found == (0, 0):
        faults += ["outside_plausible_range", "missing_coordinates"]
        return NOWHERE
    return found
