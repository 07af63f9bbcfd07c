"""Real meters where nothing was out: every outage that a rule finds is false, and is printed with what the readings show there.

Each day of a year-long series is made the event once: the series is cut into three weeks around that day and moved to a common date, a pseudo-meter a
day, so that one run asks about every day. What is printed about a false outage, and the likely cause, is read from the data and not from the rule.
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
SHOWN = 6  # false outages of the simple rule that are printed one by one; those of the robust rule all are


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
    _print_spans(series, spans, rule)


def _print_spans(series: Series, spans: set[tuple[datetime, datetime | None, str]], rule: RobustRule | ZeroRule) -> None:
    print(f"  the whole series: {_zeros_in_words(series)}")
    shown = len(spans) if isinstance(rule, RobustRule) else SHOWN
    for start, end, evidence in sorted(spans, key=lambda span: span[0])[:shown]:
        until = f"{end:%Y-%m-%d %H:%M}" if end else "the end"
        print(f"    {start:%Y-%m-%d %H:%M} to {until} (evidence: {evidence}){_why(series, start, end) if end else ''}")
    if len(spans) > shown:
        print(f"    … and {len(spans) - shown} more")


def _real_span(row: dict[str, object]) -> tuple[datetime, datetime | None, str]:
    """A pseudo-meter's outage on the series' own dates."""
    event_day = row["meter_id"]
    assert isinstance(event_day, int)
    moved = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=event_day) - COMMON
    start, end = row["outage_start"], row["restored_at"]
    assert isinstance(start, datetime)
    return start + moved, end + moved if isinstance(end, datetime) else None, str(row["evidence"])


def _why(series: Series, start: datetime, end: datetime) -> str:
    """What the meter showed there, and what that most likely was: each from the readings alone."""
    begin, until = (int(moment.timestamp()) // 60 for moment in (start, end))
    inside = _within(series, begin, until)
    around = _within(series, begin - 3 * series.minutes, until + 3 * series.minutes)
    slots = (until - begin) // series.minutes
    n_missing = slots - np.unique(inside.starts[np.isfinite(inside.kwh)]).size
    shown = f"{slots} readings, {int((inside.kwh == 0).sum())} zero, {n_missing} missing"
    before = _within(series, begin - BEFORE * 24 * 60, begin)
    cause = _silence(before, slots) if n_missing == slots else _zeros(series, before, inside)
    return f": {shown}; kWh around: {', '.join(f'{kwh:g}' for kwh in around.kwh[:12])}. {cause}"


def _silence(before: Series, slots: int) -> str:
    gaps = np.diff(np.unique(before.starts[np.isfinite(before.kwh)])) // before.minutes - 1
    hours, longest = (n * before.minutes / 60 for n in (slots, int(gaps.max(initial=0))))
    words = f"Nothing for {hours:g} h, where the longest silence of the {BEFORE} days before was {longest:g} h"
    return f"{words}. {'Exactly a day is missing, as when a file is lost: likelier' if hours == 24 else 'Lost readings, as likely'} than an outage."


def _zeros(series: Series, before: Series, inside: Series) -> str:
    n_twice = series.starts.size - np.unique(series.starts).size
    if n_twice and np.unique(inside.starts).size == inside.starts.size:
        words = f"The feed has {n_twice} hours with two readings, delivered and sent back; these hours hold one"
        return f"{words}. Most likely the home lived on its own sun: nothing was drawn, and what was sent back is not in the feed."
    words = (
        f"In the {BEFORE} days before, {int((before.kwh == 0).sum())} of {before.kwh.size} were zero, at most {_longest(before.kwh == 0)} in a row"
    )
    return f"{words}. Most likely next to nothing was used for {inside.kwh.size * series.minutes / 60:g} h; a short outage would look alike."


def _within(series: Series, begin: int, until: int) -> Series:
    which = (series.starts >= begin) & (series.starts < until)
    return Series(series.name, series.minutes, series.starts[which], series.kwh[which])


def _longest(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _zeros_in_words(series: Series) -> str:
    is_zero = series.kwh == 0
    starts = np.unique(series.starts[np.isfinite(series.kwh)])
    gaps = (np.diff(starts) // series.minutes - 1).tolist()
    holes = f"{sum(gap > 0 for gap in gaps)} holes, the longest {max(gaps):,} readings" if max(gaps) > 0 else "no hole"
    zeros = f"{int(is_zero.sum())} zero, {int((is_zero[1:] & is_zero[:-1]).sum())} times two in a row, longest run {_longest(is_zero)}"
    return f"{starts.size:,} readings of {series.minutes} minutes, {zeros}; the least above zero {series.kwh[series.kwh > 0].min():g} kWh; {holes}"


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
    _print_spans(feed, spans, rule)


def read_feed(path: Path) -> Series:
    """The feed's hourly readings, by a pattern of its text: independent of the reader that is measured."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        found = HOURLY.findall(lines.read())
    readings = sorted((int(start) // 60, int(value) / 1e6) for start, value in found)  # thousandths of a watt-hour
    return Series("Green Button feed", 60, np.array([start for start, _ in readings], dtype=np.int64), np.array([kwh for _, kwh in readings]))
