"""What staff do to a request: events with who did it, and columns that say the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations.models import Follower, OutboxMessage
from evenhand.web.journeys import close_request as closing
from evenhand.web.journeys.answer_request import answer_request
from evenhand.web.journeys.close_request import close_request
from evenhand.web.journeys.decline_reopen import decline_reopen
from evenhand.web.journeys.reopen_request import reopen_request
from evenhand.web.journeys.send_back import send_back
from evenhand.web.journeys.set_expected_date import set_expected_date
from evenhand.web.journeys.withdraw_request import withdraw_by_phone
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions, changing, work_actions
from evenhand.web.service_requests.actions import CrewRecord
from evenhand.web.service_requests.assignees import AssignmentRefused, people_of, teams_of
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Event, Photo, ServiceRequest
from evenhand.web.service_requests.staff_timeline import staff_timeline
from evenhand.web.service_requests.timeline import timeline
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence, FactMissing, Move, MoveNotAllowed, Priority
from tests import cast

LATER = cast.NOON + timedelta(hours=1)


@pytest.fixture
def ben(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT, "ben-at-work", first_name="Ben", last_name="Ito")


def last(request: ServiceRequest) -> Event:
    return Event.objects.filter(request=request).select_related("content").latest("seq")


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


@transaction.atomic
def assign(request: ServiceRequest, ben: Account, **to: object) -> ServiceRequest:
    return actions.assign(request, person=ben, at=LATER, **({"team": None, "assignee": None} | to))  # type: ignore[arg-type]  # team and assignee


@transaction.atomic
def report_done(request: ServiceRequest) -> ServiceRequest:
    photo = Photo.objects.create(key="done", width=4, height=3, added_at=LATER)
    return changing.move(request, Move.REPORT_DONE, actor=Actor.CONTRACTOR, at=LATER, channel="link", photos=[photo])


def test_giving_a_new_request_to_somebody_is_public_as_a_state_and_private_as_a_name(pothole_request: ServiceRequest, ben: Account) -> None:
    roads = cast.make_team(pothole_request.jurisdiction, members=[ben])
    given = assign(pothole_request, ben, team=roads, assignee=ben)
    assert (given.state, given.team, given.assignee) == ("assigned", roads, ben)
    told = [(event.kind, event.visibility, event.actor_id, event.actor_kind) for event in given.events.filter(seq__gt=1)]
    assert told == [("assign", "public", ben.pk, "staff"), ("assigned", "staff", ben.pk, "staff")]
    assert last(given).facts == {"team": roads.pk, "assignee": ben.pk}
    assert [one.kind for one in timeline(given).happenings] == ["received", "assign"]
    verify(given)


def test_giving_it_to_whom_it_lies_with_already_is_no_event(pothole_request: ServiceRequest, ben: Account) -> None:
    given = assign(pothole_request, ben, assignee=ben)
    assert assign(given, ben, assignee=ben).event_count == given.event_count


def test_work_that_has_begun_goes_on_in_other_hands(pothole_request: ServiceRequest, ben: Account) -> None:
    with transaction.atomic():
        work_actions.start(pothole_request, person=ben, at=LATER)
    assert assign(pothole_request, ben, assignee=ben).state == "in_progress"


def test_giving_it_back_leaves_it_with_nobody_in_its_state(pothole_request: ServiceRequest, ben: Account) -> None:
    given = assign(assign(pothole_request, ben, assignee=ben), ben)
    assert (given.state, given.team_id, given.assignee_id) == ("assigned", None, None)


def test_a_closed_request_is_given_to_nobody_and_a_vetoed_one_to_who_decides(pothole_request: ServiceRequest, ben: Account) -> None:
    close_request(pothole_request, person=ben, reason=ClosingReason.UNABLE, words="No.", at=LATER)
    with pytest.raises(MoveNotAllowed):
        assign(pothole_request, ben, assignee=ben)
    with transaction.atomic():
        actions.request_reopen(pothole_request, actor=Actor.REPORTER, at=LATER, words="Still there.")
    given = assign(pothole_request, ben, assignee=ben)
    assert (given.state, given.assignee_id) == ("reopen_requested", ben.pk)


@pytest.mark.parametrize(
    ("role", "columns", "elsewhere"),
    [(Role.CALL_TAKER, {}, False), (Role.ANALYST, {}, False), ("", {}, False), (Role.AGENT, {"is_active": False}, False), (Role.AGENT, {}, True)],
)
def test_it_cannot_be_given_to_somebody_who_could_not_do_it(
    pothole_request: ServiceRequest, ben: Account, role: Role, columns: dict[str, object], elsewhere: bool
) -> None:
    city = cast.make_city("farport", "Farport", shift=1.0) if elsewhere else pothole_request.jurisdiction
    somebody = cast.make_staff(city, role, "somebody", **columns)
    with pytest.raises(AssignmentRefused) as caught:
        assign(pothole_request, ben, assignee=somebody)
    assert caught.value.code == "assignee_refused"
    assert somebody not in people_of(pothole_request.jurisdiction)
    assert now(pothole_request).event_count == 1


@pytest.mark.parametrize("elsewhere", [True, False])
def test_it_cannot_be_given_to_a_retired_team_or_one_of_another_city(pothole_request: ServiceRequest, ben: Account, elsewhere: bool) -> None:
    city = cast.make_city("farport", "Farport", shift=1.0) if elsewhere else pothole_request.jurisdiction
    team = cast.make_team(city, is_retired=not elsewhere)
    with pytest.raises(AssignmentRefused) as caught:
        assign(pothole_request, ben, team=team)
    assert caught.value.code == "team_refused"
    assert team not in teams_of(pothole_request.jurisdiction)


def test_it_cannot_be_given_to_somebody_who_could_not_open_it(pothole_request: ServiceRequest, ben: Account) -> None:
    harbor = pothole_request.jurisdiction
    confined = cast.make_staff(harbor, Role.AGENT, "confined")
    lights = cast.make_team(harbor, "lights", "Lights", members=[confined], is_confined=True)
    roads = cast.make_team(harbor)
    with pytest.raises(AssignmentRefused) as caught:
        assign(pothole_request, ben, team=roads, assignee=confined)
    assert caught.value.code == "assignee_sees_own_teams"
    assert (now(pothole_request).team_id, now(pothole_request).event_count) == (None, 1)
    assert assign(pothole_request, ben, team=lights, assignee=confined).assignee_id == confined.pk


def test_a_note_is_on_no_public_page_and_no_private_one(pothole_request: ServiceRequest, ben: Account) -> None:
    with transaction.atomic():
        work_actions.note(pothole_request, person=ben, at=LATER, words="The neighbor knows more.")
    assert [one.kind for one in timeline(pothole_request, for_reporter=True).happenings] == ["received"]
    (_, noted) = staff_timeline(now(pothole_request))
    assert (noted.is_for_staff, noted.person, noted.happening.words) == (True, ben, "The neighbor knows more.")


def test_the_first_public_word_of_the_city_is_remembered(pothole_request: ServiceRequest, ben: Account) -> None:
    with transaction.atomic():
        work_actions.note(pothole_request, person=ben, at=LATER, words="Not public.")
        actions.comment(pothole_request, words="I saw it too.", actor=Actor.RESIDENT, at=LATER, channel="web")
    assert now(pothole_request).answered_at is None
    answer_request(pothole_request, person=ben, words="We come on Monday.", at=LATER)
    answer_request(pothole_request, person=ben, words="We were there.", at=LATER + timedelta(days=1))
    assert now(pothole_request).answered_at == LATER
    assert last(pothole_request).actor_id == ben.pk


def test_an_expected_date_is_public_has_a_reason_and_lies_ahead(pothole_request: ServiceRequest, ben: Account) -> None:
    until = LATER + timedelta(days=5)
    for words, day in (("  ", until), ("The plant opens.", LATER)):
        with pytest.raises(FactMissing):
            set_expected_date(pothole_request, person=ben, until=day, words=words, at=LATER)
    set_expected_date(pothole_request, person=ben, until=until, words="The plant opens.", at=LATER)
    assert now(pothole_request).expected_at == until
    assert (last(pothole_request).visibility, last(pothole_request).facts) == ("public", {"at": until.isoformat()})


def test_setting_the_same_priority_is_no_event(pothole_request: ServiceRequest, ben: Account) -> None:
    with transaction.atomic():
        work_actions.set_priority(pothole_request, person=ben, at=LATER, priority=Priority.NORMAL)
        assert now(pothole_request).event_count == 1
        work_actions.set_priority(pothole_request, person=ben, at=LATER, priority=Priority.URGENT)
    assert last(pothole_request).facts == {"from": 1, "to": 3}
    assert last(pothole_request).visibility == "staff"


def test_a_crews_record_says_who_and_when(pothole_request: ServiceRequest, ben: Account) -> None:
    record = CrewRecord("Crew 7", LATER - timedelta(minutes=20))
    too_early, too_late = CrewRecord("Crew 7", cast.NOON - timedelta(minutes=1)), CrewRecord("Crew 7", LATER + timedelta(minutes=1))
    for wrong in (CrewRecord(".", record.done_at), CrewRecord("--", record.done_at), CrewRecord("7", record.done_at), too_early, too_late):
        with pytest.raises(FactMissing, match="crew's name and a moment between"):
            close_request(pothole_request, person=ben, reason=ClosingReason.FIXED, words="x", evidence=Evidence.CREW_RECORD, crew=wrong, at=LATER)
    close_request(pothole_request, person=ben, reason=ClosingReason.FIXED, words="Filled.", evidence=Evidence.CREW_RECORD, crew=record, at=LATER)
    told = last(pothole_request)
    assert told.facts["done_at"] == record.done_at.isoformat()
    assert told.content.body == {"words": "Filled.", "crew": "Crew 7"}
    assert (now(pothole_request).evidence, now(pothole_request).answered_at) == ("crew_record", LATER)


def test_whose_it_is_stands_on_the_request_until_it_is_opened_again(pothole_request: ServiceRequest, ben: Account) -> None:
    close_request(pothole_request, person=ben, reason=ClosingReason.NOT_OURS, words="Ask them.", agency="State highways", at=LATER)
    assert now(pothole_request).agency_responsible == "State highways"
    reopen_request(now(pothole_request), person=ben, words="It is ours after all.", at=LATER)
    opened = now(pothole_request)
    assert (opened.state, opened.status, opened.closing_reason, opened.agency_responsible, opened.closed_at) == ("acknowledged", "open", "", "", None)


def test_declining_to_reopen_keeps_the_closing_and_the_veto(pothole_request: ServiceRequest, ben: Account) -> None:
    close_request(pothole_request, person=ben, reason=ClosingReason.UNABLE, words="No.", at=LATER)
    with transaction.atomic():
        actions.request_reopen(pothole_request, actor=Actor.REPORTER, at=LATER, words="Still there.")
    with pytest.raises(FactMissing):
        decline_reopen(pothole_request, person=ben, words=" ", at=LATER)
    decline_reopen(pothole_request, person=ben, words="We looked again.", at=LATER)
    kept = now(pothole_request)
    assert (kept.state, kept.closing_reason, kept.veto_count) == ("closed", "unable", 1)


def test_work_said_to_be_done_is_sent_back_with_what_is_missing(pothole_request: ServiceRequest, ben: Account) -> None:
    with pytest.raises(MoveNotAllowed):
        send_back(pothole_request, person=ben, words="More.", at=LATER)
    report_done(pothole_request)
    with pytest.raises(FactMissing):
        send_back(pothole_request, person=ben, words="", at=LATER)
    send_back(pothole_request, person=ben, words="The edge is open still.", at=LATER)
    assert (now(pothole_request).state, now(pothole_request).status) == ("assigned", "open")


def test_taken_back_on_the_phone_is_the_reporters_word_with_who_entered_it(pothole_request: ServiceRequest, ben: Account) -> None:
    Follower.objects.create(request=pothole_request, recipient="ana@home.test", link_salt="s", is_reporter=True, created_at=LATER, confirmed_at=LATER)
    withdraw_by_phone(pothole_request, person=ben, words="It is gone.", at=LATER)
    told = last(pothole_request)
    assert (told.kind, told.actor_kind, told.actor_id, told.channel) == ("withdraw", "reporter", ben.pk, "phone")
    assert now(pothole_request).closing_reason == "withdrawn"
    assert [mail.kind for mail in OutboxMessage.objects.filter(recipient="ana@home.test")] == ["request_withdrawn"], "whoever called"


def test_a_closing_that_somebody_else_recorded_is_announced_by_the_same_words(pothole_request: ServiceRequest) -> None:
    Follower.objects.create(request=pothole_request, recipient="luz@home.test", link_salt="s", created_at=LATER, confirmed_at=LATER)
    with transaction.atomic():
        closed = actions.close(pothole_request, actor=Actor.SOURCE, at=LATER, reason=ClosingReason.FIXED, words="", evidence=Evidence.STATED)
        closing.announce_closing(closed, words="", at=LATER)
    assert OutboxMessage.objects.get(recipient="luz@home.test").kind == "request_closed"
