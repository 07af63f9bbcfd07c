"""What the rule saw in one meter, and why it decided as it did.

Modelling choice: the explanation runs the same kernels on the same slots as `detect` does for everybody, and only puts names to what they left; so it
cannot tell another story than the table. Every stretch without power gets one verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.energy_codes import ESTIMATED, ZERO, least_kwh_of
from evenhand.meters.errors import MeterNotFound, RevisionsWithoutOrder
from evenhand.meters.judged import Judged, new_scratch, new_verdicts
from evenhand.meters.kernels_habits import (
    DARK_CODE,
    GAP_LEAST,
    LONGEST_MISSING_RUN,
    LONGEST_ZERO_RUN,
    RECEIVED,
    SECOND_MISSING_RUN,
    ZEROS,
    learn_habits,
)
from evenhand.meters.kernels_interruptions import END_LATEST, IS_STORM, START_EARLIEST
from evenhand.meters.kernels_meters import judge_matrix
from evenhand.meters.kernels_slots import fill_slots
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.outage_tables import REASON_NAMES, REASON_WORDS, outages_table
from evenhand.meters.parameters import RobustRule, Rule, StormEvent
from evenhand.meters.row_batches import RowReader
from evenhand.meters.windows import checked_limits
from evenhand.vocabulary.tables import UTC_TIME

VERDICTS: Final = {
    "storm_outage": "the storm outage",
    "interruption": "another interruption",
    "lost_readings": "lost readings: too short, or no longer than the meter misses by itself",
    "usual_zeros": "zeros as the meter reads by itself",
    "too_short": "too short to be an interruption",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_CONFLICT: Final = "this meter"


@dataclass(frozen=True, slots=True)
class Baseline:
    """The meter's own days before the storm.

    `mean_kwh` is of received readings, None without any; `creep_kwh` is the energy below which readings count as dark, None where the meter does not
    creep; `gap_least_hours` is how long a silence must be to be unlike the meter.
    """

    n_intervals: int
    n_received: int
    n_zeros: int
    mean_kwh: float | None
    longest_zero_hours: float
    longest_missing_hours: float
    second_missing_hours: float
    creep_kwh: float | None
    gap_least_hours: float

    @property
    def zero_share(self) -> float:
        """Share of zeros among the readings received; 0 without any."""
        return self.n_zeros / self.n_received if self.n_received else 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Intervals `[start, end)` without power; `end` is where the readings end if they end so. `verdict` is a key of `VERDICTS`."""

    start: datetime
    end: datetime
    n_zero: int
    n_missing: int
    verdict: str

    @property
    def words(self) -> str:
        return VERDICTS[self.verdict]


@dataclass(frozen=True, eq=False)
class MeterExplanation:
    """One meter: its habits, its stretches without power in time order, its row of the outages table, and the decision in sentences."""

    meter_id: object
    baseline: Baseline | None
    stretches: tuple[Stretch, ...]
    outage: dict[str, object]
    reason: str
    sentences: tuple[str, ...]


def explain(readings: pa.Table, *, event: StormEvent, rule: Rule, window: TimeGrid) -> MeterExplanation:
    """Explain one meter.

    Parameters
    ----------
    readings
        Rows of one meter: `meter_id`, `interval_start` (timestamp with a zone), `kwh` (float64; null = not received) and, where there are any,
        `is_estimated` (bool) or `quality`, `arrival`.
    event, rule
        As given to `detect`.
    window
        `Detections.grid` of the run that is to be explained: the intervals of all meters.

    Raises
    ------
    MeterNotFound
        Without a row.
    RevisionsWithoutOrder
        Two readings of one interval differ and nothing says which is newer.
    """
    if readings.num_rows == 0:
        raise MeterNotFound("asked for")
    limits = checked_limits(rule, event, window)
    scratch = new_scratch(limits, has_arrivals="arrival" in readings.column_names)
    batch = RowReader(window, absurd_kwh=float("inf")).batch(readings.combine_chunks().to_batches()[0])
    fill_slots(0, readings.num_rows, batch, scratch.codes, scratch.arrivals, scratch.conflicts, scratch.counts, scratch.room)
    if n_conflicts := int(scratch.conflicts.sum()):
        raise RevisionsWithoutOrder(n_conflicts, [_NO_CONFLICT])
    codes = scratch.codes.copy()
    verdicts = new_verdicts(1, limits)
    _, n_rows = judge_matrix(codes[None, :], 0, 1, limits, scratch, verdicts)
    ids = pc.unique(readings["meter_id"])
    judged = Judged(ids, verdicts.statuses, verdicts.reasons, verdicts.conflicts, verdicts.rows[:n_rows])
    baseline = _baseline(readings, codes, limits, window) if isinstance(rule, RobustRule) else None
    stretches = tuple(_stretches(codes, judged, window, ZERO if baseline is None else int(scratch.habits[DARK_CODE])))
    outage = outages_table(judged, window).to_pylist()[0]
    reason = REASON_NAMES[int(judged.reasons[0])]
    return MeterExplanation(ids[0].as_py(), baseline, stretches, outage, reason, tuple(_sentences(outage, reason, baseline)))


def _baseline(readings: pa.Table, codes: NDArray[np.uint8], limits: Limits, window: TimeGrid) -> Baseline:
    scratch = new_scratch(limits, has_arrivals=False)
    habits = scratch.habits
    learn_habits(codes, limits, scratch.marks, scratch.words, habits)
    before = pc.less(readings["interval_start"].cast(UTC_TIME), pa.scalar(_moment(limits.baseline_end, window), UTC_TIME))
    hours = window.interval_hours
    return Baseline(
        n_intervals=limits.baseline_end,
        n_received=int(habits[RECEIVED]),
        n_zeros=int(habits[ZEROS]),
        mean_kwh=pc.mean(readings.filter(before)["kwh"]).as_py(),
        longest_zero_hours=float(habits[LONGEST_ZERO_RUN] * hours),
        longest_missing_hours=float(habits[LONGEST_MISSING_RUN] * hours),
        second_missing_hours=float(habits[SECOND_MISSING_RUN] * hours),
        creep_kwh=least_kwh_of(int(habits[DARK_CODE]) + 1) if habits[DARK_CODE] > ZERO else None,
        gap_least_hours=float(habits[GAP_LEAST] * hours),
    )


def _stretches(codes: NDArray[np.uint8], judged: Judged, window: TimeGrid, dark_code: int) -> Iterator[Stretch]:
    """Runs of slots without power, each with its verdict."""
    without = np.concatenate([[False], codes <= dark_code, [False]])
    edges = np.flatnonzero(without[1:] != without[:-1])
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        n_missing = int(np.count_nonzero(codes[begin:end] <= ESTIMATED))
        n_zero = end - begin - n_missing
        yield Stretch(_moment(begin, window), _moment(end, window), n_zero, n_missing, _verdict(judged, begin, end, n_zero, window))


def _verdict(judged: Judged, begin: int, end: int, n_zero: int, window: TimeGrid) -> str:
    rows = judged.rows
    inside = rows[(rows[:, START_EARLIEST] < end) & (np.maximum(rows[:, END_LATEST], rows[:, START_EARLIEST] + 1) > begin)]
    if len(inside):
        return "storm_outage" if inside[:, IS_STORM].any() else "interruption"
    if n_zero == 0:
        return "lost_readings"
    return "too_short" if (end - begin) * window.interval_hours < RobustRule().shortest_dark_hours else "usual_zeros"


def _sentences(outage: dict[str, object], reason: str, baseline: Baseline | None) -> Iterator[str]:
    if baseline is not None:
        yield (
            f"Before the storm {baseline.n_received:,} of {baseline.n_intervals:,} intervals were received, {baseline.zero_share:.0%} of them zero"
            f" (longest run {baseline.longest_zero_hours:g} h); the longest silence was {baseline.longest_missing_hours:g} h."
        )
        yield f"So a silence counts from {baseline.gap_least_hours:g} h on."
        if baseline.creep_kwh is not None:
            yield f"The meter creeps: readings below {baseline.creep_kwh:.4f} kWh count as dark."
    match outage["status"]:
        case "restored":
            yield f"Out for {outage['hours']:g} h (between {outage['hours_low']:g} and {outage['hours_high']:g}), by {outage['evidence']}."
        case "still_out":
            yield f"Still out when the readings end, for {outage['hours']:g} h or more, by {outage['evidence']}."
        case "never_out":
            yield "No interruption began while the storm outage could begin."
        case _:
            yield f"Unknown: the meter {REASON_WORDS[reason]}."


def _moment(slot: int, window: TimeGrid) -> datetime:
    return _EPOCH + timedelta(microseconds=window.first_us + slot * window.interval_us)
