"""Sessions in the database, read by one plain look-up: every page of the console does it first. All else is Django's own store."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from evenhand.web.core.plain_rows import row_where


class SessionStore(db.SessionStore):
    """Named by `SESSION_ENGINE`."""

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        # A key of ours is letters and digits; PostgreSQL refuses to look for a NUL.
        found = row_where(Session, "session_key = %s AND expire_date > %s", (key, timezone.now())) if key.isalnum() else None
        if found is None:
            self._session_key = None
        return found
