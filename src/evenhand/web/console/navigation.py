"""The console's main pages, for its header: only those that the signed-in person may open, and the same for all of them in the same order.

A page stands here with its name, its words and its key; where it stands in no row of the policy it is left out. The page whose address begins the
address that is shown is the section one is in; a request's page belongs to the queue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.role_names import ROLE_NAMES
from evenhand.web.accounts.roles import abilities_of
from evenhand.web.console.policy import POLICY

KEYS_COOKIE: Final = "keys"
_PAGES: Final = (
    ("console:queue", gettext_lazy("Queue"), "1"),
    ("console:call_new", gettext_lazy("Take a call"), "c"),
    ("console:figures", gettext_lazy("Figures"), "2"),
    ("console:setup", gettext_lazy("Set-up"), "3"),
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as the header shows it; `current` is "page" for the one shown, "true" for the section that it lies in."""

    url: str
    label: str
    key: str
    current: str = ""


def console_context(request: HttpRequest) -> dict[str, Any]:
    """What the frame of a console page shows; nothing, and no session read, for all other pages."""
    match = request.resolver_match
    if match is None or match.app_name != "console":
        return {}
    person = request.user
    shown: dict[str, Any] = {"console_keys_off": request.COOKIES.get(KEYS_COOKIE) == "off"}
    if isinstance(person, Account):
        shown["console_nav"] = () if getattr(request, "is_held_back", False) else _pages(request, person)
        shown["console_cities"] = getattr(request, "cities_of_person", [])
        shown["console_role"] = ROLE_NAMES.get(person.role, "")
    return shown


def _pages(request: HttpRequest, person: Account) -> tuple[Page, ...]:
    known = _pages_of(get_language() or "en", person.role) if person.is_active else ()
    start = reverse("console:queue")
    begins = {start: f"{start}requests/"}
    within = [page for page in known if request.path == page.url or request.path.startswith(begins.get(page.url, page.url))]
    section = max(within, key=lambda page: len(page.url)) if within else None
    if section is None:
        return known
    current = replace(section, current="page" if request.path == section.url else "true")
    return tuple(current if page is section else page for page in known)


@lru_cache(maxsize=64)
def _pages_of(language: str, role: str) -> tuple[Page, ...]:  # noqa: ARG001 - the language is part of the cache's key
    may = abilities_of(role)
    return tuple(Page(reverse(name), str(label), key) for name, label, key in _PAGES if POLICY.get(name) in may)
