"""What supervisors must see slip: the work that waits now, and what became of the requests that came in during a period.

Two kinds of counts that are never mixed. *Now*: all that is open at this moment, however old. *Of what came in*: the requests received in the period,
and what has become of them so far; the youngest of them have had little time, which the page says. Every share is a part of a whole that stands
beside it; a whole of fewer than `LEAST` is shown as its counts alone, without a percentage. Only what the person may see is counted, apart from
calls that an answer was enough for: they are no requests, belong to no team, and are counted for the whole city.

Promises: a request with a deadline counts once it is closed or the deadline has passed; kept means closed by then. Reports that the reporter took
back, that repeat another one, or in which there was nothing to do, promise nothing and are left out. Vetoes are a part of the requests that were ever
closed: closed now, said to be not fixed, or opened again. First contact: an information request, or a
request taken by phone that was closed within the hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, Q
from django.db.models.functions import TruncMonth

from evenhand.web.accounts.models import Account
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import InformationRequest, ServiceRequest
from evenhand.web.service_requests.outcomes import Outcome, closed_for, condition
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.workflow import ClosingReason, State, Status

LEAST: Final = 10
OLD: Final = timedelta(days=30)


class By(StrEnum):
    """What the rows of a table are."""

    TEAM = "team"
    SERVICE = "service"
    AREA = "area"
    CHANNEL = "channel"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`; the percentage only where the whole is large enough to mean something."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return 100.0 * self.part / self.whole if self.whole >= LEAST else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What is open now."""

    open: int = 0
    overdue: int = 0
    older: int = 0
    unassigned: int = 0
    disputed: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """What came in during the period, and what has become of it. `fixed_shown` are closings as fixed with evidence, of `reasons["fixed"]` in all."""

    received: int = 0
    closed: int = 0
    ever_closed: int = 0
    answered: int = 0
    vetoed: int = 0
    reopened: int = 0
    due: int = 0
    due_kept: int = 0
    dated: int = 0
    dated_kept: int = 0
    fixed_shown: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    @property
    def promises(self) -> Share:
        """Deadlines kept."""
        return Share(self.due_kept, self.due)

    @property
    def dates(self) -> Share:
        """Dates that the city itself gave, kept."""
        return Share(self.dated_kept, self.dated)

    @property
    def vetoes(self) -> Share:
        """Requests whose closing somebody said is not fixed, of all that were ever closed: also of those that are open again."""
        return Share(self.vetoed, self.ever_closed)

    @property
    def reopenings(self) -> Share:
        """Requests that were opened again, of those that came in; a report that was parted from the one it repeated is none of them."""
        return Share(self.reopened, self.received)

    @property
    def proven(self) -> Share:
        """Closings as fixed that show something."""
        return Share(self.fixed_shown, self.reasons.get(ClosingReason.FIXED, 0))


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: `key` is a team's, service's or area's key, a channel's code or a month's first day; None where there is none."""

    key: Any
    waiting: Waiting
    came_in: CameIn


@dataclass(frozen=True, slots=True)
class Supervision:
    """The figures of a city for one person: a line for each key, and all of them together."""

    by: By
    start: datetime
    end: datetime
    counted_at: datetime
    lines: Sequence[Line]
    total: Line
    first_contact: Share
    information_requests: int
    first_young_day: date


def supervision(city: Jurisdiction, person: Account, *, by: By, start: datetime, end: datetime, at: datetime) -> Supervision:
    """Count. `[start, end)` is the period of what came in; six queries, each over what the person may see."""
    seen = ServiceRequest.objects.visible_to(person, city)
    cohort = seen.requested_between(start, end)
    waiting, came_in = _waiting(seen, by, city, at), _came_in(cohort, by, city, at)
    keys = sorted({*waiting, *came_in}, key=lambda key: (key is None, str(key)))
    lines = [Line(key, waiting.get(key, Waiting()), came_in.get(key, CameIn())) for key in keys]
    information = InformationRequest.objects.filter(jurisdiction=city, at__gte=start, at__lt=end).count()
    return Supervision(
        by=by,
        start=start,
        end=end,
        counted_at=at,
        lines=lines,
        total=Line(None, _waiting(seen, None, city, at).get(None, Waiting()), _came_in(cohort, None, city, at).get(None, CameIn())),
        first_contact=_first_contact(cohort, information, at),
        information_requests=information,
        first_young_day=first_young_day(city, at),
    )


def first_young_day(city: Jurisdiction, at: datetime) -> date:
    """The city's day thirty days ago: what came in before it is old. A whole day, so that the queue can be asked for the same rows."""
    return (at.astimezone(ZoneInfo(city.timezone)) - OLD).date()


def newest_request_at(city: Jurisdiction, person: Account) -> datetime | None:
    """When the newest request that this person may see came in: a city that shows a finished year is told about as of its end."""
    return ServiceRequest.objects.visible_to(person, city).newest_first().values_list("requested_at", flat=True).first()


def _waiting(seen: ServiceRequestQuerySet, by: By | None, city: Jurisdiction, at: datetime) -> dict[Any, Waiting]:
    is_open = Q(status=Status.OPEN)
    waiting = seen.filter(is_open | Q(state=State.REOPEN_REQUESTED))
    counts = {
        "open": Count("pk", filter=is_open),
        "overdue": Count("pk", filter=is_open & Q(due_at__lt=at)),
        "older": Count("pk", filter=is_open & Q(requested_at__lt=datetime.combine(first_young_day(city, at), time.min, ZoneInfo(city.timezone)))),
        "unassigned": Count("pk", filter=is_open & Q(assignee=None)),
        "disputed": Count("pk", filter=Q(state=State.REOPEN_REQUESTED)),
        "oldest": Min("requested_at", filter=is_open),
    }
    return {key: Waiting(**row) for key, row in _grouped(waiting, by, city, counts)}


def _came_in(cohort: ServiceRequestQuerySet, by: By | None, city: Jurisdiction, at: datetime) -> dict[Any, CameIn]:
    counts = {"received": Count("pk"), **{name: Count("pk", filter=condition(code, at)) for name, code in _COUNTED.items()}}
    found = {}
    for key, row in _grouped(cohort, by, city, counts):
        reasons = {str(reason): row.pop(closed_for(reason)) for reason in ClosingReason}
        found[key] = CameIn(**row, reasons=reasons)
    return found


_COUNTED: Final = {
    "closed": Outcome.CLOSED,
    "ever_closed": Outcome.EVER_CLOSED,
    "answered": Outcome.ANSWERED,
    "vetoed": Outcome.VETOED,
    "reopened": Outcome.REOPENED,
    "due": Outcome.DEADLINE_JUDGED,
    "due_kept": Outcome.DEADLINE_KEPT,
    "dated": Outcome.DATE_JUDGED,
    "dated_kept": Outcome.DATE_KEPT,
    "fixed_shown": Outcome.PROVEN,
    **{closed_for(reason): closed_for(reason) for reason in ClosingReason},
}


def _first_contact(cohort: ServiceRequestQuerySet, information: int, at: datetime) -> Share:
    by_phone = cohort.filter(channel="phone")
    found = by_phone.aggregate(all=Count("pk"), at_once=Count("pk", filter=condition(Outcome.FIRST_CONTACT, at)))
    return Share(found["at_once"] + information, found["all"] + information)


def _grouped(requests: ServiceRequestQuerySet, by: By | None, city: Jurisdiction, counts: Mapping[str, Any]) -> list[tuple[Any, dict[str, Any]]]:
    if by is None:
        return [(None, requests.order_by().aggregate(**counts))]
    expression = {
        By.TEAM: F("team_id"),
        By.SERVICE: F("service_id"),
        By.AREA: F("area_id"),
        By.CHANNEL: F("channel"),
        By.MONTH: TruncMonth("requested_at", tzinfo=ZoneInfo(city.timezone)),
    }[by]
    names = tuple(counts)
    rows = requests.order_by().annotate(key=expression).values("key").annotate(**counts).values_list("key", *names)
    return [(key, dict(zip(names, values, strict=True))) for key, *values in rows]
