"""A span of time as whole calendar months of a city and the odd days at its ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

Moments = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class MonthSpan:
    """`months` are whole ones as YYYYMM (None: all time); `odd_days` are what is left, as pairs of aware moments (from, until)."""

    months: tuple[int, ...] | None
    odd_days: tuple[Moments, ...]


def split_by_month(start: datetime | None, end: datetime | None, zone: ZoneInfo, *, first: int | None, last: int | None) -> MonthSpan:
    """The months of `[start, end)` in a zone. `first` and `last` (YYYYMM) are the months that have requests: what lies beyond them is nothing."""
    if first is None or last is None:
        return MonthSpan((), ())
    begins, ends = _month_start(first, zone), _month_start(_next(last), zone)
    start = begins if start is None else max(start.astimezone(zone), begins)
    end = ends if end is None else min(end.astimezone(zone), ends)
    months, odd = [], []
    for month in _months_from(start, end):
        opening, closing = _month_start(month, zone), _month_start(_next(month), zone)
        if start <= opening and closing <= end:
            months.append(month)
        else:
            odd.append((max(start, opening), min(end, closing)))
    return MonthSpan(tuple(months), tuple(odd))


def _months_from(start: datetime, end: datetime) -> Iterator[int]:
    month = start.year * 100 + start.month
    zone = start.tzinfo
    assert isinstance(zone, ZoneInfo)
    while _month_start(month, zone) < end and start < end:
        yield month
        month = _next(month)


def _next(month: int) -> int:
    return month + 1 if month % 100 < 12 else month + 89


def _month_start(month: int, zone: ZoneInfo) -> datetime:
    return datetime(month // 100, month % 100, 1, tzinfo=zone)
