"""What is refused where reliability indices are asked for.

MetersError
└── ReliabilityError
    ├── InterruptionsUnusable   `interruptions_unusable`: the events table lacks columns or holds rows that cannot be
    └── ReliabilityUnusable     `reliability_unusable`: customers, households or daily history that cannot be read together
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.meters.errors import MetersError


class ReliabilityError(MetersError):
    """Anything that the reliability indices refuse."""


class InterruptionsUnusable(ReliabilityError):
    """An events table that cannot be read; every fault is named at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        message = f"The table of interruptions cannot be read: {'; '.join(faults)}. `evenhand meters detect` writes one that can, OUT.events.parquet."
        super().__init__("interruptions_unusable", message, faults=list(faults))


class ReliabilityUnusable(ReliabilityError):
    """Customers, households or a daily history that do not fit; every fault is named at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("reliability_unusable", f"Reliability cannot be computed: {'; '.join(faults)}.", faults=list(faults))
