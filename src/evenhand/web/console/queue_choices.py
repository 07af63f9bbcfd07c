"""What the queue can be filtered by in a city: its services, areas, teams and people, with their names. Read in one query, kept half a minute.

Retired ones stay in: a saved view may name them, and rows of the past belong to them. They stand last and say so.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Final

from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import kept_for_version

KEPT_SECONDS: Final = 30.0
_SQL: Final = """
SELECT 'service', id, code, name, CAST(translations AS text), is_offered, is_private FROM requests_service WHERE jurisdiction_id = %s
UNION ALL SELECT 'area', id, code, name, '', NOT is_retired, is_retired FROM places_area WHERE jurisdiction_id = %s
UNION ALL SELECT 'team', id, code, name, '', NOT is_retired, is_confined FROM accounts_team WHERE jurisdiction_id = %s
UNION ALL SELECT 'person', a.id, a.username, trim(a.first_name || ' ' || a.last_name), a.role, a.is_active, NOT a.is_active
  FROM accounts_account a JOIN accounts_account_cities c ON c.account_id = a.id WHERE c.jurisdiction_id = %s
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: its code stands in addresses, its name on pages. `is_current` False: retired, no longer offered, deactivated."""

    key: int
    code: str
    name: str
    is_current: bool
    is_private: bool = False

    @property
    def label(self) -> str:
        return self.name if self.is_current else _("%(name)s (no longer in use)") % {"name": self.name}


@dataclass(frozen=True, eq=False)
class Choices:
    """All of a city's in one language, each kind by name with the current ones first. What is made of them is kept with them."""

    services: Sequence[Choice]
    areas: Sequence[Choice]
    teams: Sequence[Choice]
    people: Sequence[Choice]
    _made: dict[str, Any] = field(default_factory=dict)

    def by_code(self, kind: str) -> Mapping[str, Choice]:
        made: Mapping[str, Choice] = self.made(f"codes of {kind}", lambda: {choice.code: choice for choice in getattr(self, kind)})
        return made

    def names(self, kind: str) -> Mapping[int, str]:
        """Names by key, as HTML."""
        made: Mapping[int, str] = self.made(f"names of {kind}", lambda: {choice.key: escape(choice.name) for choice in getattr(self, kind)})
        return made

    def made(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` returned when it was first asked for under this name."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]


@dataclass(slots=True)
class _Kept:
    by_language: dict[str, tuple[float, Choices]] = field(default_factory=dict)


def choices_of(city: Jurisdiction) -> Choices:
    """A city's choices in the language of the page."""
    language = get_language() or city.language
    kept = kept_for_version(city, "queue_choices", lambda _: _Kept())
    found = kept.by_language.get(language)
    if found is None or time.monotonic() >= found[0]:
        found = kept.by_language[language] = (time.monotonic() + KEPT_SECONDS, _read(city, language))
    return found[1]


def _read(city: Jurisdiction, language: str) -> Choices:
    kinds: dict[str, list[Choice]] = {"service": [], "area": [], "team": [], "person": []}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [city.pk] * 4)
        for kind, key, code, name, more, is_current, is_marked in cursor.fetchall():
            shown = _translated(more, language) if kind == "service" else ""
            kinds[kind].append(Choice(key, code, shown or name or code, bool(is_current), kind == "service" and bool(is_marked)))
    ordered = {kind: sorted(found, key=lambda choice: (not choice.is_current, choice.name.casefold())) for kind, found in kinds.items()}
    return Choices(ordered["service"], ordered["area"], ordered["team"], ordered["person"])


def _translated(translations: str, language: str) -> str:
    return str(json.loads(translations or "{}").get(language, {}).get("name", ""))
