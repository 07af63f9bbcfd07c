"""Places by what people type."""

from __future__ import annotations

from typing import Any

import pytest

from evenhand.web.places import geocoding, shapes
from evenhand.web.places.coordinates import coordinates_in
from evenhand.web.places.distances import box_around, meters_between
from evenhand.web.places.models import Address, Jurisdiction, Street
from evenhand.web.places.street_corners import corners_like
from tests import cast


@pytest.mark.parametrize(
    ("typed", "point"),
    [
        ("42.35, -71.06", (42.35, -71.06)),
        ("42.35 -71.06", (42.35, -71.06)),
        ("(42.35,-71.06)", (42.35, -71.06)),
        ("42,35; -71,06", (42.35, -71.06)),
        ("42,35, -71,06", (42.35, -71.06)),
        ("42.35° N, 71.06° W", (42.35, -71.06)),
        ("N 42.35 W 71.06", (42.35, -71.06)),
        ("71.06W 42.35N", (42.35, -71.06)),
        ("42.35 N 71.06 O", (42.35, -71.06)),
        ("42°21' N 71°3.6' W", (42.35, -71.06)),
        ("42°21′0″N, 71°3′36″W", (42.35, -71.06)),
        ("42°21'0\"N71°3'36\"W", (42.35, -71.06)),
        ("−33.87, 151.21", (-33.87, 151.21)),
    ],
)
def test_coordinates_are_read_as_people_write_them(typed: str, point: tuple[float, float]) -> None:
    assert coordinates_in(typed) == pytest.approx(point, abs=1e-9)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12 Main Street",
        "12 34",
        "12",
        "42.35",
        "42.35, ",
        "142.35, 91.5",
        "42.35 N 71.06 N",
        "42°75'N 71°3'W",
        "42.35, -71.06, 5.5",
        "1.5e3, 2.5",
        "nan, nan",
        "9" * 500,
        "42.35 " * 40,
    ],
)
def test_what_is_not_surely_two_coordinates_is_none(typed: str) -> None:
    assert coordinates_in(typed) is None


def test_a_degree_of_latitude_is_111_kilometres_and_one_of_longitude_shrinks_with_the_cosine() -> None:
    # On a sphere of 6,371.0 km a degree is 6371000 × π / 180 = 111,194.9 m; at 60° north the cosine is one half.
    assert meters_between(42.0, -71.0, 43.0, -71.0) == pytest.approx(111_194.9, abs=1)
    assert meters_between(60.0, 10.0, 60.0, 11.0) == pytest.approx(55_597.5, rel=1e-3)


def test_a_box_holds_all_that_is_near() -> None:
    west, south, east, north = box_around(42.36, -71.05, 100.0)
    assert meters_between(42.36, -71.05, north, -71.05) == pytest.approx(100.0, rel=1e-3)
    assert meters_between(42.36, -71.05, 42.36, west) == pytest.approx(100.0, rel=1e-3)
    assert (south < 42.36 < north, west < -71.05 < east) == (True, True)


def test_a_point_lies_in_its_area_and_outside_in_none(harbor: Jurisdiction) -> None:
    for (lat, long), code in ((cast.IN_DOCKSIDE, "dockside"), (cast.IN_HILLTOP, "hilltop")):
        area = shapes.area_at(harbor, lat, long)
        assert area is not None
        assert area.code == code
    assert shapes.area_at(harbor, *cast.OUTSIDE) is None


def test_a_point_on_the_border_of_the_city_belongs_to_it(harbor: Jurisdiction) -> None:
    assert shapes.is_inside(harbor, cast.NORTH, -71.05)
    assert not shapes.is_inside(harbor, cast.NORTH + 1e-6, -71.05)


def test_a_point_between_two_areas_always_has_the_same_one(harbor: Jurisdiction) -> None:
    area = shapes.area_at(harbor, 42.36, cast.MIDDLE)
    assert area is not None
    assert area.code == "dockside"


def test_shapes_are_read_once_a_version(harbor: Jurisdiction, django_assert_num_queries: Any) -> None:
    shapes.area_at(harbor, *cast.IN_DOCKSIDE)
    with django_assert_num_queries(0):
        shapes.area_at(harbor, *cast.IN_HILLTOP)
    harbor.areas.filter(code="dockside").update(is_retired=True)
    harbor.places_version += 1
    harbor.save()
    assert shapes.area_at(harbor, *cast.IN_DOCKSIDE) is None


def test_a_retired_area_gets_no_new_points(harbor: Jurisdiction) -> None:
    harbor.areas.update(is_retired=True)
    assert shapes.area_at(harbor, *cast.IN_DOCKSIDE) is None
    assert shapes.is_inside(harbor, *cast.IN_DOCKSIDE)


@pytest.fixture
def streets(harbor: Jurisdiction) -> Jurisdiction:
    make_street(harbor, "Main Street", [(-71.05, 42.35), (-71.05, 42.37)])
    make_street(harbor, "Elm Street", [(-71.055, 42.36), (-71.045, 42.36)])
    make_street(harbor, "Ocean Avenue", [(-71.055, 42.37), (-71.045, 42.3701)])
    make_street(harbor, "Far Street", [(-71.03, 42.35), (-71.03, 42.37)])
    return harbor


def make_street(city: Jurisdiction, name: str, line: list[tuple[float, float]]) -> None:
    longs, lats = [x for x, _ in line], [y for _, y in line]
    shape = {"type": "LineString", "coordinates": [list(point) for point in line]}
    Street.objects.create(jurisdiction=city, name=name, shape=shape, west=min(longs), south=min(lats), east=max(longs), north=max(lats))


@pytest.mark.parametrize(
    "typed", ["Main & Elm", "main st and elm st", "Elm Street / Main Street", "corner of Main and Elm", "esquina de Elm y Main", "MAIN ST @ ELM"]
)
def test_a_corner_is_found_however_it_is_said(streets: Jurisdiction, typed: str) -> None:
    ((name, lat, long),) = corners_like(streets, typed)
    assert set(name.split(" & ")) == {"Main Street", "Elm Street"}
    assert (lat, long) == pytest.approx((42.36, -71.05), abs=1e-9)


def test_streets_that_nearly_meet_cross_there(streets: Jurisdiction) -> None:
    # Main Street ends at 42.37; Ocean Avenue passes 5.6 m north of there (0.00005 degrees).
    ((name, lat, _long),) = corners_like(streets, "Main & Ocean")
    assert name == "Main Street & Ocean Avenue"
    assert lat == pytest.approx(42.370025, abs=1e-6)


@pytest.mark.parametrize("typed", ["Main & Far", "Main", "& &", "Main & Nowhere", "Main & Elm & Far", "", "12 Main Street"])
def test_what_names_no_corner_finds_none(streets: Jurisdiction, typed: str) -> None:
    assert corners_like(streets, typed) == []


def test_a_typed_corner_is_a_place_with_its_name(streets: Jurisdiction) -> None:
    place = geocoding.look_up(streets, "Main & Elm").place
    assert place is not None
    assert (place.label, place.quality, place.area.code if place.area else "") == ("Main Street & Elm Street", "exact", "dockside")
    assert geocoding.by_key(streets, place.key, "Main & Elm") == place


def test_without_addresses_a_point_is_named_after_its_street(streets: Jurisdiction) -> None:
    assert geocoding.describe(streets, 42.3550, -71.0502).label == "Main Street"


def test_the_address_typed_to_the_letter_is_taken_although_others_begin_like_it(harbor: Jurisdiction) -> None:
    cast.make_address(harbor, "1 Main Street", lat=42.351, long=-71.05, address_id="M1")
    cast.make_address(harbor, "1 Main Street Rear", lat=42.352, long=-71.05, address_id="M1R")
    place = geocoding.look_up(harbor, "1 main st").place
    assert place is not None
    assert place.address_ref == "M1"


def test_same_words_in_two_zip_codes_are_told_apart(harbor: Jurisdiction) -> None:
    for code, lat in (("02101", 42.351), ("02102", 42.371)):
        key = f"5 park street {code}"
        cast.make_address(harbor, "5 Park Street", lat=lat, long=-71.05, zipcode=code, search_key=key)
    lookup = geocoding.look_up(harbor, "5 park street")
    assert lookup.place is None
    assert [place.label for place in lookup.suggestions] == ["5 Park Street, 02101", "5 Park Street, 02102"]


def test_suggestions_are_at_most_eight_in_the_order_of_house_numbers(harbor: Jurisdiction) -> None:
    for number in (100, 9, 20, 3, 55, 7, 81, 60, 70, 2):
        cast.make_address(harbor, f"{number} Oak Street", lat=42.35, long=-71.05)
    labels = [place.label for place in geocoding.suggestions(harbor, "oak")]
    assert labels == [f"{number} Oak Street" for number in (2, 3, 7, 9, 20, 55, 60, 70)]


def test_a_label_that_says_near_may_be_typed_back(harbor: Jurisdiction) -> None:
    cast.make_address(harbor, "7 Elm Street", lat=42.365, long=-71.031, address_id="E7")
    place = geocoding.look_up(harbor, "near 7 Elm Street").place
    assert place is not None
    assert place.address_ref == "E7"


def test_another_citys_address_is_not_found(harbor: Jurisdiction) -> None:
    other = cast.make_city("bayside", "Bayside", shift=0.2)
    cast.make_address(other, "7 Elm Street", lat=42.365, long=-70.831, address_id="E7")
    assert Address.objects.count() == 1
    assert geocoding.suggestions(harbor, "7 elm") == []
    assert geocoding.by_key(harbor, "E7") is None
