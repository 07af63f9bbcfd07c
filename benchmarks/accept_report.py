"""What it costs to accept a report: the last POST of its journey, durable, with its first event, its map cells and a mail in the outbox.

Beside it stands one durable insert. Each report comes from a browser and a network of its own, as residents do, and has an e-mail address, so that a
follower and an outbox message are written; photos are left aside. Its draft was made before. Run: `python -m benchmarks.accept_report`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from benchmarks.web_measuring import Answer, Bar, Cost, Meter, calls_needed, run

if TYPE_CHECKING:
    from evenhand.web.places.models import Jurisdiction

BARRED: Final = "accept a report"
BARS: Final = {BARRED: Bar(5.0)}


def main() -> int:
    return run("benchmarks.accept_report", measured, BARS)


def measured(city: Jurisdiction, meter: Meter) -> Iterator[Cost]:
    yield meter.cost("one durable insert", _durable_insert)
    yield meter.cost(BARRED, _sending(city, meter))


def _sending(city: Jurisdiction, meter: Meter) -> Callable[[], Answer]:
    """Sends the next of the drafts that wait, each from somebody else's browser."""
    from django.conf import settings

    from evenhand.web.portal import devices

    known = secrets.token_hex(16)  # what proves that a form is ours, in the cookie and in the form
    form = urlencode({"csrfmiddlewaretoken": known}).encode()
    waiting = iter([(number, _draft(city, number)) for number in range(calls_needed())])

    def send() -> Answer:
        number, token = next(waiting)
        cookie = f"{settings.CSRF_COOKIE_NAME}={known}; {devices.COOKIE}={devices._signer.sign(f'device-{number}')}"
        answer = meter.ask(f"/report/{token}/check/", form=form, cookie=cookie, sender=f"10.{number // 200}.{number % 200}.7")
        assert answer.status == 302, answer
        assert "/private/" in answer.headers["Location"], answer
        return answer

    return send


def _draft(city: Jurisdiction, number: int) -> str:
    """A report that only waits to be sent, as the steps before leave it."""
    from evenhand.web.service_requests.drafts import new_draft

    service = city.services.order_by("pk")[number % 40]
    lat, long = 42.31 + number % 90 / 1000, -71.12 + number % 120 / 1000
    fields = {
        "safety": {"for": service.pk, "passed": True},
        "place": {"for": service.pk, "lat": lat, "long": long, "quality": "exact", "label": f"{number} Wharf Street"},
        "similar": f"{service.pk}:{lat}:{long}",
        "details": {"for": service.pk, "description": f"A hole beside the bus stop, number {number}.", "answers": {}},
        "contact": {"email": f"resident-{number}@home.test", "response_method": "email"},
    }
    return new_draft(city, service=service, fields=fields, at=datetime.now(UTC)).token


def _durable_insert() -> None:
    from django.db import transaction

    from evenhand.web.service_requests.models import IntakeTrace

    with transaction.atomic():
        IntakeTrace.objects.create(device="x", network="y", is_new_device=False, at=datetime.now(UTC))


if __name__ == "__main__":
    raise SystemExit(main())
