"""A report in words before it is sent: each row with the way back to its step."""

from __future__ import annotations

from typing import Any

from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from evenhand.web.portal.report_questions import questions_of
from evenhand.web.portal.report_steps import CONTACT, DETAILS, PLACE, WHAT, url_of
from evenhand.web.service_requests.models import ReportDraft, Service

Row = dict[str, Any]


def summary_rows(draft: ReportDraft, service: Service, language: str) -> list[Row]:
    """What, where, words, answers, contact."""
    details, place = draft.fields["details"], draft.fields["place"]
    rows = [
        _row(_("What"), service.name_in(language), url_of(draft, WHAT)),
        _row(_("Where"), _place_in_words(place), url_of(draft, PLACE)),
    ]
    if details["description"]:
        rows.append(_row(_("Description"), _paragraphs(details["description"]), url_of(draft, DETAILS)))
    return [*rows, *_answers(draft, service, language), *_contact(draft)]


def _answers(draft: ReportDraft, service: Service, language: str) -> list[Row]:
    answers = draft.fields["details"]["answers"]
    asked = (question for question in questions_of(service, language) if question.code in answers)
    return [_row(question.text, _paragraphs(question.in_words(answers[question.code])), url_of(draft, DETAILS)) for question in asked]


def _contact(draft: ReportDraft) -> list[Row]:
    given, url = draft.fields["contact"], url_of(draft, CONTACT)
    if not any(given[name] for name in ("name", "email", "phone")):
        return [_row(_("Contact"), _("None. You report without a name."), url)]
    hears = {"email": _("By e-mail"), "phone": _("By phone, if the city has a question")}.get(given["response_method"], _("Not at all"))
    name = _("%(name)s (shown on the public page)") if given["is_name_shown"] else _("%(name)s (not shown to the public)")
    rows = [(_("Name"), name % {"name": given["name"]} if given["name"] else ""), (_("E-mail"), given["email"]), (_("Phone"), given["phone"])]
    return [*[_row(term, value, url) for term, value in rows if value], _row(_("How you hear from us"), hears, url)]


def _place_in_words(place: dict[str, Any]) -> str:
    if place["quality"] == "missing":
        return _("%(words)s (not found on the map: the city will look for it)") % {"words": place["label"]}
    return str(place["label"])


def _paragraphs(text: str) -> SafeString:
    # linebreaks escapes the text itself; its paragraphs are the only markup.
    return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escaped one line above


def _row(term: str, value: str, url: str) -> Row:
    return {"term": term, "value": value, "change_url": url}
