"""Real meters where nothing was out: every outage that a rule finds is false, and is printed with what the readings show there.

Each day of a year-long series is made the event once: the series is cut into three weeks around that day and moved to a common date, a pseudo-meter a
day, so that one run asks about every day. What is printed about a false outage is read from the data, not from the rule.
"""

from __future__ import annotations

import csv
import gzip
import os
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.detect import detect
from evenhand.meters.parameters import RobustRule, StormEvent, ZeroRule
from evenhand.vocabulary.errors import EvenhandError

SHARED = Path(os.environ.get("EVENHAND_SHARED_DATA", Path(__file__).parents[1] / "../shared/data"))
SERIES = (
    "il-electricity-cdd-hdd-hourly",
    "il-electricity-cdd-only-hourly",
    "uk-electricity-hdd-only-hourly-sample-1",
)
FEED = "green_button_espi/espi_electricity_scrubbed.xml.gz"
HOURLY = re.compile(r"<\w+:duration>3600</\w+:duration>\s*<\w+:start>(\d+)</\w+:start>\s*</\w+:timePeriod>\s*<\w+:value>(-?\d+)<")
FOUND = ("restored", "still_out")
BEFORE, AFTER = 9, 12  # days around the event's midnight
COMMON = datetime(2020, 6, 10, tzinfo=UTC)  # the date that every event is moved to
SHOWN = 6  # false outages printed one by one, a series and rule


class Series(NamedTuple):
    name: str
    minutes: int
    starts: NDArray[np.int64]  # minutes since 1970, UTC; a series without a zone is taken as UTC
    kwh: NDArray[np.float64]


def print_real_meters(rules: Mapping[str, RobustRule | ZeroRule]) -> None:
    """Rows for each series and rule."""
    if not (SHARED / "eemeter_samples").exists():
        print(f"Real meters: skipped. eemeter_samples was expected below {SHARED}; EVENHAND_SHARED_DATA names the folder that holds it.")
        return
    for name in SERIES:
        series = read_series(SHARED / "eemeter_samples" / f"{name}.csv.gz")
        for rule_name, rule in rules.items():
            _print_series(series, rule_name, rule)
    for rule_name, rule in rules.items():
        _print_feed(SHARED / FEED, rule_name, rule)


def read_series(path: Path) -> Series:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = [(row["start"], row["value"]) for row in csv.DictReader(lines)]
    moments = [datetime.fromisoformat(start) for start, _ in rows]
    aware = [moment if moment.tzinfo else moment.replace(tzinfo=UTC) for moment in moments]
    starts = np.array([int(moment.timestamp()) // 60 for moment in aware], dtype=np.int64)
    kwh = np.array([float(value) if value else np.nan for _, value in rows])
    return Series(path.name.removesuffix(".csv.gz"), int(np.median(np.diff(starts))), starts, kwh)


def pseudo_meters(series: Series) -> pa.Table:
    """One pseudo-meter for each day that has nine days before it and twelve from it on."""
    day = 24 * 60
    first, last = -(-int(series.starts[0]) // day) + BEFORE, int(series.starts[-1]) // day - AFTER
    common = int(COMMON.timestamp()) // 60
    ids, starts, kwh = [], [], []
    for event_day in range(first, last + 1):
        begin, end = np.searchsorted(series.starts, [(event_day - BEFORE) * day, (event_day + AFTER) * day])
        ids.append(np.full(end - begin, event_day))
        starts.append(series.starts[begin:end] - event_day * day + common)
        kwh.append(series.kwh[begin:end])
    moments = pa.array(np.concatenate(starts) * 60_000_000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    values = np.concatenate(kwh)
    return pa.table({"meter_id": np.concatenate(ids), "interval_start": moments, "kwh": pa.array(values, mask=np.isnan(values))})


def _print_series(series: Series, rule_name: str, rule: RobustRule | ZeroRule) -> None:
    found = detect(pseudo_meters(series), event=StormEvent(COMMON, None), rule=rule)
    rows = found.outages.to_pylist()
    said = Counter(row["status"] for row in rows)
    false = [row for row in rows if row["status"] in FOUND]
    spans = {_real_span(row) for row in false}
    words = f"{len(false)} of {len(rows)} event days ({len(spans)} different spells); unknown {said['unknown']}, never out {said['never_out']}"
    print(f"| real meter {series.name}, nothing was out: false outages, {rule_name} | none (0 is right) | {words} |")
    _print_spans(series, spans)


def _print_spans(series: Series, spans: set[tuple[datetime, datetime | None, str]]) -> None:
    print(f"  the whole series: {_zeros_in_words(series)}")
    for start, end, evidence in sorted(spans, key=str)[:SHOWN]:
        until = f"{end:%Y-%m-%d %H:%M}" if end else "the end"
        print(f"    {start:%Y-%m-%d %H:%M} to {until} (evidence: {evidence}){_why(series, start, end) if end else ''}")
    if len(spans) > SHOWN:
        print(f"    … and {len(spans) - SHOWN} more")


def _real_span(row: dict[str, object]) -> tuple[datetime, datetime | None, str]:
    """A pseudo-meter's outage on the series' own dates."""
    event_day = row["meter_id"]
    assert isinstance(event_day, int)
    moved = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=event_day) - COMMON
    start, end = row["outage_start"], row["restored_at"]
    assert isinstance(start, datetime)
    return start + moved, end + moved if isinstance(end, datetime) else None, str(row["evidence"])


def _why(series: Series, start: datetime, end: datetime) -> str:
    begin, until = (int(moment.timestamp()) // 60 for moment in (start, end))
    inside = (series.starts >= begin) & (series.starts < until)
    slots = (until - begin) // series.minutes
    around = series.kwh[(series.starts >= begin - 3 * series.minutes) & (series.starts < until + 3 * series.minutes)]
    missing = slots - int(np.isfinite(series.kwh[inside]).sum())
    zeros = int((series.kwh[inside] == 0).sum())
    return f": {slots} readings, {zeros} zero, {missing} missing; kWh around: {', '.join(f'{kwh:g}' for kwh in around[:12])}"


def _zeros_in_words(series: Series) -> str:
    is_zero = series.kwh == 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_zero.astype(np.int8), [0]])))
    runs = edges[1::2] - edges[::2]
    longest = int(runs.max()) if runs.size else 0
    starts = np.unique(series.starts[np.isfinite(series.kwh)])
    gaps = (np.diff(starts) // series.minutes - 1).tolist()
    holes = f"{sum(gap > 0 for gap in gaps)} holes, the longest {max(gaps):,} readings" if max(gaps) > 0 else "no hole"
    return f"{starts.size:,} readings of {series.minutes} minutes, {int(is_zero.sum())} zero, longest run {longest}; {holes}"


def _print_feed(path: Path, rule_name: str, rule: RobustRule | ZeroRule) -> None:
    """The Green Button feed as a file; each of its days with half of its hours or more is the event once."""
    feed = read_feed(path)
    said: Counter[str] = Counter()
    spans: set[tuple[datetime, datetime | None, str]] = set()
    days, hours = np.unique(feed.starts // (24 * 60), return_counts=True)
    for day in days[hours >= 12].tolist():
        event = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
        try:
            rows = detect([path], event=StormEvent(event, None), rule=rule).outages.to_pylist()
        except EvenhandError as refused:
            said[f"refused ({refused.code})"] += 1
            continue
        said.update(row["status"] for row in rows)
        spans |= {(row["outage_start"], row["restored_at"], row["evidence"]) for row in rows if row["status"] in FOUND}
    false = sum(said[status] for status in FOUND)
    words = f"{false} of {said.total()} event days ({len(spans)} different spells); " + ", ".join(
        f"{status} {count}" for status, count in said.items()
    )
    print(f"| real Green Button feed, nothing was out: false outages, {rule_name} | none (0 is right) | {words} |")
    _print_spans(feed, spans)


def read_feed(path: Path) -> Series:
    """The feed's hourly readings, by a pattern of its text: independent of the reader that is measured."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = HOURLY.findall(lines.read())
    readings = sorted((int(start) // 60, int(value) / 1e6) for start, value in found)  # thousandths of a watt-hour
    return Series("Green Button feed", 60, np.array([start for start, _ in readings], dtype=np.int64), np.array([kwh for _, kwh in readings]))
