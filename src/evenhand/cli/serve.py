"""`evenhand serve` and `evenhand worker`: the city's pages, and what happens behind them.

One command starts both: granian with two processes of four threads each (measured: asynchronous Django costs twice the CPU), and the worker that
sends messages as a child process, started again if it dies. Children are spawned, not forked: they inherit no lock, pipe or thread. Each looks once a
second whether its parent is still there, and stops when it was killed.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any

import typer

from evenhand.cli.progress import notes
from evenhand.cli.setup import configuration, said, with_django
from evenhand.vocabulary.errors import EvenhandError

RESTART_SECONDS = 5.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 1.0
READY_SECONDS = 60.0

Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that answer, each with four threads.")]
NoWorker = Annotated[bool, typer.Option("--no-worker", help="Don't send messages from here: `evenhand worker` runs elsewhere.")]
Address = Annotated[str, typer.Option("--address", help="Address to listen on; 0.0.0.0 for all.")]


def serve(port: Port = 8311, no_worker: NoWorker = False, workers: Workers = 2, address: Address = "127.0.0.1") -> None:
    """Serve the city until Ctrl-C. Prints the address once it answers.

    Example: evenhand serve --port 8311
    """
    _refuse_taken_port(address, port)
    with_django()
    _refuse_wrong_settings()
    _collect_static_files()
    _leave_database()
    shown = "127.0.0.1" if address == "0.0.0.0" else address  # noqa: S104 - compared, not bound
    threading.Thread(target=_tell_when_ready, args=(f"http://{shown}:{port}",), daemon=True).start()
    multiprocessing.set_start_method("spawn")
    with nullcontext() if no_worker else _worker_beside():
        _granian(address, port, workers).serve(target_loader=_application)


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do what is due, then stop.")] = False,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Send messages, release held reports and refresh figures until Ctrl-C. With --once, exit code 1 where something failed.

    Example: evenhand worker --once
    """
    with_django()
    from evenhand.web.journeys import run_worker

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if with_parent:
        _stop_with_parent()
    if not run_worker.run(stop, once=once) and once:
        raise typer.Exit(1)


def _refuse_taken_port(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            words = "Something else listens there" if taken else str(error.strerror)
            raise EvenhandError(
                "port_taken", f"Cannot listen on {address}:{port}. {words}: stop it, or choose another port with --port.", port=port
            ) from None


def _refuse_wrong_settings() -> None:
    from django.core.checks import ERROR, run_checks

    found = [message for message in run_checks(databases=["default"]) if not message.is_silenced()]
    for message in found:
        notes([said(message)])
    if any(message.level >= ERROR for message in found):
        raise EvenhandError("settings_wrong", "Not served: mend the settings named above (docs/reference/settings.md).")


def _collect_static_files() -> None:
    """Files get their hash into their name and a compressed copy. Old ones stay: a page opened before an upgrade still finds its own."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def _leave_database() -> None:
    """The children have connections of their own; ours would only keep files open."""
    from django.db import connections

    connections.close_all()


def _granian(address: str, port: int, workers: int) -> Any:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    stderr = {"class": "logging.StreamHandler", "formatter": "generic", "stream": "ext://sys.stderr"}
    return Granian(
        "evenhand.web.project.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        respawn_failed_workers=True,
        workers_kill_timeout=int(STOP_SECONDS),
        log_level=LogLevels.warning,
        log_dictconfig={"handlers": {"console": stderr, "access": stderr}},
    )


@contextmanager
def _worker_beside() -> Iterator[None]:
    """The worker as a child, started again when it dies, stopped when we stop."""
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_worker, args=(stopping,))
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_worker(stopping: threading.Event) -> None:
    while not stopping.is_set():
        command = [sys.executable, "-m", "evenhand.cli.main", "worker", "--with-parent"]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        while child.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            _stop_child(child)
        else:
            notes([f"The worker ended with code {child.returncode}; it starts again in {RESTART_SECONDS:g} s."])
            stopping.wait(RESTART_SECONDS)


def _stop_child(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _application(target: str) -> Callable[..., Any]:
    """What granian's processes load: the WSGI application, and an eye on the parent."""
    from importlib import import_module

    _stop_with_parent()
    module, name = target.split(":")
    application: Callable[..., Any] = getattr(import_module(module), name)
    return application


def _stop_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()


def _tell_when_ready(url: str) -> None:
    """The address, once a page comes: on stdout alone, and with the public one for people where they differ."""
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(url) and time.monotonic() < deadline:
        time.sleep(0.1)
    if not _answers(url):
        notes([f"No page has come from {url} for {READY_SECONDS:g} s. What was logged above says why."])
        return
    typer.echo(url)
    public = configuration().public_url
    notes(["Evenhand is running; Ctrl-C stops it." + ("" if public.startswith(url) else f" Residents use {public}.")])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/", timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
