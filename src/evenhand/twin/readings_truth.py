"""What really happened, and whether the readings that arrived can show it.

Modelling choice: `outage_start` is the start of the first fully dark interval and `restored_at` the start of the first interval with any power
after it, both from the true times. The data *can tell* an outage when the readings on both its edges arrived (the last interval with power before,
the first one after) and show power, or, where the dark is a gap, when they arrived from a meter whose zeros are nothing new. They can tell "never
out" when nothing that arrived looks like 1.5 h of darkness during the event. This is decided from what was generated; no rule was asked.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.twin.readings_cohort import Cohort, faults_of
from evenhand.twin.readings_head_end import RECEIVED, ZEROS, ZEROS_THEN_GAP
from evenhand.twin.readings_storm import EVENT_LEAD_HOURS, EVENT_TAIL_HOURS

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LOOKS_DARK_HOURS = 1.5
MOMENT = pa.timestamp("us", tz="UTC")


def can_tell(cohort: Cohort) -> Bools:
    """Can the readings show what happened to each meter? Shape (n,)."""
    history, manners = cohort.history, cohort.manners
    starts_as_gap = ~np.isin(manners.shows_dark_as, (ZEROS, ZEROS_THEN_GAP))
    ends_as_gap = manners.shows_dark_as != ZEROS
    start = _edge_shows(cohort, history.first_dark - 1, starts_as_gap)
    end = _edge_shows(cohort, history.first_powered, ends_as_gap) | history.is_still_out
    outage = start & end & ~(manners.some_days & (starts_as_gap | ends_as_gap))
    told = np.where(history.is_out, outage, _never_out_shows(cohort))
    return np.asarray(told & cohort.is_installed & ~cohort.cannot_tell)


def _edge_shows(cohort: Cohort, slot: Ints, is_gap: Bools) -> Bools:
    rows, inside = np.arange(slot.size), np.clip(slot, 0, cohort.wh.shape[1] - 1)
    arrived = (cohort.state[rows, inside] == RECEIVED) & (slot >= 0) & (slot < cohort.wh.shape[1])
    shows_power = np.abs(cohort.wh[rows, inside]) > cohort.manners.creep_wh
    return np.asarray(arrived & (shows_power | (is_gap & cohort.homes.reads_zero_by_habit)))


def _never_out_shows(cohort: Cohort) -> Bools:
    """No run of 1.5 h during the event without a reading that shows power (or, for a meter used to zeros, without a reading)."""
    window = cohort.plan.window
    first = window.storm_slot - int(window.slots_of_hours(EVENT_LEAD_HOURS))
    last = window.storm_slot + int(window.slots_of_hours(EVENT_TAIL_HOURS))
    arrived = cohort.state[:, first:last] == RECEIVED
    shows_power = np.abs(cohort.wh[:, first:last]) > cohort.manners.creep_wh[:, None]
    habit = cohort.homes.reads_zero_by_habit
    looks_dark = ~arrived | (~shows_power & ~habit[:, None])
    shortest = max(int(np.ceil(window.slots_of_hours(LOOKS_DARK_HOURS))), 1)
    runs = np.ones((looks_dark.shape[0], looks_dark.shape[1] - shortest + 1), dtype=bool)
    for offset in range(shortest):
        runs &= looks_dark[:, offset : offset + runs.shape[1]]
    return ~runs.any(axis=1) & ~cohort.homes.is_vacant


def truth_of(cohort: Cohort, meter_id: pa.Array) -> pa.Table:
    """One row a meter: `meter_id, outage_start, restored_at, status, dark_from, dark_until, hours, can_tell, faults`."""
    history = cohort.history
    known = history.is_out & cohort.is_installed
    ended = known & ~history.is_still_out
    status = np.select([~cohort.is_installed, ~history.is_out, history.is_still_out], ["not_installed", "never_out", "still_out"], "restored")
    hours = np.where(ended, (history.dark_until - history.dark_from) * cohort.plan.window.interval_hours, 0.0)
    columns = {
        "meter_id": meter_id,
        "outage_start": moments(cohort, history.first_dark.astype(np.float64), known),
        "restored_at": moments(cohort, history.first_powered.astype(np.float64), ended),
        "status": pa.array(status.tolist(), pa.string()),
        "dark_from": moments(cohort, history.dark_from, known),
        "dark_until": moments(cohort, history.dark_until, ended),
        "hours": pa.array(hours, mask=known & ~ended | ~cohort.is_installed),
        "can_tell": pa.array(can_tell(cohort)),
        "faults": pa.array(faults_of(cohort), pa.list_(pa.string())),
    }
    return pa.table(columns)


def interruptions_of(cohort: Cohort, meter_id: pa.Array) -> pa.Table:
    """One row an interruption: `meter_id, start, end, dark_from, dark_until, is_storm, kind`; `start` is null where no interval was fully dark."""
    history = cohort.history
    spans = (
        ("blip", history.blip_from, history.blip_until),
        ("storm", history.dark_from, history.dark_until),
        ("second", history.second_from, history.second_until),
    )
    tables = []
    for kind, since, until in spans:
        rows = np.flatnonzero(~np.isnan(since) & cohort.is_installed)
        begin, end = since[rows], until[rows]
        first, powered = np.ceil(begin), np.floor(end)
        columns = {
            "meter_id": meter_id.take(pa.array(rows)),
            "start": moments(cohort, first, powered > first),
            "end": moments(cohort, powered, np.isfinite(end) & (powered > first)),
            "dark_from": moments(cohort, begin, np.ones(rows.size, dtype=bool)),
            "dark_until": moments(cohort, end, np.isfinite(end)),
            "is_storm": pa.array(np.full(rows.size, kind == "storm")),
            "kind": pa.array([kind] * rows.size, pa.string()),
        }
        tables.append(pa.table(columns))
    return pa.concat_tables(tables).sort_by([("meter_id", "ascending"), ("dark_from", "ascending")])


def moments(cohort: Cohort, slots: NDArray[np.float64], known: Bools) -> pa.Array:
    """Moments given in intervals as UTC timestamps; null where not known."""
    return pa.array(cohort.plan.window.moments_us(np.where(known, slots, 0.0)), pa.int64(), mask=~known).cast(MOMENT)
