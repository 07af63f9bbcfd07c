"""Whatever is wrong with an instance is said in words with exit code 2; the doctor goes on to find the rest, one line a finding."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from evenhand.web.core.database_faults import database_fault
from evenhand.web.core.examination import Finding, good, looked
from evenhand.web.core.stores import Stores
from tests.web.instances import Instance, free_port


def nothing(_home: Path) -> None:
    """The home is made by the first command."""


def a_file(home: Path) -> None:
    home.write_text("no folder")


def a_damaged_database(home: Path) -> None:
    home.mkdir()
    (home / "evenhand.sqlite3").write_bytes(b"no database" * 1000)


def an_empty_key(home: Path) -> None:
    home.mkdir()
    (home / "secret.key").touch(mode=0o600)


@dataclass(frozen=True)
class Sickness:
    """What is wrong, what must be said of it (a pattern), under which subject the doctor says it, and what else it then still finds."""

    said: str
    subject: str
    prepare: Callable[[Path], None] = nothing
    settings: dict[str, str] = field(default_factory=dict)
    home: str = ""
    also: tuple[str, ...] = ()

    def instance(self, folder: Path) -> Instance:
        home = Path(self.home) if self.home else folder / "home"
        self.prepare(home)
        return Instance(home, settings=self.settings)


PASSWORD = "hunter2"
SICK = {
    "not migrated": Sickness(r"(pending|not been brought up to date)\. Run: evenhand migrate", "tables"),
    "damaged database": Sickness(r"is damaged, or no database of SQLite", "database", a_damaged_database),
    "unreachable PostgreSQL": Sickness(
        r"Check DATABASE_URL and the server", "database", settings={"DATABASE_URL": f"postgresql://city:{PASSWORD}@127.0.0.1:1/city"}
    ),
    "another database": Sickness(r"DATABASE_URL .*another scheme", "settings", settings={"DATABASE_URL": f"mysql://city:{PASSWORD}@db/city"}),
    "impossible port": Sickness(
        r"DATABASE_URL .*port over 65535", "settings", settings={"DATABASE_URL": f"postgresql://city:{PASSWORD}@127.0.0.1:99999/city"}
    ),
    "malformed address": Sickness(
        r"EVENHAND_PUBLIC_URL .*'http://\[::1'", "settings", settings={"EVENHAND_PUBLIC_URL": "http://[::1"}, also=("tables",)
    ),
    "home is a file": Sickness(r"EVENHAND_HOME cannot be used: .* came \(there is a file in its place\)", "home", a_file),
    "home cannot be made": Sickness(r"EVENHAND_HOME cannot be used: '/proc/nope'", "home", home="/proc/nope"),
    "empty key": Sickness(r"secret\.key is empty", "home", an_empty_key),
}
COMMANDS = [
    *(("serve", sickness) for sickness in SICK),
    *(("migrate", sickness) for sickness in ("damaged database", "unreachable PostgreSQL", "home is a file", "home cannot be made")),
    *((command, sickness) for command in ("worker", "backup") for sickness in ("damaged database", "unreachable PostgreSQL")),
]


def arguments(command: str, folder: Path) -> list[str]:
    return {"serve": ["--port", str(free_port())], "worker": ["--once"], "backup": [str(folder / "city.tar.gz")]}.get(command, [])


@pytest.mark.parametrize("name", SICK)
def test_the_doctor_says_what_is_wrong_and_goes_on(name: str, tmp_path: Path) -> None:
    sickness = SICK[name]
    answer = sickness.instance(tmp_path).run("doctor")
    assert "Traceback" not in answer.stderr
    assert answer.returncode == 2
    assert PASSWORD not in answer.stdout + answer.stderr
    findings = [line.split("\t") for line in answer.stdout.splitlines()]
    assert {len(finding) for finding in findings} == {3}
    faults = {subject: words for outcome, subject, words in findings if outcome == "fault"}
    assert tuple(faults) == (sickness.subject, *sickness.also)
    assert re.search(sickness.said, faults[sickness.subject])
    looked_at = {subject for _, subject, _ in findings}
    assert sickness.subject == "home" or {"disk", "secret key"} <= looked_at


@pytest.mark.parametrize(("command", "name"), COMMANDS)
def test_every_command_says_in_words_why_it_cannot_run(command: str, name: str, tmp_path: Path) -> None:
    sickness = SICK[name]
    answer = sickness.instance(tmp_path).run(command, *arguments(command, tmp_path))
    assert "Traceback" not in answer.stderr
    assert answer.returncode == 2, answer.stderr
    assert answer.stdout == ""
    assert PASSWORD not in answer.stderr
    assert re.search(sickness.said, answer.stderr)
    assert not list(tmp_path.glob("city.tar.gz*"))


def test_the_doctor_names_every_fault_of_settings_database_and_tables_at_once(tmp_path: Path) -> None:
    settings = {"EVENHAND_SECOND_FACTOR": "foo", "EVENHAND_EMAIL_URL": "ftp://mail", "EVENHAND_PUBLIC_URL": "http://[::1", "EVENHAND_SECRET_KEY": "a"}
    answer = Instance(tmp_path / "home", settings=settings).run("doctor")
    faults = [line for line in answer.stdout.splitlines() if line.startswith("fault\t")]
    assert len(faults) == len(settings) + 1
    assert all(any(name in fault for fault in faults) for name in settings)
    assert "fault\ttables\t" in answer.stdout
    assert "good\tsettings" not in answer.stdout


def sqlite_error(statement: str, file: Path, *, mode: str = "rwc") -> sqlite3.Error:
    connection = sqlite3.connect(f"file:{file}?mode={mode}", uri=True)
    try:
        connection.execute(statement)
    except sqlite3.Error as error:
        return error
    finally:
        connection.close()
    raise AssertionError("it went well")


def test_a_database_that_may_not_be_written_is_told_apart_from_a_fault_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "city.sqlite3"
    sqlite3.connect(file).close()
    file.write_bytes(b"")
    read_only = database_fault(sqlite_error("CREATE TABLE a (b)", file, mode="ro"), lambda: "the city's file")
    assert read_only is not None
    assert (read_only.code, read_only.permanent) == ("database_not_usable", False)
    assert read_only.message.startswith("the city's file cannot be read or written: attempt to write a readonly database.")
    assert database_fault(sqlite_error("SELECT * FROM missing", file), lambda: "") is None
    assert database_fault(psycopg.errors.UndefinedTable("no such table"), lambda: "") is None
    assert database_fault(ValueError("none of a database"), lambda: "") is None


def test_djangos_error_is_known_by_the_one_it_stands_for() -> None:
    error = OperationalError("connection failed")
    error.__cause__ = psycopg.OperationalError("connection failed")
    found = database_fault(error, lambda: "postgresql://db/city")
    assert found is not None
    assert found.code == "database_unreachable"


def test_a_look_that_the_database_breaks_off_is_a_fault_and_the_next_look_is_taken() -> None:
    def breaks() -> Iterator[Finding]:
        yield good("outbox", "Nothing is stuck.")
        raise OperationalError("disk I/O error\nat page 7")

    (found,) = looked("outbox", breaks)
    assert (found.outcome, found.words) == ("fault", "It cannot be looked at: disk I/O error at page 7")
    assert list(looked("time", lambda: good("time", "Right."))) == [good("time", "Right.")]


def test_where_a_database_is_is_said_without_its_password() -> None:
    stores = Stores(Path("/home"), f"postgresql://city:{PASSWORD}@db:5433/city?password={PASSWORD}")
    assert stores.database_words == "postgresql://db:5433/city"
