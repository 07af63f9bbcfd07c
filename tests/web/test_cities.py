"""Making a city, and finding the one that is meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evenhand.web.places.cities import city_named, create_city
from evenhand.web.places.errors import CityUnknown, PlacesFileInvalid
from evenhand.web.places.models import Jurisdiction
from tests.cast import EAST, MIDDLE, NOON, NORTH, SOUTH, WEST, box, make_city

pytestmark = pytest.mark.django_db


@pytest.fixture
def boundary(tmp_path: Path) -> Path:
    halves = [(WEST, MIDDLE, "25025000100"), (MIDDLE, EAST, "14000US25025000200"), (EAST, EAST + 1, "25017000100")]
    features = [{"type": "Feature", "properties": {"tract_id": code}, "geometry": box(west, SOUTH, east, NORTH)} for west, east, code in halves]
    file = tmp_path / "boundary.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def make(boundary: Path, name: str = "Harbor Bend", **options: Any) -> Jurisdiction:
    usual: dict[str, Any] = {"timezone": "America/New_York", "boundary": boundary, "at": NOON}
    return create_city(name, **(usual | options))


def test_a_city_is_all_chosen_polygons_together(boundary: Path) -> None:
    city = make(boundary, only="25025")
    assert (city.slug, city.language, city.emergency_number) == ("harbor-bend", "en", "911")
    assert city.bounds == pytest.approx((WEST, SOUTH, EAST, NORTH))
    assert city.boundary["type"] == "Polygon"  # the two halves touch: one shape


def test_every_fault_of_the_names_is_told_at_once(boundary: Path) -> None:
    with pytest.raises(CityUnknown) as raised:
        make(boundary, timezone="America/Bostn", language="english!", slug="No Good/", emergency="")
    beginnings = (
        "'No Good/' is no short name",
        "no time zone 'America/Bostn': did you mean America/Boise",
        "no language of this version: 'english!'; expected one of en (English)",
        "no emergency number",
    )
    told: Any = raised.value.facts["faults"]
    assert [fault.startswith(beginning) for fault, beginning in zip(told, beginnings, strict=True)] == [True] * 4
    assert Jurisdiction.objects.count() == 0


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "道"])
def test_a_name_that_gives_no_short_name_is_refused_with_what_to_do(boundary: Path, name: str) -> None:
    with pytest.raises(CityUnknown, match=r"--slug|1 to 120"):
        make(boundary, name)


def test_a_number_that_no_telephone_dials_and_a_language_without_pages_are_refused_together(boundary: Path) -> None:
    with pytest.raises(CityUnknown) as raised:
        make(boundary, emergency="not a phone", language="xx")
    told: Any = raised.value.facts["faults"]
    assert [fault[: fault.index(";")] for fault in told] == ["no language of this version: 'xx'", "no emergency number: 'not a phone'"]
    assert Jurisdiction.objects.count() == 0


@pytest.mark.parametrize("number", ["", "1", "call 911", "+", "9" * 33, "-911", "911; drop"])
def test_what_no_telephone_dials_is_no_emergency_number(boundary: Path, number: str) -> None:
    with pytest.raises(CityUnknown, match="no emergency number"):
        make(boundary, emergency=number)


@pytest.mark.parametrize("number", ["911", "112", "9-1-1", "+1 617 555 0100", "(617) 555-0100", "*88", " 999 "])
def test_what_a_telephone_dials_is_an_emergency_number(boundary: Path, number: str) -> None:
    assert make(boundary, emergency=number).emergency_number == number.strip()


@pytest.mark.parametrize("language", ["en", "es", "ES", "es-mx"])
def test_a_city_speaks_any_language_that_has_pages(boundary: Path, language: str) -> None:
    assert make(boundary, language=language).language == language.lower()


def test_a_short_name_is_taken_once(boundary: Path) -> None:
    make(boundary)
    with pytest.raises(CityUnknown, match="there is a city 'harbor-bend' already"):
        make(boundary)
    assert make(boundary, slug="harbor-bend-2").slug == "harbor-bend-2"


def test_a_prefix_that_no_id_has_is_a_fault_of_the_file(boundary: Path) -> None:
    with pytest.raises(PlacesFileInvalid, match="no feature has an id that begins with '99'"):
        make(boundary, only="99")


def test_the_only_city_needs_no_name_and_several_do() -> None:
    with pytest.raises(CityUnknown, match="There is no city yet"):
        city_named("")
    harbor = make_city()
    assert city_named("") == city_named("HARBOR") == harbor
    make_city("elsewhere", "Else Where", shift=1.0)
    with pytest.raises(CityUnknown, match=r"several cities.*harbor, elsewhere"):
        city_named("")
    assert city_named("else where").slug == "elsewhere"
    with pytest.raises(CityUnknown, match="no city 'atlantis'"):
        city_named("atlantis")
