"""Restoration curves that step by at least 11 households, so that no step is one home.

Modelling choice: a curve is told at whole steps of a grid of hours, and only where at least 11 households of its group ended since the last told hour
(the first time, 11 beside those that were never out) and at least 11 are still without power after it; before its end it therefore stops. A family of
groups (by minority share; by taking part) adds up to everybody, and everybody's curve is public: what the other groups of the family tell at an hour
tells the one that is left. So the groups of a family are told at the same hours; a group too small for some steps is not drawn, and another of its
family goes with it until those that are not drawn are enough together; and where a group stops, the same holds of those that have stopped.

Each family is told at some of the hours of the one before it, the first at some of everybody's: sums of groups then step nowhere that a curve does
not. Where a group lies within a group of an earlier family, the difference of the two has to step by as many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.kaplan_meier import SurvivalCurve, survival_by_group

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
EVERYBODY: Final = "Everybody"
# A curve of fewer steps shows no course.
_LEAST_STEPS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class GatedCurve:
    """A group's share still out, at the hours where it may be told. Between two hours the share of the earlier one stands.

    `share_out`, `std_error`, `low`, `high` float64, one place an hour of `hours`, of the Kaplan–Meier estimate; `still_out` says whether some of the
    group were without power after the last told hour, which is so unless the gate is internal.
    """

    family: str
    group: str
    hours: Floats
    share_out: Floats
    std_error: Floats
    low: Floats
    high: Floats
    households: int
    errors: str
    still_out: bool


@dataclass(frozen=True, slots=True, eq=False)
class GatedCurves:
    """Curves of all families, and the (family, group) pairs that are not drawn."""

    curves: tuple[GatedCurve, ...]
    not_drawn: tuple[tuple[str, str], ...]
    grid_hours: float
    note: str = ""

    def family(self, name: str) -> tuple[GatedCurve, ...]:
        """The curves of one family."""
        return tuple(curve for curve in self.curves if curve.family == name)


@dataclass(slots=True, eq=False)
class _Family:
    """Groups that add up to everybody; `live` are still told, `gone` are taken together. `told` are places of the grid, `until` each group's last."""

    name: str
    groups: dict[str, Bools]
    live: dict[str, Bools]
    gone: Bools
    told: list[int] = field(default_factory=list)
    until: dict[str, int] = field(default_factory=dict)

    def units(self) -> list[Bools]:
        """Whose steps somebody can work out: each group that is told, and those that are not, together."""
        return [*self.live.values(), *([self.gone] if self.gone.any() else [])]


def stepped_curves(
    hours: Floats,
    restored: Bools,
    families: Mapping[str, NDArray[Any]],
    *,
    least: int,
    grid_hours: float = 1.0,
    clusters: NDArray[Any] | None = None,
    weights: Floats | None = None,
    note: str = "",
) -> GatedCurves:
    """Curves of all groups, told at hours at which nobody's step shows.

    Parameters
    ----------
    hours, restored
        float64 and bool, shape (n,): hours to restoration, or to the end of the records where not restored. No NaN.
    families
        By name of the family, a label for each household, shape (n,), text; an empty label belongs to no group. The most important first: the
        others are told at hours of it. Everybody is a family by itself.
    least
        The fewest households of a step. 1 tells every hour of the grid.
    grid_hours
        Hours between places at which a step may be told.
    clusters, weights
        As in `survival_by_group`.
    """
    grid = np.arange(1, int(np.ceil(hours.max() / grid_hours)) + 1, dtype=np.float64) * np.float64(grid_hours)
    everything = {EVERYBODY: np.full(hours.size, EVERYBODY), **{name: np.asarray(labels) for name, labels in families.items()}}
    made = [_family(name, labels, least) for name, labels in everything.items()]
    groups = [(family, list(family.live.items())) for family in made]
    _tell_all(_Steps(hours, restored, grid, least), made)
    curves = []
    for family, drawn in groups:
        for curve in survival_by_group(hours, restored, drawn, clusters=clusters, weights=weights):
            if places := [place for place in family.told if place <= family.until[curve.group]]:
                curves.append(_at_hours(family.name, curve, grid[places]))
    seen = {(curve.family, curve.group) for curve in curves}
    gone = tuple((name, group) for name, labels in everything.items() for group in _groups(labels) if (name, group) not in seen)
    return GatedCurves(tuple(curves), gone, grid_hours, note)


def _groups(labels: NDArray[Any]) -> list[str]:
    return [str(group) for group in np.unique(labels) if group]


def _family(name: str, labels: NDArray[Any], least: int) -> _Family:
    """The groups that are large enough; those that are not go together, with the next smallest until they too are enough or none is left."""
    groups = {group: labels == group for group in _groups(labels)}
    fewest = least * (_LEAST_STEPS + 1) if least > 1 else 1
    gone = ~np.any(list(groups.values()), axis=0) if groups else np.ones(labels.size, dtype=np.bool_)
    for group in sorted(groups, key=lambda one: int(groups[one].sum())):
        if groups[group].sum() < fewest or 0 < gone.sum() < fewest:
            gone |= groups.pop(group)
    return _Family(name, dict(groups), groups, gone)


_Tally = tuple[NDArray[np.int64], NDArray[np.int64]]


class _Steps:
    """Who ended, and who remains, at each place of the grid, by unit."""

    def __init__(self, hours: Floats, restored: Bools, grid: Floats, least: int) -> None:
        self._place = np.searchsorted(grid, hours, side="left")
        # Who was never out is counted elsewhere too: the first step is of those who came back.
        self._restored = restored & (hours > 0.0)
        self.n = grid.size
        self.least = least

    def tallies(self, unit: Bools) -> _Tally:
        """Restored up to each place, and those still under observation after it."""
        ended = np.cumsum(np.bincount(self._place[unit & self._restored], minlength=self.n)[: self.n])
        left = int(unit.sum()) - np.cumsum(np.bincount(self._place[unit], minlength=self.n)[: self.n])
        return ended, left

    def allowed(self, tally: _Tally, last: int) -> Bools:
        """At which places the unit may be told next, having been told at place `last` (-1: never)."""
        if self.least <= 1:
            return np.arange(self.n) > last
        ended, left = tally
        return (np.arange(self.n) > last) & (ended - (ended[last] if last >= 0 else 0) >= self.least) & (left >= self.least)


def _tell_all(steps: _Steps, families: Sequence[_Family]) -> None:
    """Everybody first; each family at hours of the one before it, or of everybody where that one has stopped."""
    hours = np.ones(steps.n, dtype=np.bool_)
    everybody = hours
    for place, family in enumerate(families):
        _tell(steps, family, hours, families[1:place])
        here = np.isin(np.arange(steps.n), family.told)
        everybody = here if place == 0 else everybody
        hours = here | (everybody & (np.arange(steps.n) > max(family.told, default=-1)))


def _tell(steps: _Steps, family: _Family, hours: Bools, earlier: Sequence[_Family]) -> None:
    """Go from hour to hour at which all that can be worked out steps enough; what can step no more stops, so that the others go on."""
    last = -1
    while family.live:
        tallies = [steps.tallies(unit) for unit in family.units()]
        differences = [(steps.tallies(mask), until) for mask, until in _differences(family, earlier)]
        while (places := np.flatnonzero(hours & _allowed(steps, tallies, differences, last))).size:
            last = int(places[0])
            family.told.append(last)
        _stop_one(steps, family, last)


def _allowed(steps: _Steps, tallies: Sequence[_Tally], differences: Sequence[tuple[_Tally, int]], last: int) -> Bools:
    found = np.all([steps.allowed(tally, last) for tally in tallies], axis=0)
    for tally, until in differences:
        found &= steps.allowed(tally, last) | (np.arange(steps.n) > until)
    return np.asarray(found, dtype=np.bool_)


def _stop_one(steps: _Steps, family: _Family, last: int) -> None:
    """Stop the group that could be told for the shortest time, the smallest among equals."""

    def reach(group: str) -> tuple[int, int]:
        mask = family.live[group]
        places = np.flatnonzero(steps.allowed(steps.tallies(mask), last))
        return (int(places[-1]) if places.size else -1, int(mask.sum()))

    group = min(family.live, key=reach)
    family.gone = family.gone | family.live.pop(group)
    family.until[group] = last


def _differences(family: _Family, earlier: Sequence[_Family]) -> list[tuple[Bools, int]]:
    """Of groups that lie within one another in two families: what is left of the larger, and the last place at which the earlier one is told."""
    found = []
    for mine in family.live.values():
        for other in earlier:
            for name, theirs in other.groups.items():
                if (not (mine & ~theirs).any() or not (theirs & ~mine).any()) and (mine ^ theirs).any():
                    found.append((mine ^ theirs, other.until[name]))
    return found


def _at_hours(family: str, curve: SurvivalCurve, hours: Floats) -> GatedCurve:
    place = curve.hours.searchsorted(hours, side="right") - 1
    starts = ((1.0, curve.share_out), (0.0, curve.std_error), (1.0, curve.low), (1.0, curve.high))
    # Before anybody came back the share is 1, without error.
    share, error, low, high = (np.append(start, values)[place + 1] for start, values in starts)
    return GatedCurve(family, curve.group, hours, share, error, low, high, curve.n, curve.errors, bool(share[-1] > 0))
