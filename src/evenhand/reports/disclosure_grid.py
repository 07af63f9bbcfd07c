"""A table of counts as cells with names, and the sums that hold among them.

Modelling choice: a place of a table is named by the set of (dimension, name) pairs that it stands for: a cell by two, a total of a row by one, the
total of all by none. So the same households have the same name in every table of a population, however the tables are cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evenhand.reports.disclosure_cells import TOTAL
from evenhand.reports.disclosure_suppression import Key, Sum


@dataclass(frozen=True, slots=True)
class _Line:
    """A row or a column: its label, the name in its dimension (None is everybody), and the names that it is the sum of."""

    label: str
    name: str | None
    parts: tuple[str, ...] = ()


@dataclass(slots=True)
class CountGrid:
    """`keys[i][j]` names the place of row i and column j, `values` holds its count; a place that is in no `values` does not exist."""

    rows: list[_Line]
    columns: list[_Line]
    dimensions: tuple[str, str | None]
    values: dict[Key, int] = field(default_factory=dict)
    amounts: dict[Key, float] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    has_means: bool = False

    @classmethod
    def of(
        cls,
        counts: Any,
        rows: Sequence[str],
        columns: Sequence[str],
        dimensions: tuple[str, str | None],
        *,
        totals: tuple[bool, bool],
        subtotals: Mapping[str, Sequence[str]],
        means: Any,
    ) -> CountGrid:
        """Name the places, and fill totals and subtotals in; `totals` says whether rows, and whether columns, have one."""
        grid = cls(_down(rows, subtotals, totals[1]), _across(columns, totals[0]), dimensions, has_means=means is not None)
        for i, row in enumerate(rows):
            for j, column in enumerate(columns):
                if counts[i][j] is not None:
                    grid._put(grid._key(row, column), int(counts[i][j]), math.nan if means is None else float(means[i][j]))
        for one in grid._all_sums():
            if one.parts:
                grid.sums.append(one)
                grid.values[one.whole] = sum(grid.values[part] for part in one.parts)
                grid.amounts[one.whole] = math.fsum(grid.amounts[part] for part in one.parts)
        return grid

    @property
    def keys(self) -> tuple[tuple[Key, ...], ...]:
        """The places, row by row."""
        return tuple(tuple(self._key(row.name, column.name) for column in self.columns) for row in self.rows)

    def mean(self, key: Key) -> float:
        """The figure of a place: of a total, the mean over all its households."""
        return self.amounts[key] / self.values[key] if self.values[key] else math.nan

    def _put(self, key: Key, count: int, mean: float) -> None:
        self.values[key] = count
        self.amounts[key] = mean * count if count else 0.0

    def _key(self, row: str | None, column: str | None) -> Key:
        pairs = zip(self.dimensions, (row, column), strict=True)
        return frozenset((dimension, name) for dimension, name in pairs if dimension is not None and name is not None)

    def _all_sums(self) -> Iterator[Sum]:
        """Parts come before their wholes, so that each is there when its whole is added up."""
        for row in self.rows:
            for column in self.columns:
                if row.parts:
                    yield self._sum(self._key(row.name, column.name), [self._key(part, column.name) for part in row.parts])
                if column.parts:
                    yield self._sum(self._key(row.name, column.name), [self._key(row.name, part) for part in column.parts])

    def _sum(self, whole: Key, parts: Sequence[Key]) -> Sum:
        return Sum(whole, tuple(part for part in parts if part in self.values))


def _down(rows: Sequence[str], subtotals: Mapping[str, Sequence[str]], has_total: bool) -> list[_Line]:
    lines = [_Line(row, row) for row in rows] + [_Line(name, name, tuple(parts)) for name, parts in subtotals.items()]
    nested = {part for parts in subtotals.values() for part in parts}
    outer = tuple(line.label for line in lines if line.label not in nested)
    return [*lines, _Line(TOTAL, None, outer)] if has_total else lines


def _across(columns: Sequence[str], has_total: bool) -> list[_Line]:
    lines = [_Line(column, column) for column in columns]
    return [*lines, _Line(TOTAL, None, tuple(columns))] if has_total else lines
