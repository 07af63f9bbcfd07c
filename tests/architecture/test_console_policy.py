"""Routes × roles: every address of the console, asked for by nobody, by each role, and by somebody whose role was taken away.

The door is tried, not the views behind it: an address is asked for with arguments that fit its pattern and lead to nothing, so whoever is let
through finds "not there" at worst. What a role may is written down here a second time, by hand, so that a slip in `roles.py` shows.
"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import ABILITIES, Ability, Role
from evenhand.web.console import urls
from evenhand.web.console.policy import POLICY, Entrance
from evenhand.web.places.models import Jurisdiction

pytestmark = pytest.mark.slow

SAMPLES = {"int": "0", "str": "nothing", "slug": "nothing", "uuid": "00000000-0000-0000-0000-000000000000", "path": "nothing"}
MAY = {
    Role.CALL_TAKER: {"see_requests", "see_personal_data", "take_calls", "note"},
    Role.AGENT: {"see_requests", "see_personal_data", "take_calls", "note", "work_on_requests", "assign", "moderate"},
    Role.DISPATCHER: {"see_requests", "see_personal_data", "take_calls", "note", "work_on_requests", "assign", "moderate", "see_figures"},
    Role.ANALYST: {"see_requests", "see_figures"},
    Role.ADMINISTRATOR: {str(ability) for ability in Ability},
}


def address_of(pattern: URLPattern) -> str:
    """An address that fits a pattern."""
    route = str(pattern.pattern)
    for name, converter in pattern.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        route = route.replace(f"<{kind}:{name}>", SAMPLES[kind]).replace(f"<{name}>", SAMPLES[kind])
    return f"/console/{route}"


ADDRESSES = {f"console:{pattern.name}": address_of(pattern) for pattern in urls.urlpatterns}
BEHIND = sorted(name for name, asked in POLICY.items() if isinstance(asked, Ability))


@pytest.fixture
def staff(harbor: Jurisdiction) -> dict[str, Account]:
    people = {role: Account.objects.create_user(f"the-{role}", role=role) for role in ("", *Role)}
    for person in people.values():
        person.cities.add(harbor)
    return people


def test_every_address_of_the_console_has_a_row_and_every_row_an_address() -> None:
    assert all(pattern.name for pattern in urls.urlpatterns)
    assert sorted(ADDRESSES) == sorted(POLICY)
    assert any(getattr(entry, "app_name", "") == "console" for entry in get_resolver().url_patterns)


def test_every_role_may_what_is_written_here() -> None:
    assert {role: {str(ability) for ability in abilities} for role, abilities in ABILITIES.items()} == MAY


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_who_is_not_signed_in_passes_the_door(client: Client, harbor: Jurisdiction, method: str) -> None:
    for name, address in ADDRESSES.items():
        if POLICY[name] is not Entrance.ANYBODY:
            answer = getattr(client, method)(address)
            assert (answer.status_code, answer.headers.get("Location", "")[:16]) == (302, "/console/login/?"), name


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ["", *Role])
def test_each_role_passes_where_it_may_and_nowhere_else(client: Client, staff: dict[str, Account], role: str, method: str) -> None:
    client.force_login(staff[role])
    allowed = MAY.get(Role(role), set()) if role else set()
    for name in BEHIND:
        answer = getattr(client, method)(ADDRESSES[name])
        was_let_through = answer.status_code != 403
        assert was_let_through == (str(POLICY[name]) in allowed), (name, role, answer.status_code)
        assert not answer.headers.get("Location", "").startswith("/console/login/"), name


def test_a_person_who_was_deactivated_is_outside_at_once(client: Client, staff: dict[str, Account]) -> None:
    client.force_login(staff[Role.ADMINISTRATOR])
    assert client.get("/console/").status_code == 200
    Account.objects.filter(role=Role.ADMINISTRATOR).update(is_active=False)
    assert client.get("/console/").status_code == 302


def test_an_address_that_is_none_is_told_in_the_look_of_the_console_and_only_to_who_is_signed_in(client: Client, staff: dict[str, Account]) -> None:
    assert client.get("/console/moon/rise/").headers["Location"].startswith("/console/login/?")
    client.force_login(staff[Role.AGENT])
    assert client.get("/console/moon/rise").headers["Location"] == "/console/moon/rise/"
    answer = client.get("/console/moon/rise/")
    assert (answer.status_code, "console/not_found.html" in [template.name for template in answer.templates]) == (404, True)
    assert client.get("/console/figures").headers["Location"] == "/console/figures/"


def test_a_person_without_a_city_sees_none(client: Client, staff: dict[str, Account]) -> None:
    staff[Role.ADMINISTRATOR].cities.clear()
    client.force_login(staff[Role.ADMINISTRATOR])
    for name in BEHIND:
        assert client.get(ADDRESSES[name]).status_code == 403, name
