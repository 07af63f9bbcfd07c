"""People through HTTP: made, changed, sent away; and that no city loses its last administrator, nor its secrets."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from evenhand.web.accounts.models import Account, AdministrativeChange, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest
from tests.cast import make_city, make_request, make_staff, make_team

PEOPLE = "/console/set-up/people/"
NEW = "/console/set-up/new-person/"


@pytest.fixture
def chief(harbor: Jurisdiction, client: Client) -> Account:
    person = make_staff(harbor, Role.ADMINISTRATOR, "ada", first_name="Ada", last_name="Quist")
    client.force_login(person)
    return person


@pytest.fixture
def ben(harbor: Jurisdiction) -> Account:
    return make_staff(harbor, Role.AGENT, "ben", first_name="Ben", last_name="Osei", email="ben@harbor.test")


@pytest.fixture
def roads(harbor: Jurisdiction) -> Team:
    return make_team(harbor)


def sent_back(client: Client, username: str, **changes: Any) -> dict[str, Any]:
    """The person's form as it is shown, with changes."""
    person = Account.objects.get(username=username)
    page = client.get(f"{PEOPLE}{username}/").content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    shown = {"first_name": person.first_name, "last_name": person.last_name, "email": person.email, "role": person.role, "seen": seen}
    return shown | {"teams": [str(team.pk) for team in person.teams.all()]} | changes


def test_somebody_new_gets_a_password_that_is_shown_once_and_must_be_changed(client: Client, chief: Account, roads: Team) -> None:
    made = client.post(NEW, {"username": " Chi ", "first_name": "Chi", "last_name": "Tran", "role": "dispatcher", "teams": [str(roads.pk)]})
    page = made.content.decode()
    person = Account.objects.get(username="chi")
    password = page.split('class="first-password">')[2].split("<")[0]
    assert person.check_password(password)
    assert (person.role, person.must_change_password, list(person.teams.all())) == ("dispatcher", True, [roads])
    assert made.headers["Cache-Control"] == "private, no-store"
    for address in (PEOPLE, f"{PEOPLE}chi/", "/console/set-up/history/"):
        assert password not in client.get(address).content.decode()
    told = str(list(AdministrativeChange.objects.values_list("before", "after")))
    assert password not in told
    again = client.post(NEW, {"username": "chi", "role": "agent"})
    assert again.status_code == 422
    assert "taken" in again.content.decode()
    assert Account.objects.get(username="chi").role == "dispatcher"


@pytest.mark.usefixtures("chief", "roads")
@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "no spaces"},
        {"username": "<script>"},
        {"username": "x" * 151},
        {"role": "emperor"},
        {"role": ""},
        {"email": "nowhere"},
        {"first_name": "x" * 151},
        {"teams": ["999999"]},
    ],
)
def test_somebody_who_cannot_be_is_not_made(client: Client, wrong: dict[str, Any]) -> None:
    answer = client.post(NEW, {"username": "chi", "role": "agent"} | wrong)
    assert answer.status_code == 422
    assert "<script>" not in answer.content.decode().replace("<script type", "")
    assert Account.objects.count() == 1


def test_a_role_a_name_and_teams_are_changed_with_a_history(client: Client, chief: Account, ben: Account, roads: Team) -> None:
    sent = sent_back(client, "ben", role="dispatcher", last_name="Osei-Mensah", teams=[str(roads.pk)])
    page = client.post(f"{PEOPLE}ben/", sent, follow=True).content.decode()
    assert "Ben Osei-Mensah was saved." in page
    now = Account.objects.get(pk=ben.pk)
    assert (now.role, list(now.teams.all())) == ("dispatcher", [roads])
    history = client.get("/console/set-up/history/?kind=account&q=ben").content.decode()
    for words in ("agent", "dispatcher", "Roads"):
        assert words in history


def test_a_person_changed_meanwhile_is_not_overwritten(client: Client, chief: Account, ben: Account) -> None:
    sent = sent_back(client, "ben", last_name="Typed")
    Account.objects.filter(pk=ben.pk).update(role="analyst")
    answer = client.post(f"{PEOPLE}ben/", sent)
    assert answer.status_code == 409
    assert 'value="Typed"' in answer.content.decode()
    assert Account.objects.get(pk=ben.pk).role == "analyst"


def test_who_loses_a_working_role_gives_requests_back(client: Client, chief: Account, ben: Account, pothole: Service) -> None:
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(assignee=ben)
    page = client.post(f"{PEOPLE}ben/", sent_back(client, "ben", role="analyst"), follow=True).content.decode()
    assert "1 open request went back to its team." in page
    assert ServiceRequest.objects.get(pk=request.pk).assignee is None


def test_deactivating_says_what_goes_back_and_shuts_the_door_at_once(client: Client, chief: Account, ben: Account, pothole: Service) -> None:
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(assignee=ben)
    theirs = Client()
    theirs.force_login(ben)
    assert theirs.get("/console/").status_code == 200
    assert "One open request goes back to its team." in client.get(f"{PEOPLE}ben/").content.decode()
    for _click in range(2):
        assert client.post(f"{PEOPLE}ben/deactivate/").status_code == 302
    assert ServiceRequest.objects.get(pk=request.pk).assignee is None
    assert theirs.get("/console/").status_code == 302
    assert "One person was deactivated" in client.get(PEOPLE).content.decode()
    client.post(f"{PEOPLE}ben/reactivate/")
    assert Account.objects.get(pk=ben.pk).is_active


def test_nobody_takes_their_own_role_or_access(client: Client, chief: Account) -> None:
    page = client.get(f"{PEOPLE}ada/").content.decode()
    assert "This is you." in page
    assert "/deactivate/" not in page
    client.post(f"{PEOPLE}ada/", {"role": "agent", "seen": ""})
    for action in ("deactivate", "password", "second-factor"):
        answer = client.post(f"{PEOPLE}ada/{action}/", follow=True)
        assert "Nobody changes their own role or access." in answer.content.decode()
    now = Account.objects.get(pk=chief.pk)
    assert (now.role, now.is_active) == ("administrator", True)


def test_somebody_who_works_elsewhere_too_keeps_role_and_password(client: Client, chief: Account, ben: Account, roads: Team) -> None:
    ben.cities.add(make_city("tarn", "Tarn", shift=1.0))
    page = client.get(f"{PEOPLE}ben/").content.decode()
    assert "works for further cities" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    client.post(f"{PEOPLE}ben/", {"seen": seen, "role": "administrator", "cities": ["harbor"], "teams": [str(roads.pk)]})
    now = Account.objects.get(pk=ben.pk)
    assert (now.role, now.cities.count(), list(now.teams.all())) == ("agent", 2, [roads])
    assert "further cities" in client.post(f"{PEOPLE}ben/password/", follow=True).content.decode()
    assert "further cities" in client.post(f"{PEOPLE}ben/deactivate/", follow=True).content.decode()
    assert Account.objects.get(pk=ben.pk).is_active


def test_a_city_that_is_not_ones_own_cannot_be_given(client: Client, chief: Account, harbor: Jurisdiction) -> None:
    make_city("tarn", "Tarn", shift=1.0)
    client.post(NEW, {"username": "chi", "role": "agent", "cities": ["tarn"]})
    assert list(Account.objects.get(username="chi").cities.all()) == [harbor]


def test_people_of_another_city_are_not_there(client: Client, chief: Account) -> None:
    make_staff(make_city("tarn", "Tarn", shift=1.0), Role.AGENT, "otto")
    assert client.get(f"{PEOPLE}otto/").status_code == 404
    for action in ("deactivate", "reactivate", "password", "second-factor"):
        assert client.post(f"{PEOPLE}otto/{action}/").status_code == 404
    assert "otto" not in client.get(PEOPLE).content.decode()
    assert Account.objects.get(username="otto").is_active


def test_a_new_first_password_ends_sessions_and_is_shown_once(client: Client, chief: Account, ben: Account) -> None:
    theirs = Client()
    theirs.force_login(ben)
    page = client.post(f"{PEOPLE}ben/password/").content.decode()
    password = page.split('class="first-password">')[2].split("<")[0]
    now = Account.objects.get(pk=ben.pk)
    assert now.check_password(password)
    assert now.must_change_password
    assert theirs.get("/console/").status_code == 302
    assert password not in client.get(f"{PEOPLE}ben/").content.decode()


def test_a_second_factor_is_reset(client: Client, chief: Account, ben: Account) -> None:
    Account.objects.filter(pk=ben.pk).update(totp_secret="A" * 32, totp_confirmed_at=clock.real_now())
    assert "Reset the second factor" in client.get(f"{PEOPLE}ben/").content.decode()
    client.post(f"{PEOPLE}ben/second-factor/")
    assert not Account.objects.get(pk=ben.pk).has_second_factor
    assert AdministrativeChange.objects.filter(kind="account", subject="ben", after__second_factor="reset").exists()


def test_people_are_found_by_name_and_role(client: Client, chief: Account, ben: Account) -> None:
    found = client.get(f"{PEOPLE}?q=ose&role=agent").content.decode()
    assert ">Ben Osei<" in found
    assert "people/ada/" not in found
    for wrong in ("?q=%00", "?q=%25", "?role=emperor", f"?q={'x' * 5000}"):
        assert client.get(f"{PEOPLE}{wrong}").status_code == 200
    assert client.get(f"{PEOPLE}nobody/").status_code == 404
