"""The one door of the console: every address under it is held against `policy.POLICY` before its view is called.

A view behind the door may count on `person_of(request)` and `city_of_person(request)`; it cannot forget to ask, because it is not the one who asks.
The door asks in this order: is somebody signed in, has the session not ended, is the password their own and a second factor set up where one is
needed, is there a city, does the role allow it, and does the person still work for the city that a form was made for. Whoever is sent away to sign
in comes back to the page they were on. Behind it every moment is told in the zone of the city that the person works for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

from evenhand.web.accounts import second_factor, sessions
from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.console import refusals
from evenhand.web.console.policy import ASKED_BY_PAGES, POLICY, Entrance
from evenhand.web.core import clock
from evenhand.web.core.plain_rows import rows_where
from evenhand.web.core.problem_responses import problem
from evenhand.web.places.models import Jurisdiction

CITY_KEY = "city"
CITY_FIELD = "city"
"""The hidden field of every form that acts on a city (`parts/form_city.html`): the session may have changed to another one in another tab."""
_CONSOLE = "console"
_CITIES_OF_PERSON = "id IN (SELECT jurisdiction_id FROM accounts_account_cities WHERE account_id = %s) ORDER BY is_default DESC, id"


class DoorMiddleware:
    """Asks for what an address of the console needs. Pages of the portal pass it untouched, and without reading a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(None):  # the city's zone, where `_lay_city_ready` sets it, ends with the request
            response = self.get_response(request)
        if _is_of_the_console(request):
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def process_view(self, request: HttpRequest, *_of_the_view: Any) -> HttpResponse | None:
        """Called by Django when the address is known and before the view is called."""
        if not _is_of_the_console(request):
            return None
        match = request.resolver_match
        asked = POLICY.get(match.view_name) if match else None
        if match is None or asked is None:
            raise PermissionDenied(f"{request.path} stands in no row of the policy")
        return None if asked is Entrance.ANYBODY else _refusal(request, asked, is_use=match.view_name not in ASKED_BY_PAGES)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What a view of the console refused is said in the console's look."""
        if not _is_of_the_console(request):
            return None
        if isinstance(exception, PermissionDenied):
            return refusals.forbidden(request)
        return refusals.not_found(request) if isinstance(exception, Http404) else None


def person_of(request: HttpRequest) -> Account:
    """Who is signed in. Only behind the door."""
    return cast("Account", request.user)


def city_of_person(request: HttpRequest) -> Jurisdiction:
    """The city that this person works for now: the one chosen, else their first. Only behind the door, where an ability was asked for."""
    return cast("Jurisdiction", request.city_of_person)  # type: ignore[attr-defined]  # laid ready by the door


def living_person(request: HttpRequest, *, is_use: bool = True) -> tuple[Account | None, sessions.Ended | None]:
    """Who is signed in and may still be: a session that has ended is put away here, with the reason; a page that asks by itself leaves both for the
    person who comes back."""
    person = request.user
    if not isinstance(person, Account) or not person.is_active:
        return None, None
    configuration = settings.EVENHAND
    ended = sessions.why_ended(
        request.session,
        real_at=clock.real_now(),
        longest=timedelta(hours=configuration.session_hours),
        idle=timedelta(minutes=configuration.session_idle_minutes),
    )
    if ended is None:
        return person, None
    if is_use:
        logout(request)
    return None, ended


def safe_target(wanted: str) -> str:
    """An address of the console to go on to: the one that was wanted, if it is one of ours, else the first page."""
    start = reverse("console:queue")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(start)
    signing = (reverse("console:sign_in"), reverse("console:sign_out"))
    return wanted if is_ours and not wanted.startswith(signing) else start


def _is_of_the_console(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.app_name == _CONSOLE


def _refusal(request: HttpRequest, asked: Entrance | Ability, *, is_use: bool) -> HttpResponse | None:
    person, ended = living_person(request, is_use=is_use)
    if person is None:
        return _to_sign_in(request, ended)
    if is_use:
        sessions.note_use(request.session, real_at=clock.real_now())
    _speak_language_of(request, person)
    city = _lay_city_ready(request, person)
    if asked is Entrance.SIGNED_IN:
        return None
    held_back = what_comes_first(person)
    if held_back:
        return redirect(f"{reverse(held_back)}?{urlencode({'next': _page_of(request)})}")
    if not isinstance(asked, Ability):
        return None
    if city is None:
        return render(request, "console/no_city.html", status=HTTPStatus.FORBIDDEN)
    return _refusal_of_form(request, city) if person.can(asked) else refusals.forbidden(request)


def _refusal_of_form(request: HttpRequest, city: Jurisdiction) -> HttpResponse | None:
    meant = request.POST.get(CITY_FIELD, city.slug) if request.method == "POST" else city.slug
    return None if meant == city.slug else refusals.other_city(request, meant)


def what_comes_first(person: Account) -> str | None:
    """The page that somebody must be done with before any other: a password of their own, then a second factor where one is needed."""
    if person.must_change_password:
        return "console:account_password"
    if not person.has_second_factor and second_factor.must_have(person, second_factor.Rule(settings.EVENHAND.second_factor)):
        return "console:account_second_factor"
    return None


def _to_sign_in(request: HttpRequest, ended: sessions.Ended | None) -> HttpResponse:
    if refusals.wants_json(request):
        return problem(HTTPStatus.UNAUTHORIZED, code="signed_out", title="Please sign in again")
    query = {"next": _page_of(request)} | ({"why": str(ended)} if ended else {})
    return redirect(f"{reverse('console:sign_in')}?{urlencode(query)}")


def _page_of(request: HttpRequest) -> str:
    """The page that somebody is on: what was asked for, or, where a form was sent, the page that the form stands on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    referer = urlsplit(request.headers.get("Referer", ""))
    page = f"{referer.path}?{referer.query}" if referer.query else referer.path
    return safe_target(page if referer.netloc == request.get_host() else "")


def _speak_language_of(request: HttpRequest, person: Account) -> None:
    if person.language in dict(settings.LANGUAGES):
        translation.activate(person.language)
        request.LANGUAGE_CODE = person.language  # as LocaleMiddleware does


def _lay_city_ready(request: HttpRequest, person: Account) -> Jurisdiction | None:
    cities = rows_where(Jurisdiction, _CITIES_OF_PERSON, (person.pk,), without=("boundary",))
    wanted = request.GET.get("city") or request.session.get(CITY_KEY)
    chosen = next((city for city in cities if city.slug == wanted), cities[0] if cities else None)
    if chosen is not None and request.session.get(CITY_KEY) != chosen.slug:
        request.session[CITY_KEY] = chosen.slug
    request.cities_of_person = cities  # type: ignore[attr-defined]  # read by the frame of the page
    if chosen is not None:
        timezone.activate(ZoneInfo(chosen.timezone))
        request.city_of_person = request.city = chosen  # type: ignore[attr-defined]  # read through city_of_person() and the portal's city_of()
    return chosen
