"""The daily digest: what a team reads in the morning, and that it reads it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from evenhand.web.accounts.models import Team
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import mails
from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.journeys.send_city_digests import send_city_digests
from evenhand.web.journeys.send_digests import send_digests
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests import cast

MORNING = cast.NOON + timedelta(hours=20)
"""Eight o'clock on the Tuesday after the cast's noon."""

DIGEST = """Roads: 2 requests are open, 1 overdue

What waits for Roads in Harbor on March 3, 2026, 8 a.m.:

- Open: 2
- Overdue: 1
- Due within a day: 1
- Came in since yesterday: 1
- With nobody's name on them: 2
- Said to be not fixed, and waiting for your answer: 0
- The oldest has been open for 9 days

URL

—

This mail goes to the team's address once a day while something waits. An administrator can change the address in the set-up.
"""

OF_THE_CITY = """Harbor: 3 requests are open, 1 overdue

What waits in Harbor on March 3, 2026, 8 a.m.:

- Open: 3
- Overdue: 1
- Said to be not fixed, and waiting for your answer: 0

By team:

- Roads: 2 open, 1 overdue, 0 said to be not fixed
- No team: 1 open, 0 overdue, 0 said to be not fixed

http://127.0.0.1:8311/console/?city=harbor

—

This mail goes to dispatchers and administrators once a day while something waits. An administrator can change your address in the set-up.
"""


@pytest.fixture
def roads(pothole: Service) -> Team:
    team = cast.make_team(pothole.jurisdiction, email="roads@harbor.test")
    for days, due in ((9, -1), (0, 5)):
        request = cast.make_request(pothole, at=cast.NOON - timedelta(days=days))
        ServiceRequest.objects.filter(pk=request.pk).update(team=team, due_at=MORNING + timedelta(hours=due))
    cast.make_request(pothole)
    return team


def test_a_team_reads_what_waits_for_it_and_nothing_about_anybody(roads: Team) -> None:
    assert send_digests(at=MORNING) == 1
    mail = OutboxMessage.objects.get()
    address = f"http://127.0.0.1:8311/console/?city=harbor&team={roads.code}"
    assert f"{mail.subject}\n\n{mail.text}" == DIGEST.replace("URL", address)
    assert mail.recipient == "roads@harbor.test"


def test_it_comes_once_a_day_whoever_asks(roads: Team) -> None:
    assert [send_digests(at=MORNING + timedelta(hours=hours)) for hours in (0, 0, 5)] == [1, 0, 0]
    assert send_digests(at=MORNING + timedelta(days=1)) == 1


def test_another_worker_who_is_quicker_holds_up_no_other_mail(roads: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    write = mails.write_notice

    def write_while_another_does(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr("evenhand.web.conversations.actions.write_notice", write)
        assert send_digests(at=MORNING) == 1
        return write(*args, **named)

    monkeypatch.setattr("evenhand.web.conversations.actions.write_notice", write_while_another_does)
    assert send_digests(at=MORNING) == 0
    assert OutboxMessage.objects.count() == 1


def test_it_does_not_come_in_the_night(roads: Team) -> None:
    assert send_digests(at=MORNING - timedelta(hours=2)) == 0


def test_nobody_hears_where_nothing_waits_or_nobody_is_named(roads: Team) -> None:
    ServiceRequest.objects.update(team=None)
    assert send_digests(at=MORNING) == 0
    ServiceRequest.objects.update(team=roads)
    Team.objects.update(email="")
    assert send_digests(at=MORNING) == 0


def test_who_supervises_a_city_reads_what_waits_in_it_by_team_once_a_day(roads: Team) -> None:
    cast.make_staff(roads.jurisdiction, Role.DISPATCHER, email="chi@harbor.test")
    cast.make_staff(roads.jurisdiction, Role.ADMINISTRATOR)  # has no address
    cast.make_staff(roads.jurisdiction, Role.AGENT, email="agent@harbor.test")
    cast.make_staff(cast.make_city("bay", "Bay", shift=1.0), Role.DISPATCHER, "elsewhere", email="bay@bay.test")
    assert [send_city_digests(at=MORNING + timedelta(hours=hours)) for hours in (-2, 0, 0, 5)] == [0, 1, 0, 0]
    mail = OutboxMessage.objects.get()
    assert f"{mail.subject}\n\n{mail.text}" == OF_THE_CITY
    assert mail.recipient == "chi@harbor.test"


def test_a_supervisor_is_told_only_of_what_they_may_see(roads: Team) -> None:
    confined = cast.make_staff(roads.jurisdiction, Role.DISPATCHER, email="dee@shelter.test")
    cast.make_team(roads.jurisdiction, "shelter", "Shelter", members=[confined], is_confined=True)
    assert send_city_digests(at=MORNING) == 0
