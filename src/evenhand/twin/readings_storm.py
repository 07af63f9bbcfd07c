"""When each home had power: a storm, its restoration over six days, and what else went wrong.

Modelling choice: homes on one transformer lose power and get it back together, transformers on one feeder at similar times; a few homes have a
service line of their own to mend. The share restored follows the study's storm: 5 % after a day, 38 % after two, the last after six. A home that
goes dark late cannot be among those whom the curve restores early: its time is drawn from what of the curve lies after it went dark, so that short
outages are as rare, and as different from each other, as the two curves make them. Times are drawn to the second and fall inside intervals; what is
true of intervals (the first fully dark one, the first with any power) follows from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evenhand.twin.readings_chance import Chance
from evenhand.twin.readings_grid import feeder_of, transformer_of
from evenhand.twin.readings_mixes import FaultMix
from evenhand.twin.readings_window import Window

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Curve = tuple[tuple[float, float], ...]
# Numbers of homes → when their storm outage begins and ends, in intervals: NaN and NaN for a home never out, an infinite end for one still out.
GivenOutages = Callable[[Ints], tuple[Floats, Floats]]

# hours after the storm began → share of the homes that go dark which are dark by then
DARK_BY = ((-3.0, 0.0), (0.0, 0.08), (3.0, 0.35), (6.0, 0.70), (9.0, 0.90), (14.0, 1.0))
# … and share of them that are restored by then
RESTORED_BY = ((6.0, 0.0), (24.0, 0.05), (36.0, 0.20), (48.0, 0.38), (60.0, 0.55), (72.0, 0.67), (96.0, 0.83), (120.0, 0.93), (144.0, 1.0))
LAST_RESTORED_HOURS = 150.0
SHORTEST_HOURS = 2.0  # a crew must come and mend; what passes sooner is a blip
ON_ONE_FEEDER = 0.4  # how alike times on one feeder are: the correlation of their normal scores
OWN_LINE_DOWN = 0.03  # of the homes that go dark
SECOND_NEEDS_HOURS = 24.0  # between restoration and the end of the window, for another outage to begin and end in
EVENT_LEAD_HOURS, EVENT_TAIL_HOURS = 6.0, 24.0  # a storm outage begins between these, before and after the storm's start


@dataclass(frozen=True, slots=True)
class PowerHistory:
    """True times in intervals from the window's start; a span is dark in [from, until), NaN where there is none."""

    dark_from: Floats  # (n,)
    dark_until: Floats  # (n,), infinite for a home that is still out
    flicker_from: Floats  # (n, 2): power inside the storm outage
    flicker_until: Floats
    blip_from: Floats  # (n,): dark before the storm outage
    blip_until: Floats
    second_from: Floats  # (n,): dark after it
    second_until: Floats

    @property
    def is_out(self) -> Bools:
        """Had the home a storm outage?"""
        return ~np.isnan(self.dark_from)

    @property
    def is_still_out(self) -> Bools:
        return np.isinf(self.dark_until)

    @property
    def first_dark(self) -> Ints:
        """The storm outage's first fully dark interval; −1 for a home never out."""
        return _whole(np.ceil(self.dark_from))

    @property
    def first_powered(self) -> Ints:
        """The first interval with any power after it; −1 for a home never out or still out."""
        return _whole(np.floor(self.dark_until))

    def powered(self, slots: int) -> NDArray[np.float32]:
        """Share of every interval in which there was power, shape (n, slots); exactly 0 where it was fully dark."""
        share = np.ones((self.dark_from.size, slots), dtype=np.float32)
        dark = ((self.dark_from, self.dark_until), (self.blip_from, self.blip_until), (self.second_from, self.second_until))
        for since, until in dark:
            _add(share, since, until, -1.0)
        for column in range(self.flicker_from.shape[1]):
            _add(share, self.flicker_from[:, column], self.flicker_until[:, column], 1.0)
        return share


def power_history(chance: Chance, mix: FaultMix, window: Window, index: Ints, given: GivenOutages | None = None) -> PowerHistory:
    """Draw when the homes with these numbers had power; storm outages that are given are taken as they are."""
    dark_from, dark_until = given(index) if given is not None else _storm_outages(chance, mix, window, index)
    seen_until = np.where(np.isinf(dark_until), float(window.slots), dark_until)
    flicker_from, flicker_until = _flickers(chance, mix, window, index, since=dark_from, until=seen_until)
    blip_from, blip_until = _blips(chance, mix, window, index, dark_from)
    second_from, second_until = _seconds(chance, mix, window, index, since=dark_from, until=dark_until)
    return PowerHistory(dark_from, dark_until, flicker_from, flicker_until, blip_from, blip_until, second_from, second_until)


def _storm_outages(chance: Chance, mix: FaultMix, window: Window, index: Ints) -> tuple[Floats, Floats]:
    out = ~chance.happens("never out", transformer_of(index), mix.never_out)
    lasting = out & chance.happens("still out", index, mix.still_out / max(1.0 - mix.never_out, 1e-9))
    begun = _hours_by(DARK_BY, _place_on_curve(chance, "dark", index))
    ended = _restored_hours(chance, index, begun)
    dark_from = np.where(out, window.storm_slot + window.slots_of_hours(begun), np.nan)
    dark_until = np.where(lasting, np.inf, np.where(out, window.storm_slot + window.slots_of_hours(ended), np.nan))
    return dark_from, dark_until


def _place_on_curve(chance: Chance, what: str, index: Ints) -> Floats:
    """A share between 0 and 1 for each home's transformer, alike on one feeder."""
    transformer, feeder = transformer_of(index), feeder_of(index)
    score = np.sqrt(ON_ONE_FEEDER) * chance.normal(f"{what}, feeder", feeder)
    score += np.sqrt(1.0 - ON_ONE_FEEDER) * chance.normal(f"{what}, transformer", transformer)
    return np.asarray(ndtr(score))


def _hours_by(curve: Curve, share: Floats) -> Floats:
    hours, shares = zip(*curve, strict=True)
    return np.asarray(np.interp(share, shares, hours))


def _share_by(curve: Curve, at_hours: Floats) -> Floats:
    hours, shares = zip(*curve, strict=True)
    return np.asarray(np.interp(at_hours, hours, shares))


def _restored_hours(chance: Chance, index: Ints, begun: Floats) -> Floats:
    """From the part of the curve that lies after each home went dark."""
    passed = _share_by(RESTORED_BY, begun + SHORTEST_HOURS)
    ended = _hours_by(RESTORED_BY, passed + (1.0 - passed) * _place_on_curve(chance, "restored", index))
    own_line = chance.happens("own line", index, OWN_LINE_DOWN)
    ended += np.where(own_line, chance.between("own line mended", index, 2.0, 30.0), 0.0)
    return np.asarray(np.minimum(ended, LAST_RESTORED_HOURS))


def _flickers(chance: Chance, mix: FaultMix, window: Window, index: Ints, *, since: Floats, until: Floats) -> tuple[Floats, Floats]:
    """Power for 6 to 30 minutes, once or twice, no nearer than 1.5 h to the outage's ends and to each other."""
    edge = float(window.slots_of_hours(1.5))
    room = until - since - 3 * edge - float(window.slots_of_hours(1.0))
    has_one = chance.happens("flicker", index, mix.flicker) & (room > 0)
    has_two = has_one & chance.happens("flickers twice", index, 0.3)
    places = np.sort(chance.uniforms("flicker at", index, 2), axis=1) * np.where(np.isnan(room), 0.0, np.maximum(room, 0.0))[:, None]
    lasts = chance.uniforms("flicker for", index, 2) * 0.4 + 0.1
    begin = since[:, None] + edge + np.rint(places * window.interval_minutes * 60) / (window.interval_minutes * 60)
    begin[:, 1] += edge + float(window.slots_of_hours(0.5))
    begin[~has_one, 0] = np.nan
    begin[~has_two, 1] = np.nan
    return begin, begin + window.slots_of_hours(lasts)


def _blips(chance: Chance, mix: FaultMix, window: Window, index: Ints, since: Floats) -> tuple[Floats, Floats]:
    """Dark for 45 to 90 minutes, 3 to 24 hours before the storm outage."""
    has_one = chance.happens("blip", index, mix.blip)
    until = since - window.slots_of_hours(chance.between("blip before", index, 3.0, 24.0))
    begin = until - window.slots_of_hours(chance.between("blip for", index, 0.75, 1.5))
    return np.where(has_one, begin, np.nan), np.where(has_one, until, np.nan)


def _seconds(chance: Chance, mix: FaultMix, window: Window, index: Ints, *, since: Floats, until: Floats) -> tuple[Floats, Floats]:
    """Dark again for 2 to 14 hours, 6 hours to 5 days after restoration; never longer than two thirds of the storm outage."""
    has_room = until <= window.slots - window.slots_of_hours(SECOND_NEEDS_HOURS)
    has_one = chance.happens("second", index, mix.second) & has_room
    wished = window.slots_of_hours(chance.between("second for", index, 2.0, 14.0))
    known = np.where(has_one, until, 0.0)
    lasts = np.minimum(wished, (known - np.where(has_one, since, 0.0)) * 2 / 3)
    latest = np.minimum(window.slots_of_hours(120.0), window.slots - known - lasts - window.slots_of_hours(4.0))
    wait = window.slots_of_hours(6.0) + chance.uniform("second after", index) * np.maximum(latest - window.slots_of_hours(6.0), 0.0)
    seconds = window.interval_minutes * 60
    begin = known + np.rint(wait * seconds) / seconds
    end = begin + np.rint(lasts * seconds) / seconds
    return np.where(has_one, begin, np.nan), np.where(has_one, end, np.nan)


def _add(share: NDArray[np.float32], since: Floats, until: Floats, weight: float) -> None:
    rows = np.flatnonzero(~np.isnan(since))
    if not rows.size:
        return
    begin, end = since[rows, None], until[rows, None]
    first = max(int(np.floor(begin.min())), 0)
    last = min(int(np.ceil(min(float(end.max()), share.shape[1]))), share.shape[1])
    slots = np.arange(first, last)[None, :]
    overlap = np.minimum(end, slots + 1.0)
    overlap -= np.maximum(begin, slots)
    np.maximum(overlap, 0.0, out=overlap)
    part = share[rows, first:last] + np.float32(weight) * overlap.astype(np.float32)
    share[rows, first:last] = part


def _whole(slots: Floats) -> Ints:
    return np.where(np.isfinite(slots), slots, -1.0).astype(np.int64)
