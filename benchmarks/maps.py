"""What a map costs: the whole city, and one square kilometre of its busiest part, at 10 thousand and at 1 million requests.

CPU seconds of the application and, on PostgreSQL, of its database server, above those of a view that only answers "ok" in an application without any
middleware, called in turns in the same process. Both are called through WSGI, as a server would; the load generator is not counted. A synthetic city
(`million_requests.py`) is made in a temporary home first, or kept with `--home`. Run: `python benchmarks/maps.py`; PostgreSQL is measured where
DATABASE_URL names one, or where its programs are installed (`tests/postgresql_server.py`).
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
SIZES = (10_000, 1_000_000)
BAR_MS, BAR_KB = 3.0, 60.0
BATCHES, A_BATCH = 25, 12
BUSIEST = (42.3266, -71.0815)
# The whole city fits a telephone at zoom 11 and a desk's screen at 12; at 13 it fills a wall. A square kilometre fills a screen at 17.
PHONE_ZOOM, DESK_ZOOM, WALL_ZOOM, CLOSE_ZOOM = 11, 12, 13, 17

Answer = tuple[int, dict[str, str], bytes]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="keep the synthetic cities in this folder and use them again")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        sys.stdout.write(json.dumps(measured(given.measure)) + "\n")
        return 0
    with ExitStack() as stack:
        home = given.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evenhand-maps-")))
        worst = 0.0
        for vendor in ("sqlite", "postgresql"):
            if given.only in {None, vendor}:
                worst = max(worst, *(_run(vendor, n, home, stack) for n in given.sizes))
    return 0 if worst <= BAR_MS else 1


def _run(vendor: str, n: int, home: Path, stack: ExitStack) -> float:
    url = "" if vendor == "sqlite" else os.environ.get("DATABASE_URL") or _own_server(stack)
    if vendor == "postgresql" and not url:
        sys.stderr.write("PostgreSQL: not measured, there is no DATABASE_URL and no program `postgres`.\n")
        return 0.0
    environment = {**os.environ, "EVENHAND_HOME": str(home / f"{vendor}-{n}"), "DATABASE_URL": url}
    done = subprocess.run([sys.executable, __file__, "--measure", str(n)], env=environment, stdout=subprocess.PIPE, check=True)
    worst = 0.0
    for name, (ms, spread, kilobytes, plain, queries) in json.loads(done.stdout)["maps"].items():
        print(
            f"{name}, {n:,} requests, {vendor}: {ms:.2f} ms CPU above a bare view (bar {BAR_MS:g}; spread {spread:.2f}), "
            f"{kilobytes:.1f} kB sent, {plain:.1f} kB unpacked (bar {BAR_KB:g}), {queries} queries",
            flush=True,
        )
        worst = max(worst, ms)
    return worst


def _own_server(stack: ExitStack) -> str:
    """A throw-away PostgreSQL server for this run; one database, so that sizes follow each other: the small city first."""
    if (running := getattr(stack, "postgresql_url", None)) is not None:
        return str(running)
    spec = importlib.util.spec_from_file_location("postgresql_server", CHECKOUT / "tests/postgresql_server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    programs = module.find_programs()
    url = "" if programs is None else stack.enter_context(module.server(programs))
    stack.postgresql_url = url  # type: ignore[attr-defined]  # the server lives as long as the stack
    return str(url)


def measured(n: int) -> dict[str, Any]:
    """Build the city if need be, and measure its maps."""
    _set_up()
    from benchmarks.million_requests import benchmark_city, ensure_requests

    city = benchmark_city()
    ensure_requests(city, n)
    whole = f"{city.west},{city.south},{city.east},{city.north}"
    maps = {
        "map of the city (phone)": f"bbox={whole}&zoom={PHONE_ZOOM}",
        "map of the city (desk)": f"bbox={whole}&zoom={DESK_ZOOM}",
        "map of the city (wall)": f"bbox={whole}&zoom={WALL_ZOOM}",
        "map of 1 km²": f"bbox={','.join(f'{degree:.5f}' for degree in _square(*BUSIEST, kilometers=1.0))}&zoom={CLOSE_ZOOM}",
    }
    return {"maps": {name: _cost(f"/map/requests.json?{query}") for name, query in maps.items()}}


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "evenhand.web.project.settings"
    sys.path.insert(0, str(CHECKOUT))
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.ROOT_URLCONF = "benchmarks.bare_view"
    django.setup()
    call_command("migrate", verbosity=0)


def _cost(address: str) -> tuple[float, float, float, float, int]:
    """Milliseconds of CPU above the bare view (median of batches), half the spread of the middle half, kB sent and unpacked, queries."""
    view, bare = _product(), _bare()
    status, headers, body = _call(view, address)
    assert status == 200, body
    unpacked = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    assert len(json.loads(unpacked).get("cells") or json.loads(unpacked)["points"]) > 0
    queries = _queries(lambda: _call(view, address))
    above = []
    for _ in range(BATCHES):
        bare_seconds = _cpu(lambda: _call(bare, "/bare/"))
        above.append((_cpu(lambda: _call(view, address)) - bare_seconds) * 1000 / A_BATCH)
    quarters = statistics.quantiles(above, n=4)
    return statistics.median(above), (quarters[2] - quarters[0]) / 2, len(body) / 1000, len(unpacked) / 1000, queries


def _product() -> Any:
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()


def _bare() -> Any:
    """An application of the same process with no middleware at all."""
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    middleware, settings.MIDDLEWARE = settings.MIDDLEWARE, []
    handler = WSGIHandler()
    settings.MIDDLEWARE = middleware
    return handler


def _call(application: Any, address: str) -> Answer:
    path, _, query = address.partition("?")
    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        answer.update(status=int(status[:3]), headers=dict(headers))

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8311",
        "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_ACCEPT_ENCODING": "gzip, br", "HTTP_ACCEPT_LANGUAGE": "en",
        "HTTP_HOST": "127.0.0.1:8311",
        "wsgi.input": BytesIO(), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip
    response = application(environ, start)
    body = b"".join(response)
    response.close()
    return answer["status"], answer["headers"], body


def _cpu(act: Callable[[], object]) -> float:
    """CPU seconds of this process and of its database connection's server process, for a batch of calls."""
    server = _server_process()
    began = time.process_time() + _server_seconds(server)
    for _ in range(A_BATCH):
        act()
    return time.process_time() + _server_seconds(server) - began


def _server_process() -> int | None:
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def _server_seconds(process: int | None) -> float:
    return 0.0 if process is None else int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


def _queries(act: Callable[[], object]) -> int:
    from django.db import connection

    seen = 0

    def count(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal seen
        seen += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        act()
    return seen


def _square(lat: float, long: float, *, kilometers: float) -> tuple[float, float, float, float]:
    high = kilometers / 2 / 111.195
    wide = high / math.cos(math.radians(lat))
    return (long - wide, lat - high, long + wide, lat + high)


if __name__ == "__main__":
    raise SystemExit(main())
