"""The address file of the sample city: houses along its streets.

Modelling choice: a house stands every so many metres on both sides, 14 m from the middle of the road; its number grows by two for every 8 m along
the street's whole course, odd on the left and even on the right, so that numbers ascend over gaps and parks. Denser neighbourhoods have more houses
to the metre and more of them with flats, which are rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, Point

from evenhand.twin.sample_ground import QUARTERS, Ground
from evenhand.twin.sample_streets import Street, clipped_ends

SETBACK = 14.0
METRES_PER_NUMBER_PAIR = 8.0
PEOPLE_PER_ADDRESS = 24  # the file is a sample of doors, small enough to load in a moment
# No post office uses the prefix 000.
ZIPCODES = {"oldtown": "00081", "northbank": "00082", "uplands": "00083", "shore": "00084", "westbank": "00085", "southbank": "00086"}
UNIT_WORDS = ("Apt", "Unit", "Floor")


@dataclass(frozen=True, slots=True)
class Door:
    """One row of the address file, with where it stands in metres."""

    address_id: str
    address: str
    unit: str
    zipcode: str
    point: Point
    quarter: int


def build_addresses(ground: Ground, streets: tuple[Street, ...], rng: np.random.Generator) -> tuple[Door, ...]:
    """Place houses along the streets of every neighbourhood; ids follow the order of streets and numbers."""
    dry = ground.boundary.buffer(-12) - ground.water.buffer(8) - shapely.union_all([park for _, park in ground.parks])
    lots = shapely.union_all([street.line.buffer(SETBACK - 3) for street in streets])
    every = _metres_per_house(ground, streets)
    taken: set[str] = set()
    doors: list[Door] = []
    for street in streets:
        if street.name.endswith("Bridge"):
            continue
        for number, point, quarter in _houses(street, ground, every, rng):
            address = f"{number} {street.name}"
            if address in taken or not dry.contains(point) or lots.contains(point):
                continue
            taken.add(address)
            for unit in _units(quarter, rng):
                doors.append(Door(f"SMP-{len(doors) + 1:06d}", address, unit, ZIPCODES[QUARTERS[quarter].district], point, quarter))
    return tuple(doors)


def _metres_per_house(ground: Ground, streets: tuple[Street, ...]) -> list[float]:
    """Spacing of houses along both sides of the roads, so that each neighbourhood gets doors in proportion to its people."""
    roads = shapely.union_all([street.line for street in streets])
    people = [quarter.people_per_km2 * area.area / 1e6 for quarter, area in zip(QUARTERS, ground.areas, strict=True)]
    return [roads.intersection(area).length * PEOPLE_PER_ADDRESS / count for area, count in zip(ground.areas, people, strict=True)]


def _houses(street: Street, ground: Ground, every: list[float], rng: np.random.Generator) -> Iterator[tuple[int, Point, int]]:
    if street.line.length < 60:
        return
    tree = shapely.STRtree(ground.areas)
    line = clipped_ends(street.line, 18)
    at = float(rng.uniform(0, 40))
    while at < line.length:
        middle = line.interpolate(at)
        (quarter, *_) = tree.query(middle, predicate="intersects").tolist() or [0]
        side = 1 if rng.random() < 0.5 else -1
        pair = int(street.course.project(middle) / METRES_PER_NUMBER_PAIR)
        yield 2 * pair + (1 if side > 0 else 2), _aside(line, at, side), quarter
        at += every[quarter] * float(rng.uniform(0.35, 1.65))


def _aside(line: LineString, at: float, side: int) -> Point:
    """The point beside the road: to the left for +1, to the right for −1, seen along the house numbers."""
    here, beyond = line.interpolate(at), line.interpolate(min(at + 1, line.length))
    back = line.interpolate(max(at - 1, 0))
    dx, dy = beyond.x - back.x, beyond.y - back.y
    length = float(np.hypot(dx, dy))
    return Point(here.x - side * SETBACK * dy / length, here.y + side * SETBACK * dx / length)


def _units(quarter: int, rng: np.random.Generator) -> list[str]:
    """Mostly one door without a unit; in dense neighbourhoods sometimes a house of flats."""
    if rng.random() > QUARTERS[quarter].people_per_km2 / 90_000:
        return [""]
    word = UNIT_WORDS[int(rng.integers(len(UNIT_WORDS)))]
    return [f"{word} {number}" for number in range(1, int(rng.integers(3, 8)))]
