"""A resident reports, page by page, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from evenhand.web.conversations.models import Follower, OutboxMessage
from evenhand.web.journeys.report_problem import report_problem
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import history
from evenhand.web.service_requests.actions import NewReport, Place
from evenhand.web.service_requests.contribution_pace import MOST_REPORTS_PER_ADDRESS
from evenhand.web.service_requests.models import IntakeTrace, ReportDraft, Service, ServiceRequest
from evenhand.web.service_requests.private_links import private_token
from tests import cast
from tests.journeys.report_pages import WORDS, Report, leads_to


@pytest.fixture
def report(client: Client, pothole: Service) -> Report:
    return Report(client)


def test_a_report_without_a_name_becomes_a_public_request(report: Report, harbor: Jurisdiction) -> None:
    report.up_to_check()
    response = report.send("check")
    request = ServiceRequest.objects.get()
    assert response.headers["Location"] == f"/requests/{request.reference}/private/{private_token(request)}/?sent=1"
    assert (request.description, request.answers, request.visibility) == (WORDS, {"size": "large"}, "public")
    assert (request.lat, request.long, request.area.code if request.area else "") == (42.3601, -71.0501, "dockside")
    assert (request.channel, request.made_by, request.place_quality) == ("web", "resident", "exact")
    assert request.submission_key == report.token
    history.verify(request)


def test_an_anonymous_report_writes_to_nobody(report: Report) -> None:
    report.up_to_check()
    report.send("check")
    assert not OutboxMessage.objects.exists()
    assert not Follower.objects.exists()
    assert not mail.outbox


def test_the_draft_is_gone_once_the_report_is_in(report: Report) -> None:
    report.up_to_check()
    report.send("check")
    assert not ReportDraft.objects.exists()
    assert IntakeTrace.objects.count() == 1


def test_a_reporter_with_an_address_follows_and_gets_the_private_link(report: Report) -> None:
    report.up_to_check(name="Ana Okafor", email="ana@home.test", response_method="email")
    report.send("check")
    request = ServiceRequest.objects.get()
    follower = Follower.objects.get()
    assert (follower.recipient, follower.is_reporter, follower.confirmed_at is not None) == ("ana@home.test", True, True)
    message = OutboxMessage.objects.get()
    assert message.kind == "request_received"
    assert private_token(request) in message.text
    assert not request.reporter_name_shown


def test_an_address_without_the_wish_to_hear_gets_no_mail(report: Report) -> None:
    report.up_to_check(email="ana@home.test", response_method="none")
    report.send("check")
    assert not OutboxMessage.objects.exists()
    assert ServiceRequest.objects.get().reporter.email == "ana@home.test"


def test_a_name_is_shown_only_where_that_is_wished(report: Report) -> None:
    report.up_to_check(name="Ana Okafor", is_name_shown="on")
    report.send("check")
    assert ServiceRequest.objects.get().reporter_name_shown == "Ana Okafor"


def test_sending_twice_makes_one_request_and_leads_to_the_same_page(report: Report) -> None:
    report.up_to_check(email="ana@home.test", response_method="email")
    first, second = report.send("check"), report.send("check")
    assert first.headers["Location"] == second.headers["Location"]
    assert ServiceRequest.objects.count() == OutboxMessage.objects.count() == 1


def test_going_back_after_sending_leads_to_the_request(report: Report) -> None:
    report.up_to_check()
    report.send("check")
    assert leads_to(report.open("details")) == "private"
    assert leads_to(report.client.get("/report/", {"draft": report.token})) == "private"


def test_nothing_is_written_by_looking(client: Client, pothole: Service) -> None:
    for query in ({}, {"q": "hole"}, {"service": "pothole"}, {"lat": "42.36", "long": "-71.05"}):
        assert client.get("/report/", query).status_code == 200
    assert not ReportDraft.objects.exists()


def test_the_check_page_shows_everything_with_the_way_back(report: Report) -> None:
    report.up_to_check(name="Ana Okafor", email="ana@home.test", phone="617-555-0123", response_method="phone")
    page = report.page("check")
    for words in ("Pothole", WORDS, "Larger than a plate", "Ana Okafor", "ana@home.test", "617-555-0123", "Send my report"):
        assert words in page
    for step in ("place", "details", "contact"):
        assert report.url(step) in page


def test_the_private_page_opens_after_sending(report: Report) -> None:
    report.up_to_check()
    response = report.send("check")
    page = report.client.get(response.headers["Location"])
    assert page.status_code == 200


def test_a_link_into_the_middle_leads_to_what_is_missing(report: Report) -> None:
    report.begin("pothole")
    for step in ("similar", "details", "contact", "check"):
        assert leads_to(report.open(step)) == "place"
    assert leads_to(report.send("check")) == "place"
    assert not ServiceRequest.objects.exists()


def test_another_service_asks_its_own_questions_and_keeps_place_and_contact(report: Report, streetlight: Service) -> None:
    report.up_to_check(name="Ana Okafor")
    assert leads_to(report.client.post("/report/", {"service": "streetlight", "draft": report.token})) == "details"
    assert WORDS in report.page("details")
    assert leads_to(report.send("details", description=WORDS)) == "check"
    report.send("check")
    request = ServiceRequest.objects.get()
    assert (request.service.code, request.answers) == ("streetlight", {})


def test_two_cities_do_not_mix_their_drafts(report: Report, harbor: Jurisdiction) -> None:
    from tests import cast

    other = cast.make_city("bayside", "Bayside", shift=0.2)
    report.begin("pothole")
    page = report.client.get(report.url("place"), {"city": other.slug}).content.decode()
    assert "Harbor" in page
    assert leads_to(report.send("place", address="42.36010, -71.05010")) == "details"


def test_a_private_service_makes_a_private_request(report: Report, power_out: Service) -> None:
    report.up_to_check("power-out")
    assert "Only you and the city will see this report." in report.page("check")
    report.send("check")
    assert ServiceRequest.objects.get().visibility == "private"


def test_accepting_a_report_takes_few_statements(report: Report, django_assert_max_num_queries: Any) -> None:
    report.up_to_check(email="ana@home.test", response_method="email")
    with django_assert_max_num_queries(15 if connection.vendor == "postgresql" else 18):
        report.send("check")


def test_reports_that_name_one_address_again_and_again_are_kept_and_stop_writing_to_it(pothole: Service) -> None:
    for number in range(MOST_REPORTS_PER_ADDRESS + 2):
        report_problem(
            NewReport(
                jurisdiction=pothole.jurisdiction,
                service=pothole,
                place=Place(lat=42.3601, long=-71.0501),
                description="A hole",
                at=cast.NOON,
                channel="web",
                contact=cast.ANA.contact(),
                submission_key=f"key-{number}",
            ),
            sender=None,
            real_at=cast.NOON,
        )
    assert ServiceRequest.objects.count() == MOST_REPORTS_PER_ADDRESS + 2
    assert OutboxMessage.objects.count() == MOST_REPORTS_PER_ADDRESS
