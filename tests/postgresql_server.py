"""Runs a command with DATABASE_URL naming a PostgreSQL server of its own: `python tests/postgresql_server.py -- pytest tests/web`.

The server is made for this one run in a temporary folder, listens on a Unix socket only, keeps nothing durable (it is thrown away), and is stopped at
the end, also after Ctrl-C. (Benchmarks keep its data for their next run, and ask for PostgreSQL's own durable settings.) Its programs are looked for
on PATH and where Debian puts them; as root they are installed when missing. Without them the command is not run and one line says so; under CI=true
that is a failure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

UNSAFE_AND_QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=128MB",
    "max_connections=60",
    "autovacuum=off",  # tests roll back: tables that it finds empty would be planned for as empty, with a hundred thousand rows in them
)
AS_SHIPPED = ()  # durable: PostgreSQL's defaults
START_SECONDS = 60.0


def main(arguments: Sequence[str]) -> int:
    command = list(arguments[1:] if arguments[:1] == ["--"] else arguments)
    if not command:
        sys.stderr.write("Expected a command: postgresql_server.py -- COMMAND…\n")
        return 2
    programs = find_programs() or install_programs()
    if programs is None:
        sys.stderr.write("PostgreSQL: skipped, there are no programs `initdb` and `postgres`. Install PostgreSQL 14 or newer to run these.\n")
        return 1 if os.environ.get("CI") == "true" else 0
    signal.signal(signal.SIGTERM, _stop)
    with server(programs) as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


def find_programs() -> Path | None:
    """The folder that holds both programs: PATH first, else Debian's newest."""
    if (found := shutil.which("initdb")) and shutil.which("postgres"):
        return Path(found).parent
    folders = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


def install_programs() -> Path | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
        subprocess.run(["apt-get", "-q", *arguments], env=quiet, stdout=sys.stderr, check=False)
    return find_programs()


@contextmanager
def server(programs: Path, *, settings: Sequence[str] = UNSAFE_AND_QUICK, kept: Path | None = None) -> Iterator[str]:
    """A running server; yields its DATABASE_URL. PostgreSQL refuses to run as root, so root hands it to an unprivileged user.

    `kept` is a folder whose data outlive the server; made if missing.
    """
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="evenhand-pg-"))
    data = kept or folder / "data"
    try:
        folder.chmod(0o755)
        data.mkdir(parents=True, exist_ok=True)
        if user:
            shutil.chown(folder, user)
            shutil.chown(data, user)
        if not (data / "PG_VERSION").exists():
            _run([programs / "initdb", "-D", data, "-U", "evenhand", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], user, folder)
        with _running(programs, data, (*settings, "listen_addresses=", f"unix_socket_directories={folder}"), user, folder):
            yield f"postgresql://evenhand@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(programs: Path, data: Path, settings: Sequence[str], user: str | None, folder: Path) -> Iterator[None]:
    switches = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, *switches], user=user, cwd=folder, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_ready(process, data, folder / "log")
        yield
    finally:
        process.send_signal(signal.SIGINT)  # "fast": end the sessions, then stop
        process.wait(timeout=60)


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", "daemon") if name in known)


def _run(command: Sequence[object], user: str | None, folder: Path) -> None:
    done = subprocess.run([str(part) for part in command], user=user, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _wait_until_ready(process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(process, data):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _is_ready(process: subprocess.Popen[bytes], data: Path) -> bool:
    """The server's pid file begins with its process and ends with `ready` when it takes connections; kept data may hold a killed server's."""
    file = data / "postmaster.pid"
    lines = file.read_text().split() if file.exists() else []
    return bool(lines) and lines[0] == str(process.pid) and lines[-1] == "ready"


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
