"""The sample city hangs together: its shapes fit, its addresses lie in it, and the same seed builds it again."""

import csv
import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import Point, shape

from evenhand.twin.errors import SampleCityError
from evenhand.twin.sample_city import SampleCity, build_sample_city, write_sample_city

pytestmark = pytest.mark.slow

UNTIL = datetime(2026, 11, 22, 5, tzinfo=UTC)
SEEDS = (8311, 1)


@pytest.fixture(scope="module", params=SEEDS)
def city(request: pytest.FixtureRequest) -> SampleCity:
    return build_sample_city(request.param, requests=60, until=UNTIL)


def shapes(collection: dict[str, Any]) -> list[Any]:
    return [shape(feature["geometry"]) for feature in collection["features"]]


def land(city: SampleCity) -> Any:
    return shape(city.boundary["geometry"])


def test_the_same_seed_builds_the_same_city() -> None:
    assert build_sample_city(5, 40, until=UNTIL) == build_sample_city(5, 40, until=UNTIL)


def test_another_seed_builds_another_coast() -> None:
    assert build_sample_city(5, 0, until=UNTIL).boundary != build_sample_city(6, 0, until=UNTIL).boundary


def test_another_day_moves_no_street_and_no_house() -> None:
    early, late = (build_sample_city(5, 10, until=UNTIL.replace(year=year)) for year in (2025, 2026))
    assert (early.streets, early.addresses, early.areas) == (late.streets, late.addresses, late.areas)


def test_areas_tile_the_boundary_without_gap_or_overlap(city: SampleCity) -> None:
    areas, whole = shapes(city.areas), land(city)
    assert len(areas) == 14
    assert all(area.is_valid and area.geom_type == "Polygon" for area in areas)
    assert sum(area.area for area in areas) == pytest.approx(whole.area, rel=1e-6)
    assert shapely.union_all(areas).symmetric_difference(whole).area < 1e-6 * whole.area
    assert max(one.intersection(other).area for one, other in combinations(areas, 2)) < 1e-9 * whole.area


def test_the_city_is_a_town_of_about_forty_square_kilometres(city: SampleCity) -> None:
    square_km = land(city).area * 111.32 * 110.99 * 0.8  # cos 36.9° = 0.80
    assert 36 < square_km < 48
    assert 100_000 < sum(feature["properties"]["population"] for feature in city.areas["features"]) < 200_000


def test_area_ids_are_twelve_digits_of_no_real_state(city: SampleCity) -> None:
    ids = [feature["properties"]["geoid"] for feature in city.areas["features"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"99\d{10}", geoid) for geoid in ids)


def test_streets_are_named_lines_inside_the_city(city: SampleCity) -> None:
    features = city.streets["features"]
    assert 250 <= len(features) <= 450
    assert {feature["properties"]["class"] for feature in features} == {"major", "minor"}
    assert all(feature["properties"]["name"] and feature["geometry"]["type"] == "LineString" for feature in features)
    assert all(land(city).buffer(1e-5).contains(line) for line in shapes(city.streets))


def test_streets_cross_the_river_only_by_bridges_and_avenues(city: SampleCity) -> None:
    river = next(shape(ground["geometry"]) for ground in city.grounds["features"] if ground["properties"]["name"] == "Bend River")
    wet = {f["properties"]["name"] for f in city.streets["features"] if shape(f["geometry"]).intersects(river)}
    assert {name for name in wet if name.endswith("Bridge")} == {"Belltower Bridge", "Customs Bridge", "Ferry Bridge", "Tannery Bridge"}
    minor = {f["properties"]["name"] for f in city.streets["features"] if f["properties"]["class"] == "minor"}
    assert not wet & minor


def test_about_six_thousand_addresses_stand_on_dry_land_in_the_city(city: SampleCity) -> None:
    assert 5_000 <= len(city.addresses) <= 7_000
    water = shapely.union_all([shape(f["geometry"]) for f in city.grounds["features"] if f["properties"]["kind"] == "water"])
    points = [Point(row.long, row.lat) for row in city.addresses]
    assert all(shapely.contains(land(city), points))
    assert not any(shapely.contains(water, points))


def test_no_address_comes_twice(city: SampleCity) -> None:
    assert len({row.address_id for row in city.addresses}) == len(city.addresses)
    assert len({(row.address, row.unit) for row in city.addresses}) == len(city.addresses)


def test_addresses_have_several_zip_codes_and_some_units(city: SampleCity) -> None:
    assert len({row.zipcode for row in city.addresses}) >= 4
    assert all(re.fullmatch(r"000\d\d", row.zipcode) for row in city.addresses)  # a prefix that no post office uses
    assert 100 < sum(row.unit != "" for row in city.addresses) < len(city.addresses) / 3


def test_odd_and_even_numbers_stand_on_opposite_sides(city: SampleCity) -> None:
    lines = defaultdict(list)
    for feature in city.streets["features"]:
        lines[feature["properties"]["name"]].append(shape(feature["geometry"]))
    sides: Counter[tuple[int, bool]] = Counter()
    for row in city.addresses:
        number, street = row.address.split(" ", 1)
        line = min(lines[street], key=Point(row.long, row.lat).distance)
        at = line.project(Point(row.long, row.lat))
        here, beyond = line.interpolate(max(at - 1e-5, 0)), line.interpolate(at + 1e-5)
        left = (beyond.x - here.x) * (row.lat - here.y) - (beyond.y - here.y) * (row.long - here.x) > 0
        sides[int(number) % 2, left] += 1
    assert sides[1, True] + sides[0, False] > 0.98 * sides.total()


def test_house_numbers_ascend_along_a_street(city: SampleCity) -> None:
    longest = max((f for f in city.streets["features"] if f["properties"]["class"] == "minor"), key=lambda f: shape(f["geometry"]).length)
    line, name = shape(longest["geometry"]), longest["properties"]["name"]
    on_it = [row for row in city.addresses if row.address.split(" ", 1)[1] == name and line.distance(Point(row.long, row.lat)) < 3e-4]
    in_order = sorted(on_it, key=lambda row: line.project(Point(row.long, row.lat)))
    numbers = [int(row.address.split()[0]) for row in in_order]
    assert len(numbers) >= 8
    assert all(later >= earlier - 1 for earlier, later in pairwise(numbers))  # neighbors across the road share a pair of numbers


def test_every_file_says_that_it_is_synthetic(city: SampleCity, tmp_path: Path) -> None:
    write_sample_city(tmp_path / "new", city)
    for name in ("boundary.geojson", "areas.geojson", "streets.geojson", "grounds.geojson", "services.json"):
        content = json.loads((tmp_path / "new" / name).read_text(encoding="utf-8"))
        assert content["synthetic"] is True, name
    assert city.name.endswith("(sample)")


def test_the_address_file_has_the_contract_columns_and_every_row(city: SampleCity, tmp_path: Path) -> None:
    write_sample_city(tmp_path, city)
    with (tmp_path / "addresses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["address_id", "address", "unit", "zipcode", "lat", "long"]
    assert [row["address_id"] for row in rows] == [row.address_id for row in city.addresses]


def test_what_is_written_reads_back_equal(city: SampleCity, tmp_path: Path) -> None:
    write_sample_city(tmp_path, city)
    assert json.loads((tmp_path / "areas.geojson").read_text(encoding="utf-8")) == city.areas
    assert json.loads((tmp_path / "services.json").read_text(encoding="utf-8")) == city.services


def test_a_moment_without_a_zone_is_refused_with_what_to_do() -> None:
    with pytest.raises(SampleCityError, match="add tzinfo=UTC") as caught:
        build_sample_city(until=UNTIL.replace(tzinfo=None))
    assert caught.value.code == "naive_moment"


def test_fewer_than_no_requests_are_refused() -> None:
    with pytest.raises(SampleCityError, match="0 or more"):
        build_sample_city(requests=-1, until=UNTIL)
