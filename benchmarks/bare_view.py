"""Addresses of the product and one more: the plainest view there can be, against which pages are measured."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def bare(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Two letters."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [path("bare/", bare), path("", include("evenhand.web.project.urls"))]
