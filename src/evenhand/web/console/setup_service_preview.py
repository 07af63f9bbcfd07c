"""A service's form as a resident will see it: the portal's own forms and templates, made from an entry that is not saved yet, in every language.

What is shown can be tried: the fields stand in no form of their own, so that nothing of it is sent.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.report_forms import DetailsForm, SafetyForm
from evenhand.web.service_requests.models import Service
from evenhand.web.service_requests.service_entries import Entry, unsaved_service


def previews(city: Jurisdiction, entry: Entry) -> list[dict[str, str]]:
    """The form in each language, the city's own first: its code, its name, and the page's part as HTML."""
    service = unsaved_service(city, entry)
    languages = sorted(settings.LANGUAGES, key=lambda pair: pair[0] != city.language)
    return [{"code": code, "name": str(name), "html": _preview(city, service, code)} for code, name in languages]


def _preview(city: Jurisdiction, service: Service, language: str) -> str:
    questions = list(service.stop_questions.all())
    with translation.override(language):
        context: dict[str, Any] = {
            "name": service.name_in(language),
            "service": {"name": service.name_in(language), "notice": service.text_in(language, "notice")},
            "description": service.text_in(language, "description"),
            "safety": SafetyForm(questions, language, prefix=f"preview-{language}") if questions else None,
            "panels": [{"text": one.text_in(language, "message"), "number": one.call or city.emergency_number} for one in questions],
            "form": DetailsForm(service, language, prefix=f"preview-{language}"),
        }
        return render_to_string("console/setup/service_preview_form.html", context)
