"""What became of a request, as conditions: a figure of supervision and the rows to which it leads are counted by the same words.

A promise can be judged once its moment has passed or the request is closed. Reports that were taken back, repeat another one, or in which there was
nothing to do promise nothing. Parting a report from the one that it repeated opens it, and is no reopening.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from evenhand.web.service_requests.models import Event
from evenhand.web.service_requests.workflow import ClosingReason, Evidence, Move, Status

FIRST_CONTACT: Final = timedelta(hours=1)
NO_PROMISE: Final = (ClosingReason.WITHDRAWN, ClosingReason.DUPLICATE, ClosingReason.INVALID)
PROVEN: Final = (Evidence.PHOTO, Evidence.CREW_RECORD, Evidence.METER)


class Outcome(StrEnum):
    """What can be asked of a request's course so far; closings by their reason beside these (`closed_for`)."""

    CLOSED = "closed"
    EVER_CLOSED = "ever_closed"
    ANSWERED = "answered"
    VETOED = "vetoed"
    REOPENED = "reopened"
    DEADLINE_JUDGED = "deadline_judged"
    DEADLINE_KEPT = "deadline_kept"
    DEADLINE_MISSED = "deadline_missed"
    DATE_JUDGED = "date_judged"
    DATE_KEPT = "date_kept"
    DATE_MISSED = "date_missed"
    PROVEN = "fixed_proven"
    FIRST_CONTACT = "first_contact"


def closed_for(reason: ClosingReason) -> str:
    """The code that asks for what is closed for this reason."""
    return f"closed_{reason}"


def condition(code: str, at: datetime) -> Q:
    """Which requests a code means, as of a moment. Raises KeyError for a code that is none."""
    return CONDITIONS[code](at)


def _is_closed() -> Q:
    return Q(status=Status.CLOSED)


def _judged(promise: str, at: datetime) -> Q:
    return ~Q(closing_reason__in=NO_PROMISE) & Q(**{f"{promise}__isnull": False}) & (Q(**{f"{promise}__lt": at}) | Q(closed_at__isnull=False))


def _kept(promise: str) -> Q:
    return ~Q(closing_reason__in=NO_PROMISE) & Q(closed_at__lte=F(promise))


def _missed(promise: str, at: datetime) -> Q:
    """Judged, and not closed by then: written out, as "not" of a comparison with nothing is neither true nor false."""
    return _judged(promise, at) & (Q(closed_at__isnull=True) | Q(closed_at__gt=F(promise)))


def _reopenings() -> QuerySet[Event]:
    return Event.objects.filter(kind=Move.REOPEN, request=OuterRef("pk"))


def _was_parted() -> Exists:
    """In front of a reopening: the report was parted from the one that it repeated."""
    return Exists(Event.objects.filter(request=OuterRef("request"), kind="duplicate_unlinked", seq=OuterRef("seq") - 1))


def _ever_closed() -> Q:
    return _is_closed() | Q(veto_count__gt=0) | Q(Exists(_reopenings()))


def _is_closed_for(reason: ClosingReason) -> Callable[[datetime], Q]:
    return lambda _at: _is_closed() & Q(closing_reason=reason)


CONDITIONS: Final[Mapping[str, Callable[[datetime], Q]]] = {
    Outcome.CLOSED: lambda _at: _is_closed(),
    Outcome.EVER_CLOSED: lambda _at: _ever_closed(),
    Outcome.ANSWERED: lambda _at: Q(answered_at__isnull=False),
    Outcome.VETOED: lambda _at: Q(veto_count__gt=0),
    Outcome.REOPENED: lambda _at: Q(Exists(_reopenings().filter(~_was_parted()))),
    Outcome.DEADLINE_JUDGED: lambda at: _judged("due_at", at),
    Outcome.DEADLINE_KEPT: lambda _at: _kept("due_at"),
    Outcome.DEADLINE_MISSED: lambda at: _missed("due_at", at),
    Outcome.DATE_JUDGED: lambda at: _judged("expected_at", at),
    Outcome.DATE_KEPT: lambda _at: _kept("expected_at"),
    Outcome.DATE_MISSED: lambda at: _missed("expected_at", at),
    Outcome.PROVEN: lambda _at: _is_closed() & Q(closing_reason=ClosingReason.FIXED, evidence__in=PROVEN),
    Outcome.FIRST_CONTACT: lambda _at: Q(channel="phone", closed_at__lte=F("requested_at") + FIRST_CONTACT),
    **{closed_for(reason): _is_closed_for(reason) for reason in ClosingReason},
}
