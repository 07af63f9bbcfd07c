"""What the console says when it does not do what was asked: in plain words, in its own look, and with the words that somebody had typed.

A role may be taken away, and a form may grow stale, while somebody writes. So these pages show again what was sent, to be copied: never what was
typed into a password or code field. Scripts that ask for JSON get a problem document instead of a page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from evenhand.web.core.problem_responses import problem

_SECRET: Final = ("password", "token", "code", "secret")
_SHORTEST: Final = 12


def forbidden(request: HttpRequest) -> HttpResponse:
    """Signed in, but not for this."""
    return _refusal(request, "console/forbidden.html", HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest) -> HttpResponse:
    """No such thing, or none that this person may see: the two look alike."""
    return _refusal(request, "console/not_found.html", HTTPStatus.NOT_FOUND)


def unknown_address(request: HttpRequest, unknown: str) -> HttpResponse:  # noqa: ARG001 - the door has seen who asks; what for, nobody knows
    """An address under /console/ that is none."""
    return not_found(request)


def form_expired(request: HttpRequest) -> HttpResponse:
    """A form came without its mark, or with one from before the last sign-in."""
    return _refusal(request, "console/form_expired.html", HTTPStatus.FORBIDDEN)


def other_city(request: HttpRequest, meant: str) -> HttpResponse:
    """A form of one city came while its sender works for another: `meant` is the slug that the form was made for."""
    city = next((one for one in getattr(request, "cities_of_person", ()) if one.slug == meant), None)
    back_url = f"{reverse('console:queue')}?{urlencode({'city': city.slug})}" if city else ""
    return _refusal(request, "console/other_city.html", HTTPStatus.CONFLICT, meant=city.name if city else meant, back_url=back_url)


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asked, and not somebody who reads pages."""
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def typed_words(request: HttpRequest) -> list[str]:
    """What somebody wrote into a form, longest first, where it is more than a choice."""
    values = [value for name, given in request.POST.lists() if not any(word in name.lower() for word in _SECRET) for value in given]
    return sorted({value for value in values if len(value) >= _SHORTEST and " " in value.strip()}, key=lambda value: (-len(value), value))


def _refusal(request: HttpRequest, template: str, status: HTTPStatus, **more: str) -> HttpResponse:
    if wants_json(request):
        return problem(status, code=status.name.lower(), title=status.phrase)
    context: dict[str, Any] = {"typed_words": typed_words(request), **more}
    return render(request, template, context, status=status)
