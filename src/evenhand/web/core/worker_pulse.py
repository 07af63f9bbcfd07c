"""When a worker was last alive, and when it last finished a message: one row that every worker writes and everybody may read.

It is the loop of a worker's duties that writes, so a worker that hangs is late too. A duty may take its time in a large city: none is called late
before `LATE_AFTER`. Real time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from evenhand.web.core.models import WorkerPulse

BEATS_EVERY: Final = timedelta(seconds=20)
LATE_AFTER: Final = timedelta(minutes=5)
_ROW: Final = 1


def beat(*, real_at: datetime) -> None:
    """A worker is alive."""
    _write(alive_at=real_at)


def note_message(*, real_at: datetime) -> None:
    """A worker is done with a message: it was sent, or put off, or given up."""
    _write(alive_at=real_at, message_at=real_at)


def last_pulse() -> WorkerPulse | None:
    """The row; None where no worker has ever run."""
    return WorkerPulse.objects.filter(pk=_ROW).first()


def is_late(pulse: WorkerPulse | None, *, real_at: datetime) -> bool:
    """Whether no worker has been heard of for too long, or none ever."""
    return pulse is None or real_at - pulse.alive_at > LATE_AFTER


def _write(**moments: datetime) -> None:
    row = WorkerPulse(pk=_ROW, **moments)
    WorkerPulse.objects.bulk_create([row], update_conflicts=True, unique_fields=["id"], update_fields=list(moments))
