"""Home, services, static pages, health, and the pages for what went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client, RequestFactory

from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal import error_pages, information_views
from evenhand.web.service_requests.models import ImportRun, Service, ServiceRequest
from tests.cast import NOON, make_city, make_request, make_service

pytestmark = pytest.mark.django_db


def test_without_a_city_the_first_page_says_how_to_make_one(client: Client) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "evenhand city create NAME --timezone ZONE --boundary BOUNDARY.geojson" in page.content.decode()
    for address in ("/requests/", "/map/", "/areas/", "/services/", "/about/"):
        assert client.get(address).status_code == 404, address
    for address in ("/cities/", "/accessibility/", "/privacy/"):
        assert client.get(address).status_code == 200, address


def test_home_tells_counts_with_what_they_are_part_of(client: Client, pothole_request: ServiceRequest) -> None:
    page = client.get("/").content.decode()
    assert "of 1" in page
    assert "Latest requests" in page
    assert f"/requests/{pothole_request.reference}/" in page


def test_a_service_page_says_what_it_can_about_time_and_offers_to_report(client: Client, pothole: Service) -> None:
    make_request(pothole)
    page = client.get("/services/pothole/").content.decode()
    assert "We can’t say yet when this will be done." in page
    assert 'href="/report/?service=pothole"' in page


def test_a_retired_service_has_a_page_and_cannot_be_reported(client: Client, harbor: Jurisdiction) -> None:
    make_service(harbor, "Parks/Lighting: old", "Old lamps", is_offered=False)
    page = client.get("/services/Parks/Lighting:%20old/")
    assert page.status_code == 200
    assert "It cannot be reported here at present." in page.content.decode()


def test_services_are_searched_without_script(client: Client, pothole: Service, streetlight: Service) -> None:
    page = client.get("/services/", {"q": "ASPHALT"}).content.decode()  # a keyword of the pothole
    assert "Pothole" in page
    assert "Street light out" not in page


def test_names_of_services_come_in_the_readers_language(client: Client, pothole_request: ServiceRequest, settings: Any) -> None:
    settings.LANGUAGES = [("en", "English"), ("es", "Español")]
    page = client.get("/requests/", headers={"Accept-Language": "es"}).content.decode()
    assert "Bache" in page


def test_the_page_about_the_data_tells_runs_faults_and_rows_put_aside(client: Client, harbor: Jurisdiction) -> None:
    ImportRun.objects.create(
        jurisdiction=harbor, format="boston", source="boston", file_name="year.csv.gz", sha256="0" * 64, started_at=NOON, finished_at=NOON,
        data_until=NOON, counts={"rows": 93963, "new": 93960, "quarantined": 3, "quarantine": {"no_id": 2, "never_seen": 1}},
        fault_counts={"fallback_coordinates": 13150, "odd_moon": 7},
    )  # fmt: skip
    page = client.get("/about/").content.decode()
    for words in (
        "93,963",
        "year.csv.gz",
        "13,150",
        "A point that stands for many unknown places",
        "A row without a number.",
        "odd_moon",
        "never_seen",
    ):
        assert words in page


def test_a_synthetic_city_says_so(client: Client) -> None:
    make_city(is_synthetic=True)
    assert "this city and everything in it are made up" in client.get("/").content.decode()


def test_a_city_is_chosen_by_its_address_and_remembered(client: Client, harbor: Jurisdiction) -> None:
    make_city("bay", "Bay", shift=1.0)
    page = client.get("/cities/").content.decode()
    assert "/?city=bay" in page
    assert "Bay" in client.get("/?city=bay").content.decode()
    assert ">Bay<" in client.get("/").content.decode()


def test_health_is_200_while_all_is_well_and_503_otherwise(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    well = client.get("/health/")
    assert (well.status_code, well.json()) == (200, {"status": "ok", "checks": {"database": True, "migrations": True}, "worker": "late"})

    class Broken:
        def cursor(self) -> None:
            raise DatabaseError("gone")

    monkeypatch.setattr(information_views, "connection", Broken())
    ill = client.get("/health/")
    assert (ill.status_code, ill.json()["checks"]["database"], ill.json()["worker"]) == (503, False, "unknown")


def test_a_missing_page_has_words_and_a_way_on(client: Client, harbor: Jurisdiction) -> None:
    for address in ("/nope/", "/areas/nope/", "/services/nope/"):
        page = client.get(address)
        assert page.status_code == 404, address
        assert "There is no such page" in page.content.decode()
        assert 'href="/requests/"' in page.content.decode()


def test_a_wrong_host_name_is_a_400_in_words(client: Client, harbor: Jurisdiction) -> None:
    page = client.get("/", headers={"Host": "evil.example"})
    assert page.status_code == 400
    assert "What came could not be read" in page.content.decode()


def test_the_page_for_server_errors_asks_the_database_nothing(rf: RequestFactory, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        page = error_pages.server_error(rf.get("/requests/"))
    assert page.status_code == 500
    assert "This is our fault, not yours." in page.content.decode()
    assert "Traceback" not in page.content.decode()


def test_a_server_error_is_words_even_when_its_page_fails(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(error_pages, "render", fails)
    page = error_pages.server_error(rf.get("/"))
    assert page.status_code == 500
    assert "our fault" in page.content.decode()


def test_an_unexpected_error_reaches_the_reader_as_words(harbor: Jurisdiction, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("evenhand.web.portal.browse_views.matching_requests", breaks)
    page = Client(raise_request_exception=False).get("/requests/")
    assert page.status_code == 500
    assert "secret detail" not in page.content.decode()


def test_a_form_without_its_mark_says_that_nothing_is_lost(harbor: Jurisdiction) -> None:
    page = Client(enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert page.status_code == 403
    assert "nothing is lost" in page.content.decode()


def test_times_are_shown_in_the_citys_zone(client: Client, pothole: Service) -> None:
    make_request(pothole, at=NOON.replace(hour=3))  # 3:00 UTC on 2 March is still 1 March in New York
    page = client.get("/requests/").content.decode()
    assert "March 1, 2026" in page
    assert "2026-03-01T22:00:00-05:00" in page
