"""What the request page of the console costs, for an agent who sees everything: CPU of the application and of its database above a bare view.

The request has a day of work behind it (twenty events, a photo, a reporter, three followers, messages) and lies in a city of 10 thousand, then of
1 million requests. Measured beside it, in the same run: a bare Django view (no middleware, no database).
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.cpu_time import CpuMeter
    from evenhand.web.accounts.models import Account
    from evenhand.web.places.models import Jurisdiction
    from evenhand.web.service_requests.models import ServiceRequest

ROUNDS = 300
BAR_MS = 10.0
SIZES = tuple(int(size) for size in os.environ.get("EVENHAND_BENCH_SIZES", "10000,1000000").split(","))


def main() -> int:
    with tempfile.TemporaryDirectory() as home:
        os.environ["EVENHAND_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.web.project.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        return _measure_all()


def _measure_all() -> int:
    from django.db import connection

    from benchmarks.cpu_time import CpuMeter
    from benchmarks.million_requests import benchmark_city, ensure_requests

    city = benchmark_city()
    meter = CpuMeter()
    person = _agent(city)
    request = _worked_on(city, person)
    worst = 0.0
    for size in SIZES:
        ensure_requests(city, size)
        bare = _cpu_ms(meter, _bare_view())
        page, statements = _page(meter, person, request)
        above = page - bare
        worst = max(worst, above)
        print(f"{connection.vendor}, {size:,} requests: the page {page:.2f} ms CPU, a bare view {bare:.2f} ms, {statements} statements")
        print(f"| staff request page, {size:,} requests, {connection.vendor} | ≤ {BAR_MS:g} ms CPU | {above:.2f} ms CPU above a bare view, "
              f"{statements} statements |")  # fmt: skip
    return 0 if worst <= BAR_MS else 1


def _page(meter: CpuMeter, person: Account, request: ServiceRequest) -> tuple[float, int]:
    """CPU milliseconds of a page, and its statements."""
    from django.db import connection
    from django.test import Client

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person)
    address = f"/console/requests/{request.reference}/"

    def show() -> None:
        answer = client.get(address)
        if answer.status_code != 200 or b"ana@home.test" not in answer.content:
            raise SystemExit(f"The page was not shown: {answer.status_code}")

    show()
    statements = 0

    def count(execute: Callable[..., object], *arguments: object) -> object:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    with connection.execute_wrapper(count):
        show()
    return _cpu_ms(meter, show), statements


def _agent(city: Jurisdiction) -> Account:
    from evenhand.web.accounts.models import Account, Team

    person = Account.objects.create_user("agent", role="agent", first_name="Ben")
    person.cities.add(city)
    Team.objects.create(jurisdiction=city, code="roads", name="Roads").members.add(person)
    return person


def _worked_on(city: Jurisdiction, person: Account) -> ServiceRequest:
    """A request with a day of work behind it, made by the product's own actions."""
    from django.db import transaction

    from evenhand.web.conversations.actions import follow
    from evenhand.web.journeys.answer_request import answer_request
    from evenhand.web.journeys.set_expected_date import set_expected_date
    from evenhand.web.service_requests import actions, work_actions
    from evenhand.web.service_requests.models import Photo
    from evenhand.web.service_requests.workflow import Actor, Priority

    at = datetime.now(UTC) - timedelta(days=2)
    contact = actions.Contact(name="Ana Okafor", email="ana@home.test", phone="+16175550123", response_method="email")
    place = actions.Place(lat=42.36, long=-71.05, address="12 Wharf Street", area=city.areas.first())
    service = city.services.order_by("pk").first()
    if service is None:
        raise SystemExit("The benchmark's city has no services.")
    with transaction.atomic():
        photo = Photo.objects.create(key="a" * 32, width=1200, height=900, added_at=at)
        report = actions.NewReport(
            jurisdiction=city, service=service, place=place, description="A hole " * 30, at=at, channel="web", contact=contact, photos=[photo]
        )
        request = actions.receive(report, recorded_at=at)
        for name in ("ana", "luz", "tom"):
            follow(request, recipient=f"{name}@home.test", language="en", at=at, is_reporter=name == "ana", confirmed=True)
        actions.acknowledge(request, actor=Actor.STAFF, actor_id=person.pk, at=at)
        actions.assign(request, person=person, team=city.teams.first(), assignee=person, at=at)
        work_actions.set_priority(request, person=person, at=at, priority=Priority.HIGH)
        for number in range(6):
            work_actions.note(request, person=person, at=at, words=f"Note number {number}, for colleagues who go there next.")
            actions.comment(request, words=f"Comment number {number}: it is still there.", actor=Actor.RESIDENT, at=at, channel="web")
        answer_request(request, person=person, words="We come as soon as the plant has reopened.", at=at)
        set_expected_date(request, person=person, until=at + timedelta(days=9), words="The plant opens then.", at=at)
    return request


def _bare_view() -> Callable[[], object]:
    from django.http import HttpResponse
    from django.test import Client, override_settings
    from django.urls import path

    sys.modules[__name__].urlpatterns = [path("bare/", lambda _request: HttpResponse("ok"))]  # type: ignore[attr-defined]  # a urlconf of one view
    client = Client()

    def view() -> object:
        with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
            return client.get("/bare/")

    return view


def _cpu_ms(meter: CpuMeter, run: Callable[[], object]) -> float:
    for _ in range(20):
        run()
    before = meter.seconds()
    for _ in range(ROUNDS):
        run()
    return (meter.seconds() - before) / ROUNDS * 1000


if __name__ == "__main__":
    raise SystemExit(main())
