"""A rule in whole intervals: what the kernels compare with.

Modelling choice: hours are rounded up to whole intervals where they ask for more (a shortest darkness, a confirmation), so that a coarser interval
never makes a rule weaker.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from evenhand.meters.energy_codes import STEPS_PER_OCTAVE, code_of
from evenhand.meters.parameters import MICROSECONDS_PER_HOUR, RobustRule, Rule, StormEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimeGrid:
    """Every meter's intervals: `n_slots` of `interval_us` microseconds from `first_us` (microseconds since the epoch, UTC)."""

    first_us: int
    interval_us: int
    n_slots: int

    @property
    def interval_hours(self) -> float:
        return self.interval_us / MICROSECONDS_PER_HOUR

    @property
    def slots_per_day(self) -> int:
        return 24 * MICROSECONDS_PER_HOUR // self.interval_us

    def moment(self, slot: int) -> datetime:
        """When a slot begins, UTC."""
        return _EPOCH + timedelta(microseconds=self.first_us + slot * self.interval_us)

    def slot_at(self, at: datetime) -> int:
        """The slot in which a moment lies; negative before the first, `n_slots` or more after the last."""
        return (microseconds(at) - self.first_us) // self.interval_us


def microseconds(at: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


class Limits(NamedTuple):
    """Whole numbers only, so that one compiled kernel serves every rule. Slots, counts of slots, or energy codes."""

    is_robust: bool
    n_slots: int
    baseline_end: int  # slots before this one are the meter's own baseline
    window_begin: int  # a storm outage begins from this slot …
    window_end: int  # … and before this one
    event_slot: int
    slots_per_day: int
    min_dark: int
    min_gap: int
    confirm: int
    lost_allowed: int
    min_baseline: int
    min_received: int  # … of the baseline
    zero_per_mille: int
    vacant_per_mille: int
    habit_percent: int
    same_hour_margin: int
    usual_per_mille: int
    habit_dark: int
    creep_cap: int
    creep_steps: int
    open_bounds: int  # between the shortest and the longest that an outage can have been: from here on its hours are unknown


def limits_of(rule: Rule, event: StormEvent, grid: TimeGrid) -> Limits:
    """The rule for this grid; the simple rule shares the robust one's window and ignores its thresholds."""
    robust = rule if isinstance(rule, RobustRule) else RobustRule()

    def slots(hours: float) -> int:
        return math.ceil(hours / grid.interval_hours - 1e-9)

    begin = grid.slot_at(event.since)
    return Limits(
        is_robust=isinstance(rule, RobustRule),
        n_slots=grid.n_slots,
        baseline_end=max(0, min(begin, grid.n_slots)),
        window_begin=begin,
        window_end=grid.slot_at(event.until) + 1,
        event_slot=grid.slot_at(event.start),
        slots_per_day=grid.slots_per_day,
        min_dark=max(1, slots(robust.shortest_dark_hours)),
        min_gap=max(robust.shortest_gap_readings, slots(robust.shortest_gap_hours)),
        confirm=max(1, slots(robust.confirm_hours)),
        lost_allowed=robust.lost_while_confirming,
        min_baseline=slots(robust.baseline_days_least * 24),
        min_received=slots(robust.baseline_days_least * 24 * robust.baseline_share_least),
        zero_per_mille=round(robust.zero_share_most * 1000),
        vacant_per_mille=round(robust.vacant_share * 1000),
        habit_percent=round(robust.habit_factor * 100),
        same_hour_margin=slots(robust.same_hour_margin_hours),
        usual_per_mille=round(robust.usual_share * 1000),
        habit_dark=max(1, slots(robust.habit_dark_hours)),
        creep_cap=code_of(robust.creep_kwh_per_hour * grid.interval_hours),
        creep_steps=round(STEPS_PER_OCTAVE * math.log2(robust.creep_ratio)),
        open_bounds=slots(robust.bounds_apart_hours),
    )
