"""What the rule saw in one meter, and why it decided as it did.

Modelling choice: the explanation runs the same kernels on the same slots as `detect` does for everybody, and only puts names to what they left; so it
cannot tell another story than the table. Every stretch without power gets one verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.attendance import NO_SILENCES
from evenhand.meters.energy_codes import ESTIMATED, ZERO, least_kwh_of
from evenhand.meters.errors import MeterNotFound, RevisionsWithoutOrder
from evenhand.meters.judged import Judged, Rows, new_scratch, new_verdicts
from evenhand.meters.kernels_habits import (
    DARK_CODE,
    GAP_LEAST,
    LONGEST_MISSING_RUN,
    LONGEST_ZERO_RUN,
    RECEIVED,
    SECOND_MISSING_RUN,
    ZEROS,
    has_zero_habit,
    is_vacant,
    learn_habits,
    zero_run_least,
)
from evenhand.meters.kernels_interruptions import END_EARLIEST, END_LATEST, IS_STORM, START_EARLIEST
from evenhand.meters.kernels_meters import judge_matrix
from evenhand.meters.kernels_slots import fill_slots
from evenhand.meters.limits import Limits, TimeGrid
from evenhand.meters.outage_tables import REASON_NAMES, REASON_WORDS, interruptions_table, outages_table
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
    "no_energy": "readings that are infinite or absurd",
    "silence_of_all": "silent as (nearly) all meters were",
}
_PASSED_OVER: Final = ("lost_readings", "usual_zeros", "too_short", "no_energy")
_NO_CONFLICT: Final = "this meter"
_FLICKERS: Final = {0: "", 1: " Power came back once and did not last."}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The meter's own days before the storm.

    `mean_kwh` is of received readings, None without any; `creep_kwh` is the energy below which readings count as dark, None where the meter does not
    creep; `gap_least_hours` is how long a silence must be to be unlike the meter. `zero_run_least_hours` is how long a run of zeros must be to be
    evidence in itself: None for a meter whose every zero is evidence, infinite for one whose zeros say nothing.
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
    zero_run_least_hours: float | None

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
    """One meter: its habits, its stretches without power in time order, its rows of both tables, and the decision in sentences.

    `outage` is its row of the outages table, `interruptions` its rows of the events; `baseline` is None for the simple rule, which has none.
    """

    meter_id: object
    baseline: Baseline | None
    stretches: tuple[Stretch, ...]
    outage: dict[str, Any]
    interruptions: tuple[dict[str, Any], ...]
    reason: str
    sentences: tuple[str, ...]


def explain(
    readings: pa.Table,
    *,
    event: StormEvent,
    rule: Rule,
    window: TimeGrid,
    silences: NDArray[np.int64] = NO_SILENCES,
    timezone: str = "UTC",
    is_register: bool = False,
) -> MeterExplanation:
    """Explain one meter.

    Parameters
    ----------
    readings
        Rows of one meter: `meter_id`, `interval_start` (timestamp with a zone), `kwh` (float64; null = not received, infinite = received and no
        energy) and, where there are any, `is_estimated` (bool) or `quality`, `arrival`.
    event, rule
        As given to `detect`.
    window, silences
        `Detections.grid` and `.silences` of the run that is to be explained: the intervals of all meters, and those in which nobody was received.
    timezone
        IANA name of the zone whose clock the sentences use.
    is_register
        Are the energies differences of a cumulative register, as `ReadingSource.is_register` says?

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
    codes, judged = _judged(readings, limits, silences, window)
    judged = (judged.told_by_registers() if is_register else judged).without_wide_bounds(limits)
    baseline = _baseline(readings, codes, limits, silences, window) if isinstance(rule, RobustRule) else None
    stretches = tuple(_stretches(codes, judged, limits, silences, window))
    outage = outages_table(judged, window).to_pylist()[0]
    reason = REASON_NAMES[int(judged.reasons[0])]
    sentences = [_decision(judged, outage, reason, window, ZoneInfo(timezone)), *_grounds(baseline, rule), *_passed_over(stretches, event, baseline)]
    interruptions = tuple(interruptions_table(judged, window).to_pylist())
    return MeterExplanation(outage["meter_id"], baseline, stretches, outage, interruptions, reason, tuple(sentences))


def _judged(readings: pa.Table, limits: Limits, silences: NDArray[np.int64], window: TimeGrid) -> tuple[NDArray[np.uint8], Judged]:
    """The meter's slots, and what the rule makes of them."""
    scratch = new_scratch(limits, has_arrivals="arrival" in readings.column_names, silences=silences)
    batch = RowReader(window, absurd_kwh=float(np.finfo(np.float64).max)).batch(readings.combine_chunks().to_batches()[0])
    slots = (scratch.codes, scratch.arrivals, scratch.conflicts)
    fill_slots(0, readings.num_rows, batch, *slots, scratch.counts, scratch.room, is_new=True)
    if n_conflicts := int(scratch.conflicts.sum()):
        raise RevisionsWithoutOrder(n_conflicts, [_NO_CONFLICT])
    codes = scratch.codes.copy()
    verdicts = new_verdicts(1, limits)
    _, n_rows = judge_matrix(codes[None, :], 0, 1, limits, scratch, verdicts)
    ids = pc.unique(readings["meter_id"])
    return codes, Judged(ids, verdicts.statuses, verdicts.reasons, verdicts.conflicts, verdicts.rows[:n_rows])


def _habits(codes: NDArray[np.uint8], limits: Limits, silences: NDArray[np.int64]) -> NDArray[np.int64]:
    scratch = new_scratch(limits, has_arrivals=False)
    learn_habits(codes, limits, silences, scratch.marks, scratch.blocks, scratch.words, scratch.habits)
    return scratch.habits


def _baseline(readings: pa.Table, codes: NDArray[np.uint8], limits: Limits, silences: NDArray[np.int64], window: TimeGrid) -> Baseline:
    habits = _habits(codes, limits, silences)
    before = pc.less(readings["interval_start"].cast(UTC_TIME), pa.scalar(window.moment(limits.baseline_end), UTC_TIME))
    measured = readings.filter(pc.and_(before, pc.is_finite(readings["kwh"])))["kwh"]
    hours = window.interval_hours
    return Baseline(
        n_intervals=limits.baseline_end,
        n_received=int(habits[RECEIVED]),
        n_zeros=int(habits[ZEROS]),
        mean_kwh=pc.mean(measured).as_py(),
        longest_zero_hours=float(habits[LONGEST_ZERO_RUN] * hours),
        longest_missing_hours=float(habits[LONGEST_MISSING_RUN] * hours),
        second_missing_hours=float(habits[SECOND_MISSING_RUN] * hours),
        creep_kwh=least_kwh_of(int(habits[DARK_CODE]) + 1) if habits[DARK_CODE] > ZERO else None,
        gap_least_hours=float(habits[GAP_LEAST] * hours),
        zero_run_least_hours=_zero_run_least_hours(habits, limits, hours),
    )


def _zero_run_least_hours(habits: NDArray[np.int64], limits: Limits, interval_hours: float) -> float | None:
    if not has_zero_habit(habits, limits):
        return None
    return math.inf if is_vacant(habits, limits) else float(zero_run_least(habits, limits) * interval_hours)


def _stretches(codes: NDArray[np.uint8], judged: Judged, limits: Limits, silences: NDArray[np.int64], window: TimeGrid) -> Iterator[Stretch]:
    """Runs of slots without power, each with its verdict."""
    dark_code = _habits(codes, limits, silences)[DARK_CODE] if limits.is_robust else ZERO
    without = np.concatenate([[False], codes <= dark_code, [False]])
    edges = np.flatnonzero(without[1:] != without[:-1])
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        n_missing = int(np.count_nonzero(codes[begin:end] <= ESTIMATED))
        n_zero = int(np.count_nonzero(codes[begin:end] >= ZERO))
        verdict = _among_interruptions(judged.rows, begin, end)
        if verdict is None and n_zero + n_missing < end - begin:
            verdict = "no_energy"
        elif verdict is None and n_zero == 0:
            verdict = "silence_of_all" if np.any((silences[:, 0] < end) & (silences[:, 1] > begin)) else "lost_readings"
        yield Stretch(
            window.moment(begin),
            window.moment(end),
            n_zero,
            n_missing,
            verdict or ("too_short" if end - begin < limits.min_dark else "usual_zeros"),
        )


def _among_interruptions(rows: Rows, begin: int, end: int) -> str | None:
    inside = rows[(rows[:, START_EARLIEST] < end) & (np.maximum(rows[:, END_LATEST], rows[:, START_EARLIEST] + 1) > begin)]
    if not len(inside):
        return None
    return "storm_outage" if inside[:, IS_STORM].any() else "interruption"


def _decision(judged: Judged, outage: dict[str, Any], reason: str, window: TimeGrid, zone: ZoneInfo) -> str:
    if outage["status"] == "never_out":
        return "Never out: no interruption begins in the storm's window."
    if outage["status"] == "unknown":
        return f"Unknown: the meter {REASON_WORDS[reason]}."
    began = _clock(outage["outage_start"], zone)
    flickers = _FLICKERS.get(outage["flickers"], f" Power came back {outage['flickers']} times and did not last.")
    spoke = str(outage["evidence"]).replace("+", " and ")
    if outage["status"] == "still_out":
        dark_until = int(judged.rows[judged.rows[:, IS_STORM] == 1, END_EARLIEST][0])
        late = "" if dark_until == window.n_slots else " There is power in the last readings, but too little to say that it lasts."
        return f"Still out: dark from {began} until the readings end, {outage['hours']:g} hours that were seen.{late}{flickers} What spoke: {spoke}."
    bounds = f"{outage['hours']:g} hours (between {outage['hours_low']:g} and {outage['hours_high']:g})"
    return f"Out from {began} to {_clock(outage['restored_at'], zone)}: {bounds}.{flickers} What spoke: {spoke}."


def _grounds(baseline: Baseline | None, rule: Rule) -> Iterator[str]:
    """What the meter was compared with, and what counted for it."""
    if baseline is None or not isinstance(rule, RobustRule):
        yield "The simple rule looks at zeros alone: gaps, estimates and the meter's own days say nothing to it."
        return
    zeros = f"{baseline.n_zeros:,} of them zero (at most {baseline.longest_zero_hours:g} h in a row)" if baseline.n_zeros else "none of them zero"
    yield (
        f"Its own days before: {baseline.n_received:,} of {baseline.n_intervals:,} intervals were received, {zeros}; "
        f"the longest silence was {baseline.longest_missing_hours:g} h, the second longest {baseline.second_missing_hours:g} h. What happened"
        f" once is no habit: so a silence counts from {baseline.gap_least_hours:g} h on."
    )
    if baseline.zero_run_least_hours == math.inf:
        yield "It reads next to nothing but zeros by itself: its zeros say nothing."
    elif baseline.zero_run_least_hours is not None:
        yield (
            f"It reads zero by itself, so zeros count only from {baseline.zero_run_least_hours:g} h in a row on, or where {rule.habit_dark_hours:g} h"
            " of them stand at a time of day that had none."
        )
    if baseline.creep_kwh is not None:
        yield f"The meter creeps: readings below {baseline.creep_kwh:.4f} kWh count as dark."


def _passed_over(stretches: tuple[Stretch, ...], event: StormEvent, baseline: Baseline | None) -> Iterator[str]:
    """What was without power while a storm outage could begin, and was taken for none."""
    if baseline is None:
        return
    for verdict in _PASSED_OVER:
        found = [each for each in stretches if each.verdict == verdict and each.end > event.since and each.start <= event.until]
        if found:
            longest = max((each.end - each.start) / timedelta(hours=1) for each in found)
            count = "1 stretch" if len(found) == 1 else f"{len(found):,} stretches"
            yield f"Without power in the storm's window, yet no interruption: {count} of at most {longest:g} h, {VERDICTS[verdict]}."


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%-d %B %Y %H:%M}"
