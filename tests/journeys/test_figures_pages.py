"""Supervision through HTTP: the page, its links into the queue, and its CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests import cast


@pytest.fixture
def dispatcher(harbor: Jurisdiction, client: Client) -> Account:
    person = cast.make_staff(harbor, Role.DISPATCHER)
    client.force_login(person)
    return person


@pytest.fixture
def a_week(pothole: Service) -> list[ServiceRequest]:
    now = clock.now()
    return [cast.make_request(pothole, at=now - timedelta(days=number)) for number in range(5)]


@pytest.mark.parametrize("by", ["team", "service", "area", "channel", "month"])
def test_every_number_leads_to_its_rows(client: Client, dispatcher: Account, a_week: list[ServiceRequest], by: str) -> None:
    page = client.get("/console/figures/", {"by": by})
    assert page.status_code == 200
    lines = [line for line in page.context["lines"] if line.line.waiting.open and line.open_url]
    assert lines
    for line in lines:
        assert client.get(line.open_url).content.count(b"<tr id=") == line.line.waiting.open


@pytest.mark.parametrize("by", ["team", "month"])
def test_what_is_old_and_what_nobody_has_leads_to_its_rows(client: Client, dispatcher: Account, pothole: Service, by: str) -> None:
    for days in (29, 30, 31, 32, 60):
        cast.make_request(pothole, at=clock.now() - timedelta(days=days))
    ServiceRequest.objects.filter(pk=cast.make_request(pothole, at=clock.now() - timedelta(days=40)).pk).update(assignee=dispatcher)
    page = client.get("/console/figures/", {"by": by})
    for shown in [*page.context["lines"], page.context["total"]]:
        for address, number in ((shown.older_url, shown.line.waiting.older), (shown.unassigned_url, shown.line.waiting.unassigned)):
            assert not number or client.get(address).content.count(b"<tr id=") == number
    assert (page.context["total"].line.waiting.older, page.context["total"].line.waiting.unassigned) == (4, 5)
    assert "calls that an answer was enough for: those are counted for the whole city" in page.content.decode()


def test_the_csv_holds_counts_and_denominators(client: Client, dispatcher: Account, a_week: list[ServiceRequest]) -> None:
    answer = client.get("/console/figures/figures.csv", {"by": "service"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [(row["service"], row["open"], row["received"], row["deadlines_judged"]) for row in rows] == [
        ("Pothole", "5", "5", "0"),
        ("All", "5", "5", "0"),
    ]


def test_a_name_that_a_spreadsheet_would_calculate_is_text(
    client: Client, dispatcher: Account, pothole: Service, a_week: list[ServiceRequest]
) -> None:
    Service.objects.update(name="=1+1")
    assert b"'=1+1" in client.get("/console/figures/figures.csv", {"by": "service"}).content


@pytest.mark.parametrize("query", [{"by": "moon"}, {"from": "yesterday"}, {"from": "2026-03-31", "to": "2026-03-01"}, {"to": "9999-99-99"}])
def test_what_makes_no_sense_is_said_and_the_rest_is_shown(
    client: Client, dispatcher: Account, a_week: list[ServiceRequest], query: dict[str, str]
) -> None:
    page = client.get("/console/figures/", query)
    assert page.status_code == 200
    assert page.context["asked"].faults


def test_a_city_that_shows_a_finished_year_is_told_about_as_of_its_end(client: Client, dispatcher: Account, pothole: Service) -> None:
    cast.make_request(pothole, at=cast.NOON - timedelta(days=300))
    asked = client.get("/console/figures/").context["asked"]
    assert asked.last == (cast.NOON - timedelta(days=300)).date()


def test_an_agent_without_the_ability_is_told_so(client: Client, harbor: Jurisdiction) -> None:
    client.force_login(cast.make_staff(harbor, Role.AGENT))
    assert client.get("/console/figures/").status_code == 403
