"""What one sees when a form came without the mark that protects it: the page of the face that one was on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from evenhand.web.console import refusals
from evenhand.web.portal import error_pages


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Nothing was taken; what was typed stays."""
    if request.path.startswith(reverse("console:queue")):
        return refusals.form_expired(request)
    return error_pages.form_expired(request, reason)
