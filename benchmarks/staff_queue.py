"""What a page of the staff queue costs the server: a hundred rows at 10 thousand and at 1 million requests.

CPU per page in the process that serves it (on PostgreSQL plus the server process of its connection), above a bare Django view that is timed in turns
with it in the same run. Both are called through WSGI, as a server would, by somebody who is signed in. The first line is the bar; the others are the
worst realistic filters and a search. Counts of views are kept for a minute: the first page of a minute is told apart. The synthetic city
(`million_requests.py`) is made in a temporary home first, or kept with `--home`. Run: `python benchmarks/staff_queue.py`. PostgreSQL is measured
where DATABASE_URL names one, or where its programs are installed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
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
sys.path.insert(0, str(CHECKOUT))
SIZES = (10_000, 1_000_000)
BAR_MS, BAR_QUERIES, ROWS = 15.0, 10, 100
BATCHES, A_BATCH = 15, 4
FILTERS = {
    "100 rows": "",
    "first page of a minute": "",
    "second page": "",
    "newest first": "order=newest",
    "a team": "team=team-0",
    "a rare service in one area, high": "service=service-30&area=a09&priority=high",
    "nobody, overdue, one service": "assignee=nobody&due=overdue&service=service-3",
    "search, two words": "q=wharf+street",
    "search, a rare word": "q=399+orchard",
    "closed": "state=closed",
    "open and closed, a service": "state=any&service=service-5",
    "map of the city": "",
}


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
        home = given.home or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="evenhand-queue-")))
        held = [_run(vendor, n, home, stack) for vendor in ("sqlite", "postgresql") if given.only in {None, vendor} for n in given.sizes]
    return 0 if all(held) else 1


def _run(vendor: str, n: int, home: Path, stack: ExitStack) -> bool:
    """Whether the bar holds; the hundred rows are what it is about."""
    from benchmarks.maps import _own_server

    url = "" if vendor == "sqlite" else os.environ.get("DATABASE_URL") or _own_server(stack)
    if vendor == "postgresql" and not url:
        sys.stderr.write("PostgreSQL: not measured, there is no DATABASE_URL and no program `postgres`.\n")
        return True
    environment = {**os.environ, "EVENHAND_HOME": str(home / f"{vendor}-{n}"), "DATABASE_URL": url}
    done = subprocess.run([sys.executable, __file__, "--measure", str(n)], env=environment, stdout=subprocess.PIPE, check=True)
    figures = json.loads(done.stdout)
    for name, (ms, spread, kilobytes, rows, queries) in figures.items():
        print(f"  {name}: {ms:.1f} ms CPU (spread {spread:.1f}), {queries} queries, {rows} rows, {kilobytes:.1f} kB of HTML")
    ms, *_, queries = figures["100 rows"]
    print(f"| staff queue, {ROWS} rows, {n:,} requests, {vendor} | ≤ {BAR_MS:g} ms CPU, ≤ {BAR_QUERIES} queries | "
          f"{ms:.1f} ms CPU above a bare view, {queries} queries |", flush=True)  # fmt: skip
    return bool(ms <= BAR_MS and queries <= BAR_QUERIES)


def measured(n: int) -> dict[str, tuple[float, float, float, int, int]]:
    """Build the city if need be, sign somebody in, and measure each page."""
    from benchmarks.maps import _bare, _product, _set_up

    _set_up()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    from benchmarks.million_requests import benchmark_city, ensure_requests
    from evenhand.web.console.queue_views_beside import forget_counts

    city = benchmark_city()
    ensure_requests(city, n)
    cookie = _signed_in(city)
    view, bare = _product(), _bare()
    figures = {}
    for name, query in FILTERS.items():
        address = _address(view, name, query, cookie, city)
        before = (lambda: forget_counts(city)) if name == "first page of a minute" else _nothing

        def ask(address: str = address, before: Callable[[], None] = before) -> bytes:
            before()
            return _page(view, address, cookie)

        figures[name] = _cost(ask, lambda: _call(bare, "/bare/", ""))
    return figures


def _cost(ask: Callable[[], bytes], ask_bare: Callable[[], object]) -> tuple[float, float, float, int, int]:
    """Milliseconds of CPU above the bare view (median of batches), half the spread of the middle half, kB of HTML, rows, queries."""
    from benchmarks import maps

    maps.A_BATCH = A_BATCH
    page = ask()
    queries = maps._queries(ask)
    above = []
    for _ in range(BATCHES):
        bare_seconds = maps._cpu(ask_bare)
        above.append((maps._cpu(ask) - bare_seconds) * 1000 / A_BATCH)
    quarters = statistics.quantiles(above, n=4)
    return statistics.median(above), (quarters[2] - quarters[0]) / 2, len(page) / 1000, page.count(b"data-row="), queries


def _page(view: Any, address: str, cookie: str) -> bytes:
    """A page as a browser unpacks it."""
    status, headers, body = _call(view, address, cookie)
    assert status == 200, (status, headers)
    return gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body


def _address(view: Any, name: str, query: str, cookie: str, city: Any) -> str:
    """The page's address; that of the second page stands on the first."""
    if name == "map of the city":
        return f"/console/queue/map.json?bbox={city.west},{city.south},{city.east},{city.north}&zoom=12"
    if name != "second page":
        return f"/console/?{query}"
    found = re.search(rb'href="(/console/\?after=[^"]+)"', _page(view, "/console/", cookie))
    assert found is not None
    return found[1].decode()


def _signed_in(city: Any) -> str:
    """The cookie of a dispatcher's session."""
    from django.conf import settings
    from django.test import Client

    from evenhand.web.accounts.models import Account

    person, is_new = Account.objects.get_or_create(username="queue-reader", defaults={"role": "dispatcher"})
    if is_new:
        person.cities.add(city)
        person.teams.add(*city.teams.all()[:2])
    client = Client()
    client.force_login(person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _call(application: Any, address: str, cookie: str) -> tuple[int, dict[str, str], bytes]:
    path, _, query = address.partition("?")
    answer: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        answer.update(status=int(status[:3]), headers=dict(headers))

    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8311",
        "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_ACCEPT_ENCODING": "gzip, br", "HTTP_ACCEPT_LANGUAGE": "en",
        "HTTP_HOST": "127.0.0.1:8311", "HTTP_COOKIE": cookie,
        "wsgi.input": BytesIO(), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr,
    }  # fmt: skip
    response = application(environ, start)
    body = b"".join(response)
    response.close()
    return answer["status"], answer["headers"], body


def _nothing() -> None:
    time.sleep(0)


if __name__ == "__main__":
    raise SystemExit(main())
