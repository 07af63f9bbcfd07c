"""Following a request by e-mail, with the consent of the one who gets the mails."""

from __future__ import annotations

import pytest
from django.test import Client

from evenhand.web.conversations.models import Follower, OutboxMessage
from evenhand.web.journeys.answer_request import answer_request
from evenhand.web.journeys.close_request import close_request
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import ClosingReason, Evidence
from tests import cast
from tests.journeys.request_pages import Reader, link_in, mails_to, public

BEN = "ben@next.test"


def asked(request: ServiceRequest, address: str = BEN, reader: Reader | None = None) -> str:
    return (reader or Reader()).send(public(request, "follow/"), {"email": address})


def confirmed(request: ServiceRequest, address: str = BEN) -> Follower:
    asked(request, address)
    Reader().client.post(link_in(mails_to(address)[-1].text, "/follow/confirm/"))
    return Follower.objects.get(request=request, recipient=address)


def test_an_address_hears_nothing_before_its_owner_has_pressed_the_button(pothole_request: ServiceRequest) -> None:
    assert f"We have written to {BEN}." in asked(pothole_request)
    (mail,) = mails_to(BEN)
    link = link_in(mail.text, "/follow/confirm/")
    assert "Do you want to hear what happens?" in Reader().page(link)  # a mail filter opens it too
    answer_request(pothole_request, words="Too early for Ben.", at=cast.NOON)
    assert len(mails_to(BEN)) == 1
    assert "You follow this request" in words(Reader().client.post(link).content)
    answer_request(pothole_request, words="We come on Monday.", at=cast.NOON)
    assert "We come on Monday." in mails_to(BEN)[1].text


def test_followers_hear_the_closing_and_how_to_object(pothole_request: ServiceRequest) -> None:
    confirmed(pothole_request)
    close_request(pothole_request, reason=ClosingReason.FIXED, evidence=Evidence.CREW_RECORD, words="Filled with asphalt.", at=cast.NOON)
    mail = mails_to(BEN)[-1]
    assert mail.subject.startswith("Fixed: Pothole")
    assert link_in(mail.text, f"/requests/{pothole_request.reference}/") == public(pothole_request)


def test_the_page_says_the_same_whatever_it_knows_about_an_address(pothole_request: ServiceRequest) -> None:
    confirmed(pothole_request)
    known, unknown = asked(pothole_request), asked(pothole_request, "eve@far.test")
    assert known.replace(BEN, "X") == unknown.replace("eve@far.test", "X")
    assert mails_to(BEN)[-1].kind == "follow_already"


def test_every_mail_carries_a_stop_link_that_mail_programs_can_use(pothole_request: ServiceRequest) -> None:
    confirmed(pothole_request)
    answer_request(pothole_request, words="We come on Monday.", at=cast.NOON)
    mail = mails_to(BEN)[-1]
    link = link_in(mail.headers["List-Unsubscribe"].strip("<>"), "/follow/stop/")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    program = Client(enforce_csrf_checks=True)
    assert program.get(link).status_code == 200
    assert Follower.objects.get(recipient=BEN).stopped_at is None
    assert program.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Follower.objects.get(recipient=BEN).stopped_at is not None
    assert OutboxMessage.objects.get(pk=mail.pk).failed_at is not None  # what still waited is not sent
    answer_request(pothole_request, words="Nobody hears this.", at=cast.NOON)
    assert mails_to(BEN)[-1].pk == mail.pk


def test_whoever_stopped_has_to_confirm_again(pothole_request: ServiceRequest) -> None:
    follower = confirmed(pothole_request)
    follower.stopped_at = cast.NOON
    follower.save()
    asked(pothole_request)
    assert Follower.objects.filter(recipient=BEN, confirmed_at=None, stopped_at=None).exists()
    assert mails_to(BEN)[-1].kind == "follow_confirm"


@pytest.mark.parametrize("purpose", ["confirm", "stop"])
def test_a_wrong_token_and_the_token_of_the_other_link_open_nothing(pothole_request: ServiceRequest, purpose: str) -> None:
    asked(pothole_request)
    follower = Follower.objects.get(recipient=BEN)
    right = link_in(mails_to(BEN)[0].text, "/follow/confirm/").rstrip("/").rsplit("/", 1)[1]
    wrong = "0" * 32 if purpose == "confirm" else right
    for url in (f"/follow/{purpose}/{follower.pk}/{wrong}/", f"/follow/{purpose}/{follower.pk + 99}/{right}/"):
        assert Reader().client.get(url).status_code == 404
        assert Reader().client.post(url).status_code == 404
    assert Follower.objects.get(recipient=BEN).confirmed_at is None


def test_one_address_is_asked_at_most_three_times_an_hour(pothole_request: ServiceRequest) -> None:
    for _ in range(5):
        assert f"We have written to {BEN}." in asked(pothole_request)
    assert len(mails_to(BEN)) == 3


def test_one_device_asks_for_at_most_ten_addresses_an_hour(pothole_request: ServiceRequest) -> None:
    reader = Reader()
    reader.page(public(pothole_request))
    for number in range(10):
        asked(pothole_request, f"n{number}@far.test", reader)
    page = reader.send(public(pothole_request, "follow/"), {"email": "n11@far.test"}, status=422)
    assert "That is more than people write in an hour." in page
    assert mails_to("n11@far.test") == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Please write your e-mail address."),
        ("ben", "This does not look like an e-mail address."),
        ("ben@next.test\r\nBcc: all@far.test", "This does not look like an e-mail address."),
        (f"{'b' * 300}@next.test", "This is too long for an e-mail address."),
        ("<script>@next.test", "This does not look like an e-mail address."),
    ],
)
def test_what_is_no_address_is_told_and_given_back(pothole_request: ServiceRequest, typed: str, said: str) -> None:
    response = Reader().client.post(public(pothole_request, "follow/"), {"email": typed})
    assert response.status_code == 422
    assert said in words(response.content)
    assert not Follower.objects.exists()


def test_upper_and_lower_case_are_one_follower(pothole_request: ServiceRequest) -> None:
    asked(pothole_request, "Ben@Next.test")
    asked(pothole_request, "ben@next.TEST")
    assert Follower.objects.count() == 1


def words(body: bytes) -> str:
    from tests.journeys.request_pages import words_of

    return words_of(body.decode())
