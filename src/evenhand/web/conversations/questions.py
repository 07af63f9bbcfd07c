"""Questions of the city to the reporter: one private link each, open until the end of a day in the city's time.

The words lie in the request's history; a row here says who asked, until when an answer counts, and which event answered. Whether a question still
waits is read from the rows, never kept twice: an answer that comes late is an answer, and one question may follow another.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet

from evenhand.web.accounts.models import Account
from evenhand.web.conversations import links
from evenhand.web.conversations.models import Follower, ReporterQuestion
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Reporter, ServiceRequest
from evenhand.web.service_requests.workflow import State

DAYS_TO_ANSWER: Final = 14
REMIND_BEFORE: Final = timedelta(days=2)
_JOINED: Final = ("request__jurisdiction", "request__service", "request__area")


class Standing(StrEnum):
    """How a question stands for whoever opens its link."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"


class Reach(StrEnum):
    """How a question gets to the reporter."""

    MAIL = "mail"
    PHONE = "phone"
    PAGE = "page"
    NOBODY = "nobody"


def end_of_day(city: Jurisdiction, *, at: datetime, days: int) -> datetime:
    """The last minute of the day that is `days` days after `at`, in the city's time: as people read it, still that day."""
    local = at.astimezone(ZoneInfo(city.timezone))
    return datetime.combine(local.date() + timedelta(days=days), time(23, 59), tzinfo=ZoneInfo(city.timezone))


def keep_question(request: ServiceRequest, *, seq: int, person: Account, at: datetime, days: int = DAYS_TO_ANSWER) -> ReporterQuestion:
    """The row of a question whose event is number `seq`, with a link of its own."""
    return ReporterQuestion.objects.create(
        request=request,
        event_seq=seq,
        link_salt=secrets.token_hex(8),
        asked_by=person,
        asked_at=at,
        expires_at=end_of_day(request.jurisdiction, at=at, days=days),
    )


def question_for(key: int, token: str) -> ReporterQuestion | None:
    """The question whose link this is; None alike for a wrong link and one that never was."""
    question = ReporterQuestion.objects.filter(pk=key).select_related(*_JOINED).first()
    return question if question is not None and links.holds_question_link(question, token) else None


def standing_of(question: ReporterQuestion, *, at: datetime) -> Standing:
    """Whether it can still be answered by its link."""
    if question.answered_at is not None:
        return Standing.ANSWERED
    return Standing.EXPIRED if question.expires_at <= at else Standing.OPEN


def note_answered(question: ReporterQuestion, *, seq: int, at: datetime) -> bool:
    """Take note of the event that answers; False where another answer was quicker. Earlier questions that still wait are answered with it."""
    waiting = ReporterQuestion.objects.filter(request=question.request_id, answered_at=None, event_seq__lte=question.event_seq)
    return bool(waiting.update(answered_at=at, answer_seq=seq))


def open_question_of(request: ServiceRequest, *, at: datetime) -> ReporterQuestion | None:
    """The latest question that the reporter may still answer."""
    return ReporterQuestion.objects.filter(request=request, answered_at=None, expires_at__gt=at).order_by("-event_seq").first()


def words_of(question: ReporterQuestion) -> str:
    """What was asked."""
    event = question.request.events.filter(seq=question.event_seq).select_related("content").first()
    content = getattr(event, "content", None)
    return str(content.body.get("words", "")) if content is not None else ""


def reach_of(request: ServiceRequest, reporter: Reporter | None) -> Reach:
    """How the reporter hears of a question: by mail unless they stopped the mails, else somebody has to call, else their own page shows it."""
    if reporter is None or reporter.erased_at is not None:
        return Reach.NOBODY
    if reporter.email and not Follower.objects.filter(request=request, is_reporter=True, stopped_at__isnull=False).exists():
        return Reach.MAIL
    return Reach.PHONE if reporter.phone else Reach.PAGE


def soon_to_expire(*, at: datetime) -> Iterator[ReporterQuestion]:
    """Open questions that end within two days, of requests that wait for the answer, and of whose end nobody was reminded."""
    soon = _waited_for().filter(expires_at__gt=at, expires_at__lte=at + REMIND_BEFORE)
    for question in soon.order_by("pk"):
        reminders = question.request.events.filter(kind="question_reminded")
        if not any(facts.get("question") == question.event_seq for facts in reminders.values_list("facts", flat=True)):
            yield question


def expired(*, at: datetime) -> list[ReporterQuestion]:
    """Questions that nobody answered in time, of requests that still wait and have no later question that may be answered."""
    later = ReporterQuestion.objects.filter(request=OuterRef("request"), answered_at=None, expires_at__gt=at)
    return list(_waited_for().filter(~Exists(later), expires_at__lte=at).order_by("pk"))


def _waited_for() -> QuerySet[ReporterQuestion]:
    return ReporterQuestion.objects.filter(answered_at=None, request__state=State.WAITING_FOR_REPORTER).select_related(*_JOINED)
