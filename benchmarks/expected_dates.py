"""Do the ranges around expected dates hold on Boston's last quarter, and what do they cost?

The design (window, outward step of a standard error, gate) was chosen on openings of April to June; July to September is printed here as it comes.
Time stands beside a bare scan of the same arrays (mean hours by service) in the same run. Run: `python benchmarks/expected_dates.py`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.back_tests import BackTest, back_test
from evenhand.equity.closing_times import Floats, level_error
from evenhand.equity.expected_dates import ServiceForecast, expected_dates
from evenhand.equity.request_history import RequestHistory

BOSTON = ZoneInfo("America/New_York")
SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", Path(__file__).parents[1] / "../shared/data"))
EXPORT = "boston_311_2015/boston_311_2015_jan_sep.csv.gz"
MADE_BY_STAFF = {"Employee Generated", "City Worker App", "Maximo Integration"}
BAR = (0.75, 0.85)


class Requests(NamedTuple):
    opened: Floats
    closed: Floats
    service: NDArray[np.int64]
    names: list[str]
    by_staff: NDArray[np.bool_]


def epoch_hours(text: str) -> float:
    """Local Boston time, as published, to hours since the epoch; empty is NaN."""
    if not text:
        return float("nan")
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=BOSTON).timestamp() / 3600.0


def read_boston(path: Path) -> Requests:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [(r["OPEN_DT"], r["CLOSED_DT"], r["TYPE"], r["Source"]) for r in csv.DictReader(lines)]
    opened, closed, types, sources = zip(*rows, strict=True)
    names, service = np.unique(types, return_inverse=True)
    by_staff = np.isin(sources, list(MADE_BY_STAFF))
    return Requests(np.array([*map(epoch_hours, opened)]), np.array([*map(epoch_hours, closed)]), service, names.tolist(), by_staff)


def hours_at(month: int) -> float:
    return datetime(2015, month, 1, tzinfo=BOSTON).timestamp() / 3600.0


def line(label: str, test: BackTest) -> str:
    held = test.coverage()
    low, high = held.interval()
    silent = 1.0 - test.share_cannot_say()["said"]
    verdict = "within" if BAR[0] <= held.share_low and held.share_high <= BAR[1] else "OUTSIDE"
    shares = f"{held.share_low:6.1%} – {held.share_high:6.1%}  [{low:.1%}, {high:.1%}]  {verdict:7}"
    misses = f"early {held.early / max(held.n, 1):5.1%}  late {held.late / max(held.n, 1):5.1%}  undetermined {held.undetermined}"
    return f"{label:34} n {held.n:6,}  {shares}  {misses}  can't say {silent:5.1%}  median width {test.median_width_hours() / 24:5.1f} d"


def print_services(test: BackTest, names: list[str]) -> None:
    said = np.bincount(test.service[test.is_said], minlength=len(names))
    large = np.flatnonzero(said >= 100)
    for s in large[np.argsort(-said[large])]:
        print(line("  " + names[s][:32], test.of_service(int(s))))
    shares = np.array([test.of_service(int(s)).coverage().share_low for s in large])
    for low, high in (BAR, (0.7, 0.9), (0.65, 0.95)):
        inside = said[large][(shares >= low) & (shares <= high)].sum() / said[large].sum()
        print(f"  requests in services whose own coverage is {low:.0%} – {high:.0%}: {inside:.0%} (of the {large.size} services with 100 or more)")


def print_coverage(boston: Requests, as_of: float) -> None:
    history = RequestHistory.from_arrays(boston.opened, boston.closed, boston.service, as_of=as_of)
    newest = datetime.fromtimestamp(as_of * 3600, BOSTON)
    print(f"{boston.opened.size:,} requests, {history.n_unusable} left out (closed before opened); newest closing {newest:%Y-%m-%d}")
    print(f"Bar: {BAR[0]:.0%} – {BAR[1]:.0%} of nominal 80 % ranges hold. Low and high count the undetermined as misses and as hits.\n")
    for quarter, first in (("Apr–Jun (design)", 4), ("Jul–Sep (reported)", 7)):
        test = back_test(history, since=hours_at(first), until=hours_at(first + 3))
        print(line(f"{quarter}, at opening", test))
        print(line("  made by residents", test.only(~boston.by_staff[test.row])))
        print(line("  made by staff", test.only(boston.by_staff[test.row])))
        ungated = back_test(history, since=hours_at(first), until=hours_at(first + 3), gated=False)
        print(line("  without the gate", ungated))
        for days in (1, 3, 7, 30):
            aged = back_test(history, since=hours_at(first), until=hours_at(first + 3), age_hours=24.0 * days, gated=False)
            print(line(f"  open for {days} d, without the gate", aged))
        print("  " + ", ".join(f"{reason} {share:.1%}" for reason, share in test.share_cannot_say().items()))
        print_services(test, boston.names)
        print(as_row(quarter, test))
        print()


def as_row(quarter: str, test: BackTest) -> str:
    """For the table in README.md."""
    held, silent = test.coverage(), 1.0 - test.share_cannot_say()["said"]
    measured = f"{held.share_low:.1%} – {held.share_high:.1%} of {held.n:,}; nothing is said for {silent:.0%}"
    return f"| Boston 2015, {quarter}: 80 % ranges of expected dates that held | {BAR[0]:.0%} – {BAR[1]:.0%} | {measured} |"


def best_seconds(run: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return min(taken)


def scan(opened: Floats, closed: Floats, service: NDArray[np.int64]) -> Floats:
    """The bare baseline: mean hours to closing by service."""
    known = ~np.isnan(closed)
    hours = (closed - opened)[known]
    return np.bincount(service[known], weights=hours) / np.maximum(np.bincount(service[known]), 1)


def print_cost(boston: Requests, as_of: float, n_large: int) -> None:
    rng = np.random.default_rng(8311)
    picked = rng.integers(0, boston.opened.size, n_large)
    shift = rng.uniform(0.0, 24.0, n_large)
    large = (boston.opened[picked] + shift, boston.closed[picked] + shift, boston.service[picked])
    for label, arrays in (("Boston", (boston.opened, boston.closed, boston.service)), ("synthetic replicate", large)):
        bare = best_seconds(lambda a=arrays: scan(*a))  # type: ignore[misc]
        ours = best_seconds(lambda a=arrays: expected_dates(*a, as_of=as_of + 24.0))  # type: ignore[misc]
        cost = f"all services with trial and gate {ours:.2f} s CPU; bare scan {bare * 1e3:.1f} ms; ratio {ours / bare:,.0f}"
        print(f"{label}: {arrays[0].size:,} rows, {cost}")


def print_stored(boston: Requests, as_of: float) -> None:
    services = expected_dates(boston.opened, boston.closed, boston.service, as_of=as_of).services
    stored = [service.to_dict() for service in services]
    busiest = max(range(len(services)), key=lambda s: services[s].times.n_closed)
    view = best_seconds(lambda: [ServiceForecast.from_dict(stored[busiest]).range_from(24.0) for _ in range(1000)])
    ask = best_seconds(lambda s=services[busiest]: [s.range_from(24.0) for _ in range(1000)])  # type: ignore[misc]
    print(f"Stored curve: at most {max(len(d['times']['hours']) for d in stored)} points, {max(len(str(d)) for d in stored):,} bytes")
    print(f"A page view: {view * 1e3:.0f} µs from stored numbers, {ask * 1e3:.0f} µs from a curve in memory")
    print(f"Largest relative fall of the share that thinning hides: {max(level_error(s.times) for s in services):.1%}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000, help="rows of the synthetic replicate")
    chosen = arguments.parse_args()
    if not (SHARED / EXPORT).exists():
        raise SystemExit(f"{EXPORT} was expected below {SHARED}. Set EVENHAND_SHARED_DATA to the folder that holds it.")
    boston = read_boston(SHARED / EXPORT)
    as_of = float(np.nanmax(boston.closed))  # the export's own time is not in it: its newest closing is the last moment it knows
    print_coverage(boston, as_of)
    print_cost(boston, as_of, chosen.rows)
    print_stored(boston, as_of)


if __name__ == "__main__":
    main()
