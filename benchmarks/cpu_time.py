"""CPU seconds of the application and of its database, for benchmarks that run both on this machine."""

from __future__ import annotations

import time
from pathlib import Path

from django.db import connection


class CpuMeter:
    """Adds the CPU of this process (SQLite runs in it) and, on PostgreSQL, of the server process behind our connection.

    PostgreSQL's own background writers are not counted: they cannot be told apart by who caused their work. Nor would be parallel workers of a query;
    no statement of a measured page is given any.
    """

    def __init__(self) -> None:
        self._backend: Path | None = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")

    def seconds(self) -> float:
        """CPU seconds so far, user and system, to the microsecond."""
        return time.process_time() + (self._of_backend() if self._backend else 0.0)

    def _of_backend(self) -> float:
        assert self._backend is not None
        return int(self._backend.read_text().split()[0]) / 1e9
