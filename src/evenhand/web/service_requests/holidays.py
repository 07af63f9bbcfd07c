"""Days on which a city does not work. They count for deadlines that are set from now on; a deadline that was given stays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Holiday

LONGEST_NAME: Final = 120
MOST_LINES: Final = 500
MOST_HOLIDAYS: Final = 2000
_LINE: Final = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:[\s,;]+(.*))?", re.ASCII)
_YEARS: Final = range(1970, 2200)


class HolidaysInvalid(EvenhandError):
    """A list of days that cannot be used; nothing of it was taken, and every line at fault is named."""


@dataclass(frozen=True, slots=True)
class DayGiven:
    """A day and what it is called."""

    date: date
    name: str


@dataclass(frozen=True, slots=True)
class HolidaysAdded:
    """What adding days did: new ones, and those that were holidays already."""

    added: tuple[DayGiven, ...]
    known: tuple[DayGiven, ...]


def read_holidays(text: str) -> list[DayGiven]:
    """A list of days as text, one a line: `2026-12-25 Christmas Day`. Empty lines and those that begin with # are left out.

    Raises HolidaysInvalid.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip() and not line.strip().startswith("#")]
    if len(lines) > MOST_LINES:
        raise HolidaysInvalid("holidays_invalid", f"Expected {MOST_LINES} days at most, got {len(lines)}.", faults=[])
    days, faults = [], []
    for number, line in lines:
        try:
            days.append(_day(line))
        except ValueError as error:
            faults.append(f"line {number}: {error}")
    if not lines:
        faults.append("there is no day in it")
    if faults:
        words = "\n".join(f"- {fault}" for fault in faults)
        raise HolidaysInvalid("holidays_invalid", f"Expected a day a line, like 2026-12-25 Christmas Day. Nothing was taken:\n{words}", faults=faults)
    return days


@transaction.atomic
def add_holidays(city: Jurisdiction, days: Sequence[DayGiven], *, by: Account | None, real_at: datetime) -> HolidaysAdded:
    """Add days; one that is there already stays as it is."""
    Jurisdiction.objects.select_for_update(no_key=True).only("pk").get(pk=city.pk)
    there = set(Holiday.objects.filter(jurisdiction=city).values_list("date", flat=True))
    fresh = {day.date: day for day in reversed(days) if day.date not in there}
    if len(there) + len(fresh) > MOST_HOLIDAYS:
        raise HolidaysInvalid("holidays_invalid", f"A city keeps {MOST_HOLIDAYS} holidays at most.", faults=[])
    added = tuple(sorted(fresh.values(), key=lambda day: day.date))
    Holiday.objects.bulk_create([Holiday(jurisdiction=city, date=day.date, name=day.name) for day in added])
    if added:
        words = [f"{day.date.isoformat()} {day.name}".strip() for day in added]
        record(city, by, "holiday", words[0] if len(words) == 1 else f"{words[0]} … {words[-1]}", {}, {"dates": words}, real_at)
    return HolidaysAdded(added, tuple(day for day in days if day.date in there))


@transaction.atomic
def remove_holiday(city: Jurisdiction, key: int, *, by: Account | None, real_at: datetime) -> DayGiven | None:
    """Make it a working day again; None where it was removed before."""
    found = Holiday.objects.select_for_update().filter(jurisdiction=city, pk=key).first()
    if found is None:
        return None
    words = f"{found.date.isoformat()} {found.name}".strip()
    found.delete()
    record(city, by, "holiday", words, {"dates": [words]}, {}, real_at)
    return DayGiven(found.date, found.name)


def _day(line: str) -> DayGiven:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line[:60]!r} does not begin with a date like 2026-12-25")
    year, month, number = (int(part) for part in found[1].split("-"))
    try:
        day = date(year, month, number)
    except ValueError:
        raise ValueError(f"there is no day {found[1]}") from None
    if year not in _YEARS:
        raise ValueError(f"the year must lie between {_YEARS[0]} and {_YEARS[-1]}")
    name = (found[2] or "").strip()
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name has more than {LONGEST_NAME} characters")
    return DayGiven(day, name)
