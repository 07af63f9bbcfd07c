"""Somebody outside the city gets a link to one request: they see what the work needs, answer, and staff decide what "done" means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import links
from evenhand.web.conversations.models import ContractorLink
from evenhand.web.core import clock
from evenhand.web.journeys.invite_contractor import invite_contractor
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import work_actions
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from tests import cast
from tests.journeys.console_pages import Desk
from tests.journeys.request_pages import Reader, closed, link_in, mails_to, picture, public

INVITATION = {"name": "Bay Paving", "recipient": "crew@bay.test", "language": "en", "words": "Fill it with hot asphalt.", "days": "30"}
DONE = {"said": "done", "words": "Filled this morning."}


@pytest.fixture
def agent(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT)


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def invited(request: ServiceRequest, person: Account, **changes: object) -> str:
    """The path of a contractor's link."""
    given = {"name": "Bay Paving", "recipient": "crew@bay.test", "language": "en", "words": "Fill it with hot asphalt.", "at": clock.now()}
    link = invite_contractor(request, person=person, **(given | changes))  # type: ignore[arg-type]
    return "/contractor/" + links.contractor_url(link).split("/contractor/")[1]


def test_invited_done_with_a_photo_and_closed_with_it(pothole_request: ServiceRequest, agent: Account) -> None:
    desk, crew = Desk(agent), Reader()
    assert "Bay Paving gets a mail with the link." in desk.send(pothole_request, "invite-contractor", INVITATION)
    (mail,) = mails_to("crew@bay.test")
    link = link_in(mail.text, "/contractor/")
    page = crew.page(link)
    assert "Fill it with hot asphalt." in page
    assert "12 Wharf Street" in page
    assert "Thank you. The city knows that it is done." in crew.send(link, DONE | {"photos": [picture()]})
    request = now(pothole_request)
    photo = Photo.objects.get(request=request)
    assert (request.state, request.status, request.photo_count) == ("done_reported", "open", 0)
    seen = Reader().page(public(request))
    assert "The work is said to be done" in seen
    assert "Filled this morning." not in seen
    assert Reader().status(f"/photos/{photo.key}.jpg") == 404
    assert "Filled this morning." in desk.page(request)

    assert "Filled this morning." in desk.page(request, "close-as-done")
    desk.send(request, "close-as-done", {"shown": [str(photo.pk)], "words": "Bay Paving filled the hole."})
    fixed = now(request)
    assert (fixed.state, fixed.closing_reason, fixed.evidence, fixed.photo_count) == ("closed", "fixed", "photo", 1)
    assert Reader().status(f"/photos/{photo.key}.jpg") == 200
    assert photo.key in Reader().client.get(public(request)).content.decode()
    assert "The city has closed this request" in crew.page(link)
    verify(fixed)


def test_the_page_knows_neither_the_reporter_nor_what_staff_write(pothole_request: ServiceRequest, agent: Account) -> None:
    with transaction.atomic():
        work_actions.note(pothole_request, person=agent, at=clock.now(), words="The owner is difficult.")
    body = Reader().client.get(invited(pothole_request, agent)).content.decode()
    assert "A deep hole beside the bus stop" in body
    for secret in ("Okafor", "ana@home.test", "5550123", "difficult", "/private/"):
        assert secret not in body


def test_of_a_private_report_it_shows_place_and_task_only(power_out: Service, agent: Account) -> None:
    dark = cast.make_request(power_out, by=cast.ANA, words="I am alone with a baby")
    page = Reader().page(invited(dark, agent))
    assert "12 Wharf Street" in page
    assert "alone with a baby" not in page


def test_done_without_a_photo_is_not_taken_and_an_answer_needs_words(pothole_request: ServiceRequest, agent: Account) -> None:
    link, crew = invited(pothole_request, agent), Reader()
    assert "Please add a photo of the finished work" in crew.send(link, DONE, status=422)
    assert "Please write what you want to say." in crew.send(link, {"said": "answer", "words": " "}, status=422)
    assert "Please choose one." in crew.send(link, {"words": "Hello"}, status=422)
    assert now(pothole_request).state == "received"


def test_an_answer_is_for_staff_and_changes_no_state(pothole_request: ServiceRequest, agent: Account) -> None:
    link, crew = invited(pothole_request, agent), Reader()
    assert "We need the road closed." in crew.send(link, {"said": "answer", "words": "We need the road closed."})
    assert now(pothole_request).state == "received"
    assert "We need the road closed." in Desk(agent).page(pothole_request)
    assert "We need the road closed." not in Reader().page(public(pothole_request))


def test_sent_back_the_crew_hears_what_is_missing_and_shows_it_again(pothole_request: ServiceRequest, agent: Account) -> None:
    link, crew = invited(pothole_request, agent), Reader()
    crew.send(link, DONE | {"photos": [picture()]})
    Desk(agent).send(pothole_request, "send-back", {"words": "The edge is still loose."})
    assert now(pothole_request).state == "assigned"
    mail = mails_to("crew@bay.test")[-1]
    assert mail.kind == "request_work_sent_back"
    assert "The edge is still loose." in mail.text
    crew.send(link_in(mail.text, "/contractor/"), DONE | {"photos": [picture("edge.jpg", (80, 60))]})
    assert now(pothole_request).state == "done_reported"
    assert Photo.objects.filter(request=pothole_request).count() == 2


def test_a_double_click_is_one_report(pothole_request: ServiceRequest, agent: Account) -> None:
    link, crew = invited(pothole_request, agent), Reader()
    form = crew.form(link) | {"said": "answer", "words": "On Friday."}
    crew.send(link, form)
    crew.send(link, form)
    assert now(pothole_request).events.filter(kind="contractor_answered").count() == 1


def test_a_forwarded_link_works_for_whoever_has_it(pothole_request: ServiceRequest, agent: Account) -> None:
    link = invited(pothole_request, agent)
    for crew in (Reader(), Reader()):
        assert "Fill it with hot asphalt." in crew.page(link)


def test_a_link_that_was_taken_back_says_so_and_takes_nothing(pothole_request: ServiceRequest, agent: Account) -> None:
    link, crew, desk = invited(pothole_request, agent), Reader(), Desk(agent)
    row = ContractorLink.objects.get()
    assert link in desk.client.get(f"/console/requests/{pothole_request.reference}/").content.decode()
    desk.send(pothole_request, "revoke-contractor", {"link": str(row.pk)})
    page = crew.page(link)
    assert "This link was taken back" in page
    assert "hot asphalt" not in page
    assert "Wharf Street" not in page
    late = crew.send(link, {"said": "answer", "words": "We were there."}, status=409)
    assert "We were there." in late
    assert now(pothole_request).events.filter(kind="contractor_answered").count() == 0
    assert link not in desk.client.get(f"/console/requests/{pothole_request.reference}/").content.decode()


def test_an_expired_link_says_so(pothole_request: ServiceRequest, agent: Account) -> None:
    link = invited(pothole_request, agent, at=clock.now() - timedelta(days=60))
    assert "This link is over" in Reader().page(link)
    Reader().send(link, {"said": "answer", "words": "Late."}, status=409)


def test_an_expired_link_asks_for_nothing_any_more(pothole_request: ServiceRequest, agent: Account) -> None:
    link = invited(pothole_request, agent, at=clock.now() - timedelta(days=60))
    late = Reader().send(link, {"said": "done", "words": "We were there."}, status=409)
    assert "add a photo" not in late
    for words in ("This link is over", "We were there."):
        assert words in late
    assert "p.m.." not in late


def test_a_request_that_was_closed_meanwhile_says_so(pothole_request: ServiceRequest, agent: Account) -> None:
    link = invited(pothole_request, agent)
    closed(pothole_request)
    assert "The city has closed this request" in Reader().page(link)
    late = Reader().send(link, DONE | {"photos": [picture()]}, status=409)
    assert "What you wrote was not sent" in late
    assert Photo.objects.count() == 0


def test_a_forged_link_opens_nothing(pothole_request: ServiceRequest, agent: Account) -> None:
    link = invited(pothole_request, agent)
    other = invited(cast.make_request(pothole_request.service), agent)
    first, second = link.split("/"), other.split("/")
    for forged in (f"/contractor/{first[2]}/{'0' * 32}/", f"/contractor/{first[2]}/{second[3]}/", "/contractor/99999999999999999999999/0/"):
        for answer in (Reader().client.get(forged), Reader().client.post(forged, DONE)):
            assert answer.status_code == 404
            assert "asphalt" not in answer.content.decode()


def test_a_photo_of_another_request_is_no_evidence_here(pothole_request: ServiceRequest, agent: Account) -> None:
    other = cast.make_request(pothole_request.service)
    crew = Reader()
    for request in (pothole_request, other):
        crew.send(invited(request, agent), DONE | {"photos": [picture()]})
    theirs = Photo.objects.get(request=other)
    Desk(agent).send(pothole_request, "close-as-done", {"shown": [str(theirs.pk)], "words": "Done."}, status=422)
    assert now(pothole_request).state == "done_reported"


def test_call_takers_hand_out_no_links(pothole_request: ServiceRequest) -> None:
    taker = Desk(cast.make_staff(pothole_request.jurisdiction, Role.CALL_TAKER))
    assert taker.client.post(f"/console/requests/{pothole_request.reference}/invite-contractor/", INVITATION).status_code == 403
    assert not ContractorLink.objects.exists()
