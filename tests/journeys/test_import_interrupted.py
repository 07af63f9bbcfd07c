"""An import that is killed in the middle has lost nothing and doubled nothing; the same command again ends where an undisturbed one would."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evenhand.web.places.models import Jurisdiction
from tests.cast import box
from tests.journeys.published_files import closed, everything_said, row, take, write_export
from tests.web.instances import Instance, new_instance

pytestmark = pytest.mark.django_db  # for the server's address
ROWS = 6_000
UNUSABLE = ROWS // 1000
CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Types, places and states mixed; every thousandth row cannot be used."""
    rows = []
    for number in range(ROWS):
        place = {"LATITUDE": f"{42.345 + number % 97 / 3000:.4f}", "LONGITUDE": f"{-71.055 + number % 89 / 3000:.4f}"}
        make = closed if number % 3 else row
        opened = {"OPEN_DT": "no date"} if number % 1000 == 999 else {}
        rows.append(make(f"26{number:06}", TYPE=f"Type {number % 40}", **place, **opened))
    return write_export(tmp_path_factory.mktemp("export") / "city.csv", rows)


def prepared(instance: Instance, folder: Path) -> Instance:
    boundary = folder / "boundary.geojson"
    boundary.write_text(json.dumps(box(-71.06, 42.34, -71.02, 42.38)))
    for arguments in (("migrate",), ("city", "create", "Harbor", "--timezone", "America/New_York", "--boundary", str(boundary))):
        done = instance.run(*arguments)
        assert done.returncode == 0, done.stderr
    return instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with new_instance(tmp_path) as made:
        yield prepared(made, tmp_path)


def import_and_kill(instance: Instance, export: Path, *, after_rows: int) -> None:
    """kill -9 as soon as the run has written that it took so many rows."""
    process = instance.start("import", "requests", str(export), "--format", "boston")
    deadline = time.monotonic() + 90
    while taken(instance) < after_rows and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the import ended before it could be killed"


def taken(instance: Instance) -> int:
    """Requests that are in, by a connection of our own."""
    sql = "SELECT count(*) FROM requests_request"
    if instance.database_url:
        import psycopg

        with psycopg.connect(instance.database_url) as reader:
            return int(reader.execute(sql).fetchone()[0])  # type: ignore[index]
    import sqlite3

    file = sqlite3.connect(f"file:{instance.home / 'evenhand.sqlite3'}?mode=ro", uri=True)
    try:
        return int(file.execute(sql).fetchone()[0])
    finally:
        file.close()


def examined(instance: Instance) -> dict[str, Any]:
    environment = {**instance.environment, "DJANGO_SETTINGS_MODULE": "evenhand.web.project.settings"}
    command = [sys.executable, "-m", "tests.journeys.examine_import"]
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_killed_import_is_whole_and_the_same_command_completes_it(instance: Instance, export: Path, harbor: Jurisdiction) -> None:
    import_and_kill(instance, export, after_rows=1)
    import_and_kill(instance, export, after_rows=ROWS // 2)
    halfway = examined(instance)
    assert ROWS // 2 <= halfway["requests"] < ROWS - UNUSABLE
    assert halfway["finished"] == [False, False]
    assert halfway["told"][1] >= halfway["requests"]  # the second run went through what the first had brought in
    done = instance.run("import", "requests", str(export), "--format", "boston")
    assert done.returncode == 0, done.stderr
    complete = examined(instance)
    assert complete["requests"] == ROWS - UNUSABLE
    assert complete["finished"] == [False, False, True]
    harbor.areas.all().delete()
    take(harbor, export)
    assert everything_said(harbor) == complete["said"]
