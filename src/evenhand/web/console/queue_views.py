"""The queue: what waits, overdue first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from evenhand.web.console.door import city_of_person


def queue(request: HttpRequest) -> HttpResponse:
    """Open requests of the city."""
    return render(request, "console/queue.html", {"city": city_of_person(request)})
