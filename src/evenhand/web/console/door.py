"""The one door of the console: every address under it is held against `policy.POLICY` before its view is called.

A view behind the door may count on `person_of(request)` and `city_of_person(request)`; it cannot forget to ask, because it is not the one who asks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from evenhand.web.accounts.models import Account
from evenhand.web.accounts.roles import Ability
from evenhand.web.console.policy import POLICY, Entrance
from evenhand.web.places.models import Jurisdiction

CITY_KEY = "city"
_CONSOLE = "console"


class DoorMiddleware:
    """Asks for what an address of the console needs. Pages of the portal pass it untouched, and without reading a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.resolver_match is not None and request.resolver_match.app_name == _CONSOLE:
            response.headers["Cache-Control"] = "private, no-store"
        return response

    def process_view(self, request: HttpRequest, *_of_the_view: Any) -> HttpResponse | None:
        """Called by Django when the address is known and before the view is called."""
        match = request.resolver_match
        if match is None or match.app_name != _CONSOLE:
            return None
        asked = POLICY.get(match.view_name)
        if asked is None:
            raise PermissionDenied(f"{match.view_name} stands in no row of the policy")
        return _refusal(request, asked)


def person_of(request: HttpRequest) -> Account:
    """Who is signed in. Only behind the door."""
    return cast("Account", request.user)


def city_of_person(request: HttpRequest) -> Jurisdiction:
    """The city that this person works for now: the one chosen, else their first. Only behind the door, where an ability was asked for."""
    return cast("Jurisdiction", request.city_of_person)  # type: ignore[attr-defined]  # laid ready by the door


def _refusal(request: HttpRequest, asked: Entrance | Ability) -> HttpResponse | None:
    if asked is Entrance.ANYBODY:
        return None
    person = request.user
    if not isinstance(person, Account) or not person.is_active:
        return redirect(f"{reverse('console:sign_in')}?{urlencode({'next': request.get_full_path()})}")
    if asked is Entrance.SIGNED_IN:
        return None
    city = _city(request, person)
    if city is None:
        return render(request, "console/no_city.html", status=403)
    request.city_of_person = request.city = city  # type: ignore[attr-defined]  # read through city_of_person() and the portal's city_of()
    if not person.can(asked):
        raise PermissionDenied(f"{person.role or 'no role'} may not {asked}")
    return None


def _city(request: HttpRequest, person: Account) -> Jurisdiction | None:
    cities = list(person.cities.defer("boundary").order_by("-is_default", "pk"))
    wanted = request.GET.get("city") or request.session.get(CITY_KEY)
    chosen = next((city for city in cities if city.slug == wanted), cities[0] if cities else None)
    if chosen is not None and request.session.get(CITY_KEY) != chosen.slug:
        request.session[CITY_KEY] = chosen.slug
    return chosen
