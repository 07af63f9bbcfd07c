"""A chunk of meters with everything that is true of them and everything that arrived of it.

Modelling choice: a chunk is computed from its meters' numbers alone, truth first, readings from it, and carries both, so that truth is never
guessed back from readings. A further fault is a function that changes a cohort; it notes whom it hit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from evenhand.twin.errors import TwinReadingsError
from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_head_end import (
    FILLED,
    GAP,
    RECEIVED,
    ZEROS,
    ZEROS_THEN_GAP,
    Manners,
    States,
    WattHours,
    counted_wh,
    manners_of,
    states_of,
)
from evenhand.twin.readings_homes import Homes, homes_of, wanted_kw
from evenhand.twin.readings_mixes import FaultMix
from evenhand.twin.readings_storm import GivenOutages, PowerHistory, power_history
from evenhand.twin.readings_window import FIRST_DAY, Window

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

FIRST_METER_ID, METER_ID_STEP = 10_000_000, 10  # the meter of home 0; the ids between are for meters that replace one
DARK_SHOWN_AS = {ZEROS: "shown as zeros", GAP: "shown as a gap", ZEROS_THEN_GAP: "shown as zeros then a gap", FILLED: "filled with estimates"}
FAULTS_OF_MIXES = frozenset(
    {
        *("vacant", "standby", "solar export", "solar behind an import register", "breaker off", "creep", "some days", "silence"),
        *("flicker", "blip", "second", *DARK_SHOWN_AS.values()),
    }
)


@dataclass(slots=True)
class Revisions:
    """Earlier, other values of some readings; arrays of shape (m,). The newest arrival is right."""

    row: Ints
    slot: Ints
    wh: WattHours
    is_empty: Bools
    hours_before: NDArray[np.float64]  # the right reading arrives this long after


@dataclass(slots=True)
class Cohort:
    """Meters row by row; a scenario may change all of it but the plan."""

    plan: Plan
    index: Ints  # number of the home
    meter_id: Ints
    homes: Homes
    history: PowerHistory
    manners: Manners
    powered: NDArray[np.float32]
    kw: NDArray[np.float32]
    wh: WattHours
    state: States
    is_installed: Bools  # false: another meter hung here during the storm
    cannot_tell: Bools  # said by the fault itself: the data cannot show the outage
    hit: dict[str, Bools] = field(default_factory=dict)  # further faults: whom they hit
    register_start_wh: Ints | None = None
    revisions: Revisions | None = None

    @property
    def chance(self) -> Chance:
        return Chance(self.plan.seed)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A further fault on top of a mix.

    `change` alters a cohort; `first_day`, `interval_minutes` replace the window's; `is_register` asks for register readings instead of energies,
    `is_local` for naive local time.
    """

    name: str
    words: str
    change: Callable[[Cohort], Cohort] | None = None
    first_day: date | None = None
    interval_minutes: int | None = None
    is_register: bool = False
    is_local: bool = False
    is_revised: bool = False  # several revisions of a slot: every layout has `arrived_at`


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides a meter's readings, but its number."""

    seed: int
    mix: FaultMix
    window: Window
    scenario: Scenario | None = None
    outages: GivenOutages | None = None  # None: drawn from the seed

    @property
    def has_quality(self) -> bool:
        return self.mix.estimated > 0


def make_plan(*, seed: int, mix: FaultMix, days: int, interval_minutes: int, scenario: Scenario | None = None) -> Plan:
    """A plan; the scenario's own window wins over `interval_minutes` and the usual first day.

    Raises
    ------
    TwinReadingsError
        If the seed is negative or the window cannot be metered.
    """
    if seed < 0:
        raise TwinReadingsError("bad_seed", f"A seed is a whole number from 0 on, not {seed}.", seed=seed)
    first_day = (scenario.first_day if scenario else None) or FIRST_DAY
    minutes = (scenario.interval_minutes if scenario else None) or interval_minutes
    return Plan(seed, mix, Window(first_day, days, minutes), scenario)


def cohort_of(plan: Plan, index: Ints) -> Cohort:
    """The meters of the homes with these numbers, in this order."""
    chance, mix, window = Chance(plan.seed), plan.mix, plan.window
    homes = homes_of(chance, mix, window, index)
    history = power_history(chance, mix, window, index, plan.outages)
    manners = manners_of(chance, mix, window, index)
    powered = history.powered(window.slots)
    kw = wanted_kw(chance, homes, window, index)
    cohort = Cohort(
        plan=plan,
        index=index,
        meter_id=FIRST_METER_ID + METER_ID_STEP * index,
        homes=homes,
        history=history,
        manners=manners,
        powered=powered,
        kw=kw,
        wh=counted_wh(chance, window, index, kw=kw, powered=powered, manners=manners),
        state=states_of(chance, mix, window, index, powered=powered, history=history, manners=manners),
        is_installed=np.ones(index.size, dtype=bool),
        cannot_tell=np.zeros(index.size, dtype=bool),
    )
    _fill_estimates(cohort)
    return cohort if plan.scenario is None or plan.scenario.change is None else plan.scenario.change(cohort)


def _fill_estimates(cohort: Cohort) -> None:
    """The head end's guess: what the home would have used, smoothed to its own mean of the hour."""
    rows = np.flatnonzero(cohort.manners.shows_dark_as == FILLED)
    if not rows.size:
        return
    per_day, hours = cohort.plan.window.slots_per_day, cohort.plan.window.interval_hours
    whole_days = cohort.kw.shape[1] // per_day
    usual = cohort.kw[rows, : whole_days * per_day].reshape(rows.size, whole_days, per_day).mean(axis=1)
    guess = np.rint(np.take(usual, np.arange(cohort.kw.shape[1]) % per_day, axis=1) * hours * 1000.0).astype(np.int32)
    cohort.wh[rows] = np.where(cohort.state[rows] == RECEIVED, cohort.wh[rows], guess)


def faults_of(cohort: Cohort) -> list[list[str]]:
    """Names of the faults that each meter carries; lost, late and double readings are everybody's and not named."""
    named = {**_faults_of_mixes(cohort), **cohort.hit}
    found: list[list[str]] = [[] for _ in range(cohort.index.size)]
    for words, rows in named.items():
        for row in np.flatnonzero(rows):
            found[row].append(words)
    return found


def _faults_of_mixes(cohort: Cohort) -> dict[str, Bools]:
    homes, history, manners = cohort.homes, cohort.history, cohort.manners
    return {
        "vacant": homes.is_vacant,
        "standby": homes.is_standby,
        "solar export": homes.exports_solar,
        "solar behind an import register": homes.hides_solar,
        "breaker off": np.isfinite(homes.breaker_from),
        "creep": manners.creep_wh > 0,
        "some days": manners.some_days,
        "silence": ~np.isnan(manners.silent_from),
        "flicker": ~np.isnan(history.flicker_from[:, 0]),
        "blip": ~np.isnan(history.blip_from),
        "second": ~np.isnan(history.second_from),
        **{words: history.is_out & (manners.shows_dark_as == kind) for kind, words in DARK_SHOWN_AS.items()},
    }
