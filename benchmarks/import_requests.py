"""How fast a city's published year comes in: Boston's whole file into a fresh database, beside a bare pass of csv over the same file.

Everything counts that `evenhand import requests` does: reading, comparing, history, indexes, map cells and expected dates. Needs the shared data
folder beside the checkout (EVENHAND_SHARED_DATA names another); without it, it says so and measures nothing.
"""

from __future__ import annotations

import csv
import gzip
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BAR_ROWS_A_SECOND = 3000
SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
BOSTON = SHARED / "boston_311_2015" / "boston_311_2015_jan_sep.csv.gz"
TRACTS = SHARED / "demographics_boston" / "boston_tracts.geojson"


def main() -> int:
    if not BOSTON.exists():
        print(f"Not measured: there is no {BOSTON.name}.")
        return 1
    with tempfile.TemporaryDirectory() as home:
        os.environ["EVENHAND_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenhand.web.project.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return _measure()


def _measure() -> int:
    from django.db import connection

    from benchmarks.cpu_time import CpuMeter
    from evenhand.web.core import clock
    from evenhand.web.journeys import import_places
    from evenhand.web.journeys.import_requests import import_requests
    from evenhand.web.places.cities import create_city

    city = create_city("Boston", timezone="America/New_York", boundary=TRACTS, at=clock.now(), only="25025")
    import_places.import_areas(city, TRACTS, only="25025")
    meter = CpuMeter()
    resting_mb, bare = _peak_mb(), _bare_pass()
    rates = []
    for what in ("import Boston's {:,} requests", "import the same {:,} again"):
        before, began = meter.seconds(), time.perf_counter()
        with _turns() as turns:
            _, counts = import_requests(city, BOSTON, format="boston", at=clock.now())
        wall, cpu = time.perf_counter() - began, meter.seconds() - before
        bare = min(bare, _bare_pass())
        rates.append(counts.rows / wall)
        print(f"{connection.vendor}: {what.format(counts.rows)}: {wall:.1f} s, {cpu:.1f} s CPU ({counts.rows / cpu:,.0f} rows a CPU second), "
              f"{cpu / bare:.0f} times a bare csv pass ({bare:.2f} s); {_peak_mb() - resting_mb:.0f} MB above the {resting_mb:.0f} MB at rest; "
              f"the write lock was held for {statistics.median(turns) * 1000:.0f} ms, {max(turns) * 1000:.0f} ms at most")  # fmt: skip
        print(f"| {what.format(counts.rows)}, {connection.vendor} | ≥ {BAR_ROWS_A_SECOND:,} rows/s | {counts.rows / wall:,.0f} rows/s, "
              f"{cpu / bare:.0f} times a bare csv pass, {_peak_mb():.0f} MB |")  # fmt: skip
    return 0 if min(rates) >= BAR_ROWS_A_SECOND else 1


@contextmanager
def _turns() -> Iterator[list[float]]:
    """How long each chunk keeps other writers waiting, in seconds: from its first lock to the end of its transaction."""
    from django.db import transaction

    from evenhand.web.service_requests import imports

    held: list[float] = []
    usual, began = imports._wait_for_others, [0.0]

    def locked(source: str) -> None:
        began[0] = time.perf_counter()
        transaction.on_commit(lambda: held.append(time.perf_counter() - began[0]))
        usual(source)

    imports._wait_for_others = locked
    try:
        yield held
    finally:
        imports._wait_for_others = usual


def _bare_pass() -> float:
    """CPU seconds of reading the file with csv and doing nothing with it; the best of two."""
    return min(_read_plainly(), _read_plainly())


def _read_plainly() -> float:
    before = time.process_time()
    with gzip.open(BOSTON, "rt", encoding="utf-8", newline="") as lines:
        for _ in csv.reader(lines):
            pass
    return time.process_time() - before


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
