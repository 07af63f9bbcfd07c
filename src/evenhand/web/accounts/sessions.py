"""Sessions that end: some hours after they began, and sooner when nobody uses them. Real time, never the storm clock.

Both moments stand in the session. When it was last used is written at most once in five minutes, so a page costs no write; a session may therefore
end up to five minutes early after its last use, never late. Whose a session is stands inside it: to find somebody's, all living ones are read,
which are as many as people worked today.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session

from evenhand.web.accounts.models import Account

WRITTEN_EVERY: Final = timedelta(minutes=5)
_BEGAN: Final = "began"
_USED: Final = "used"


class Ended(StrEnum):
    """Why a session is over."""

    IDLE = "idle"
    TOO_OLD = "too_old"


def begin(session: SessionBase, *, real_at: datetime) -> None:
    """Mark a session as begun now; its key must be a fresh one."""
    session[_BEGAN] = session[_USED] = real_at.timestamp()


def why_ended(session: SessionBase, *, real_at: datetime, longest: timedelta, idle: timedelta) -> Ended | None:
    """Whether it is over, and why. One that was never marked begins now."""
    if _BEGAN not in session:
        begin(session, real_at=real_at)
    now = real_at.timestamp()
    if now - session[_BEGAN] >= longest.total_seconds():
        return Ended.TOO_OLD
    return Ended.IDLE if now - session[_USED] >= idle.total_seconds() else None


def note_use(session: SessionBase, *, real_at: datetime) -> None:
    """Remember that it is used."""
    if real_at.timestamp() - session[_USED] >= WRITTEN_EVERY.total_seconds():
        session[_USED] = real_at.timestamp()


def count_sessions(person: Account, *, real_at: datetime) -> int:
    """How many living sessions somebody has."""
    return sum(1 for _session in _sessions_of(person, real_at))


def end_sessions(person: Account, *, real_at: datetime, but: str | None = None) -> int:
    """End somebody's sessions, all but the one with this key; returns how many."""
    keys = [session.session_key for session in _sessions_of(person, real_at) if session.session_key != but]
    return Session.objects.filter(session_key__in=keys).delete()[0]


def forget_ended(*, real_at: datetime) -> int:
    """Delete sessions whose time is over; returns how many."""
    return Session.objects.filter(expire_date__lt=real_at).delete()[0]


def _sessions_of(person: Account, real_at: datetime) -> Iterator[Session]:
    for session in Session.objects.filter(expire_date__gt=real_at):
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            yield session
