"""A city's own files of areas, streets, grounds and addresses: forms of ids, computed areas, faults told at once, and the same again."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import shape

from evenhand.vocabulary.area_ids import area_code
from evenhand.vocabulary.degree_lengths import land_area_sq_mi
from evenhand.web.places import importing
from evenhand.web.places.area_names import area_name
from evenhand.web.places.errors import PlacesFileInvalid
from evenhand.web.places.geojson import POLYGONS, read_features
from evenhand.web.places.models import Address, Area, Ground, Jurisdiction, Street
from tests.cast import EAST, MIDDLE, NORTH, SOUTH, WEST, box

pytestmark = pytest.mark.django_db
SQ_METRES_A_SQ_MILE = 1609.344**2
WEST_HALF, EAST_HALF = box(WEST, SOUTH, MIDDLE, NORTH), box(MIDDLE, SOUTH, EAST, NORTH)


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson(folder: Path, *features: Any, name: str = "file.geojson") -> Path:
    file = folder / name
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def faults(raised: pytest.ExceptionInfo[PlacesFileInvalid]) -> list[str]:
    told: Any = raised.value.facts["faults"]
    return [str(fault) for fault in told]


# Ids


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("14000US25025010300", "25025010300"),
        ("1400000US25025010300", "25025010300"),
        ("25025010300", "25025010300"),
        (25025010300, "25025010300"),
        (25025010300.0, "25025010300"),
        ("25025010300.0", "25025010300"),
        (6075016400, "06075016400"),
        ("  06075016400 ", "06075016400"),
        ("Beacon Hill", "Beacon Hill"),
        ("Lone Mountain/USF", "Lone Mountain/USF"),
        (3, "3"),
        (None, ""),
        ("", ""),
        (True, ""),
        (["a"], ""),
    ],
)
def test_an_id_becomes_the_plain_code(published: object, code: str) -> None:
    assert area_code(published) == code


@pytest.mark.parametrize(
    ("code", "properties", "name"),
    [
        ("36081046200", {"NAME": "462"}, "Tract 462"),  # TRACTCE 046200 is published as NAME 462
        ("12073002512", {"NAME": "25.12", "NAMELSAD": "Census Tract 25.12"}, "Census Tract 25.12"),
        ("12073002512", {}, "Tract 25.12"),
        ("250250103001", {}, "Block group 1, tract 103"),
        ("32310", {"ZCTA5CE20": "32310"}, "Area 32310"),
        ("dockside", {"name": None, "label": "Dockside"}, "Dockside"),
        ("north-end", {}, "north-end"),
    ],
)
def test_an_area_is_called_what_the_file_calls_it_and_a_bare_number_is_told(code: str, properties: dict[str, Any], name: str) -> None:
    assert area_name(code, properties) == name


@pytest.mark.parametrize("alias", ["GEOID", "geoid10", "GEOID20", "tract_id", "FIPS_tract_id", "area_id"])
def test_the_id_is_found_under_the_names_in_use(harbor: Jurisdiction, tmp_path: Path, alias: str) -> None:
    file = geojson(tmp_path, feature(WEST_HALF, **{alias: "14000US25025010300", "NAME": "103"}), feature(EAST_HALF, **{alias: "25025010401"}))
    done = importing.import_areas(harbor, file)
    assert set(harbor.areas.filter(is_retired=False).values_list("code", flat=True)) == {"25025010300", "25025010401"}
    assert done.notes[0] == f"Ids are taken from the property {alias!r}."


def test_an_alias_that_is_empty_or_shared_gives_way_to_one_that_tells_areas_apart(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = geojson(
        tmp_path,
        feature(WEST_HALF, geoid=None, tractce="010300", nhood="Dockside"),
        feature(EAST_HALF, geoid=None, tractce="010300", nhood="Hilltop"),
    )
    importing.import_areas(harbor, file)
    assert set(harbor.areas.filter(is_retired=False).values_list("code", flat=True)) == {"Dockside", "Hilltop"}


# Land area


def test_a_missing_land_area_is_computed_and_said(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = geojson(tmp_path, feature(WEST_HALF, id="a"), feature(EAST_HALF, id="b", land_sq_mi=1.5))
    done = importing.import_areas(harbor, file)
    assert "Without a land area in the file, so that it was computed from their shapes: 1." in done.notes
    assert (harbor.areas.get(code="b").land_sq_mi, harbor.areas.get(code="b").land_area_computed) == (1.5, False)
    assert harbor.areas.get(code="a").land_area_computed


def test_the_computed_area_of_a_small_square_is_that_of_the_ellipsoid() -> None:
    """By hand: WGS 84 radii of curvature at 42.36° give 111,072 m and 82,397 m a degree; the tolerance is the series' own."""
    a, e2, latitude = 6_378_137.0, 0.00669437999014, math.radians(42.36)
    w2 = 1 - e2 * math.sin(latitude) ** 2
    metres_lat = math.radians(1) * a * (1 - e2) / w2**1.5
    metres_long = math.radians(1) * a / w2**0.5 * math.cos(latitude)
    by_hand = 0.02 * 0.04 * metres_lat * metres_long / SQ_METRES_A_SQ_MILE
    assert land_area_sq_mi(shape(WEST_HALF)) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize(
    ("file", "land", "water", "tolerance"),
    [
        # Census land and water together are the polygon's area. TIGER shapes are exact, the 2018 ones are generalised to 1:500,000.
        ("leon_county_fl/leon_tracts_2020_tiger.geojson", "ALAND", "AWATER", 0.001),
        ("leon_county_fl/leon_zcta_2020.geojson", "ALAND20", "AWATER20", 0.001),
    ],
)
def test_the_computed_area_is_the_census_bureau_s_to_one_in_a_thousand(file: str, land: str, water: str, tolerance: float, shared_data: Path) -> None:
    features = read_features(shared_data / file, POLYGONS)
    for one in features:
        published = (one.properties[land] + one.properties[water]) / SQ_METRES_A_SQ_MILE
        assert land_area_sq_mi(one.geometry) == pytest.approx(published, rel=tolerance), one.properties
    assert len(features) >= 10


def test_a_published_land_area_in_square_metres_is_taken(shared_data: Path, tmp_path: Path) -> None:
    from evenhand.web.places.cities import create_city
    from tests.cast import NOON

    file = shared_data / "leon_county_fl/leon_tracts_2020_tiger.geojson"
    leon = create_city("Leon", timezone="America/New_York", boundary=file, at=NOON)
    done = importing.import_areas(leon, file)
    first = json.loads(file.read_text())["features"][0]["properties"]
    area = leon.areas.get(code=first["GEOID"])
    assert (done.taken, area.name, area.land_area_computed) == (79, first["NAMELSAD"], False)
    assert area.land_sq_mi == pytest.approx(first["ALAND"] / SQ_METRES_A_SQ_MILE, rel=1e-12)


# Numbers that are none


@pytest.mark.parametrize("population", [-666666666, "N/A", None, "", "nan", "unknown"])
def test_a_population_that_is_no_count_is_unknown(harbor: Jurisdiction, tmp_path: Path, population: object) -> None:
    done = importing.import_areas(harbor, geojson(tmp_path, feature(WEST_HALF, id="a", population=population)))
    assert harbor.areas.get(code="a").population is None
    assert "Without a population in the file: 1." in done.notes


def test_what_is_no_json_number_is_null_and_can_be_stored(harbor: Jurisdiction, tmp_path: Path) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [feature(WEST_HALF, id="a", population=12.0, income="@", much="#")]})
    file = tmp_path / "nan.geojson"
    file.write_text(text.replace('"@"', "NaN").replace('"#"', "1e999"))
    importing.import_areas(harbor, file)
    area = Area.objects.get(code="a")
    assert (area.population, area.properties["income"], area.properties["much"]) == (12, None, None)


# The same again, and newer


def test_the_same_areas_again_change_nothing(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = geojson(tmp_path, feature(WEST_HALF, id="a", population=5), feature(EAST_HALF, id="b"))
    first = importing.import_areas(harbor, file)
    before = list(harbor.areas.order_by("pk").values_list())
    second = importing.import_areas(harbor, file)
    assert list(harbor.areas.order_by("pk").values_list()) == before
    assert (first.retired, second.retired) == (2, 0)  # Dockside and Hilltop were there before


def test_an_area_that_is_gone_is_retired_and_comes_back_as_itself(harbor: Jurisdiction, tmp_path: Path) -> None:
    both = geojson(tmp_path, feature(WEST_HALF, id="a"), feature(EAST_HALF, id="b"))
    importing.import_areas(harbor, both)
    key = harbor.areas.get(code="b").pk
    assert importing.import_areas(harbor, geojson(tmp_path, feature(WEST_HALF, id="a"), name="one.geojson")).retired == 1
    assert harbor.areas.get(code="b").is_retired
    importing.import_areas(harbor, both)
    assert (harbor.areas.get(code="b").pk, harbor.areas.get(code="b").is_retired) == (key, False)


def test_only_keeps_what_begins_so(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = geojson(tmp_path, feature(WEST_HALF, tract_id="14000US25025010300"), feature(EAST_HALF, tract_id="14000US25017010300"))
    assert importing.import_areas(harbor, file, only="25025").taken == 1


# Faults


def test_all_faults_of_a_file_are_told_at_once_and_nothing_is_taken(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = geojson(
        tmp_path,
        feature({"type": "Point", "coordinates": [0, 0]}, id="a"),
        feature(None, id="b"),
        feature(box(236000, 900000, 237000, 901000), id="c"),
        feature({"type": "Polygon", "coordinates": [[[0, 0], [1, None]]]}, id="d"),
        "no object",
        feature({"type": "Polygon", "coordinates": []}, id="e"),
    )
    before = list(harbor.areas.values_list())
    with pytest.raises(PlacesFileInvalid) as raised:
        importing.import_areas(harbor, file)
    assert [fault.split(":")[0] for fault in faults(raised)] == [f"feature {n}" for n in range(1, 7)]
    assert list(harbor.areas.values_list()) == before


def test_ids_that_are_missing_or_twice_are_all_named(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = geojson(tmp_path, feature(WEST_HALF, id="a"), feature(EAST_HALF, id="a"), feature(EAST_HALF), feature(EAST_HALF, id="x" * 65))
    with pytest.raises(PlacesFileInvalid) as raised:
        importing.import_areas(harbor, file)
    assert faults(raised) == [
        "feature 3: no 'id'",
        "feature 4: an id has at most 64 characters, got 65",
        "feature 2: id 'a' stands in the file twice",
    ]


def test_an_id_property_that_is_not_there_is_answered_with_those_that_are(harbor: Jurisdiction, tmp_path: Path) -> None:
    with pytest.raises(PlacesFileInvalid) as raised:
        importing.import_areas(harbor, geojson(tmp_path, feature(WEST_HALF, id="a", ward=3)), id_property="GEOID")
    assert faults(raised) == ["no property 'GEOID'; the properties are: id, ward"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not JSON"),
        (b'{"type": "FeatureCollection", "features": [', "not JSON"),
        (b"\xff\xfe{", "not UTF-8 text"),
        (b"[1, 2]", "no GeoJSON object"),
        (b'{"type": "FeatureCollection", "features": []}', "no features at all"),
        (b'{"type": "FeatureCollection", "features": {"a": 1}}', "features are no list"),
        (b'{"type": "FeatureCollection"}', "features are no list"),
        (b'{"type": "Feature", "properties": {"id": "a\\u0000b"}, "geometry": null}', "no text can hold"),
        (b"\x1f\x8bnot gzip", "cannot be read"),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_broken_file_is_said_to_be_broken(harbor: Jurisdiction, tmp_path: Path, content: bytes, fault: str) -> None:
    file = tmp_path / "broken.geojson"
    file.write_bytes(content)
    with pytest.raises(PlacesFileInvalid, match=fault):
        importing.import_areas(harbor, file)


def test_gzip_is_read(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson.gz"
    file.write_bytes(gzip.compress(geojson(tmp_path, feature(WEST_HALF, id="a")).read_bytes()))
    assert importing.import_areas(harbor, file).taken == 1


def test_another_city_s_file_and_swapped_coordinates_are_told(harbor: Jurisdiction, tmp_path: Path) -> None:
    swapped = box(SOUTH, WEST, NORTH, EAST)
    for take in (importing.import_areas, importing.import_grounds):
        with pytest.raises(PlacesFileInvalid, match="latitude and longitude swapped"):
            take(harbor, geojson(tmp_path, feature(swapped, id="a")))


# Streets and grounds


def street(*points: tuple[float, float], **properties: Any) -> dict[str, Any]:
    return feature({"type": "LineString", "coordinates": points}, **properties)


def test_streets_replace_those_that_were_there_and_unnamed_ones_are_said(harbor: Jurisdiction, tmp_path: Path) -> None:
    line = ((-71.05, 42.35), (-71.03, 42.36))
    file = geojson(tmp_path, street(*line, FULLNAME="Wharf Street", **{"class": "major"}), street(*line))
    for _ in range(2):
        done = importing.import_streets(harbor, file)
    assert done.notes == ("Streets without a name: 1.",)
    assert sorted(Street.objects.values_list("name", "kind")) == [("", "minor"), ("Wharf Street", "major")]
    assert Jurisdiction.objects.get().places_version == 3


def test_grounds_are_parks_or_waters(harbor: Jurisdiction, tmp_path: Path) -> None:
    importing.import_grounds(harbor, geojson(tmp_path, feature(WEST_HALF, kind="Water", name="Basin"), feature(EAST_HALF)))
    assert sorted(Ground.objects.values_list("kind", "name")) == [("park", ""), ("water", "Basin")]
    with pytest.raises(PlacesFileInvalid, match="kind 'swamp' is neither park nor water"):
        importing.import_grounds(harbor, geojson(tmp_path, feature(WEST_HALF, kind="swamp")))


# Addresses

HEADER = "address_id,address,unit,zipcode,lat,long\n"


def table(folder: Path, text: str) -> Path:
    file = folder / "addresses.csv"
    file.write_text(text)
    return file


def test_addresses_are_taken_updated_and_deleted_by_their_id(harbor: Jurisdiction, tmp_path: Path) -> None:
    importing.import_addresses(
        harbor, table(tmp_path, HEADER + "1,1 Wharf St,,2128.0,42.35,-71.05\n2,2 Wharf St,#4,02128,42.35,-71.05\n3,3 Hill Av,,,43.5,-71\n")
    )
    key = Address.objects.get(address_id="2").pk
    assert Address.objects.get(address_id="1").zipcode == "02128"
    done = importing.import_addresses(harbor, table(tmp_path, HEADER + "2,2 Wharf Street,#4,02128,42.36,-71.05\n"))
    assert (done.taken, done.retired) == (1, 2)
    assert list(Address.objects.values_list("pk", "address", "lat")) == [(key, "2 Wharf Street", 42.36)]


def test_addresses_outside_are_counted_and_all_outside_is_a_fault(harbor: Jurisdiction, tmp_path: Path) -> None:
    rows = "1,1 Wharf St,,,42.35,-71.05\n2,2 Far St,,,43.5,-71\n"
    assert importing.import_addresses(harbor, table(tmp_path, HEADER + rows)).notes == ("Outside the city's bounds: 1.",)
    with pytest.raises(PlacesFileInvalid, match="swapped"):
        importing.import_addresses(harbor, table(tmp_path, HEADER + "1,1 Wharf St,,,-71.05,42.35\n"))


def test_columns_of_other_names_are_mapped_whatever_their_case(harbor: Jurisdiction, tmp_path: Path) -> None:
    file = table(tmp_path, "ID,Full_Address,Y,X\n1,1 Wharf St,42.35,-71.05\n")
    importing.import_addresses(harbor, file, columns={"address_id": "id", "address": "FULL_ADDRESS", "lat": "Y", "long": "X"})
    assert Address.objects.get().search_key.startswith("1 wharf")


def test_all_missing_columns_are_named_at_once(harbor: Jurisdiction, tmp_path: Path) -> None:
    with pytest.raises(PlacesFileInvalid) as raised:
        importing.import_addresses(harbor, table(tmp_path, "id,street\n1,x\n"), columns={"lat": "Y", "nonsense": "id"})
    assert faults(raised) == [
        "no column 'address_id'",
        "no column 'address'",
        "no column 'Y'",
        "no column 'long'",
        "'nonsense' is none of the columns of addresses",
        "the columns are: id, street",
    ]


def test_every_line_that_cannot_be_used_is_named_and_nothing_is_taken(harbor: Jurisdiction, tmp_path: Path) -> None:
    rows = (
        "1,ok,,,42.35,-71.05",
        ",x,,,42,-71",
        "2,x,,,north,-71",
        "3,x,,,42,-271",
        "4,x,,,nan,-71",
        "1,again,,,42,-71",
        f"5,{'y' * 201},,,42,-71",
        "6",
    )
    with pytest.raises(PlacesFileInvalid) as raised:
        importing.import_addresses(harbor, table(tmp_path, HEADER + "\n".join(rows)))
    assert [fault.split(":")[0] for fault in faults(raised)] == [f"line {n}" for n in range(3, 10)]
    assert Address.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no column 'address_id'"),
        (HEADER, "a header and no line below it"),
        (HEADER + '1,"open quote,,,42,-71\n2,x,,,42,-71\n', "not CSV"),
        (HEADER + "1,a\0b,,,42.35,-71.05\n", "NUL"),
    ],
)
def test_a_broken_table_is_said_to_be_broken(harbor: Jurisdiction, tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(PlacesFileInvalid, match=fault):
        importing.import_addresses(harbor, table(tmp_path, text))
