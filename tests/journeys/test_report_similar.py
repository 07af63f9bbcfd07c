"""Somebody may have reported it already: saying so counts, and makes no second report."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from evenhand.web.core import clock
from evenhand.web.portal.photo_views import photo_addresses
from evenhand.web.service_requests.models import IntakeTrace, Photo, Service, ServiceRequest
from tests import cast
from tests.journeys.report_pages import HERE, Report, leads_to


@pytest.fixture
def report(client: Client, pothole: Service) -> Report:
    report = Report(client)
    report.begin("pothole")
    return report


@pytest.fixture
def theirs(pothole: Service) -> ServiceRequest:
    return cast.make_request(
        pothole, by=cast.ANA, at=clock.real_now() - timedelta(days=2), words="A hole as deep as a boot", point=(42.36015, -71.0501)
    )


def test_without_anything_near_the_question_is_not_asked(report: Report) -> None:
    assert leads_to(report.send("place", address=HERE)) == "details"


def test_what_is_near_is_shown_with_state_distance_and_age(report: Report, theirs: ServiceRequest) -> None:
    assert leads_to(report.send("place", address=HERE)) == "similar"
    page = report.page("similar")
    for words in ("A hole as deep as a boot", "Received", "(6 m)", "2\xa0days ago", "That is mine too"):
        assert words in page
    assert "Ana" not in page


def test_a_photo_that_the_city_has_hidden_is_not_shown_and_its_key_not_told(report: Report, theirs: ServiceRequest) -> None:
    hidden, shown = (
        Photo.objects.create(request=theirs, event_seq=1, key=letter * 32, width=4, height=3, added_at=cast.NOON, hidden_at=since)
        for letter, since in (("a", cast.NOON), ("b", None))
    )
    report.send("place", address=HERE)
    page = report.page("similar")
    assert shown.key in page
    assert hidden.key not in page
    assert "?k=" not in page
    assert "?k=" not in photo_addresses(hidden, theirs).url, "no page opens a hidden photo by mistake"


def test_mine_too_counts_and_makes_no_second_report(report: Report, theirs: ServiceRequest) -> None:
    report.send("place", address=HERE)
    response = report.send("similar", same=theirs.reference)
    assert response.headers["Location"] == f"/requests/{theirs.reference}/#follow"
    theirs.refresh_from_db()
    assert (theirs.supporter_count, ServiceRequest.objects.count()) == (1, 1)
    report.send("similar", same=theirs.reference)
    theirs.refresh_from_db()
    assert theirs.supporter_count == 1


def test_none_of_these_goes_on_and_is_not_asked_again(report: Report, theirs: ServiceRequest) -> None:
    report.send("place", address=HERE)
    assert leads_to(report.open("details")) == "similar"
    assert leads_to(report.send("similar", same="")) == "details"
    assert leads_to(report.send("place", address=HERE)) == "details"


def test_another_place_asks_again(report: Report, theirs: ServiceRequest) -> None:
    report.send("place", address="42.3690, -71.0501")
    assert leads_to(report.send("place", address=HERE)) == "similar"


@pytest.mark.parametrize("same", ["nonsense", "\0", "x" * 5000, "<b>"])
def test_a_number_that_is_none_shows_the_page_or_goes_on(report: Report, theirs: ServiceRequest, same: str) -> None:
    report.send("place", address=HERE)
    assert report.send("similar", same=same).status_code in {200, 302}


def test_a_private_request_cannot_be_joined(report: Report, theirs: ServiceRequest, power_out: Service) -> None:
    hidden = cast.make_request(power_out)
    report.send("place", address=HERE)
    assert report.send("similar", same=hidden.reference).status_code == 200
    hidden.refresh_from_db()
    assert hidden.supporter_count == 0


def test_the_seventh_report_of_a_device_in_an_hour_is_held_not_refused(client: Client, streetlight: Service) -> None:
    for _number in range(7):
        report = Report(client)
        report.begin("streetlight")
        report.send("place", address=f"42.3{50 + 2 * _number}, -71.05")
        report.send("details", description="It is dark")
        report.send("contact")
        assert leads_to(report.send("check")) == "private"
    visibilities = list(ServiceRequest.objects.order_by("pk").values_list("visibility", flat=True))
    assert visibilities == ["public"] * 6 + ["held"]
    held = ServiceRequest.objects.get(visibility="held")
    assert held.held_until is not None
    assert timedelta(minutes=59) < held.held_until - clock.real_now() <= timedelta(hours=1)
    assert IntakeTrace.objects.count() == 7
