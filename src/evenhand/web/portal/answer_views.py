"""Where the reporter answers a question of the city: a private link, no account, no script needed.

Opening the link changes nothing. Whoever has it can answer and can do nothing else: a forwarded question is not the report's private link.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from evenhand.web.conversations import questions
from evenhand.web.conversations.models import ReporterQuestion
from evenhand.web.conversations.questions import Standing
from evenhand.web.core import clock
from evenhand.web.journeys.answer_question import answer_question
from evenhand.web.portal.devices import sender_of
from evenhand.web.portal.linked_forms import AnswerForm
from evenhand.web.portal.linked_pages import UNPROCESSABLE, language_of, linked_page, photos_of, too_many
from evenhand.web.portal.request_page import kept_private
from evenhand.web.portal.request_views import not_found
from evenhand.web.service_requests.contribution_pace import TooManyContributions
from evenhand.web.service_requests.one_request import reporter_of
from evenhand.web.service_requests.workflow import FactMissing


@require_http_methods(["GET", "HEAD", "POST"])
def answer(http: HttpRequest, question_id: int, token: str) -> HttpResponse:
    """The question, and the answer to it."""
    question = questions.question_for(question_id, token)
    if question is None:
        return not_found(http, "")
    reporter = reporter_of(question.request)
    with language_of(http, reporter.language if reporter else ""):
        return _taken(http, question) if http.method == "POST" else _page(http, question, AnswerForm())


def _taken(http: HttpRequest, question: ReporterQuestion) -> HttpResponse:
    form = AnswerForm(http.POST, http.FILES)
    if not form.is_valid():
        return _page(http, question, form, status=UNPROCESSABLE)
    try:
        standing = answer_question(
            question,
            words=form.cleaned_data["words"],
            photos=_photos(http, question, form),
            sender=sender_of(http),
            form_key=form.key_for(question.request.reference),
            at=clock.now(),
            real_at=clock.real_now(),
        )
    except TooManyContributions:
        form.add_error(None, too_many())
        return _page(http, question, form, status=UNPROCESSABLE)
    except FactMissing:  # the only photo was none, and there were no words; why it was left out stands above
        return _page(http, question, form, status=UNPROCESSABLE)
    if standing is Standing.OPEN:
        return kept_private(HttpResponseRedirect(f"{http.path}?sent=1", status=303))
    return _page(http, question, form, status=409)


def _photos(http: HttpRequest, question: ReporterQuestion, form: AnswerForm) -> tuple[Any, ...]:
    is_open = questions.standing_of(question, at=clock.now()) is Standing.OPEN
    return photos_of(http, question.request, form) if is_open else ()


def _page(http: HttpRequest, question: ReporterQuestion, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    standing = questions.standing_of(question, at=clock.now())
    context = {
        "question": question,
        "words": questions.words_of(question),
        "standing": str(standing),
        "form": form,
        "has_files": bool(http.FILES),
        "is_just_sent": standing is Standing.ANSWERED and http.GET.get("sent") == "1",
        "unsent": form.cleaned_data.get("words", "") if form.is_bound and standing is not Standing.OPEN else "",
    }
    return linked_page(http, question.request, "portal/request/answer.html", context, status=status)
