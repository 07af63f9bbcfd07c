"""Which city a visitor sees: the one in the address (`?city=`), else the one chosen before, else the one of this host name, else the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from evenhand.web.places.all_cities import all_cities
from evenhand.web.places.models import Jurisdiction

COOKIE = "city"
_YEAR = 31_536_000


class CityMiddleware:
    """Lays `request.cities` ready and remembers a choice made by address. Nothing is asked of the database until somebody asks for the city."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.cities = SimpleLazyObject(all_cities)  # type: ignore[attr-defined]  # read through city_of() and cities_of()
        response = self.get_response(request)
        wanted = request.GET.get("city")
        if wanted and "public" not in response.headers.get("Cache-Control", ""):
            city = city_of(request)
            if city is not None and city.slug == wanted:
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
    """The city that this visitor sees; None before the first city is created. One query a request."""
    if not hasattr(request, "city"):
        request.city = chosen_city(request, cities_of(request))  # type: ignore[attr-defined]  # read through this function
    return request.city  # type: ignore[attr-defined,no-any-return]


def cities_of(request: HttpRequest) -> list[Jurisdiction]:
    """All cities of this instance, the one shown by default first."""
    return list(getattr(request, "cities", ()))


def city_context(request: HttpRequest) -> dict[str, Any]:
    """What every page needs: the city, and the languages to choose from."""
    current = get_language()
    return {
        "city": city_of(request),
        "cities_count": SimpleLazyObject(lambda: len(cities_of(request))),  # pages of the console never ask
        "languages": [{"code": code, "name_local": name, "is_current": code == current} for code, name in settings.LANGUAGES],
    }
