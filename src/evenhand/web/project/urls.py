"""Addresses of the whole platform."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("evenhand.web.portal.urls"))]
