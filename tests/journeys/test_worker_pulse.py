"""Whether a worker is alive is written down by the worker, and said by `/health/` and the doctor; the pages do not depend on it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from evenhand.web.connectors.email import FakeEmail
from evenhand.web.conversations import actions as conversations
from evenhand.web.core import clock, worker_pulse
from evenhand.web.core.examination import Outcome
from evenhand.web.core.models import WorkerPulse
from evenhand.web.journeys import run_worker
from evenhand.web.journeys.examine import worker_finding
from evenhand.web.service_requests.models import ServiceRequest
from tests import cast

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def work_once(connector: FakeEmail | None = None) -> None:
    run_worker.run(threading.Event(), once=True, connector=connector or FakeEmail())


def health(client: Client) -> tuple[int, Any]:
    answer = client.get("/health/")
    return answer.status_code, answer.json()["worker"]


def put(request: ServiceRequest) -> None:
    conversations.enqueue("request_answered", to="ben@next.test", language="en", request=request, at=cast.NOON, context={"words": "On Monday."})


def test_a_worker_that_has_nothing_to_do_is_alive_all_the_same(client: Client) -> None:
    before = clock.real_now()
    assert (health(client), worker_finding().outcome) == ((200, "late"), Outcome.WARNING)
    work_once()
    pulse = WorkerPulse.objects.get()
    assert before <= pulse.alive_at <= clock.real_now()
    assert pulse.message_at is None
    assert (health(client), worker_finding().outcome) == ((200, "ok"), Outcome.GOOD)


def test_when_a_message_was_last_finished_is_told_whether_it_went_out_or_not(pothole_request: ServiceRequest) -> None:
    put(pothole_request)
    work_once()
    first = WorkerPulse.objects.get().message_at
    assert first is not None
    put(pothole_request)
    hesitant = FakeEmail()
    hesitant.defer_next()
    work_once(hesitant)
    second = WorkerPulse.objects.get().message_at
    assert second is not None
    assert second > first
    work_once()
    assert WorkerPulse.objects.get().message_at == second, "no message was due"


def test_a_worker_is_late_after_five_minutes_and_the_web_is_well_all_the_same(client: Client) -> None:
    worker_pulse.beat(real_at=clock.real_now() - timedelta(minutes=5) + 10 * SECOND)
    assert health(client) == (200, "ok")
    WorkerPulse.objects.all().delete()
    worker_pulse.beat(real_at=clock.real_now() - timedelta(minutes=5) - SECOND)
    assert health(client) == (200, "late")
    words = worker_finding().words
    assert "last finished a message never. No mail goes out." in words


def test_several_workers_share_one_row_and_a_beat_keeps_the_last_message() -> None:
    now = clock.real_now()
    worker_pulse.note_message(real_at=now)
    worker_pulse.beat(real_at=now + SECOND)
    assert list(WorkerPulse.objects.values_list("alive_at", "message_at")) == [(now + SECOND, now)]


def test_health_says_nothing_but_whether(client: Client, pothole_request: ServiceRequest) -> None:
    put(pothole_request)
    work_once()
    assert client.get("/health/").json() == {"status": "ok", "checks": {"database": True, "migrations": True}, "worker": "ok"}


def test_a_pulse_that_cannot_be_written_keeps_no_mail_from_going_out(pothole_request: ServiceRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(worker_pulse, "beat", locked)
    put(pothole_request)
    server = FakeEmail()
    work_once(server)
    assert len(server.sent) == 1
