"""The synthetic cities that pages are measured in: one home for each database and size, made once and kept in one folder.

    FOLDER/sqlite-10000/  FOLDER/sqlite-1000000/        homes of the product, each with its SQLite file
    FOLDER/postgresql-10000/  FOLDER/postgresql-1000000/   homes without one: their databases lie in
    FOLDER/postgresql/                                  a server's data: databases city_10000, city_1000000

Who measures gets a copy and may write into it: the next one finds the city as it was made. Both databases are as durable as the product runs them,
SQLite by its own settings and PostgreSQL by those it ships with. A city of a million requests takes ten minutes to make and a gigabyte to keep.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent
FOLDER_VARIABLE: Final = "EVENHAND_BENCH_HOME"
VENDORS: Final = ("sqlite", "postgresql")
_WHOLE: Final = "city-is-whole"  # a file of the home: making it was not interrupted


class CityHomes:
    """Hands out copies of the cities in a folder; makes those that are missing."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL's user passes through
        self.folder, self._stack = folder.resolve(), stack

    def has(self, vendor: str) -> bool:
        """Whether this database can be measured on this machine."""
        return vendor == "sqlite" or self._server is not None

    @contextmanager
    def copy_of(self, vendor: str, n: int) -> Iterator[dict[str, str]]:
        """The environment of a process that works in a copy of the city; the copy is gone afterwards."""
        made = self._made(vendor, n)
        copy = self.folder / f"copy-{os.getpid()}"
        try:
            shutil.copytree(made, copy)
            with self._copied_database(vendor, n) as url:
                yield _environment(copy, url)
        finally:
            shutil.rmtree(copy, ignore_errors=True)

    def _made(self, vendor: str, n: int) -> Path:
        home = self.folder / f"{vendor}-{n}"
        database = f"city_{n}"
        if vendor == "postgresql" and not self._has_database(database):
            self._ask_server(f"CREATE DATABASE {database}")
        environment = _environment(home, self._url_of(database) if vendor == "postgresql" else "")
        subprocess.run([sys.executable, "-m", "benchmarks.kept_cities", str(n)], env=environment, cwd=CHECKOUT, check=True)
        return home

    @contextmanager
    def _copied_database(self, vendor: str, n: int) -> Iterator[str]:
        if vendor == "sqlite":
            yield ""
            return
        copy = f"copy_{os.getpid()}"
        self._ask_server(f"CREATE DATABASE {copy} TEMPLATE city_{n}")
        try:
            yield self._url_of(copy)
        finally:
            self._ask_server(f"DROP DATABASE {copy} WITH (FORCE)")

    @cached_property
    def _server(self) -> str | None:
        """The address of PostgreSQL, started now; None where its programs are not installed."""
        from tests.postgresql_server import AS_SHIPPED, find_programs, server

        programs = find_programs()
        return None if programs is None else self._stack.enter_context(server(programs, settings=AS_SHIPPED, kept=self.folder / "postgresql"))

    def _url_of(self, database: str) -> str:
        return str(self._server).replace("/postgres?", f"/{database}?")

    def _has_database(self, name: str) -> bool:
        return bool(self._ask_server(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))

    def _ask_server(self, sql: str) -> list[tuple[object, ...]]:
        import psycopg

        with psycopg.connect(str(self._server), autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def city_homes(folder: Path | None) -> Iterator[CityHomes]:
    """The cities kept in a folder; without one, in a temporary folder for this run."""
    with ExitStack() as stack:
        yield CityHomes(folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evenhand-bench-"))), stack)


def kept_folder() -> Path | None:
    """The folder that the environment names."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def set_up_django() -> None:
    """Django as the product starts it, with one address more: the bare view."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "evenhand.web.project.settings"
    import django
    from django.conf import settings

    settings.ROOT_URLCONF = "benchmarks.bare_view"
    django.setup()


def _environment(home: Path, database_url: str) -> dict[str, str]:
    return {**os.environ, "EVENHAND_HOME": str(home), "DATABASE_URL": database_url}


def _make(n: int) -> None:
    """In a process of its own: bring the city of this environment up to date and up to `n` requests."""
    set_up_django()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from benchmarks.million_requests import benchmark_city, ensure_requests

    mark = settings.EVENHAND.home_folder / _WHOLE
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if not mark.exists():
        ensure_requests(benchmark_city(), n)
        mark.touch()
    connections.close_all()


if __name__ == "__main__":
    _make(int(sys.argv[1]))
