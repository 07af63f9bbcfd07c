"""Supervision's figures on a week that is small enough to count by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.insights.supervision import LEAST, By, Share, Supervision, supervision
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions, duplicates, work_actions
from evenhand.web.service_requests.models import InformationRequest, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence
from tests import cast

NOW = cast.NOON + timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.fixture
def dispatcher(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.DISPATCHER)


@pytest.fixture
def roads(harbor: Jurisdiction) -> Team:
    return cast.make_team(harbor)


def count(city: Jurisdiction, person: Account, by: By = By.TEAM, *, days: int = 7) -> Supervision:
    return supervision(city, person, by=by, start=NOW - timedelta(days=days), end=NOW, at=NOW)


def due(request: ServiceRequest, hours: float) -> ServiceRequest:
    ServiceRequest.objects.filter(pk=request.pk).update(due_at=request.requested_at + timedelta(hours=hours))
    return ServiceRequest.objects.get(pk=request.pk)


def close(request: ServiceRequest, after: timedelta, reason: ClosingReason = ClosingReason.FIXED) -> ServiceRequest:
    evidence = Evidence.CREW_RECORD if reason is ClosingReason.FIXED else Evidence.NONE
    return actions.close(request, actor=Actor.STAFF, at=request.requested_at + after, reason=reason, words="Done.", evidence=evidence)


def test_what_waits_is_counted_by_team_with_what_belongs_to_nobody(pothole: Service, dispatcher: Account, roads: Team) -> None:
    old = cast.make_request(pothole, at=NOW - timedelta(days=45))
    ServiceRequest.objects.filter(pk=old.pk).update(team=roads, due_at=NOW - HOUR)
    young = cast.make_request(pothole)
    ServiceRequest.objects.filter(pk=young.pk).update(team=roads, assignee=dispatcher, due_at=NOW + HOUR)
    cast.make_request(pothole)
    counted = count(pothole.jurisdiction, dispatcher)
    by_key = {line.key: line.waiting for line in counted.lines}
    assert (by_key[roads.pk].open, by_key[roads.pk].overdue, by_key[roads.pk].older, by_key[roads.pk].unassigned) == (2, 1, 1, 1)
    assert by_key[roads.pk].oldest == NOW - timedelta(days=45)
    assert (by_key[None].open, by_key[None].overdue) == (1, 0)
    assert counted.total.waiting.open == 3


def test_a_promise_is_judged_once_its_moment_has_come_and_not_before(pothole: Service, dispatcher: Account) -> None:
    close(due(cast.make_request(pothole), 24), 23 * HOUR)  # kept
    close(due(cast.make_request(pothole), 24), 25 * HOUR)  # late
    due(cast.make_request(pothole), 24)  # open and late
    due(cast.make_request(pothole), 24 * 30)  # still to come
    close(due(cast.make_request(pothole), 24), HOUR, ClosingReason.INVALID)  # nothing to do: no promise
    cast.make_request(pothole)  # no deadline
    assert count(pothole.jurisdiction, dispatcher).total.came_in.promises == Share(1, 3)


def test_vetoes_and_reopenings_count_requests_and_not_events(pothole: Service, dispatcher: Account) -> None:
    disputed = close(cast.make_request(pothole), HOUR)
    for hours in (2, 4):
        at = disputed.requested_at + hours * HOUR
        disputed = actions.request_reopen(disputed, actor=Actor.REPORTER, at=at, words="Still there.")
        disputed = work_actions.reopen(disputed, person=dispatcher, at=at + HOUR / 2, words="We look again.")
        disputed = close(disputed, (hours + 1) * HOUR)
    close(cast.make_request(pothole), HOUR)
    total = count(pothole.jurisdiction, dispatcher).total.came_in
    assert (total.vetoes, total.reopenings) == (Share(1, 2), Share(1, 2))


def test_vetoes_are_a_part_of_all_that_was_ever_closed(pothole: Service, dispatcher: Account) -> None:
    for number in range(3):
        disputed = close(cast.make_request(pothole), HOUR)
        disputed = actions.request_reopen(disputed, actor=Actor.REPORTER, at=NOW, words="Still there.")
        if number:
            work_actions.reopen(disputed, person=dispatcher, at=NOW, words="We look again.")
    again = close(cast.make_request(pothole), HOUR)
    work_actions.reopen(again, person=dispatcher, at=NOW, words="Our own mistake.")
    cast.make_request(pothole)  # was never closed
    assert count(pothole.jurisdiction, dispatcher).total.came_in.vetoes == Share(3, 4)


def test_a_report_that_was_parted_from_the_one_it_repeated_was_not_opened_again(pothole: Service, dispatcher: Account) -> None:
    parent, child = cast.make_request(pothole), cast.make_request(pothole)
    duplicates.link(child, parent, actor_id=dispatcher.pk, at=NOW)
    close(ServiceRequest.objects.get(pk=parent.pk), HOUR)
    duplicates.unlink(ServiceRequest.objects.get(pk=child.pk), actor_id=dispatcher.pk, at=NOW, words="Two holes.")
    assert child.events.filter(kind="reopen").exists()
    assert count(pothole.jurisdiction, dispatcher).total.came_in.reopenings == Share(0, 2)


def test_fixed_counts_as_shown_only_with_evidence(pothole: Service, dispatcher: Account) -> None:
    close(cast.make_request(pothole), HOUR)
    stated = close(cast.make_request(pothole), HOUR)
    ServiceRequest.objects.filter(pk=stated.pk).update(evidence=Evidence.STATED)
    close(cast.make_request(pothole), HOUR, ClosingReason.UNABLE)
    total = count(pothole.jurisdiction, dispatcher).total.came_in
    assert total.proven == Share(1, 2)
    assert {reason: number for reason, number in total.reasons.items() if number} == {"fixed": 2, "unable": 1}


def test_settled_at_first_contact_is_an_answer_or_a_closing_within_the_hour(pothole: Service, dispatcher: Account) -> None:
    close(cast.make_request(pothole, channel="phone"), HOUR / 2)
    close(cast.make_request(pothole, channel="phone"), 2 * HOUR)
    close(cast.make_request(pothole, channel="web"), HOUR / 2)
    for number in range(3):
        InformationRequest.objects.create(
            jurisdiction=pothole.jurisdiction, topic="Opening hours", entered_by=dispatcher, submission_key=str(number), at=cast.NOON
        )
    assert count(pothole.jurisdiction, dispatcher).first_contact == Share(4, 5)


def test_a_share_of_a_small_whole_has_no_percentage() -> None:
    assert Share(1, LEAST - 1).percent is None
    assert Share(1, LEAST).percent == pytest.approx(100 / LEAST)
    assert Share(0, 0).percent is None


def test_lines_add_up_to_the_whole_whatever_they_are_of(pothole: Service, streetlight: Service, dispatcher: Account) -> None:
    for number in range(6):
        point = (cast.IN_DOCKSIDE, cast.IN_HILLTOP, None)[number % 3]
        request = cast.make_request(
            (pothole, streetlight)[number % 2], point=point, channel=("web", "phone")[number % 2], at=NOW - (1 + 20 * number) * HOUR
        )
        if number % 2:
            close(request, HOUR)
    for by in By:
        counted = count(pothole.jurisdiction, dispatcher, by)
        assert sum(line.came_in.received for line in counted.lines) == counted.total.came_in.received == 6, by
        assert sum(line.waiting.open for line in counted.lines) == counted.total.waiting.open == 3, by


def test_an_analyst_counts_nothing_that_is_not_public(pothole: Service, power_out: Service, dispatcher: Account) -> None:
    cast.make_request(power_out)
    cast.make_request(pothole)
    analyst = cast.make_staff(pothole.jurisdiction, Role.ANALYST)
    assert count(pothole.jurisdiction, dispatcher).total.came_in.received == 2
    assert count(pothole.jurisdiction, analyst).total.came_in.received == 1
