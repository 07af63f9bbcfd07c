"""What a person may do for the city, as data: a role is a set of abilities, and every page and action of the console asks for one ability.

A role says *what*, a person's cities and teams say *where* (`models.Account`, `models.Team`). Whoever sees personal data leaves a trace
(`models.PersonalDataRead`). The analyst sees figures and requests as the public does, never a name, a number or an address of a reporter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The five roles; a person has one."""

    CALL_TAKER = "call_taker"
    AGENT = "agent"
    DISPATCHER = "dispatcher"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


class Ability(StrEnum):
    """Something that a page or an action asks for."""

    SEE_REQUESTS = "see_requests"
    SEE_PERSONAL_DATA = "see_personal_data"
    TAKE_CALLS = "take_calls"
    NOTE = "note"
    WORK_ON_REQUESTS = "work_on_requests"
    ASSIGN = "assign"
    MODERATE = "moderate"
    SEE_FIGURES = "see_figures"
    ADMINISTER = "administer"


_CALLS: Final = frozenset({Ability.SEE_REQUESTS, Ability.SEE_PERSONAL_DATA, Ability.TAKE_CALLS, Ability.NOTE})
_WORK: Final = _CALLS | {Ability.WORK_ON_REQUESTS, Ability.ASSIGN, Ability.MODERATE}
ABILITIES: Final[dict[Role, frozenset[Ability]]] = {
    Role.CALL_TAKER: _CALLS,
    Role.AGENT: _WORK,
    Role.DISPATCHER: _WORK | {Ability.SEE_FIGURES},
    Role.ANALYST: frozenset({Ability.SEE_REQUESTS, Ability.SEE_FIGURES}),
    Role.ADMINISTRATOR: frozenset(Ability),
}
_BY_NAME: Final[dict[str, frozenset[Ability]]] = {str(role): abilities for role, abilities in ABILITIES.items()}


def abilities_of(role: str) -> frozenset[Ability]:
    """The abilities of a role by its name; none for a name that is no role."""
    return _BY_NAME.get(role, frozenset())
