"""An upgrade loses nothing: the file is copied first, what is newer than the code is refused, and nothing is done where nothing is to do."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from evenhand.web.core import upgrades
from evenhand.web.core.upgrades import DatabaseNotReady, refuse_old_tables, upgrade
from evenhand.web.service_requests import history
from evenhand.web.service_requests.models import ServiceRequest
from tests.web.instances import new_instance

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one_behind() -> Iterator[None]:
    """The database as the version before left it: without the tables of insights."""
    call_command("migrate", "insights", "zero", verbosity=0)
    yield
    call_command("migrate", verbosity=0)


def test_nothing_pending_copies_nothing(tmp_path: Path) -> None:
    done = upgrade(copies=tmp_path / "backups", at=AT)
    assert (done.migrations, done.mended, done.copy) == ((), (), None)
    assert not (tmp_path / "backups").exists()


def test_a_pending_change_is_made_and_every_request_is_still_there(one_behind: None, pothole_request: ServiceRequest, tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotReady, match="Run: evenhand migrate"):
        refuse_old_tables()
    done = upgrade(copies=tmp_path / "backups", at=AT)
    assert [name.split(".")[0] for name in done.migrations] == ["insights"] * len(done.migrations) != []
    refuse_old_tables()
    history.verify(ServiceRequest.objects.get(reference=pothole_request.reference))


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a PostgreSQL server is copied by `evenhand backup`")
def test_the_file_is_copied_before_it_is_changed(one_behind: None, pothole_request: ServiceRequest, tmp_path: Path) -> None:
    done = upgrade(copies=tmp_path / "backups", at=AT)
    assert done.copy == tmp_path / "backups" / "before-upgrade-20261122T043000.sqlite3"
    with closing(sqlite3.connect(done.copy)) as copy:
        assert copy.execute("SELECT reference FROM requests_request").fetchall() == [(pothole_request.reference,)]
        assert copy.execute("SELECT name FROM sqlite_master WHERE name = 'insights_closing_estimate'").fetchall() == []


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a PostgreSQL server is copied by `evenhand backup`")
def test_the_last_five_copies_are_kept(tmp_path: Path) -> None:
    for day in range(7):
        upgrades._copied(tmp_path, AT + timedelta(days=day))
    assert [file.name[15:23] for file in sorted(tmp_path.iterdir())] == ["20261124", "20261125", "20261126", "20261127", "20261128"]


def test_a_copy_goes_after_a_month(tmp_path: Path) -> None:
    for name, days in (("before-upgrade-20261001T000000.sqlite3", 31), ("before-upgrade-20261101T000000.sqlite3", 29), ("mine.sqlite3", 400)):
        (tmp_path / name).write_bytes(b"")
        written_at = (AT - timedelta(days=days)).timestamp()
        os.utime(tmp_path / name, (written_at, written_at))
    assert upgrades.forget_copies(tmp_path, real_at=AT) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["before-upgrade-20261101T000000.sqlite3", "mine.sqlite3"]


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_applied("places", "9999_from_the_future")
    try:
        with pytest.raises(DatabaseNotReady, match=r"does not know places.9999_from_the_future"):
            upgrade(copies=tmp_path, at=AT)
    finally:
        recorder.record_unapplied("places", "9999_from_the_future")


BEFORE_THE_CONSOLE = """
import django
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
steps = MigrationExecutor(connection)
steps.loader.replace_migrations = False
steps.loader.build_graph()
apart = {"accounts": "0001_initial", "service_requests": "0002_stated_digest", "conversations": "0002_sent_form"}
steps.migrate([(app, apart.get(app, name)) for app, name in steps.loader.graph.leaf_nodes()])
"""
TABLES = """
import django, json
django.setup()
from tests.web.test_upgrades import tables
print(json.dumps(tables()))
"""


def tables() -> dict[str, list[list[object]]]:
    """What each table consists of: its columns, keys, indexes and constraints, as the database itself tells."""
    asked = connection.introspection
    found: dict[str, list[list[object]]] = {}
    with connection.cursor() as cursor:
        for table in sorted(asked.table_names(cursor)):
            columns = [[column.name, str(column.type_code), bool(column.null_ok)] for column in asked.get_table_description(cursor, table)]
            keys = asked.get_constraints(cursor, table).values()
            described = [[key["columns"], key["primary_key"], key["unique"], key["foreign_key"], key["index"], key.get("orders")] for key in keys]
            found[table] = sorted(json.loads(json.dumps(columns + described)), key=json.dumps)
    return found


def test_a_database_from_before_the_console_ends_with_the_same_tables_as_a_new_one(tmp_path: Path) -> None:
    with new_instance(tmp_path) as old:
        old.home.mkdir(parents=True, exist_ok=True)
        environment = {**old.environment, "DJANGO_SETTINGS_MODULE": "evenhand.web.project.settings"}
        subprocess.run([sys.executable, "-c", BEFORE_THE_CONSOLE], env=environment, check=True, timeout=300)
        assert old.run("migrate").returncode == 0
        assert "up to date" in old.run("migrate").stderr
        told = subprocess.run([sys.executable, "-c", TABLES], env=environment, check=True, timeout=300, capture_output=True, text=True)
    now = tables()
    assert "requests_routing_rule" in now
    assert json.loads(told.stdout) == now
