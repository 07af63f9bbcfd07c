"""What an action of the request page is: one entry that says its words, key, form, who may, when it is possible, and what it does.

An entry is data. The page shows those that are possible now, and `request_views` runs all of them alike: the form is checked, the action is carried
out once on the request as its sender saw it, and what cannot be done comes back with what was typed. A new action is a new entry in a module of its
theme, listed in `request_actions.ACTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.request_forms import ActionForm
from evenhand.web.service_requests.editing import NOTHING
from evenhand.web.service_requests.models import Photo, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, Move, MoveNotAllowed, State, allowed_moves

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A form of an action that came in and was checked. `request` is locked; `photos` are rows made for it in this transaction."""

    request: ServiceRequest
    person: Account
    data: Mapping[str, Any]
    at: datetime
    real_at: datetime
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing that can be done to a request from its page.

    `carry_out` does it, in a transaction that holds the request's row, and returns the sentence that the page says afterwards; it may raise any
    EvenhandError, whose words `refusals` gives by code. `subject` (of `editing.SUBJECTS`) is what nobody else may have changed meanwhile.
    `tells_everybody`: who follows gets it by mail, and who wants a call or a text message is to be told by hand.
    """

    code: str
    label: StrPromise
    ability: Ability
    form: type[ActionForm]
    is_possible: Callable[[ServiceRequest], bool]
    carry_out: Callable[[Sending], str]
    key: str = ""
    icon: str = ""
    group: str = "work"
    subject: str = NOTHING
    lead: StrPromise | str = ""
    button: StrPromise | str = ""
    template: str = "console/parts/action_fields.html"
    template_use: str = ""
    has_preview: bool = False
    is_direct: bool = False
    is_danger: bool = False
    is_listed: bool = True
    tells_everybody: bool = False
    is_needed: Callable[[ServiceRequest, Account], bool] | None = None
    context: Callable[[ServiceRequest, Account], Mapping[str, Any]] | None = None
    refusals: Mapping[str, StrPromise] = field(default_factory=dict)

    def may(self, person: Account) -> bool:
        """Whether the role of a person allows it."""
        return person.can(self.ability)

    def require_possible(self, request: ServiceRequest) -> None:
        """Raises MoveNotAllowed where the request, locked, does not stand so any more that this can be done."""
        if not self.is_possible(request):
            raise MoveNotAllowed("move_not_allowed", f"Request {request.reference} stands differently by now: “{self.code}” cannot be done.")


def by_move(*moves: Move, actor: Actor = Actor.STAFF) -> Callable[[ServiceRequest], bool]:
    """Possible where the transition table has one of these moves."""

    def is_possible(request: ServiceRequest) -> bool:
        return any(transition.move in moves for transition in allowed_moves(State(request.state), actor))

    return is_possible


def while_open(request: ServiceRequest) -> bool:
    """Possible as long as the request is open."""
    return request.is_open


def always(_request: ServiceRequest) -> bool:
    """Possible in every state."""
    return True
