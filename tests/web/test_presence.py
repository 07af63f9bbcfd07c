"""Who else has a request open: told to its open pages by an address of its own, kept for moments, and in no history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from evenhand.web.accounts import sessions
from evenhand.web.accounts.models import Account, Presence
from evenhand.web.accounts.roles import Role
from evenhand.web.core import clock
from evenhand.web.journeys.tidy_up import tidy_up
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import ServiceRequest
from tests import cast

SECOND = timedelta(seconds=1)


@pytest.fixture
def real_time(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Real time, to be put forward: `real_time[0] += ...`."""
    moment = [clock.real_now()]
    monkeypatch.setattr(clock, "real_now", lambda: moment[0])
    return moment


def desk_of(city: Jurisdiction, username: str, role: Role = Role.AGENT, **columns: Any) -> Client:
    client = Client()
    client.force_login(cast.make_staff(city, role, username, **columns))
    return client


@pytest.fixture
def ben(harbor: Jurisdiction) -> Client:
    return desk_of(harbor, "ben-at-work", first_name="Ben", last_name="Ito")


@pytest.fixture
def chi(harbor: Jurisdiction) -> Client:
    return desk_of(harbor, "chi-at-work", Role.DISPATCHER, first_name="Chi", last_name="Adeyemi")


def told(client: Client, request: ServiceRequest, **headers: str) -> str:
    answer = client.post(f"/console/requests/{request.reference}/presence/", headers=headers)
    assert answer.status_code == 200
    return str(answer.json()["words"])


def test_each_is_told_who_else_has_it_open_and_nobody_of_themselves(ben: Client, chi: Client, pothole_request: ServiceRequest) -> None:
    assert told(ben, pothole_request) == ""
    assert told(chi, pothole_request) == "Ben Ito has this open"
    assert told(ben, pothole_request) == "Chi Adeyemi has this open"
    assert Presence.objects.count() == 2, "one row for each, however often they ask"


def test_several_are_named_by_the_last_and_counted(harbor: Jurisdiction, ben: Client, chi: Client, pothole_request: ServiceRequest) -> None:
    dee = desk_of(harbor, "dee", first_name="Dee")
    told(ben, pothole_request)
    told(chi, pothole_request)
    assert told(dee, pothole_request) == "Chi Adeyemi and 1 other have this open"
    assert told(desk_of(harbor, "eli"), pothole_request) == "Dee and 2 others have this open"
    assert told(desk_of(harbor, "flo", language="es"), pothole_request) == "eli y 3 personas más tienen esto abierto"


def test_who_left_is_told_of_for_ninety_seconds_and_no_longer(
    ben: Client, chi: Client, pothole_request: ServiceRequest, real_time: list[datetime]
) -> None:
    told(ben, pothole_request)
    real_time[0] += 89 * SECOND
    assert told(chi, pothole_request) == "Ben Ito has this open"
    real_time[0] += SECOND
    assert told(chi, pothole_request) == ""


def test_another_request_is_another_matter(ben: Client, chi: Client, pothole_request: ServiceRequest) -> None:
    told(ben, pothole_request)
    assert told(chi, cast.make_request(pothole_request.service)) == ""


def test_a_colleague_who_was_deactivated_is_not_there(ben: Client, chi: Client, pothole_request: ServiceRequest) -> None:
    told(ben, pothole_request)
    Account.objects.filter(username="ben-at-work").update(is_active=False)
    assert told(chi, pothole_request) == ""


def test_what_somebody_does_not_see_they_neither_open_nor_hear_of(harbor: Jurisdiction, ben: Client, pothole_request: ServiceRequest) -> None:
    told(ben, pothole_request)
    eve = cast.make_staff(harbor, Role.AGENT, "eve")
    cast.make_team(harbor, "shelter", "Shelter", members=[eve], is_confined=True)
    client = Client()
    client.force_login(eve)
    for reference in (pothole_request.reference, "999999999"):
        answer = client.post(f"/console/requests/{reference}/presence/")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_request")
    assert told(ben, pothole_request) == ""


def test_looking_changes_no_history_and_the_page_itself_writes_nothing(ben: Client, pothole_request: ServiceRequest) -> None:
    page = ben.get(f"/console/requests/{pothole_request.reference}/").content.decode()
    assert f'data-presence="/console/requests/{pothole_request.reference}/presence/"' in page
    assert 'presence/"' in ben.get(f"/console/requests/{pothole_request.reference}/note/").content.decode()
    assert not Presence.objects.exists()
    told(ben, pothole_request)
    now = ServiceRequest.objects.get(pk=pothole_request.pk)
    assert (now.event_count, now.updated_at) == (pothole_request.event_count, pothole_request.updated_at)
    verify(now)


def test_it_is_told_to_a_form_of_ours_alone(ben: Client, pothole_request: ServiceRequest) -> None:
    address = f"/console/requests/{pothole_request.reference}/presence/"
    assert ben.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(Account.objects.get(username="ben-at-work"))
    assert strict.post(address).status_code == 403
    assert not Presence.objects.exists()


def test_an_open_page_that_asks_by_itself_keeps_no_session_alive(ben: Client, pothole_request: ServiceRequest, real_time: list[datetime]) -> None:
    ben.get(f"/console/requests/{pothole_request.reference}/")
    for _minute in range(70):
        real_time[0] += timedelta(minutes=1)
        ben.post(f"/console/requests/{pothole_request.reference}/presence/")
        ben.get("/console/queue/news.json")
    assert ben.get("/console/").headers["Location"].endswith("&why=idle")


def test_a_session_that_is_used_does_not_end_by_that(ben: Client, pothole_request: ServiceRequest, real_time: list[datetime]) -> None:
    for _half_hour in range(3):
        real_time[0] += timedelta(minutes=30)
        assert ben.get(f"/console/requests/{pothole_request.reference}/").status_code == 200
    assert timedelta(minutes=5) == sessions.WRITTEN_EVERY


def test_rows_of_pages_that_are_closed_are_swept(ben: Client, chi: Client, pothole_request: ServiceRequest, real_time: list[datetime]) -> None:
    told(ben, pothole_request)
    real_time[0] += 60 * SECOND
    told(chi, pothole_request)
    real_time[0] += 60 * SECOND
    assert tidy_up(at=real_time[0], real_at=real_time[0])["presences"] == 1
    assert [row.account.username for row in Presence.objects.select_related("account")] == ["chi-at-work"]
