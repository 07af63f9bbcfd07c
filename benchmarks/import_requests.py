"""How fast a city's published year comes in: Boston's whole file into a fresh database, beside the plainest import of the same file.

The plainest one reads the file with csv and inserts every row as it is into a table of texts without an index, in transactions of as many rows, into
the same database in the same run: no check, no history, no search, no map.

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
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.cpu_time import CpuMeter

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
    resting_mb, plain = _peak_mb(), _plain_import(meter)
    rates = []
    for what in ("import Boston's {:,} requests", "import the same {:,} again"):
        before, began = meter.seconds(), time.perf_counter()
        with _turns() as turns:
            _, counts = import_requests(city, BOSTON, format="boston", at=clock.now())
        wall, cpu = time.perf_counter() - began, meter.seconds() - before
        plain = min(plain, _plain_import(meter), key=itemgetter(1))
        rates.append(counts.rows / wall)
        print(f"{connection.vendor}: {what.format(counts.rows)}: {wall:.1f} s, {cpu:.1f} s CPU ({counts.rows / cpu:,.0f} rows a CPU second); "
              f"the plainest import: {plain[0]:.1f} s, {plain[1]:.1f} s CPU; {_peak_mb() - resting_mb:.0f} MB above the {resting_mb:.0f} MB at rest; "
              f"the write lock was held for {statistics.median(turns) * 1000:.0f} ms, {max(turns) * 1000:.0f} ms at most")  # fmt: skip
        missed = "" if rates[-1] >= BAR_ROWS_A_SECOND else " — FAILS"
        print(f"| {what.format(counts.rows)}, {connection.vendor} | ≥ {BAR_ROWS_A_SECOND:,} rows/s | {counts.rows / wall:,.0f} rows/s, "
              f"{counts.rows / cpu:,.0f} a CPU second, {cpu / plain[1]:.1f} times the CPU of the plainest import, "
              f"{_peak_mb():.0f} MB{missed} |")  # fmt: skip
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


def _plain_import(meter: CpuMeter) -> tuple[float, float]:
    """Wall and CPU seconds of the plainest import; its table is gone afterwards."""
    from django.db import connection, transaction

    from evenhand.web.journeys.import_requests import CHUNK_ROWS

    before, began = meter.seconds(), time.perf_counter()
    with gzip.open(BOSTON, "rt", encoding="utf-8", newline="") as lines, connection.cursor() as cursor:
        rows = csv.reader(lines)
        width = len(next(rows))
        cursor.execute(f"CREATE TABLE plain_rows ({', '.join(f'c{n} TEXT' for n in range(width))})")
        statement = f"INSERT INTO plain_rows VALUES ({', '.join(['%s'] * width)})"
        while chunk := list(islice(rows, CHUNK_ROWS)):
            with transaction.atomic():
                cursor.executemany(statement, chunk)
        spent = time.perf_counter() - began, meter.seconds() - before
        cursor.execute("DROP TABLE plain_rows")
    return spent


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
