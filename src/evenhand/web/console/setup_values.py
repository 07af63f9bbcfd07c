"""The words of the set-up's history: kinds, fields and values, for people who were not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KIND_WORDS: Final[Mapping[str, Any]] = {
    "account": gettext_lazy("Person"),
    "area": gettext_lazy("Area"),
    "areas": gettext_lazy("Import of areas"),
    "article": gettext_lazy("Knowledge"),
    "configuration": gettext_lazy("Export and import"),
    "held": gettext_lazy("Held for review"),
    "holiday": gettext_lazy("Holiday"),
    "hours": gettext_lazy("Working hours"),
    "routing": gettext_lazy("Routing"),
    "service": gettext_lazy("Service"),
    "team": gettext_lazy("Team"),
    "template": gettext_lazy("Answer"),
}
FIELD_WORDS: Final[Mapping[str, Any]] = {
    "name": gettext_lazy("Name"),
    "code": gettext_lazy("Code"),
    "email": gettext_lazy("E-mail"),
    "members": gettext_lazy("Members"),
    "teams": gettext_lazy("Teams"),
    "cities": gettext_lazy("Cities"),
    "role": gettext_lazy("Role"),
    "is_active": gettext_lazy("May sign in"),
    "is_confined": gettext_lazy("Sees only requests of its own"),
    "is_retired": gettext_lazy("Retired"),
    "date": gettext_lazy("Day"),
    "dates": gettext_lazy("Days"),
    "taken": gettext_lazy("Areas in the file"),
    "retired": gettext_lazy("No longer in the file"),
    "version": gettext_lazy("Version"),
    "note": gettext_lazy("Why"),
    "rules": gettext_lazy("Rules"),
    "working_hours": gettext_lazy("Working hours"),
    "password": gettext_lazy("Password"),
    "second_factor": gettext_lazy("Second factor"),
    "requests_moved": gettext_lazy("Open requests moved"),
    "requests_to": gettext_lazy("Open requests went to"),
    "username": gettext_lazy("User name"),
    "language": gettext_lazy("Language"),
    "title": gettext_lazy("Title"),
    "text": gettext_lazy("Text"),
}


def shown_value(value: Any) -> str:
    """A value of the history as people read it; empty text for none."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {shown_value(inner)}" for name, inner in value.items())
    if isinstance(value, (list, tuple)):
        return "\n".join(shown_value(inner) for inner in value)
    return str(value)
