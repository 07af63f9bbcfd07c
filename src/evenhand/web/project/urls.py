"""Addresses of the whole platform."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("language/", set_language, name="set_language"),
    path("console/", include("evenhand.web.console.urls")),
    path("", include("evenhand.web.portal.urls")),
]
handler400 = "evenhand.web.portal.error_pages.bad_request"
handler403 = "evenhand.web.portal.error_pages.forbidden"
handler404 = "evenhand.web.portal.error_pages.not_found"
handler500 = "evenhand.web.portal.error_pages.server_error"
