"""One clock for all processes: real time, or a storm clock that runs faster, pauses, and never goes back.

The clock is a row, so every process and the worker agree. Without a row it is real time, and costs one look-up by key. Logins, codes and limits
use `real_now` always: a storm clock that runs sixty times as fast must not end a session sixty times as soon.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core.models import ClockRow
from evenhand.web.core.prepared_statements import prepared_cursor

_ROW = 1


class ClockWouldGoBack(EvenhandError):
    """The storm clock only goes forward; rewinding means restoring a backup."""


def real_now() -> datetime:
    """Wall time, UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """The city's time, UTC: what stands on events and pages."""
    # Every page asks, so this one look-up goes past the query builder, which costs ten times as much as the query.
    with prepared_cursor() as cursor:
        cursor.execute("SELECT 1 FROM core_clock WHERE id = %s", [_ROW])
        if cursor.fetchone() is None:
            return real_now()
    return _current(real_now())


@transaction.atomic
def set_pace(rate: float) -> datetime:
    """Let the clock run `rate` times as fast from this moment on (0 pauses it); returns the city's time.

    Raises ClockWouldGoBack for a negative rate.
    """
    if rate < 0:
        raise ClockWouldGoBack("clock_would_go_back", f"A clock's pace is 0 or more; {rate} came. To go back, restore a backup.", rate=rate)
    real = real_now()
    moment = _current(real)
    ClockRow.objects.update_or_create(pk=_ROW, defaults={"anchor_real": real, "anchor_shown": moment, "rate": rate})
    return moment


@transaction.atomic
def jump_to(moment: datetime) -> datetime:
    """Put the clock forward to `moment` (aware); its pace stays. Raises ClockWouldGoBack for an earlier moment."""
    real = real_now()
    current = _current(real)
    if moment < current:
        raise ClockWouldGoBack(
            "clock_would_go_back", f"The clock shows {current.isoformat()} and cannot go back to {moment.isoformat()}. Restore a backup instead."
        )
    row = ClockRow.objects.filter(pk=_ROW).first()
    rate = 1.0 if row is None else row.rate
    ClockRow.objects.update_or_create(pk=_ROW, defaults={"anchor_real": real, "anchor_shown": moment, "rate": rate})
    return moment


def _current(real: datetime) -> datetime:
    row = ClockRow.objects.filter(pk=_ROW).first()
    return real if row is None else _shown(row, real)


def _shown(row: ClockRow, real: datetime) -> datetime:
    # A real clock that is set back by its operator must not turn the city's clock back past its anchor.
    elapsed = max(real - row.anchor_real, real - real)
    return row.anchor_shown + elapsed * row.rate
