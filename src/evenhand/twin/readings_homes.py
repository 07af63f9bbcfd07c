"""Who lives behind a meter, and how much they would use if the power never failed.

Modelling choice: power is a floor that never sleeps, a daily and weekly shape of one of six ways of living at the household's own level and hour,
heating and cooling that follow one weather for all, and appliances that come and go. It is smooth in nothing: real half-hours are ragged. Energy is
counted in whole watt-hours, as a meter does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_mixes import FaultMix
from evenhand.twin.readings_window import Window

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Powers = NDArray[np.float32]

# peaks of a working day: (hour, width in hours, height) each
SHAPES = (
    ((7.0, 1.2, 1.0), (19.0, 2.2, 1.6)),  # out at work
    ((8.0, 2.0, 0.8), (13.0, 3.0, 0.7), (19.5, 2.5, 1.3)),  # at home
    ((6.0, 1.0, 0.9), (16.5, 2.0, 1.0), (20.0, 2.0, 1.4)),  # with children
    ((10.0, 2.5, 0.6), (22.5, 2.5, 1.4)),  # late
    ((9.0, 2.0, 0.7), (12.5, 1.5, 0.9), (18.0, 2.0, 1.0)),  # retired
    ((4.0, 1.5, 1.0), (15.0, 2.5, 1.2), (23.0, 1.5, 0.8)),  # shifts
)


@dataclass(frozen=True, slots=True)
class Homes:
    """What is true of each home for the whole window; all arrays of shape (n,)."""

    is_vacant: Bools  # reads zero while nobody is there
    away_from: Floats  # intervals; the vacant are away from here
    away_until: Floats  # … to here
    is_standby: Bools
    exports_solar: Bools
    hides_solar: Bools  # behind a register that counts imports only
    breaker_from: Floats  # intervals; infinite where the breaker stays on
    breaker_until: Floats

    @property
    def reads_zero_by_habit(self) -> Bools:
        """Zeros are nothing new for this meter, as weeks of its own readings show."""
        return (self.is_vacant & (self.away_from <= 0) & np.isinf(self.away_until)) | self.is_standby | self.hides_solar


def homes_of(chance: Chance, mix: FaultMix, window: Window, index: NDArray[np.int64]) -> Homes:
    """Draw the homes with these numbers."""
    kind = chance.uniform("home", index)
    edges = np.cumsum([mix.vacant, mix.standby, mix.solar / 2, mix.solar / 2])
    which = np.searchsorted(edges, kind, side="right")
    for_good = chance.happens("vacant for good", index, 0.7)
    from_day = chance.uniform("away from", index) * (window.days - 3)
    away_days = chance.between("away for", index, 3.0, 12.0)
    breaker = chance.happens("breaker", index, mix.breaker_off)
    off_hours = chance.between("breaker off before the storm", index, 8.0, 120.0)
    off = window.storm_slot - window.slots_of_hours(off_hours)
    back = window.storm_slot + window.slots_of_hours(chance.between("breaker on after", index, 12.0, 400.0))
    return Homes(
        is_vacant=which == 0,
        away_from=np.where(for_good, -1.0, np.rint(from_day * window.slots_per_day)),
        away_until=np.where(for_good, np.inf, np.rint((from_day + away_days) * window.slots_per_day)),
        is_standby=which == 1,
        exports_solar=which == 2,
        hides_solar=which == 3,
        breaker_from=np.where(breaker, off, np.inf),
        breaker_until=np.where(breaker, back, np.inf),
    )


def wanted_kw(chance: Chance, homes: Homes, window: Window, index: NDArray[np.int64]) -> Powers:
    """Mean power that each home would take from the grid in every interval, shape (n, slots), in kW; below zero it exports."""
    power = _living_kw(chance, window, index)
    for rows, of_rows in ((homes.is_standby, _standby_kw), (homes.exports_solar | homes.hides_solar, _after_solar_kw)):
        chosen = np.flatnonzero(rows)
        if chosen.size:
            power[chosen] = of_rows(chance, window, index[chosen], power[chosen])
    hidden = np.flatnonzero(homes.hides_solar)
    power[hidden] = np.maximum(power[hidden], 0.0)
    _silence(power, homes.is_vacant, homes.away_from, homes.away_until)
    _silence(power, np.isfinite(homes.breaker_from), homes.breaker_from, homes.breaker_until)
    return power


def _living_kw(chance: Chance, window: Window, index: NDArray[np.int64]) -> Powers:
    floor = chance.between("floor", index, 0.05, 0.22).astype(np.float32)
    level = (0.60 * np.exp(0.45 * chance.normal("level", index))).astype(np.float32)
    bits = chance.bits("load", index, window.slots)
    noise = _sixteen(bits, 0)
    noise += _sixteen(bits, 1)
    noise *= 0.8
    noise += 0.2
    power = _habits(chance, window, index)
    power *= level[:, None]
    power += _thermal_kw(chance, window, index)
    power *= noise
    power += floor[:, None]
    appliance = _sixteen(bits, 2)
    is_running = appliance > 0.94
    power[is_running] += 0.4 + 2.6 * _sixteen(bits[is_running], 3)
    return power


def _habits(chance: Chance, window: Window, index: NDArray[np.int64]) -> Powers:
    """The shape of each home's week, mean near 1, moved by the household's own hour."""
    which = (chance.uniform("way of living", index) * len(SHAPES)).astype(np.int64)
    shift = np.rint(chance.between("own hour", index, -1.5, 1.5) / window.interval_hours).astype(np.int64)
    week = _week_shapes(window.slots_per_day)
    of_week = window.weekday * window.slots_per_day + np.floor(window.local_hour / window.interval_hours).astype(np.int64)
    return np.take_along_axis(week[which], (of_week[None, :] - shift[:, None]) % week.shape[1], axis=1)


def _week_shapes(per_day: int) -> Powers:
    hours = (np.arange(per_day) + 0.5) * 24.0 / per_day
    days = []
    for peaks in SHAPES:
        working = 0.35 + sum((height * _bump(hours, at, width) for at, width, height in peaks), np.zeros(per_day))
        free = 0.45 + 0.6 * _bump(hours, 10.5, 2.5) + 0.5 * _bump(hours, 14.0, 3.0) + 1.2 * _bump(hours, 19.0, 2.8)
        days.append(np.concatenate([np.tile(working / working.mean(), 5), np.tile(1.1 * free / free.mean(), 2)]))
    return np.array(days, dtype=np.float32)


def _bump(hours: Floats, at: float, width: float) -> Floats:
    away = np.abs(hours - at)
    return np.asarray(np.exp(-0.5 * (np.minimum(away, 24.0 - away) / width) ** 2))


def _thermal_kw(chance: Chance, window: Window, index: NDArray[np.int64]) -> Powers:
    degrees = temperature_c(chance, window)
    cooling = np.maximum(degrees - 22.0, 0.0).astype(np.float32)
    heating = np.maximum(16.0 - degrees, 0.0).astype(np.float32)
    cool_slope = np.where(chance.happens("cools", index, 0.92), chance.between("cooling", index, 0.08, 0.28), 0.0).astype(np.float32)
    heat_slope = np.where(chance.happens("heats by electricity", index, 0.7), chance.between("heating", index, 0.03, 0.12), 0.0).astype(np.float32)
    return np.asarray(cool_slope[:, None] * cooling + heat_slope[:, None] * heating, dtype=np.float32)


def temperature_c(chance: Chance, window: Window) -> Floats:
    """One weather for all homes, in °C in every interval: season, day and hour."""
    day_of_year = window.first_day.timetuple().tm_yday + window.local_day
    anomaly = 2.5 * chance.normal("weather", np.arange(window.days + 1))[window.local_day]
    season = 20.0 + 8.0 * np.cos(2 * np.pi * (day_of_year - 200) / 365.25)
    return np.asarray(season + anomaly + 5.0 * np.cos(2 * np.pi * (window.local_hour - 15.5) / 24.0))


def _standby_kw(chance: Chance, window: Window, index: NDArray[np.int64], _power: Powers) -> Powers:
    """A clock, a router, a light that was left on: 4–24 W."""
    watts = chance.between("standby", index, 4.0, 24.0)[:, None] * (0.8 + 0.4 * chance.uniforms("standby noise", index, window.slots))
    return np.asarray(watts / 1000.0, dtype=np.float32)


def _after_solar_kw(chance: Chance, window: Window, index: NDArray[np.int64], power: Powers) -> Powers:
    peak_kw = chance.between("solar", index, 3.0, 8.0)
    cloud = 0.35 + 0.65 * chance.uniform("clouds", np.arange(window.days + 1))[window.local_day]
    sun = np.maximum(np.cos(np.pi * (window.local_hour - 13.2) / 12.0), 0.0) ** 1.3 * cloud
    made = peak_kw[:, None] * sun[None, :] * (0.7 + 0.3 * chance.uniforms("passing clouds", index, window.slots))
    return np.asarray(power - made, dtype=np.float32)


def _silence(power: Powers, rows: Bools, since: Floats, until: Floats) -> None:
    slots = np.arange(power.shape[1])
    for row in np.flatnonzero(rows):
        power[row, (slots >= since[row]) & (slots < until[row])] = 0.0


def _sixteen(bits: NDArray[np.uint64], part: int) -> Powers:
    """One of four 16-bit parts as a number in [0, 1)."""
    return ((bits >> np.uint64(16 * part)).astype(np.uint16)).astype(np.float32) * np.float32(2.0**-16)
