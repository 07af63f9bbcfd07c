"""How a page is measured: CPU above a bare view, in a city of 10 thousand and of 1 million requests, on SQLite and on PostgreSQL.

A benchmark names its bars and yields a `Cost` for each page. Each database and size is measured in a process of its own, in a copy of a kept city
(`kept_cities.py`). Pages are called through WSGI, as a server would call them; the load generator is not counted. In turns with each batch of pages
a bare view of the same process is called: two letters, no middleware, no database. What is told is the median over the batches of the CPU of the
application and of its database, less that of the bare view; half the width of the middle half is its spread.
"""

from __future__ import annotations

import argparse
import gzip
import json
import secrets
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.kept_cities import CHECKOUT, FOLDER_VARIABLE, VENDORS, CityHomes, city_homes, kept_folder, set_up_django

if TYPE_CHECKING:
    from evenhand.web.places.models import Jurisdiction

SIZES: Final = (10_000, 1_000_000)
BATCHES, A_BATCH = 25, 12
WARM_UP: Final = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """What a page may cost at most."""

    cpu_ms: float
    statements: int | None = None
    kilobytes: float | None = None

    def is_kept_by(self, cost: Cost) -> bool:
        """Whether the page costs no more."""
        return (
            cost.cpu_ms <= self.cpu_ms
            and cost.statements <= (self.statements if self.statements is not None else cost.statements)
            and cost.kilobytes <= (self.kilobytes if self.kilobytes is not None else cost.kilobytes)
        )

    def __str__(self) -> str:
        queries = f", ≤ {self.statements} queries" if self.statements is not None else ""
        return f"≤ {self.cpu_ms:g} ms CPU{queries}" + (f", ≤ {self.kilobytes:g} kB" if self.kilobytes is not None else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a page costs: CPU above the bare view, which is told beside it; kilobytes as they are sent."""

    what: str
    cpu_ms: float
    spread_ms: float
    bare_ms: float
    wall_ms: float
    statements: int
    kilobytes: float

    def __str__(self) -> str:
        return (
            f"{self.cpu_ms:.2f} ms CPU above a bare view of {self.bare_ms:.2f} (spread {self.spread_ms:.2f}; {self.wall_ms:.1f} ms wall), "
            f"{self.statements} queries, {self.kilobytes:.1f} kB"
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered, as it is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def words(self) -> bytes:
        """The body as a browser unpacks it."""
        return gzip.decompress(self.body) if self.headers.get("Content-Encoding") == "gzip" else self.body


Measure = Callable[["Jurisdiction", "Meter"], Iterable[Cost]]


def run(benchmark: str, measure: Measure, bars: Mapping[str, Bar]) -> int:
    """The `main` of a benchmark, by the name of its module: 1 where a bar is missed."""
    given = _arguments(benchmark)
    if given.measure:
        _measured_here(measure)
        return 0
    signal.signal(signal.SIGTERM, _stop)
    with city_homes(given.home) as homes:
        kept = [_measured(benchmark, bars, homes, vendor, n) for vendor in given.only or VENDORS for n in given.sizes]
    return 0 if all(kept) else 1


class Meter:
    """Calls the product and the bare view of this process in turns."""

    def __init__(self) -> None:
        from benchmarks.cpu_time import CpuMeter

        self._cpu = CpuMeter()

    @cached_property
    def _product(self) -> Any:
        from django.core.handlers.wsgi import WSGIHandler

        return WSGIHandler()

    @cached_property
    def _bare(self) -> Any:
        """An application of the same process with no middleware at all."""
        from django.conf import settings
        from django.core.handlers.wsgi import WSGIHandler

        middleware, settings.MIDDLEWARE = settings.MIDDLEWARE, []
        handler = WSGIHandler()
        settings.MIDDLEWARE = middleware
        return handler

    def ask(self, address: str, *, cookie: str = "", form: bytes | None = None, sender: str = "127.0.0.1") -> Answer:
        """What the product answers; a `form` is posted."""
        return _call(self._product, address, cookie, form, sender)

    def cost(self, what: str, act: Callable[[], Answer | None], *, batches: int = BATCHES, a_batch: int = A_BATCH) -> Cost:
        """What `act` costs. It is called `calls_needed` times in all."""
        answer = act()
        statements = _statements(act)
        for _ in range(WARM_UP - 2):
            act()
        pages, bares, walls = [], [], []
        for _ in range(batches):
            bares.append(self._a_batch(self._ask_bare, a_batch))
            began = time.perf_counter()
            pages.append(self._a_batch(act, a_batch))
            walls.append((time.perf_counter() - began) / a_batch * 1000)
        above = [page - bare for page, bare in zip(pages, bares, strict=True)]
        low, _, high = statistics.quantiles(above, n=4)
        return Cost(
            what=what, cpu_ms=statistics.median(above), spread_ms=(high - low) / 2, bare_ms=statistics.median(bares),
            wall_ms=statistics.median(walls), statements=statements, kilobytes=len(answer.body) / 1000 if answer else 0.0,
        )  # fmt: skip

    def _ask_bare(self) -> None:
        _call(self._bare, "/bare/", "", None, "127.0.0.1")

    def _a_batch(self, act: Callable[[], object], calls: int) -> float:
        """CPU milliseconds a call."""
        began = self._cpu.seconds()
        for _ in range(calls):
            act()
        return (self._cpu.seconds() - began) / calls * 1000


def calls_needed(*, batches: int = BATCHES, a_batch: int = A_BATCH) -> int:
    """How often `Meter.cost` calls what it measures."""
    return WARM_UP + batches * a_batch


def session_cookie(person: Any) -> str:
    """The cookies of somebody who has just signed in: the session's, and the one that forms are proven by."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={secrets.token_hex(16)}"


def _arguments(benchmark: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m {benchmark}")
    parser.add_argument("--home", type=Path, default=kept_folder(), help=f"keep the cities in this folder; by default that of {FOLDER_VARIABLE}")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="requests in the city")
    parser.add_argument("--only", choices=VENDORS, nargs="+", help="the databases to measure on")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(benchmark: str, bars: Mapping[str, Bar], homes: CityHomes, vendor: str, n: int) -> bool:
    """Measure in a process of its own and print what was found; whether all bars are kept."""
    if not homes.has(vendor):
        print("PostgreSQL: not measured, there is no program `postgres`.")
        return True
    began = time.perf_counter()
    with homes.copy_of(vendor, n) as environment:
        command = [sys.executable, "-m", benchmark, "--measure"]
        done = subprocess.run(command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    print(f"{vendor}, {n:,} requests, measured in {time.perf_counter() - began:.0f} s")
    costs = [Cost(**found) for found in json.loads(done.stdout)]
    for cost in costs:
        told = f"{cost.what}, {n:,} requests, {vendor}"
        missed = "" if cost.what not in bars or bars[cost.what].is_kept_by(cost) else " — FAILS"
        print(f"| {told} | {bars[cost.what]} | {cost}{missed} |" if cost.what in bars else f"  {cost.what}: {cost}", flush=True)
    return all(bars[cost.what].is_kept_by(cost) for cost in costs if cost.what in bars)


def _measured_here(measure: Measure) -> None:
    set_up_django()
    from benchmarks.million_requests import benchmark_city

    costs = measure(benchmark_city(), Meter())
    sys.stdout.write(json.dumps([asdict(cost) for cost in costs]) + "\n")


def _call(application: Any, address: str, cookie: str, form: bytes | None, sender: str) -> Answer:
    path, _, query = address.partition("?")
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        begun.append((status, headers))

    environ = {
        "REQUEST_METHOD": "GET" if form is None else "POST", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8311", "REMOTE_ADDR": sender, "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1:8311", "HTTP_COOKIE": cookie,
        "HTTP_ACCEPT_ENCODING": "gzip, br", "HTTP_ACCEPT_LANGUAGE": "en", "CONTENT_LENGTH": str(len(form or b"")),
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if form is not None else "",
        "wsgi.input": BytesIO(form or b""), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip
    response = application(environ, start)
    body = b"".join(response)
    response.close()
    status, headers = begun[0]
    return Answer(int(status[:3]), dict(headers), body)


def _statements(act: Callable[[], object]) -> int:
    from django.db import connection

    seen = 0

    def count(execute: Callable[..., object], *of_the_statement: object) -> object:
        nonlocal seen
        seen += 1
        return execute(*of_the_statement)

    with connection.execute_wrapper(count):
        act()
    return seen


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)  # so that the server stops and copies go, as after Ctrl-C
