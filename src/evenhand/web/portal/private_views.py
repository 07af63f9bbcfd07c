"""The reporter's own page. Whoever holds its link is the reporter; a wrong or revoked token meets the same page as a number that never was."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.web.core import clock
from evenhand.web.journeys.erase_reporter import erase_reporter, was_split
from evenhand.web.journeys.follow_request import let_reporter_hear
from evenhand.web.journeys.hide_reporter_name import hide_reporter_name
from evenhand.web.journeys.withdraw_request import withdraw_request
from evenhand.web.portal.request_forms import WithdrawForm
from evenhand.web.portal.request_page import Visit, kept_private, request_page, shown
from evenhand.web.portal.request_views import UNPROCESSABLE, back_to, not_found
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.one_request import has_something_to_erase, request_for
from evenhand.web.service_requests.reference_numbers import normalised
from evenhand.web.service_requests.workflow import MoveNotAllowed


@require_safe
def private(http: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Everything that is public, and what only the reporter may know and do."""
    if normalised(reference) != reference:
        return kept_private(redirect("portal:private", normalised(reference), token))
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    return request_page(http, visit, is_just_sent=http.GET.get("sent") == "1")


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(http: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Take the report back, after a page that says what that means."""
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    if not visit.request.is_open:
        messages.info(http, _("This report is closed, so there is nothing to take back."))
        return back_to(visit)
    form = WithdrawForm(http.POST if http.method == "POST" else None)
    if http.method == "POST" and form.is_valid():
        return _withdraw(http, visit, form.cleaned_data["words"])
    context = {"form": form, "page_url": visit.page_url}
    return shown(http, visit, "portal/request/withdraw.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def hide_name(http: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Take the name off the public page."""
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    if http.method == "POST":
        hide_reporter_name(visit.request, at=clock.now())
        messages.success(http, _("Your name is not shown any more. The city still has it, to be able to answer you."))
    return back_to(visit)


@require_http_methods(["GET", "HEAD", "POST"])
def erase(http: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Erase what the reporter gave, after a page that says what goes and what stays."""
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    if http.method == "POST":
        erase_reporter(visit.request, at=clock.now())
        messages.success(http, _("Erased: your words, your name and how to reach you, and your photos."))
        return back_to(visit)
    if not has_something_to_erase(visit.request):
        messages.info(http, _("There is nothing left of you to erase."))
        return back_to(visit)
    return shown(http, visit, "portal/request/erase.html", {"page_url": visit.page_url, "was_split": was_split(visit.request)})


@require_http_methods(["GET", "HEAD", "POST"])
def mails(http: HttpRequest, reference: str, token: str) -> HttpResponse:
    """Start or stop the reporter's mails."""
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    if http.method == "POST":
        is_wanted = http.POST.get("wanted") == "yes"
        let_reporter_hear(visit.request, is_wanted=is_wanted, at=clock.now())
        messages.success(http, _("We write to you when something changes.") if is_wanted else _("You get no more mails about this report."))
    return back_to(visit)


def _withdraw(http: HttpRequest, visit: Visit, words: str) -> HttpResponse:
    try:
        withdraw_request(visit.request, words=words, at=clock.now())
    except MoveNotAllowed:
        messages.info(http, _("This report was closed a moment ago, so there is nothing to take back."))
    else:
        messages.success(http, _("You have taken your report back."))
    return back_to(visit)
