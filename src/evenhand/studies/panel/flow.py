"""Who is in the panel: from every premise of the table down to the households of the models, and why the others left.

Modelling choice: a household leaves at the first step that it fails, so that the steps add up. Households that were never out are in or out by a
choice that is stated either way: the study's least duration is 0, so its panel held them. Those still out when the readings end stay with the hours
observed so far, or leave, which loses the longest outages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.studies.panel.meeting import matched_meters
from evenhand.studies.results import FlowStep

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
# Why a household leaves that nobody chose to leave out.
FOR_WANT: Final = ("no meter", "no readings of the meter", "readings that do not tell", "no block group", "a block group that is in no area")
# From this share of the households on, those who left for want of something are told of on the first page.
MUCH: Final = 0.05


def left_for_want(flow: Sequence[FlowStep]) -> dict[str, int]:
    """Households that left by no choice, by reason; nothing where they are no more than `MUCH` of all."""
    left = {reason: count for step in flow for reason, count in step.left.items() if reason in FOR_WANT}
    return left if flow and sum(left.values()) > MUCH * flow[0].households else {}


@dataclass(frozen=True, slots=True, eq=False)
class Metered:
    """Each household's row among the outages (−1: none) and what it says: `status` text, `hours` float64, `start` UTC; null or NaN where none."""

    row: Ints
    status: pa.Array
    hours: NDArray[np.float64]
    start: pa.Array

    def is_status(self, *names: str) -> Flags:
        found = pc.is_in(self.status, value_set=pa.array(names, pa.string()))  # null is in no set of names
        return np.asarray(found, dtype=np.bool_)

    @property
    def is_dark(self) -> Flags:
        """Was it out in the storm?"""
        return self.is_status("restored", "still_out")


def metered(households: pa.Table, outages: pa.Table) -> Metered:
    """The outages of the households' meters."""
    at = matched_meters(households["meter_id"].combine_chunks(), outages["meter_id"].combine_chunks())
    hours = outages["hours"].combine_chunks().cast(pa.float64()).take(at)
    return Metered(
        row=pc.fill_null(at, -1).to_numpy(zero_copy_only=False).astype(np.int64),
        status=outages["status"].combine_chunks().cast(pa.string()).take(at),
        hours=pc.fill_null(hours, np.nan).to_numpy(zero_copy_only=False),
        start=outages["outage_start"].combine_chunks().take(at),
    )


def flow_of(households: pa.Table, meters: Metered, areas: pa.Array, *, never_out: str, censored: str) -> tuple[tuple[FlowStep, ...], Flags]:
    """The steps, and which households are in the panel."""
    n = households.num_rows
    flow = _Flow(np.ones(n, dtype=np.bool_))
    flow.begin("premises", "households in the table")
    has_meter = _valid(households["meter_id"])
    flow.step("metered", "have a meter with readings", {"no meter": ~has_meter, "no readings of the meter": meters.row < 0})
    no_answer = ~meters.is_status("restored", "still_out", "never_out") | np.isnan(meters.hours)
    flow.step("known", "have readings that tell whether and how long they were out", {"readings that do not tell": no_answer})
    nobody = np.zeros(n, dtype=np.bool_)
    if never_out == "out":
        flow.step("out_in_the_storm", "were out in the storm; those never out are left out by choice", {"never out": meters.is_status("never_out")})
    else:
        flow.step("never_out_kept", "whether they were out or not; those never out are in with 0 hours by choice", {"never out": nobody})
    if censored == "out":
        flow.step(
            "restored", "had power again before the readings end, by choice", {"still out when the readings end": meters.is_status("still_out")}
        )
    else:
        words = "whether power came back or not; those still out are in with the hours observed so far by choice"
        flow.step("still_out_kept", words, {"still out when the readings end": nobody})
    placed = _valid(households["block_group"])
    in_area = np.asarray(pc.is_in(households["block_group"].combine_chunks(), value_set=areas), dtype=np.bool_)
    flow.step("placed", "stand in an area of the table of areas", {"no block group": ~placed, "a block group that is in no area": ~in_area})
    return flow.done()


class _Flow:
    """Steps as they are taken: each reason takes those who are still there."""

    def __init__(self, remaining: Flags) -> None:
        self.remaining = remaining
        self.steps: list[FlowStep] = []

    def begin(self, name: str, words: str) -> None:
        self.steps.append(FlowStep(name, words, int(self.remaining.sum())))

    def step(self, name: str, words: str, reasons: Mapping[str, Flags]) -> None:
        left = {}
        for reason, leave in reasons.items():
            if count := int((self.remaining & leave).sum()):
                left[reason] = count
            self.remaining = self.remaining & ~leave
        self.steps.append(FlowStep(name, words, int(self.remaining.sum()), left))

    def done(self) -> tuple[tuple[FlowStep, ...], Flags]:
        self.begin("panel", "households of the models")
        return tuple(self.steps), self.remaining


def _valid(column: pa.ChunkedArray) -> Flags:
    valid: Flags = column.is_valid().to_numpy().astype(np.bool_)
    return valid
