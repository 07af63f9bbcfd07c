"""Staff and worked-on requests for the console's browser tests: `python -m tests.browser.console_desk WHAT …`, in the environment of the instance.

Each file of claims has people of its own: a password that is set anew ends the sessions of its person.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

PASSWORD = "harbor-bend-synthetic-desk"


def staff(group: str) -> dict[str, Any]:
    """One person of each role, in the teams of the sample city's own: {role: user name}, and the password of all."""
    from evenhand.web.accounts.people import create_person
    from evenhand.web.core import clock
    from evenhand.web.places.models import Jurisdiction

    city = Jurisdiction.objects.get()
    names = {}
    for sample in city.staff.filter(username__in=("cora", "amir", "dara", "ines", "ruth")):
        names[sample.role] = name = f"{sample.username}.{group}"
        if city.staff.filter(username=name).exists():
            continue
        full_name = f"{sample.first_name} {group.title()}"
        person = create_person(name, role=sample.role, cities=[city], by=None, at=clock.real_now(), full_name=full_name, password=PASSWORD).person
        person.must_change_password = False
        person.save(update_fields=["must_change_password"])
        person.teams.set(sample.teams.all())
    return {"names": names, "password": PASSWORD}


def worked(username: str) -> dict[str, Any]:
    """Requests in different states of work, with something of everything that a request's page can show."""
    from evenhand.web.accounts.models import Account
    from evenhand.web.core import clock
    from evenhand.web.journeys.answer_request import answer_request
    from evenhand.web.journeys.ask_reporter import ask_reporter
    from evenhand.web.journeys.close_request import close_request
    from evenhand.web.journeys.invite_contractor import invite_contractor
    from evenhand.web.journeys.link_duplicate import link_duplicate
    from evenhand.web.journeys.moderate_content import hide_content
    from evenhand.web.journeys.note_on_request import note_on_request
    from evenhand.web.journeys.say_not_fixed import say_not_fixed
    from evenhand.web.journeys.set_expected_date import set_expected_date
    from evenhand.web.journeys.set_priority import set_priority
    from evenhand.web.service_requests.intake_pace import Sender
    from evenhand.web.service_requests.models import StopQuestion
    from evenhand.web.service_requests.moderation import HidingReason, Part
    from evenhand.web.service_requests.workflow import Actor, ClosingReason, Priority

    person, now = Account.objects.get(username=username), clock.now()
    waiting, doubted, asked, twin = (_request(number) for number in range(4))
    set_priority(waiting, person=person, priority=Priority.HIGH, at=now)
    note_on_request(waiting, person=person, words="The owner of the shop will move the bins.", at=now)
    answered = answer_request(waiting, person=person, words="A crew looks at it this week.", at=now)
    set_expected_date(waiting, person=person, until=now + timedelta(days=3), words="The asphalt comes on that day.", at=now)
    invite_contractor(waiting, name="Bend Paving", recipient="", language="en", words="Please fill it.", person=person, at=now)
    hidden = Part.of("words", answered.event_count)
    hide_content(waiting, hidden, reason=HidingReason.OFF_TOPIC, words="It speaks of another street.", person=person, at=now)
    close_request(doubted, person=person, reason=ClosingReason.UNABLE, words="The crew found nothing at this address.", at=now)
    say_not_fixed(
        doubted,
        words="The hole is there as before.",
        actor=Actor.REPORTER,
        sender=Sender(device="browser-test", network="browser-test", is_new_device=True),
        form_key=f"worked-{doubted.reference}",
        at=now,
        real_at=clock.real_now(),
    )
    ask_reporter(asked, words="Is it on the sidewalk or on the road?", person=person, at=now)
    link_duplicate(twin, waiting, person=person, at=now, words="The same hole.")
    return {"requests": [one.reference for one in (waiting, doubted, asked, twin)], "with_stop": StopQuestion.objects.order_by("pk")[0].service_id}


def discussed(count: str) -> dict[str, Any]:
    """A request on which neighbors have remarked so many times, each remark numbered."""
    from django.db import transaction

    from evenhand.web.core import clock
    from evenhand.web.service_requests import actions
    from evenhand.web.service_requests.workflow import Actor

    request = _request(9)
    with transaction.atomic():
        for number in range(1, int(count) + 1):
            actions.comment(request, words=f"Remark {number}: it grows with every rain.", actor=Actor.RESIDENT, at=clock.now(), channel="web")
    return {"request": request.reference}


def routes(*paths: str) -> dict[str, Any]:
    """The console's addresses by name that none of these paths is."""
    from django.urls import resolve

    from evenhand.web.console.policy import POLICY

    return {"unseen": sorted(set(POLICY) - {resolve(path).view_name for path in paths})}


def _request(number: int) -> Any:
    from evenhand.web.core import clock
    from evenhand.web.journeys.report_problem import report_problem
    from evenhand.web.places import geocoding
    from evenhand.web.places.models import Jurisdiction
    from evenhand.web.service_requests.actions import Contact, NewReport, Place
    from evenhand.web.service_requests.models import Service

    city = Jurisdiction.objects.get()
    found = geocoding.suggestions(city, "Schoolhouse Road & Old Post Road")[0]
    report = NewReport(
        jurisdiction=city,
        service=Service.objects.get(jurisdiction=city, code="POTHOLE"),
        place=Place(lat=found.lat, long=found.long, quality=found.quality, address=found.label, area=found.area),
        description=f"A hole at the corner, seen by resident {number}",
        at=clock.now() - timedelta(days=2),
        channel="web",
        contact=Contact(name="Ana Okafor", email=f"ana.{number}@home.test", phone=f"+1617555018{number}", response_method="email"),
        submission_key=secrets.token_hex(16),
    )
    return report_problem(report, sender=None, real_at=clock.real_now()).request


ERRANDS: dict[str, Callable[..., dict[str, Any]]] = {"staff": staff, "worked": worked, "discussed": discussed, "routes": routes}

if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(ERRANDS[sys.argv[1]](*sys.argv[2:])) + "\n")
