"""What the utility's head end has of each reading: the value, nothing, a row without a value, or a guess.

Modelling choice: three things happen one after the other. A meter counts the energy that passes it (a worn one counts a little more). In the dark it
reads zero, or sends nothing, or first the one and then the other, each meter in its own way. Then readings are lost, hours fall silent, days do not
arrive, without regard to what they say. An interval in which there was some power is always counted and sent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_mixes import FaultMix
from evenhand.twin.readings_storm import PowerHistory
from evenhand.twin.readings_window import Window

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
States = NDArray[np.uint8]
WattHours = NDArray[np.int32]

ABSENT, RECEIVED, EMPTY, ESTIMATED = 0, 1, 2, 3  # no row; a value; a row without a value; a value made up by the head end
ZEROS, GAP, ZEROS_THEN_GAP, FILLED = 0, 1, 2, 3  # how a meter shows the dark
SECOND_LOST_TOO = 0.3  # of lost readings: the next one is lost as well
GAPS_AS_EMPTY_ROWS = 0.25  # of the meters that send nothing in the dark


@dataclass(frozen=True, slots=True)
class Manners:
    """How each meter and its way to the head end behave; arrays of shape (n,)."""

    shows_dark_as: NDArray[np.int8]
    zeros_for: Ints  # intervals of zeros before the gap
    leaves_empty_rows: Bools
    creep_wh: Ints  # an interval
    some_days: Bools
    silent_from: Floats  # intervals; NaN where the meter never falls silent
    silent_until: Floats


def manners_of(chance: Chance, mix: FaultMix, window: Window, index: Ints) -> Manners:
    """Draw the manners of the meters with these numbers."""
    filled = chance.happens("filled", index, mix.estimated)
    shows = chance.uniform("shows the dark as", index)
    gap, both = mix.outage_as_gap, mix.outage_as_zeros_then_gap
    kind = np.select([filled, shows < gap, shows < gap + both], [FILLED, GAP, ZEROS_THEN_GAP], ZEROS)
    creep = np.ceil(chance.between("creep", index, 0.0, 3.0)) * window.interval_minutes / 30.0
    is_silent = chance.happens("silence", index, mix.silence)
    silent_hours = chance.between("silent for", index, 4.0, 36.0)
    silent_from = np.floor(chance.uniform("silent from", index) * (window.slots - window.slots_of_hours(silent_hours)))
    return Manners(
        shows_dark_as=kind.astype(np.int8),
        zeros_for=np.rint(window.slots_of_hours(chance.between("zeros for", index, 1.0, 12.0))).astype(np.int64),
        leaves_empty_rows=chance.happens("empty rows", index, GAPS_AS_EMPTY_ROWS),
        creep_wh=np.where(chance.happens("creeps", index, mix.creep), np.ceil(creep), 0.0).astype(np.int64),
        some_days=chance.happens("some days", index, mix.some_days),
        silent_from=np.where(is_silent, silent_from, np.nan),
        silent_until=np.where(is_silent, silent_from + np.ceil(window.slots_of_hours(silent_hours)), np.nan),
    )


def counted_wh(chance: Chance, window: Window, index: Ints, *, kw: NDArray[np.float32], powered: NDArray[np.float32], manners: Manners) -> WattHours:
    """Whole watt-hours that each meter counts in every interval, shape (n, slots)."""
    energy = kw * powered
    energy *= np.float32(window.interval_minutes / 60.0 * 1000.0)
    counted: WattHours = np.rint(energy, out=energy).astype(np.int32)
    worn = np.flatnonzero(manners.creep_wh)
    if worn.size:
        slower = chance.uniforms("creeps slower", index[worn], window.slots) < 0.2
        counted[worn] += (manners.creep_wh[worn, None] - slower).astype(np.int32)
    return counted


def states_of(
    chance: Chance, mix: FaultMix, window: Window, index: Ints, *, powered: NDArray[np.float32], history: PowerHistory, manners: Manners
) -> States:
    """What arrives of every reading in the end, shape (n, slots)."""
    state = _lost(chance, mix, window, index)
    _hide_dark(state, powered, history, manners)
    _hide_days(chance, state, window, index, manners)
    slots = np.arange(window.slots)
    for row in np.flatnonzero(~np.isnan(manners.silent_from)):
        state[row, (slots >= manners.silent_from[row]) & (slots < manners.silent_until[row])] = ABSENT
    filled = np.flatnonzero((manners.shows_dark_as == FILLED) & ~manners.some_days)
    state[filled] = np.where(state[filled] == RECEIVED, RECEIVED, ESTIMATED)
    return state


def _lost(chance: Chance, mix: FaultMix, window: Window, index: Ints) -> States:
    """Readings lost one by one or two by two; the share of all that are lost is the mix's."""
    share, again = mix.lost, SECOND_LOST_TOO
    begin = (1 + again - np.sqrt((1 + again) ** 2 - 4 * again * share)) / (2 * again)  # begin + (1 − begin)·again·begin = share
    bits = chance.bits("lost", index, window.slots + 1)
    begins = (bits & np.uint64(0xFFFFFFFF)) < np.uint64(begin * 2**32)
    extends = ((bits >> np.uint64(32)) & np.uint64(0xFFFF)) < np.uint64(again * 2**16)
    is_lost = begins[:, 1:] | (begins[:, :-1] & extends[:, :-1])
    state = np.full(is_lost.shape, RECEIVED, dtype=np.uint8)
    as_empty = (bits[:, 1:][is_lost] >> np.uint64(48)) < np.uint64(mix.lost_as_null * 2**16)
    state[is_lost] = np.where(as_empty, EMPTY, ABSENT)
    return state


def _hide_dark(state: States, powered: NDArray[np.float32], history: PowerHistory, manners: Manners) -> None:
    """Take away the fully dark readings of meters that send none."""
    slots = np.arange(state.shape[1])
    rows = np.flatnonzero(manners.shows_dark_as != ZEROS)
    late = manners.shows_dark_as[rows] == ZEROS_THEN_GAP
    since = np.where(late, history.first_dark[rows] + manners.zeros_for[rows], 0)
    hidden = (powered[rows] <= 0.0) & (slots >= since[:, None])
    instead = np.where(manners.leaves_empty_rows[rows], EMPTY, ABSENT).astype(np.uint8)
    state[rows] = np.where(hidden, instead[:, None], state[rows])


def _hide_days(chance: Chance, state: States, window: Window, index: Ints, manners: Manners) -> None:
    rows = np.flatnonzero(manners.some_days)
    if not rows.size:
        return
    arrives = chance.uniforms("day arrives", index[rows], window.days + 1) < 0.5
    arrives[:, 0] = True  # a meter of which nothing ever arrives is in no table
    state[rows] = np.where(arrives[:, window.local_day], state[rows], ABSENT)
