"""The orders of the queue, and how a page is found in them: by the last request of the page before, never by counting rows off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import DateTimeField, F, Func, Q

from evenhand.web.service_requests.querysets import ServiceRequestQuerySet
from evenhand.web.service_requests.queue_index import END_OF_TIME

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"(\d{1,17}|x)?_(\d{1,17})_(\d{1,18})")


class Order(StrEnum):
    """DUE: by deadline, those without one at the end, newest first. The others: by the moment of the report."""

    DUE = "due"
    NEWEST = "newest"
    OLDEST = "oldest"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a row stands. `due_at` None with `is_by_deadline`: at the end of time."""

    due_at: datetime | None
    requested_at: datetime
    pk: int
    is_by_deadline: bool


class EndOfTime(Func):
    """What stands for no deadline, in each database's own words."""

    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template=END_OF_TIME["sqlite"], **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template=END_OF_TIME["postgresql"], **more)


class Deadline(Func):
    """The deadline, or the end of time: as `queue_index.deadline_expression` has it."""

    function = "coalesce"
    output_field = DateTimeField()

    def __init__(self, *expressions: Any) -> None:
        super().__init__(*(expressions or (F("due_at"), EndOfTime())))


_KEYS: Final[dict[Order, Sequence[tuple[str, bool]]]] = {
    Order.DUE: (("deadline", False), ("requested_at", True), ("pk", True)),
    Order.NEWEST: (("requested_at", True), ("pk", True)),
    Order.OLDEST: (("requested_at", False), ("pk", False)),
}
"""Of each order, what counts first, second and last, and whether it descends."""


def in_order(requests: ServiceRequestQuerySet, order: Order, position: Position | None, *, is_backward: bool = False) -> ServiceRequestQuerySet:
    """Requests in an order, from behind a position on; backward: from in front of it on, towards the beginning."""
    if order is Order.DUE:
        requests = requests.annotate(deadline=Deadline())
    keys = [(name, descends is not is_backward) for name, descends in _KEYS[order]]
    if position is not None and position.is_by_deadline is (order is Order.DUE):
        requests = requests.filter(_behind(keys, position))
    return requests.order_by(*(("-" if descends else "") + name for name, descends in keys))


def within(requests: ServiceRequestQuerySet, order: Order, moment: datetime, *, is_backward: bool) -> ServiceRequestQuerySet:
    """Requests of an order by time that are met, walking from its beginning (backward: from its end), no later than one of that moment."""
    return requests.filter(requested_at__gte=moment) if (order is Order.NEWEST) is not is_backward else requests.filter(requested_at__lte=moment)


def position_of(due_at: datetime | None, requested_at: datetime, pk: int, order: Order) -> Position:
    return Position(due_at if order is Order.DUE else None, requested_at, pk, order is Order.DUE)


def written_mark(position: Position) -> str:
    """A position as it stands in an address."""
    due = "" if not position.is_by_deadline else "x" if position.due_at is None else str(_micros(position.due_at))
    return f"{due}_{_micros(position.requested_at)}_{position.pk}"


def read_mark(mark: str) -> Position | None:
    """The position that an address names; None for what names none."""
    found = _MARK.fullmatch(mark)
    if found is None:
        return None
    try:
        due = _moment(found[1]) if found[1] not in {None, "x"} else None
        return Position(due, _moment(found[2]), int(found[3]), found[1] is not None)
    except OverflowError:
        return None


def _behind(keys: Sequence[tuple[str, bool]], position: Position) -> Q:
    """Strictly behind: the first key decides, and where it is equal the next. Its bound stands apart too, so that an index can begin there."""
    end = {"deadline": position.due_at or EndOfTime(), "requested_at": position.requested_at, "pk": position.pk}
    (name, descends), *others = keys
    beyond = Q(**{f"{name}__{'lt' if descends else 'gt'}": end[name]})
    if not others:
        return beyond
    return Q(**{f"{name}__{'lte' if descends else 'gte'}": end[name]}) & (beyond | _behind(others, position))


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(micros))
