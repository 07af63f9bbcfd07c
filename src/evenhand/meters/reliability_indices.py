"""The three indices of one population, with the bounds that its interruptions' hours have."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evenhand.meters.interruption_rows import InterruptionRows
from evenhand.meters.not_computable import NotComputable


@dataclass(frozen=True, slots=True)
class ReliabilityIndices:
    """Indices over `customers` served.

    `saifi` is interruptions a customer, `saidi_minutes` minutes a customer, `caidi_minutes` minutes an interruption. `_low` and `_high` come from the
    bounds of the hours; `_high` is None where an interruption has none (still out, or an edge without readings).
    """

    customers: int
    interruptions: int
    interrupted_customers: int
    still_out: int
    customer_hours: float
    saifi: float
    saidi_minutes: float
    saidi_minutes_low: float
    saidi_minutes_high: float | None
    caidi_minutes: float | NotComputable
    caidi_minutes_low: float | None
    caidi_minutes_high: float | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is not computable is None."""
        return asdict(self) | {"caidi_minutes": None if isinstance(self.caidi_minutes, NotComputable) else self.caidi_minutes}


def indices_of(rows: InterruptionRows, *, customers: int) -> ReliabilityIndices:
    """Indices of these interruptions among so many customers served (≥ 1)."""
    n = rows.hours.size
    minutes, low, high = (float(hours.sum()) * 60.0 for hours in (rows.hours, rows.hours_low, rows.hours_high))
    no_caidi = NotComputable("no_interruptions", "CAIDI is an average over interruptions, and there are none.")
    return ReliabilityIndices(
        customers=customers,
        interruptions=n,
        interrupted_customers=int(np.unique(rows.meter).size),
        still_out=int(rows.is_still_out.sum()),
        customer_hours=minutes / 60.0,
        saifi=n / customers,
        saidi_minutes=minutes / customers,
        saidi_minutes_low=low / customers,
        saidi_minutes_high=None if np.isnan(high) else high / customers,
        caidi_minutes=minutes / n if n else no_caidi,
        caidi_minutes_low=low / n if n else None,
        caidi_minutes_high=high / n if n and not np.isnan(high) else None,
    )
