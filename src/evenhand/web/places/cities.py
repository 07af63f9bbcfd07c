"""Making a city, and finding the one that somebody means."""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import get_supported_language_variant
from shapely.geometry import mapping

from evenhand.vocabulary.area_ids import area_code
from evenhand.web.places.errors import CityUnknown, PlacesFileInvalid
from evenhand.web.places.geojson import POLYGONS, Feature, read_features, united_boundary
from evenhand.web.places.models import Jurisdiction

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
_EMERGENCY = re.compile(r"[+*#]?[0-9(][0-9 ().-]*#?")
_FEWEST_DIGITS, _MOST_CHARACTERS = 2, 32


def create_city(
    name: str,
    *,
    timezone: str,
    boundary: Path,
    at: datetime,
    language: str = "en",
    emergency: str = "911",
    slug: str = "",
    only: str = "",
    is_synthetic: bool = False,
) -> Jurisdiction:
    """A new city whose boundary is all polygons of a GeoJSON file together; `only` keeps those with an id that begins with it.

    Raises
    ------
    CityUnknown
        With every fault of the names: zone, language, and a short name that is taken.
    PlacesFileInvalid
        With every fault of the file.
    """
    short = slug or slugify(name)
    faults = [
        *_name_faults(name, short),
        *_zone_faults(timezone),
        *_language_faults(language),
        *_emergency_faults(emergency),
    ]
    if faults:
        raise CityUnknown("city_invalid", "The city cannot be made:\n" + "\n".join(f"- {fault}" for fault in faults), faults=faults)
    shape = united_boundary(_chosen(read_features(boundary, POLYGONS), only, boundary))
    west, south, east, north = shape.bounds
    with transaction.atomic():
        return Jurisdiction.objects.create(
            slug=short,
            name=name.strip(),
            timezone=timezone,
            language=language.lower(),
            emergency_number=emergency.strip(),
            boundary=dict(mapping(shape)),
            west=west,
            south=south,
            east=east,
            north=north,
            is_synthetic=is_synthetic,
            created_at=at,
        )


def city_named(wanted: str) -> Jurisdiction:
    """The city with this short name or name; nothing given means the only one.

    Raises CityUnknown, naming the cities that there are.
    """
    cities = list(Jurisdiction.objects.order_by("pk"))
    have = ", ".join(city.slug for city in cities)
    if not cities:
        words = "There is no city yet. Make one: evenhand city create NAME --timezone Z --boundary FILE."
        raise CityUnknown("no_city", words)
    if not wanted:
        if len(cities) == 1:
            return cities[0]
        raise CityUnknown("city_not_named", f"This instance serves several cities: say which with --into. There are: {have}.")
    for city in cities:
        if wanted.casefold() in {city.slug.casefold(), city.name.casefold()}:
            return city
    raise CityUnknown("city_unknown", f"There is no city {wanted!r}. There are: {have}.")


def _name_faults(name: str, short: str) -> list[str]:
    if not 0 < len(name.strip()) <= 120:
        return ["a name has 1 to 120 characters"]
    if len(short) > 50 or not _SLUG.fullmatch(short):
        return [f"{short!r} is no short name (1 to 50 lower-case letters, digits and hyphens): give another with --slug"]
    if Jurisdiction.objects.filter(slug=short).exists():
        return [f"there is a city {short!r} already: choose another name, or another --slug"]
    return []


def _language_faults(language: str) -> list[str]:
    """A city speaks a language that its pages can be read in: any other would be English that claims to be it."""
    try:
        is_known = bool(_LANGUAGE.fullmatch(language.lower()) and get_supported_language_variant(language.lower()))
    except LookupError:
        is_known = False
    have = ", ".join(f"{code} ({name})" for code, name in settings.LANGUAGES)
    return [] if is_known else [f"no language of this version: {language!r}; expected one of {have}"]


def _emergency_faults(number: str) -> list[str]:
    """People in danger press it: it must be something that a telephone dials."""
    typed = number.strip()
    is_number = _EMERGENCY.fullmatch(typed) and len(typed) <= _MOST_CHARACTERS and sum(map(str.isdigit, typed)) >= _FEWEST_DIGITS
    return [] if is_number else [f"no emergency number: {number!r}; expected digits that a telephone dials, like 911, 112 or +1 617 555 0100"]


def _zone_faults(timezone: str) -> list[str]:
    zones = available_timezones()
    if timezone in zones:
        ZoneInfo(timezone)
        return []
    near = difflib.get_close_matches(timezone, sorted(zones), n=3, cutoff=0.5)
    return [f"no time zone {timezone!r}" + (f": did you mean {' or '.join(near)}?" if near else "; expected one like America/New_York")]


def _chosen(features: list[Feature], only: str, file: Path) -> list[Feature]:
    chosen = [feature for feature in features if not only or any(_begins(value, only) for value in feature.properties.values())]
    if not chosen:
        raise PlacesFileInvalid(file.name, "polygons of the city", [f"no feature has an id that begins with {only!r}"])
    return chosen


def _begins(value: Any, only: str) -> bool:
    return isinstance(value, (str, int)) and area_code(value).startswith(only)
