"""Metres on the ground between points a few kilometres apart: a flat projection around them, true to a thousandth at the size of a city."""

from __future__ import annotations

import math

METERS_A_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km


def meters_between(lat: float, long: float, other_lat: float, other_long: float) -> float:
    """Distance in metres between two points in degrees."""
    east = (other_long - long) * math.cos(math.radians((lat + other_lat) / 2))
    return METERS_A_DEGREE * math.hypot(east, other_lat - lat)


def box_around(lat: float, long: float, meters: float) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of the box that holds all within `meters` of a point."""
    high = meters / METERS_A_DEGREE
    wide = high / max(math.cos(math.radians(lat)), 0.01)
    return (long - wide, lat - high, long + wide, lat + high)
