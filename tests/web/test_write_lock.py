"""Writers queue fairly, and nobody is blocked by the dead."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError, transaction

from evenhand.web.core.sqlite.base import DatabaseWrapper, is_write
from evenhand.web.core.write_lock import WriteLock, WriteLockTimeout, WriteLockUnusable, tickets_drawn
from tests.web.write_lock_writer import ALIAS, PATIENCE_SECONDS, connected, take_one_turn

WRITER = Path(__file__).with_name("write_lock_writer.py")


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "city.sqlite3.write-queue"


@pytest.fixture
def writer_processes() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def until(claim: str, is_true: object) -> None:
    """Wait for another thread or process to get somewhere."""
    assert callable(is_true)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"never happened: {claim}"
        time.sleep(0.002)


def start(processes: list[subprocess.Popen[str]], *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(WRITER), *(str(argument) for argument in arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    processes.append(process)
    return process


def start_waiter(processes: list[subprocess.Popen[str]], queue: Path, log: Path, name: str) -> subprocess.Popen[str]:
    """A process that takes one turn and writes its name; started when its ticket is drawn, so that the order of arrival is known."""
    before = tickets_drawn(queue)
    process = start(processes, "one-turn", queue, log, name)
    until(f"{name} draws a ticket", lambda: tickets_drawn(queue) > before)
    return process


# The queue


def test_writers_are_served_in_the_order_of_arrival(queue: Path, tmp_path: Path, writer_processes: list[subprocess.Popen[str]]) -> None:
    log = tmp_path / "served"
    served_threads: list[threading.Thread] = []
    holder = WriteLock(queue)
    holder.acquire()
    for n in range(4):  # processes and threads of this process arrive by turns
        start_waiter(writer_processes, queue, log, f"process{n}")
        before = tickets_drawn(queue)
        thread = threading.Thread(target=take_one_turn, args=(queue, log, f"thread{n}"))
        thread.start()
        served_threads.append(thread)
        until(f"thread{n} draws a ticket", lambda before=before: tickets_drawn(queue) > before)
    assert not log.exists()
    holder.release()
    for thread in served_threads:
        thread.join()
    assert [process.wait() for process in writer_processes] == [0, 0, 0, 0]
    assert log.read_text().split() == [f"{kind}{n}" for n in range(4) for kind in ("process", "thread")]


def test_a_killed_holder_gives_the_turn_to_the_next(queue: Path, tmp_path: Path, writer_processes: list[subprocess.Popen[str]]) -> None:
    holder = start(writer_processes, "hold", queue)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    log = tmp_path / "served"
    waiter = start_waiter(writer_processes, queue, log, "next")
    os.kill(holder.pid, signal.SIGKILL)
    assert waiter.wait(PATIENCE_SECONDS) == 0
    assert log.read_text().split() == ["next"]


def test_a_killed_waiter_leaves_no_gap_and_lets_nobody_overtake(queue: Path, tmp_path: Path, writer_processes: list[subprocess.Popen[str]]) -> None:
    log = tmp_path / "served"
    holder = WriteLock(queue)
    holder.acquire()
    waiters = [start_waiter(writer_processes, queue, log, name) for name in ("first", "second", "third", "fourth")]
    for dead in (waiters[1], waiters[2]):
        dead.kill()
        dead.wait()
    late = WriteLock(queue, timeout_seconds=0.05)
    with pytest.raises(WriteLockTimeout):
        late.acquire()  # the dead did not open a way past the holder
    holder.release()
    assert waiters[0].wait(PATIENCE_SECONDS) == waiters[3].wait(PATIENCE_SECONDS) == 0
    assert log.read_text().split() == ["first", "fourth"]


def test_a_writer_that_waits_in_vain_says_so_and_may_try_again(queue: Path) -> None:
    holder, waiter = WriteLock(queue), WriteLock(queue, timeout_seconds=0.05)
    holder.acquire()
    with pytest.raises(WriteLockTimeout, match=r"within 0.05 s.*city.sqlite3.write-queue") as refused:
        waiter.acquire()
    assert (refused.value.code, refused.value.permanent, waiter.is_held) == ("write_lock_timeout", False, False)
    holder.release()
    waiter.acquire()
    assert waiter.is_held
    waiter.release()


def test_one_who_gave_up_does_not_block_those_behind(queue: Path, tmp_path: Path, writer_processes: list[subprocess.Popen[str]]) -> None:
    holder, impatient = WriteLock(queue), WriteLock(queue, timeout_seconds=0.05)
    holder.acquire()
    with pytest.raises(WriteLockTimeout):
        impatient.acquire()
    waiter = start_waiter(writer_processes, queue, tmp_path / "served", "patient")
    holder.release()
    assert waiter.wait(PATIENCE_SECONDS) == 0


def test_an_emptied_lock_file_lets_no_second_writer_in(queue: Path) -> None:
    holder, intruder = WriteLock(queue), WriteLock(queue, timeout_seconds=0.05)
    for _ in range(5):
        with WriteLock(queue):
            pass
    assert holder.acquire() == 5
    queue.write_bytes(b"")
    with pytest.raises(WriteLockTimeout):
        intruder.acquire()
    holder.release()
    with intruder:
        assert intruder.is_held


def test_a_file_of_rubbish_in_the_lock_files_place_is_taken_over(queue: Path) -> None:
    queue.write_bytes(b"\xff" * 100)
    with WriteLock(queue) as first:
        assert first.is_held


def test_a_forked_child_neither_keeps_nor_ends_the_parents_turn(queue: Path) -> None:
    holder = WriteLock(queue)
    holder.acquire()
    go_on, stop = os.pipe()
    with quiet_fork() as child:
        if child == 0:
            os.close(stop)
            holder.release()  # not its turn to end
            os.read(go_on, 1)
            os._exit(0)
        with pytest.raises(WriteLockTimeout):
            WriteLock(queue, timeout_seconds=0.05).acquire()
        holder.release()
        with WriteLock(queue, timeout_seconds=1.0) as next_writer:  # the child still lives
            assert next_writer.is_held
        os.close(stop)
        os.waitpid(child, 0)
    os.close(go_on)


def test_a_lock_that_is_lost_from_memory_ends_its_turn(queue: Path) -> None:
    WriteLock(queue).acquire()
    with WriteLock(queue, timeout_seconds=1.0) as next_writer:
        assert next_writer.is_held


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteLockUnusable, match="No such file or directory"):
        WriteLock(tmp_path / "gone" / "queue").acquire()


def test_taking_the_same_lock_twice_is_a_mistake_and_not_a_deadlock(queue: Path) -> None:
    with WriteLock(queue) as lock, pytest.raises(RuntimeError, match="in use already"):
        lock.acquire()


# The database backend


@pytest.fixture
def database(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[DatabaseWrapper]:
    with allowed_to_connect(request), connected(tmp_path / "city.sqlite3") as connection:
        yield connection


def test_what_is_committed_survives_a_power_cut_and_readers_never_wait(database: DatabaseWrapper) -> None:
    with database.cursor() as cursor:
        values = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}  # 2 is FULL


def test_an_atomic_block_is_one_turn_whatever_is_nested_in_it(database: DatabaseWrapper, queue: Path) -> None:
    before = tickets_drawn(queue)
    with transaction.atomic(using=ALIAS):
        assert is_taken(queue)
        for _ in range(3):
            with transaction.atomic(using=ALIAS):
                write(database)
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=ALIAS):
            write_and_raise(database, ZeroDivisionError)
        assert is_taken(queue)
    assert not is_taken(queue)
    assert count(database) == 3
    assert tickets_drawn(queue) - before == 1 + 3  # and one for each look at the queue


def test_a_single_statement_outside_is_a_turn_of_its_own(database: DatabaseWrapper, queue: Path) -> None:
    before = tickets_drawn(queue)
    write(database)
    assert tickets_drawn(queue) - before == 1
    assert not is_taken(queue)


def test_reading_outside_waits_for_nobody(database: DatabaseWrapper, queue: Path) -> None:
    with WriteLock(queue):
        assert count(database) == 0


@pytest.mark.parametrize("failure", [ZeroDivisionError, DatabaseError, KeyboardInterrupt, SystemExit])
def test_the_turn_ends_when_the_block_fails(database: DatabaseWrapper, queue: Path, failure: type[BaseException]) -> None:
    with pytest.raises(failure), transaction.atomic(using=ALIAS):
        write_and_raise(database, failure)
    assert not is_taken(queue)
    assert count(database) == 0


def test_the_turn_ends_when_the_connection_is_lost_inside(database: DatabaseWrapper, queue: Path) -> None:
    with transaction.atomic(using=ALIAS):
        write(database)
        database.close()
        assert not is_taken(queue)
    assert count(database) == 0
    write(database)
    assert count(database) == 1


def test_the_turn_ends_when_the_commit_fails(database: DatabaseWrapper, queue: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE child (parent INTEGER REFERENCES note(id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(DatabaseError, match="FOREIGN KEY"), transaction.atomic(using=ALIAS), database.cursor() as cursor:
        cursor.execute("INSERT INTO child VALUES (77)")
    assert not is_taken(queue)
    write(database)


def test_the_turn_ends_when_the_database_cannot_be_written(database: DatabaseWrapper, queue: Path) -> None:
    with database.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 20")
    outsider = sqlite3.connect(database.settings_dict["NAME"], isolation_level=None)
    outsider.execute("BEGIN IMMEDIATE")  # a writer that knows no queue
    with pytest.raises(OperationalError, match="locked"), transaction.atomic(using=ALIAS):
        write(database)
    assert not is_taken(queue)
    outsider.close()
    write(database)


def test_a_block_that_gets_no_turn_leaves_the_connection_usable(database: DatabaseWrapper, queue: Path) -> None:
    assert database.write_lock is not None
    database.write_lock.timeout_seconds = 0.05
    with WriteLock(queue), pytest.raises(WriteLockTimeout), transaction.atomic(using=ALIAS):
        write(database)
    with transaction.atomic(using=ALIAS):
        write(database)
    assert count(database) == 1


def test_work_after_the_commit_is_outside_of_the_turn(database: DatabaseWrapper, queue: Path) -> None:
    seen: list[bool] = []
    with transaction.atomic(using=ALIAS):
        write(database)
        transaction.on_commit(lambda: seen.append(is_taken(queue)), using=ALIAS)
    assert seen == [False]


def test_transactions_without_autocommit_are_turns_too(database: DatabaseWrapper, queue: Path) -> None:
    transaction.set_autocommit(False, using=ALIAS)
    write(database)
    assert is_taken(queue)
    transaction.commit(using=ALIAS)
    assert not is_taken(queue)
    write(database)
    transaction.rollback(using=ALIAS)
    assert not is_taken(queue)
    transaction.set_autocommit(True, using=ALIAS)
    assert count(database) == 1


def test_an_in_memory_database_has_no_queue(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with allowed_to_connect(request), connected(":memory:") as connection:
        with transaction.atomic(using=ALIAS):
            write(connection)
        assert count(connection) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_lock_file_may_lie_elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    with allowed_to_connect(request), connected(tmp_path / "city.sqlite3", write_lock_path=elsewhere) as connection:
        write(connection)
    assert tickets_drawn(elsewhere) > 0
    assert not (tmp_path / "city.sqlite3.write-queue").exists()


@pytest.mark.parametrize("sql", ["BEGIN IMMEDIATE", "insert into a values (1)", "\n  UPDATE a SET b=1", "CREATE TABLE a(b)", "VACUUM;"])
def test_statements_that_write_are_known(sql: str) -> None:
    assert is_write(sql)


@pytest.mark.parametrize("sql", ["SELECT 1", "PRAGMA foreign_keys", "SAVEPOINT a", "EXPLAIN QUERY PLAN SELECT 1", "", "  "])
def test_statements_that_read_are_known(sql: str) -> None:
    assert not is_write(sql)


def test_four_processes_of_three_threads_lose_no_update_and_are_served_by_ticket(
    tmp_path: Path, writer_processes: list[subprocess.Popen[str]], request: pytest.FixtureRequest
) -> None:
    processes, threads, turns = 4, 3, 25
    database = tmp_path / "city.sqlite3"
    workers = [start(writer_processes, "increment", database, threads, turns) for _ in range(processes)]  # a first start, all at once
    assert [worker.wait(60) for worker in workers] == [0] * processes
    with allowed_to_connect(request), connected(database) as connection, connection.cursor() as cursor:
        tickets = [row[0] for row in cursor.execute("SELECT ticket FROM served ORDER BY id").fetchall()]
        assert cursor.execute("SELECT value FROM counter").fetchone()[0] == len(tickets) == processes * threads * turns
    assert tickets == sorted(set(tickets))  # nobody was served before one who came earlier


# What the tests and the writer processes share


@contextmanager
def allowed_to_connect(request: pytest.FixtureRequest) -> Iterator[None]:
    """pytest-django keeps tests from databases; these use one of their own."""
    with request.getfixturevalue("django_db_blocker").unblock():
        yield


@contextmanager
def quiet_fork() -> Iterator[int]:
    sys.stdout.flush()
    yield os.fork()


def write(connection: DatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO note DEFAULT VALUES")


def write_and_raise(connection: DatabaseWrapper, failure: type[BaseException]) -> None:
    write(connection)
    raise failure


def count(connection: DatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM note")
        return int(cursor.fetchone()[0])


def is_taken(queue: Path) -> bool:
    try:
        with WriteLock(queue, timeout_seconds=0.0):
            return False
    except WriteLockTimeout:
        return True
