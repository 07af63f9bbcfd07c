"""The registry of what can be done from a request's page. A theme's entries stand in a module of their own; here they become one list.

Codes and keys are used once; `tests/web/test_request_actions.py` holds the list to that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.console.relation_actions import RELATION_ACTIONS
from evenhand.web.console.request_action import Action
from evenhand.web.console.request_work_actions import WORK_ACTIONS
from evenhand.web.service_requests.models import ServiceRequest

ACTIONS: Final[tuple[Action, ...]] = (*WORK_ACTIONS, *RELATION_ACTIONS)
BY_CODE: Final[Mapping[str, Action]] = {action.code: action for action in ACTIONS}
GROUPS: Final = {
    "work": gettext_lazy("Work"),
    "words": gettext_lazy("Words"),
    "relations": gettext_lazy("Other requests and place"),
    "outside": gettext_lazy("Others"),
    "moderation": gettext_lazy("What the public sees"),
    "end": gettext_lazy("Decide"),
}
"""Groups of the page's list, in order."""


def possible_actions(request: ServiceRequest, person: Account) -> Sequence[Action]:
    """What this person can do to the request as it stands, and what makes a difference for them, in the order of the list."""
    possible = [action for action in ACTIONS if action.may(person) and action.is_possible(request)]
    return [action for action in possible if action.is_needed is None or action.is_needed(request, person)]
