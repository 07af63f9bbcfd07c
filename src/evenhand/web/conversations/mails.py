"""The words of a mail, made when it is put into the outbox: what was promised is what is sent, in the recipient's language.

A kind of mail is a template in `templates/conversations/mails/`; a new kind is a new file. Its first line is the subject. Plain text only: it reads
everywhere, and nothing in it can run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from evenhand.web.conversations import links
from evenhand.web.conversations.models import Follower
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.reference_numbers import spoken

_SUBJECT_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Mail:
    """Subject (one line) and text, ready to send; `stop_url` is the link that stands in it, for the mail's headers."""

    subject: str
    text: str
    stop_url: str = ""


def write_mail(kind: str, *, language: str, request: ServiceRequest, at: datetime, follower: Follower | None, context: Mapping[str, Any]) -> Mail:
    """Fill in the template of `kind`. The private link is there for the reporter only, whatever the template says."""
    with _as_read_in(request.jurisdiction, language):
        linked = _links(request, follower)
        return replace(_filled(kind, _about(request, language, at) | linked | dict(context)), stop_url=linked.get("stop_url", ""))


def write_notice(kind: str, *, language: str, city: Jurisdiction, context: Mapping[str, Any]) -> Mail:
    """The same for a mail that is about no single request, to people who work for the city."""
    with _as_read_in(city, language):
        return _filled(kind, {"city": city.name, "console_url": links.console_url()} | dict(context))


@contextmanager
def _as_read_in(city: Jurisdiction, language: str) -> Iterator[None]:
    with translation.override(language), timezone.override(ZoneInfo(city.timezone)):
        yield


def _filled(kind: str, context: Mapping[str, Any]) -> Mail:
    template = get_template(f"conversations/mails/{kind}.txt").template  # type: ignore[attr-defined]  # the backend's own, to switch escaping off
    subject, _, text = template.render(Context(dict(context), autoescape=False)).strip().partition("\n")
    return Mail(_one_line(subject), _paragraphs(text))


def _about(request: ServiceRequest, language: str, at: datetime) -> dict[str, Any]:
    return {
        "city": request.jurisdiction.name,
        "reference": spoken(request.reference),
        "service": request.service.name_in(language),
        "place": request.address or (request.area.name if request.area else ""),
        "at": at,
        "request": request,
        "report_url": links.report_url,  # made where a template asks for them: most name one of the two
        "request_url": lambda: links.request_url(request) if request.is_public else "",
    }


def _links(request: ServiceRequest, follower: Follower | None) -> dict[str, Any]:
    if follower is None:
        return {}
    own = follower.request if follower.request_id != request.pk else request
    private = {"private_url": links.private_url(own)} if follower.is_reporter else {}
    if own is not request:
        private["own_number"] = spoken(own.reference)
    return {"follower": follower, "is_reporter": follower.is_reporter, "stop_url": links.stop_url(follower), **private}


def _one_line(subject: str) -> str:
    """A subject without line breaks, which a mail server would read as further headers."""
    words = " ".join(subject.split())
    return words if len(words) <= _SUBJECT_LENGTH else f"{words[: _SUBJECT_LENGTH - 1]}…"


def _paragraphs(text: str) -> str:
    lines = "\n".join(line.strip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
