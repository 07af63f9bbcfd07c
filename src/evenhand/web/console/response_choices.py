"""Response templates beside an action's form: those that fit, filled in for this request, in the reporter's language first.

With a script a chosen text goes straight into the field; without one a button brings the form back with it. It is put behind what was typed, never
over it, and can be edited before it is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict

from evenhand.web.console.request_action import Action
from evenhand.web.conversations.response_templates import filled, templates_for
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.one_request import reporter_of


@dataclass(frozen=True, slots=True)
class Choice:
    """A template as it is offered: its key, name, language, what it is for (a closing's reason) and its text, filled in."""

    key: str
    name: str
    language: str
    reason: str
    text: str


def choices_for(request: ServiceRequest, action: Action) -> tuple[str, list[Choice]]:
    """The reporter's language, and what is offered; two queries, none for an action without public words."""
    if not action.template_use:
        return "", []
    reporter = reporter_of(request)
    language = reporter.language if reporter else request.jurisdiction.language
    names = dict(settings.LANGUAGES)
    found = templates_for(request, action.template_use, language=language)
    return str(names.get(language, language)), [
        Choice(str(one.pk), one.name, str(names.get(one.language, one.language)), one.use.partition(":")[2], filled(one, request)) for one in found
    ]


def typed_with_template(data: QueryDict, request: ServiceRequest, action: Action) -> dict[str, Any]:
    """What was typed, with the chosen template's text behind the words."""
    typed: dict[str, Any] = {name: data.get(name) for name in action.form.base_fields if name in data}
    chosen = next((choice for choice in choices_for(request, action)[1] if choice.key == data.get("template")), None)
    if chosen is not None:
        typed["words"] = "\n\n".join(part for part in (str(typed.get("words") or "").strip(), chosen.text) if part)
        if chosen.reason and not typed.get("reason"):
            typed["reason"] = chosen.reason
    return typed
