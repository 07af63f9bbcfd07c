"""Nothing calls or texts by itself: staff read whom they have to tell, and what was only printed is not said to have arrived."""

from __future__ import annotations

from io import StringIO

import pytest

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.accounts.roles import Role
from evenhand.web.connectors.email import ConsoleConnector, FakeEmail
from evenhand.web.console.told_by_hand import audience_of, hand_words
from evenhand.web.conversations.actions import follow
from evenhand.web.journeys.send_outbox import send_outbox
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.actions import Contact
from evenhand.web.service_requests.models import Reporter, Service, ServiceRequest
from tests import cast
from tests.journeys.console_pages import Desk


@pytest.fixture
def ben(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT, "ben-at-work")


@pytest.fixture
def heard(pothole_request: ServiceRequest) -> ServiceRequest:
    """A request whose reporter hears by mail."""
    follow(pothole_request, recipient=cast.ANA.email, language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    return pothole_request


@pytest.mark.parametrize(("method", "said"), [("text", "chose text messages: (617) 555-0123"), ("phone", "chose the phone: (617) 555-0123")])
def test_staff_read_whom_they_have_to_tell_by_hand(pothole: Service, ben: Account, method: str, said: str) -> None:
    request = cast.make_request(pothole, contact=Contact(phone="+16175550123", response_method=method, contact_method="phone"))
    desk = Desk(ben)
    form = desk.page(request, "close")
    for words in ("Nobody follows by mail", said, "nothing calls or texts by itself"):
        assert words in form
    assert PersonalDataRead.objects.filter(account=ben, reference=request.reference).count() == 1
    assert "nothing by itself" in desk.page(request)
    after = desk.send(request, "close", {"reason": "unable", "words": "No money."})
    assert said in after
    assert "get it by mail" not in form + after


def test_who_may_not_see_the_number_reads_that_there_is_one(pothole: Service, ben: Account) -> None:
    request = cast.make_request(pothole, contact=Contact(phone="+16175550123", response_method="text"))
    nobody_sees = hand_words(audience_of(request), cast.make_staff(pothole.jurisdiction, Role.ANALYST, "ana-lyst"))
    assert nobody_sees == "The reporter gets no mail and chose text messages."
    assert "555-0123" in hand_words(audience_of(request), ben)


def test_who_hears_by_mail_is_not_to_be_told_by_hand(heard: ServiceRequest, pothole: Service) -> None:
    Reporter.objects.filter(request=heard).update(response_method="phone", phone="+16175550123")
    assert (audience_of(heard).by_mail, audience_of(heard).own) == (1, None)
    child = cast.make_request(pothole, contact=Contact(phone="+16175550124", response_method="phone"))
    ServiceRequest.objects.filter(pk=child.pk).update(duplicate_of=heard)
    assert audience_of(heard).others == 1


def test_a_mail_that_was_only_printed_is_not_said_to_be_delivered(heard: ServiceRequest, ben: Account) -> None:
    Desk(ben).send(heard, "answer", {"words": "On Monday."})
    send_outbox(ConsoleConnector(StringIO()))
    page = Desk(ben).page(heard)
    assert "only printed: no mail server is set" in page
    assert "delivered" not in page
    Desk(ben).send(heard, "answer", {"words": "On Tuesday."})
    send_outbox(FakeEmail())
    assert "delivered" in Desk(ben).page(heard)
