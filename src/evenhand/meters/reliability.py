"""SAIFI, SAIDI and CAIDI from the interruptions that meters saw, with what they could not see said beside them.

Modelling choice: a sustained interruption lasts more than five minutes (IEEE Std 1366). Interval data see none shorter than a dark interval, so
momentary interruptions and their indices are not computable from them, and interruptions of five minutes up to the shortest that the rule finds are
missing: the frequency indices are low by those. Hours are point estimates with bounds from the edge intervals. An interruption that is still open
when the data end counts once in SAIFI, and in SAIDI and CAIDI with the hours that were seen: these are then lower bounds and have no upper one.
Customers without readings, and meters about which the rule said `unknown`, count among the customers served and not among the interrupted.

References: IEEE Std 1366-2022, IEEE Guide for Electric Power Distribution Reliability Indices: definitions of SAIFI, SAIDI, CAIDI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.meters.customers_out import CustomersOut, customers_out_by_hour
from evenhand.meters.interruption_rows import Bools, InterruptionRows, Ints, interruption_faults, interruption_rows
from evenhand.meters.major_event_days import MajorEventDays, history_faults, major_event_days
from evenhand.meters.not_computable import NotComputable
from evenhand.meters.reliability_areas import AreaReliability, household_faults, reliability_by_area
from evenhand.meters.reliability_errors import InterruptionsUnusable, ReliabilityUnusable
from evenhand.meters.reliability_indices import ReliabilityIndices, indices_of

SUSTAINED_MINUTES: Final = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """What an events table says of a system's reliability. `notes` states every convention and treatment that the figures rest on.

    `without_major_event_days` are the same indices over the interruptions that began on other days.
    """

    indices: ReliabilityIndices
    without_major_event_days: ReliabilityIndices | NotComputable
    by_hour: CustomersOut
    by_area: AreaReliability | NotComputable
    major_event_days: MajorEventDays | NotComputable
    timezone: str
    notes: tuple[str, ...]

    def table(self) -> pa.Table:
        """One row a population (all days; other than major-event days, where computable), with the columns of the indices."""
        rows = [{"population": "all days", **self.indices.to_dict()}]
        if isinstance(self.without_major_event_days, ReliabilityIndices):
            rows.append({"population": "without major-event days", **self.without_major_event_days.to_dict()})
        return pa.Table.from_pylist(rows)

    def plot(self) -> dict[str, Any]:
        """The chart specification of customers out by hour."""
        return self.by_hour.plot(self.timezone)


def reliability(
    events: pa.Table,
    *,
    customers: int,
    households: pa.Table | None = None,
    daily_history: pa.Table | None = None,
    timezone: str = "UTC",
    sustained_minutes: float = SUSTAINED_MINUTES,
) -> Reliability:
    """Reliability indices of a period, from one row an interruption.

    Parameters
    ----------
    events
        The events table that `detect` gives: `meter_id, start, end, hours, hours_low, hours_high, status`.
    customers
        Customers served in the period, with or without readings; the denominator of every index.
    households
        `meter_id, block_group` (text), one row a household: gives the indices by area. None = not computable.
    daily_history
        `date, saidi_minutes`, one row a day of the years before: gives major-event days. None = not computable.
    timezone
        IANA name of the zone in which days begin and end.
    sustained_minutes
        An interruption that is not longer counts as momentary and is left out, counted. 5 in the standard.

    Raises
    ------
    InterruptionsUnusable, ReliabilityUnusable
        If a table, the zone or the number of customers cannot be used; all faults of all of them at once.

    References
    ----------
    IEEE Std 1366-2022: SAIFI = customers interrupted / customers served, SAIDI = customer minutes of interruption / customers served,
    CAIDI = SAIDI / SAIFI.
    """
    faults = faults_of(events, customers=customers, households=households, daily_history=daily_history, timezone=timezone)
    if all_faults := [fault for its in faults.values() for fault in its]:
        raise InterruptionsUnusable(all_faults) if faults["events"] else ReliabilityUnusable(all_faults)
    rows = interruption_rows(events)
    is_sustained = rows.is_still_out | (rows.hours * 60.0 > sustained_minutes)
    momentary, rows = int((~is_sustained).sum()), rows.where(is_sustained)
    day = _local_days(rows.began_us, timezone)
    days, place = np.unique(day, return_inverse=True)
    daily_minutes = np.bincount(place, weights=rows.hours, minlength=days.size) * 60.0 / customers
    major = major_event_days(days, daily_minutes, daily_history)
    indices = indices_of(rows, customers=customers)
    by_area = reliability_by_area(rows, households)
    return Reliability(
        indices=indices,
        without_major_event_days=_without_major(rows, place, major, customers),
        by_hour=customers_out_by_hour(rows, customers=customers),
        by_area=by_area,
        major_event_days=major,
        timezone=timezone,
        notes=(*_notes(rows, indices, momentary, sustained_minutes, timezone), *_notes_on_areas(by_area, customers)),
    )


def faults_of(
    events: pa.Table, *, customers: int, households: pa.Table | None, daily_history: pa.Table | None, timezone: str
) -> dict[str, list[str]]:
    """What is wrong with each argument of `reliability`, by its name; an empty list where nothing is."""
    faults = {
        "events": interruption_faults(events),
        "customers": [],
        "households": [] if households is None else list(household_faults(households)),
        "daily_history": [] if daily_history is None else list(history_faults(daily_history)),
        "timezone": [],
    }
    if customers < 1:
        faults["customers"].append(f"{customers} customers served were given, and at least one was expected")
    elif not faults["events"] and customers < (meters := pc.count_distinct(events["meter_id"]).as_py()):
        words = f"{customers:,} customers served were given, yet {meters:,} different meters were interrupted: give all that are served"
        faults["customers"].append(words)
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        faults["timezone"].append(f"{timezone!r} is no time zone that is known here; an IANA name was expected, as in America/New_York")
    return faults


def _local_days(moments_us: Ints, timezone: str) -> Ints:
    """Days since 1970 on the calendar of the zone."""
    local = pc.local_timestamp(pa.array(moments_us).cast(pa.timestamp("us", tz="UTC")).cast(pa.timestamp("us", tz=timezone)))
    return np.asarray(pc.floor_temporal(local, unit="day").cast(pa.date32()).cast(pa.int32()), dtype=np.int64)


def _without_major(rows: InterruptionRows, place: Ints, major: MajorEventDays | NotComputable, customers: int) -> ReliabilityIndices | NotComputable:
    if isinstance(major, NotComputable):
        return major
    ordinary: Bools = ~major.is_major[place]
    return indices_of(rows.where(ordinary), customers=customers)


def _notes(rows: InterruptionRows, indices: ReliabilityIndices, momentary: int, sustained_minutes: float, timezone: str) -> Iterator[str]:
    yield (
        f"Sustained: longer than {sustained_minutes:g} minutes. Interval readings show no interruption shorter than a dark interval, so shorter ones "
        "are missing: SAIFI is low by them, and momentary indices (MAIFI) are not computable from this."
    )
    if momentary:
        yield f"{momentary:,} interruptions of {sustained_minutes:g} minutes or less were left out as momentary."
    if indices.still_out:
        yield (
            f"{indices.still_out:,} interruptions were still open when the data ended. They count once in SAIFI; SAIDI and CAIDI hold only the hours "
            "that were seen, so both are lower bounds and have no upper one."
        )
    else:
        yield "No interruption was still open when the data ended; the bounds are those of the edge intervals."
    if unbounded := int((np.isnan(rows.hours_high) & ~rows.is_still_out).sum()):
        yield f"{unbounded:,} restored interruptions have no upper bound, because readings around an edge are missing."
    if overlapping := rows.overlapping():
        yield f"{overlapping:,} interruptions begin before an earlier one of the same meter has ended: such meters are counted as out twice."
    yield "Customers without readings, and meters whose state is unknown, count as served and not as interrupted."
    yield f"Days are those of {timezone}; an interruption belongs to the day on which it began."


def _notes_on_areas(by_area: AreaReliability | NotComputable, customers: int) -> Iterator[str]:
    """Whether the areas' customers are those of the whole."""
    if isinstance(by_area, NotComputable):
        return
    placed = int(by_area.customers.sum())
    if placed < customers:
        yield f"{customers - placed:,} of the {customers:,} customers served lie in no area: the table of households places {placed:,} meters."
    elif placed > customers:
        yield f"The table of households places {placed:,} meters, more than the {customers:,} customers served: the areas count all of them."
