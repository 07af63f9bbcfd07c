"""Views of a city: they are given the city, every time on the page is in its zone, and without a city there is a page that says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.cities import city_of

Arguments = ParamSpec("Arguments")


def city_page(
    view: Callable[Concatenate[HttpRequest, Jurisdiction, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Make a view of `(request, city, …)` one of `(request, …)`."""

    @wraps(view)
    def shown(request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        city = city_of(request)
        if city is None:
            return render(request, "portal/no_city.html", status=200 if request.path == "/" else 404)
        with timezone.override(ZoneInfo(city.timezone)):
            return view(request, city, *args, **kwargs)

    return shown
