"""The reporter takes a report back, hides a name, and decides about mails."""

from __future__ import annotations

from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations.models import Follower
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests import cast
from tests.journeys.request_pages import Reader, closed, mails_to, private, public


def test_taking_a_report_back_asks_first_and_then_closes_it(pothole_request: ServiceRequest) -> None:
    reader = Reader()
    assert "Take the report back?" in reader.page(private(pothole_request, "withdraw/"))
    assert ServiceRequest.objects.get(pk=pothole_request.pk).is_open
    page = reader.send(private(pothole_request, "withdraw/"), {"words": "It is gone."})
    assert "You have taken your report back." in page
    assert "It is gone." in page
    assert "The person who reported this has taken the report back." in Reader().page(public(pothole_request))


def test_a_report_that_was_closed_meanwhile_cannot_be_taken_back(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    page = Reader().send(private(pothole_request, "withdraw/"), {"words": ""})
    assert "nothing to take back" in page
    assert ServiceRequest.objects.get(pk=pothole_request.pk).closing_reason == "fixed"


def test_neighbors_who_follow_hear_that_it_was_taken_back_and_where_to_report_it(pothole: Service, resident_ana: cast.Resident) -> None:
    request = cast.make_request(pothole, by=resident_ana)
    for address, is_reporter in (("ana@home.test", True), ("ben@next.test", False)):
        conversations.follow(request, recipient=address, language="en", at=cast.NOON, is_reporter=is_reporter, confirmed=True)
    Reader().send(private(request, "withdraw/"), {"words": ""})
    assert mails_to("ana@home.test") == []
    assert "/report/" in mails_to("ben@next.test")[0].text


def test_nobody_takes_back_a_report_without_its_link(pothole_request: ServiceRequest) -> None:
    assert Reader().client.post(public(pothole_request, f"private/{'a' * 32}/withdraw/")).status_code == 404
    assert ServiceRequest.objects.get(pk=pothole_request.pk).is_open


def test_a_name_is_hidden_from_everybody_and_stays_known_to_the_city(pothole: Service, resident_ana: cast.Resident) -> None:
    request = cast.make_request(pothole, contact=resident_ana.contact(is_name_shown=True))
    assert "Ana Okafor" in Reader().page(public(request))
    page = Reader().send(private(request, "hide-name/"), {})
    assert "Ana Okafor (known to the city only)" in page
    assert "Ana Okafor" not in Reader().page(public(request))
    assert "You had your name hidden" not in Reader().page(public(request))


def test_the_reporter_stops_and_starts_the_mails(pothole: Service, resident_ana: cast.Resident) -> None:
    request = cast.make_request(pothole, by=resident_ana)
    conversations.follow(request, recipient=resident_ana.email, language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    reader = Reader()
    assert "You get no more mails about this report." in reader.send(private(request, "mails/"), {"wanted": "no"})
    assert Follower.objects.get(request=request).stopped_at is not None
    assert "We write to you when something changes." in reader.send(private(request, "mails/"), {"wanted": "yes"})
    assert Follower.objects.get(request=request).stopped_at is None
