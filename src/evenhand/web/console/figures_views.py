"""Supervision: what waits and what slips, by team, service, area, channel or month, with its denominators, its rows, and as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from evenhand.web.console.door import city_of_person, person_of
from evenhand.web.console.queue_choices import Choices, choices_of
from evenhand.web.console.queue_forms import CHANNEL_WORDS
from evenhand.web.core import clock
from evenhand.web.insights.supervision import LEAST, By, Line, Supervision, newest_request_at, supervision
from evenhand.web.places.models import Jurisdiction
from evenhand.web.portal.wording import badge_label
from evenhand.web.service_requests.outcomes import CONDITIONS, closed_for
from evenhand.web.service_requests.workflow import ClosingReason

USUAL_DAYS: Final = 90
_BY_WORDS: Final = {
    By.TEAM: gettext_lazy("Team"),
    By.SERVICE: gettext_lazy("Service"),
    By.AREA: gettext_lazy("Area"),
    By.CHANNEL: gettext_lazy("Channel"),
    By.MONTH: gettext_lazy("Month"),
}
_KINDS: Final = {By.TEAM: "teams", By.SERVICE: "services", By.AREA: "areas"}
_YEARS: Final = range(1970, 2200)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; `last` is the last day that counts. `faults` name what was left out."""

    by: By
    first: date
    last: date
    faults: Sequence[str] = ()

    def query(self, by: By | None = None) -> str:
        return urlencode({"by": by or self.by, "from": self.first.isoformat(), "to": self.last.isoformat()})


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with its name and the way to its rows in the queue; an empty address where the queue cannot ask for them.

    `outcome_urls` lead to what came in and became this, by the codes of `outcomes.CONDITIONS`.
    """

    name: str
    line: Line
    open_url: str = ""
    overdue_url: str = ""
    disputed_url: str = ""
    received_url: str = ""
    older_url: str = ""
    unassigned_url: str = ""
    oldest_days: int | None = None
    outcome_urls: Mapping[str, str] = field(default_factory=dict)


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The page."""
    city = city_of_person(request)
    asked = _asked(request, city)
    counted = _counted(request, city, asked)
    lines = _shown(counted, asked, choices_of(city))
    total = _total(counted, asked)
    context = {
        "asked": asked,
        "by_words": _BY_WORDS[asked.by],
        "ways": [{"url": f"?{asked.query(by)}", "label": words, "is_current": by is asked.by} for by, words in _BY_WORDS.items()],
        "lines": lines,
        "total": total,
        "counted": counted,
        "reasons": [
            (badge_label(reason), counted.total.came_in.reasons.get(reason, 0), total.outcome_urls[closed_for(reason)]) for reason in ClosingReason
        ],
        "csv_url": f"{reverse('console:figures_csv')}?{asked.query()}",
        "least": LEAST,
        "zone": city.timezone,
    }
    return render(request, "console/figures.html", context)


@require_safe
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The same table for a spreadsheet: every count and every denominator, no percentage that a reader could not recompute."""
    city = city_of_person(request)
    asked = _asked(request, city)
    counted = _counted(request, city, asked)
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(_csv_names(asked.by))
    for shown in [*_shown(counted, asked, choices_of(city)), _total(counted, asked)]:
        rows.writerow([_plain(value) for value in _csv_values(shown)])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="figures-{city.slug}-{asked.by}-{asked.first}-{asked.last}.csv"'
    return response


def _counted(request: HttpRequest, city: Jurisdiction, asked: Asked) -> Supervision:
    zone = ZoneInfo(city.timezone)
    start, end = (datetime.combine(day, time.min, tzinfo=zone) for day in (asked.first, asked.last + timedelta(days=1)))
    return supervision(city, person_of(request), by=asked.by, start=start, end=end, at=clock.now())


def _asked(request: HttpRequest, city: Jurisdiction) -> Asked:
    faults: list[str] = []
    by = request.GET.get("by", By.TEAM)
    if by not in set(By):
        faults.append(_("There is no such table; shown by team."))
        by = By.TEAM
    today = clock.now().astimezone(ZoneInfo(city.timezone)).date()
    newest = newest_request_at(city, person_of(request))
    latest = (
        min(today, newest.astimezone(ZoneInfo(city.timezone)).date()) if newest is not None and newest < clock.now() - timedelta(days=30) else today
    )
    last = _day(request, "to", faults) or latest
    first = _day(request, "from", faults) or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        faults.append(_("The last day lies before the first one; both were exchanged."))
        first, last = last, first
    return Asked(By(by), first, last, faults)


def _day(request: HttpRequest, name: str, faults: list[str]) -> date | None:
    typed = request.GET.get(name, "").strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed[:20])
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        faults.append(_("“%(typed)s” is not a date. Write it like 2026-03-31.") % {"typed": typed[:20]})
        return None
    return day


def _shown(counted: Supervision, asked: Asked, choices: Choices) -> list[Shown]:
    """Lines by name; the most waiting first, as that is what one looks for. Months stand in their order."""
    shown = [_line(line, counted, asked, choices) for line in counted.lines]
    if counted.by is By.MONTH:
        return shown
    return sorted(shown, key=lambda one: (-one.line.waiting.open, -one.line.came_in.received, one.name))


def _line(line: Line, counted: Supervision, asked: Asked, choices: Choices) -> Shown:
    name, filters = _named(line.key, counted.by, choices)
    return _with_addresses(name, line, filters, counted, asked)


def _total(counted: Supervision, asked: Asked) -> Shown:
    return _with_addresses(str(_("All")), counted.total, {}, counted, asked)


def _with_addresses(name: str, line: Line, filters: dict[str, str] | None, counted: Supervision, asked: Asked) -> Shown:
    oldest = line.waiting.oldest
    days = (counted.counted_at - oldest).days if oldest is not None else None
    if filters is None:
        return Shown(name, line, oldest_days=days)
    first, last = asked.first.isoformat(), asked.last.isoformat()
    # A month at the edge of the period counts only its days inside; dates in ISO form sort as text.
    period = filters | {"from": max(first, filters.get("from", first)), "to": min(last, filters.get("to", last))}
    before_young = (counted.first_young_day - timedelta(days=1)).isoformat()

    def queue(asked_for: dict[str, str] = filters, **more: str) -> str:
        return f"{reverse('console:queue')}?{urlencode(asked_for | more)}"

    return Shown(
        name,
        line,
        open_url=queue(state="open", order="oldest"),
        overdue_url=queue(state="open", due="overdue"),
        disputed_url=queue(state="reopen_requested"),
        older_url=queue(state="open", order="oldest", to=min(filters.get("to", before_young), before_young)),
        unassigned_url=queue(state="open", assignee="nobody", order="oldest"),
        received_url=queue(period, state="any", order="newest"),
        oldest_days=days,
        outcome_urls={code: queue(period, state="any", became=code, order="newest") for code in CONDITIONS},
    )


def _named(key: Any, by: By, choices: Choices) -> tuple[str, dict[str, str] | None]:
    """A line's name, and what the queue must be asked for to show its rows."""
    if by is By.MONTH:
        month = key.date()
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        return date_format(month, "YEAR_MONTH_FORMAT"), {"from": month.isoformat(), "to": (following - timedelta(days=1)).isoformat()}
    if by is By.CHANNEL:
        return (str(CHANNEL_WORDS[key]), {"channel": key}) if key in CHANNEL_WORDS else (str(key or _("Unknown")), None)
    found = next((choice for choice in getattr(choices, _KINDS[by]) if choice.key == key), None)
    if found is not None:
        return found.label, {str(by): found.code}
    if by is By.TEAM:
        return str(_("No team")), {"team": "nobody"}
    return str(_("No area known") if by is By.AREA else _("Unknown")), None


def _csv_names(by: By) -> list[str]:
    waiting = ["open", "overdue", "open_over_30_days", "open_unassigned", "reopen_requested_now", "oldest_open_requested_at"]
    came_in = [
        "received",
        "closed",
        "ever_closed",
        "answered",
        "vetoed",
        "reopened",
        "deadlines_judged",
        "deadlines_kept",
        "dates_judged",
        "dates_kept",
    ]
    return [str(by), *waiting, *came_in, "closed_fixed_with_evidence", *(f"closed_{reason}" for reason in ClosingReason)]


def _csv_values(shown: Shown) -> Iterator[Any]:
    waiting, came_in = shown.line.waiting, shown.line.came_in
    oldest = waiting.oldest.astimezone(UTC).isoformat(timespec="seconds") if waiting.oldest else ""
    yield from (shown.name, waiting.open, waiting.overdue, waiting.older, waiting.unassigned, waiting.disputed, oldest)
    yield from (came_in.received, came_in.closed, came_in.ever_closed, came_in.answered, came_in.vetoed, came_in.reopened)
    yield from (came_in.due, came_in.due_kept, came_in.dated, came_in.dated_kept, came_in.fixed_shown)
    yield from (came_in.reasons.get(reason, 0) for reason in ClosingReason)


def _plain(value: Any) -> Any:
    """A name that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
