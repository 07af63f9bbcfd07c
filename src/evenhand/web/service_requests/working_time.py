"""Working time: a deadline of N hours counts only hours in which the city works.

The week is given in the city's local time, several spans a day; a span is open at its start and closed at its end. What is counted is time that
really passes: a span over a change of clocks lasts 23 or 25 hours if it is a whole day. A local time that a change of clocks leaves out is the moment
of the change; one that comes twice is the first of the two. Holidays are days without working time. A city without hours works around the clock.
A deadline that falls on a closing time stays there: 16:30 today, not 8:00 tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from evenhand.vocabulary.errors import EvenhandError

Span = tuple[int, int]
"""Minutes of the local day at which work begins and ends; 1440 is midnight at its end."""

DAY_MINUTES: Final = 24 * 60
FEWEST_MINUTES_A_WEEK: Final = 60
MOST_HOURS: Final = 2000
"""Of a deadline: with the fewest working minutes it lies 40 years ahead, and is still found within a few hundredths of a second."""

AROUND_THE_CLOCK: Final[tuple[tuple[Span, ...], ...]] = (((0, DAY_MINUTES),),) * 7
_CLOCK: Final = re.compile(r"([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
_MOST_DAYS_KEPT: Final = 1000
_DAY: Final = timedelta(days=1)
_NONE: Final = timedelta(0)


class WorkingTimeInvalid(EvenhandError):
    """Working hours that cannot be used; every fault is named."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """When a city works. `week` begins on Monday."""

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...] = AROUND_THE_CLOCK
    holidays: frozenset[date] = frozenset()
    _days: dict[date, tuple[tuple[datetime, datetime], ...]] = field(default_factory=dict, compare=False, repr=False)

    def deadline(self, at: datetime, hours: float) -> datetime:
        """The moment (UTC) at which `hours` of working time after `at` (aware) have passed."""
        left, moment = timedelta(hours=hours), at.astimezone(UTC)
        if self.week is AROUND_THE_CLOCK and not self.holidays:
            return moment + left
        for opens, closes in self._spans_from(moment):
            begins = max(opens, moment)
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        raise AssertionError("working days never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies in `[start, end)`."""
        first, last, passed = start.astimezone(UTC), end.astimezone(UTC), _NONE
        for opens, closes in self._spans_from(first):
            if opens >= last:
                break
            passed += min(closes, last) - max(opens, first)
        return max(passed, _NONE)

    def is_working(self, at: datetime) -> bool:
        """Whether the city works at a moment."""
        return self.deadline(at, 0) == at.astimezone(UTC)

    def _spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Spans in UTC that end after `moment`, without end."""
        day = moment.astimezone(self.zone).date() - _DAY  # yesterday: a zone may put its midnight back
        while True:
            for span in self._spans_of(day):
                if span[1] > moment:
                    yield span
            day += _DAY

    def _spans_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        spans = self._days.get(day)
        if spans is None:
            spans = tuple(self._in_utc(day, span) for span in self.week[day.weekday()]) if day not in self.holidays else ()
            if len(self._days) >= _MOST_DAYS_KEPT:
                self._days.clear()
            self._days[day] = spans
        return spans

    def _in_utc(self, day: date, span: Span) -> tuple[datetime, datetime]:
        return _moment(day, span[0], self.zone), _moment(day, span[1], self.zone)


def working_time(working_hours: Mapping[str, Any], holidays: Iterable[date], timezone: str) -> WorkingTime:
    """From a routing version's JSON, `{"1": [["08:00", "16:30"]], …}` by ISO weekday; `{}` is around the clock.

    Raises WorkingTimeInvalid with every fault.
    """
    if not working_hours:
        return WorkingTime(ZoneInfo(timezone), AROUND_THE_CLOCK, frozenset(holidays))
    faults = [f"{key!r} is no day of the week: 1 (Monday) to 7 (Sunday) are" for key in working_hours if str(key) not in {*"1234567"}]
    week = []
    for number in range(1, 8):
        spans, wrong = _spans(working_hours.get(str(number), []))
        week.append(spans)
        faults += [f"day {number}: {words}" for words in wrong]
    if not faults and sum(end - start for spans in week for start, end in spans) < FEWEST_MINUTES_A_WEEK:
        faults.append("a week has less than one hour of working time; give hours, or none at all for around the clock")
    if faults:
        raise WorkingTimeInvalid("working_time_invalid", "The working hours cannot be used:\n" + "\n".join(f"- {f}" for f in faults), faults=faults)
    return WorkingTime(ZoneInfo(timezone), tuple(week), frozenset(holidays))


def clock_words(minutes: int) -> str:
    """08:05 for 485; 24:00 for the end of a day."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _spans(given: Any) -> tuple[tuple[Span, ...], list[str]]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return (), ['expected a list of spans like [["08:00", "16:30"]]']
    pairs, faults = [], []
    for span in given:
        pair = _span(span)
        if pair is None:
            faults.append(f'expected a start and a later end like ["08:00", "16:30"], got {span!r}')
        else:
            pairs.append(pair)
    pairs.sort()
    faults += [f"{clock_words(b[0])} begins before {clock_words(a[1])} ends" for a, b in pairwise(pairs) if b[0] < a[1]]
    return tuple(pairs), faults


def _span(given: Any) -> Span | None:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
        return None
    start, end = _minutes(given[0]), _minutes(given[1])
    return (start, end) if start is not None and end is not None and start < end <= DAY_MINUTES else None


def _minutes(text: Any) -> int | None:
    found = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    return int(found[1]) * 60 + int(found[2]) if found else None


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    local = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None) else _change_of_clocks_before(moment, local, zone)


def _change_of_clocks_before(after: datetime, left_out: datetime, zone: ZoneInfo) -> datetime:
    """The change of clocks that left a local time out; `after` lies behind it."""
    before = left_out.replace(fold=1).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
