"""Somebody of the city at the console, for the tests of what happens at a request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.test import Client

from evenhand.web.accounts.models import Account
from evenhand.web.service_requests.models import ServiceRequest
from tests.journeys.request_pages import words_of


@dataclass
class Desk:
    """A signed-in browser."""

    person: Account

    def __post_init__(self) -> None:
        self.client = Client()
        self.client.force_login(self.person)

    def page(self, request: ServiceRequest, action: str = "", *, status: int = 200) -> str:
        """What a person reads on the request's page, or on the form of an action."""
        response = self.client.get(address(request, action))
        assert response.status_code == status, (response.status_code, words_of(response.content.decode())[:1500])
        return words_of(response.content.decode())

    def form(self, request: ServiceRequest, action: str) -> dict[str, str]:
        """The hidden fields of an action's form, as a browser would send them."""
        body = self.client.get(address(request, action)).content.decode()
        form = body.split('enctype="multipart/form-data"', 1)[-1]
        return {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)}

    def send(self, request: ServiceRequest, action: str, fields: dict[str, Any], *, status: int = 303) -> str:
        """Send an action's form and, where it leads on, open that page; returns the words of where one ends."""
        response = self.client.post(address(request, action), self.form(request, action) | fields)
        assert response.status_code == status, (response.status_code, words_of(response.content.decode())[:2500])
        body = self.client.get(response.headers["Location"]).content.decode() if status == 303 else response.content.decode()
        return words_of(body)


def address(request: ServiceRequest, action: str = "") -> str:
    return f"/console/requests/{request.reference}/{action}{'/' if action and '?' not in action else ''}"
