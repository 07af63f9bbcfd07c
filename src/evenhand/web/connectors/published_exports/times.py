"""Published local times, read into UTC.

Modelling choices. A time without an offset is local time of the city. Times are read by hand, not by strptime, and the offset of a day without a
clock change is computed once: a year of exports has 365 days and a million times. In the hour that autumn repeats, the first passage is taken; a
time in the hour that spring skips is read with the offset before the change. Both are flagged. Dates with slashes are month first, as all these
publishers write them; a two-digit year is of this century.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

SLASHED_DAY: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})")
TIME_OF_DAY: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([AaPp])[Mm])?")
MOST_REMEMBERED: Final = 100_000  # a day has 86,400 seconds, a century 36,525 days
Remembered = TypeVar("Remembered")
FIRST_YEAR: Final = 1800
LAST_YEAR: Final = 2199
DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)


class Instant(NamedTuple):
    """A published time: `at` in UTC, whether only a day was published (`at` is then that day's midnight), and a fault code or None."""

    at: datetime
    is_day_only: bool
    fault: str | None


class CityClock:
    """Reads the times of one city."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._days: dict[str, tuple[datetime, datetime | None]] = {}
        self._times: dict[str, timedelta] = {}

    def read(self, text: str) -> Instant:
        """Read a stripped, non-empty text; raises ValueError where it is no time, or stands for none (31 December 9999)."""
        day, _, time_of_day = text.partition(" ")
        if "/" not in day:
            return self._read_iso(text)
        midnight, midnight_utc = self._days.get(day) or self._learn_day(day)
        if not time_of_day:
            return self._from_local(midnight, is_day_only=True)
        since_midnight = self._times.get(time_of_day)
        if since_midnight is None:
            since_midnight = self._learn_time(time_of_day)
        if midnight_utc is not None:
            return Instant(midnight_utc + since_midnight, False, None)
        return self._from_local(midnight + since_midnight, is_day_only=False)

    def _read_iso(self, text: str) -> Instant:
        at = datetime.fromisoformat(text)
        _require_plausible(at.year)
        if at.tzinfo is not None:
            return Instant(at.astimezone(UTC), False, None)
        return self._from_local(at, is_day_only=len(text) <= 10)

    def last_second(self, midnight: datetime) -> datetime:
        """The last second of the local day that starts at `midnight` (UTC)."""
        local = midnight.astimezone(self.zone).replace(tzinfo=None)
        return (local + DAY - SECOND).replace(tzinfo=self.zone).astimezone(UTC)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _learn_time(self, text: str) -> timedelta:
        match = TIME_OF_DAY.fullmatch(text)
        if match is None:
            raise ValueError(f"{text} is no time of day")
        hours, minutes, seconds, half = int(match[1]), int(match[2]), int(match[3] or 0), match[4]
        if hours > 23 or minutes > 59 or seconds > 59 or (half and not 1 <= hours <= 12):
            raise ValueError(f"{text} is no time of day")
        if half:
            hours = hours % 12 + (12 if half in "Pp" else 0)
        return _remember(self._times, text, timedelta(0, hours * 3600 + minutes * 60 + seconds))

    def _learn_day(self, text: str) -> tuple[datetime, datetime | None]:
        """Local midnight of a slashed date, and the same in UTC if the whole day keeps one offset."""
        match = SLASHED_DAY.fullmatch(text)
        if match is None:
            raise ValueError(f"{text} is no date")
        month, day, year = map(int, match.groups())
        year += 2000 if len(match[3]) == 2 else 0
        _require_plausible(year)
        midnight = datetime(year, month, day)  # noqa: DTZ001 - local by definition, made aware below
        keeps_offset = midnight.replace(tzinfo=self.zone).utcoffset() == (midnight + DAY).replace(tzinfo=self.zone).utcoffset()
        return _remember(self._days, text, (midnight, midnight.replace(tzinfo=self.zone).astimezone(UTC) if keeps_offset else None))

    def _from_local(self, local: datetime, *, is_day_only: bool) -> Instant:
        first, second = local.replace(tzinfo=self.zone), local.replace(tzinfo=self.zone, fold=1)
        at = first.astimezone(UTC)
        if first.utcoffset() == second.utcoffset():
            return Instant(at, is_day_only, None)
        exists = at.astimezone(self.zone).replace(tzinfo=None) == local
        return Instant(at, is_day_only, "ambiguous_local_time" if exists else "nonexistent_local_time")


def _require_plausible(year: int) -> None:
    """Systems write 1/1/0001 or 12/31/9999 for "no date"; both lie at the end of the calendar, where time zones cannot be reckoned with."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{year} is no year of a request")


def _remember(known: dict[str, Remembered], text: str, value: Remembered) -> Remembered:
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[text] = value
    return value
