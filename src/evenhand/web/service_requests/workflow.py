"""The transition table, as data.

Four axes are kept apart: *status* (open or closed, what Open311 knows), *state* (the city's own), the public *closing reason*, and *delivery* to an
outside system. What an outsider says ("it is not fixed", a contractor's "it is done") is a state that staff decide. A move that is not a row of
`MOVES` does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from evenhand.vocabulary.errors import EvenhandError


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class State(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SCHEDULED = "scheduled"
    WAITING_FOR_REPORTER = "waiting_for_reporter"
    DONE_REPORTED = "done_reported"
    CLOSED = "closed"
    REOPEN_REQUESTED = "reopen_requested"


class ClosingReason(StrEnum):
    """Why a request was closed, as the public reads it. NOT_STATED is for closings that come from outside without a reason."""

    FIXED = "fixed"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    UNABLE = "unable"
    INVALID = "invalid"
    WITHDRAWN = "withdrawn"
    NOT_STATED = "not_stated"


class Evidence(StrEnum):
    """What a claim of "fixed" rests on. STATED is a closing that an outside source reports without showing anything: counted apart."""

    NONE = ""
    PHOTO = "photo"
    CREW_RECORD = "crew_record"
    METER = "meter"
    STATED = "stated"


class Priority(IntEnum):
    """How urgent the city holds it; higher comes first."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


class Delivery(StrEnum):
    NONE = "none"
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Actor(StrEnum):
    RESIDENT = "resident"
    REPORTER = "reporter"
    STAFF = "staff"
    SYSTEM = "system"
    SOURCE = "source"
    CONTRACTOR = "contractor"


class Move(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    START = "start"
    SCHEDULE = "schedule"
    ASK_REPORTER = "ask_reporter"
    REPORTER_ANSWERED = "reporter_answered"
    QUESTION_EXPIRED = "question_expired"
    REPORT_DONE = "report_done"
    SEND_BACK = "send_back"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REQUEST_REOPEN = "request_reopen"
    REOPEN = "reopen"
    DECLINE_REOPEN = "decline_reopen"


OPEN_STATES: frozenset[State] = frozenset(
    {
        State.RECEIVED,
        State.ACKNOWLEDGED,
        State.ASSIGNED,
        State.IN_PROGRESS,
        State.SCHEDULED,
        State.WAITING_FOR_REPORTER,
        State.DONE_REPORTED,
    }
)
_WORKING = (Actor.STAFF, Actor.SOURCE)
_GIVEN_OUT = frozenset({State.ASSIGNED, State.IN_PROGRESS, State.SCHEDULED, State.DONE_REPORTED})
BETWEEN_CITY_AND_REPORTER: frozenset[Move] = frozenset({Move.ASK_REPORTER, Move.REPORTER_ANSWERED})
"""Moves that everybody may know of, and whose words and photos only the city and the reporter may."""


@dataclass(frozen=True, slots=True)
class Transition:
    """From any of `sources`, `move` leads to `target`, for `actors`; `needs` are the facts without which it is refused.

    A move that ends a pause leads back to where the request was before, if that is one of `may_return_to`.
    """

    move: Move
    sources: frozenset[State]
    target: State
    actors: tuple[Actor, ...]
    needs: tuple[str, ...] = ()
    may_return_to: frozenset[State] = frozenset()

    def back_to(self, before: State) -> State:
        """Where it leads for a request that was `before` when the pause began."""
        return before if before in self.may_return_to else self.target


MOVES: tuple[Transition, ...] = (
    Transition(Move.ACKNOWLEDGE, frozenset({State.RECEIVED}), State.ACKNOWLEDGED, _WORKING),
    Transition(Move.ASSIGN, OPEN_STATES, State.ASSIGNED, _WORKING),
    Transition(Move.START, OPEN_STATES, State.IN_PROGRESS, _WORKING),
    Transition(Move.SCHEDULE, OPEN_STATES, State.SCHEDULED, _WORKING),
    Transition(Move.ASK_REPORTER, OPEN_STATES, State.WAITING_FOR_REPORTER, (Actor.STAFF,), ("words",)),
    Transition(
        Move.REPORTER_ANSWERED,
        frozenset({State.WAITING_FOR_REPORTER}),
        State.ACKNOWLEDGED,
        (Actor.REPORTER, Actor.STAFF),
        may_return_to=_GIVEN_OUT,
    ),
    Transition(Move.QUESTION_EXPIRED, frozenset({State.WAITING_FOR_REPORTER}), State.ACKNOWLEDGED, (Actor.SYSTEM,), may_return_to=_GIVEN_OUT),
    Transition(Move.REPORT_DONE, OPEN_STATES, State.DONE_REPORTED, (Actor.CONTRACTOR, Actor.STAFF), ("photos",)),
    Transition(Move.SEND_BACK, frozenset({State.DONE_REPORTED}), State.ASSIGNED, (Actor.STAFF,), ("words",)),
    Transition(Move.CLOSE, OPEN_STATES, State.CLOSED, (Actor.STAFF, Actor.SOURCE), ("closing_reason",)),
    Transition(Move.WITHDRAW, OPEN_STATES, State.CLOSED, (Actor.REPORTER,)),
    Transition(Move.REQUEST_REOPEN, frozenset({State.CLOSED}), State.REOPEN_REQUESTED, (Actor.REPORTER, Actor.RESIDENT), ("words",)),
    Transition(Move.REOPEN, frozenset({State.CLOSED, State.REOPEN_REQUESTED}), State.ACKNOWLEDGED, (*_WORKING, Actor.SYSTEM), ("words",)),
    Transition(Move.DECLINE_REOPEN, frozenset({State.REOPEN_REQUESTED}), State.CLOSED, (Actor.STAFF,), ("words",)),
)


class MoveNotAllowed(EvenhandError):
    """The transition table has no such row for this state and this actor."""


class FactMissing(EvenhandError):
    """A move was tried without a fact that it needs: a reason, words, or the evidence of "fixed"."""


def status_of(state: State) -> Status:
    """Open or closed, as the public and Open311 read a state. A request to reopen stays closed until staff decide."""
    return Status.OPEN if state in OPEN_STATES else Status.CLOSED


def allowed_moves(state: State, actor: Actor) -> Sequence[Transition]:
    """The rows of the table that `actor` may use from `state`, in the table's order."""
    return [t for t in MOVES if state in t.sources and actor in t.actors]


def transition_for(move: Move, *, state: State, actor: Actor) -> Transition:
    """The row of the table for a move.

    Raises MoveNotAllowed, naming the moves that are possible instead.
    """
    for transition in allowed_moves(state, actor):
        if transition.move is move:
            return transition
    possible = ", ".join(t.move for t in allowed_moves(state, actor)) or "none"
    raise MoveNotAllowed(
        "move_not_allowed", f"{actor} cannot {move} a request that is {state}. Possible now: {possible}.", move=str(move), state=str(state)
    )


def check_facts(
    transition: Transition, *, actor: Actor, closing_reason: ClosingReason | None, evidence: Evidence, words: str, photos: int = 0
) -> None:
    """Raise FactMissing unless the facts that the move needs are there; "fixed" needs evidence, and a checkbox is none.

    A photo as evidence is a photo that comes with the closing; "as stated" is for sources outside, never for our own staff.
    """
    given = {"closing_reason": closing_reason is not None, "words": bool(words.strip()), "photos": photos > 0}
    absent = [need for need in transition.needs if not given[need]]
    if absent:
        raise FactMissing("fact_missing", f"To {transition.move} a request, give: {', '.join(absent)}.", missing=tuple(absent))
    is_shown = {Evidence.NONE: False, Evidence.PHOTO: photos > 0, Evidence.STATED: actor is Actor.SOURCE}.get(evidence, True)
    if transition.move is Move.CLOSE and closing_reason is ClosingReason.FIXED and not is_shown:
        raise FactMissing(
            "evidence_missing", 'Closing as "fixed" needs evidence: a photo, a crew\'s record or a meter reading.', missing=("evidence",)
        )
