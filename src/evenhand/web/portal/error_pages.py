"""Pages for what went wrong: in the reader's language, with a way on, and never with a traceback.

The pages for our own faults and for damaged requests ask the database nothing: when it is the database that fails, a page must still come.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.translation import gettext as _

from evenhand.web.core.problem_responses import problem

_log = logging.getLogger(__name__)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes the reason
    """A form came without its cookie: nothing was taken, and the way back keeps what was typed."""
    return _page(request, "portal/form_expired.html", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django passes the exception
    """What came could not be read."""
    return _page(_without_city(request), "portal/400.html", 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """Not for this reader."""
    return _page(request, "portal/403.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """No such page, or none that this reader may see."""
    return _page(request, "portal/404.html", 404)


def too_large(request: HttpRequest) -> HttpResponse:
    """More came than a form may hold; nothing of it was read."""
    return _page(_without_city(request), "portal/413.html", 413)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault. Where even the page for it fails, a sentence still comes."""
    try:
        return _page(_without_city(request), "portal/500.html", 500)
    except Exception:  # noqa: BLE001 - whatever broke the page may break this one too, and a reader must not see a traceback
        _log.exception("The page for server errors cannot be made")
        words = _("Something went wrong here. This is our fault, not yours. Please go back in your browser and try once more.")
        return HttpResponse(f"<!doctype html><title>500</title><p>{escape(words)}</p>", status=500)


def _without_city(request: HttpRequest) -> HttpRequest:
    """Leave the city out of the header rather than ask for it: the host name may be a wrong one, or the database may be what fails."""
    request.city = getattr(request, "city", None)  # type: ignore[attr-defined]  # read through city_of()
    request.cities = ()  # type: ignore[attr-defined]
    return request


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    if request.path.endswith(".json"):
        titles = {400: "Bad request", 403: "Forbidden", 404: "Not found", 413: "Content too large", 500: "Server error"}
        return problem(status, code=titles[status].lower().replace(" ", "_"), title=titles[status])
    return render(request, template, status=status)
