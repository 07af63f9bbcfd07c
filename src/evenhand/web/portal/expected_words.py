"""When a request will be done, in words: what the city itself said, else a range from its own past, else why nothing can be said.

For one that is closed: how long it took. A range is told in days, never finer than its bounds deserve.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evenhand.web.insights.expected_dates import ExpectedDate, NoExpectedDate, expected_date_for
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.workflow import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A sentence before the date, the date in words (may be empty), and what it rests on."""

    lead: str
    date: str = ""
    basis: str = ""


_REASONS: Final = {
    "too_few_closings": gettext_lazy("Too few requests of this kind have been closed so far to know how long they take."),
    "too_few_this_old": gettext_lazy("It has been open longer than almost all others of its kind, so their past tells nothing about it."),
    "too_many_stay_open": gettext_lazy("Too many requests of this kind stay open for a date to be honest."),
    "ranges_did_not_hold": gettext_lazy("Dates that we would have given for this kind of request were wrong too often in the past."),
}


def expected_words(request: ServiceRequest, *, at: datetime) -> Expected | None:
    """What the page says about time; None where there is nothing to say. At most one query."""
    if not request.is_open:
        return _took(request)
    if request.expected_at is not None and request.expected_at >= at:
        return Expected(lead=_("The city says that this will be done by"), date=_day(request.expected_at))
    found = expected_date_for(request, at=at)
    if found is None:
        return None
    said = _passed(request) if request.expected_at is not None else ""
    return _range(found, at, said) if isinstance(found, ExpectedDate) else _cannot_say(found, said)


def expected_sentence(found: ExpectedDate | NoExpectedDate, *, at: datetime) -> str:
    """The same in one line, for a mail."""
    words = _range(found, at, "") if isinstance(found, ExpectedDate) else _cannot_say(found, "")
    return " ".join(part for part in (words.lead, words.date and f"{words.date}.", words.basis) if part)


def _range(found: ExpectedDate, at: datetime, said: str) -> Expected:
    earliest, latest = max(found.earliest, at), found.latest
    basis = [said, _basis(found)]
    if _day(earliest) == _day(latest):
        date = _day(latest)
    elif found.earliest <= at:
        date = _("by %(latest)s") % {"latest": _day(latest)}
    else:
        date = _("between %(earliest)s and %(latest)s") % {"earliest": _day(earliest), "latest": _day(latest)}
    return Expected(lead=_("We expect this to be closed"), date=date, basis=_sentences(*basis))


def _basis(found: ExpectedDate) -> str:
    counted = ngettext(
        "From %(count)d past request of this kind: four in five fell into such a range.",
        "From %(count)d past requests of this kind: four in five fell into such a range.",
        found.closed_count,
    ) % {"count": found.closed_count}
    return _sentences(counted, _("Half of such requests would be closed by %(date)s.") % {"date": _day(found.likely)})


def _cannot_say(found: NoExpectedDate, said: str) -> Expected:
    why = _REASONS.get(found.reason, gettext_lazy("The city’s past requests do not tell."))
    return Expected(lead=_("We can’t say yet when this will be done."), basis=_sentences(said, str(why)))


def _passed(request: ServiceRequest) -> str:
    assert request.expected_at is not None
    return _("The city had said that it would be done by %(date)s; that day has passed.") % {"date": _day(request.expected_at)}


def _took(request: ServiceRequest) -> Expected | None:
    if request.state == State.REOPEN_REQUESTED:
        return None  # whether it was done at all is in dispute
    if request.closed_at is None or request.closed_at < request.requested_at or "closed_before_opened" in request.faults:
        return None
    return Expected(lead=_("From report to closing this took"), date=duration_words(request.closed_at - request.requested_at))


def duration_words(length: timedelta) -> str:
    """A length of time by its largest unit: minutes below two hours, hours below two days, then days."""
    minutes = round(length.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute")
    if minutes < 120:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    days = round(hours / 24)
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")


def _sentences(*parts: str) -> str:
    return " ".join(part for part in parts if part)
