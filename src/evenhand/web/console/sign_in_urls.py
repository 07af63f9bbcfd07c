"""Addresses of signing in, of one's own account, and of the log of who read personal data."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, path

from evenhand.web.console import account_views, reading_views, sign_in_views

urlpatterns: Final[list[URLPattern]] = [
    path("login/", sign_in_views.sign_in, name="sign_in"),
    path("login/code/", sign_in_views.sign_in_code, name="sign_in_code"),
    path("logout/", sign_in_views.sign_out, name="sign_out"),
    path("account/", account_views.account, name="account"),
    path("account/preferences/", account_views.preferences, name="account_preferences"),
    path("account/password/", account_views.password, name="account_password"),
    path("account/second-factor/", account_views.enrol, name="account_second_factor"),
    path("account/second-factor/codes/", account_views.recovery_codes, name="account_recovery_codes"),
    path("account/second-factor/off/", account_views.second_factor_off, name="account_second_factor_off"),
    path("account/sessions/", account_views.end_other_sessions, name="account_sessions"),
    path("set-up/reads/", reading_views.reads, name="reads"),
]
