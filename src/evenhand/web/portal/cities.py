"""Which city a visitor sees: the one in the address (`?city=`), else the one chosen before, else the one of this host name, else the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from evenhand.web.places.models import Jurisdiction

COOKIE = "city"
_YEAR = 31_536_000


class CityMiddleware:
    """Sets `request.city` (None before the first city is created) and remembers a choice made by address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cities = list(Jurisdiction.objects.defer("boundary").order_by("-is_default", "pk"))
        city = chosen_city(request, cities)
        request.city = city  # type: ignore[attr-defined]  # read through city_of()
        request.cities = cities  # type: ignore[attr-defined]
        response = self.get_response(request)
        if city is not None and request.GET.get("city") == city.slug:
            response.set_cookie(COOKIE, city.slug, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
        return response


def chosen_city(request: HttpRequest, cities: list[Jurisdiction]) -> Jurisdiction | None:
    """The city for a visitor, by the order of this module's docstring."""
    by_slug = {city.slug: city for city in cities}
    for wanted in (request.GET.get("city"), request.COOKIES.get(COOKIE)):
        if wanted in by_slug:
            return by_slug[wanted]
    host = request.get_host().rsplit(":", 1)[0]
    return next((city for city in cities if host in city.hostnames), cities[0] if cities else None)


def city_of(request: HttpRequest) -> Jurisdiction | None:
    """The city that the middleware chose."""
    return getattr(request, "city", None)


def city_context(request: HttpRequest) -> dict[str, Any]:
    """What every page needs: the city, and the languages to choose from."""
    current = get_language()
    return {
        "city": city_of(request),
        "cities_count": len(getattr(request, "cities", ())),
        "languages": [{"code": code, "name_local": name, "is_current": code == current} for code, name in settings.LANGUAGES],
    }
