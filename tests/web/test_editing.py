"""Two people at one request: noticed, merged where it can be, nothing overwritten silently."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.console.request_actions import ACTIONS
from evenhand.web.journeys.act_once import act_once
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions, work_actions
from evenhand.web.service_requests.editing import ChangedMeanwhile, changed_since, events_since
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason, MoveNotAllowed, Priority
from tests import cast
from tests.web.at_once import at_once

LATER = cast.NOON + timedelta(hours=1)


@pytest.fixture
def ben(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT, "ben-at-work")


@pytest.fixture
def chi(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.DISPATCHER, "chi-at-work")


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def once(request: ServiceRequest, seen: int, subject: str, key: str, action: Callable[[ServiceRequest], object]) -> bool:
    return act_once(request, seen=seen, subject=subject, form_key=key, real_at=LATER, action=action)


@transaction.atomic
def change(action: Callable[[], object]) -> None:
    action()


def test_nothing_has_changed_since_the_version_that_was_seen(pothole_request: ServiceRequest) -> None:
    assert changed_since(pothole_request, pothole_request.event_count, "state") == []
    assert events_since(pothole_request, 10**9) == []


@pytest.mark.parametrize(
    ("subject", "collides"),
    [("state", True), ("state+expected_date", True), ("assignment", False), ("priority", False), ("expected_date", False), ("", False)],
)
def test_a_move_collides_with_moves_alone(pothole_request: ServiceRequest, ben: Account, subject: str, collides: bool) -> None:
    seen = pothole_request.event_count
    change(lambda: work_actions.start(pothole_request, person=ben, at=LATER))
    found = changed_since(now(pothole_request), seen, subject)
    assert [event.kind for event in found] == (["start"] if collides else [])
    assert all(event.actor_id == ben.pk for event in found)


@pytest.mark.parametrize(("subject", "collides"), [("priority", True), ("state", False), ("expected_date", False), ("", False)])
def test_a_field_collides_with_itself_alone(pothole_request: ServiceRequest, ben: Account, subject: str, collides: bool) -> None:
    change(lambda: work_actions.set_priority(pothole_request, person=ben, at=LATER, priority=Priority.URGENT))
    assert bool(changed_since(now(pothole_request), 1, subject)) is collides


def test_scheduling_collides_with_a_date_that_somebody_gave(pothole_request: ServiceRequest, ben: Account) -> None:
    until = LATER + timedelta(days=3)
    change(lambda: work_actions.set_expected_date(pothole_request, person=ben, at=LATER, until=until, words="The plant opens."))
    assert changed_since(now(pothole_request), 1, "state+expected_date")
    schedule = next(action for action in ACTIONS if action.code == "schedule")
    assert schedule.subject == "state+expected_date"


def test_what_collides_is_not_done_and_its_form_may_come_again(pothole_request: ServiceRequest, ben: Account, chi: Account) -> None:
    once(pothole_request, 1, "priority", "bens", lambda one: work_actions.set_priority(one, person=ben, at=LATER, priority=Priority.HIGH))
    lower = lambda one: work_actions.set_priority(one, person=chi, at=LATER, priority=Priority.LOW)  # noqa: E731 - used twice below
    with pytest.raises(ChangedMeanwhile) as caught:
        once(pothole_request, 1, "priority", "chis", lower)
    assert [event.actor_id for event in caught.value.events] == [ben.pk]
    assert now(pothole_request).priority == Priority.HIGH
    assert once(pothole_request, now(pothole_request).event_count, "priority", "chis", lower)
    assert now(pothole_request).priority == Priority.LOW


def test_a_note_and_another_field_go_through(pothole_request: ServiceRequest, ben: Account, chi: Account) -> None:
    once(pothole_request, 1, "state", "a", lambda one: work_actions.start(one, person=ben, at=LATER))
    assert once(pothole_request, 1, "", "b", lambda one: work_actions.note(one, person=chi, at=LATER, words="Looked at it."))
    assert once(pothole_request, 1, "priority", "c", lambda one: work_actions.set_priority(one, person=chi, at=LATER, priority=Priority.LOW))
    merged = now(pothole_request)
    assert (merged.state, merged.priority, merged.event_count) == ("in_progress", Priority.LOW, 4)
    verify(merged)


def test_a_form_that_says_nothing_about_what_it_saw_has_seen_nothing(pothole_request: ServiceRequest) -> None:
    assert [event.kind for event in events_since(pothole_request, 0)] == ["received"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_and_schedule_at_the_same_moment_one_is_told(pothole: Service) -> None:
    request, ben = cast.make_request(pothole), cast.make_staff(pothole.jurisdiction, Role.AGENT)
    close = lambda one: actions.close(one, actor=Actor.STAFF, at=LATER, reason=ClosingReason.UNABLE, words="No.")  # noqa: E731 - one of two acts
    schedule = lambda one: work_actions.schedule(one, person=ben, at=LATER, until=LATER + timedelta(days=1))  # noqa: E731
    raised = at_once(lambda: once(request, 1, "state", "a", close), lambda: once(request, 1, "state+expected_date", "b", schedule))
    assert sorted(type(error).__name__ for error in raised) == ["ChangedMeanwhile", "NoneType"]
    after = now(request)
    assert after.event_count == 2
    assert (after.state == "closed") == (after.expected_at is None)
    verify(after)


@pytest.mark.django_db(transaction=True)
def test_two_different_fields_at_the_same_moment_are_both_kept(pothole: Service) -> None:
    request, ben = cast.make_request(pothole), cast.make_staff(pothole.jurisdiction, Role.AGENT)
    raised = at_once(
        lambda: once(request, 1, "priority", "a", lambda one: work_actions.set_priority(one, person=ben, at=LATER, priority=Priority.URGENT)),
        lambda: once(request, 1, "assignment", "b", lambda one: actions.assign(one, person=ben, team=None, assignee=ben, at=LATER)),
        lambda: once(request, 1, "", "c", lambda one: work_actions.note(one, person=ben, at=LATER, words="Both stay.")),
    )
    assert raised == [None, None, None]
    after = now(request)
    assert (after.priority, after.assignee_id, after.state) == (Priority.URGENT, ben.pk, "assigned")
    assert list(after.events.values_list("seq", flat=True)) == list(range(1, after.event_count + 1))
    verify(after)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_from_two_connections_is_done_once(pothole: Service) -> None:
    request, ben = cast.make_request(pothole), cast.make_staff(pothole.jurisdiction, Role.AGENT)
    write = lambda: once(request, 1, "", "same", lambda one: work_actions.note(one, person=ben, at=LATER, words="Once."))  # noqa: E731
    assert at_once(write, write, write) == [None, None, None]
    assert now(request).events.filter(kind="noted").count() == 1


def test_a_move_that_is_not_possible_any_more_leaves_its_key_free(pothole_request: ServiceRequest, ben: Account) -> None:
    close = lambda one: actions.close(one, actor=Actor.STAFF, at=LATER, reason=ClosingReason.UNABLE, words="No.")  # noqa: E731
    once(pothole_request, 1, "state", "a", close)
    with pytest.raises(MoveNotAllowed):
        once(pothole_request, 2, "state", "b", close)
    assert once(pothole_request, 2, "state", "b", lambda one: work_actions.reopen(one, person=ben, at=LATER, words="After all."))
