"""`evenhand meters …`: from meter readings to outages, one meter shown, and what they say of reliability."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evenhand.cli.progress import notes

app = typer.Typer(help="From meter readings to outages.", no_args_is_help=True)

Readings = Annotated[
    list[Path],
    typer.Argument(metavar="READINGS", help="Files or folders: Parquet, CSV (plain, gzip, zstd), Green Button XML; sorted or as they arrive."),
]
Columns = Annotated[list[str] | None, typer.Option("--column", help="ours=theirs, for a column of another name; may be repeated.")]
Timezone = Annotated[str | None, typer.Option("--timezone", help="IANA name of the zone of times that carry none.")]
IntervalEnd = Annotated[bool, typer.Option("--interval-end", help="Stamps are the end of the interval.")]
Unit = Annotated[str, typer.Option("--unit", help="Of the energy column: kWh, Wh, or kW (mean power).")]
Register = Annotated[bool, typer.Option("--register", help="The energy column is a cumulative register.")]
Interval = Annotated[int | None, typer.Option("--interval", min=1, help="Length of an interval in minutes, where the first readings don't show it.")]
Ids = Annotated[str, typer.Option("--ids", help="Meter ids are int or text; auto goes by the data.")]
MeterFromFileName = Annotated[bool, typer.Option("--meter-from-file-name", help="Each file holds one meter and is named by its id.")]
TimeFormat = Annotated[str | None, typer.Option("--time-format", help="Of times that are not ISO 8601, as in '%m/%d/%Y %H:%M'.")]
Rule = Annotated[str, typer.Option("--rule", help="robust (each meter by its own habits) or zero (kWh = 0, to compare with).")]


@app.command("detect")
def detect(
    readings: Readings,
    event_start: Annotated[str, typer.Option("--event-start", help="When the storm began: ISO 8601, with an offset or on the clock of --timezone.")],
    out: Annotated[Path, typer.Option("--out", help="OUT.parquet: a row a meter. OUT.events.parquet, a row an interruption, comes beside it.")],
    event_end: Annotated[
        str | None, typer.Option("--event-end", help="The last moment at which a storm outage may begin.  [default: a day later]")
    ] = None,
    rule: Rule = "robust",
    grid: Annotated[Path | None, typer.Option("--grid", help="Table with the transformer of each meter: neighbours as further evidence.")] = None,
    events: Annotated[Path | None, typer.Option("--events", help="Table of last gasps and power-ups: meter_id, at, event.")] = None,
    column: Columns = None,
    timezone: Timezone = None,
    interval_end: IntervalEnd = False,
    unit: Unit = "kWh",
    register: Register = False,
    interval: Interval = None,
    ids: Ids = "auto",
    meter_from_file_name: MeterFromFileName = False,
    time_format: TimeFormat = None,
    keep_greater: Annotated[
        bool, typer.Option("--keep-greater", help="Of two readings of one interval without an order, take the greater (counted).")
    ] = False,
    engine: Annotated[str, typer.Option("--engine", help="local: this machine.")] = "local",
) -> None:
    """Find each meter's storm outage, and all other interruptions.

    Each file is written whole or not at all, and both carry the mark of their run. What is wrong with files and options is told at once; faults of
    single readings are counted.

    Example: evenhand meters detect readings/ --event-start 2025-03-10T05:00-04:00 --out storm.parquet
    """
    from evenhand.cli import meters_detect
    from evenhand.cli.meters_wishes import ReadingWishes

    given = ReadingWishes(
        tuple(readings), tuple(column or ()), timezone, interval_end, unit, register, interval, ids, time_format, meter_from_file_name
    )
    meters_detect.run(meters_detect.DetectWishes(given, event_start, event_end, out, rule, grid, events, engine, keep_greater))


@app.command("show")
def show(
    meter: Annotated[str, typer.Argument(metavar="METER", help="The meter's id.")],
    readings: Readings,
    event_start: Annotated[
        str | None, typer.Option("--event-start", help="When the storm began. Without it the readings are drawn and nothing is decided.")
    ] = None,
    event_end: Annotated[str | None, typer.Option("--event-end", help="The last moment at which a storm outage may begin.")] = None,
    rule: Rule = "robust",
    out: Annotated[
        Path | None, typer.Option("--out", help="The chart: a name that ends in .svg, .png or .html.  [default: meter-METER.svg, in this folder]")
    ] = None,
    column: Columns = None,
    timezone: Timezone = None,
    interval_end: IntervalEnd = False,
    unit: Unit = "kWh",
    register: Register = False,
    interval: Interval = None,
    ids: Ids = "auto",
    meter_from_file_name: MeterFromFileName = False,
    time_format: TimeFormat = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The readings are synthetic: it is written on the chart.")] = False,
) -> None:
    """Draw one meter's readings around the event, with what the rule saw and why it decided so.

    The words go to stderr, the name of the file alone to stdout. The chart's clock is that of --timezone, else UTC.

    Example: evenhand meters show 4711 readings/ --event-start 2025-03-10T05:00-04:00 --out meter-4711.html
    """
    from evenhand.cli import meters_show
    from evenhand.cli.meters_wishes import ReadingWishes

    given = ReadingWishes(
        tuple(readings), tuple(column or ()), timezone, interval_end, unit, register, interval, ids, time_format, meter_from_file_name
    )
    file = meters_show.run(meters_show.ShowWishes(meter, given, event_start, event_end, rule, out, synthetic))
    typer.echo(file)


@app.command("reliability")
def reliability(
    events: Annotated[Path, typer.Argument(metavar="OUT.events.parquet", help="The interruptions that `evenhand meters detect` wrote.")],
    customers: Annotated[int, typer.Option("--customers", help="Customers served: the denominator of every index.")],
    households: Annotated[Path | None, typer.Option("--households", help="Table with meter_id and block_group: gives the indices by area.")] = None,
    daily_history: Annotated[
        Path | None, typer.Option("--daily-history", help="Table with date and saidi_minutes, five years of days: gives major-event days.")
    ] = None,
    column: Columns = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="IANA name of the zone in which days begin and end.  [default: UTC]")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also draw customers out by hour: a name that ends in .svg, .png or .html.")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The readings are synthetic: it is written on the chart.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Everything as JSON on stdout, and nothing else there.")] = False,
) -> None:
    """SAIFI, SAIDI and CAIDI, customers out by hour and by area, and major-event days.

    Those still out count with the hours that were seen: SAIDI is then a lower bound, and the report says so.

    Example: evenhand meters reliability storm.events.parquet --customers 82000 --households households.parquet
    """
    from evenhand.cli import meters_reliability

    wishes = meters_reliability.ReliabilityWishes(events, customers, households, daily_history, tuple(column or ()), timezone, out)
    found = meters_reliability.computed(wishes)
    if out is not None:
        meters_reliability.draw(found, out, is_synthetic=synthetic)
    if json:
        typer.echo(meters_reliability.as_json(found))
    else:
        notes(meters_reliability.in_words(found))
