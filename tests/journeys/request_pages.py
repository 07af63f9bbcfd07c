"""A reader at a request's pages, for the tests of what happens after a report."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image

from evenhand.web.conversations.models import OutboxMessage
from evenhand.web.core import clock
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.private_links import private_token
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence


@dataclass
class Reader:
    """A browser of its own, with cookies."""

    client: Client = field(default_factory=Client)

    def page(self, url: str, *, status: int = 200) -> str:
        response = self.client.get(url)
        assert response.status_code == status, response.content.decode()[:1000]
        return words_of(response.content.decode())

    def status(self, url: str, **query: str) -> int:
        """The status of an answer; a file that comes with it is read to its end, which closes it."""
        answer = self.client.get(url, query)
        b"".join(answer.streaming_content if answer.streaming else [answer.content])  # type: ignore[attr-defined]
        return answer.status_code

    def form(self, url: str) -> dict[str, str]:
        """The hidden fields of a page, as a browser would send them."""
        body = self.client.get(url).content.decode()
        return dict(re.findall(r'<input type="hidden" name="(form_key)" value="([0-9a-f]+)"', body))

    def send(self, url: str, fields: dict[str, Any], *, status: int = 303) -> str:
        """Send a form and, where it leads on, open that page; returns the words of where one ends."""
        response = self.client.post(url, fields)
        assert response.status_code == status, (response.status_code, words_of(response.content.decode())[:1500])
        return self.page(response.headers["Location"]) if status == 303 else words_of(response.content.decode())


def words_of(html: str) -> str:
    """What a person reads in the main part of a page."""
    body = html.split("<main", 1)[-1].split("</main>", 1)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def public(request: ServiceRequest, action: str = "") -> str:
    return f"/requests/{request.reference}/{action}"


def private(request: ServiceRequest, action: str = "") -> str:
    return f"/requests/{request.reference}/private/{private_token(request)}/{action}"


def closed(request: ServiceRequest, *, at: datetime | None = None, reason: ClosingReason = ClosingReason.FIXED) -> ServiceRequest:
    """As the city's staff would close it."""
    evidence = Evidence.CREW_RECORD if reason is ClosingReason.FIXED else Evidence.NONE
    with transaction.atomic():
        return actions.close(request, actor=Actor.STAFF, at=at or clock.now(), reason=reason, words="Filled with asphalt.", evidence=evidence)


def picture(name: str = "hole.jpg", size: tuple[int, int] = (64, 48)) -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", size, (90, 90, 90)).save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


def mails_to(address: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(recipient=address).order_by("pk"))


def link_in(text: str, part: str) -> str:
    """The path of the first link of a mail that contains `part`."""
    found = re.search(rf"https?://[^/\s]+((?=/)\S*{part}\S*)", text)
    assert found, text
    return found.group(1)
