"""Harbor Bend, the invented town that a fresh installation serves: no data file, no network, nothing taken from a real place.

Modelling choice: one seed gives one town, whatever the day; only the requests depend on `until`, so that the last year always ends today. Each part
draws from a generator of its own, so that more requests do not move a street.
"""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from evenhand.twin.errors import SampleCityError
from evenhand.twin.sample_addresses import Door, build_addresses
from evenhand.twin.sample_desk import sample_desk
from evenhand.twin.sample_ground import QUARTERS, Ground, build_ground, collection, feature, to_degrees
from evenhand.twin.sample_requests import SampleRequest, build_places, build_requests
from evenhand.twin.sample_services import services_file
from evenhand.twin.sample_streets import Street, build_streets, corners

NAME = "Harbor Bend (sample)"
_DRAWN = {"boundary.geojson", "areas.geojson", "streets.geojson", "grounds.geojson"}
ADDRESS_COLUMNS = ("address_id", "address", "unit", "zipcode", "lat", "long")


@dataclass(frozen=True, slots=True)
class SampleAddress:
    """One row of the address file, columns by the contract of addresses."""

    address_id: str
    address: str
    unit: str
    zipcode: str
    lat: float
    long: float


@dataclass(frozen=True, slots=True)
class SampleCity:
    """Everything that a city is made of here; GeoJSON in degrees (WGS 84), `boundary` a feature, the rest collections."""

    name: str
    timezone: str
    language: str
    emergency: str
    boundary: dict[str, Any]
    areas: dict[str, Any]
    streets: dict[str, Any]
    grounds: dict[str, Any]
    addresses: tuple[SampleAddress, ...]
    services: dict[str, Any]
    requests: tuple[SampleRequest, ...]
    synthetic: bool = True


def build_sample_city(seed: int = 8311, requests: int = 1200, *, until: datetime) -> SampleCity:
    """Build the sample city.

    Parameters
    ----------
    seed
        The same seed gives the same town; another one moves the coast, the streets and the numbers.
    requests
        How many requests the past year has.
    until
        Aware moment at which the year of requests ends; what would close later is still open. Seconds are dropped.

    Raises
    ------
    SampleCityError
        If `until` has no time zone or `requests` is negative.

    Examples
    --------
    >>> city = build_sample_city(requests=100, until=datetime(2026, 1, 1, tzinfo=UTC))
    >>> city.name, len(city.requests)
    ('Harbor Bend (sample)', 100)
    """
    if until.tzinfo is None:
        raise SampleCityError("naive_moment", f"Expected `until` with a time zone, got {until.isoformat()}: add tzinfo=UTC.", until=until.isoformat())
    if requests < 0:
        raise SampleCityError("negative_count", f"Expected 0 or more requests, got {requests}.", requests=requests)
    draw = [np.random.default_rng([seed, part]) for part in range(5)]
    ground = build_ground(draw[0])
    streets = build_streets(ground, draw[1])
    doors = build_addresses(ground, streets, draw[2])
    places = build_places(ground, doors, corners(streets), draw[3])
    return SampleCity(
        name=NAME,
        timezone="America/New_York",
        language="en",
        emergency="911",
        boundary={**feature(ground.boundary, name=NAME), "synthetic": True},
        areas=_areas(ground),
        streets=_streets(streets),
        grounds=_grounds(ground),
        addresses=tuple(_address(door) for door in doors),
        services=services_file({"harbor": [_geoid(index) for index, quarter in enumerate(QUARTERS) if quarter.harbor]}),
        requests=build_requests(places, requests, until.astimezone(UTC).replace(second=0, microsecond=0), draw[4]),
    )


def write_sample_city(folder: Path, city: SampleCity) -> None:
    """Write the files that the import commands read; the folder is made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "boundary.geojson": city.boundary,
        "areas.geojson": city.areas,
        "streets.geojson": city.streets,
        "grounds.geojson": city.grounds,
        "services.json": city.services,
        "configuration.json": sample_desk(),
    }
    for name, content in parts.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=None if name in _DRAWN else 2) + "\n", encoding="utf-8")
    with (folder / "addresses.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, fieldnames=ADDRESS_COLUMNS)
        rows.writeheader()
        rows.writerows(asdict(address) for address in city.addresses)


def _geoid(index: int) -> str:
    """Twelve digits like a block group's; no state has the code 99."""
    return f"99001{(index + 1) * 100:06d}1"


def _areas(ground: Ground) -> dict[str, Any]:
    features = [
        feature(area, geoid=_geoid(index), name=quarter.name, population=round(quarter.people_per_km2 * area.area / 1e6))
        for index, (quarter, area) in enumerate(zip(QUARTERS, ground.areas, strict=True))
    ]
    return collection(f"Neighborhoods of {NAME}", features)


def _streets(streets: tuple[Street, ...]) -> dict[str, Any]:
    features = [feature(street.line, **{"name": street.name, "class": "major" if street.is_major else "minor"}) for street in streets]
    return collection(f"Streets of {NAME}", features)


def _grounds(ground: Ground) -> dict[str, Any]:
    water = [("Bend River", ground.river), ("Lantern Harbor", ground.harbor), ("Kettle Pond", ground.pond)]
    features = [feature(park, name=name, kind="park") for name, park in ground.parks]
    return collection(f"Parks and water of {NAME}", features + [feature(shape, name=name, kind="water") for name, shape in water])


def _address(door: Door) -> SampleAddress:
    longitude, latitude = shapely.get_coordinates(to_degrees(door.point))[0].tolist()
    return SampleAddress(door.address_id, door.address, door.unit, door.zipcode, latitude, longitude)
