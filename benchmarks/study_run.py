"""The whole study from Parquet to report: seconds and memory of one command, as a person runs it.

The city is synthetic (`evenhand.twin`): 82,000 households, three weeks of half-hours, requests, households, areas and boundaries. The command runs in
a process of its own, without --thorough, once to warm the compiled kernels and the file's pages, then measured; wall time counts everything from the
start of Python to the last file, the PDF among them. Beside it stands the detection alone in this process, so that a slow machine shows.

Run: `python -m benchmarks.study_run`; `--households 8200` is quicker, `--keep FOLDER` keeps the city for the next run.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from benchmarks.measured_tables import print_row
from evenhand.meters import StormEvent, detect
from evenhand.twin.study_city import write_study_city

WALL_SECONDS, MEGABYTES, REPORT_MEGABYTES = 20.0, 1_500, 3.0


class Ran(NamedTuple):
    wall: float
    cpu: float
    megabytes: float


def city(folder: Path, households: int, seed: int) -> Path:
    """The city's folder, made where it is not there."""
    place = folder / f"city-{households}-{seed}"
    if not (place / "truth.json").exists():
        write_study_city(place, households=households, seed=seed)
    return place


def command(place: Path, out: Path) -> list[str]:
    story = json.loads((place / "truth.json").read_text())
    words = [sys.executable, "-m", "evenhand.cli.main", "study", "run", "--readings", str(place / "readings")]
    for table in ("requests", "households", "areas"):
        words += [f"--{table}", str(place / f"{table}.parquet")]
    words += ["--boundaries", str(place / "areas.geojson"), "--timezone", story["timezone"]]
    return [*words, "--event-start", story["event_start"], "--out", str(out)]


def ran(words: list[str]) -> Ran:
    """One command from start to end, with what it used: CPU of all its processes, and the most memory that they held together."""
    began = time.perf_counter()
    with Path(os.devnull).open("w") as nowhere:
        child = os.posix_spawn(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)])
        together = 0.0
        while not (ended := os.wait4(child, os.WNOHANG))[0]:
            together = max(together, sum(megabytes_of(process) for process in (child, *children_of(child))))
            time.sleep(0.1)
    _, status, used = ended
    if status:
        raise SystemExit(f"the command ended with {os.waitstatus_to_exitcode(status)}")
    return Ran(time.perf_counter() - began, used.ru_utime + used.ru_stime, max(together, used.ru_maxrss / 1024))


def children_of(process: int) -> list[int]:
    """By Linux's list of them."""
    with suppress(FileNotFoundError, ProcessLookupError):
        lists = [one.read_text() for one in Path(f"/proc/{process}/task").glob("*/children")]
        return [int(child) for one in lists for child in one.split()]
    return []


def megabytes_of(process: int) -> float:
    """What a process holds, pages that it shares with others in part; 0 where it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def detection_seconds(place: Path) -> float:
    story = json.loads((place / "truth.json").read_text())
    event = StormEvent(datetime.fromisoformat(story["event_start"]))
    detect(place / "readings", event=event)
    began = time.process_time()
    detect(place / "readings", event=event)
    return time.process_time() - began


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--households", type=int, default=82_000)
    arguments.add_argument("--seed", type=int, default=8311)
    arguments.add_argument("--keep", type=Path, help="folder to make the city in, and to keep it")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="evenhand-study-") as temporary:
        place = city(chosen.keep or Path(temporary), chosen.households, chosen.seed)
        out = Path(temporary) / "out"
        return 0 if all(measure(place, out, chosen.households)) else 1


def measure(place: Path, out: Path, households: int) -> list[bool]:
    words = command(place, out)
    ran(words)
    found = ran(words)
    alone = detection_seconds(place)
    size = f"the whole study, {households:,} synthetic households, Parquet to report and PDF"
    figures = f"{found.wall:.1f} s wall, {found.cpu:.1f} s CPU (detection alone {alone:.1f} s CPU)"
    report = max((out / name).stat().st_size for name in ("report.html", "report.pdf")) / 1e6
    return [
        print_row(size, f"≤ {WALL_SECONDS:.0f} s wall", figures, found.wall <= WALL_SECONDS),
        print_row("… its peak memory", f"≤ {MEGABYTES:,} MB", f"{found.megabytes:,.0f} MB", found.megabytes <= MEGABYTES),
        print_row("… the larger of report.html and report.pdf", f"≤ {REPORT_MEGABYTES:g} MB", f"{report:.2f} MB", report <= REPORT_MEGABYTES),
    ]


if __name__ == "__main__":
    raise SystemExit(main())
