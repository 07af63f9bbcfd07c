"""The transition table: what may follow what, who may do it, and which facts a move needs."""

from __future__ import annotations

import pytest

from evenhand.web.service_requests.workflow import (
    MOVES,
    OPEN_STATES,
    Actor,
    ClosingReason,
    Evidence,
    FactMissing,
    Move,
    MoveNotAllowed,
    State,
    Status,
    allowed_moves,
    check_facts,
    status_of,
    transition_for,
)


def closing(evidence: Evidence, *, actor: Actor = Actor.STAFF, photos: int = 0, reason: ClosingReason | None = ClosingReason.FIXED) -> None:
    transition = transition_for(Move.CLOSE, state=State.RECEIVED, actor=actor)
    check_facts(transition, actor=actor, closing_reason=reason, evidence=evidence, words="", photos=photos)


def test_a_request_to_reopen_stays_closed_until_staff_decide() -> None:
    assert status_of(State.REOPEN_REQUESTED) is Status.CLOSED
    assert {state for state in State if status_of(state) is Status.OPEN} == OPEN_STATES


def test_every_move_can_be_made_from_somewhere_by_somebody() -> None:
    assert {transition.move for transition in MOVES} == set(Move)
    assert all(transition.sources and transition.actors for transition in MOVES)


def test_every_state_can_be_reached_and_left() -> None:
    reached = {transition.target for transition in MOVES} | {State.RECEIVED}
    left = {state for transition in MOVES for state in transition.sources}
    assert reached == left == set(State)


@pytest.mark.parametrize("actor", [Actor.RESIDENT, Actor.REPORTER, Actor.SYSTEM])
def test_only_staff_and_sources_close(actor: Actor) -> None:
    for state in State:
        assert Move.CLOSE not in {transition.move for transition in allowed_moves(state, actor)}


def test_what_an_outsider_asks_for_is_a_state_that_staff_decide() -> None:
    moves = {transition.move for transition in allowed_moves(State.REOPEN_REQUESTED, Actor.STAFF)}
    assert moves == {Move.REOPEN, Move.DECLINE_REOPEN}
    assert allowed_moves(State.REOPEN_REQUESTED, Actor.RESIDENT) == []


def test_a_move_that_is_not_in_the_table_is_refused_with_those_that_are() -> None:
    with pytest.raises(MoveNotAllowed, match="Possible now: request_reopen"):
        transition_for(Move.WITHDRAW, state=State.CLOSED, actor=Actor.REPORTER)


def test_a_veto_needs_words() -> None:
    transition = transition_for(Move.REQUEST_REOPEN, state=State.CLOSED, actor=Actor.RESIDENT)
    with pytest.raises(FactMissing, match="words"):
        check_facts(transition, actor=Actor.RESIDENT, closing_reason=None, evidence=Evidence.NONE, words="  ")


def test_a_closing_needs_a_reason() -> None:
    with pytest.raises(FactMissing, match="closing_reason"):
        closing(Evidence.NONE, reason=None)


@pytest.mark.parametrize(
    ("evidence", "actor", "photos"),
    [(Evidence.NONE, Actor.STAFF, 0), (Evidence.NONE, Actor.STAFF, 2), (Evidence.PHOTO, Actor.STAFF, 0), (Evidence.STATED, Actor.STAFF, 0)],
    ids=["nothing", "photos that nobody calls evidence", "a photo that is not there", "staff who only say so"],
)
def test_fixed_is_not_a_checkbox(evidence: Evidence, actor: Actor, photos: int) -> None:
    with pytest.raises(FactMissing, match="needs evidence"):
        closing(evidence, actor=actor, photos=photos)


def test_fixed_with_evidence_is_taken() -> None:
    closing(Evidence.PHOTO, photos=1)
    closing(Evidence.CREW_RECORD)
    closing(Evidence.METER)
    closing(Evidence.STATED, actor=Actor.SOURCE)


def test_other_reasons_need_no_evidence() -> None:
    for reason in set(ClosingReason) - {ClosingReason.FIXED}:
        closing(Evidence.NONE, reason=reason)
