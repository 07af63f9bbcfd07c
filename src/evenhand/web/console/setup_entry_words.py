"""What changed in an entry, and why a change was refused, in the words of the set-up's pages.

A field's path (`definition/attributes/SIZE/required`) is read from its end: what it is, of which question, in which language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.console.setup_values import FIELD_WORDS, shown_value
from evenhand.web.core.differences import FieldChange

_FIELDS: Final = {
    "service_code": gettext_lazy("Code"),
    "service_name": gettext_lazy("Name"),
    "description": gettext_lazy("Description"),
    "group": gettext_lazy("Group"),
    "keywords": gettext_lazy("Search words"),
    "notice": gettext_lazy("Notice"),
    "type": gettext_lazy("Number of the request"),
    "private": gettext_lazy("Private"),
    "offered": gettext_lazy("Can be reported"),
    "areas": gettext_lazy("Offered only in"),
    "order": gettext_lazy("Order"),
    "datatype": gettext_lazy("Kind of answer"),
    "datatype_description": gettext_lazy("Hint"),
    "required": gettext_lazy("Must be answered"),
    "variable": gettext_lazy("Has an answer"),
    "retired": gettext_lazy("Retired"),
    "question": gettext_lazy("Question"),
    "message": gettext_lazy("What to do now"),
    "call": gettext_lazy("Number to call"),
    "stop_answer": gettext_lazy("Which answer is an emergency"),
    "use": gettext_lazy("Used for"),
    "service": gettext_lazy("Service"),
    "is_ours": gettext_lazy("Is it ours?"),
    "ours": gettext_lazy("Is it ours?"),
    "whose": gettext_lazy("Whose it is"),
    "team": gettext_lazy("Team"),
    "area": gettext_lazy("Area"),
    "work_hours": gettext_lazy("Working hours until due"),
    "priority": gettext_lazy("Priority"),
    "confined": gettext_lazy("Sees only requests of its own"),
    "references": gettext_lazy("Requests"),
}
_PATH: Final = re.compile(
    r"(?:translations/(?P<language>[^/]+)/)?(?:(?:definition/)?(?P<kind>attributes|stop_questions)/(?P<code>[^/]+)/)?"
    r"(?:values/(?P<value>[^/]+)(?:/name)?|(?P<field>[^/]+))\Z"
)


def field_words(path: str) -> str:
    """A field's path in words; a path that is new here is shown as it is."""
    found = _PATH.match(path)
    if found is None:
        return path
    value, code, language, field = (found[name] for name in ("value", "code", "language", "field"))
    if value:
        words = _("answer “%(key)s”") % {"key": value}
    elif code and field == "description":
        words = str(_FIELDS["question"])
    else:
        words = str(FIELD_WORDS.get(field) or _FIELDS.get(field, field))
    if code:
        words = _("Question %(code)s: %(words)s") % {"code": code, "words": words}
    return f"{words} ({dict(settings.LANGUAGES).get(language, language)})" if language else words


def change_rows(changes: Sequence[FieldChange]) -> list[dict[str, Any]]:
    """Changed fields for a table: what, before, after."""
    return [{"field": field_words(one.path), "before": shown_value(one.before), "after": shown_value(one.after)} for one in changes]


def refusal_words(fault: str) -> str:
    """Why a service was not changed."""
    kind, _colon, rest = fault.partition(":")
    code, _second, value = rest.partition(":")
    known = {
        "code_taken": _("Another service has this code."),
        "group_taken": _("Another group has this name."),
        "group_missing": _("This group is no longer there. Please choose another one."),
    }
    if kind == "answered" and value:
        return _("“%(value)s” was given as an answer in requests, so it cannot be taken away: its words are still needed.") % {"value": value}
    if kind == "answered":
        words = _("Question %(code)s was answered in requests, so its kind of answer stays. Take it off the form and add a new question instead.")
        return words % {"code": code}
    return known.get(kind, fault)
