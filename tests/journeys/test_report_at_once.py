"""Two sends of one form at the same moment, from two connections: one request, one mail, and both senders see it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client

from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.service_requests.models import Event, IntakeTrace, ServiceRequest
from tests import cast
from tests.journeys.report_pages import Report

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS = 4


def test_a_double_click_makes_one_request() -> None:
    cast.make_pothole_service(cast.make_city())
    report = Report(Client())
    report.up_to_check(email="ana@home.test", response_method="email")
    ready, answers = threading.Barrier(SENDERS), []

    def send() -> None:
        client = Client()
        client.cookies = report.client.cookies
        ready.wait(timeout=20)
        try:
            answers.append(client.post(report.url("check")).headers["Location"])
        finally:
            connection.close()

    senders = [threading.Thread(target=send) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(timeout=60)
    assert len(answers) == SENDERS
    assert len(set(answers)) == 1
    assert ServiceRequest.objects.count() == Event.objects.count() == OutboxMessage.objects.count() == 1
    assert IntakeTrace.objects.count() == 2  # of the report, and of the mail to an address that nobody has confirmed
