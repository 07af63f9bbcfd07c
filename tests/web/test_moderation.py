"""What the public should not read is hidden, the fact stays as it was, and nothing leaks beside the page."""

from __future__ import annotations

import pytest
from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.moderate_content import hide_content, show_content_again
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.errors import NotHideable
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.moderation import HidingReason, Part, What
from evenhand.web.service_requests.photo_links import photo_signature
from evenhand.web.service_requests.workflow import Actor
from tests import cast
from tests.journeys.console_pages import Desk
from tests.journeys.request_pages import Reader, mails_to, picture, private, public

REPORT = Part(What.WORDS, 1)


@pytest.fixture
def agent(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT)


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def hide(request: ServiceRequest, part: Part, person: Account, words: str = "") -> bool:
    return hide_content(request, part, reason=HidingReason.PERSONAL_DATA, words=words, person=person, at=cast.NOON)


def commented(request: ServiceRequest, words: str = "Call Joe, 617 555 0199.", name: str = "Max") -> Part:
    with transaction.atomic():
        after = actions.comment(request, words=words, name=name, actor=Actor.RESIDENT, at=cast.NOON, channel="web")
    return Part(What.WORDS, after.event_count)


def test_hidden_words_of_the_report_are_on_no_public_page_list_or_search(pothole_request: ServiceRequest, agent: Account) -> None:
    reader = Reader()
    assert pothole_request.reference in reader.client.get("/requests/?q=bus+stop").content.decode()
    hide(pothole_request, REPORT, agent)
    page = reader.page(public(pothole_request))
    assert "bus stop" not in page
    assert "Hidden by the city: it tells something about people that not everybody should know" in page
    assert "bus stop" not in reader.client.get("/requests/").content.decode()
    assert pothole_request.reference not in reader.client.get("/requests/?q=bus+stop").content.decode()
    verify(now(pothole_request))


def test_staff_see_what_is_hidden_as_hidden(pothole_request: ServiceRequest, agent: Account) -> None:
    hide(pothole_request, REPORT, agent)
    page = Desk(agent).page(pothole_request)
    assert "A deep hole beside the bus stop" in page
    assert "hidden from the public" in page


def test_the_reporter_sees_their_own_words_and_that_they_are_hidden(pothole_request: ServiceRequest, agent: Account) -> None:
    hide(pothole_request, REPORT, agent)
    page = Reader().page(private(pothole_request))
    assert "A deep hole beside the bus stop" in page
    assert "Hidden by the city" in page


def test_it_can_be_shown_again_as_it_was(pothole_request: ServiceRequest, agent: Account) -> None:
    hide(pothole_request, REPORT, agent)
    show_content_again(now(pothole_request), REPORT, words="A mistake of ours.", person=agent, at=cast.NOON)
    assert now(pothole_request).description == "A deep hole beside the bus stop"
    assert "Hidden by" not in Reader().page(public(pothole_request))
    assert pothole_request.reference in Reader().client.get("/requests/?q=bus+stop").content.decode()


def test_a_hidden_comment_is_not_counted_and_says_why_it_is_hidden(pothole_request: ServiceRequest, agent: Account) -> None:
    part = commented(pothole_request)
    assert now(pothole_request).comment_count == 1
    hide(pothole_request, part, agent)
    page = Reader().page(public(pothole_request))
    assert "617 555 0199" not in page
    assert "Max" in page
    assert now(pothole_request).comment_count == 0
    hide(pothole_request, Part(What.NAME, part.number), agent)
    assert "Max" not in Reader().page(public(pothole_request))
    show_content_again(now(pothole_request), part, words="", person=agent, at=cast.NOON)
    assert now(pothole_request).comment_count == 1
    assert "Max" not in Reader().page(public(pothole_request))


def test_a_hidden_photo_is_served_to_nobody_without_its_signature(pothole_request: ServiceRequest, agent: Account) -> None:
    reader = Reader()
    reader.send(public(pothole_request, "comment/"), {"words": "See.", "photos": [picture()]})
    photo = Photo.objects.get(request=pothole_request)
    assert reader.status(f"/photos/{photo.key}.jpg") == 200
    hide(pothole_request, Part(What.PHOTO, photo.pk), agent)
    for size in ("", "-small"):
        assert reader.status(f"/photos/{photo.key}{size}.jpg") == 404
        assert reader.status(f"/photos/{photo.key}{size}.jpg", k=photo_signature(photo.key)) == 200
    page = reader.client.get(public(pothole_request)).content.decode()
    assert photo.key not in page
    assert photo.key not in reader.client.get("/requests/").content.decode()
    assert "A photo is hidden by the city" in page
    assert now(pothole_request).photo_count == 0
    show_content_again(now(pothole_request), Part(What.PHOTO, photo.pk), words="", person=agent, at=cast.NOON)
    assert (now(pothole_request).photo_count, reader.status(f"/photos/{photo.key}.jpg")) == (1, 200)


def test_a_name_that_the_reporter_shows_can_be_hidden_and_shown_again(pothole: Service, agent: Account) -> None:
    request = cast.make_request(pothole, contact=cast.ANA.contact(is_name_shown=True))
    assert "Ana Okafor" in Reader().page(public(request))
    hide(request, Part(What.NAME, 1), agent)
    assert "Ana Okafor" not in Reader().page(public(request))
    show_content_again(now(request), Part(What.NAME, 1), words="", person=agent, at=cast.NOON)
    assert "Ana Okafor" in Reader().page(public(request))


def test_the_reporter_is_told_by_mail_and_a_neighbor_cannot_be(pothole_request: ServiceRequest, agent: Account) -> None:
    conversations.follow(pothole_request, recipient="ana@home.test", language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    assert hide(pothole_request, REPORT, agent, words="It names your doctor.")
    (mail,) = mails_to("ana@home.test")
    assert "It names your doctor." in mail.text
    assert not hide(pothole_request, commented(pothole_request), agent)
    assert len(mails_to("ana@home.test")) == 1


def test_what_is_not_there_cannot_be_hidden_nor_twice(pothole_request: ServiceRequest, agent: Account) -> None:
    hide(pothole_request, REPORT, agent)
    for part, code in ((REPORT, "hidden_already"), (Part(What.WORDS, 99), "nothing_to_hide"), (Part(What.PHOTO, 99), "nothing_to_hide")):
        with pytest.raises(NotHideable) as refused:
            hide(pothole_request, part, agent)
        assert refused.value.code == code
    with pytest.raises(NotHideable, match="not hidden"):
        show_content_again(pothole_request, commented(pothole_request), words="", person=agent, at=cast.NOON)


def test_erased_words_do_not_come_back_by_being_shown_again(pothole_request: ServiceRequest, agent: Account) -> None:
    hide(pothole_request, REPORT, agent)
    with transaction.atomic():
        actions.erase_reporter(pothole_request, at=cast.NOON)
    with pytest.raises(NotHideable, match="erased"):
        show_content_again(pothole_request, REPORT, words="", person=agent, at=cast.NOON)
    assert now(pothole_request).description == ""


def test_it_is_hidden_from_the_page_with_a_reason_and_call_takers_may_not(pothole_request: ServiceRequest, agent: Account) -> None:
    desk = Desk(agent)
    assert "Please choose why" in desk.send(pothole_request, "hide", {"part": "words:1"}, status=422)
    page = desk.send(pothole_request, "hide", {"part": "words:1", "reason": "abuse", "words": "<b>Please</b> stay polite."})
    assert "Hidden from the public" in page
    assert now(pothole_request).description == ""
    assert "A deep hole" in desk.page(pothole_request, "show-again")
    desk.send(pothole_request, "show-again", {"part": "words:1"})
    assert now(pothole_request).description == "A deep hole beside the bus stop"
    taker = Desk(cast.make_staff(pothole_request.jurisdiction, Role.CALL_TAKER))
    assert taker.client.post(f"/console/requests/{pothole_request.reference}/hide/", {"part": "words:1", "reason": "abuse"}).status_code == 403
