"""Further faults, one at a time on top of a mix: what a rule was not made for.

Modelling choice: each is written from what utilities describe, not from what any rule looks at. Where a fault makes the outage invisible (a generator
that feeds the meter), the truth still holds the outage and says that the data cannot tell. Truth is always the grid's side of the meter.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenhand.twin.errors import TwinReadingsError
from evenhand.twin.readings_cohort import Cohort, Revisions, Scenario
from evenhand.twin.readings_head_end import ABSENT, EMPTY, RECEIVED, ZEROS
from evenhand.twin.readings_rows import REGISTER_TURNS_OVER_WH

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

REVISED_SLOTS, WHOLLY_REVISED = 0.03, 0.10  # of readings; of outages, first sent as if there had been power
EXCHANGED = 0.20  # of meters
GENERATORS, BATTERIES = 0.10, 0.10  # of homes, half of each kind


def conflicting_revisions(cohort: Cohort) -> Cohort:
    """Some readings were first another value, zero or nothing; some outages were first filled with likely values, unmarked. The newest is right."""
    chance, window, index = cohort.chance, cohort.plan.window, cohort.meter_id
    bits = chance.bits("revised", index, window.slots)
    present = cohort.state != ABSENT
    chosen = present & ((bits & np.uint64(0xFFFF)) < np.uint64(REVISED_SLOTS * 2**16))
    wholly = cohort.history.is_out & chance.happens("outage revised", index, WHOLLY_REVISED)
    dark = (cohort.powered <= 0.0) & wholly[:, None]
    cohort.state[dark & (cohort.state == ABSENT)] = EMPTY  # the revision that takes the guess back
    row, slot = np.nonzero(chosen | dark)
    kind = (bits[row, slot] >> np.uint64(16)) & np.uint64(0x3)
    likely = np.rint(cohort.kw[row, slot] * window.interval_hours * 1000.0 * 0.9).astype(np.int32)
    zero, empty = (kind == 0) & ~dark[row, slot], (kind == 1) & ~dark[row, slot]
    hours = 0.5 + 30.0 * ((bits[row, slot] >> np.uint64(32)) & np.uint64(0xFFFF)).astype(np.float64) * 2.0**-16
    cohort.revisions = Revisions(row, slot, np.where(zero, 0, likely).astype(np.int32), empty, hours)
    cohort.hit["outage revised"] = wholly
    return cohort


def meter_exchange(cohort: Cohort) -> Cohort:
    """A meter is replaced at a time with power: after 1–6 silent hours another one reads on, under the same id or a new one."""
    chance, window, history, index = cohort.chance, cohort.plan.window, cohort.history, cohort.index
    before, storm = chance.happens("exchanged before", index, 0.3), float(window.storm_slot)
    quiet_until = np.where(np.isnan(history.blip_from), history.dark_from, history.blip_from)
    early = np.where(history.is_out, quiet_until, storm) - window.slots_of_hours(chance.between("exchanged ahead", index, 12.0, 120.0))
    over = np.where(history.is_out, history.dark_until, storm)
    over = np.where(np.isfinite(history.second_until), history.second_until, over)
    late = over + window.slots_of_hours(chance.between("exchanged later", index, 10.0, 60.0))
    at = np.where(before, early, late)
    exchanged = chance.happens("exchanged", index, EXCHANGED) & np.isfinite(at) & (at < window.slots - window.slots_of_hours(12.0))
    new_id = exchanged & chance.happens("new id", index, 0.5)
    first = np.where(exchanged, np.floor(at), window.slots).astype(np.int64)
    again = first + np.ceil(window.slots_of_hours(chance.between("exchange takes", index, 1.0, 6.0))).astype(np.int64)
    slots = np.arange(window.slots)
    cohort.state[(slots >= first[:, None]) & (slots < again[:, None])] = ABSENT
    cohort.hit["exchanged, same id"], cohort.hit["exchanged, new id"] = exchanged & ~new_id, new_id
    newcomers = _taken(cohort, np.flatnonzero(new_id))
    newcomers.meter_id += 1
    newcomers.state[slots < first[new_id][:, None]] = ABSENT
    newcomers.is_installed[:] = before[new_id]
    cohort.state[new_id[:, None] & (slots >= first[:, None])] = ABSENT
    cohort.is_installed[new_id & before] = False
    return _joined(cohort, newcomers)


def registers(cohort: Cohort) -> Cohort:
    """Cumulative registers of five digits, a tenth of them about to turn over; a row is what the register shows at `interval_start`."""
    chance, n = cohort.chance, cohort.index.size
    export = cohort.homes.exports_solar
    cohort.wh = np.maximum(cohort.wh, 0)
    cohort.homes = replace(cohort.homes, hides_solar=cohort.homes.hides_solar | export, exports_solar=np.zeros(n, dtype=bool))
    full = chance.happens("register full", cohort.index, 0.1)
    left_wh = chance.between("register left", cohort.index, 1_000.0, 500_000.0)
    start = np.where(full, REGISTER_TURNS_OVER_WH - left_wh, chance.between("register", cohort.index, 0.0, REGISTER_TURNS_OVER_WH * 0.9))
    cohort.register_start_wh = start.astype(np.int64)
    has_power_before = np.zeros(cohort.wh.shape, dtype=bool)
    has_power_before[:, 1:] = cohort.powered[:, :-1] > 0.0
    stopped_here = (cohort.powered <= 0.0) & has_power_before  # read out when the power is back: the end of an interval that had some
    gap = cohort.manners.shows_dark_as != ZEROS
    cohort.state[stopped_here & gap[:, None]] = RECEIVED
    ends = _arrived(cohort, cohort.history.first_dark) & (cohort.history.is_still_out | _arrived(cohort, cohort.history.first_powered + 1))
    cohort.cannot_tell |= cohort.history.is_out & ~ends
    turned = cohort.register_start_wh + cohort.wh.sum(axis=1, dtype=np.int64) >= REGISTER_TURNS_OVER_WH
    cohort.hit["register turned over"] = turned
    return cohort


def backup_generators(cohort: Cohort) -> Cohort:
    """Half stand behind a transfer switch (the meter stays dark), half feed the meter's own side: it reads on, with pauses to refuel."""
    chance, window = cohort.chance, cohort.plan.window
    has_one = chance.happens("generator", cohort.index, GENERATORS) & cohort.history.is_out
    feeds = has_one & chance.happens("generator feeds the meter", cohort.index, 0.5)
    cohort.hit["generator, meter dark"], cohort.hit["generator, meter reads on"] = has_one & ~feeds, feeds
    ready = cohort.history.dark_from + window.slots_of_hours(chance.between("generator ready", cohort.index, 0.02, 2.0))
    every = window.slots_of_hours(chance.between("refuelled every", cohort.index, 6.0, 11.0))
    slots = np.arange(window.slots)
    for row in np.flatnonzero(feeds).tolist():
        runs = (slots > ready[row]) & (cohort.powered[row] <= 0.0) & ((slots - ready[row]) % every[row] > window.slots_of_hours(0.75))
        _read_on(cohort, row, np.flatnonzero(runs), 0.45)
    cohort.cannot_tell |= feeds
    return cohort


def batteries(cohort: Cohort) -> Cohort:
    """Batteries cover the evenings, so that the meter reads zero then every day; half of them feed the meter for some hours of an outage too."""
    chance, window = cohort.chance, cohort.plan.window
    has_one = chance.happens("battery", cohort.index, BATTERIES)
    feeds = has_one & cohort.history.is_out & chance.happens("battery feeds the meter", cohort.index, 0.5)
    cohort.hit["battery, meter dark"], cohort.hit["battery, meter reads on"] = has_one & ~feeds, feeds
    lasts = window.slots_of_hours(chance.between("battery lasts", cohort.index, 3.0, 14.0))
    begins = chance.between("battery from", cohort.index, 16.5, 18.5)
    slots = np.arange(window.slots)
    for row in np.flatnonzero(has_one).tolist():
        evening = (window.local_hour >= begins[row]) & (window.local_hour < begins[row] + 5.0)
        cohort.wh[row, evening] = cohort.manners.creep_wh[row]
        if feeds[row]:
            since = cohort.history.dark_from[row]
            _read_on(cohort, row, np.flatnonzero((slots >= np.ceil(since)) & (slots < since + lasts[row]) & (cohort.powered[row] <= 0.0)), 0.4)
    cohort.cannot_tell |= feeds
    return cohort


def silence_before(cohort: Cohort) -> Cohort:
    """No reading of any meter arrives for a day, two days before the storm."""
    return _head_end_silent(cohort, -60.0, -36.0)


def silence_at_onset(cohort: Cohort) -> Cohort:
    """… for the day in which the storm comes."""
    return _head_end_silent(cohort, -2.0, 22.0)


def silence_in_restoration(cohort: Cohort) -> Cohort:
    """… for the second day of restoration."""
    return _head_end_silent(cohort, 36.0, 60.0)


def _head_end_silent(cohort: Cohort, since_hours: float, until_hours: float) -> Cohort:
    window = cohort.plan.window
    first, last = (window.storm_slot + int(window.slots_of_hours(hours)) for hours in (since_hours, until_hours))
    cohort.state[:, first:last] = ABSENT
    return cohort


def _read_on(cohort: Cohort, row: int, slots: NDArray[np.intp], share: float) -> None:
    """The meter counts part of its usual load where the grid was dark."""
    cohort.wh[row, slots] = np.maximum(np.rint(cohort.kw[row, slots] * share * cohort.plan.window.interval_hours * 1000.0), 1.0).astype(np.int32)
    cohort.state[row, slots] = RECEIVED


def _arrived(cohort: Cohort, slot: Ints) -> Bools:
    inside = np.clip(slot, 0, cohort.state.shape[1] - 1)
    return np.asarray(cohort.state[np.arange(slot.size), inside] == RECEIVED)


def _taken(cohort: Cohort, rows: NDArray[np.intp]) -> Cohort:
    """A copy of some meters of a cohort."""
    parts = {f.name: _rows_of(getattr(cohort, f.name), rows) for f in fields(cohort)}
    return Cohort(**parts)


def _rows_of(value: Any, rows: NDArray[np.intp]) -> Any:
    if isinstance(value, np.ndarray):
        return value[rows].copy()
    if isinstance(value, dict):
        return {key: part[rows] for key, part in value.items()}
    if hasattr(value, "__dataclass_fields__") and all(isinstance(getattr(value, f.name), np.ndarray) for f in fields(value)):
        return replace(value, **{f.name: getattr(value, f.name)[rows] for f in fields(value)})
    return value


def _joined(one: Cohort, other: Cohort) -> Cohort:
    return Cohort(**{f.name: _both(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)})


def _both(one: Any, other: Any) -> Any:
    if isinstance(one, np.ndarray):
        return np.concatenate([one, other])
    if isinstance(one, dict):
        return {key: np.concatenate([part, other[key]]) for key, part in one.items()}
    if hasattr(one, "__dataclass_fields__") and all(isinstance(getattr(one, f.name), np.ndarray) for f in fields(one)):
        return replace(one, **{f.name: np.concatenate([getattr(one, f.name), getattr(other, f.name)]) for f in fields(one)})
    return one


_ALL = (
    Scenario("conflicting_revisions", "readings and whole outages revised later", conflicting_revisions, is_revised=True),
    Scenario("meter_exchange", "a fifth of the meters replaced in the window", meter_exchange),
    Scenario("quarter_hours", "15-minute readings", interval_minutes=15),
    Scenario("hours", "60-minute readings", interval_minutes=60),
    Scenario("registers", "cumulative registers that turn over", registers, is_register=True),
    Scenario("backup_generators", "a tenth of the homes has a generator", backup_generators),
    Scenario("batteries", "a tenth of the homes has a battery", batteries),
    Scenario("silence_before", "no reading of anyone for a day, before the storm", silence_before),
    Scenario("silence_at_onset", "no reading of anyone for a day, as the storm comes", silence_at_onset),
    Scenario("silence_in_restoration", "no reading of anyone for a day, in restoration", silence_in_restoration),
    Scenario("clock_change_autumn", "naive local time over an hour that comes twice", first_day=date(2018, 10, 25), is_local=True),
    Scenario("clock_change_spring", "naive local time over an hour that never was", first_day=date(2019, 2, 28), is_local=True),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}


def scenario_named(scenario: str | Scenario | None) -> Scenario | None:
    """The scenario of this name; a scenario of one's own is passed through."""
    if scenario is None or isinstance(scenario, Scenario):
        return scenario
    if scenario not in SCENARIOS:
        raise TwinReadingsError("unknown_scenario", f"A scenario is one of {', '.join(SCENARIOS)}; {scenario!r} is none.", scenario=scenario)
    return SCENARIOS[scenario]
