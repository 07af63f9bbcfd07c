"""The second process: its answers, its errors, and that it never outlives the first."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from evenhand.cli import second_process
from evenhand.equity.errors import MarginInvalid
from evenhand.equity.verdicts import refuse_margin
from evenhand.vocabulary.errors import EvenhandError

WAITS = """
import os, time
from evenhand.cli import second_process
second_process._cores = lambda: 2
with second_process.second_process() as second:
    print(second.submit(os.getpid).result(), flush=True)
    second.submit(time.sleep, 60)
    time.sleep(60)
"""


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_process, "_cores", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_work_is_done_in_a_process_of_its_own_which_ends_with_the_block() -> None:
    with second_process.second_process() as second:
        found = second.submit(os.getpid).result()
        assert found != os.getpid()
        assert is_there(found)
    assert is_gone(found)


@pytest.mark.usefixtures("two_cores")
def test_an_error_of_ours_comes_back_with_its_words_and_facts() -> None:
    with second_process.second_process() as second, pytest.raises(MarginInvalid, match=r"below 100 % was expected, and 200 % came") as said:
        second.submit(refuse_margin, 2.0).result()
    assert said.value.facts == {"margin": 2.0}
    assert said.value.code == "margin_invalid"


@pytest.mark.usefixtures("two_cores")
def test_a_second_process_that_is_killed_is_told_in_words() -> None:
    with pytest.raises(EvenhandError, match="ended from outside") as said:
        end_the_second()
    assert said.value.code == "second_process_ended"


@pytest.mark.usefixtures("two_cores")
def test_a_failure_of_the_first_does_not_wait_for_the_work_of_the_second() -> None:
    began = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        fail_beside_a_long_work()
    assert time.monotonic() - began < 30


def test_one_core_has_a_thread_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_process, "_cores", lambda: 1)
    with second_process.second_process() as second:
        assert second.submit(os.getpid).result() == os.getpid()
        assert second.submit(threading.current_thread).result() is not threading.current_thread()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whatever_ends_the_first_ends_the_second_without_a_word_of_its_own(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as first:
        assert first.stdout is not None
        second = int(first.stdout.readline())
        if how is signal.SIGINT:
            os.killpg(first.pid, how)  # as Ctrl-C does: both of them
        else:
            first.send_signal(how)
        _, said = first.communicate(timeout=30)
    assert is_gone(second)
    assert said.count("Traceback") == (how is signal.SIGINT)


def fail_beside_a_long_work() -> None:
    with second_process.second_process() as second:
        second.submit(os.getpid).result()
        second.submit(time.sleep, 60)
        raise ZeroDivisionError


def is_there(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def is_gone(process: int) -> bool:
    """Within seconds."""
    until = time.monotonic() + 10
    while is_there(process) and time.monotonic() < until:
        time.sleep(0.05)
    return not is_there(process)


def end_the_second() -> None:
    with second_process.second_process() as second:
        os.kill(second.submit(os.getpid).result(), signal.SIGKILL)
        second.submit(os.getpid).result()
