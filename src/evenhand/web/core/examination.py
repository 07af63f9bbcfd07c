"""What `evenhand doctor` finds, and the checks that know no domain: settings, tables, the database file, the disk, the key, the clock."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from django.core.checks import ERROR, WARNING, CheckMessage, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from evenhand.vocabulary.errors import EvenhandError
from evenhand.web.core import database_objects
from evenhand.web.core.database_faults import database_fault

LEAST_FREE_BYTES: Final = 1_000_000_000
FEW_FREE_BYTES: Final = 5_000_000_000
MOST_AHEAD: Final = timedelta(minutes=5)
STANDS_ON: Final = frozenset({"settings", "home", "database", "database file", "tables"})
"""Subjects without which the city cannot run."""


class Outcome(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table: what was looked at, how it is, and what to do about it."""

    subject: str
    outcome: Outcome
    words: str


def good(subject: str, words: str) -> Finding:
    return Finding(subject, Outcome.GOOD, words)


def warning(subject: str, words: str) -> Finding:
    return Finding(subject, Outcome.WARNING, words)


def fault(subject: str, words: str) -> Finding:
    return Finding(subject, Outcome.FAULT, words)


def examine_ground(home: Path, key_file: Path) -> Iterator[Finding]:
    """Everything that can be looked at without knowing what a request is. What cannot be looked at is a fault too, and keeps nothing else from it."""
    yield from settings_findings()
    yield from database_findings()
    yield from home_findings(home, key_file)


def home_findings(home: Path, key_file: Path) -> Iterator[Finding]:
    """What needs no database, and no settings but the home."""
    yield from looked("disk", lambda: disk_finding(home))
    yield from looked("secret key", lambda: key_finding(key_file))


def check_finding(message: CheckMessage) -> Finding:
    """A system check's words, and what to do."""
    words = f"{message.msg} {message.hint or ''}".strip()
    return fault("settings", words) if message.level >= ERROR else warning("settings", words)


def database_findings() -> Iterator[Finding]:
    """Nothing more of a database that does not answer; and of one with other tables only whether its file is sound."""
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield fault("database", f"It does not answer: {_words(error)}")
        return
    tables = list(looked("tables", tables_finding))
    yield from tables
    yield from looked("database file", database_file_finding)
    if all(finding.outcome is Outcome.GOOD for finding in tables):
        yield from looked("triggers and indexes", objects_finding)
        yield from looked("clock", clock_finding)


def looked(subject: str, look: Callable[[], Finding | Iterable[Finding]]) -> Iterator[Finding]:
    """What `look` finds; a fault where the database or the disk does not let it look."""
    try:
        found = look()
        yield from [found] if isinstance(found, Finding) else list(found)
    except (DatabaseError, OSError, EvenhandError) as error:
        yield fault(subject, f"It cannot be looked at: {_words(error)}")


def _words(error: Exception) -> str:
    """On one line, with what a person can do where that is known."""
    known = database_fault(error, lambda: str(connection.settings_dict["NAME"]))
    return " ".join((known.message if known else str(error)).split())


def settings_findings() -> Iterator[Finding]:
    found = [message for message in run_checks() if message.level >= WARNING and not message.is_silenced()]
    yield from map(check_finding, found)
    if not found:
        yield good("settings", "All can be used.")


def tables_finding() -> Finding:
    executor = MigrationExecutor(connection)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        return fault("tables", f"{pending} changes are pending. Run: evenhand migrate")
    return good("tables", "They are those of this version.")


def objects_finding() -> Finding:
    lost = database_objects.not_in_place(connection)
    if lost:
        words = f"Missing or changed: {', '.join(lost)}. History is not guarded or places are not found. Run: evenhand migrate"
        return fault("triggers and indexes", words)
    return good("triggers and indexes", "All are in place.")


def database_file_finding() -> Finding:
    if connection.vendor != "sqlite":
        return good("database file", "The PostgreSQL server looks after it.")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        answers = [str(row[0]) for row in cursor.fetchall()]
    if answers != ["ok"]:
        return fault("database file", f"SQLite finds it damaged: {'; '.join(answers)}. Stop the server and restore a backup.")
    return good("database file", "SQLite finds it sound.")


def disk_finding(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    words = f"{free / 1e9:,.1f} GB are free."
    if free < LEAST_FREE_BYTES:
        return fault("disk", f"{words} Reports will soon be refused: make room.")
    return warning("disk", f"{words} Make room soon.") if free < FEW_FREE_BYTES else good("disk", words)


def key_finding(key_file: Path) -> Finding:
    if not key_file.exists():
        return good("secret key", "It comes from the environment, or is made at the first start.")
    mode = stat.S_IMODE(key_file.stat().st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return fault("secret key", f"Others on this machine can read it (mode {mode:o}). Run: chmod 600 {key_file}")
    return good("secret key", "Only its owner can read it.")


def clock_finding() -> Finding:
    """The city's clock may run on its own; told when it does, since every date on a page is then its."""
    from evenhand.web.core import clock  # its row needs Django's apps; what stands above must do without, where settings are wrong

    away = clock.now() - clock.real_now()
    if abs(away) > MOST_AHEAD:
        return warning("clock", f"The city's clock is {away} away from real time: a simulated storm? Mails and logins go by real time.")
    return good("clock", "The city's clock shows real time.")
