"""The city asks the reporter something; the answer comes by a private link, by phone, late, twice, or never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from evenhand.web.accounts.models import Account, PersonalDataRead
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import links
from evenhand.web.conversations.models import ReporterQuestion
from evenhand.web.core import clock
from evenhand.web.journeys.ask_reporter import ask_reporter
from evenhand.web.journeys.mind_questions import mind_questions
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.changing import move
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, Move
from tests import cast
from tests.journeys.console_pages import Desk
from tests.journeys.request_pages import Reader, link_in, mails_to, picture, private, public

QUESTION = "Which of the two lamps is it?"


@pytest.fixture
def agent(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT)


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def assigned(request: ServiceRequest) -> ServiceRequest:
    with transaction.atomic():
        return move(request, Move.ASSIGN, actor=Actor.STAFF, at=clock.now(), channel="console")


def asked(request: ServiceRequest, person: Account, words: str = QUESTION, *, at: datetime | None = None) -> ReporterQuestion:
    return ask_reporter(request, words=words, person=person, at=at or clock.now()).question


def answering(question: ReporterQuestion) -> str:
    return links.answer_path(question)


def test_asked_from_the_console_answered_by_the_link_and_back_where_it_was(pothole_request: ServiceRequest, agent: Account) -> None:
    assigned(pothole_request)
    desk, reader = Desk(agent), Reader()
    assert "The reporter gets a mail with a private link" in desk.page(pothole_request, "ask")
    page = desk.send(pothole_request, "ask", {"words": QUESTION, "days": "14"})
    assert "Asked: the reporter gets a mail" in page
    assert now(pothole_request).state == "waiting_for_reporter"
    (mail,) = mails_to("ana@home.test")
    link = link_in(mail.text, "/answer/")
    assert QUESTION in reader.page(link)
    assert now(pothole_request).state == "waiting_for_reporter", "opening the link changes nothing"
    said = reader.send(link, {"words": "The left one, gate code 4711.", "photos": [picture()]})
    assert "Thank you. The city has your answer." in said
    request = now(pothole_request)
    assert request.state == "assigned"
    page = desk.page(request)
    assert "gate code 4711" in page
    assert "city and reporter only" in page
    verify(request)


def test_words_and_photos_of_question_and_answer_are_not_for_the_public(pothole_request: ServiceRequest, agent: Account) -> None:
    reader = Reader()
    question = asked(pothole_request, agent)
    reader.send(answering(question), {"words": "Gate code 4711.", "photos": [picture()]})
    photo = Photo.objects.get(request=pothole_request)
    page = reader.client.get(public(pothole_request)).content.decode()
    assert "The city has a question" in page
    assert "The question was answered" in page
    for secret in (QUESTION, "4711", photo.key):
        assert secret not in page
    assert reader.status(f"/photos/{photo.key}.jpg") == 404
    assert now(pothole_request).photo_count == 0
    own = reader.client.get(private(pothole_request)).content.decode()
    assert all(known in own for known in (QUESTION, "4711", photo.key))


def test_an_analyst_reads_no_more_of_it_than_the_public(pothole_request: ServiceRequest, agent: Account) -> None:
    question = asked(pothole_request, agent)
    Reader().send(answering(question), {"words": "Gate code 4711."})
    body = (
        Desk(cast.make_staff(pothole_request.jurisdiction, Role.ANALYST))
        .client.get(f"/console/requests/{pothole_request.reference}/")
        .content.decode()
    )
    assert "The question was answered" in body
    assert QUESTION not in body
    assert "4711" not in body


@pytest.mark.parametrize(
    ("before", "after"), [(None, "acknowledged"), (Move.ASSIGN, "assigned"), (Move.START, "in_progress"), (Move.SCHEDULE, "scheduled")]
)
def test_the_answer_puts_it_back_where_it_was(pothole_request: ServiceRequest, agent: Account, before: Move | None, after: str) -> None:
    if before is not None:
        with transaction.atomic():
            move(pothole_request, before, actor=Actor.STAFF, at=clock.now(), channel="console")
    asked(pothole_request, agent)
    second = asked(pothole_request, agent, "And since when?")
    Reader().send(answering(second), {"words": "The left one, since May."})
    assert now(pothole_request).state == after
    assert not ReporterQuestion.objects.filter(answered_at=None).exists(), "what was asked before is answered with it"


def test_answered_twice_says_so_and_keeps_the_words_to_copy(pothole_request: ServiceRequest, agent: Account) -> None:
    question, first, second = asked(pothole_request, agent), Reader(), Reader()
    form = second.form(answering(question))
    first.send(answering(question), {"words": "The left one."})
    page = second.send(answering(question), form | {"words": "No, the right one."}, status=409)
    assert "This question is answered" in page
    assert "No, the right one." in page
    assert "The left one." not in page
    assert now(pothole_request).events.filter(kind="reporter_answered").count() == 1
    assert "This question is answered" in second.page(answering(question))


def test_a_double_click_is_one_answer_and_no_reproach(pothole_request: ServiceRequest, agent: Account) -> None:
    question, reader = asked(pothole_request, agent), Reader()
    form = reader.form(answering(question)) | {"words": "The left one."}
    for _ in range(2):
        assert "Thank you. The city has your answer." in reader.send(answering(question), form)
    assert now(pothole_request).events.filter(kind="reporter_answered").count() == 1


def test_an_empty_answer_is_asked_for_words_and_a_bad_photo_alone_too(pothole_request: ServiceRequest, agent: Account) -> None:
    question, reader = asked(pothole_request, agent), Reader()
    assert "Please write your answer, or send a photo." in reader.send(answering(question), {"words": "  "}, status=422)
    assert "Please shorten this to 4000 characters" in reader.send(answering(question), {"words": "x" * 1_000_000}, status=422)
    assert now(pothole_request).state == "waiting_for_reporter"


def test_markup_in_question_and_answer_is_words(pothole_request: ServiceRequest, agent: Account) -> None:
    question, reader = asked(pothole_request, agent, "<script>alert(1)</script>"), Reader()
    assert "<script>alert(1)" not in reader.client.get(answering(question)).content.decode()
    reader.send(answering(question), {"words": "<img src=x onerror=alert(1)>"})
    body = Desk(agent).client.get(f"/console/requests/{pothole_request.reference}/").content.decode()
    assert "<img src=x" not in body


def test_an_expired_link_says_so_and_where_to_write_instead(pothole_request: ServiceRequest, agent: Account) -> None:
    question = asked(pothole_request, agent, at=clock.now() - timedelta(days=20))
    page = Reader().page(answering(question))
    assert "The time to answer is over" in page
    assert "Write a comment" in page
    late = Reader().send(answering(question), {"words": "The left one."}, status=409)
    assert "What you wrote was not sent" in late
    assert "The left one." in late


def test_it_expires_at_the_end_of_a_day_in_the_citys_time(pothole_request: ServiceRequest, agent: Account) -> None:
    # Monday 2 March, noon in New York; fourteen days later summer time has begun: New York is four hours behind.
    question = asked(pothole_request, agent, at=cast.NOON)
    assert question.expires_at == datetime(2026, 3, 17, 3, 59, tzinfo=UTC)


def test_the_reporter_reads_mail_and_page_in_their_language(pothole: Service, agent: Account) -> None:
    request = cast.make_request(pothole, by=cast.LUZ)
    question = asked(request, agent)
    assert mails_to("luz@home.test")[0].language == "es"
    reader = Reader()
    assert '<html lang="es"' in reader.client.get(answering(question)).content.decode()
    reader.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert '<html lang="en"' in reader.client.get(answering(question)).content.decode()


def test_without_an_address_staff_are_told_to_call_before_they_ask(pothole: Service, agent: Account) -> None:
    request = cast.make_request(pothole, contact=actions.Contact(name="Ana", phone="+16175550123", response_method="phone"))
    desk = Desk(agent)
    page = desk.page(request, "ask")
    assert "please call" in page
    assert "+16175550123" in page
    assert PersonalDataRead.objects.filter(account=agent, reference=request.reference, purpose="ask_reporter").exists()
    assert "please call, and write down" in desk.send(request, "ask", {"words": QUESTION, "days": "14"})
    assert not mails_to("")
    desk.send(request, "reporters-answer", {"words": "The left one."})
    assert now(request).state == "acknowledged"
    assert "This question is answered" in Reader().page(answering(ReporterQuestion.objects.get()))


def test_the_question_stands_on_the_private_page_and_on_no_other(pothole: Service, agent: Account) -> None:
    request = cast.make_request(pothole)
    question = asked(request, agent)
    body = Reader().client.get(private(request)).content.decode()
    assert QUESTION in body
    assert answering(question) in body
    assert answering(question) not in Reader().client.get(public(request)).content.decode()


def test_who_stopped_the_mails_gets_no_question_by_mail(pothole_request: ServiceRequest, agent: Account) -> None:
    follower = conversations.follow(pothole_request, recipient="ana@home.test", language="en", at=cast.NOON, is_reporter=True, confirmed=True)
    conversations.stop(follower, at=cast.NOON)
    assert ask_reporter(pothole_request, words=QUESTION, person=agent, at=clock.now()).reach == "phone"
    assert mails_to("ana@home.test") == []


def test_an_answer_that_comes_when_the_work_went_on_moves_nothing(pothole_request: ServiceRequest, agent: Account) -> None:
    question = asked(pothole_request, agent)
    with transaction.atomic():
        move(pothole_request, Move.START, actor=Actor.STAFF, at=clock.now(), channel="console")
    Reader().send(answering(question), {"words": "The left one."})
    assert now(pothole_request).state == "in_progress"
    assert "The left one." in Desk(agent).page(pothole_request)


def test_the_reporter_is_reminded_once_and_then_the_city_goes_on(pothole_request: ServiceRequest, agent: Account) -> None:
    assigned(pothole_request)
    question = asked(pothole_request, agent, at=cast.NOON)
    assert mind_questions(at=question.expires_at - timedelta(days=3)) == {"reminded": 0, "returned": 0}
    assert mind_questions(at=question.expires_at - timedelta(days=1)) == {"reminded": 1, "returned": 0}
    assert mind_questions(at=question.expires_at - timedelta(hours=1)) == {"reminded": 0, "returned": 0}
    assert [mail.kind for mail in mails_to("ana@home.test")] == ["request_question", "request_question_reminder"]
    assert mind_questions(at=question.expires_at) == {"reminded": 0, "returned": 1}
    request = now(pothole_request)
    assert request.state == "assigned"
    assert "No answer came in time" in Reader().page(public(request))
    assert mind_questions(at=question.expires_at + timedelta(days=1)) == {"reminded": 0, "returned": 0}
    verify(request)


def test_a_question_that_a_later_one_follows_does_not_end_the_waiting(pothole_request: ServiceRequest, agent: Account) -> None:
    first = asked(pothole_request, agent, at=cast.NOON)
    later = asked(pothole_request, agent, "And since when?", at=cast.NOON + timedelta(days=5))
    assert mind_questions(at=first.expires_at)["returned"] == 0
    assert mind_questions(at=later.expires_at)["returned"] == 1


def test_a_link_that_was_not_handed_out_opens_nothing(pothole_request: ServiceRequest, agent: Account) -> None:
    question = asked(pothole_request, agent)
    for address in (f"/answer/{question.pk}/{'0' * 32}/", f"/answer/{question.pk + 1}/{answering(question).split('/')[3]}/"):
        for answer in (Reader().client.get(address), Reader().client.post(address, {"words": "Me."})):
            assert answer.status_code == 404
            assert QUESTION not in answer.content.decode()
    ReporterQuestion.objects.update(link_salt="another")
    assert Reader().client.get(answering(question)).status_code == 404


def test_a_closed_request_cannot_be_asked_about(pothole_request: ServiceRequest, agent: Account) -> None:
    with transaction.atomic():
        actions.withdraw(pothole_request, at=clock.now())
    assert "cannot be done any more" in words(Desk(agent), pothole_request)


def words(desk: Desk, request: ServiceRequest) -> str:
    return desk.client.get(f"/console/requests/{request.reference}/ask/", follow=True).content.decode()
