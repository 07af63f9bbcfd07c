"""The queue of a city: what waits, overdue first, filtered by anything, in pages that cost the same at any number of requests.

What waits is what is not closed for good: open requests and closings that somebody disputes. In the order of deadlines a request without one comes
after all that have one, and among those the newest first: a fresh report that no rule gave a deadline has been looked at by nobody yet, and the old
ones are a click away (`Order.OLDEST`). Closed requests have no deadline that matters: they come newest first.

A page finds the keys of its rows in an index that holds every filtered column (`queue_index.py`) and then reads those hundred rows, as plain tuples.
Closed requests have no such index; where filters are asked of them, the newest 20,000 are looked through and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from evenhand.web.accounts.models import Account
from evenhand.web.core.plain_rows import AS_TEXT, moment_of
from evenhand.web.places.distances import box_around
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.outcomes import condition
from evenhand.web.service_requests.places_index import in_box
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.queue_order import Order, Position, in_order, position_of, read_mark, within, written_mark
from evenhand.web.service_requests.text_index import is_in_more_than, matching
from evenhand.web.service_requests.workflow import State, Status

PAGE: Final = 100
MOST_COUNTED: Final = 1000
LOOKED_THROUGH: Final = 20_000
NEAR_METERS: Final = 150.0
_LAST: Final = datetime.max.replace(tzinfo=UTC)


class Show(StrEnum):
    """Which part of the requests, where no single state is asked for."""

    WAITING = "waiting"
    OPEN = "open"
    CLOSED = "closed"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFilters:
    """What to show; what is empty does not limit. `state` counts before `show`; `start` is inclusive, `end` is not; both are aware.

    `outcome` is a code of `outcomes.CONDITIONS`.
    """

    show: Show = Show.WAITING
    state: State | None = None
    service_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    is_my_teams: bool = False
    is_without_team: bool = False
    assignee_id: int | None = None
    is_without_assignee: bool = False
    area_id: int | None = None
    channel: str = ""
    priorities: tuple[int, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    is_overdue: bool = False
    due_before: datetime | None = None
    is_held: bool = False
    outcome: str = ""
    words: str = ""
    near: tuple[float, float] | None = None
    keys: tuple[int, ...] | None = None
    order: Order = Order.DUE

    @property
    def effective_order(self) -> Order:
        """Deadlines order only what waits."""
        return Order.NEWEST if self.order is Order.DUE and self.shows_closed else self.order

    @property
    def shows_closed(self) -> bool:
        return self.state is State.CLOSED or (self.state is None and self.show in {Show.CLOSED, Show.ANY})

    @property
    def finds_few(self) -> bool:
        """Whether an index of its own leads to what is asked for, so that nothing needs to be looked through."""
        return bool(self.words) or self.near is not None or self.keys is not None

    @property
    def shows_waiting(self) -> bool:
        return self.state is not State.CLOSED if self.state is not None else self.show is not Show.CLOSED


class Row(NamedTuple):
    """One line of the queue."""

    pk: int
    reference: str
    state: str
    status: str
    closing_reason: str
    evidence: str
    service_id: int
    area_id: int | None
    team_id: int | None
    assignee_id: int | None
    priority: int
    address: str
    visibility: str
    lat: float | None
    long: float | None
    place_quality: str
    photo_count: int
    supporter_count: int
    veto_count: int
    comment_count: int
    event_count: int
    requested_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Rows in order and the marks of the pages around: an empty mark is the first page, None is no page.

    `newest_only` is set where only so many of the closed requests were looked through and there are more.
    """

    rows: Sequence[Row]
    previous: str | None
    next: str | None
    newest_only: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are; `is_more` says that counting stopped there."""

    number: int
    is_more: bool


def requests_in_queue(visible: ServiceRequestQuerySet, filters: QueueFilters, *, person: Account, at: datetime) -> ServiceRequestQuerySet:
    """Of the requests that a person may see (`visible_to`), those that pass all filters, in no order yet."""
    found = _in_part(visible, filters)
    if conditions := _conditions(filters, person, at):
        found = found.filter(**conditions)
    found = found.requested_between(filters.start, filters.end)
    if filters.outcome:
        found = found.filter(condition(filters.outcome, at))
    if filters.keys is not None:
        found = found.filter(pk__in=filters.keys)
    if filters.near is not None:
        found = in_box(found, box_around(*filters.near, NEAR_METERS))
    return matching(found, filters.words, newest=LOOKED_THROUGH) if filters.words else found


def page_of_queue(
    found: ServiceRequestQuerySet, filters: QueueFilters, *, city: Jurisdiction, after: str = "", before: str = "", size: int = PAGE
) -> QueuePage:
    """The page that begins behind the mark `after`, or that ends in front of `before`; a mark that is none counts as empty. One to three queries."""
    order = filters.effective_order
    if (position := read_mark(before)) is not None:
        rows, newest_only = _rows(found, filters, city, position, size + 1, is_backward=True)
        if len(rows) > size:
            return _page(rows[1:], order, has_previous=True, has_next=True)
        # Fewer than a page are in front: the first page, whole, rather than a short one.
    position = None if before else read_mark(after)
    rows, newest_only = _rows(found, filters, city, position, size + 1)
    return replace(_page(rows[:size], order, has_previous=position is not None, has_next=len(rows) > size), newest_only=newest_only)


def are_words_too_common(filters: QueueFilters) -> bool:
    """Whether the words are in so many requests that only the newest of these were looked through. One query where words were typed."""
    return bool(filters.words) and is_in_more_than(filters.words, LOOKED_THROUGH)


def counted_all(found: Sequence[QuerySet[Any]], *, at_most: int = MOST_COUNTED) -> list[Counted]:
    """How many each of them holds, counted no further than `at_most`; one query for all."""
    parts: list[str] = []
    values: list[Any] = []
    for each in found:
        try:
            sql, params = each.order_by().values("pk")[: at_most + 1].query.sql_with_params()
        except EmptyResultSet:
            sql, params = "SELECT 1 WHERE 1 = 0", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        values += params
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [Counted(min(number, at_most), number > at_most) for number in cursor.fetchone()]


def within_reach(found: ServiceRequestQuerySet, filters: QueueFilters, city: Jurisdiction) -> tuple[ServiceRequestQuerySet, int | None]:
    """Of closed requests only the newest 20,000 of the city, for counts and maps; and that number, where there are more. At most one query."""
    if not filters.shows_closed or filters.finds_few:
        return found, None
    end = _end_of_reach(in_order(_past(city, filters), Order.NEWEST, None))
    return (found, None) if end is None else (found.filter(~Q(state=State.CLOSED) | Q(requested_at__gte=end)), LOOKED_THROUGH)


def _in_part(visible: ServiceRequestQuerySet, filters: QueueFilters) -> ServiceRequestQuerySet:
    if filters.state is not None:
        return visible.filter(state=filters.state) if filters.state is State.CLOSED else _waiting(visible).filter(state=filters.state)
    if filters.show is Show.WAITING:
        return _waiting(visible)
    if filters.show is Show.OPEN:
        return _waiting(visible).filter(status=Status.OPEN)
    return visible.filter(state=State.CLOSED) if filters.show is Show.CLOSED else visible


def _waiting(requests: ServiceRequestQuerySet) -> ServiceRequestQuerySet:
    """In the words of the index (`queue_index.WAITING`)."""
    return requests.filter(~Q(state=State.CLOSED))


def _conditions(filters: QueueFilters, person: Account, at: datetime) -> dict[str, Any]:
    """The simple filters, as conditions that all must hold."""
    asked: dict[str, Any] = {
        "service__in": filters.service_ids,
        "team__in": filters.team_ids,
        "assignee": filters.assignee_id,
        "area": filters.area_id,
        "channel": filters.channel,
        "priority__in": filters.priorities,
    }
    conditions = {name: value for name, value in asked.items() if value not in ((), None, "")}
    if filters.is_my_teams:
        conditions["team__in"] = person.teams.through.objects.filter(account_id=person.pk).values("team_id")
    conditions |= {"team": None} if filters.is_without_team else {}
    conditions |= {"assignee": None} if filters.is_without_assignee else {}
    conditions |= {"visibility": "held"} if filters.is_held else {}
    due_before = at if filters.is_overdue else filters.due_before
    return conditions | ({"status": Status.OPEN, "due_at__lt": due_before} if due_before else {})


def _rows(
    found: ServiceRequestQuerySet, filters: QueueFilters, city: Jurisdiction, position: Position | None, most: int, *, is_backward: bool = False
) -> tuple[list[Row], int | None]:
    """At most `most` rows from a position on, in the order of the page; backward: those just in front of it.

    What waits and what is closed lie in two indexes: where both are asked for, they are merged here.
    """
    order = filters.effective_order
    rows: list[Row] = []
    newest_only = None
    if filters.shows_waiting:
        waiting = _waiting(found) if filters.show is Show.ANY else found
        rows += _read(in_order(waiting, order, position, is_backward=is_backward), order, most)
    if filters.shows_closed:
        closed = in_order(found.filter(state=State.CLOSED), order, position, is_backward=is_backward)
        end = _end_of_reach(in_order(_past(city, filters), order, position, is_backward=is_backward)) if _could_look_far(filters) else None
        if end is not None:
            closed = within(closed, order, end, is_backward=is_backward)
        read = _read(closed, order, most)
        newest_only = LOOKED_THROUGH if end is not None and len(read) < most else None
        rows += read
    rows.sort(key=_SORT[order])
    return rows[-most:] if is_backward else rows[:most], newest_only


def _could_look_far(filters: QueueFilters) -> bool:
    """Whether filters could look through all of a city's past for a page: nothing but a part and a period stands in the index of closed requests."""
    bare = QueueFilters(show=filters.show, state=filters.state, start=filters.start, end=filters.end, order=filters.order)
    return filters != bare and not filters.finds_few


def _past(city: Jurisdiction, filters: QueueFilters) -> ServiceRequestQuerySet:
    return ServiceRequest.objects.of(city).filter(state=State.CLOSED).requested_between(filters.start, filters.end)


def _end_of_reach(past: ServiceRequestQuerySet) -> datetime | None:
    """When the last of the next 20,000 of a city's past was reported; None where there are no more than these."""
    beyond = list(past.values_list("requested_at", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH + 1])
    return beyond[0] if len(beyond) > 1 else None


def _read(found: ServiceRequestQuerySet, order: Order, most: int) -> list[Row]:
    """The rows of the first keys, read past the query builder. The keys come out of the index alone; only theirs are looked up in the table."""
    try:
        keys, values = found.values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS[connection.vendor]} FROM requests_request WHERE id {_AMONG[connection.vendor].format(keys)}", values)
        rows = [Row._make((*read[:-2], moment_of(read[-2]), moment_of(read[-1]))) for read in cursor.fetchall()]
    return sorted(rows, key=_SORT[order])


_NAMES: Final = ("id", *Row._fields[1:])
_COLUMNS: Final = {vendor: ", ".join([*_NAMES[:-2], *(as_text.format(name) for name in _NAMES[-2:])]) for vendor, as_text in AS_TEXT.items()}
# PostgreSQL would join the keys, in a small city by reading all of it; an array of them is made first and looked up.
_AMONG: Final = {"postgresql": "= ANY(ARRAY({}))", "sqlite": "IN ({})"}
_SORT: Final[dict[Order, Callable[[Row], Any]]] = {
    Order.DUE: lambda row: (row.due_at or _LAST, -row.requested_at.timestamp(), -row.pk),
    Order.NEWEST: lambda row: (-row.requested_at.timestamp(), -row.pk),
    Order.OLDEST: lambda row: (row.requested_at.timestamp(), row.pk),
}


def _page(rows: Sequence[Row], order: Order, *, has_previous: bool, has_next: bool) -> QueuePage:
    if not rows:
        return QueuePage((), "" if has_previous else None, None)
    first, last = (written_mark(position_of(row.due_at, row.requested_at, row.pk, order)) for row in (rows[0], rows[-1]))
    return QueuePage(rows, first if has_previous else None, last if has_next else None)
