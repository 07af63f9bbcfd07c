"""`evenhand meters show`: one meter's readings around the event, drawn, with what the rule saw and why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from evenhand.cli.meters_wishes import ReadingWishes, chart_faults, event_of, refuse, rule_named, zone_or_fault
from evenhand.cli.progress import console, notes
from evenhand.cli.whole_files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa

    from evenhand.meters.detections import Detections
    from evenhand.meters.one_meter import OneMeter
    from evenhand.meters.parameters import Rule, StormEvent
    from evenhand.reports.meter_chart import Span

DAYS_BEFORE, DAYS_AFTER, DAYS_AFTER_RESTORATION = timedelta(days=3), timedelta(days=4), timedelta(days=1)
DAYS_WITHOUT_EVENT = timedelta(days=14)
_FLICKERS = {0: "", 1: " Power came back once and did not last."}


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
    with console.status(f"Looking for meter {wishes.meter}"):
        one = readings_of_meter(source, wishes.meter)
        found = None if event is None else _decided(one, event, rule)
    timezone = zone or "UTC"
    reasons = list(_reasons(found, one, timezone))
    chart = meter_chart(
        _around(one, event, found),
        meter=wishes.meter,
        interval=one.interval,
        spans=[] if found is None else list(_spans(found)),
        event_start=None if event is None else event.start,
        reasons=reasons,
        timezone=timezone,
        is_synthetic=wishes.is_synthetic,
    )
    write_whole(out.resolve().parent, {out.name: writer_for(out)(chart)})
    notes([f"Meter {wishes.meter}", *(f"  {sentence}" for sentence in chart.words)])
    return out


def _decided(one: OneMeter, event: StormEvent, rule: Rule) -> Detections:
    """The rule on this meter alone: its rows reach over the whole window, so the answer is the one that it gets among all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from evenhand.meters.detect import detect

    quality = pc.if_else(one.readings["is_estimated"], pa.scalar("E"), pa.scalar(None, pa.string()))
    return detect(one.readings.drop_columns("is_estimated").append_column("quality", quality), event=event, rule=rule)


def _around(one: OneMeter, event: StormEvent | None, found: Detections | None) -> pa.Table:
    """The stretch to draw: some days before the event until some after it, and after power was back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    starts = one.readings["interval_start"]
    if event is None or found is None:
        first, last = pc.max(starts).as_py() - DAYS_WITHOUT_EVENT, pc.max(starts).as_py()
    else:
        back = found.outages["restored_at"][0].as_py() or (
            pc.max(starts).as_py() if found.outages["status"][0].as_py() == "still_out" else event.start
        )
        first, last = event.since - DAYS_BEFORE, max(event.start + DAYS_AFTER, back + DAYS_AFTER_RESTORATION)
    low, high = (pa.scalar(edge, starts.type) for edge in (first, last))
    return one.readings.filter(pc.and_(pc.greater_equal(starts, low), pc.less_equal(starts, high)))


def _spans(found: Detections) -> Iterator[Span]:
    from evenhand.reports.meter_chart import Span

    for row in found.interruptions.to_pylist():
        what = "storm outage" if row["is_storm"] else "out"
        label = f"{what}, {row['hours']:g} h" if row["end"] else f"{what}, {row['hours']:g} h seen"
        yield Span(row["start"], row["end"], label, row["is_storm"])


def _reasons(found: Detections | None, one: OneMeter, timezone: str) -> Iterator[str]:
    """What was decided, in sentences."""
    if found is None:
        days = one.readings.num_rows * one.interval / timedelta(days=1)
        yield f"Nothing was decided, because no event was given. The readings span {days:,.1f} days."
        return
    yield _decision(found.outages.to_pylist()[0], found, timezone)
    yield _habits(one, found.event.since)


def _decision(outage: dict[str, Any], found: Detections, timezone: str) -> str:
    from evenhand.meters.outage_tables import REASON_WORDS

    if outage["status"] == "never_out":
        return "Never out: no interruption begins in the storm's window."
    if outage["status"] == "unknown":
        return "Unknown: the meter " + "; ".join(REASON_WORDS.get(code, code) for code, count in found.reasons.items() if count) + "."
    began = _clock(outage["outage_start"], timezone)
    flickers = _FLICKERS.get(outage["flickers"], f" Power came back {outage['flickers']} times and did not last.")
    spoke = str(outage["evidence"]).replace("+", " and ")
    if outage["status"] == "still_out":
        return f"Still out: dark from {began} until the readings end, {outage['hours']:g} hours that were seen.{flickers} What spoke: {spoke}."
    bounds = f"{outage['hours']:g} hours (between {outage['hours_low']:g} and {outage['hours_high']:g})"
    return f"Out from {began} to {_clock(outage['restored_at'], timezone)}: {bounds}.{flickers} What spoke: {spoke}."


def _habits(one: OneMeter, before: datetime) -> str:
    """What the meter is compared with: itself."""
    from evenhand.meters.one_meter import own_days

    own = own_days(one, before)
    zeros = f"{own.zeros:,} of them zero (at most {own.longest_zero_hours:g} h in a row)" if own.zeros else "none of them zero"
    return (
        f"Its own days before: {own.received:,} of {own.intervals:,} intervals were received, {zeros}; "
        f"the longest silence was {own.longest_silence_hours:g} h."
    )


def _clock(moment: datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%-d %B %Y %H:%M}"
