"""The base map: simplified but closed, neighbours with one border, streets merged and cut to their tile, cached by version."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import shapely
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from shapely.geometry import shape

from evenhand.web.places import base_map
from evenhand.web.places.base_map import streets_tile, tile_bounds
from evenhand.web.places.models import Ground, Jurisdiction, Street
from evenhand.web.places.versions import kept_for_version
from evenhand.web.service_requests.cells import tile
from tests.cast import EAST, IN_DOCKSIDE, NORTH, SOUTH, WEST, box

pytestmark = pytest.mark.django_db


def make_street(city: Jurisdiction, name: str, line: list[tuple[float, float]], kind: str = "minor") -> Street:
    longs, lats = zip(*line, strict=True)
    geometry = {"type": "LineString", "coordinates": [list(point) for point in line]}
    return Street.objects.create(
        jurisdiction=city, name=name, kind=kind, shape=geometry, west=min(longs), south=min(lats), east=max(longs), north=max(lats)
    )


def tile_of(client: Client, lat: float, long: float) -> dict[str, Any]:
    x, y = tile(lat, long, 14)
    answer = client.get(f"/map/streets/14/{x}/{y}.json")
    assert answer.status_code == 200
    return dict(answer.json())


def test_areas_come_with_code_name_and_address(client: Client, harbor: Jurisdiction) -> None:
    collection = client.get("/map/areas.json").json()
    assert collection["type"] == "FeatureCollection"
    assert [feature["properties"] for feature in collection["features"]] == [
        {"code": "dockside", "name": "Dockside", "url": "/areas/dockside/"},
        {"code": "hilltop", "name": "Hilltop", "url": "/areas/hilltop/"},
    ]
    shapes = [shape(feature["geometry"]) for feature in collection["features"]]
    assert shapes[0].union(shapes[1]).area == pytest.approx((EAST - WEST) * (NORTH - SOUTH), rel=1e-6)


def test_neighbours_keep_one_border_when_simplified(client: Client, harbor: Jurisdiction) -> None:
    # A border that wiggles by a metre or two: simplified one by one, the two sides would part.
    middle = [[-71.04 + (0.00002 if n % 2 else 0), SOUTH + n * (NORTH - SOUTH) / 400] for n in range(401)]
    west = {"type": "Polygon", "coordinates": [[[WEST, SOUTH], *middle, [WEST, NORTH], [WEST, SOUTH]]]}
    east = {"type": "Polygon", "coordinates": [[[EAST, SOUTH], [EAST, NORTH], *reversed(middle), [EAST, SOUTH]]]}
    harbor.areas.filter(code="dockside").update(shape=west)
    harbor.areas.filter(code="hilltop").update(shape=east)
    shapes = [shape(feature["geometry"]) for feature in client.get("/map/areas.json").json()["features"]]
    assert shapes[0].intersection(shapes[1]).area == 0
    assert shapes[0].union(shapes[1]).geom_type == "Polygon"
    assert sum(shapely.get_num_coordinates(one) for one in shapes) < 802 / 5


def test_layers_are_validated_strongly_and_sent_compressed(client: Client, harbor: Jurisdiction) -> None:
    plain = client.get("/map/areas.json")
    packed = client.get("/map/areas.json", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert not plain.headers["ETag"].startswith("W/")
    again = client.get("/map/areas.json", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_new_version_of_the_places_is_a_new_layer(client: Client, harbor: Jurisdiction, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    before = client.get("/map/areas.json").headers["ETag"]
    with django_assert_num_queries(1):  # the cities; the layer is kept
        client.get("/map/areas.json")
    harbor.areas.filter(code="dockside").update(name="Docks")
    Jurisdiction.objects.update(places_version=harbor.places_version + 1)
    assert client.get("/map/areas.json").headers["ETag"] != before


def test_grounds_come_with_their_kind(client: Client, harbor: Jurisdiction) -> None:
    Ground.objects.create(jurisdiction=harbor, kind="park", name="The Green", shape=box(-71.05, 42.35, -71.045, 42.355))
    (feature,) = client.get("/map/grounds.json").json()["features"]
    assert feature["properties"] == {"kind": "park", "name": "The Green"}
    assert shape(feature["geometry"]).area == pytest.approx(0.005 * 0.005, rel=1e-6)


def test_a_bow_tie_shape_is_repaired_and_not_refused(client: Client, harbor: Jurisdiction) -> None:
    bow = {"type": "Polygon", "coordinates": [[[-71.05, 42.35], [-71.04, 42.36], [-71.04, 42.35], [-71.05, 42.36], [-71.05, 42.35]]]}
    Ground.objects.create(jurisdiction=harbor, kind="water", shape=bow)
    harbor.areas.filter(code="dockside").update(shape=bow)
    for address in ("/map/grounds.json", "/map/areas.json"):
        for feature in client.get(address).json()["features"]:
            assert shape(feature["geometry"]).is_valid


def test_pieces_of_one_street_become_one_line(client: Client, harbor: Jurisdiction) -> None:
    lat, long = IN_DOCKSIDE
    make_street(harbor, "Wharf Street", [(long - 0.002, lat), (long - 0.001, lat)])
    make_street(harbor, "Wharf Street", [(long - 0.001, lat), (long, lat)])
    make_street(harbor, "Wharf Street", [(long, lat), (long + 0.001, lat)], kind="major")
    lines = tile_of(client, lat, long)["lines"]
    assert {(line["name"], line["class"], len(line["paths"])) for line in lines} == {("Wharf Street", "minor", 1), ("Wharf Street", "major", 1)}
    minor = next(line for line in lines if line["class"] == "minor")
    assert sorted(minor["paths"][0]) == [[round(lat, 5), round(long - 0.002, 5)], [round(lat, 5), round(long, 5)]]


def test_streets_are_cut_to_their_tile_with_a_narrow_margin(client: Client, harbor: Jurisdiction) -> None:
    lat, long = IN_DOCKSIDE
    make_street(harbor, "Long Walk", [(long - 0.2, lat), (long + 0.2, lat)])
    (line,) = tile_of(client, lat, long)["lines"]
    west, _, east, _ = tile_bounds(*tile(lat, long, 14))
    longs = [point[1] for path in line["paths"] for point in path]
    margin = (east - west) * 0.02
    assert min(longs) == pytest.approx(west - margin, abs=1e-5)
    assert max(longs) == pytest.approx(east + margin, abs=1e-5)


def test_a_tile_that_is_none_is_404_in_words(client: Client, harbor: Jurisdiction) -> None:
    answer = client.get("/map/streets/14/99999/1.json")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_tile")


def test_tiles_kept_in_memory_are_bounded(harbor: Jurisdiction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base_map, "MOST_TILES_KEPT", 3)
    for x in range(10):
        streets_tile(harbor, x, 5)
    kept = kept_for_version(harbor, "street_tiles", lambda _: base_map._Tiles())
    assert list(kept.layers) == [(7, 5), (8, 5), (9, 5)]


def test_tiles_meet_where_web_mercator_says() -> None:
    # Tile 0/0 at zoom 1 is the north-western quarter of the world, up to 85.0511 degrees.
    assert tile_bounds(0, 0, 1) == pytest.approx((-180.0, 0.0, 0.0, 85.0511287798))


def test_without_a_city_layers_are_404(client: Client) -> None:
    for address in ("/map/areas.json", "/map/grounds.json", "/map/streets/14/1/1.json", "/map/requests.json"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert json.loads(answer.content)["status"] == 404
