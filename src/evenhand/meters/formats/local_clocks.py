"""Naive local times to UTC: the clock's changes are found once, then applied to whole arrays.

Modelling choice: an hour that the clock repeats has two instants and this module gives both; who decides between them needs the order of rows
(`repeated_hour.py`). A time that the clock skips in spring names no instant: the row is left out and said, because a source that writes such times
does not keep that zone's clock. One exception: the end of an interval may be written as the first skipped minute; that *is* the instant of the
change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Int64s = NDArray[np.int64]
Flags = NDArray[np.bool_]

SECOND_US = 1_000_000
FIRST_YEAR, LAST_YEAR = 1990, 2100


@dataclass(frozen=True)
class Instants:
    """UTC instants of local times, in µs: `second` differs from `first` where the clock repeats the hour; `is_skipped` where there is none."""

    first: Int64s
    second: Int64s
    is_skipped: Flags

    @property
    def is_repeated(self) -> Flags:
        flags: Flags = self.first != self.second
        return flags


def instants_of(local_us: Int64s, zone: str, *, is_interval_end: bool = False) -> Instants:
    """Resolve local times of a zone.

    Parameters
    ----------
    local_us
        int64, shape (n,): what the clock showed, as µs since 1970-01-01 00:00 of the same clock, within the years 1990 to 2100.
    zone
        IANA name.
    is_interval_end
        True where the times are ends of intervals: the first skipped minute then means the instant of the change.

    Returns
    -------
    Instants
        Arrays of shape (n,), µs since 1970 in UTC.
    """
    changes_us, offsets_us = _changes_between(zone, local_us)
    # Each change has two local faces: the time at which the old clock reached it, and the time to which the new clock was set.
    early_face, late_face = changes_us + np.minimum(offsets_us[:-1], offsets_us[1:]), changes_us + np.maximum(offsets_us[:-1], offsets_us[1:])
    if (offset_us := _only_offset(local_us, early_face, late_face, offsets_us)) is not None:
        first: Int64s = local_us - offset_us
        return Instants(first, first, np.zeros(local_us.size, dtype=np.bool_))
    passed = np.searchsorted(late_face, local_us, side="right")
    first = local_us - offsets_us[passed]
    upcoming = np.minimum(passed, changes_us.size - 1)
    inside = np.flatnonzero((passed < changes_us.size) & (local_us >= early_face[upcoming]))
    change = passed[inside]
    repeats = offsets_us[change + 1] < offsets_us[change]
    second = first.copy()
    second[inside[repeats]] = local_us[inside[repeats]] - offsets_us[change[repeats] + 1]
    is_end_at_change = (first[inside] == changes_us[change]) & is_interval_end
    is_skipped = np.zeros(local_us.size, dtype=np.bool_)
    is_skipped[inside] = ~repeats & ~is_end_at_change
    return Instants(first, second, is_skipped)


def _only_offset(local_us: Int64s, early_face: Int64s, late_face: Int64s, offsets_us: Int64s) -> int | None:
    """The one offset of all these times, if no change lies between or at them: most batches."""
    if not local_us.size:
        return 0
    passed = int(np.searchsorted(late_face, local_us.min(), side="right"))
    is_one = passed == early_face.size or local_us.max() < early_face[passed]
    return int(offsets_us[passed]) if is_one else None


def _changes_between(zone: str, local_us: Int64s) -> tuple[Int64s, Int64s]:
    """The clock's changes in the years of these times: their instants, shape (k,), and the offsets before, between and after them, shape (k + 1,)."""
    edges = (local_us.min(), local_us.max()) if local_us.size else (0, 0)
    low, high = (np.datetime64(int(edge), "us").astype("datetime64[Y]").astype(int) + 1970 for edge in edges)
    years = range(max(low, FIRST_YEAR) - 1, min(high, LAST_YEAR) + 2)
    changes = [change for year in years for change in _changes_in_year(zone, year)]
    offsets = [_offset_seconds(ZoneInfo(zone), datetime(years[0], 1, 1, tzinfo=UTC)), *(after for _, after in changes)]
    instants = [at for at, _ in changes]
    return np.array(instants, dtype=np.int64) * SECOND_US, np.array(offsets, dtype=np.int64) * SECOND_US


@lru_cache(maxsize=1024)
def _changes_in_year(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """(UTC second, offset after it in seconds) of each change of a year: days whose ends differ, halved down to the second."""
    clock = ZoneInfo(zone)
    found = []
    day, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while day < last:
        following = day + timedelta(days=1)
        if _offset_seconds(clock, day) != _offset_seconds(clock, following):
            at = _change_within(clock, day, following)
            found.append((int(at.timestamp()), _offset_seconds(clock, at)))
        day = following
    return tuple(found)


def _change_within(clock: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """First whole second at which the clock shows its new offset."""
    old = _offset_seconds(clock, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        low, high = (middle, high) if _offset_seconds(clock, middle) == old else (low, middle)
    return high


def _offset_seconds(clock: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(clock).utcoffset()
    assert offset is not None  # a ZoneInfo always has one
    return int(offset.total_seconds())
