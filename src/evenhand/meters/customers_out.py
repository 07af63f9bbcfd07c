"""Customers out by hour.

Modelling choice: the count is taken at a moment, the start of each clock hour in UTC; beside it stand those whose outage began in the hour, those
whose power came back in it, and the customer-hours lost in it. The customer-hours are exact integrals, not counts times an hour, so that they add
up to what SAIDI is made of. While somebody is still out, the curve ends where their data end: what came later was not seen, and is not drawn as
zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from evenhand.meters.interruption_rows import MICROSECONDS_AN_HOUR, Floats, InterruptionRows, Ints


@dataclass(frozen=True, slots=True, eq=False)
class CustomersOut:
    """One place an hour, in time order, without holes; all arrays have shape (hours,).

    `hour_us` (int64) is the start of the hour in microseconds since 1970, UTC; `out` (int64) the customers out at that moment; `began` and `restored`
    (int64) those within the hour; `customer_hours` (float64) what was lost in the hour. `ends_censored` says that some were still out when it ends.
    """

    hour_us: Ints
    out: Ints
    began: Ints
    restored: Ints
    customer_hours: Floats
    customers: int
    ends_censored: bool

    @property
    def peak(self) -> int:
        """The most customers out at the start of an hour."""
        return int(self.out.max(initial=0))

    def since(self, at: datetime) -> CustomersOut:
        """The hours from `at` (aware) on."""
        later = self.hour_us >= at.timestamp() * 1_000_000
        counts = {name: getattr(self, name)[later] for name in ("hour_us", "out", "began", "restored", "customer_hours")}
        return replace(self, **counts)

    def table(self) -> pa.Table:
        """Columns `hour` (timestamp, UTC), `customers_out`, `share_out` (0–1), `began`, `restored`, `customer_hours`."""
        columns = {
            "hour": pa.array(self.hour_us).cast(pa.timestamp("us", tz="UTC")),
            "customers_out": self.out,
            "share_out": self.out / self.customers,
            "began": self.began,
            "restored": self.restored,
            "customer_hours": self.customer_hours,
        }
        return pa.table(columns)

    def plot(self, timezone: str = "UTC") -> dict[str, Any]:
        """A chart specification (Vega-Lite, data inside, without colors or sizes): customers out over time on the clock of `timezone`.

        The clock's times are written as if they were UTC, so that no reader's own zone moves them.
        """
        hours = self.table()["hour"].cast(pa.timestamp("us", tz=timezone)).to_pylist()
        rows = [{"hour": f"{hour:%Y-%m-%dT%H:%M:%SZ}", "customers_out": int(out)} for hour, out in zip(hours, self.out, strict=True)]
        return {
            "data": {"values": rows},
            "mark": {"type": "area", "interpolate": "monotone", "line": True},
            "encoding": {
                "x": {"field": "hour", "type": "temporal", "scale": {"type": "utc"}, "title": f"Time ({timezone})"},
                "y": {"field": "customers_out", "type": "quantitative", "title": "Customers out"},
            },
        }


def customers_out_by_hour(rows: InterruptionRows, *, customers: int) -> CustomersOut:
    """Count who is out at the start of every hour, from the hour of the first interruption to the last that is known.

    Parameters
    ----------
    rows
        Interruptions; those still out count until their data end.
    customers
        Customers served, for shares.
    """
    if not rows.hours.size:
        none = np.zeros(0, dtype=np.int64)
        return CustomersOut(none, none, none, none, np.zeros(0), customers, ends_censored=False)
    first = int(rows.began_us.min()) // MICROSECONDS_AN_HOUR
    count = _last_hour(rows) - first + 1
    began, came_back, ended = rows.began_us, rows.ended_us[~rows.is_still_out], rows.ended_us
    out = _at_hours(began, first, count) - _at_hours(came_back, first, count)
    return CustomersOut(
        hour_us=(first + np.arange(count)) * MICROSECONDS_AN_HOUR,
        out=out,
        began=_within(began, first, count),
        restored=_within(came_back, first, count),
        customer_hours=_hours_after(began, first, count) - _hours_after(ended, first, count),
        customers=customers,
        ends_censored=bool(rows.is_still_out.any()),
    )


def peak_by_group(rows: InterruptionRows, group: Ints, groups: int) -> Ints:
    """The most customers out at the start of an hour, for each of `groups`; `group` (int64, shape (n,)) says which one a row belongs to."""
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(groups + 1))
    parts = (order[start:end] for start, end in pairwise(edges.tolist()))
    return np.array([customers_out_by_hour(rows.where(part), customers=1).peak for part in parts], dtype=np.int64)


def _last_hour(rows: InterruptionRows) -> int:
    """The last hour that begins within the data where somebody is still out; else the first in which nobody is."""
    last = int(rows.ended_us.max())
    return (last - 1) // MICROSECONDS_AN_HOUR if rows.is_still_out.any() else -(-last // MICROSECONDS_AN_HOUR)


def _at_hours(moments_us: Ints, first: int, count: int) -> Ints:
    """How many of the moments lie at or before the start of each hour."""
    hour = np.clip(-(-moments_us // MICROSECONDS_AN_HOUR) - first, 0, count)
    return np.cumsum(np.bincount(hour, minlength=count + 1)[:count])


def _within(moments_us: Ints, first: int, count: int) -> Ints:
    """How many of the moments lie in each hour."""
    hour = moments_us // MICROSECONDS_AN_HOUR - first
    return np.bincount(hour[hour < count], minlength=count).astype(np.int64)


def _hours_after(moments_us: Ints, first: int, count: int) -> Floats:
    """Summed over the moments: how much of each hour lies after them."""
    hour, into_us = np.divmod(moments_us, MICROSECONDS_AN_HOUR)
    rest = 1.0 - into_us / MICROSECONDS_AN_HOUR
    place = hour - first
    partly = np.bincount(place[place < count], weights=rest[place < count], minlength=count)
    wholly = np.cumsum(np.bincount(np.clip(place + 1, 0, count), minlength=count + 1)[:count])
    return np.asarray(partly + wholly)
