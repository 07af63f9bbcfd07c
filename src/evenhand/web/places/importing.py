"""Areas, streets, grounds and addresses of a city from its own files. A file is read whole and checked before a row of it is written.

Areas that a newer file no longer has are retired, not deleted: requests point at them. Streets and addresses come by the hundred thousand, so they
are written in short transactions: the new ones first, then those that are gone are deleted. A run that was killed is mended by the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F
from shapely.geometry import box

from evenhand.vocabulary.area_ids import ID_ALIASES, area_code, text_of
from evenhand.vocabulary.degree_lengths import land_area_sq_mi
from evenhand.web.places.address_file import ADDRESS_FILE, read_addresses
from evenhand.web.places.area_names import area_name
from evenhand.web.places.errors import PlacesFileInvalid
from evenhand.web.places.geojson import LINES, POLYGONS, Feature, read_features
from evenhand.web.places.models import Address, Area, Ground, Jurisdiction, Street

POPULATION_ALIASES = ("population", "population2012", "pop", "pop2010", "total_pop", "total_population")
SQUARE_MILES_ALIASES = ("land_sq_mi",)
SQUARE_METRES_ALIASES = ("aland", "aland10", "aland20")
SQUARE_METRES_A_SQUARE_MILE = 2_589_988.110336
_BATCH = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PlacesImported:
    """What an import of places did, and what it had to compute or leave out, in words."""

    taken: int
    retired: int = 0
    notes: tuple[str, ...] = ()


def import_areas(city: Jurisdiction, file: Path, *, id_property: str | None = None, only: str = "") -> PlacesImported:
    """Areas from GeoJSON polygons; `only` keeps those whose code begins with it.

    Raises PlacesFileInvalid, naming every fault of the file.
    """
    features = read_features(file, POLYGONS)
    id_key = _id_property(file, features, id_property)
    coded = _coded(file, features, id_key, only)
    _require_in_city(city, file, [feature for _, feature in coded])
    rows = [_area(city, code, feature) for code, feature in coded]
    computed = sum(row.land_area_computed for row in rows)
    with transaction.atomic():
        fields = ["name", "population", "land_sq_mi", "land_area_computed", "shape", "west", "south", "east", "north", "properties", "is_retired"]
        Area.objects.bulk_create(rows, update_conflicts=True, unique_fields=["jurisdiction", "code"], update_fields=fields, batch_size=200)
        retired = Area.objects.filter(jurisdiction=city, is_retired=False).exclude(code__in=[row.code for row in rows]).update(is_retired=True)
        _places_changed(city)
    notes = [f"Ids are taken from the property {id_key!r}."]
    if computed:
        notes.append(f"Without a land area in the file, so that it was computed from their shapes: {computed:,}.")
    if unknown := sum(row.population is None for row in rows):
        notes.append(f"Without a population in the file: {unknown:,}.")
    return PlacesImported(len(rows), retired, tuple(notes))


def import_streets(city: Jurisdiction, file: Path) -> PlacesImported:
    """Streets from GeoJSON lines (`name`; `class` or `kind`: major or minor); the file replaces what was there."""
    features = read_features(file, LINES)
    _require_in_city(city, file, features)
    _replace(city, Street, [_street(city, feature) for feature in features])
    unnamed = sum(not _street_name(feature) for feature in features)
    return PlacesImported(len(features), notes=(f"Streets without a name: {unnamed:,}.",) if unnamed else ())


def import_grounds(city: Jurisdiction, file: Path) -> PlacesImported:
    """Parks and water for the base map (`kind`: park or water); the file replaces what was there."""
    features = read_features(file, POLYGONS)
    faults = [
        f"feature {feature.number}: kind {feature.properties.get('kind')!r} is neither park nor water"
        for feature in features
        if _ground_kind(feature) is None
    ]
    if faults:
        raise PlacesFileInvalid(file.name, "polygons whose property kind is park or water", faults)
    _require_in_city(city, file, features)
    _replace(city, Ground, [_ground(city, feature) for feature in features])
    return PlacesImported(len(features))


def import_addresses(city: Jurisdiction, file: Path, *, columns: Mapping[str, str] | None = None) -> PlacesImported:
    """Addresses from CSV (gzip too); `columns` maps our names to the file's. Known ids are updated, ids that are gone are deleted.

    Raises PlacesFileInvalid, naming all missing columns, or every line that cannot be used.
    """
    rows = read_addresses(city, file, columns or {})
    outside = sum(not (city.south <= row.lat <= city.north and city.west <= row.long <= city.east) for row in rows.values())
    if outside == len(rows):
        raise PlacesFileInvalid(file.name, ADDRESS_FILE, [f"no address lies in {city.name}: are latitude and longitude swapped?"])
    fields = ["address", "unit", "zipcode", "lat", "long", "search_key"]
    for part in _parts(list(rows.values())):
        with transaction.atomic():
            Address.objects.bulk_create(part, update_conflicts=True, unique_fields=["jurisdiction", "address_id"], update_fields=fields)
    gone = sorted(set(Address.objects.filter(jurisdiction=city).values_list("address_id", flat=True)) - rows.keys())
    for ids in _parts(gone):
        Address.objects.filter(jurisdiction=city, address_id__in=ids).delete()
    _places_changed(city)
    return PlacesImported(len(rows), len(gone), (f"Outside the city's bounds: {outside:,}.",) if outside else ())


def _replace(city: Jurisdiction, model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Put rows in the place of all that the city has of this kind; a page is never without them."""
    mine = model._default_manager.filter(jurisdiction=city)
    last = mine.order_by("-pk").values_list("pk", flat=True).first() or 0
    for part in _parts(rows):
        with transaction.atomic():
            model._default_manager.bulk_create(part)
    for keys in _parts(list(mine.filter(pk__lte=last).values_list("pk", flat=True))):
        mine.filter(pk__in=keys).delete()
    _places_changed(city)


def _places_changed(city: Jurisdiction) -> None:
    Jurisdiction.objects.filter(pk=city.pk).update(places_version=F("places_version") + 1)
    city.refresh_from_db(fields=["places_version"])


def _require_in_city(city: Jurisdiction, file: Path, features: Sequence[Feature]) -> None:
    """A file of another city, or one with latitude before longitude, is told by that nothing of it lies here."""
    here = box(*city.bounds)
    if not any(here.intersects(feature.geometry) for feature in features):
        raise PlacesFileInvalid(
            file.name, f"shapes in {city.name}", ["nothing of it lies in the city: is it another city's, or are latitude and longitude swapped?"]
        )


def _id_property(file: Path, features: Sequence[Feature], wanted: str | None) -> str:
    """The property that holds the ids: the one named, else the first known name that every feature has a value of its own under."""
    have = {name for feature in features for name in feature.properties}
    if wanted is not None:
        candidates = [name for name in have if name == wanted]
    else:
        by_name = {name.lower(): name for name in sorted(have)}
        candidates = [by_name[alias] for alias in ID_ALIASES if alias in by_name]
    if not candidates:
        said = f"no property {wanted!r}" if wanted is not None else "no property that looks like an id"
        raise PlacesFileInvalid(
            file.name, "polygons with an id each (--id-property names it)", [f"{said}; the properties are: {', '.join(sorted(have)) or 'none'}"]
        )
    whole = [name for name in candidates if all(_code(feature, name) for feature in features)]
    alone = [name for name in whole if len({_code(feature, name) for feature in features}) == len(features)]
    return (alone or whole or candidates)[0]


def _code(feature: Feature, id_key: str) -> str:
    return area_code(feature.properties.get(id_key))


def _coded(file: Path, features: Sequence[Feature], id_key: str, only: str) -> list[tuple[str, Feature]]:
    coded = [(_code(feature, id_key), feature) for feature in features]
    faults = [f"feature {feature.number}: no {id_key!r}" for code, feature in coded if not code]
    faults += [f"feature {feature.number}: an id has at most 64 characters, got {len(code)}" for code, feature in coded if len(code) > 64]
    chosen = [(code, feature) for code, feature in coded if code and code.startswith(only)]
    seen: set[str] = set()
    for code, feature in chosen:
        if code in seen:
            faults.append(f"feature {feature.number}: id {code!r} stands in the file twice")
        seen.add(code)
    if not chosen and not faults:
        faults.append(f"no id begins with {only!r}; the first is {coded[0][0]!r}")
    if faults:
        raise PlacesFileInvalid(file.name, "polygons with an id each (--id-property names it)", faults)
    return chosen


def _area(city: Jurisdiction, code: str, feature: Feature) -> Area:
    west, south, east, north = feature.geometry.bounds
    land = _land_sq_mi(feature.properties)
    population = _number(feature.properties, POPULATION_ALIASES)
    return Area(
        jurisdiction=city,
        code=code,
        name=area_name(code, feature.properties)[:120],
        population=None if population is None else round(population),
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


def _land_sq_mi(properties: Mapping[str, Any]) -> float | None:
    """As the file states it, in square miles or (census files) square metres."""
    miles, metres = _number(properties, SQUARE_MILES_ALIASES), _number(properties, SQUARE_METRES_ALIASES)
    return miles if miles is not None else None if metres is None else metres / SQUARE_METRES_A_SQUARE_MILE


def _street(city: Jurisdiction, feature: Feature) -> Street:
    west, south, east, north = feature.geometry.bounds
    kind = "major" if text_of(feature.properties, ("class", "kind")) == "major" else "minor"
    name = _street_name(feature)[:120]
    return Street(jurisdiction=city, name=name, kind=kind, shape=feature.as_geojson(), west=west, south=south, east=east, north=north)


def _street_name(feature: Feature) -> str:
    return text_of(feature.properties, ("name", "fullname", "street"))


def _ground(city: Jurisdiction, feature: Feature) -> Ground:
    name = text_of(feature.properties, ("name",))[:120]
    return Ground(jurisdiction=city, kind=_ground_kind(feature) or "park", name=name, shape=feature.as_geojson())


def _ground_kind(feature: Feature) -> str | None:
    kind = text_of(feature.properties, ("kind",)).lower() or "park"
    return kind if kind in {"park", "water"} else None


def _number(properties: Mapping[str, Any], aliases: Sequence[str]) -> float | None:
    """A count or measure; what is no number, not finite or negative (census files write -666666666) is unknown."""
    try:
        value = float(text_of(properties, aliases))
    except ValueError:
        return None
    return value if 0 <= value < 2**31 * 10 else None


def _parts(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
