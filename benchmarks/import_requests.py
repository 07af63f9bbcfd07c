"""How fast a city's published year comes in: Boston's whole file into a fresh database, beside a bare pass of csv over the same file.

Everything counts that `evenhand import requests` does: reading, comparing, history, indexes, map cells and expected dates. Needs the shared data
folder beside the checkout (EVENHAND_SHARED_DATA names another); without it, it says so and measures nothing.
"""

from __future__ import annotations

import csv
import gzip
import os
import resource
import tempfile
import time
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
    before = meter.seconds()
    _bare_pass()
    bare = meter.seconds() - before
    before, began = meter.seconds(), time.perf_counter()
    _, counts = import_requests(city, BOSTON, format="boston", at=clock.now())
    wall, cpu = time.perf_counter() - began, meter.seconds() - before
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{connection.vendor}: {counts.rows:,} rows in {wall:.1f} s, {cpu:.1f} s CPU, {cpu / bare:.0f} times a bare pass ({bare:.2f} s); "
          f"peak memory {peak_mb:.0f} MB")  # fmt: skip
    print(f"| import Boston's {counts.rows:,} requests, {connection.vendor} | ≥ {BAR_ROWS_A_SECOND:,} rows/s | {counts.rows / wall:,.0f} rows/s, "
          f"{cpu / bare:.0f} times a bare csv pass, {peak_mb:.0f} MB |")  # fmt: skip
    return 0 if counts.rows / wall >= BAR_ROWS_A_SECOND else 1


def _bare_pass() -> int:
    with gzip.open(BOSTON, "rt", encoding="utf-8", newline="") as lines:
        return sum(1 for _ in csv.reader(lines))


if __name__ == "__main__":
    raise SystemExit(main())
