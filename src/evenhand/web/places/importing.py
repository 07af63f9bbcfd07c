"""Areas, streets, grounds and addresses of a city from its own files. A file is read whole and checked before a row of it is written.

Ids of areas come under many names (`GEOID`, `GEOID10`, `tract_id`) and with prefixes (`14000US25025010300`); they are normalised to the plain code.
Areas that a newer file no longer has are retired, not deleted: requests point at them.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from evenhand.web.places.address_search import search_key
from evenhand.web.places.errors import PlacesFileInvalid
from evenhand.web.places.geojson import LINES, POLYGONS, Feature, land_area_sq_mi, read_features
from evenhand.web.places.models import Address, Area, Ground, Jurisdiction, Street

ID_ALIASES = (
    "geoid",
    "geoid10",
    "geoid20",
    "tract_id",
    "tractce",
    "tractce10",
    "area_id",
    "id",
    "code",
    "nhood",
    "neighborhood",
    "neighbourhood",
    "name",
)
NAME_ALIASES = ("name", "namelsad", "nhood", "neighborhood", "neighbourhood", "label", "name10")
POPULATION_ALIASES = ("population", "population2012", "pop", "pop2010", "total_population")
LAND_ALIASES = ("land_sq_mi",)
ADDRESS_COLUMNS = ("address_id", "address", "unit", "zipcode", "lat", "long")
_CENSUS_PREFIX = re.compile(r"^\d{5,7}US(?=\d)")
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class PlacesImported:
    """What an import of places did, and what it had to compute or leave out, in words."""

    taken: int
    retired: int = 0
    notes: tuple[str, ...] = ()


def area_code(value: object) -> str:
    """An area's id as text, without the prefixes of census downloads; a whole number that a tool wrote as 25025010300.0 is whole again."""
    text = str(value).strip()
    text = text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
    return _CENSUS_PREFIX.sub("", text)


def import_areas(city: Jurisdiction, file: Path, *, id_property: str | None = None, only: str = "") -> PlacesImported:
    """Areas from GeoJSON polygons; `only` keeps those whose code begins with it.

    Raises PlacesFileInvalid, naming every fault of the file.
    """
    features = read_features(file, POLYGONS)
    id_key = id_property or _first_alias(features, ID_ALIASES)
    coded = _coded(file, features, id_key, only)
    rows = [_area(city, code, feature) for code, feature in coded]
    computed = sum(row.land_area_computed for row in rows)
    with transaction.atomic():
        fields = ["name", "population", "land_sq_mi", "land_area_computed", "shape", "west", "south", "east", "north", "properties", "is_retired"]
        Area.objects.bulk_create(rows, update_conflicts=True, unique_fields=["jurisdiction", "code"], update_fields=fields, batch_size=200)
        retired = Area.objects.filter(jurisdiction=city, is_retired=False).exclude(code__in=[row.code for row in rows]).update(is_retired=True)
        _places_changed(city)
    notes = [f"Ids are taken from the property {id_key!r}."]
    if computed:
        notes.append(f"Land area was missing for {computed} areas and was computed from their shapes.")
    return PlacesImported(len(rows), retired, tuple(notes))


def import_streets(city: Jurisdiction, file: Path) -> PlacesImported:
    """Streets from GeoJSON lines (`name`; `class` or `kind`: major or minor); the file replaces what was there."""
    features = read_features(file, LINES)
    with transaction.atomic():
        Street.objects.filter(jurisdiction=city).delete()
        Street.objects.bulk_create([_street(city, feature) for feature in features], batch_size=_BATCH)
        _places_changed(city)
    unnamed = sum(not _text(feature.properties, ("name", "fullname", "street")) for feature in features)
    return PlacesImported(len(features), notes=(f"{unnamed} streets have no name.",) if unnamed else ())


def import_grounds(city: Jurisdiction, file: Path) -> PlacesImported:
    """Parks and water for the base map (`kind`: park or water); the file replaces what was there."""
    features = read_features(file, POLYGONS)
    rows = [
        Ground(
            jurisdiction=city,
            kind=str(feature.properties.get("kind", "park"))[:16],
            name=_text(feature.properties, ("name",))[:120],
            shape=feature.as_geojson(),
        )
        for feature in features
    ]
    with transaction.atomic():
        Ground.objects.filter(jurisdiction=city).delete()
        Ground.objects.bulk_create(rows, batch_size=_BATCH)
        _places_changed(city)
    return PlacesImported(len(rows))


def import_addresses(city: Jurisdiction, file: Path, *, columns: Mapping[str, str] | None = None) -> PlacesImported:
    """Addresses from CSV (gzip too); `columns` maps our names to the file's. Known ids are updated, ids that are gone are deleted.

    Raises PlacesFileInvalid, naming all missing columns, or every line that cannot be used.
    """
    expected = f"CSV with the columns {', '.join(ADDRESS_COLUMNS)} (unit and zipcode may be absent)"
    faults: list[str] = []
    rows: dict[str, Address] = {}
    for line, cells in _table(file, expected, columns or {}):
        outcome = _address(city, cells)
        if isinstance(outcome, str):
            faults.append(f"line {line}: {outcome}")
        elif outcome.address_id in rows:
            faults.append(f"line {line}: address_id {outcome.address_id!r} stands in the file twice")
        else:
            rows[outcome.address_id] = outcome
    if faults or not rows:
        raise PlacesFileInvalid(file.name, expected, faults or ["no rows"])
    with transaction.atomic():
        gone = set(Address.objects.filter(jurisdiction=city).values_list("address_id", flat=True)) - rows.keys()
        for part in _parts(sorted(gone)):
            Address.objects.filter(jurisdiction=city, address_id__in=part).delete()
        fields = ["address", "unit", "zipcode", "lat", "long", "search_key"]
        Address.objects.bulk_create(
            list(rows.values()), update_conflicts=True, unique_fields=["jurisdiction", "address_id"], update_fields=fields, batch_size=_BATCH
        )
        _places_changed(city)
    return PlacesImported(len(rows), len(gone))


def _places_changed(city: Jurisdiction) -> None:
    Jurisdiction.objects.filter(pk=city.pk).update(places_version=F("places_version") + 1)
    city.refresh_from_db(fields=["places_version"])


def _coded(file: Path, features: Sequence[Feature], id_key: str | None, only: str) -> list[tuple[str, Feature]]:
    expected = "polygons with an id each (--id-property names it)"
    if id_key is None:
        have = ", ".join(sorted({name for feature in features for name in feature.properties})) or "none"
        raise PlacesFileInvalid(file.name, expected, [f"no property that looks like an id; the properties are: {have}"])
    coded = [(area_code(feature.properties.get(id_key, "")), feature) for feature in features]
    faults = [f"feature {feature.number}: no {id_key!r}" for code, feature in coded if not code]
    chosen = [(code, feature) for code, feature in coded if code.startswith(only)]
    seen: set[str] = set()
    for code, feature in chosen:
        if code in seen:
            faults.append(f"feature {feature.number}: id {code!r} stands in the file twice")
        seen.add(code)
    if not chosen:
        faults.append(f"no id begins with {only!r}")
    if faults:
        raise PlacesFileInvalid(file.name, expected, faults)
    return chosen


def _first_alias(features: Sequence[Feature], aliases: Sequence[str]) -> str | None:
    names = {name.lower(): name for name in features[0].properties}
    return next((names[alias] for alias in aliases if alias in names), None)


def _area(city: Jurisdiction, code: str, feature: Feature) -> Area:
    west, south, east, north = feature.geometry.bounds
    land = _number(feature.properties, LAND_ALIASES)
    population = _number(feature.properties, POPULATION_ALIASES)
    return Area(
        jurisdiction=city,
        code=code[:64],
        name=(_text(feature.properties, NAME_ALIASES) or f"Tract {code}")[:120],
        population=None if population is None else int(population),
        land_sq_mi=land_area_sq_mi(feature.geometry) if land is None else land,
        land_area_computed=land is None,
        shape=feature.as_geojson(),
        west=west,
        south=south,
        east=east,
        north=north,
        properties=dict(feature.properties),
        is_retired=False,
    )


def _street(city: Jurisdiction, feature: Feature) -> Street:
    west, south, east, north = feature.geometry.bounds
    kind = _text(feature.properties, ("class", "kind"))
    return Street(
        jurisdiction=city,
        name=_text(feature.properties, ("name", "fullname", "street"))[:120],
        kind="major" if kind == "major" else "minor",
        shape=feature.as_geojson(),
        west=west,
        south=south,
        east=east,
        north=north,
    )


def _address(city: Jurisdiction, cells: Mapping[str, str]) -> Address | str:
    identity, words = cells["address_id"].strip(), cells["address"].strip()
    if not identity or not words:
        return "address_id and address must not be empty"
    if len(identity) > 64 or len(words) > 200:
        return "address_id has at most 64 and address at most 200 characters"
    try:
        lat, long = float(cells["lat"]), float(cells["long"])
    except ValueError:
        return f"lat {cells['lat']!r} and long {cells['long']!r} must be numbers"
    if not (-90 <= lat <= 90 and -180 <= long <= 180):
        return f"lat {lat} and long {long} are no degrees"
    unit, zipcode = cells.get("unit", "").strip()[:40], cells.get("zipcode", "").strip().removesuffix(".0")[:16]
    key = search_key(words, unit, zipcode)
    return Address(jurisdiction=city, address_id=identity, address=words, unit=unit, zipcode=zipcode, lat=lat, long=long, search_key=key)


def _table(file: Path, expected: str, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    theirs = {name: columns.get(name, name) for name in ADDRESS_COLUMNS}
    try:
        data = file.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
    except FileNotFoundError:
        raise PlacesFileInvalid(str(file), expected, ["no such file"]) from None
    except (OSError, EOFError) as error:
        raise PlacesFileInvalid(str(file), expected, [f"the file cannot be read: {error}"]) from error
    except UnicodeDecodeError as error:
        raise PlacesFileInvalid(file.name, expected, [f"not UTF-8 text: {error}"]) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    have = reader.fieldnames or []
    missing = [theirs[name] for name in ("address_id", "address", "lat", "long") if theirs[name] not in have]
    if missing:
        raise PlacesFileInvalid(file.name, expected, [f"no column {name!r}" for name in missing] + [f"the columns are: {', '.join(have) or 'none'}"])
    for cells in reader:
        yield reader.line_num, {name: (cells.get(their) or "") for name, their in theirs.items()}


def _text(properties: Mapping[str, Any], aliases: Sequence[str]) -> str:
    lower = {name.lower(): value for name, value in properties.items()}
    return next((str(lower[alias]).strip() for alias in aliases if lower.get(alias) not in (None, "")), "")


def _number(properties: Mapping[str, Any], aliases: Sequence[str]) -> float | None:
    try:
        return float(_text(properties, aliases))
    except ValueError:
        return None


def _parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
