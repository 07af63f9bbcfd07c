"""Runs a command with DATABASE_URL naming a PostgreSQL server of its own: `python tests/postgresql_server.py -- pytest tests/web`.

The server is made for this one run in a temporary folder, listens on a Unix socket only, keeps nothing durable (it is thrown away), and is stopped at
the end, also after Ctrl-C. Its programs are looked for on PATH and where Debian puts them; as root they are installed when missing. Without them the
command is not run and one line says so; under CI=true that is a failure.
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

UNSAFE_AND_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=128MB", "max_connections=60")
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
def server(programs: Path) -> Iterator[str]:
    """A running server; yields its DATABASE_URL. PostgreSQL refuses to run as root, so root hands it to an unprivileged user."""
    user = _unprivileged_user()
    folder = Path(tempfile.mkdtemp(prefix="evenhand-pg-"))
    try:
        folder.chmod(0o755)
        if user:
            shutil.chown(folder, user)
        _run([programs / "initdb", "-D", folder / "data", "-U", "evenhand", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], user, folder)
        settings = [part for setting in (*UNSAFE_AND_QUICK, "listen_addresses=", f"unix_socket_directories={folder}") for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [programs / "postgres", "-D", folder / "data", *settings], user=user, cwd=folder, stdout=log, stderr=log, start_new_session=True
            )
        try:
            _wait_until_ready(process, folder)
            yield f"postgresql://evenhand@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)  # "fast": end the sessions, then stop
            process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody", "daemon") if name in known)


def _run(command: Sequence[object], user: str | None, folder: Path) -> None:
    done = subprocess.run([str(part) for part in command], user=user, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _wait_until_ready(process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "ready" not in _status(folder):
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}")
        time.sleep(0.05)


def _status(folder: Path) -> str:
    """The last line of the server's pid file says `ready` when it takes connections."""
    file = folder / "data/postmaster.pid"
    return file.read_text().splitlines()[-1] if file.exists() and file.read_text() else ""


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
