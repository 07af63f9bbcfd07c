"""`evenhand meters show`: one meter's readings around the event, drawn, with what the rule saw and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.cli.meters_wishes import ReadingWishes, chart_faults, event_of, refuse, rule_named, zone_or_fault
from evenhand.cli.progress import console, notes
from evenhand.cli.whole_files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa

    from evenhand.meters.explaining import MeterExplanation
    from evenhand.meters.formats.source import ReadingSource
    from evenhand.meters.one_meter import OneMeter
    from evenhand.meters.parameters import Rule, StormEvent
    from evenhand.reports.meter_chart import Span

DAYS_BEFORE, DAYS_AFTER, DAYS_AFTER_RESTORATION = timedelta(days=3), timedelta(days=4), timedelta(days=1)
DAYS_WITHOUT_EVENT = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class ShowWishes:
    """The options of the command, as they were typed."""

    meter: str
    readings: ReadingWishes
    event_start: str | None
    event_end: str | None
    rule: str
    out: Path | None
    is_synthetic: bool


def run(wishes: ShowWishes) -> Path:
    """Draw the chart, say its words on stderr, and give the file's path."""
    from evenhand.meters.one_meter import readings_of_meter
    from evenhand.reports.charts import writer_for
    from evenhand.reports.meter_chart import meter_chart

    out = wishes.out or Path(f"meter-{re.sub(r'[^A-Za-z0-9_-]', '_', wishes.meter)}.svg")
    faults = chart_faults(out)
    zone = zone_or_fault(wishes.readings.timezone, [])
    event = None if wishes.event_start is None else event_of(wishes.event_start, wishes.event_end, zone, faults)
    rule = rule_named(wishes.rule, faults)
    source = wishes.readings.opened(faults)
    refuse(faults)
    assert source is not None
    timezone = zone or "UTC"
    with console.status(f"Looking for meter {wishes.meter}"):
        one = readings_of_meter(source, wishes.meter)
        found = None if event is None else _explained(source, one, event, rule, timezone)
    chart = meter_chart(
        _around(one, event, found),
        meter=wishes.meter,
        interval=one.interval,
        spans=[] if found is None else list(_spans(found)),
        event_start=None if event is None else event.start,
        reasons=[*([_undecided(one)] if found is None else found.sentences), *_conflicts(one)],
        timezone=timezone,
        is_synthetic=wishes.is_synthetic,
    )
    write_whole(out.resolve().parent, {out.name: writer_for(out)(chart)})
    notes([f"Meter {wishes.meter}", *(f"  {sentence}" for sentence in chart.words)])
    return out


def _explained(source: ReadingSource, one: OneMeter, event: StormEvent, rule: Rule, timezone: str) -> MeterExplanation:
    """Explained among all meters: where the readings begin and end, and when nobody was received, no meter knows by itself."""
    from evenhand.meters.detect import detect
    from evenhand.meters.explaining import explain

    among = detect(source, event=event, rule=rule, keep_greater_of_conflicts=True)
    window, silences = among.grid, among.silences
    return explain(one.readings, event=event, rule=rule, window=window, silences=silences, timezone=timezone, is_register=one.is_register)


def _around(one: OneMeter, event: StormEvent | None, found: MeterExplanation | None) -> pa.Table:
    """The stretch to draw: some days before the event until some after it, and after power was back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    starts = one.readings["interval_start"]
    if event is None or found is None:
        first, last = pc.max(starts).as_py() - DAYS_WITHOUT_EVENT, pc.max(starts).as_py()
    else:
        back = found.outage["restored_at"] or (pc.max(starts).as_py() if found.outage["status"] == "still_out" else event.start)
        first, last = event.since - DAYS_BEFORE, max(event.start + DAYS_AFTER, back + DAYS_AFTER_RESTORATION)
    low, high = (pa.scalar(edge, starts.type) for edge in (first, last))
    return one.readings.filter(pc.and_(pc.greater_equal(starts, low), pc.less_equal(starts, high)))


def _spans(found: MeterExplanation) -> Iterator[Span]:
    from evenhand.reports.meter_chart import Span

    for row in found.interruptions:
        what = "storm outage" if row["is_storm"] else "out"
        label = f"{what}, {row['hours']:g} h" if row["end"] else f"{what}, {row['hours']:g} h seen"
        yield Span(row["start"], row["end"], label, row["is_storm"])


def _conflicts(one: OneMeter) -> Iterator[str]:
    if one.n_conflicts:
        yield (
            f"{one.n_conflicts:,} intervals have two readings that differ, and nothing says which is newer: the greater is shown, as"
            " `evenhand meters detect --keep-greater` takes it."
        )


def _undecided(one: OneMeter) -> str:
    days = one.readings.num_rows * one.interval / timedelta(days=1)
    return f"Nothing was decided, because no event was given. The readings span {days:,.1f} days."
