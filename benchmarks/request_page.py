"""What the request page of the console costs, for an agent who sees everything.

The request has a day of work behind it: twenty events, a photo, a reporter, three followers, messages. Run: `python -m benchmarks.request_page`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from benchmarks.web_measuring import Answer, Bar, Cost, Meter, run, session_cookie

if TYPE_CHECKING:
    from evenhand.web.accounts.models import Account
    from evenhand.web.places.models import Jurisdiction
    from evenhand.web.service_requests.models import ServiceRequest

BARRED: Final = "staff request page"
BARS: Final = {BARRED: Bar(10.0)}


def main() -> int:
    return run("benchmarks.request_page", measured, BARS)


def measured(city: Jurisdiction, meter: Meter) -> Iterator[Cost]:
    person = _agent(city)
    address, cookie = f"/console/requests/{_worked_on(city, person).reference}/", session_cookie(person)

    def show() -> Answer:
        answer = meter.ask(address, cookie=cookie)
        assert answer.status == 200, answer
        return answer

    assert b"ana@home.test" in show().words
    yield meter.cost(BARRED, show)


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


if __name__ == "__main__":
    raise SystemExit(main())
