"""Reporting through HTTP, as a browser without JavaScript does it: each helper sends one page and follows where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.test import Client

from evenhand.web.service_requests.models import ReportDraft

HERE = "42.36010, -71.05010"
WORDS = "A deep hole beside the bus stop"


@dataclass
class Report:
    """One report being written by one browser."""

    client: Client
    token: str = ""

    def begin(self, code: str, **more: str) -> str:
        """Choose what it is; returns the step it leads to."""
        response = self.client.post("/report/", {"service": code, **more})
        assert response.status_code == 302, response.content.decode()
        self.token = token_in(response.headers["Location"])
        return step_in(response.headers["Location"])

    def send(self, step: str, **given: Any) -> Any:
        """Send one step's form."""
        return self.client.post(self.url(step), given)

    def open(self, step: str) -> Any:
        return self.client.get(self.url(step))

    def page(self, step: str) -> str:
        """The words of a step's page."""
        response = self.open(step)
        assert response.status_code == 200, response.headers.get("Location")
        return str(response.content.decode())

    def url(self, step: str) -> str:
        return f"/report/{self.token}/{step}/"

    def draft(self) -> ReportDraft:
        return ReportDraft.objects.get(token=self.token)

    def up_to_check(self, code: str = "pothole", *, size: str = "large", **contact: Any) -> None:
        """Answer everything of the pothole's report up to the last page."""
        assert self.begin(code) == "place"
        assert leads_to(self.send("place", address=HERE)) in {"details", "similar"}
        if first_open(self) == "similar":
            self.send("similar", same="")
        answers = {"a_size": size} if code == "pothole" else {}
        assert leads_to(self.send("details", description=WORDS, **answers)) == "contact"
        assert leads_to(self.send("contact", **contact)) == "check"


def first_open(report: Report) -> str:
    return step_in(report.open("check").headers.get("Location", "/check/"))


def leads_to(response: Any) -> str:
    """The step that a sent form leads to."""
    assert response.status_code == 302, re.sub(r"\s+", " ", response.content.decode())
    return step_in(response.headers["Location"])


def step_in(address: str) -> str:
    if address.startswith("/report/?"):
        return "what"
    return "private" if "/private/" in address else address.rstrip("/").rsplit("/", 1)[-1]


def token_in(address: str) -> str:
    found = re.search(r"/report/([^/?]+)/", address) or re.search(r"draft=([^&]+)", address)
    assert found is not None, address
    return found[1]
