"""The page of a request, and what anybody may do there. The same views serve the reporter, by the token of the private link.

Every form answers in the place where it was sent from: with an error it gives back what was typed, done it goes back to the page (303), so that
reloading sends nothing twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from evenhand.web.conversations.actions import was_sent_before
from evenhand.web.core import clock
from evenhand.web.journeys.comment_on_request import comment_on_request
from evenhand.web.journeys.follow_request import follow_request
from evenhand.web.journeys.say_not_fixed import say_not_fixed
from evenhand.web.journeys.support_request import support_request
from evenhand.web.portal import devices
from evenhand.web.portal.devices import sender_of
from evenhand.web.portal.photo_uploads import StoredPhoto, store_photos
from evenhand.web.portal.request_forms import MOST_PHOTOS, CommentForm, FollowForm, NotFixedForm, OneTimeForm, ReporterCommentForm
from evenhand.web.portal.request_page import Visit, kept_private, request_page, shown
from evenhand.web.service_requests.contribution_pace import TooManyContributions, refuse_when_full
from evenhand.web.service_requests.duplicates import veto_target
from evenhand.web.service_requests.errors import RequestNotFound
from evenhand.web.service_requests.intake_pace import Sender
from evenhand.web.service_requests.one_request import request_for
from evenhand.web.service_requests.reference_numbers import LENGTH, is_valid, normalised
from evenhand.web.service_requests.workflow import Actor, MoveNotAllowed

UNPROCESSABLE = 422


@require_safe
def request_(http: HttpRequest, reference: str) -> HttpResponse:
    """The public page. A number typed with hyphens or spaces leads to the one address that the page has."""
    compact = normalised(reference)
    if compact != reference and compact:
        return redirect("portal:request", compact)
    try:
        return request_page(http, Visit(request_for(reference)))
    except RequestNotFound:
        return not_found(http, reference)


@require_http_methods(["GET", "HEAD", "POST"])
def comment(http: HttpRequest, reference: str, token: str | None = None) -> HttpResponse:
    """Add words and photos."""
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    if http.method != "POST":
        return back_to(visit)
    kind = ReporterCommentForm if visit.is_reporter else CommentForm
    form = kind(http.POST, http.FILES, auto_id="comment_%s")
    if not form.is_valid():
        return _again(http, visit, form, comment_form=form)
    now = clock.now()
    try:
        is_new = comment_on_request(
            visit.request,
            words=form.cleaned_data["words"],
            name=form.cleaned_data.get("name", ""),
            photos=_photos(http, visit, form),
            actor=Actor.REPORTER if visit.is_reporter else Actor.RESIDENT,
            sender=sender_of(http),
            form_key=form.key_for(reference),
            at=now,
            real_at=clock.real_now(),
        )
    except TooManyContributions:
        form.add_error(None, _too_many())
        return _again(http, visit, form, comment_form=form)
    messages.success(http, _("Thank you. Your comment stands below.") if is_new else _("We had your comment already; it stands below."))
    return back_to(visit)


@require_http_methods(["GET", "HEAD", "POST"])
def not_fixed(http: HttpRequest, reference: str, token: str | None = None) -> HttpResponse:
    """The veto, on a page of its own."""
    try:
        visit = Visit(request_for(reference, token), token)
    except RequestNotFound:
        return not_found(http, reference)
    form = NotFixedForm(http.POST or None, http.FILES or None)
    if http.method == "POST" and form.is_valid():
        return _say_not_fixed(http, visit, form)
    if http.method != "POST" and not veto_target(visit.request).can_be_vetoed:
        messages.info(http, _("How this stands has changed: see below."))
        return back_to(visit)
    return _not_fixed_page(http, visit, form, status=UNPROCESSABLE if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def me_too(http: HttpRequest, reference: str) -> HttpResponse:
    """Count another household; of a report that goes on with another, at that other one."""
    try:
        visit = Visit(request_for(reference))
    except RequestNotFound:
        return not_found(http, reference)
    parent = visit.request.duplicate_of
    if parent is not None and parent.is_public:
        visit = Visit(parent)
    if http.method == "POST":
        try:
            is_new = support_request(visit.request, sender=_household(http), at=clock.now(), real_at=clock.real_now())
        except TooManyContributions:
            messages.error(http, _too_many())
        else:
            messages.success(http, _("Counted: you have this trouble too.") if is_new else _("You had said so already; it counts once."))
    return back_to(visit)


@require_http_methods(["GET", "HEAD", "POST"])
def follow(http: HttpRequest, reference: str) -> HttpResponse:
    """Ask for news by e-mail. What the page says does not depend on what is known about the address."""
    try:
        visit = Visit(request_for(reference))
    except RequestNotFound:
        return not_found(http, reference)
    if http.method != "POST":
        return back_to(visit)
    form = FollowForm(http.POST, auto_id="follow_%s")
    if not form.is_valid():
        return request_page(http, visit, status=UNPROCESSABLE, form=form, follow_form=form)
    email = form.cleaned_data["email"]
    try:
        follow_request(visit.request, email=email, language=get_language() or "en", sender=sender_of(http), at=clock.now(), real_at=clock.real_now())
    except TooManyContributions:
        form.add_error(None, _too_many())
        return request_page(http, visit, status=UNPROCESSABLE, form=form, follow_form=form)
    messages.success(http, _("We have written to %(email)s. Please open the link in that mail: then you hear what happens here.") % {"email": email})
    return back_to(visit)


def not_found(http: HttpRequest, reference: str) -> HttpResponse:
    """One answer for what is not there and for what may not be seen. A slip in one of our own numbers is said: its check digit shows it."""
    digits = "".join(reference.replace("-", "").split())
    is_mistyped = len(digits) == LENGTH and digits.isascii() and digits.isdigit() and not is_valid(digits)
    return kept_private(render(http, "portal/request/not_found.html", {"is_mistyped": is_mistyped, "typed": reference[:64]}, status=404))


def back_to(visit: Visit) -> HttpResponse:
    """To the page, by GET."""
    response = HttpResponseRedirect(visit.page_url, status=303)
    return kept_private(response) if visit.is_reporter else response


def _say_not_fixed(http: HttpRequest, visit: Visit, form: NotFixedForm) -> HttpResponse:
    try:
        say_not_fixed(
            visit.request,
            words=form.cleaned_data["words"],
            photos=_photos(http, visit, form) if veto_target(visit.request).can_be_vetoed else (),
            actor=Actor.REPORTER if visit.is_reporter else Actor.RESIDENT,
            sender=sender_of(http),
            form_key=form.key_for(visit.request.reference),
            at=clock.now(),
            real_at=clock.real_now(),
        )
    except MoveNotAllowed:
        return _stands_differently(http, visit, form)
    except TooManyContributions:
        form.add_error(None, _too_many())
        return _not_fixed_page(http, visit, form, status=UNPROCESSABLE)
    messages.success(http, _("Thank you. It counts as “not fixed” until the city has looked again."))
    return back_to(visit)


def _stands_differently(http: HttpRequest, visit: Visit, form: NotFixedForm) -> HttpResponse:
    """Somebody was quicker. The words are not lost: they stand in the comment form, ready to be sent as a comment."""
    now = Visit(request_for(visit.request.reference, visit.token), visit.token)
    kind = ReporterCommentForm if visit.is_reporter else CommentForm
    kept = kind(initial={"words": form.cleaned_data["words"]}, auto_id="comment_%s")
    said = _(
        "It is not closed any more, or somebody said so before you. What you wrote stands in the comment form below: you can send it as a comment."
    )
    return request_page(http, now, status=409, comment_form=kept, stands_differently=said)


def _not_fixed_page(http: HttpRequest, visit: Visit, form: NotFixedForm, *, status: int) -> HttpResponse:
    return shown(
        http, visit, "portal/request/not_fixed.html", {"form": form, "page_url": visit.page_url, "has_files": bool(http.FILES)}, status=status
    )


def _again(http: HttpRequest, visit: Visit, form: OneTimeForm, **forms: Any) -> HttpResponse:
    return request_page(http, visit, status=UNPROCESSABLE, form=form, has_files=bool(http.FILES), **forms)


def _photos(http: HttpRequest, visit: Visit, form: OneTimeForm) -> tuple[StoredPhoto, ...]:
    """The form's photos, made clean; none of them is looked at where the form came before or its sender is too fast (TooManyContributions)."""
    files = form.cleaned_data["photos"]
    if not files or was_sent_before(form.key_for(visit.request.reference)):
        return ()
    sender = sender_of(http)
    refuse_when_full(sender, purpose=form.purpose, real_at=clock.real_now())
    uploads = store_photos(files, most=MOST_PHOTOS, sender=sender)
    for sentence in uploads.refused:
        messages.warning(http, sentence)
    return uploads.stored


def _household(http: HttpRequest) -> Sender:
    """Who says "me too": the browser, or without a cookie all that comes from its network on one day, for nothing tells them apart."""
    sender = sender_of(http)
    return sender if devices.COOKIE in http.COOKIES else replace(sender, device=sender.network)


def _too_many() -> str:
    return _("That is more than people write in an hour. Please wait a little and send it again; what you wrote stays here.")
