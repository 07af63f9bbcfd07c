"""One question of a service on a page of its own: an extra question, or a stop question."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.setup_frame import setup_page
from evenhand.web.console.setup_service_forms import QuestionForm, StopForm
from evenhand.web.console.setup_service_preview import previews
from evenhand.web.console.setup_services import PART, preview_part, saved_or_again, service_or_404, stamp_of_form
from evenhand.web.core import clock
from evenhand.web.service_requests import service_editing as editing
from evenhand.web.service_requests.models import Service
from evenhand.web.service_requests.service_entries import Entry, entry_of
from evenhand.web.service_requests.service_parts import Kind, members_of, question_of, with_question

MORE_ROWS: Final = 5


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, key: int, code: str = "") -> HttpResponse:
    """An extra question; without a code a new one."""
    return _page(request, key, "attributes", code)


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, key: int, code: str = "") -> HttpResponse:
    """A stop question; without a code a new one."""
    return _page(request, key, "stop_questions", code)


def _page(request: HttpRequest, key: int, kind: Kind, code: str) -> HttpResponse:
    found = service_or_404(city_of_person(request), key)
    entry = entry_of(found)
    before = question_of(entry, kind, code) if code else {}
    if code and not before:
        raise Http404
    do = request.POST.get("do", "")
    if do == "remove" and before:
        return _removed(request, found, kind, code)
    form = _form(request, found, kind, entry, before)
    wanted = with_question(entry, kind, before.get("code", ""), form.part()) if request.method == "POST" and form.is_valid() else entry

    def again(context: dict[str, Any]) -> HttpResponse:
        return _shown(request, found, kind, form, entry=wanted, before=before, **context)

    if request.method != "POST" or do in {"preview", "more"} or not form.is_valid():
        return again({})
    part = form.part()
    if not before and _is_there(entry, kind, part):  # the same form twice
        return redirect("console:setup_service", found.pk)
    return saved_or_again(
        request,
        found,
        form,
        change=lambda now: with_question(now, kind, part["code"], part),
        part=lambda now: question_of(now, kind, part["code"]),
        again=again,
    )


def _is_there(entry: Entry, kind: Kind, part: Entry) -> bool:
    """Whether the service has a question of the same words, values and translations."""
    return any(question_of(entry, kind, one["code"]) | {"code": ""} == part | {"code": ""} for one in members_of(entry, kind))


def _form(request: HttpRequest, found: Service, kind: Kind, entry: Entry, before: Entry) -> QuestionForm | StopForm:
    city = city_of_person(request)
    given: dict[str, Any] = {"data": request.POST} if request.method == "POST" else {}
    taken = [one["code"] for one in members_of(entry, kind) if one["code"] != before.get("code")]
    known = before or None
    if kind == "stop_questions":
        return StopForm(city, taken=taken, before=known, **(given or {"initial": StopForm.initial_of(before) if before else {}}))
    is_answered = bool(before) and editing.answers_to(found, before["code"]) > 0
    more = MORE_ROWS if request.POST.get("do") == "more" else 0
    initial = QuestionForm.initial_of(before) if before else {}
    return QuestionForm(city, taken=taken, before=known, is_answered=is_answered, more=more, initial=initial, **given)


def _removed(request: HttpRequest, found: Service, kind: Kind, code: str) -> HttpResponse:
    was_kept = editing.remove_question(city_of_person(request), found.code, kind, code, person=person_of(request), at=clock.real_now())
    kept, gone = _("Residents are no longer asked this. The answers that were given stay with their requests."), _("The question was deleted.")
    messages.success(request, kept if was_kept else gone)
    return redirect("console:setup_service", found.pk)


def _shown(
    request: HttpRequest, found: Service, kind: Kind, form: QuestionForm | StopForm, *, entry: Entry, before: Entry, **context: Any
) -> HttpResponse:
    part = preview_part(request, entry)
    if part is not None:
        return part
    shown = {
        "service": found,
        "form": form,
        "question": before,
        "answer_count": editing.answers_to(found, before["code"]) if before and kind == "attributes" else 0,
        "previews": previews(city_of_person(request), entry),
        "seen": stamp_of_form(request, before),
    }
    template = "attributes" if kind == "attributes" else "stop"
    return setup_page(request, f"console/setup/{template}.html", shown | context, part=PART)
