"""From what somebody types or points at to a place in the city, and back to words.

Only the city's own files are asked: its addresses, its streets, its areas. Typed coordinates are taken as they are; an address counts as found when
exactly one entry fits, or one is what was typed to the letter. A pin is described by what is near it, and says "near" unless it is at the door:
a nearest address that is given out as the address sends crews to the wrong house.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from django.utils.translation import gettext as _
from shapely.geometry import shape

from evenhand.web.places import address_search, shapes
from evenhand.web.places.coordinates import coordinates_in, written
from evenhand.web.places.distances import box_around, meters_between
from evenhand.web.places.models import Address, Area, Jurisdiction, Street
from evenhand.web.places.street_corners import corners_like

AT_THE_DOOR_METERS = 12.0
NEAR_METERS = 75.0
STREET_METERS = 60.0
_MOST_NEAR = 400
_CORNER = "@"
_PAIR = re.compile(r"([-+−–]?\d{1,6}(?:\.\d{1,12})?)\s*[,;]\s*([-+−–]?\d{1,6}(?:\.\d{1,12})?)", re.ASCII)
_SIGN = re.compile("^[−–]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """A point in a city with its words. `quality`: address (the city's file has it) or exact (a point was given)."""

    lat: float
    long: float
    label: str
    quality: str
    address_ref: str = ""
    zipcode: str = ""
    area: Area | None = None

    @property
    def key(self) -> str:
        """What a form posts back for this suggestion."""
        return self.address_ref or f"{_CORNER}{self.lat:.6f},{self.long:.6f}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a typed text led to: one place, or several to choose from, or a point outside the city, or nothing; `is_nowhere`: no point on earth."""

    place: FoundPlace | None = None
    suggestions: tuple[FoundPlace, ...] = ()
    outside: tuple[float, float] | None = None
    is_nowhere: bool = False


def look_up(city: Jurisdiction, typed: str) -> Lookup:
    """Resolve a typed text: coordinates, an address, a corner."""
    text = without_near(typed.strip())
    if point := coordinates_in(text):
        return _at_coordinates(city, *point)
    if pair := _PAIR.fullmatch(text):
        return _at_pair(city, *(float(_SIGN.sub("-", number)) for number in pair.groups()))
    found = suggestions(city, text)
    one = _certain(found, text)
    return Lookup(place=one, suggestions=tuple(found) if one is None else ())


def suggestions(city: Jurisdiction, typed: str, *, most: int = 8) -> list[FoundPlace]:
    """At most `most` addresses and corners that fit what is typed so far."""
    corners = [place_at(city, lat, long, label=name) for name, lat, long in corners_like(city, typed, most=most)]
    if corners:
        return corners
    return _one_a_house([_from_address(city, row) for row in address_search.addresses_like(city, typed, most=4 * most)], typed)[:most]


def by_key(city: Jurisdiction, key: str, typed: str = "") -> FoundPlace | None:
    """The suggestion for `typed` that was chosen, read anew; None for a key that is not ours."""
    if key.startswith(_CORNER):
        point = coordinates_in(key[1:])
        known = {place.key: place for place in suggestions(city, typed)} if typed else {}
        return known.get(key) or (describe(city, *point) if point and shapes.is_inside(city, *point) else None)
    row = Address.objects.filter(jurisdiction=city, address_id=key).first() if key else None
    return _from_address(city, row) if row else None


def describe(city: Jurisdiction, lat: float, long: float) -> FoundPlace:
    """A point in words: at a door, near an address, on a street, or its coordinates."""
    return place_at(city, lat, long, label=_words_for(city, lat, long))


def place_at(city: Jurisdiction, lat: float, long: float, *, label: str) -> FoundPlace:
    """A point under a name that is known already."""
    return FoundPlace(lat=round(lat, 6), long=round(long, 6), label=label, quality="exact", area=shapes.area_at(city, lat, long))


def without_near(text: str) -> str:
    """A label that was given out ("near 12 Main Street") may come back as typed text: the address in it."""
    before, _found, after = _near("\0").partition("\0")
    if before and text.casefold().startswith(before.casefold()):
        text = text[len(before) :]
    return text.removesuffix(after) if after else text


def _near(label: str) -> str:
    return _("near %(address)s") % {"address": label}


def _at_coordinates(city: Jurisdiction, lat: float, long: float) -> Lookup:
    if shapes.is_inside(city, lat, long):
        return Lookup(place=describe(city, lat, long))
    if shapes.is_inside(city, long, lat):  # longitude typed first, as many maps write it
        return Lookup(place=describe(city, long, lat))
    return Lookup(outside=(lat, long))


def _at_pair(city: Jurisdiction, one: float, other: float) -> Lookup:
    """Two numbers and nothing else, as in "0, 0": no address looks like that, so they are meant as a point, in either order."""
    orders = [(lat, long) for lat, long in ((one, other), (other, one)) if abs(lat) <= 90 and abs(long) <= 180]
    return _at_coordinates(city, *orders[0]) if orders else Lookup(is_nowhere=True)


def _certain(found: Sequence[FoundPlace], typed: str) -> FoundPlace | None:
    if len(found) == 1:
        return found[0]
    wanted = address_search.folded_words(typed)
    same = [place for place in found if address_search.folded_words(place.label) == wanted]
    return same[0] if len(same) == 1 else None


def _from_address(city: Jurisdiction, row: Address) -> FoundPlace:
    return FoundPlace(
        lat=row.lat,
        long=row.long,
        label=str(row),
        quality="address",
        address_ref=row.address_id,
        zipcode=row.zipcode,
        area=shapes.area_at(city, row.lat, row.long),
    )


def _one_a_house(found: Sequence[FoundPlace], typed: str) -> list[FoundPlace]:
    """Two entries with the same words are one choice, unless their zip codes tell them apart."""
    seen: dict[tuple[str, str], FoundPlace] = {}
    for place in found:
        seen.setdefault((place.label.casefold(), place.zipcode), place)
    twice = {label for label, _zipcode in seen if sum(other == label for other, _z in seen) > 1}
    wanted = address_search.folded_words(typed)
    named = [_with_zipcode(place) if place.label.casefold() in twice else place for place in seen.values()]
    return sorted(named, key=lambda place: (address_search.folded_words(place.label) != wanted, _house_number(place.label)))


def _with_zipcode(place: FoundPlace) -> FoundPlace:
    return FoundPlace(
        lat=place.lat,
        long=place.long,
        label=f"{place.label}, {place.zipcode}",
        quality=place.quality,
        address_ref=place.address_ref,
        zipcode=place.zipcode,
        area=place.area,
    )


def _house_number(label: str) -> tuple[str, int]:
    number, _blank, street = label.partition(" ")
    return (street.casefold(), int(number)) if number.isdecimal() else (label.casefold(), 0)


def _words_for(city: Jurisdiction, lat: float, long: float) -> str:
    nearest = _nearest_address(city, lat, long)
    if nearest is not None:
        meters, address = nearest
        return address if meters <= AT_THE_DOOR_METERS else _near(address)
    return _nearest_street(city, lat, long) or written(lat, long)


def _nearest_address(city: Jurisdiction, lat: float, long: float) -> tuple[float, str] | None:
    west, south, east, north = box_around(lat, long, NEAR_METERS)
    rows = Address.objects.filter(jurisdiction=city, lat__gte=south, lat__lte=north, long__gte=west, long__lte=east)
    found = [
        (meters_between(lat, long, row_lat, row_long), words) for row_lat, row_long, words in rows.values_list("lat", "long", "address")[:_MOST_NEAR]
    ]
    nearest = min(found, default=None)
    return nearest if nearest and nearest[0] <= NEAR_METERS else None


def _nearest_street(city: Jurisdiction, lat: float, long: float) -> str:
    west, south, east, north = box_around(lat, long, STREET_METERS)
    rows = Street.objects.filter(jurisdiction=city, west__lte=east, east__gte=west, south__lte=north, north__gte=south).exclude(name="")
    here = shapely.Point(long, lat)
    found = [
        (_meters_to(here, shapely.shortest_line(here, shape(geometry))), name) for name, geometry in rows.values_list("name", "shape")[:_MOST_NEAR]
    ]
    meters, name = min(found, default=(STREET_METERS + 1, ""))
    return name if meters <= STREET_METERS else ""


def _meters_to(here: shapely.Point, line: shapely.LineString) -> float:
    (_long, _lat), (long, lat) = line.coords
    return meters_between(here.y, here.x, lat, long)
