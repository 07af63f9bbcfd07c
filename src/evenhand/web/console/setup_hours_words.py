"""Working hours as people write them: "8-12, 13:00-16:30", a line a day, nothing for a day without work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

_SPAN: Final = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(?:-|–|—|to)\s*(\d{1,2})(?:[:.h](\d{2}))?", re.ASCII | re.IGNORECASE)
_NOTHING: Final = frozenset({"", "-", "–", "closed"})


class HoursUnreadable(ValueError):
    """What was typed for a day is no list of spans; the message says which part."""


def read_spans(typed: str) -> list[list[str]]:
    """Spans of a day as the routing keeps them. Raises HoursUnreadable."""
    if typed.strip().lower() in _NOTHING:
        return []
    return [_span(part.strip()) for part in re.split(r"[,;]|\band\b", typed) if part.strip()]


def spans_words(spans: Any) -> str:
    """`08:00–12:00, 13:00–16:30`."""
    return ", ".join("–".join(str(clock) for clock in span) for span in spans or ())


def day_names() -> list[tuple[str, str]]:
    """ISO number and name of each day, Monday first."""
    return [(str(number + 1), str(WEEKDAYS[number])) for number in range(7)]


def hours_lines(working_hours: Mapping[str, Any]) -> list[str]:
    """The hours of a version, a line a day; around the clock is one line."""
    if not working_hours:
        return [_("Around the clock")]
    return [f"{name}: {spans_words(working_hours.get(number)) or _('closed')}" for number, name in day_names()]


def _span(part: str) -> list[str]:
    found = _SPAN.fullmatch(part)
    if found is None:
        raise HoursUnreadable(_("“%(part)s” is no span of hours. Write it like 8:00–16:30, or 8-12, 13-17.") % {"part": part[:40]})
    start, end = (f"{int(hour):02}:{minute or '00'}" for hour, minute in ((found[1], found[2]), (found[3], found[4])))
    return [start, end]
