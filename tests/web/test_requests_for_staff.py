"""Which requests a member of staff sees: those of their cities, of their confined teams only, and private ones only with SEE_PERSONAL_DATA."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.one_request import request_for_staff
from tests.cast import NOON, make_city, make_request, make_service, make_staff, make_team

SEEING_PERSONAL_DATA = (Role.CALL_TAKER, Role.AGENT, Role.DISPATCHER, Role.ADMINISTRATOR)


def seen_by(person: Account, city: Jurisdiction) -> set[str]:
    """The references that `visible_to` and `request_for_staff` let through, held against each other."""
    visible = set(ServiceRequest.objects.visible_to(person, city).values_list("reference", flat=True))
    for reference in ServiceRequest.objects.of(city).values_list("reference", flat=True):
        if reference in visible:
            assert request_for_staff(reference, person).reference == reference
        else:
            with pytest.raises(RequestNotFound):
                request_for_staff(reference, person)
    return visible


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_the_public_requests_of_its_city(role: Role, harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    assert seen_by(make_staff(harbor, role), harbor) == {pothole_request.reference}


def test_an_account_without_a_role_or_deactivated_sees_nothing(harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    person = make_staff(harbor, Role.AGENT)
    person.is_active = False
    assert seen_by(person, harbor) == set()
    person.is_active, person.role = True, ""
    assert seen_by(person, harbor) == set()


def test_nobody_sees_a_city_that_they_do_not_work_for(harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    elsewhere = make_city("bay", "Bay", shift=1.0)
    theirs = make_request(make_service(elsewhere, "sign", "Sign"), point=None)
    person = make_staff(elsewhere, Role.ADMINISTRATOR)
    assert seen_by(person, harbor) == set()
    assert seen_by(person, elsewhere) == {theirs.reference}


def test_who_works_for_two_cities_sees_each_on_its_own(harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    elsewhere = make_city("bay", "Bay", shift=1.0)
    theirs = make_request(make_service(elsewhere, "sign", "Sign"), point=None)
    person = make_staff(harbor, Role.AGENT)
    person.cities.add(elsewhere)
    assert seen_by(person, harbor) == {pothole_request.reference}
    assert seen_by(person, elsewhere) == {theirs.reference}


@pytest.mark.parametrize("role", list(Role))
def test_requests_of_private_services_are_for_those_who_see_personal_data(role: Role, harbor: Jurisdiction, power_out: Service) -> None:
    outage = make_request(power_out)
    assert seen_by(make_staff(harbor, role), harbor) == ({outage.reference} if role in SEEING_PERSONAL_DATA else set())


@pytest.mark.parametrize("role", list(Role))
def test_a_held_request_is_for_those_who_see_personal_data(role: Role, harbor: Jurisdiction, pothole: Service) -> None:
    held = make_request(pothole, held_until=NOON + timedelta(hours=1))
    assert seen_by(make_staff(harbor, role), harbor) == ({held.reference} if role in SEEING_PERSONAL_DATA else set())


def test_members_of_a_confined_team_see_their_teams_requests_only(harbor: Jurisdiction, pothole: Service) -> None:
    ours, others, nobodys = (make_request(pothole) for _ in range(3))
    person = make_staff(harbor, Role.AGENT)
    team = make_team(harbor, "shelter", "Shelter", members=[person], is_confined=True)
    assign(ours, team)
    assign(others, make_team(harbor))
    assert seen_by(person, harbor) == {ours.reference}
    assert nobodys.team is None


def test_one_open_team_lets_a_member_of_a_confined_team_see_everything(harbor: Jurisdiction, pothole: Service) -> None:
    ours, others = make_request(pothole), make_request(pothole)
    person = make_staff(harbor, Role.AGENT)
    assign(ours, make_team(harbor, "shelter", "Shelter", members=[person], is_confined=True))
    make_team(harbor, members=[person])
    assert seen_by(person, harbor) == {ours.reference, others.reference}


def test_a_retired_open_team_frees_nobody_and_a_retired_confined_one_still_confines(harbor: Jurisdiction, pothole: Service) -> None:
    ours = make_request(pothole)
    make_request(pothole)
    person = make_staff(harbor, Role.AGENT)
    assign(ours, make_team(harbor, "shelter", "Shelter", members=[person], is_confined=True, is_retired=True))
    make_team(harbor, "old", "Old", members=[person], is_retired=True)
    assert seen_by(person, harbor) == {ours.reference}


def test_a_confined_team_of_one_city_does_not_confine_in_another(harbor: Jurisdiction, pothole_request: ServiceRequest) -> None:
    elsewhere = make_city("bay", "Bay", shift=1.0)
    person = make_staff(harbor, Role.AGENT)
    person.cities.add(elsewhere)
    make_team(elsewhere, "shelter", "Shelter", members=[person], is_confined=True)
    assert seen_by(person, harbor) == {pothole_request.reference}


def test_missing_and_forbidden_requests_raise_the_same(harbor: Jurisdiction, power_out: Service) -> None:
    outage = make_request(power_out)
    analyst = make_staff(harbor, Role.ANALYST)
    codes = set()
    for reference in (outage.reference, "000000000", "no\0number"):
        with pytest.raises(RequestNotFound) as raised:
            request_for_staff(reference, analyst)
        codes.add((raised.value.code, str(raised.value).replace(repr(reference), "…")))
    assert len(codes) == 1


def assign(request: ServiceRequest, team: object) -> None:
    ServiceRequest.objects.filter(pk=request.pk).update(team=team)


def test_nothing_secret_of_colleagues_is_read_for_a_page(harbor: Jurisdiction, pothole_request: ServiceRequest, client: Client) -> None:
    person, colleague = make_staff(harbor, Role.AGENT, "ben"), make_staff(harbor, Role.AGENT, "chi")
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(assignee=colleague)
    client.force_login(person)
    statements: list[str] = []

    def note(execute: Callable[..., Any], sql: Any, *rest: Any) -> Any:
        statements.append(str(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):  # a prepared statement leaves no text where queries are captured
        assert client.get(f"/console/requests/{pothole_request.reference}/").status_code == 200
    assert not [sql for sql in statements if "totp_secret" in sql or "recovery_codes" in sql]
    assert len([sql for sql in statements if '"password"' in sql]) == 1, "the signed-in person's own, which holds the session"
