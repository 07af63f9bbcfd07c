"""Addresses of the console. Each stands in `policy.POLICY` too, or its door stays shut."""

from __future__ import annotations

from django.urls import path

from evenhand.web.console import (
    call_views,
    figures_views,
    presence_views,
    queue_urls,
    refusals,
    request_views,
    setup_content_urls,
    setup_urls,
    sign_in_urls,
)

app_name = "console"
urlpatterns = [
    *queue_urls.urlpatterns,
    path("requests/<str:reference>/", request_views.request_, name="request"),
    path("requests/<str:reference>/presence/", presence_views.request_presence, name="request_presence"),
    path("requests/<str:reference>/<slug:action>/", request_views.request_action, name="request_action"),
    path("figures/", figures_views.figures, name="figures"),
    path("figures/figures.csv", figures_views.figures_csv, name="figures_csv"),
    path("calls/new/", call_views.call_new, name="call_new"),
    path("calls/suggest/", call_views.call_suggest, name="call_suggest"),
    path("calls/<str:reference>/", call_views.call_done, name="call_done"),
    *sign_in_urls.urlpatterns,
    *setup_urls.urlpatterns,
    *setup_content_urls.urlpatterns,
    path("<path:unknown>/", refusals.unknown_address, name="unknown_address"),  # last: what stands nowhere above
]
