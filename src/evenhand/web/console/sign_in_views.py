"""Signing in and out.

An unknown name, a wrong password and an account that was deactivated get the same words and cost the same work. Nobody is signed in before the second
factor was given: until then the session knows only who is being asked, for ten minutes. The key of the session changes when somebody is let in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from evenhand.web.accounts import second_factor, sessions, sign_in_pace
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.people import normal_name
from evenhand.web.console.door import living_person, safe_target
from evenhand.web.console.sign_in_forms import CodeForm, SignInForm, wait_words
from evenhand.web.core import clock
from evenhand.web.core.networks import client_address

CODE_WITHIN: Final = timedelta(minutes=10)
_ASKED: Final = "asked_for_code"
_WHY: Final = {
    "idle": gettext_lazy("You were signed out because nothing happened for a while. Sign in to go on: what you typed is kept in this tab."),
    "too_old": gettext_lazy("You have been signed in for a whole day’s work. Please sign in again: what you typed is kept in this tab."),
    "signed_out": gettext_lazy("You are signed out."),
    "code_late": gettext_lazy("The code was asked for too long ago. Please begin again."),
}


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password."""
    target = safe_target(request.POST.get("next") or request.GET.get("next", ""))
    person, _ended = living_person(request)
    if person is not None:
        return redirect(target)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, form, target, why=_WHY.get(request.GET.get("why", ""), ""))
    name, real_at = normal_name(form.cleaned_data["username"]), clock.real_now()
    attempt = sign_in_pace.begin(name, client_address(request), real_at=real_at)
    if attempt.wait_seconds:
        form.add_error(None, wait_words(attempt.wait_seconds))
        return _page(request, form, target, status=HTTPStatus.TOO_MANY_REQUESTS)
    found = authenticate(request, username=name, password=form.cleaned_data["password"])
    if not isinstance(found, Account):
        form.add_error(None, _("User name and password do not belong together. Please try again."))
        return _page(request, form, target)
    sign_in_pace.succeeded(attempt)
    if found.has_second_factor:
        return _ask_for_code(request, found, target, real_at)
    return _let_in(request, found, target, real_at)


@sensitive_post_parameters("code")
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second factor."""
    target = safe_target(request.POST.get("next") or request.GET.get("next", ""))
    real_at = clock.real_now()
    person = _who_is_asked(request, real_at)
    if person is None:
        return redirect(f"{reverse('console:sign_in')}?{urlencode({'next': target, 'why': 'code_late'})}")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _code_page(request, form, target)
    attempt = sign_in_pace.begin(f"code of {person.pk}", client_address(request), real_at=real_at)
    if attempt.wait_seconds:
        form.add_error(None, wait_words(attempt.wait_seconds))
        return _code_page(request, form, target, status=HTTPStatus.TOO_MANY_REQUESTS)
    codes_before = len(person.recovery_codes)
    if not second_factor.accept(person, form.cleaned_data["code"], at=real_at):
        form.add_error("code", _("This code does not fit, or was used already. Wait for the next one and try again."))
        return _code_page(request, form, target)
    sign_in_pace.succeeded(attempt)
    if len(person.recovery_codes) < codes_before:
        messages.warning(request, _("This recovery code is used up. Codes left: %(n)d.") % {"n": len(person.recovery_codes)})
    return _let_in(request, person, target, real_at)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect(f"{reverse('console:sign_in')}?why=signed_out")


def _ask_for_code(request: HttpRequest, person: Account, target: str, real_at: datetime) -> HttpResponse:
    request.session.cycle_key()
    request.session[_ASKED] = {"person": person.pk, "at": real_at.timestamp(), "hash": person.get_session_auth_hash()}
    return redirect(f"{reverse('console:sign_in_code')}?{urlencode({'next': target})}")


def _who_is_asked(request: HttpRequest, real_at: datetime) -> Account | None:
    """Who gave the right password lately; nobody, if the password was changed or the account deactivated since."""
    asked: dict[str, Any] = request.session.get(_ASKED) or {}
    if not asked or real_at.timestamp() - asked["at"] > CODE_WITHIN.total_seconds():
        return None
    person = Account.objects.filter(pk=asked["person"], is_active=True).first()
    return person if person and person.has_second_factor and person.get_session_auth_hash() == asked["hash"] else None


def _let_in(request: HttpRequest, person: Account, target: str, real_at: datetime) -> HttpResponse:
    request.session.flush()
    login(request, person)
    sessions.begin(request.session, real_at=real_at)
    return redirect(target)


def _page(request: HttpRequest, form: SignInForm, target: str, *, why: object = "", status: int = HTTPStatus.OK) -> HttpResponse:
    was_signed_out = request.method == "GET" and request.GET.get("why") == "signed_out"
    return render(request, "console/sign_in.html", {"form": form, "next": target, "why": why, "was_signed_out": was_signed_out}, status=status)


def _code_page(request: HttpRequest, form: CodeForm, target: str, *, status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "console/sign_in_code.html", {"form": form, "next": target}, status=status)
