"""CPU seconds of the application and of its database, for benchmarks that run both on this machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")


class CpuMeter:
    """Adds the CPU of this process (SQLite runs in it) and, on PostgreSQL, of the server process behind our connection.

    PostgreSQL's own background writers are not counted: they cannot be told apart by who caused their work. Its process times come in steps of 10 ms,
    so it is read once around many rounds, never around one.
    """

    def __init__(self) -> None:
        self._backend: int | None = None
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._backend = int(cursor.fetchone()[0])

    def seconds(self) -> float:
        """CPU seconds so far, user and system."""
        return time.process_time() + (self._of_backend() if self._backend else 0.0)

    def _of_backend(self) -> float:
        fields = Path(f"/proc/{self._backend}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS
