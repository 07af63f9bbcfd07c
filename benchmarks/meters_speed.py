"""From meter readings to outages: seconds and memory beside a bare scan of the same file and beside DuckDB's window query.

The readings are synthetic (`evenhand.twin`, the ordinary mix, a seed that no rule was tuned on). The bare scan decodes the three columns row group by
row group on two threads and does nothing with them. The window query is the simple rule "kWh = 0" with lag and lead. Each runs in this process after
one round that compiles and warms the file's pages; memory is the peak of a process of its own.

Run: `python -m benchmarks.meters_speed`. Ten times the meters are made for the last row: two minutes and 1.4 GB of disk for a while.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow.parquet as pq

from benchmarks.least_spent import least
from benchmarks.measured_tables import print_row
from evenhand.meters import RobustRule, StormEvent, detect
from evenhand.twin.readings import write_readings

SCAN_RATIO, WINDOW_SORTED, WINDOW_ARRIVAL = 1.6, 8.0, 5.0
MEGABYTES_SORTED, MEGABYTES_ARRIVAL = 400, 700
COLUMNS = ["meter_id", "interval_start", "kwh"]


def bare_scan(path: Path) -> int:
    """Rows of the three columns, decoded on two threads."""
    metadata = pq.read_metadata(path)

    def of_groups(first: int) -> int:
        rows = 0
        with pq.ParquetFile(path, metadata=metadata) as file:
            for group in range(first, metadata.num_row_groups, 2):
                rows += file.read_row_group(group, columns=COLUMNS, use_threads=False).num_rows
        return rows

    with ThreadPoolExecutor(2) as pool:
        return sum(pool.map(of_groups, (0, 1)))


def window_query(path: Path, event: datetime) -> int:
    """The simple rule as most would write it: zeros between readings that are not, found with lag and lead."""
    query = f"""
        WITH marked AS (
            SELECT meter_id, interval_start, kwh, lag(kwh) OVER meter AS before, lead(kwh) OVER meter AS after
            FROM read_parquet('{path}') WINDOW meter AS (PARTITION BY meter_id ORDER BY interval_start))
        SELECT meter_id, min(interval_start) FILTER (kwh = 0 AND before > 0), max(interval_start) FILTER (kwh = 0 AND after > 0)
        FROM marked WHERE interval_start >= ? GROUP BY meter_id"""
    with duckdb.connect() as base:
        base.execute("SET threads = 2; SET TimeZone = 'UTC'")
        return len(base.execute(query, [event]).fetchall())


class Megabytes(NamedTuple):
    peak: int
    result: int


def peak_megabytes(path: Path, event: datetime) -> Megabytes:
    """Peak resident memory of a process that does nothing else (`getrusage` would count what this one held when it started it), and of it the tables
    that it returns."""
    lines = (
        "import sys; from datetime import datetime; from pathlib import Path; from evenhand.meters import StormEvent, detect; "
        "found = detect(sys.argv[1], event=StormEvent(datetime.fromisoformat(sys.argv[2]))); "
        "print(next(line for line in Path('/proc/self/status').read_text().splitlines() if line.startswith('VmHWM')).split()[1], "
        "found.outages.nbytes + found.interruptions.nbytes)"
    )
    done = subprocess.run([sys.executable, "-c", lines, str(path), event.isoformat()], stdout=subprocess.PIPE, text=True, check=True)
    kilobytes, result_bytes = map(int, done.stdout.split())
    return Megabytes(kilobytes // 1024, result_bytes >> 20)


def stays_flat(folder: Path, households: int, seed: int, once: Megabytes) -> bool:
    """Ten times the meters: what it takes beside the tables that it returns may not grow by more than a tenth."""
    by_meter, storm = readings(folder / "ten times", "sorted", 10 * households, seed)
    ten = peak_megabytes(by_meter, storm)
    words = f"{ten.peak} MB, of which {ten.result} MB are the result; with {households:,} meters {once.peak} and {once.result}"
    bar = "flat: beside the result no more than a tenth above"
    return print_row(f"Peak memory, {10 * households:,} meters, sorted", bar, words, ten.peak - ten.result <= 1.1 * (once.peak - once.result))


def readings(folder: Path, layout: str, households: int, seed: int) -> tuple[Path, datetime]:
    """One file of readings and the storm's begin."""
    made = write_readings(folder / layout, seed=seed, households=households, mix="ordinary", layout=layout)  # type: ignore[arg-type]
    story: dict[str, Any] = json.loads((folder / layout / "truth.json").read_text())
    return next(made.glob("*.parquet")), datetime.fromisoformat(story["event_start"])


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--households", type=int, default=82_000)
    arguments.add_argument("--seed", type=int, default=1008)
    arguments.add_argument("--keep", type=Path, help="folder to make the readings in, and to keep them")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="evenhand-meters-") as temporary:
        folder = chosen.keep or Path(temporary)
        return 0 if all(measure(folder, chosen.households, chosen.seed)) else 1


def measure(folder: Path, households: int, seed: int) -> list[bool]:
    by_meter, storm = readings(folder, "sorted", households, seed)
    by_arrival, _ = readings(folder, "arrival", households, seed)
    event = StormEvent(storm)
    found = detect(by_meter, event=event)
    size = f"{households:,} meters, {found.n_rows:,} synthetic readings"
    scan = least(lambda: bare_scan(by_meter))
    ours = least(lambda: detect(by_meter, event=event, rule=RobustRule()))
    window = least(lambda: window_query(by_meter, storm), times=1)
    shuffled = detect(by_arrival, event=event)
    arriving = least(lambda: detect(by_arrival, event=event), times=2)
    late_window = least(lambda: window_query(by_arrival, storm), times=1)
    same = shuffled.outages.equals(found.outages) and shuffled.interruptions.equals(found.interruptions)
    held = [found.road == "sorted" and shuffled.road == "arrival"]
    ratio = ours.cpu / scan.cpu
    words = f"{ratio:.2f} ({ours.wall:.2f} s wall, {ours.cpu:.2f} s CPU; scan {scan.wall:.2f} s, {scan.cpu:.2f} s)"
    held.append(print_row(f"Sorted Parquet to outages, {size}, ÷ bare scan", f"≤ {SCAN_RATIO}", words, ratio <= SCAN_RATIO))
    faster = window.cpu / ours.cpu
    held.append(
        print_row(
            "… against DuckDB's lag/lead query of the simple rule",
            f"≥ {WINDOW_SORTED:.0f}×",
            f"{faster:.1f}× ({window.cpu:.1f} s CPU)",
            faster >= WINDOW_SORTED,
        )
    )
    faster = late_window.cpu / arriving.cpu
    words = f"{faster:.1f}× ({arriving.wall:.2f} s wall, {arriving.cpu:.2f} s CPU; query {late_window.cpu:.1f} s)"
    held.append(
        print_row(
            f"Arrival order ({shuffled.n_rows:,} rows, late, double, shuffled), against the same",
            f"≥ {WINDOW_ARRIVAL:.0f}×",
            words,
            faster >= WINDOW_ARRIVAL,
        )
    )
    held.append(print_row("Arrival order gives the same tables as sorted", "every meter", "equal" if same else "differ", same))
    for name, path, most in (("sorted", by_meter, MEGABYTES_SORTED), ("arrival", by_arrival, MEGABYTES_ARRIVAL)):
        taken = peak_megabytes(path, storm)
        held.append(print_row(f"Peak memory, {households:,} meters, {name}", f"≤ {most} MB", f"{taken.peak} MB", taken.peak <= most))
    held.append(stays_flat(folder, households, seed, peak_megabytes(by_meter, storm)))
    return held


if __name__ == "__main__":
    raise SystemExit(main())
