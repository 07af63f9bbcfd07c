"""Where requests go: the most particular rule, its deadline, its reason; versions; and what happens to open requests when people and teams go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from evenhand.web.accounts.administrative_history import differences, record
from evenhand.web.accounts.administrators import AccessRefused
from evenhand.web.accounts.models import Account, AdministrativeChange, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.accounts.teams import TeamRefused, save_team, set_teams
from evenhand.web.console.routing_words import routing_words
from evenhand.web.journeys.change_access import change_access, deactivate, give_first_password, reactivate
from evenhand.web.journeys.retire_team import TeamNotRetirable, retire_team
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import actions, changing, history, routing, work_actions
from evenhand.web.service_requests.holidays import DayGiven, HolidaysInvalid, add_holidays, read_holidays, remove_holiday
from evenhand.web.service_requests.models import Holiday, RoutingVersion, Service, ServiceRequest
from evenhand.web.service_requests.routing_versions import (
    RoutingChangedMeanwhile,
    RoutingInvalid,
    RuleGiven,
    current_version,
    merged,
    rule_differences,
    rules_given,
    rules_with_names,
    save_routing,
    what_would_change,
)
from evenhand.web.service_requests.workflow import Priority
from tests.cast import IN_HILLTOP, NOON, make_city, make_request, make_service, make_staff, make_team
from tests.web.at_once import at_once

OFFICE = {str(day): [["08:00", "16:30"]] for day in range(1, 6)}


@pytest.fixture
def chief(harbor: Jurisdiction) -> Account:
    return make_staff(harbor, Role.ADMINISTRATOR, "ada")


@pytest.fixture
def roads(harbor: Jurisdiction) -> Team:
    return make_team(harbor)


@pytest.fixture
def lights(harbor: Jurisdiction) -> Team:
    return make_team(harbor, "lights", "Lights")


def save(city: Jurisdiction, *rules: RuleGiven, hours: dict[str, Any] | None = None, by: Account | None = None, **more: Any) -> RoutingVersion:
    version = current_version(city)
    given: dict[str, Any] = {"seen": version.number if version else 0, "real_at": NOON, "working_hours": hours or {}} | more
    return save_routing(city, by=by, rules=rules, **given)


def events_of(request: ServiceRequest) -> list[str]:
    return list(request.events.order_by("seq").values_list("kind", flat=True))


# --- which rule ---------------------------------------------------------------------------------------------------------------------------------


def test_the_most_particular_rule_wins(pothole: Service, streetlight: Service, dockside: Area, hilltop: Area, roads: Team) -> None:
    harbor = pothole.jurisdiction
    first, second, third, last = (make_team(harbor, code, code.capitalize()) for code in ("first", "second", "third", "last"))
    save(
        harbor,
        RuleGiven(pothole.pk, dockside.pk, first.pk),
        RuleGiven(pothole.pk, None, second.pk),
        RuleGiven(None, dockside.pk, third.pk),
        RuleGiven(None, None, last.pk),
    )
    asked = ((pothole, dockside), (pothole, hilltop), (streetlight, dockside), (streetlight, None))
    found = [routing.route(harbor, service, area, NOON) for service, area in asked]
    assert [(routed.team, routed.why[0]) for routed in found] == [
        (first, "service_and_area"),
        (second, "service"),
        (third, "area"),
        (last, "everywhere"),
    ]


def test_where_no_rule_fits_there_is_no_team_and_it_is_said(pothole: Service, streetlight: Service, roads: Team) -> None:
    save(pothole.jurisdiction, RuleGiven(streetlight.pk, None, roads.pk))
    request = make_request(pothole)
    assert (request.team, request.due_at, events_of(request)) == (None, None, ["received", "routed"])
    assert routing_words(request.events.get(kind="routed"), pothole.jurisdiction) == "No rule fits, so it has no team."


def test_a_city_without_rules_routes_nothing_and_adds_no_event(pothole: Service) -> None:
    request = make_request(pothole)
    assert (request.team, request.due_at, request.priority, events_of(request)) == (None, None, Priority.NORMAL, ["received"])
    assert routing.route(pothole.jurisdiction, pothole, None, NOON).why == ("no_rules",)


def test_a_new_request_is_routed_when_it_comes_in(pothole: Service, dockside: Area, roads: Team) -> None:
    harbor = pothole.jurisdiction
    version = save(harbor, RuleGiven(pothole.pk, dockside.pk, roads.pk, 16, Priority.HIGH), hours=OFFICE)
    request = ServiceRequest.objects.get(pk=make_request(pothole).pk)
    # Monday noon: 4.5 h until 16:30, 8.5 h on Tuesday, 3 h on Wednesday: 11:00, five hours behind UTC.
    assert (request.team, request.priority, request.due_at) == (roads, Priority.HIGH, datetime(2026, 3, 4, 16, tzinfo=UTC))
    routed = request.events.get(kind="routed")
    assert routed.visibility == "staff"
    assert routed.facts == {
        "version": 1,
        "rule": version.rules.get().pk,
        "team": roads.pk,
        "due_at": "2026-03-04T16:00:00+00:00",
        "priority": 2,
        "why": ["service_and_area"],
    }
    history.verify(request)
    assert routing_words(routed, harbor) == "Pothole in Dockside → Roads, due in 16 working hours: Wed, March 4, 11 a.m. (rule 1 of version 1)"


def test_what_comes_at_night_says_that_its_time_begins_in_the_morning(pothole: Service, roads: Team) -> None:
    save(pothole.jurisdiction, RuleGiven(None, None, roads.pk, 2), hours=OFFICE)
    routed = routing.route(pothole.jurisdiction, pothole, None, NOON + timedelta(hours=10))
    assert routed.due_at == datetime(2026, 3, 3, 15, tzinfo=UTC)
    assert routed.why == ("everywhere", "starts_at_opening")


def test_a_rule_without_hours_gives_no_deadline(pothole: Service, roads: Team) -> None:
    save(pothole.jurisdiction, RuleGiven(None, None, roads.pk))
    routed = routing.route(pothole.jurisdiction, pothole, None, NOON)
    assert (routed.due_at, routed.why) == (None, ("everywhere", "no_deadline"))


def test_a_team_without_members_gets_its_requests_all_the_same(pothole: Service, roads: Team) -> None:
    save(pothole.jurisdiction, RuleGiven(None, None, roads.pk))
    assert not roads.members.exists()
    assert make_request(pothole).team == roads


def test_a_rule_whose_team_was_retired_past_the_pages_is_passed_over_and_said(pothole: Service, roads: Team, lights: Team) -> None:
    save(pothole.jurisdiction, RuleGiven(pothole.pk, None, roads.pk), RuleGiven(None, None, lights.pk))
    Team.objects.filter(pk=roads.pk).update(is_retired=True)
    routed = routing.route(pothole.jurisdiction, pothole, None, NOON)
    assert (routed.team, routed.why[:2]) == (lights, ("everywhere", "team_retired"))


def test_an_imported_request_is_not_routed(pothole: Service, roads: Team) -> None:
    save(pothole.jurisdiction, RuleGiven(None, None, roads.pk, 8))
    assert make_request(pothole, source="past", source_id="1").team is None


def test_a_new_version_counts_at_once_and_a_new_holiday_too(pothole: Service, roads: Team, lights: Team) -> None:
    harbor = pothole.jurisdiction
    save(harbor, RuleGiven(None, None, roads.pk, 8), hours=OFFICE)
    assert routing.route(harbor, pothole, None, NOON).due_at == datetime(2026, 3, 3, 16, 30, tzinfo=UTC)
    add_holidays(harbor, [DayGiven(date(2026, 3, 3), "Snow")], by=None, real_at=NOON)
    assert routing.route(harbor, pothole, None, NOON).due_at == datetime(2026, 3, 4, 16, 30, tzinfo=UTC)
    remove_holiday(harbor, Holiday.objects.get().pk, by=None, real_at=NOON)
    assert routing.route(harbor, pothole, None, NOON).due_at == datetime(2026, 3, 3, 16, 30, tzinfo=UTC)
    save(harbor, RuleGiven(None, None, lights.pk, 8), hours=OFFICE)
    assert routing.route(harbor, pothole, None, NOON).team == lights


def test_routing_asks_the_database_once_when_its_rules_are_known(pothole: Service, roads: Team, dockside: Area) -> None:
    save(pothole.jurisdiction, RuleGiven(None, None, roads.pk, 8), hours=OFFICE)
    routing.route(pothole.jurisdiction, pothole, dockside, NOON)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        routing.route(pothole.jurisdiction, pothole, dockside, NOON)
    assert len(queries) == 1


def test_routing_again_moves_the_request_and_takes_it_from_whoever_had_it(pothole: Service, roads: Team, lights: Team, chief: Account) -> None:
    harbor = pothole.jurisdiction
    save(harbor, RuleGiven(None, None, roads.pk, 8))
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(assignee=chief)
    save(harbor, RuleGiven(None, None, lights.pk, 4))
    with transaction.atomic():
        locked = ServiceRequest.objects.get(pk=request.pk)
        routing.apply(locked, routing.route(harbor, pothole, None, NOON), NOON, by=chief)
        locked.save()
    now = ServiceRequest.objects.get(pk=request.pk)
    assert (now.team, now.assignee, now.due_at, events_of(now)) == (lights, None, NOON + timedelta(hours=4), ["received", "routed", "routed"])
    history.verify(now)


# --- versions -----------------------------------------------------------------------------------------------------------------------------------


def test_each_change_is_a_new_version_and_old_ones_stay(pothole: Service, roads: Team, lights: Team, chief: Account) -> None:
    harbor = pothole.jurisdiction
    first = save(harbor, RuleGiven(pothole.pk, None, roads.pk, 8), by=chief)
    second = save(harbor, RuleGiven(pothole.pk, None, lights.pk, 8), RuleGiven(None, None, roads.pk), by=chief, note="Lights took over")
    assert [row.number for row in harbor.routing_versions.all()] == [2, 1]
    pairs = rule_differences(rules_with_names(first), rules_with_names(second))
    assert [(pair.before and pair.before.team.name, pair.after and pair.after.team.name) for pair in pairs] == [("Roads", "Lights"), (None, "Roads")]
    change = AdministrativeChange.objects.get(kind="routing", subject="2")
    assert change.after == {"version": 2, "rules": ["Pothole · * → Lights · 8 h · normal", "* · * → Roads · – · normal"], "note": "Lights took over"}


def test_saving_what_counts_already_makes_no_version(pothole: Service, roads: Team) -> None:
    harbor, rule = pothole.jurisdiction, RuleGiven(pothole.pk, None, roads.pk, 8)
    first = save(harbor, rule)
    again = save_routing(harbor, by=None, seen=0, real_at=NOON, rules=[rule])  # a double click: the second send saw version 0 too
    assert (again, harbor.routing_versions.count(), AdministrativeChange.objects.count()) == (first, 1, 1)


def test_a_version_saved_meanwhile_is_not_overwritten(pothole: Service, roads: Team, lights: Team) -> None:
    harbor = pothole.jurisdiction
    save(harbor, RuleGiven(pothole.pk, None, roads.pk))
    save(harbor, RuleGiven(pothole.pk, None, lights.pk))
    with pytest.raises(RoutingChangedMeanwhile):
        save_routing(harbor, by=None, seen=1, real_at=NOON, rules=[])
    assert harbor.routing_versions.count() == 2


def test_two_changes_of_one_version_are_put_together_and_collisions_are_named() -> None:
    base = [RuleGiven(1, None, 1), RuleGiven(2, None, 1), RuleGiven(3, None, 1)]
    mine = [RuleGiven(1, None, 9), RuleGiven(2, None, 1), RuleGiven(4, None, 9)]
    theirs = [RuleGiven(1, None, 8), RuleGiven(2, None, 8), RuleGiven(3, None, 1)]
    rules, both = merged(base, mine, theirs)
    assert rules == [RuleGiven(1, None, 9), RuleGiven(2, None, 8), RuleGiven(4, None, 9)]
    assert both == {(1, None)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"work_hours": 0}, "hours of working time"),
        ({"work_hours": 2001}, "hours of working time"),
        ({"priority": 7}, "priority"),
        ({"service_id": 999_999}, "no such service"),
        ({"area_id": 999_999}, "no such area"),
        ({"team_id": 999_999}, "no such team"),
    ],
)
def test_rules_that_cannot_be_are_refused(pothole: Service, roads: Team, change: dict[str, int], words: str) -> None:
    wanted: dict[str, Any] = {"service_id": pothole.pk, "area_id": None, "team_id": roads.pk}
    rule = RuleGiven(**(wanted | change))
    with pytest.raises(RoutingInvalid, match=words):
        save(pothole.jurisdiction, rule)


def test_rules_of_another_city_are_refused_and_so_are_two_for_the_same(pothole: Service, roads: Team) -> None:
    elsewhere = make_service(make_city("tarn", "Tarn", shift=1.0), "pothole", "Pothole")
    with pytest.raises(RoutingInvalid, match="no such service"):
        save(pothole.jurisdiction, RuleGiven(elsewhere.pk, None, roads.pk))
    with pytest.raises(RoutingInvalid, match="another for the same"):
        save(pothole.jurisdiction, RuleGiven(None, None, roads.pk, 1), RuleGiven(None, None, roads.pk, 2))


def test_what_would_change_counts_open_requests(pothole: Service, streetlight: Service, roads: Team, lights: Team) -> None:
    harbor = pothole.jurisdiction
    version = save(harbor, RuleGiven(pothole.pk, None, roads.pk, 8), RuleGiven(streetlight.pk, None, lights.pk, 8))
    for where in ((42.36, -71.05), IN_HILLTOP):
        make_request(pothole, point=where)
    make_request(streetlight)
    before = routing.rules_of_version(harbor, version)
    changed = save(harbor, RuleGiven(pothole.pk, None, lights.pk, 16))
    would = what_would_change(harbor, before, routing.rules_of_version(harbor, changed), NOON)
    assert (would.open_count, would.other_team, would.other_deadline, would.without_team) == (3, 3, 3, 1)


# --- holidays -----------------------------------------------------------------------------------------------------------------------------------


def test_a_list_of_days_is_read_line_by_line() -> None:
    text = "# 2026\n2026-12-25 Christmas Day\n\n2026-7-4; Independence Day\n2027-01-01"
    assert read_holidays(text) == [
        DayGiven(date(2026, 12, 25), "Christmas Day"),
        DayGiven(date(2026, 7, 4), "Independence Day"),
        DayGiven(date(2027, 1, 1), ""),
    ]


def test_every_line_at_fault_is_named_and_nothing_is_taken() -> None:
    with pytest.raises(HolidaysInvalid) as refused:
        read_holidays(f"2026-02-30 No such day\nChristmas\n2026-12-25 {'x' * 121}\n0900-01-01 Old\n2026-12-26 Fine")
    assert [str(words).split(":")[0] for words in refused.value.facts["faults"]] == ["line 1", "line 2", "line 3", "line 4"]  # type: ignore[attr-defined]


def test_a_day_that_is_there_stays_as_it_is_and_leaves_one_trace(harbor: Jurisdiction, chief: Account) -> None:
    day = DayGiven(date(2026, 12, 25), "Christmas Day")
    assert add_holidays(harbor, [day], by=chief, real_at=NOON).added == (day,)
    again = add_holidays(harbor, [DayGiven(day.date, "Xmas")], by=chief, real_at=NOON)
    assert (again.added, len(again.known), Holiday.objects.get().name) == ((), 1, "Christmas Day")
    assert AdministrativeChange.objects.filter(kind="holiday").count() == 1


# --- teams and people who go --------------------------------------------------------------------------------------------------------------------


def test_a_retired_team_hands_over_its_requests_and_its_rules(pothole: Service, roads: Team, lights: Team, chief: Account) -> None:
    harbor = pothole.jurisdiction
    save(harbor, RuleGiven(pothole.pk, None, roads.pk, 8))
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(assignee=chief)
    done = retire_team(roads, to=lights, by=chief, at=NOON, real_at=NOON)
    now = ServiceRequest.objects.get(pk=request.pk)
    assert (done.requests, done.rules, now.team, now.assignee, now.due_at) == (1, 1, lights, None, request.due_at)
    assert now.events.latest("seq").facts == {"team": lights.pk, "assignee": None, "why": "team_retired"}
    history.verify(now)
    assert [rule.team_id for rule in rules_given(current_version(harbor))] == [lights.pk]
    assert retire_team(roads, to=lights, by=chief, at=NOON, real_at=NOON).requests == 0
    assert make_request(pothole).team == lights


def test_a_team_retired_without_another_leaves_its_requests_to_nobody(pothole: Service, roads: Team, chief: Account) -> None:
    save(pothole.jurisdiction, RuleGiven(None, None, roads.pk, 8))
    request = make_request(pothole)
    retire_team(roads, to=None, by=chief, at=NOON, real_at=NOON)
    assert ServiceRequest.objects.get(pk=request.pk).team is None
    assert rules_given(current_version(pothole.jurisdiction)) == []


def test_a_team_cannot_hand_over_to_itself_to_a_retired_one_or_to_another_city(harbor: Jurisdiction, roads: Team, chief: Account) -> None:
    gone = make_team(harbor, "gone", "Gone", is_retired=True)
    elsewhere = make_team(make_city("tarn", "Tarn", shift=1.0))
    for other in (roads, gone, elsewhere):
        with pytest.raises(TeamNotRetirable):
            retire_team(roads, to=other, by=chief, at=NOON, real_at=NOON)
    assert not Team.objects.get(pk=roads.pk).is_retired


def test_two_teams_cannot_have_one_code_or_one_name(harbor: Jurisdiction, roads: Team) -> None:
    with pytest.raises(TeamRefused) as refused:
        save_team(harbor, None, by=None, at=NOON, name="ROADS", code="roads")
    assert set(refused.value.facts["faults"]) == {"code", "name"}  # type: ignore[call-overload]


def test_only_people_of_the_city_become_members(harbor: Jurisdiction, roads: Team, chief: Account) -> None:
    stranger = make_staff(make_city("tarn", "Tarn", shift=1.0), Role.AGENT, "otto")
    save_team(harbor, roads, by=chief, at=NOON, name="Roads", code="roads", members=[chief, stranger])
    assert list(roads.members.all()) == [chief]
    set_teams(chief, harbor, [], by=chief, at=NOON)
    assert not roads.members.exists()


def test_what_somebody_who_leaves_had_goes_back_to_its_team(pothole: Service, roads: Team, chief: Account) -> None:
    harbor = pothole.jurisdiction
    ben = make_staff(harbor, Role.AGENT, "ben")
    save(harbor, RuleGiven(None, None, roads.pk))
    request = make_request(pothole)
    ServiceRequest.objects.filter(pk=request.pk).update(assignee=ben)
    assert deactivate(ben, by=chief, at=NOON, real_at=NOON) == 1
    now = ServiceRequest.objects.get(pk=request.pk)
    assert (now.team, now.assignee, Account.objects.get(pk=ben.pk).is_active) == (roads, None, False)
    assert now.events.latest("seq").facts["why"] == "person_left"
    history.verify(now)
    assert deactivate(ben, by=chief, at=NOON, real_at=NOON) == 0
    reactivate(Account.objects.get(pk=ben.pk), by=chief, real_at=NOON)
    assert Account.objects.get(pk=ben.pk).is_active


def test_more_requests_than_a_chunk_go_back(pothole: Service, chief: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.web.service_requests.handing_over._CHUNK", 2)
    ben = make_staff(pothole.jurisdiction, Role.AGENT, "ben")
    requests = [make_request(pothole) for _number in range(5)]
    ServiceRequest.objects.update(assignee=ben)
    assert deactivate(ben, by=chief, at=NOON, real_at=NOON) == 5
    assert not ServiceRequest.objects.filter(assignee=ben).exists()
    for request in requests:
        history.verify(ServiceRequest.objects.get(pk=request.pk))


def test_nobody_changes_their_own_access(harbor: Jurisdiction, chief: Account) -> None:
    make_staff(harbor, Role.ADMINISTRATOR, "bea")
    acts: list[Callable[[], object]] = [
        lambda: deactivate(chief, by=chief, at=NOON, real_at=NOON),
        lambda: change_access(chief, by=chief, role="agent", cities=[harbor], at=NOON, real_at=NOON),
        lambda: give_first_password(chief, by=chief, real_at=NOON),
    ]
    for act in acts:
        with pytest.raises(AccessRefused, match="Nobody changes their own"):
            act()


def test_the_last_administrator_stays(harbor: Jurisdiction, chief: Account) -> None:
    tarn = make_city("tarn", "Tarn", shift=1.0)
    bea = make_staff(tarn, Role.ADMINISTRATOR, "bea")
    chief.cities.add(tarn)
    Account.objects.filter(pk=chief.pk).update(role=Role.AGENT)  # she lost her role in mid-action, and Bea is Tarn's last one
    acts: list[Callable[[], object]] = [
        lambda: deactivate(bea, by=chief, at=NOON, real_at=NOON),
        lambda: change_access(bea, by=chief, role="agent", cities=[tarn], at=NOON, real_at=NOON),
        lambda: change_access(bea, by=chief, role="administrator", cities=[harbor], at=NOON, real_at=NOON),
    ]
    for act in acts:
        with pytest.raises(AccessRefused, match="no administrator"), transaction.atomic():
            act()
    assert Account.objects.get(pk=bea.pk).is_active


def test_whoever_works_for_further_cities_is_not_one_administrators_to_change(harbor: Jurisdiction, chief: Account) -> None:
    otto = make_staff(harbor, Role.AGENT, "otto")
    otto.cities.add(make_city("tarn", "Tarn", shift=1.0))
    with pytest.raises(AccessRefused, match="further cities"):
        give_first_password(otto, by=chief, real_at=NOON)


def test_a_history_entry_names_what_differs_and_nothing_is_noted_for_nothing(harbor: Jurisdiction, chief: Account) -> None:
    assert record(harbor, chief, "team", "Roads", {"name": "Roads"}, {"name": "Roads"}, NOON) is None
    change = record(harbor, chief, "team", "Roads", {"name": "Road", "email": "a@b.c"}, {"name": "Roads", "email": "a@b.c"}, NOON)
    assert change is not None
    assert [(pair.field, pair.before, pair.after) for pair in differences(change)] == [("name", "Road", "Roads")]


# --- at the same moment -------------------------------------------------------------------------------------------------------------------------


A_WHILE = 0.5
"""Seconds for which one transaction stays open, so that the other comes to where the two meet."""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("comes_in", [True, False])
def test_what_a_team_gets_while_it_is_retired_is_handed_over_too(comes_in: bool, pothole: Service) -> None:
    harbor = pothole.jurisdiction
    team, chief = make_team(harbor), make_staff(harbor, Role.ADMINISTRATOR)
    save(harbor, RuleGiven(None, None, team.pk, 8) if comes_in else RuleGiven(None, None, make_team(harbor, "lights", "Lights").pk, 8))
    request = None if comes_in else make_request(pothole)
    is_given = threading.Event()

    def give() -> None:
        with transaction.atomic():
            if request is None:
                make_request(pothole)
            else:
                actions.assign(request, person=chief, team=team, assignee=None, at=NOON)
            is_given.set()
            time.sleep(A_WHILE)

    def retire() -> None:
        is_given.wait(10)
        retire_team(team, to=None, by=chief, at=NOON, real_at=NOON)

    assert at_once(give, retire) == [None, None]
    left = ServiceRequest.objects.get()
    assert (left.team, Team.objects.get(pk=team.pk).is_retired) == (None, True)
    history.verify(left)


@pytest.mark.django_db(transaction=True)
def test_somebody_who_writes_at_a_request_can_be_deactivated_at_the_same_moment(pothole: Service) -> None:
    chief, ben = make_staff(pothole.jurisdiction, Role.ADMINISTRATOR), make_staff(pothole.jurisdiction, Role.AGENT)
    request, is_held = make_request(pothole), threading.Event()
    ServiceRequest.objects.filter(pk=request.pk).update(assignee=ben)

    def write() -> None:
        with transaction.atomic():
            changing.locked(request)
            is_held.set()
            time.sleep(A_WHILE)
            work_actions.note(request, person=ben, at=NOON, words="I leave today.")

    def leave() -> None:
        is_held.wait(10)
        deactivate(ben, by=chief, at=NOON, real_at=NOON)

    assert at_once(write, leave) == [None, None]
    left = ServiceRequest.objects.get()
    assert (left.assignee, [event.kind for event in left.events.order_by("seq")][-2:]) == (None, ["noted", "assigned"])
    history.verify(left)
