"""Pages for what went wrong, in the reader's language and never with a traceback."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes the reason
    """A form came without its cookie: nothing was taken, and the way back keeps what was typed."""
    return render(request, "portal/form_expired.html", status=403)
