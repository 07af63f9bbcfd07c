"""The weeks that are metered, cut into intervals, and the moment at which the storm begins.

Modelling choice: time is counted in intervals from the window's start, in UTC; a moment inside an interval is a fraction. People live by the local
clock, so hours of the day and weekdays come from the time zone. The storm begins at a local noon, three sevenths into the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from evenhand.twin.errors import TwinReadingsError

FIRST_DAY = date(2018, 10, 1)  # the season of the study's storm
TIMEZONE = "America/New_York"
MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Window:
    """`days` local days from `first_day` on, in intervals of `interval_minutes`."""

    first_day: date = FIRST_DAY
    days: int = 21
    interval_minutes: int = 30
    timezone: str = TIMEZONE

    def __post_init__(self) -> None:
        wrong = []
        if self.interval_minutes not in (15, 30, 60):
            wrong.append(f"interval_minutes is one of 15, 30 and 60, not {self.interval_minutes}")
        if self.days < 14:
            wrong.append(f"days is 14 or more (a baseline, the storm, six days of restoration), not {self.days}")
        if wrong:
            raise TwinReadingsError("bad_window", f"The window cannot be metered: {'; '.join(wrong)}.", days=self.days, minutes=self.interval_minutes)

    @property
    def start(self) -> datetime:
        """Midnight of the first local day, in UTC."""
        return self._midnight(0)

    @property
    def storm_start(self) -> datetime:
        """Noon of the local day on which the storm comes, in UTC."""
        day = self.first_day + timedelta(days=self.days * 3 // 7)
        return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    @property
    def interval_hours(self) -> float:
        return self.interval_minutes / 60.0

    @property
    def slots(self) -> int:
        """Intervals in the window; a clock change makes it two or four more or fewer."""
        return int((self._midnight(self.days) - self.start) / timedelta(minutes=self.interval_minutes))

    @property
    def storm_slot(self) -> int:
        """The interval that the storm begins with."""
        return int((self.storm_start - self.start) / timedelta(minutes=self.interval_minutes))

    @property
    def slots_per_day(self) -> int:
        return 24 * 60 // self.interval_minutes

    @cached_property
    def starts_us(self) -> NDArray[np.int64]:
        """Start of every interval, microseconds since 1970, UTC."""
        return self.moments_us(np.arange(self.slots, dtype=np.float64))

    @cached_property
    def local(self) -> tuple[datetime, ...]:
        """Start of every interval on the local clock."""
        zone, step = ZoneInfo(self.timezone), timedelta(minutes=self.interval_minutes)
        return tuple((self.start + slot * step).astimezone(zone) for slot in range(self.slots))

    @cached_property
    def local_starts_us(self) -> NDArray[np.int64]:
        """The local clock's reading at the start of every interval, as if it were UTC: ambiguous in autumn."""
        return np.array([(moment.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1) for moment in self.local], dtype=np.int64)

    @cached_property
    def local_hour(self) -> NDArray[np.float64]:
        """Hour of the local day in the middle of every interval."""
        return np.array([moment.hour + moment.minute / 60.0 for moment in self.local]) + self.interval_hours / 2.0

    @cached_property
    def local_day(self) -> NDArray[np.int64]:
        """Number of the local day, from 0."""
        return np.array([(moment.date() - self.first_day).days for moment in self.local], dtype=np.int64)

    @cached_property
    def weekday(self) -> NDArray[np.int64]:
        """0 is Monday."""
        return np.array([moment.weekday() for moment in self.local], dtype=np.int64)

    def moments_us(self, slots: NDArray[np.float64]) -> NDArray[np.int64]:
        """Microseconds since 1970 of a moment given in intervals from the start; finite ones only, to the second."""
        seconds = np.rint(slots * self.interval_minutes * 60.0).astype(np.int64)
        return int(self.start.timestamp()) * MICROSECONDS + seconds * MICROSECONDS

    def slots_of_hours(self, hours: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Hours as intervals, to the second."""
        return np.asarray(np.rint(np.asarray(hours) * 3600.0) / (60.0 * self.interval_minutes))

    def _midnight(self, day: int) -> datetime:
        at = self.first_day + timedelta(days=day)
        return datetime(at.year, at.month, at.day, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)
