"""Addresses of the console. Each stands in `policy.POLICY` too, or its door stays shut."""

from __future__ import annotations

from django.urls import path

from evenhand.web.console import queue_views, sign_in_views

app_name = "console"
urlpatterns = [
    path("", queue_views.queue, name="queue"),
    path("login/", sign_in_views.sign_in, name="sign_in"),
    path("logout/", sign_in_views.sign_out, name="sign_out"),
]
