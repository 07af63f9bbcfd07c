"""What scripts ask about places."""

from __future__ import annotations

import pytest
from django.test import Client

from evenhand.web.places.models import Jurisdiction
from tests import cast


@pytest.fixture(autouse=True)
def _addresses(harbor: Jurisdiction) -> None:
    cast.make_address(harbor, "7 Elm Street", lat=42.3650, long=-71.0310, address_id="E7")
    cast.make_address(harbor, "9 Elm Street", lat=42.3652, long=-71.0312, address_id="E9")


def test_suggestions_carry_what_the_form_posts_back(client: Client) -> None:
    places = client.get("/places/suggest.json", {"q": "elm st"}).json()["places"]
    assert places[0] == {"label": "7 Elm Street", "lat": 42.365, "long": -71.031, "address_id": "E7"}
    assert [place["label"] for place in places] == ["7 Elm Street", "9 Elm Street"]


@pytest.mark.parametrize("typed", ["", "   ", "\0", '"); DROP TABLE', "北京路", "e" * 5000, "elm' OR 1=1 --", "*", "AND OR NOT"])
def test_any_typed_text_is_answered(client: Client, typed: str) -> None:
    assert client.get("/places/suggest.json", {"q": typed}).status_code == 200


def test_a_point_at_the_door_is_that_address_and_a_point_beside_it_is_near(client: Client) -> None:
    at_door = client.get("/places/describe.json", {"lat": "42.36505", "long": "-71.03100"}).json()
    beside = client.get("/places/describe.json", {"lat": "42.36465", "long": "-71.03100"}).json()
    assert at_door == {"inside": True, "label": "7 Elm Street", "area": "Hilltop", "message": ""}
    assert beside["label"] == "near 7 Elm Street"


def test_far_from_every_address_the_coordinates_are_the_words(client: Client) -> None:
    assert client.get("/places/describe.json", {"lat": "42.345", "long": "-71.055"}).json()["label"] == "42.34500, -71.05500"


def test_a_point_outside_names_the_city(client: Client) -> None:
    answer = client.get("/places/describe.json", {"lat": "42.5", "long": "-71.05"}).json()
    assert (answer["inside"], answer["label"]) == (False, "")
    assert "Harbor" in answer["message"]


@pytest.mark.parametrize(("lat", "long"), [("", ""), ("x", "y"), ("nan", "nan"), ("95.0", "1.5"), ("9" * 300, "1.5")])
def test_what_is_no_point_is_a_bad_request(client: Client, lat: str, long: str) -> None:
    assert client.get("/places/describe.json", {"lat": lat, "long": long}).status_code == 400
