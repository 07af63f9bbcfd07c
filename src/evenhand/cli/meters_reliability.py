"""`evenhand meters reliability` in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.cli.meters_wishes import chart_faults, refuse, zone_or_fault
from evenhand.cli.progress import notes

_HOUR_STEPS, _HOUR_LINES, _BAR_CHARACTERS = (1, 2, 3, 6, 12, 24), 32, 40

if TYPE_CHECKING:
    import pyarrow as pa

    from evenhand.meters.reliability import Reliability
    from evenhand.meters.reliability_indices import ReliabilityIndices


@dataclass(frozen=True, slots=True)
class ReliabilityWishes:
    """The options of the command, as they were typed."""

    events: Path
    customers: int
    households: Path | None
    daily_history: Path | None
    columns: tuple[str, ...]
    timezone: str | None
    out: Path | None


def computed(wishes: ReliabilityWishes) -> Reliability:
    """Read all tables, tell all faults of options and files at once, and compute."""
    from evenhand.cli.tables import column_pairs
    from evenhand.meters.detections import refuse_other_run
    from evenhand.meters.reliability import faults_of, reliability

    faults = [] if wishes.out is None else chart_faults(wishes.out)
    mapping = column_pairs(wishes.columns, faults)
    zone = zone_or_fault(wishes.timezone, faults)
    events, households, history = (_table(file, mapping, faults) for file in (wishes.events, wishes.households, wishes.daily_history))
    if events is not None:
        wrong = faults_of(events, customers=wishes.customers, households=households, daily_history=history, timezone=zone or "UTC")
        faults += _named(wrong, wishes)
    refuse(faults)
    assert events is not None
    refuse_other_run(wishes.events)
    return reliability(events, customers=wishes.customers, households=households, daily_history=history, timezone=zone or "UTC")


def _named(wrong: dict[str, list[str]], wishes: ReliabilityWishes) -> Iterator[str]:
    """Each fault with the file or the option that it is of."""
    from evenhand.meters.reliability_errors import InterruptionsUnusable

    if wrong["events"]:
        yield f"{wishes.events}: {InterruptionsUnusable(wrong['events']).message}"
    for name, what in (("customers", "--customers"), ("households", wishes.households), ("daily_history", wishes.daily_history)):
        yield from (f"{what}: {fault}" for fault in wrong[name])


def _table(file: Path | None, columns: dict[str, str], faults: list[str]) -> pa.Table | None:
    from evenhand.cli.tables import read_table

    if file is None:
        return None
    if not file.is_file():
        faults.append(f"{file} is not there")
        return None
    return read_table(file, columns, faults)


def draw(found: Reliability, out: Path, *, is_synthetic: bool) -> None:
    """Customers out by hour, as a chart in a file; where nobody was interrupted there is nothing to draw, and that is said."""
    from evenhand.cli.whole_files import write_whole
    from evenhand.reports.charts import writer_for
    from evenhand.reports.customers_out_chart import customers_out_chart

    if not found.indices.interruptions:
        notes([f"Nobody was interrupted: {out} was not drawn."])
        return
    chart = customers_out_chart(found.by_hour, title="Customers out by hour", is_synthetic=is_synthetic, timezone=found.timezone)
    write_whole(out.resolve().parent, {out.name: writer_for(out)(chart)})


def as_json(found: Reliability) -> str:
    """Everything, for machines: figures, hours, areas, days; what is not computable is an object with `reason` and `words`."""
    from dataclasses import asdict

    from evenhand.meters.not_computable import NotComputable

    def rows_or_why(part: Any) -> Any:
        return asdict(part) if isinstance(part, NotComputable) else part.table().to_pylist()

    days = found.major_event_days
    told = {
        "indices": _indices(found.indices),
        "without_major_event_days": _indices(found.without_major_event_days),
        "customers_out_by_hour": rows_or_why(found.by_hour),
        "by_area": rows_or_why(found.by_area),
        "major_event_days": asdict(days) if isinstance(days, NotComputable) else _threshold(days) | {"days": rows_or_why(days)},
        "timezone": found.timezone,
        "notes": notes_of(found),
    }
    return json.dumps(told, indent=2, default=lambda value: value.isoformat())


def _indices(indices: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(indices)


def _threshold(days: Any) -> dict[str, Any]:
    names = (
        "alpha",
        "beta",
        "threshold_minutes",
        "history_from",
        "history_to",
        "history_years",
        "history_days_used",
        "history_days_without_interruption",
    )
    return {name: getattr(days, name) for name in names}


def notes_of(found: Reliability) -> list[str]:
    """The notes of the whole and of its parts."""
    from evenhand.meters.not_computable import NotComputable

    parts = [part.notes for part in (found.by_area, found.major_event_days) if not isinstance(part, NotComputable)]
    return [*found.notes, *(note for notes in parts for note in notes)]


def in_words(found: Reliability) -> Iterator[str]:
    """The report that a person reads."""
    from evenhand.meters.not_computable import NotComputable

    yield from _index_lines("All days", found.indices)
    if not isinstance(found.without_major_event_days, NotComputable):
        yield from _index_lines("Without major-event days", found.without_major_event_days)
    yield from _day_lines(found)
    yield from _hour_lines(found)
    yield from _area_lines(found)
    yield "How these figures were made:"
    yield from (f"  {note}" for note in notes_of(found))


def _index_lines(population: str, indices: ReliabilityIndices) -> Iterator[str]:
    yield (
        f"{population}: {indices.interruptions:,} sustained interruptions of {indices.interrupted_customers:,} of {indices.customers:,} customers, "
        f"{indices.still_out:,} still out, {indices.customer_hours:,.0f} customer-hours."
    )
    yield f"  SAIFI  {indices.saifi:.4f} interruptions a customer"
    yield f"  SAIDI  {_minutes(indices.saidi_minutes, indices.saidi_minutes_low, indices.saidi_minutes_high)} a customer"
    if isinstance(indices.caidi_minutes, float):
        yield f"  CAIDI  {_minutes(indices.caidi_minutes, indices.caidi_minutes_low or 0.0, indices.caidi_minutes_high)} an interruption"
    else:
        yield f"  CAIDI  not computable: {indices.caidi_minutes.words}"


def _minutes(value: float, low: float, high: float | None) -> str:
    if high is None:
        return f"at least {value:,.1f} minutes (least that the readings allow {low:,.1f}, no upper bound)"
    return f"{value:,.1f} minutes (between {low:,.1f} and {high:,.1f})"


def _day_lines(found: Reliability) -> Iterator[str]:
    from evenhand.meters.not_computable import NotComputable

    days = found.major_event_days
    if isinstance(days, NotComputable):
        yield days.words
        return
    yield (
        f"Major-event days: threshold {days.threshold_minutes:,.2f} minutes a customer, from {days.history_days_used:,} days with interruptions "
        f"between {days.history_from} and {days.history_to} (alpha {days.alpha:.3f}, beta {days.beta:.3f})."
    )
    for day, minutes, is_major in zip(days.days, days.saidi_minutes, days.is_major, strict=True):
        yield f"  {day}  SAIDI {minutes:>12,.2f}  {'major-event day' if is_major else ''}".rstrip()


def _hour_lines(found: Reliability) -> Iterator[str]:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(found.timezone)
    rows = [row | {"at": row["hour"].astimezone(zone)} for row in found.by_hour.table().to_pylist()]
    if not rows:
        return
    peak = max(rows, key=lambda row: int(row["customers_out"]))
    step = next((step for step in _HOUR_STEPS if len(rows) <= step * _HOUR_LINES), _HOUR_STEPS[-1])
    yield f"Customers out at the start of the hour ({found.timezone}). The most: {peak['customers_out']:,} on {peak['at']:%Y-%m-%d %H:%M}."
    for row in rows:
        if row["at"].hour % step == 0 or row is rows[-1]:
            bar = "█" * round(_BAR_CHARACTERS * row["customers_out"] / max(peak["customers_out"], 1))
            yield f"  {row['at']:%Y-%m-%d %H:%M}  {row['customers_out']:>9,}  {bar}".rstrip()
    if step > 1:
        yield f"  (every {step} hours; --json has each)"
    if found.by_hour.ends_censored:
        yield "  The readings end here, with customers still out."


def _area_lines(found: Reliability) -> Iterator[str]:
    from evenhand.meters.not_computable import NotComputable

    if isinstance(found.by_area, NotComputable):
        yield found.by_area.words
        return
    yield "By area, the longest SAIDI first:"
    yield f"  {'block group':<14}{'customers':>10}{'SAIFI':>9}{'SAIDI min':>12}{'CAIDI min':>12}{'still out':>11}{'peak out':>10}"
    rows = sorted(found.by_area.table().to_pylist(), key=lambda row: -row["saidi_minutes"])
    for row in rows:
        caidi = "–" if row["caidi_minutes"] is None else f"{row['caidi_minutes']:,.1f}"
        figures = f"{row['customers']:>10,}{row['saifi']:>9.3f}{row['saidi_minutes']:>12,.1f}{caidi:>12}{row['still_out']:>11,}"
        yield f"  {row['block_group']:<14}{figures}{row['peak_customers_out']:>10,}"
