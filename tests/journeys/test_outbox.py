"""Messages leave the house at least once, whatever happens on the way; and a failed delivery undoes nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import OperationalError, connection, transaction

from evenhand.web.connectors.email import EmailUndeliverableNow, FakeEmail, OutgoingEmail, connector_from_url
from evenhand.web.conversations import actions as conversations
from evenhand.web.conversations import outbox
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.core import clock
from evenhand.web.journeys import run_worker
from evenhand.web.journeys.close_request import close_request
from evenhand.web.journeys.report_problem import report_problem
from evenhand.web.journeys.send_outbox import send_outbox
from evenhand.web.journeys.tidy_up import tidy_up
from evenhand.web.service_requests.actions import NewReport, Place
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.workflow import ClosingReason, Evidence
from tests import cast
from tests.journeys.request_pages import Reader, link_in

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def put(request: ServiceRequest, to: str = "ben@next.test") -> OutboxMessage:
    return conversations.enqueue("request_answered", to=to, language="en", request=request, at=cast.NOON, context={"words": "On Monday."})


def now(message: OutboxMessage) -> OutboxMessage:
    return OutboxMessage.objects.get(pk=message.pk)


def make_due(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(next_attempt_at=clock.real_now() - MINUTE, leased_until=None)


def test_a_message_exists_exactly_when_what_it_tells_has_happened(pothole_request: ServiceRequest) -> None:
    conversations.follow(pothole_request, recipient="ben@next.test", language="en", at=cast.NOON, confirmed=True)

    class PowerCut(Exception):
        pass

    def close_until_the_power_goes() -> None:
        with transaction.atomic():
            close_request(pothole_request, reason=ClosingReason.FIXED, evidence=Evidence.CREW_RECORD, words="Done.", at=cast.NOON)
            raise PowerCut

    with pytest.raises(PowerCut):
        close_until_the_power_goes()
    assert not OutboxMessage.objects.exists()
    close_request(pothole_request, reason=ClosingReason.FIXED, evidence=Evidence.CREW_RECORD, words="Done.", at=cast.NOON)
    assert OutboxMessage.objects.count() == 1


def test_what_is_due_is_sent_once_in_the_order_of_its_coming(pothole_request: ServiceRequest) -> None:
    first, second = put(pothole_request), put(pothole_request, "eve@far.test")
    server = FakeEmail()
    assert send_outbox(server).sent == 2
    assert send_outbox(server).sent == 0
    assert [mail.to for mail in server.sent] == ["ben@next.test", "eve@far.test"]
    assert now(first).sent_at is not None
    assert now(second).leased_until is None


def test_a_message_that_was_put_off_is_sent_later_under_the_same_id(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)
    server = FakeEmail()
    server.defer_next()
    assert send_outbox(server).failed == 1
    waiting = now(message)
    assert (waiting.attempts, waiting.failed_at) == (1, None)
    assert "email_deferred" in waiting.last_error
    assert 45 < (waiting.next_attempt_at - clock.real_now()).total_seconds() < 75
    assert send_outbox(server).sent == 0
    make_due(message)
    assert send_outbox(server).sent == 1
    assert server.sent[0].message_id == message.message_id
    assert now(message).last_error == ""


def test_pauses_double_from_a_minute_to_six_hours_and_end_after_three_days() -> None:
    pauses = [outbox.pause_after(attempt) for attempt in range(1, outbox.MOST_ATTEMPTS)]
    for pause, minutes in zip(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, *[360] * 10], strict=True):
        assert 0.8 * minutes * MINUTE <= pause <= 1.2 * minutes * MINUTE
    # 1 + 2 + … + 256 = 511 minutes, and ten times six hours: 68.5 hours
    assert 0.8 * 68.5 * HOUR < sum(pauses, timedelta()) < 1.2 * 68.5 * HOUR


def test_a_message_is_given_up_after_its_last_attempt(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)
    OutboxMessage.objects.filter(pk=message.pk).update(attempts=outbox.MOST_ATTEMPTS - 1)
    server = FakeEmail()
    server.defer_next()
    send_outbox(server)
    assert now(message).failed_at is not None
    assert send_outbox(server).sent == 0


def test_what_a_server_refuses_for_good_is_not_tried_again_and_undoes_nothing(pothole_request: ServiceRequest) -> None:
    conversations.follow(pothole_request, recipient="ben@next.test", language="en", at=cast.NOON, confirmed=True)
    close_request(pothole_request, reason=ClosingReason.FIXED, evidence=Evidence.CREW_RECORD, words="Done.", at=cast.NOON)
    server = FakeEmail()
    server.refuse_next()
    send_outbox(server)
    message = OutboxMessage.objects.get()
    assert message.failed_at is not None
    assert "550" in message.last_error
    assert ServiceRequest.objects.get(pk=pothole_request.pk).state == "closed"


def test_a_server_that_is_down_costs_three_attempts_and_not_one_for_each_message(pothole_request: ServiceRequest) -> None:
    for number in range(6):
        put(pothole_request, f"n{number}@far.test")

    class Down:
        def send(self, message: OutgoingEmail) -> None:
            raise EmailUndeliverableNow("email_server_unreachable", "Told to be down.")

    assert send_outbox(Down()).failed == 3
    assert OutboxMessage.objects.filter(attempts=0).count() == 3


def test_one_message_that_trips_the_connector_holds_up_no_other(pothole_request: ServiceRequest) -> None:
    bad, good = put(pothole_request, "bad@far.test"), put(pothole_request)

    class Tripped(FakeEmail):
        def send(self, message: OutgoingEmail) -> None:
            if message.to == "bad@far.test":
                raise ValueError("never seen before")
            super().send(message)

    assert send_outbox(Tripped()).sent == 1
    assert "ValueError" in now(bad).last_error
    assert now(good).sent_at is not None


def test_a_worker_that_dies_while_sending_loses_nothing(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)

    class Killed(BaseException):
        pass

    class Deadly:
        def send(self, message: OutgoingEmail) -> None:
            raise Killed

    with pytest.raises(Killed):
        send_outbox(Deadly())
    server = FakeEmail()
    assert send_outbox(server).sent == 0  # the dead worker's lease still runs
    later = clock.real_now() + outbox.LEASE
    taken = outbox.take_next(real_at=later)
    assert taken is not None
    assert (taken.pk, taken.message_id) == (message.pk, message.message_id)


def test_a_message_that_another_worker_has_sent_stays_sent(pothole_request: ServiceRequest) -> None:
    put(pothole_request)
    slow = outbox.take_next(real_at=clock.real_now())
    quick = outbox.take_next(real_at=clock.real_now() + outbox.LEASE)
    assert slow is not None
    assert quick is not None
    outbox.note_sent(quick, real_at=clock.real_now())
    outbox.note_failed(slow, error="connection lost", is_permanent=False, real_at=clock.real_now())
    assert now(slow).sent_at is not None
    assert outbox.waiting().count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_message_once(pothole_request: ServiceRequest) -> None:
    for number in range(24):
        put(pothole_request, f"n{number}@far.test")
    server = FakeEmail()

    def work() -> None:
        try:
            send_outbox(server)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(mail.to for mail in server.sent) == sorted(f"n{number}@far.test" for number in range(24))
    assert outbox.waiting().count() == 0


def test_addresses_and_personal_links_of_sent_messages_go_after_thirty_days(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)
    waiting = put(pothole_request, "late@far.test")
    OutboxMessage.objects.filter(pk=message.pk).update(sent_at=cast.NOON)
    tidy_up(at=cast.NOON + 29 * DAY, real_at=cast.NOON + 29 * DAY)
    assert now(message).recipient == "ben@next.test"
    tidy_up(at=cast.NOON + 31 * DAY, real_at=cast.NOON + 31 * DAY)
    assert (now(message).recipient, now(message).text, now(message).headers) == ("", "", {})
    assert now(waiting).recipient == "late@far.test"


def test_a_duty_that_fails_keeps_none_of_the_others_from_its_turn(pothole_request: ServiceRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    put(pothole_request)
    held = cast.make_request(pothole_request.service, held_until=cast.NOON)

    def locked(*_: Any, **__: Any) -> int:
        raise OperationalError("database is locked")

    monkeypatch.setattr(run_worker, "send_outbox", locked)
    server = FakeEmail()
    assert run_worker.run(threading.Event(), once=True, connector=server) is False
    assert ServiceRequest.objects.get(pk=held.pk).visibility == "public"
    monkeypatch.undo()
    assert run_worker.run(threading.Event(), once=True, connector=server) is True
    assert len(server.sent) == 1


def test_the_worker_ends_when_it_is_told_to() -> None:
    stop = threading.Event()
    stop.set()
    assert run_worker.run(stop, connector=FakeEmail()) is True


class Mailbox:
    """What a mail server does with a message, kept in a list."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append((list(envelope.rcpt_tos), envelope.content))
        return "250 Taken"


@pytest.fixture
def mail_server() -> Iterator[tuple[Mailbox, str]]:
    """A real SMTP server on this machine; yields its mailbox and its address."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, f"smtp://127.0.0.1:{port}?security=none"
    finally:
        controller.stop()


def test_a_reporter_receives_a_mail_by_smtp_whose_private_link_works(
    pothole: Service, resident_luz: cast.Resident, mail_server: tuple[Mailbox, str]
) -> None:
    mailbox, url = mail_server
    place = Place(lat=cast.IN_DOCKSIDE[0], long=cast.IN_DOCKSIDE[1], address="12 Wharf Street")
    report = NewReport(
        jurisdiction=pothole.jurisdiction,
        service=pothole,
        place=place,
        description="Un hoyo profundo",
        at=cast.NOON,
        channel="web",
        contact=resident_luz.contact(),
        submission_key="once",
    )
    received = report_problem(report, sender=None, real_at=clock.real_now()).request
    connector = connector_from_url(url, sender="Harbor <311@harbor.test>")
    assert run_worker.run(threading.Event(), once=True, connector=connector) is True
    ((readers, raw),) = mailbox.received
    mail = message_from_bytes(raw, policy=policy.default)
    assert readers == ["luz@home.test"]
    assert mail["Message-ID"] == OutboxMessage.objects.get().message_id
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = mail.get_body(("plain",))
    assert body is not None
    page = Reader().page(link_in(body.get_content(), "/private/"))
    assert received.description in page
    assert "luz@home.test" in page


def test_a_mail_that_was_stopped_while_its_server_hesitated_is_not_tried_again(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)
    taken = outbox.take_next(real_at=clock.real_now())
    assert taken is not None
    OutboxMessage.objects.filter(pk=message.pk).update(failed_at=clock.real_now(), last_error="stopped by the recipient")
    outbox.note_failed(taken, error="email_deferred: try later", is_permanent=False, real_at=clock.real_now())
    assert now(message).failed_at is not None
    assert not outbox.waiting().exists()


def test_what_a_server_said_about_an_address_goes_with_the_address(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)
    outbox.note_failed(message, error="email_refused: 550 <ben@next.test> no such user", is_permanent=False, real_at=clock.real_now())
    conversations.erase_recipient(pothole_request, recipient="ben@next.test")
    assert "ben@next.test" not in f"{OutboxMessage.objects.values().get(pk=message.pk)}"


def test_a_failure_noted_after_an_erasure_names_nobody(pothole_request: ServiceRequest) -> None:
    message = put(pothole_request)
    conversations.erase_recipient(pothole_request, recipient="ben@next.test")
    outbox.note_failed(now(message), error="email_refused: 550 <ben@next.test> no such user", is_permanent=True, real_at=clock.real_now())
    assert "ben@next.test" not in now(message).last_error
