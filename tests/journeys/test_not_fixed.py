"""The veto: it was closed, and somebody says that it is not fixed."""

from __future__ import annotations

import pytest

from evenhand.web.conversations import actions as conversations
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.workflow import ClosingReason
from tests import cast
from tests.journeys.request_pages import Reader, closed, mails_to, picture, private, public

WORDS = {"words": "Only half of it was filled."}


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def test_the_reporter_says_not_fixed_with_reason_and_photo(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    reader = Reader()
    assert "What is still wrong?" in reader.page(private(pothole_request, "not-fixed/"))
    page = reader.send(private(pothole_request, "not-fixed/"), WORDS | {"photos": [picture()]})
    assert "It counts as “not fixed” until the city has looked again." in page
    assert "The person who reported this says: not fixed" in page
    assert "Only half of it was filled." in page
    request = now(pothole_request)
    assert (request.state, request.status, request.veto_count) == ("reopen_requested", "closed", 1)
    assert request.events.get(seq=request.event_count).actor_kind == "reporter"
    assert Photo.objects.filter(request=request, event_seq=request.event_count).count() == 1
    verify(request)


def test_a_neighbor_may_say_it_too_and_is_recorded_as_one(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    page = Reader().send(public(pothole_request, "not-fixed/"), WORDS)
    assert "Somebody says: not fixed" in page
    assert "Said to be not fixed: once." in page
    assert now(pothole_request).events.last().actor_kind == "resident"  # type: ignore[union-attr]


def test_a_double_click_is_one_veto(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    reader = Reader()
    form = reader.form(public(pothole_request, "not-fixed/")) | WORDS
    reader.send(public(pothole_request, "not-fixed/"), form)
    assert "Thank you." in reader.send(public(pothole_request, "not-fixed/"), form)
    assert now(pothole_request).veto_count == 1


def test_whoever_comes_second_keeps_the_words_and_may_send_them_as_a_comment(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    reader = Reader()
    form = reader.form(public(pothole_request, "not-fixed/"))
    Reader().send(public(pothole_request, "not-fixed/"), {"words": "Not done at all."})
    page = reader.send(public(pothole_request, "not-fixed/"), form | WORDS, status=409)
    assert "somebody said so before you" in page
    assert "Only half of it was filled." in page
    assert now(pothole_request).veto_count == 1
    reader.send(public(pothole_request, "comment/"), form | WORDS)
    assert now(pothole_request).comment_count == 1


def test_an_open_request_cannot_be_vetoed_and_nothing_is_lost(pothole_request: ServiceRequest) -> None:
    assert "It is not fixed" not in Reader().page(public(pothole_request))
    assert Reader().client.get(public(pothole_request, "not-fixed/")).status_code == 303
    page = Reader().send(public(pothole_request, "not-fixed/"), WORDS, status=409)
    assert "Only half of it was filled." in page


def test_a_veto_without_a_reason_is_asked_for_one(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    page = Reader().send(private(pothole_request, "not-fixed/"), {"words": " ", "photos": [picture()]}, status=422)
    assert "Please say what is still wrong." in page
    assert "Photos have to be chosen again" in page
    assert now(pothole_request).veto_count == 0


@pytest.mark.django_db
def test_followers_hear_of_a_veto_and_the_one_who_made_it_does_not(pothole: Service, resident_ana: cast.Resident) -> None:
    request = cast.make_request(pothole, by=resident_ana)
    conversations.follow(request, recipient="Ana@Home.test", language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    conversations.follow(request, recipient="ben@next.test", language="en", at=cast.NOON, confirmed=True)
    closed(request)
    Reader().send(private(request, "not-fixed/"), WORDS)
    assert mails_to("ana@home.test") == []
    (mail,) = mails_to("ben@next.test")
    assert mail.kind == "reopen_requested"
    assert "private" not in mail.text


@pytest.mark.parametrize("reason", [ClosingReason.NOT_OURS, ClosingReason.INVALID, ClosingReason.UNABLE])
def test_every_closing_of_the_city_may_be_objected_to(pothole_request: ServiceRequest, reason: ClosingReason) -> None:
    closed(pothole_request, reason=reason)
    Reader().send(public(pothole_request, "not-fixed/"), WORDS)
    assert now(pothole_request).state == "reopen_requested"


def test_a_form_kept_open_cannot_veto_what_was_withdrawn_meanwhile(pothole_request: ServiceRequest) -> None:
    closed(pothole_request)
    reader = Reader()
    form = reader.form(public(pothole_request, "not-fixed/"))
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(closing_reason=ClosingReason.WITHDRAWN)
    assert "Only half of it was filled." in reader.send(public(pothole_request, "not-fixed/"), form | WORDS, status=409)
    assert (now(pothole_request).state, now(pothole_request).veto_count) == ("closed", 0)


def test_a_duplicate_is_spoken_of_at_its_parent_and_not_vetoed(pothole: Service, pothole_request: ServiceRequest) -> None:
    closed(pothole_request, reason=ClosingReason.DUPLICATE)
    parent = cast.make_request(pothole)
    reader = Reader()
    form = reader.form(public(pothole_request, "not-fixed/"))
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(duplicate_of=parent)
    reader.send(public(pothole_request, "not-fixed/"), form | WORDS, status=409)
    assert now(pothole_request).state == "closed"
