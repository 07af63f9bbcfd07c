"""Instances beside the one under test: other homes, other databases, and the command line as a city's operator uses it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

from evenhand.web.core.stores import Stores

PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Instance:
    """A home with a database, and `evenhand` run in it."""

    home: Path
    database_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def stores(self) -> Stores:
        return Stores(self.home, self.database_url)

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "EVENHAND_HOME": str(self.home), "DATABASE_URL": self.database_url, **self.settings}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command(*arguments), env=self.environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(command(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "evenhand.cli.main", *arguments]


def instance_under_test() -> Stores:
    """The stores of this very test: its home, and its database by name or address."""
    home = Path(settings.EVENHAND.home_folder)
    if connection.vendor == "sqlite":
        return Stores(home, sqlite_name=Path(str(connection.settings_dict["NAME"])).name)
    return Stores(home, postgresql_url(str(connection.settings_dict["NAME"])))


def postgresql_url(name: str) -> str:
    """The address of a database on the server that the tests run on."""
    now = connection.settings_dict
    options = {"host": now["OPTIONS"].get("host") or now["HOST"], **({"port": now["PORT"]} if now["PORT"] else {})}
    return f"postgresql://{quote(now['USER'])}@/{name}?{urlencode({key: value for key, value in options.items() if value})}"


@contextmanager
def new_instance(folder: Path, *, name: str = "evenhand_other") -> Iterator[Instance]:
    """An instance with nothing in it: a folder, and on PostgreSQL a database, dropped at the end."""
    home = folder / "home"
    if connection.vendor == "sqlite":
        yield Instance(home)
        return
    import psycopg

    unique = f"{name}_{os.getpid()}"
    with psycopg.connect(postgresql_url("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{unique}"'.encode())
        try:
            yield Instance(home, postgresql_url(unique))
        finally:
            server.execute(f'DROP DATABASE "{unique}" WITH (FORCE)'.encode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
