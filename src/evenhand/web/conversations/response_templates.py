"""Public words that staff start from. A template names what differs from request to request in braces: "{reference}", "{expected_by}".

What may stand in braces is a short fixed list, checked when a template is saved. Where a request has nothing to put in its place, the placeholder
stays open, in sight, and the words cannot be sent until somebody has replaced it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evenhand.web.conversations import links
from evenhand.web.conversations.models import ResponseTemplate
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken

_PLACEHOLDERS: Mapping[str, Promise] = {
    "reference": gettext_lazy("The number of the request, as it is read out"),
    "service": gettext_lazy("What it is about, in the template’s language"),
    "place": gettext_lazy("The address, or else the name of the area"),
    "reported_on": gettext_lazy("The day of the report"),
    "expected_by": gettext_lazy("The day that the city gave"),
    "city": gettext_lazy("The city’s name"),
    "page": gettext_lazy("The address of the public page"),
}
_IN_BRACES = re.compile(r"\{([^{}]*)\}")
MOST_OFFERED = 60


def placeholders() -> list[tuple[str, str]]:
    """What may stand in braces, with what it becomes."""
    return [(name, str(words)) for name, words in _PLACEHOLDERS.items()]


def faults_of(text: str) -> list[str]:
    """All that is wrong with the braces of a template's text, each as a sentence; empty = it can be saved."""
    known = ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)
    wrong = dict.fromkeys(name for name in _IN_BRACES.findall(text) if name not in _PLACEHOLDERS)
    faults = [_("{%(name)s} is no placeholder. These are: %(known)s.") % {"name": name, "known": known} for name in wrong]
    if set("{}") & set(_IN_BRACES.sub("", text)):
        faults.append(_("A brace stands alone. Write braces only around a placeholder, as in {reference}."))
    return faults


def filled(template: ResponseTemplate, request: ServiceRequest) -> str:
    """The text as the resident will read it, in the template's language and the city's time. What is not known stays in its braces."""
    values = _values(request, template.language)
    return _IN_BRACES.sub(lambda found: values.get(found.group(1)) or found.group(0), template.text)


def left_open(words: str) -> list[str]:
    """Placeholders that still stand in words about to be sent. Other braces are somebody's own and stay."""
    return [f"{{{name}}}" for name in dict.fromkeys(_IN_BRACES.findall(words)) if name in _PLACEHOLDERS]


def templates_for(request: ServiceRequest, use: str, *, language: str) -> Sequence[ResponseTemplate]:
    """Those for a use ("answer", a move, "close:REASON"; "close" = any reason): `language` before others, the service's own before the general."""
    uses = {"use": use} if use != "close" else {"use__startswith": "close"}
    of_service = Q(service=None) | Q(service=request.service_id)
    rows = list(ResponseTemplate.objects.filter(of_service, jurisdiction=request.jurisdiction_id, is_retired=False, **uses)[: MOST_OFFERED * 10])
    rows.sort(key=lambda row: (row.language != language, row.language, row.service_id is None, row.use, row.name, row.pk))
    return rows[:MOST_OFFERED]


def _values(request: ServiceRequest, language: str) -> dict[str, str]:
    with translation.override(language), timezone.override(ZoneInfo(request.jurisdiction.timezone)):
        return {
            "reference": spoken(request.reference),
            "service": request.service.name_in(language),
            "place": request.address or (request.area.name if request.area else ""),
            "reported_on": date_format(localtime(request.requested_at), "DATE_FORMAT"),
            "expected_by": date_format(localtime(request.expected_at), "DATE_FORMAT") if request.expected_at else "",
            "city": request.jurisdiction.name,
            "page": links.request_url(request) if request.is_public else "",
        }
