"""`evenhand staff …`: people made and changed by command, and what stdout and the history say of it."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from evenhand.cli import staff
from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts import second_factor, totp
from evenhand.web.accounts.models import Account, AdministrativeChange
from evenhand.web.accounts.people import PersonRefused, create_person
from evenhand.web.accounts.sample_staff import CityIsReal, make_sample_staff
from evenhand.web.core import clock
from evenhand.web.places.models import Jurisdiction
from tests import cast


@pytest.fixture(autouse=True)
def _inside_the_tests(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Django is up already; hashing slowly is Django's to test."""
    monkeypatch.setattr(staff, "with_django", lambda: None)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def run(*arguments: str) -> str:
    """What the command writes to stdout."""
    result = CliRunner().invoke(staff.app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_a_drawn_password_stands_alone_on_stdout_and_lets_in_once(harbor: Jurisdiction) -> None:
    printed = run("create", "Chi", "--role", "dispatcher", "--name", "Chi Adeyemi", "--email", "chi@harbor.test")
    person = Account.objects.get(username="chi")
    assert person.check_password(printed.removesuffix("\n"))
    assert person.must_change_password
    assert (person.role, person.shown_name, person.email) == ("dispatcher", "Chi Adeyemi", "chi@harbor.test")
    assert [city.slug for city in person.cities.all()] == [harbor.slug]


def test_the_history_says_what_the_command_did_and_never_the_password(harbor: Jurisdiction) -> None:
    printed = run("create", "chi", "--role", "agent").strip()
    run("password", "chi")
    run("deactivate", "CHI")
    run("activate", "chi")
    rows = list(AdministrativeChange.objects.order_by("pk"))
    assert [(row.account, row.kind, row.subject, row.jurisdiction) for row in rows] == [(None, "account", "chi", harbor)] * 4
    assert rows[0].after["role"] == "agent"
    assert [row.after.get("is_active") for row in rows] == [True, None, False, True]
    assert printed not in str([(row.before, row.after) for row in rows])


def test_a_lost_password_is_replaced_and_must_be_changed(harbor: Jurisdiction) -> None:
    first = run("create", "chi", "--role", "agent").strip()
    Account.objects.update(must_change_password=False)
    second = run("password", "chi").strip()
    person = Account.objects.get()
    assert first != second
    assert person.check_password(second)
    assert person.must_change_password


def test_a_lost_phone_is_replaced(harbor: Jurisdiction) -> None:
    run("create", "chi", "--role", "agent")
    person, now, secret = Account.objects.get(), clock.real_now(), totp.new_secret()
    second_factor.switch_on(person, secret, totp.code_of_step(secret, totp.step_at(now)), at=now)
    assert run("list").split("\t")[4] == "on"
    run("reset-second-factor", "chi")
    assert run("list").split("\t")[4] == "off"


def test_the_list_has_one_line_a_person_for_machines(harbor: Jurisdiction) -> None:
    run("create", "chi", "--role", "dispatcher", "--name", "Chi Adeyemi")
    run("create", "amir", "--role", "agent")
    run("deactivate", "amir")
    assert run("list").splitlines() == [
        f"amir\t\tagent\t{harbor.slug}\toff\tdeactivated",
        f"chi\tChi Adeyemi\tdispatcher\t{harbor.slug}\toff\tactive",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (
            ["create", "chi", "--role", "boss"],
            "person_refused",
            "call_taker, agent, dispatcher, analyst, administrator; 'boss' came.",
        ),
        (["create", "a b", "--role", "agent"], "person_refused", "username:"),
        (["create", "chi", "--role", "agent", "--email", "nowhere"], "person_refused", "email:"),
        (["create", "chi", "--role", "agent", "--city", "atlantis"], "city_unknown", "There is no city 'atlantis'."),
        (["password", "nobody"], "person_unknown", "Nobody is called 'nobody' here."),
        (["deactivate", "nobody"], "person_unknown", "evenhand staff list"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_made(harbor: Jurisdiction, arguments: list[str], code: str, words: str) -> None:
    with pytest.raises(EvenhandError) as refused:
        run(*arguments)
    assert refused.value.code == code
    assert words in refused.value.message
    assert not Account.objects.exists()


def test_a_name_is_given_once_whatever_its_capitals(harbor: Jurisdiction) -> None:
    run("create", "chi", "--role", "agent")
    with pytest.raises(PersonRefused, match="already exists"):
        run("create", "CHI", "--role", "agent")


def test_all_that_is_wrong_is_said_at_once(harbor: Jurisdiction) -> None:
    with pytest.raises(PersonRefused) as refused:
        create_person("a b", role="boss", cities=[harbor], by=None, at=cast.NOON, email="nowhere", password="short")
    assert refused.value.message.count("\n- ") == 4


def test_synthetic_people_work_in_a_synthetic_city_only(harbor: Jurisdiction) -> None:
    with pytest.raises(CityIsReal):
        make_sample_staff(harbor, at=cast.NOON)
    assert not Account.objects.exists()
    Jurisdiction.objects.update(is_synthetic=True)
    harbor.refresh_from_db()
    made = make_sample_staff(harbor, at=cast.NOON)
    assert {person.role for person in made.people} == {"call_taker", "agent", "dispatcher", "analyst", "administrator"}
    assert all(person.check_password(made.password) and not person.must_change_password for person in made.people)
    assert [team.members.count() for team in made.teams] == [2, 1]
