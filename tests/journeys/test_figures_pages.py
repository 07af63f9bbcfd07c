"""Supervision through HTTP: the page, its links into the queue, and its CSV."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions, work_actions
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence
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


@pytest.fixture
def courses(pothole: Service, dispatcher: Account) -> None:
    """One request of each course that the figures tell apart, all received in the last days."""
    at = clock.now() - timedelta(days=9)
    hour = timedelta(hours=1)

    def made(*, due: float | None = None, promised: float | None = None, **more: Any) -> ServiceRequest:
        request = cast.make_request(pothole, at=at, **more)
        columns = {"due_at": due and at + due * hour, "expected_at": promised and at + promised * hour}
        ServiceRequest.objects.filter(pk=request.pk).update(**columns)
        return ServiceRequest.objects.get(pk=request.pk)

    def close(request: ServiceRequest, hours: float, reason: ClosingReason = ClosingReason.FIXED) -> ServiceRequest:
        evidence = Evidence.CREW_RECORD if reason is ClosingReason.FIXED else Evidence.NONE
        return actions.close(request, actor=Actor.STAFF, at=at + hours * hour, reason=reason, words="Done.", evidence=evidence)

    close(made(due=24, promised=24, channel="phone"), 0.5)
    close(made(due=24), 30)
    close(made(due=24), 1, ClosingReason.INVALID)
    close(made(promised=2), 3, ClosingReason.UNABLE)
    made(due=24, promised=24 * 30)
    disputed = actions.request_reopen(close(made(), 2), actor=Actor.REPORTER, at=at + 3 * hour, words="Still there.")
    work_actions.reopen(disputed, person=dispatcher, at=at + 4 * hour, words="We look again.")


@pytest.mark.parametrize("by", ["team", "service", "month"])
def test_what_became_of_requests_leads_to_the_rows_that_were_counted(client: Client, dispatcher: Account, courses: None, by: str) -> None:
    page = client.get("/console/figures/", {"by": by})
    for shown in [*page.context["lines"], page.context["total"]]:
        came_in = shown.line.came_in
        counted = {
            "closed": came_in.closed,
            "ever_closed": came_in.ever_closed,
            "vetoed": came_in.vetoed,
            "reopened": came_in.reopened,
            "deadline_judged": came_in.due,
            "deadline_kept": came_in.due_kept,
            "deadline_missed": came_in.due - came_in.due_kept,
            "date_judged": came_in.dated,
            "date_kept": came_in.dated_kept,
            "date_missed": came_in.dated - came_in.dated_kept,
            "fixed_proven": came_in.fixed_shown,
            **{f"closed_{reason}": number for reason, number in came_in.reasons.items()},
        }
        assert {code: client.get(shown.outcome_urls[code]).content.count(b"<tr id=") for code in counted} == counted
    total = page.context["total"].line.came_in
    assert (total.received, total.closed, total.ever_closed, total.vetoed, total.reopened) == (6, 4, 5, 1, 1)
    assert (total.due, total.due_kept, total.dated, total.dated_kept, total.fixed_shown) == (3, 1, 2, 1, 2)
    assert {reason: number for reason, number in total.reasons.items() if number} == {"fixed": 2, "invalid": 1, "unable": 1}


def test_a_month_at_the_edge_of_the_period_leads_to_its_days_inside(client: Client, dispatcher: Account, pothole: Service) -> None:
    for day in ("2026-01-10", "2026-01-20", "2026-02-03", "2026-02-20"):
        cast.make_request(pothole, at=datetime.fromisoformat(f"{day}T12:00:00+00:00"))
    page = client.get("/console/figures/", {"by": "month", "from": "2026-01-15", "to": "2026-02-10"})
    shown = [(line.line.came_in.received, client.get(line.received_url).content.count(b"<tr id=")) for line in page.context["lines"]]
    assert [pair for pair in shown if pair != (0, 0)] == [(1, 1), (1, 1)]


def test_an_outcome_that_is_none_is_said(client: Client, dispatcher: Account) -> None:
    assert b"There is no such outcome." in client.get("/console/", {"became": "moon"}).content


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
