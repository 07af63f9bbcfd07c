"""`evenhand meters detect`: check everything that was asked, detect with a bar, write whole files, and say what was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.cli.meters_wishes import ReadingWishes, event_of, matched_ids, one_of, output_faults, refuse, rule_named, zone_or_fault
from evenhand.cli.progress import byte_bar, notes

if TYPE_CHECKING:
    import pyarrow as pa

    from evenhand.meters.detections import Detections
    from evenhand.meters.formats.source import ReadingSource

ENGINES = ("local",)


@dataclass(frozen=True, slots=True)
class DetectWishes:
    """The options of the command, as they were typed."""

    readings: ReadingWishes
    event_start: str
    event_end: str | None
    out: Path
    rule: str
    grid: Path | None
    events: Path | None
    engine: str
    keep_greater: bool


def run(wishes: DetectWishes) -> None:
    """Do it; what is wrong with the input is raised before anything is computed.

    Raises
    ------
    EvenhandError
        `meters_input_unusable` with every fault of options, files and tables at once; the library's own errors for what the readings show later.
    """
    from evenhand.meters.detect import detect
    from evenhand.meters.evidence_tables import event_faults, grid_faults
    from evenhand.meters.formats.options import ReadingOptions

    faults = [*_engine_faults(wishes.engine), *output_faults(wishes.out, wishes.readings.paths)]
    zone = zone_or_fault(wishes.readings.timezone, [])  # a fault of it is told where the readings are opened
    event = event_of(wishes.event_start, wishes.event_end, zone, faults)
    rule = rule_named(wishes.rule, faults)
    source = wishes.readings.opened(faults)
    grid, events = (_side_table(file, wishes.readings.columns, source, faults) for file in (wishes.grid, wishes.events))
    faults += () if grid is None else grid_faults(grid, str(wishes.grid))
    faults += () if events is None else event_faults(events, zone, str(wishes.events))
    refuse(faults)
    assert source is not None
    assert event is not None
    options = ReadingOptions(timezone=zone)  # of the readings their own are taken; the messages' times need the zone
    with byte_bar("Reading the meters") as progress:
        found = detect(
            source,
            event=event,
            rule=rule,
            options=options,
            grid=grid,
            meter_events=events,
            progress=progress,
            keep_greater_of_conflicts=wishes.keep_greater,
        )
    written = found.write(wishes.out)
    notes(in_words(found, written))


def _engine_faults(engine: str) -> list[str]:
    if engine == "spark":
        return ["--engine spark is not in this version: take --engine local"]
    faults: list[str] = []
    one_of(engine, ENGINES, "--engine", faults)
    return faults


def _side_table(file: Path | None, columns: Sequence[str], source: ReadingSource | None, faults: list[str]) -> pa.Table | None:
    """A table of evidence, with ids as the readings have them."""
    from evenhand.cli.tables import column_pairs, read_table

    if file is None:
        return None
    if not file.is_file():
        faults.append(f"{file} is not there")
        return None
    table = read_table(file, column_pairs(columns, []), faults)
    return table if source is None else matched_ids(table, source.id_type, file, faults)


def in_words(found: Detections, written: Sequence[Path]) -> Iterator[str]:
    """What was found, what was wrong with the readings, and where it stands now."""
    summary = found.summary
    meters = "meter" if summary.n_meters == 1 else "meters"
    yield f"{summary.n_meters:,} {meters}, {found.n_rows:,} rows, intervals of {found.interval_minutes} minutes; rule {found.rule.name}."
    yield f"  out          {summary.n_out:>10,}  of {summary.n_known:,} of which something can be said{_share(summary.n_out, summary.n_known)}"
    yield f"  restored     {summary.n_restored:>10,}"
    yield f"  still out    {summary.n_still_out:>10,}  when the readings end"
    yield f"  never out    {summary.n_never_out:>10,}"
    yield f"  unknown      {summary.n_unknown:>10,}{_reasons(found)}"
    yield from _hours_lines(found)
    yield from _fault_lines(found)
    yield f"Written: {written[0]} (a row a meter) and {written[1]} (a row an interruption, {found.interruptions.num_rows:,} in all)."


def _share(part: int, whole: int) -> str:
    return f" ({part / whole:.1%})" if whole else ""


def _reasons(found: Detections) -> str:
    from evenhand.meters.outage_tables import REASON_WORDS

    told = [f"{REASON_WORDS.get(code, code)}: {count:,}" for code, count in found.reasons.items() if count]
    return f"  {'; '.join(told)}" if told else ""


def _hours_lines(found: Detections) -> Iterator[str]:
    summary = found.summary
    if summary.mean_hours is None or summary.until_hours is None:
        yield "Nobody had a storm outage."
        return
    median = "more than half were still out when last seen" if summary.median_hours is None else f"{summary.median_hours:,.1f} h"
    mean = f"mean {summary.mean_hours:,.1f} h restricted to {summary.until_hours:,.1f} h"
    yield f"Hours without power, with those still out (Kaplan–Meier): median {median}, {mean}."


def _fault_lines(found: Detections) -> Iterator[str]:
    faults = [warning for warning in found.warnings if not warning.code.startswith("unknown_")]  # those were told with the meters
    if not faults:
        yield "No faults in the readings."
        return
    yield f"Faults in the readings, {len(faults)} {'kind' if len(faults) == 1 else 'kinds'}:"
    for warning in sorted(faults, key=lambda one: -one.count):
        yield f"  {warning.count:>12,}  {warning.code}: {warning.words}"
