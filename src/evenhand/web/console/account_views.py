"""One's own account: how the console looks and speaks, the password, the second factor, and where one is signed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from evenhand.web.accounts import second_factor, sessions, sign_in_pace, totp
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.role_names import ROLE_NAMES
from evenhand.web.console.door import person_of, safe_target, what_comes_first
from evenhand.web.console.navigation import KEYS_COOKIE
from evenhand.web.console.sign_in_forms import EnrolForm, OwnPasswordForm, PasswordForm, PreferencesForm, ProveForm
from evenhand.web.core import clock
from evenhand.web.core.networks import client_address

_YEAR: Final = 31_536_000
_SECRET: Final = "new_second_factor"  # noqa: S105 - the name of a place in the session
_ISSUER: Final = "Evenhand"


def account(request: HttpRequest) -> HttpResponse:
    """Everything about one's account on a page."""
    return _account_page(request, _preferences_of(request))


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Language and colors, which go with the person; keys, which go with the browser."""
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _account_page(request, form)
    person = person_of(request)
    person.language, person.theme = form.cleaned_data["language"], form.cleaned_data["theme"]
    person.save(update_fields=["language", "theme"])
    messages.success(request, _("Saved."))
    response = redirect("console:account")
    value = "on" if form.cleaned_data["has_keys"] else "off"
    response.set_cookie(KEYS_COOKIE, value, max_age=_YEAR, path="/console/", samesite="Lax", httponly=True, secure=request.is_secure())
    return response


@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """A new password. All other sessions end."""
    person = person_of(request)
    is_first = person.must_change_password
    form, attempt = _own_form(PasswordForm, request)
    if attempt and "current" not in form.errors:
        sign_in_pace.succeeded(attempt)
    if not form.is_valid():
        return _held_page(request, "console/account_password.html", {"form": form, "is_first": is_first})
    with transaction.atomic():
        person.set_password(form.cleaned_data["new"])
        person.must_change_password = False
        person.save(update_fields=["password", "must_change_password"])
        update_session_auth_hash(request, person)
        sessions.end_sessions(person, but=request.session.session_key, real_at=clock.real_now())
    messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
    return redirect(safe_target(_next(request)) if is_first else "console:account")


@sensitive_post_parameters()
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: its secret lies in the session, sealed, until a first code of it has come."""
    person = person_of(request)
    if person.has_second_factor:
        return redirect("console:account")
    if person.must_change_password:
        return redirect("console:account_password")
    secret = _proposed_secret(request, person)
    form, attempt = _own_form(EnrolForm, request, asks_password=what_comes_first(person) is None)
    if attempt is None or not form.is_valid():
        return _enrol_page(request, form, secret)
    sign_in_pace.succeeded(attempt)
    real_at = clock.real_now()
    codes = second_factor.switch_on(person, secret, form.cleaned_data["code"], at=real_at, session_key=request.session.session_key)
    if codes is None:
        form.add_error("code", _("This code does not fit. Is the clock of your phone right? Type the code that the app shows now."))
        return _enrol_page(request, form, secret)
    del request.session[_SECRET]
    return _codes_page(request, codes, is_new=True)


@sensitive_post_parameters()
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes, for password and code."""
    person = person_of(request)
    form = _proven(request, person)
    if form is not None:
        return render(request, "console/account_prove.html", {"form": form, "is_for_codes": True})
    return _codes_page(request, second_factor.renew_recovery_codes(person, at=clock.real_now()), is_new=False)


@sensitive_post_parameters()
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """Switch it off, for password and code."""
    person = person_of(request)
    form = _proven(request, person)
    if form is not None:
        return render(request, "console/account_prove.html", {"form": form, "is_for_codes": False})
    second_factor.switch_off(person, at=clock.real_now(), session_key=request.session.session_key)
    messages.success(request, _("The second factor is switched off."))
    return redirect("console:account")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    number = sessions.end_sessions(person_of(request), but=request.session.session_key, real_at=clock.real_now())
    messages.success(request, _("Everywhere else you are signed out.") if number else _("You were signed in nowhere else."))
    return redirect("console:account")


def _proposed_secret(request: HttpRequest, person: Account) -> str:
    secret = second_factor.opened_secret(person, request.session.get(_SECRET, ""))
    if secret is None:
        secret = totp.new_secret()
        request.session[_SECRET] = second_factor.sealed_secret(person, secret)
    return secret


def _account_page(request: HttpRequest, form: PreferencesForm) -> HttpResponse:
    person = person_of(request)
    context = {
        "form": form,
        "role": ROLE_NAMES.get(person.role, ""),
        "cities": person.cities.order_by("name"),
        "teams": person.teams.filter(is_retired=False).select_related("jurisdiction"),
        "codes_left": len(person.recovery_codes),
        "codes_given": second_factor.RECOVERY_CODES,
        "sessions": sessions.count_sessions(person, real_at=clock.real_now()),
    }
    return render(request, "console/account.html", context)


def _preferences_of(request: HttpRequest) -> PreferencesForm:
    person = person_of(request)
    has_keys = request.COOKIES.get(KEYS_COOKIE) != "off"
    return PreferencesForm(initial={"language": person.language, "theme": person.theme, "has_keys": has_keys})


def _proven(request: HttpRequest, person: Account) -> OwnPasswordForm | None:
    """None if password and code were right; else the form to show."""
    form, attempt = _own_form(ProveForm, request)
    if attempt is None or not form.is_valid():
        return form
    if not second_factor.accept(person, form.cleaned_data["code"], at=clock.real_now()):
        form.add_error("code", _("This code does not fit, or was used already. Wait for the next one and try again."))
        return form
    sign_in_pace.succeeded(attempt)
    return None


def _own_form(kind: type[OwnPasswordForm], request: HttpRequest, **options: Any) -> tuple[OwnPasswordForm, sign_in_pace.Attempt | None]:
    """A form that asks for one's own password. Whoever sits down at an open session must not guess it there: the pace of signing in holds."""
    person = person_of(request)
    if request.method != "POST":
        return kind(person=person, **options), None
    attempt = sign_in_pace.begin(f"own {person.pk}", client_address(request), real_at=clock.real_now())
    return kind(request.POST, person=person, wait_seconds=attempt.wait_seconds, **options), attempt


def _enrol_page(request: HttpRequest, form: OwnPasswordForm, secret: str) -> HttpResponse:
    uri = totp.otpauth_uri(secret, name=person_of(request).username, issuer=_ISSUER)
    picture = segno.make_qr(uri, error="m").svg_data_uri(border=2, scale=4, light="#ffffff", dark="#000000")
    context = {"form": form, "uri": uri, "secret": totp.in_groups(secret), "picture": picture}
    return _held_page(request, "console/account_second_factor.html", context)


def _codes_page(request: HttpRequest, codes: Sequence[str], *, is_new: bool) -> HttpResponse:
    return render(request, "console/account_recovery_codes.html", {"codes": codes, "is_new": is_new, "next": safe_target(_next(request))})


def _held_page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page that may have to be done with first: then the header offers no other."""
    is_held_back = what_comes_first(person_of(request)) is not None
    request.is_held_back = is_held_back  # type: ignore[attr-defined]  # read by the frame of the page
    return render(request, template, context | {"is_held_back": is_held_back, "next": _next(request)})


def _next(request: HttpRequest) -> str:
    return str(request.POST.get("next") or request.GET.get("next", ""))
