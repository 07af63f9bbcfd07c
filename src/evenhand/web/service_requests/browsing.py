"""What a reader asks to see: filters to querysets, and pages that cost the same at any number of requests.

A page is found by the last request of the page before (its moment and key), never by counting rows off; the count stops at a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Q

from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.text_index import matching
from evenhand.web.service_requests.workflow import OPEN_STATES, State, Status

PAGE: Final = 25
MOST_COUNTED: Final = 1000
STATE_CHOICES: Final = (*(str(status) for status in Status), *(str(state) for state in State if state in OPEN_STATES), str(State.REOPEN_REQUESTED))
"""What can be asked for: open or closed as a whole, each open state of the city, and what somebody says is not fixed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"(\d{1,17})-(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What to show; what is empty does not limit. `start` is inclusive, `end` is not; both are aware."""

    service_ids: tuple[int, ...] = ()
    state: str = ""
    area_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Requests from the newest on, and the marks of the pages around; an empty mark is the first page, None is no page."""

    requests: Sequence[ServiceRequest]
    newer: str | None
    older: str | None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are; `is_more` says that counting stopped there."""

    number: int
    is_more: bool


def matching_requests(city: Jurisdiction, filters: Filters) -> ServiceRequestQuerySet:
    """A city's public requests that pass all filters, in no order yet."""
    found = ServiceRequest.objects.of(city).public()
    if filters.service_ids:
        found = found.filter(service__in=filters.service_ids)
    if filters.state in set(Status):
        found = found.filter(status=filters.state)
    elif filters.state:
        found = found.in_state(State(filters.state))
    if filters.area_id is not None:
        found = found.filter(area=filters.area_id)
    found = found.requested_between(filters.start, filters.end)
    return matching(found, filters.words) if filters.words else found


def page_of(requests: ServiceRequestQuerySet, *, before: str = "", after: str = "", size: int = PAGE) -> Page:
    """The page that begins behind the mark `before`, or that ends in front of the mark `after`; a mark that is none counts as empty."""
    if (mark := _read(after)) is not None:
        moment, key = mark
        newer = requests.filter(Q(requested_at__gt=moment) | Q(pk__gt=key), requested_at__gte=moment)
        rows = list(newer.order_by("requested_at", "pk")[: size + 1])
        if len(rows) > size:
            shown = rows[size - 1 :: -1]
            return Page(shown, newer=_mark(shown[0]), older=_mark(shown[-1]))
        # Fewer than a page are newer: the first page, whole, rather than a short one.
    mark = _read(before)
    behind = requests
    if mark is not None:
        behind = requests.filter(Q(requested_at__lt=mark[0]) | Q(pk__lt=mark[1]), requested_at__lte=mark[0])
    rows = list(behind.newest_first()[: size + 1])
    shown = rows[:size]
    newer_mark = None if mark is None else _mark(shown[0]) if shown else ""
    return Page(shown, newer=newer_mark, older=_mark(shown[-1]) if len(rows) > size else None)


def counted(requests: ServiceRequestQuerySet, *, at_most: int = MOST_COUNTED) -> Counted:
    """The number of requests, counted no further than `at_most`."""
    number = requests.order_by()[: at_most + 1].count()
    return Counted(min(number, at_most), number > at_most)


def _mark(request: ServiceRequest) -> str:
    return f"{(request.requested_at - _EPOCH) // timedelta(microseconds=1)}-{request.pk}"


def _read(mark: str) -> tuple[datetime, int] | None:
    found = _MARK.fullmatch(mark)
    if found is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(found[1])), int(found[2])
    except OverflowError:
        return None
