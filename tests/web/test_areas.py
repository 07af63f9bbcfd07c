"""Areas side by side and one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from evenhand.web.core import clock
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import Service
from tests.cast import IN_DOCKSIDE, IN_HILLTOP, NOON, make_area, make_request

pytestmark = pytest.mark.django_db


def test_the_table_has_every_area_with_its_counts(client: Client, dockside: Area, hilltop: Area, pothole: Service) -> None:
    Area.objects.filter(pk=dockside.pk).update(population=12_500)
    for _ in range(3):
        make_request(pothole, point=IN_DOCKSIDE, at=clock.now() - timedelta(days=1))
    page = client.get("/areas/").content.decode()
    row = page.split('<a href="/areas/dockside/">Dockside</a>')[1].split("</tr>")[0]
    assert row.count('<td class="number">3</td>') == 2  # in all, and open
    assert "12,500" in row
    assert "0.2" in row  # 3 for 12.5 thousand residents
    assert "too few closed to say" in row
    other = page.split('<a href="/areas/hilltop/">Hilltop</a>')[1].split("</tr>")[0]
    assert other.count('<td class="number">0</td>') == 4


def test_an_area_page_names_what_its_figures_rest_on(client: Client, dockside: Area, pothole: Service) -> None:
    Area.objects.filter(pk=dockside.pk).update(population=1500)
    here = make_request(pothole, point=IN_DOCKSIDE, at=clock.now() - timedelta(days=1))
    elsewhere = make_request(pothole, point=IN_HILLTOP)
    page = client.get("/areas/dockside/").content.decode()
    assert "1 requests since" in page
    assert "1,500 residents" in page
    assert here.reference in page
    assert elsewhere.reference not in page
    assert 'href="/requests/?area=dockside"' in page
    assert "/map/requests.json?area=dockside" in page
    assert 'href="/requests/?service=pothole&amp;area=dockside"' in page


def test_residents_that_are_not_known_are_said_to_be(client: Client, dockside: Area) -> None:
    assert "The number of residents is not known here." in client.get("/areas/dockside/").content.decode()


def test_a_retired_area_keeps_its_page_and_leaves_the_table(client: Client, dockside: Area, pothole: Service) -> None:
    make_request(pothole, point=IN_DOCKSIDE)
    Area.objects.filter(pk=dockside.pk).update(is_retired=True)
    assert "no longer has this area" in client.get("/areas/dockside/").content.decode()
    assert "Dockside" not in client.get("/areas/").content.decode()


def test_an_area_of_another_city_is_not_found(client: Client, harbor: Jurisdiction) -> None:
    assert client.get("/areas/atlantis/").status_code == 404


def test_a_code_with_odd_letters_has_an_address(client: Client, harbor: Jurisdiction) -> None:
    make_area(harbor, "West End / Süd #4", "West End", (-71.05, 42.35, -71.04, 42.36))
    page = client.get("/areas/").content.decode()
    assert "/areas/West%20End%20/%20S%C3%BCd%20%234/" in page
    assert client.get("/areas/West%20End%20/%20S%C3%BCd%20%234/").status_code == 200


def test_the_table_costs_the_same_queries_for_two_areas_and_for_forty(
    client: Client, harbor: Jurisdiction, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/areas/")  # figures are kept from here on
    for number in range(38):
        make_area(harbor, f"x{number}", f"X {number}", (-71.05, 42.35, -71.04, 42.36))
    with django_assert_num_queries(2):  # cities, areas
        client.get("/areas/")


def test_times_of_the_latest_requests_are_the_citys(client: Client, dockside: Area, pothole: Service) -> None:
    make_request(pothole, point=IN_DOCKSIDE, at=NOON.replace(hour=3))
    assert "March 1, 2026" in client.get("/areas/dockside/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/areas/%00/", "/services/%00/", "/areas/a%00b/", "/requests/%00/"])
def test_a_nul_in_an_address_finds_nothing_and_breaks_nothing(client: Client, harbor: Jurisdiction, path: str) -> None:
    assert client.get(path).status_code == 404
