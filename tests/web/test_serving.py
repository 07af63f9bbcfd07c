"""`evenhand serve` starts a city, says where it is, and stops whole."""

from __future__ import annotations

import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.web.instances import PATIENCE_SECONDS, Instance, free_port, new_instance

pytestmark = pytest.mark.django_db


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    with new_instance(tmp_path, name="evenhand_served") as made:
        assert made.run("migrate").returncode == 0
        yield made


def test_a_city_answers_where_it_says_and_a_signal_stops_all_of_it(instance: Instance) -> None:
    port = free_port()
    server = instance.start("serve", "--port", str(port), "--workers", "1")
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url == f"http://127.0.0.1:{port}"
        with urllib.request.urlopen(f"{url}/health/", timeout=PATIENCE_SECONDS) as page:
            assert page.status == 200
        children = descendants(server.pid)
        assert len(children) >= 2, "a process that answers, and the worker"
    finally:
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=PATIENCE_SECONDS)
    assert server.returncode == 0, said
    assert "Traceback" not in said
    assert left_running(children) == []


def test_nothing_is_left_running_when_the_server_is_killed(instance: Instance) -> None:
    server = instance.start("serve", "--port", str(free_port()), "--workers", "1")
    assert server.stdout is not None
    server.stdout.readline()
    children = descendants(server.pid)
    server.kill()
    server.wait()
    left = left_running(children)
    server.communicate()
    assert len(children) >= 2, "a process that answers, and the worker"
    assert left == []


def test_a_taken_port_is_said_in_words(instance: Instance) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        answer = instance.run("serve", "--port", str(port))
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.strip() == (f"Cannot listen on 127.0.0.1:{port}. Something else listens there: stop it, or choose another port with --port.")


def test_a_database_that_was_not_brought_up_to_date_is_not_served(tmp_path: Path) -> None:
    answer = Instance(tmp_path / "home").run("serve", "--port", str(free_port()))
    assert answer.returncode == 2
    assert answer.stderr.strip() == "The database has not been brought up to date. Run: evenhand migrate"


def left_running(children: list[int]) -> list[int]:
    """Those that do not end by themselves within the time; they are ended then, so that no test leaves them behind."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(still_runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    left = [child for child in children if still_runs(child)]
    for child in left:
        os.kill(child, signal.SIGKILL)
    return left


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and theirs; one that ends while it is looked at has none."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                children += [int(child) for child in (task / "children").read_text().split()]
    return children + [found for child in children for found in descendants(child)]


def still_runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
