"""The console's main pages, for its header: only those that the signed-in person may open, and the same for all of them in the same order.

A page stands here with its name, its words and its key; where it stands in no row of the policy it is left out. The page whose address begins the
address that is shown is the section one is in; a request's page belongs to the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.role_names import ROLE_NAMES
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.policy import POLICY

KEYS_COOKIE: Final = "keys"
_PAGES: Final = (
    ("console:queue", gettext_lazy("Queue"), "1"),
    ("console:call_new", gettext_lazy("Take a call"), "c"),
    ("console:figures", gettext_lazy("Figures"), "2"),
    ("console:setup", gettext_lazy("Set-up"), "3"),
)


def console_context(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a console page shows; nothing, and no session read, for all other pages."""
    match = request.resolver_match
    if match is None or match.app_name != "console":
        return {}
    person = request.user
    shown: dict[str, Any] = {"console_keys_off": request.COOKIES.get(KEYS_COOKIE) == "off"}
    if isinstance(person, Account):
        shown["console_nav"] = [] if getattr(request, "is_held_back", False) else _items(request, person)
        shown["console_cities"] = getattr(request, "cities_of_person", [])
        shown["console_role"] = ROLE_NAMES.get(person.role, "")
    return shown


def _items(request: HttpRequest, person: Account) -> Sequence[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"url": reverse(name), "label": label, "key": key, "current": ""}
        for name, label, key in _PAGES
        if isinstance(POLICY.get(name), Ability) and person.can(Ability(POLICY[name]))
    ]
    start = reverse("console:queue")
    begins = {start: f"{start}requests/"}
    within = [item for item in items if request.path == item["url"] or request.path.startswith(begins.get(item["url"], item["url"]))]
    if within:
        section = max(within, key=lambda item: len(item["url"]))
        section["current"] = "page" if request.path == section["url"] else "true"
    return items
