"""Which cells of linked tables must go unprinted, so that no small one can be worked out from those that stay.

Modelling choice: tables, hierarchies and several tables of one population are one thing here: counts, and sums that hold among them. A count
below the least is *primary*: withheld for itself, zero included. Others are withheld *beside* it until somebody who knows every printed number and
every sum finds the primary cell anywhere between 0 and the least. For each primary cell two linear programmes look for the cheapest change of the
table that carries it to either end while all sums hold and no count turns negative; what must move is withheld. The moved table is the proof: it
prints alike. It often proves other cells safe too.

Primary cells and those beside them must read alike: a word that told them apart would narrow the bounds. That is why nothing here knows of words.

References: Cox (1995), JASA 90:1453–1462 (complementary suppression by networks); Fischetti & Salazar (2001), Management Science 47:1008–1027 (linear
programmes of attacker and protector); Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.reports.errors import CountsContradict

Key = Hashable
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Reason = Literal["", "few", "beside"]  # empty: not withheld

# A total is worth more to a reader than one of its parts.
_WHOLE_COSTS: Final = 4.0
_FREE: Final = 1e-6
_MOVED: Final = 1e-6
# So many cells are protected one by one before it is asked whether the others are safe by now.
_ALONE: Final = 6
# With more small cells than these, what each sum needs is withheld at once; with fewer, every choice is weighed.
_MANY: Final = 40


@dataclass(frozen=True, slots=True)
class Sum:
    """`whole` is the sum of `parts`."""

    whole: Key
    parts: tuple[Key, ...]


def withheld_cells(
    values: Mapping[Key, int],
    sums: Sequence[Sum],
    *,
    least: int,
    known: Collection[Key] = (),
    hidden: Collection[Key] = (),
) -> dict[Key, Reason]:
    """Choose what to withhold.

    Parameters
    ----------
    values
        True counts, all ≥ 0, by key.
    sums
        What holds among them; every key of a sum must be in `values`.
    least
        The smallest count that may be printed.
    known
        Keys that are printed already, or may be: never withheld, whatever their count.
    hidden
        Keys that went unprinted before: they stay so, at no cost.

    Returns
    -------
    dict
        By withheld key: `few` (primary) or `beside`.

    Raises
    ------
    CountsContradict
        Negative counts, a sum that does not hold, a key without a count; all at once.
    """
    _refuse_contradictions(values, sums)
    small = {key for key, value in values.items() if value < least and key not in known}
    protector = _Protector(values, sums, least, known=set(known), withheld=small | set(hidden), small=small)
    protector.protect()
    return {key: "few" if key in small else "beside" for key in values if key in protector.withheld}


def _refuse_contradictions(values: Mapping[Key, int], sums: Sequence[Sum]) -> None:
    faults = [f"{key}: {value}" for key, value in values.items() if value < 0]
    for one in sums:
        if missing := [key for key in (one.whole, *one.parts) if key not in values]:
            faults.append(f"{one.whole} is a sum with {missing[0]}, which has no count")
        elif (total := sum(values[part] for part in one.parts)) != values[one.whole]:
            faults.append(f"{one.whole} is {values[one.whole]:,} and its parts add up to {total:,}")
    if faults:
        raise CountsContradict(faults)


class _Protector:
    """Grows the set of withheld cells until each primary one is safe."""

    def __init__(self, values: Mapping[Key, int], sums: Sequence[Sum], least: int, *, known: set[Key], withheld: set[Key], small: set[Key]) -> None:
        self.keys = list(values)
        self.place = {key: place for place, key in enumerate(self.keys)}
        self.values = np.array([values[key] for key in self.keys], dtype=np.float64)
        self.top = float(least)
        self.withheld = withheld
        self.small = small
        self._sums = sums
        self._wholes = {one.whole for one in sums}
        self._equations = self._matrix(sums)
        self._low, self._high = self._limits(known)
        self._cost = np.array([self._price(key) for key in self.keys])
        self._tables: list[Floats] = []

    def protect(self) -> None:
        """Prove what is safe already, many at once; then one after the other, the largest first, which often serves the smaller ones too."""
        if self._equations is None:
            return
        ordered = sorted(self.small, key=lambda one: -self.values[self.place[one]])
        todo = [(self.place[key], end) for key in ordered for end in (self.top, 0.0)]
        if len(self.small) > _MANY:
            self._close_sums()
        single = _ALONE
        while todo := [(place, end) for place, end in todo if not self._reaches(place, end)]:
            if single >= _ALONE and len(todo) > _ALONE:
                single = 0
                self._prove(todo)
            else:
                single += 1
                self._move(*todo.pop(0))

    def _close_sums(self) -> None:
        """Where a printed whole gives away what is left of it, withhold its cheapest part beside the small one: needed anyhow, and quickly found."""
        for one in self._sums:
            gone = [part for part in one.parts if part in self.withheld]
            if one.whole in self.withheld or not self.small.intersection(gone) or sum(self._value(part) for part in gone) >= self.top:
                continue
            others = [part for part in one.parts if part not in self.withheld and self._high[self.place[part]] > 0]
            if others:
                self.withheld.add(min(others, key=self._value))
        self._cost[[self.place[key] for key in self.withheld]] = _FREE

    def _value(self, key: Key) -> float:
        return float(self.values[self.place[key]])

    def _prove(self, todo: Sequence[tuple[int, float]]) -> None:
        """Look for tables that print alike and hold many cells at their ends: half of the cells up and half down, and the other way round."""
        places = list(dict.fromkeys(place for place, _ in todo))
        is_free = np.array([key in self.withheld for key in self.keys], dtype=np.bool_)
        for turn in (0, 1):
            rising = np.isin(np.arange(self.values.size), places[turn::2])
            falling = np.isin(np.arange(self.values.size), places[1 - turn :: 2])
            up = np.where(is_free, np.where(rising, np.maximum(self.top - self.values, 0.0), np.where(falling, 0.0, self._high)), 0.0)
            down = np.where(is_free & ~rising, -self._low, 0.0)
            gain = np.concatenate([np.where(rising, 1.0, -_FREE), np.where(falling, 1.0, -_FREE)])
            moved = self._solved(-gain, np.column_stack([np.zeros(up.size), up]), np.column_stack([np.zeros(down.size), down]))
            if moved is not None:
                self._tables.append(self.values + moved)

    def _reaches(self, place: int, end: float) -> bool:
        """Does a table that prints alike hold this cell at (or beyond) that end?"""
        tables = (self.values, *self._tables)
        return any(table[place] < _MOVED if end == 0.0 else table[place] > end - _MOVED for table in tables)

    def _move(self, place: int, end: float) -> None:
        """Find the cheapest table with the cell at that end, and withhold all that differs in it."""
        moved = self._cheapest(place, end - self.values[place])
        if moved is None:  # Only where an earlier print has already given it away; nothing that is new may then be printed.
            self.withheld |= {key for key in self.keys if self._high[self.place[key]] > self._low[self.place[key]]}
            return
        self.withheld |= {self.keys[index] for index in np.flatnonzero(np.abs(moved) > _MOVED)}
        self._cost[[self.place[key] for key in self.withheld]] = _FREE
        self._tables.append(self.values + moved)
        if (back := self._mirrored(moved)) is not None:
            self._tables.append(back)

    def _mirrored(self, moved: Floats) -> Floats | None:
        """The same change the other way round, as far as it goes."""
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(moved > _MOVED, -self._low / moved, np.where(moved < -_MOVED, -self._high / moved, np.inf))
        share = float(reach.min())
        return self.values - share * moved if math.isfinite(share) and share > 0 else None

    def _cheapest(self, place: int, change: float) -> Floats | None:
        n = self.values.size
        up, down = np.column_stack([np.zeros(n), self._high]), np.column_stack([np.zeros(n), -self._low])
        up[place], down[place] = (max(change, 0.0),) * 2, (max(-change, 0.0),) * 2
        return self._solved(np.concatenate([self._cost, self._cost]), up, down)

    def _solved(self, cost: Floats, up: Floats, down: Floats) -> Floats | None:
        """The cheapest change within these bounds that keeps every sum; None where there is none."""
        from scipy.optimize import linprog

        zeros = np.zeros(self._equations.shape[0])
        found = linprog(cost, A_eq=self._equations, b_eq=zeros, bounds=np.vstack([up, down]).tolist(), method="highs")
        n = self.values.size
        return None if found.x is None else np.asarray(found.x[:n] - found.x[n:], dtype=np.float64)

    def _matrix(self, sums: Sequence[Sum]) -> Any:
        """One equation a sum, over what is added to each cell and what is taken from it."""
        from scipy.sparse import csr_array, hstack

        entries = list(self._entries(sums))
        if not entries:
            return None
        rows, places, signs = zip(*entries, strict=True)
        matrix = csr_array((signs, (rows, places)), shape=(len(sums), len(self.keys)))
        return hstack([matrix, -matrix], format="csr")

    def _entries(self, sums: Sequence[Sum]) -> Iterator[tuple[int, int, float]]:
        for row, one in enumerate(sums):
            yield row, self.place[one.whole], -1.0
            yield from ((row, self.place[part], 1.0) for part in one.parts)

    def _limits(self, known: set[Key]) -> tuple[Floats, Floats]:
        """How far each cell may be moved down (≤ 0) and up (≥ 0): what is known not at all, and nothing below zero."""
        most = float(self.values.sum() + 2 * self.top)
        is_known = np.array([key in known for key in self.keys], dtype=np.bool_)
        return np.where(is_known, 0.0, -self.values), np.where(is_known, 0.0, most)

    def _price(self, key: Key) -> float:
        if key in self.withheld:
            return _FREE
        return (1.0 + math.log1p(self.values[self.place[key]])) * (_WHOLE_COSTS if key in self._wholes else 1.0)
