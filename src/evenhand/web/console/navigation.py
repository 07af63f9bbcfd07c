"""The console's main pages, for its header: only those that the signed-in person may open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.policy import POLICY

_PAGES: Final = (("console:queue", gettext_lazy("Queue")),)


def console_context(request: HttpRequest) -> dict[str, Any]:
    """`console_nav` for pages behind the door; nothing, and no session read, for all others."""
    match = request.resolver_match
    if match is None or match.app_name != "console":
        return {}
    return {"console_nav": _items(request, match.view_name)}


def _items(request: HttpRequest, current: str) -> Sequence[dict[str, Any]]:
    person = request.user
    if not isinstance(person, Account):
        return []
    return [
        {"url": reverse(name), "label": label, "is_current": name == current}
        for name, label in _PAGES
        if isinstance(POLICY[name], Ability) and person.can(Ability(POLICY[name]))
    ]
