"""What all steps of a report share: finding the draft, giving back what was typed, going on to the first step without an answer.

A draft that is gone, be it while its form is on its way, is either sent (then its sender is led to the request) or put away after a week. A form that
comes for a draft that was put away begins a new one with what was typed and is shown again, with words that say so: nobody loses a text to our
tidying.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evenhand.web.core import clock
from evenhand.web.journeys.report_problem import sent_before
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.cities import city_of
from evenhand.web.portal.devices import remember_device
from evenhand.web.portal.report_steps import is_retired, may_visit, next_url, progress, url_of
from evenhand.web.service_requests import drafts
from evenhand.web.service_requests.drafts import DraftGone
from evenhand.web.service_requests.models import ReportDraft, ServiceRequest
from evenhand.web.service_requests.private_links import private_token

Handler = Callable[[HttpRequest, Jurisdiction, ReportDraft], HttpResponse]
Keeper = Callable[[HttpRequest, ReportDraft], None]
_FORM_FIELDS_OF_OURS = ("csrfmiddlewaretoken", "form_key")
_LANGUAGE = "en"


def report_step(step: str, *, keep: Keeper | None = None) -> Callable[[Handler], Callable[[HttpRequest, str], HttpResponse]]:
    """Make a view of a handler of one step: it gets the city and the draft, and is only called where the steps before are answered.

    `keep` puts away what was typed into a form whose service was retired while it was open.
    """

    def of(handler: Handler) -> Callable[[HttpRequest, str], HttpResponse]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(handler)
        def view(request: HttpRequest, token: str) -> HttpResponse:
            draft = drafts.draft_with(token)
            if draft is None:
                return _without_draft(request, token, handler)
            city = use_city_of(request, draft)
            try:
                if not may_visit(draft, step):
                    if request.method == "POST" and keep is not None and is_retired(draft):
                        keep(request, draft)
                    return redirect(next_url(draft))
                return framed(request, handler(request, city, draft))
            except DraftGone:
                return _without_draft(request, token, handler)

        return view

    return of


def framed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The device cookie, and no copy in any cache but the browser's own history."""
    response.headers["Cache-Control"] = "private, no-cache"
    return remember_device(request, response)


def show(request: HttpRequest, step: str, draft: ReportDraft | None, *, form: forms.Form | None = None, **context: Any) -> HttpResponse:
    """The page of a step."""
    page = {"draft": draft, "form": form, "was_put_away": was_put_away(request), **progress(draft, step), **context}
    if draft is not None and step != "what":
        page["action_url"] = url_of(draft, step)
    return render(request, f"portal/report/{step}.html", page)


def go_on(request: HttpRequest, draft: ReportDraft, page: Callable[[], HttpResponse]) -> HttpResponse:
    """After a step was answered: the next one; or `page` once more, where the draft is a new one and the steps before it are missing."""
    return page() if was_put_away(request) else redirect(next_url(draft))


def typed_in(form: forms.Form) -> dict[str, Any]:
    """All that was typed into a form, right or wrong, to be put back into it later."""
    return {name: _raw(form, name) for name, field in form.fields.items() if not isinstance(field, forms.FileField)}


def was_put_away(request: HttpRequest) -> bool:
    """Whether the draft of this form was gone, so that a new one was begun for it."""
    return bool(getattr(request, "draft_was_put_away", False))


def use_city_of(request: HttpRequest, draft: ReportDraft) -> Jurisdiction:
    """Show the draft's own city, whichever was chosen in another tab meanwhile."""
    request.city = draft.jurisdiction  # type: ignore[attr-defined]  # read through city_of()
    return draft.jurisdiction


def private_page(request_of: ServiceRequest, *, just_sent: bool = False) -> str:
    """Where a reporter sees their own request."""
    address = reverse("portal:private", args=[request_of.reference, private_token(request_of)])
    return f"{address}?sent=1" if just_sent else address


def language() -> str:
    """The language of the page."""
    return get_language() or _LANGUAGE


def _without_draft(request: HttpRequest, token: str, handler: Handler) -> HttpResponse:
    sent = sent_before(token)
    if sent is not None:
        return framed(request, redirect(private_page(sent, just_sent=request.method == "POST")))
    city = city_of(request)
    if request.method != "POST" or city is None or not _has_words(request):
        messages.warning(request, _("We no longer have this report: drafts are put away after a week. Please begin again."))
        return redirect("portal:report")
    request.draft_was_put_away = True  # type: ignore[attr-defined]  # read through was_put_away()
    draft = drafts.new_draft(city, service=None, fields={}, at=clock.real_now())
    return framed(request, handler(request, city, draft))


def _has_words(request: HttpRequest) -> bool:
    typed = (value for name, value in request.POST.items() if name not in _FORM_FIELDS_OF_OURS)
    return any(str(value).strip() for value in typed) or bool(request.FILES)


def _raw(form: forms.Form, name: str) -> Any:
    value = form[name].data
    return list(value) if isinstance(value, list | tuple) else value
