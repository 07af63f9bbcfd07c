"""The one gate through which every published number about households, meters or people passes.

Modelling choice: a number may be printed when at least 11 households stand behind it and at least 11 stand apart from it, so that neither "who" nor
"who not" is told: a share of 0 or 100 % speaks of everybody. Tables lose further cells until the small ones cannot be worked out, and the gate
remembers what it printed of a population, so that a second table does not give away what the first withheld. Minima and maxima become percentiles
with at least 11 households beyond them; points become bins; curves step by at least 11. A gate that `is_internal` passes everything, and says so on
each thing.

Counts of other public requests (a pothole) are exempt: `public_count`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenhand.reports.disclosure_cells import (
    INTERNAL,
    LEAST,
    WHY_WORDS,
    WITHHELD,
    AccountEntry,
    Cell,
    Described,
    GatedBins,
    GatedPercentiles,
    GatedTable,
    Why,
)
from evenhand.reports.disclosure_curves import GatedCurves, stepped_curves
from evenhand.reports.disclosure_grid import CountGrid
from evenhand.reports.disclosure_spread import PERCENTS, histogram_bins, percentile_values, point_bins
from evenhand.reports.disclosure_suppression import Key, Reason, Sum, withheld_cells
from evenhand.reports.errors import CountsContradict
from evenhand.reports.printed_tables import PrintedTable

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Anything = TypeVar("Anything")
_INTERNAL_MARK: Final = " (internal)"


@dataclass(slots=True)
class _Ledger:
    """What was printed and withheld of one population."""

    values: dict[Key, int] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    withheld: dict[Key, Reason] = field(default_factory=dict)


class Gate:
    """Decides what of a report may be printed, and keeps account of what may not.

    Parameters
    ----------
    least
        The smallest number of households that may be told of. 11.
    is_internal
        True passes everything, for the utility's or the city's own desk: each thing says that it is internal, and what would have been withheld is
        marked "(internal)".

    Examples
    --------
    >>> gate = Gate()
    >>> gate.count(7).text
    'fewer than 11'
    >>> gate.share(12, 400).text
    '3.0 %'
    """

    def __init__(self, *, least: int = LEAST, is_internal: bool = False) -> None:
        self.least = least
        self.is_internal = is_internal
        self.account: list[AccountEntry] = []
        self._ledgers: dict[str, _Ledger] = {}

    @property
    def fewer(self) -> str:
        """The words of a small count, zero included."""
        return f"fewer than {self.least}"

    @property
    def note(self) -> str:
        """What each thing of an internal gate says; empty otherwise."""
        return INTERNAL if self.is_internal else ""

    def count(self, households: int, *, name: str = "") -> Cell:
        """A count of households that stands alone: parts of a total go through `breakdown` or `table`."""
        cell = self._counted(households, "few" if households < self.least else "", self.fewer)
        self._enter(name, [cell])
        return cell

    def public_count(self, requests: int) -> Cell:
        """A count of public requests that are not about an outage: exempt."""
        return Cell(f"{requests:,}", float(requests), "exempt")

    def share(self, part: int, whole: int, *, decimals: int = 1, name: str = "") -> Cell:
        """What share of `whole` households the `part` is, in per cent (`value` is 0–1); "all" and "none" are not told of any group."""
        why, words = self._of_share(part, whole)
        value = part / whole if whole else math.nan
        cell = self._passed(f"{100.0 * value:.{decimals}f} %", value, why, words, whole)
        self._enter(name, [cell])
        return cell

    def _of_share(self, part: int, whole: int) -> tuple[Why, str]:
        if whole < self.least:
            return "few", WITHHELD
        if part < self.least:
            return "few", f"{self.fewer} of {whole:,}"
        return ("nearly all", f"all but {self.fewer} of {whole:,}") if whole - part < self.least else ("", "")

    def mean(self, value: float, households: int, *, decimals: int = 1, unit: str = "", name: str = "") -> Cell:
        """A mean (or another figure, such as a standard deviation) of at least 11 households. Means of parts of one whole: `table(..., means=...)`.

        A mean of yes and no is a share: `share`.
        """
        text = f"{value:,.{decimals}f}{unit and ' ' + unit}"
        cell = self._passed(text, value, "few" if households < self.least else "", WITHHELD, households)
        self._enter(name, [cell])
        return cell

    def breakdown(self, parts: Mapping[str, int], *, name: str, population: str | None = None, dimension: str = "part") -> GatedTable:
        """A whole and its parts, as one column: `Total` is their sum."""
        return self.table([[count] for count in parts.values()], rows=list(parts), columns=["Households"], name=name, row_dimension=dimension,
                          population=population, column_totals=True, row_totals=False, column_dimension=None)  # fmt: skip

    def table(
        self,
        counts: Sequence[Sequence[int | None]] | NDArray[Any],
        *,
        rows: Sequence[str],
        columns: Sequence[str],
        name: str,
        row_dimension: str = "row",
        column_dimension: str | None = "column",
        row_totals: bool = True,
        column_totals: bool = True,
        subtotals: Mapping[str, Sequence[str]] | None = None,
        population: str | None = None,
        means: Sequence[Sequence[float]] | NDArray[Any] | None = None,
        decimals: int = 1,
    ) -> GatedTable:
        """Counts of households by row and column, with totals; or means of something, withheld exactly where their counts are.

        Parameters
        ----------
        counts
            int, shape (rows, columns), ≥ 0. None where there can be no such household: printed as a dash.
        rows, columns
            Their names.
        name
            For the account.
        row_dimension, column_dimension
            What rows and columns go by ("block group"). None for a column that is no dimension: everybody stands in it.
        row_totals, column_totals
            Is there a column of totals of each row, a row of totals of each column?
        subtotals
            A row more for each: its name, and the names of the rows that it is the sum of (block group ⊂ tract). Rows may nest.
        population
            Whom the table counts. Tables that name the same population, and the same dimensions, are protected together: what one withheld, another
            does not give away, and a total is one total. None: a population of its own.
        means
            float, shape of `counts`: the figure of each cell, printed in the place of the count.

        Raises
        ------
        CountsContradict
            Negative counts, sums that do not hold, a count that an earlier table of the population told otherwise.
        """
        grid = CountGrid.of(
            counts, rows, columns, (row_dimension, column_dimension), totals=(row_totals, column_totals), subtotals=subtotals or {}, means=means
        )
        ledger = self._ledgers.setdefault(population or f"of {name} alone, {len(self._ledgers)}", _Ledger())
        reasons = self._linked(ledger, grid.values, grid.sums)
        cells = tuple(tuple(self._of_grid(grid, key, reasons, decimals) for key in keys) for keys in grid.keys)
        self._enter(name, [cell for line in cells for cell in line if cell is not None])
        note = self._note(reasons)
        return GatedTable(name, tuple(row.label for row in grid.rows), tuple(column.label for column in grid.columns), cells, grid.keys,
                          tuple(grid.sums), note)  # fmt: skip

    def _of_grid(self, grid: CountGrid, key: Key, reasons: Mapping[Key, Reason], decimals: int) -> Cell | None:
        if key not in grid.values:
            return None
        count = grid.values[key]
        why: Why = reasons.get(key, "")
        # Beside a total, "fewer than 11" would tell the small cell from the one that hides it.
        words = WITHHELD if grid.sums or grid.has_means else self.fewer
        if not grid.has_means:
            return self._counted(count, why, words)
        return self._passed(f"{grid.mean(key):,.{decimals}f}", grid.mean(key), why, words, count)

    def linked(
        self,
        counts: Mapping[Key, int],
        sums: Sequence[Sum],
        *,
        name: str,
        population: str | None = None,
        told: Iterable[Key] = (),
        hide: Iterable[Key] = (),
    ) -> dict[Key, Cell]:
        """Counts of any shape with the sums that hold among them (a flow of households, a hierarchy): what a table cannot say.

        `told` are keys that are known already or may be (a total that the city publishes itself); `hide` are keys that nobody needs, and that are
        withheld before others are.
        """
        ledger = self._ledgers.setdefault(population or f"of {name} alone, {len(self._ledgers)}", _Ledger())
        reasons = self._linked(ledger, counts, sums, told=told, hide=hide)
        cells = {key: self._counted(count, reasons.get(key, ""), WITHHELD) for key, count in counts.items()}
        self._enter(name, list(cells.values()))
        return cells

    def count_of(self, key: Key, *, population: str) -> int:
        """What a key of a population was counted as before, 0 where it was not: for a further sum with it, never for print."""
        return self._ledgers[population].values.get(key, 0) if population in self._ledgers else 0

    def _linked(
        self, ledger: _Ledger, counts: Mapping[Key, int], sums: Sequence[Sum], *, told: Iterable[Key] = (), hide: Iterable[Key] = ()
    ) -> dict[Key, Reason]:
        """Protect new counts together with all that was printed of the population before; those met again stay as they are."""
        differing = [f"{key}: {ledger.values[key]:,} and {count:,}" for key, count in counts.items() if ledger.values.get(key, count) != count]
        if differing:
            raise CountsContradict([f"one thing was counted twice with different results, {one}" for one in differing])
        known = {key for key in ledger.values if key not in ledger.withheld} | set(told)
        values, all_sums = {**ledger.values, **counts}, list(dict.fromkeys([*ledger.sums, *sums]))
        withheld = withheld_cells(values, all_sums, least=self.least, known=known, hidden={*ledger.withheld, *(set(hide) - known)})
        ledger.values, ledger.sums, ledger.withheld = values, all_sums, withheld
        return {key: why for key, why in withheld.items() if key in counts}

    def percentiles(
        self, values: Floats | Sequence[float], *, percents: Sequence[float] = PERCENTS, decimals: int | None = None, name: str = ""
    ) -> GatedPercentiles:
        """Values below which given shares of households lie, in the place of the smallest and the largest. NaN are left out."""
        found, step = percentile_values(np.asarray(values, dtype=np.float64), percents, 0 if self.is_internal else self.least)
        places = max(0, -math.floor(math.log10(step))) if decimals is None and step > 0 else decimals or 0
        cells = {percent: self._percentile(value, places) for percent, value in found.items()}
        n = int(np.isfinite(np.asarray(values, dtype=np.float64)).sum())
        self._enter(name, cells.values())
        return GatedPercentiles(name, self._counted(n, "few" if n < self.least else "", self.fewer), cells, step, self.note)

    @staticmethod
    def _percentile(value: float | None, places: int) -> Cell:
        return Cell(WITHHELD, None, "extreme") if value is None else Cell(f"{value:,.{places}f}", value)

    def describe(self, values: Floats, *, name: str, decimals: int = 3) -> Described:
        """Mean, spread and percentiles of a column. A column of yes and no tells its mean as a share is told."""
        seen = np.asarray(values, dtype=np.float64)
        seen = seen[np.isfinite(seen)]
        n = int(seen.size)
        why: Why = "few" if n < self.least else self._alike(seen)
        mean, spread = (float(seen.mean()), float(seen.std(ddof=1))) if n > 1 else (math.nan, math.nan)
        cells = [self._passed(f"{one:,.{decimals}f}", one, why, WITHHELD, n) for one in (mean, spread)]
        self._enter(name, cells)
        return Described(name, self._counted(n, "few" if n < self.least else "", self.fewer), cells[0], cells[1],
                         self.percentiles(seen, name=f"{name}, percentiles"), self.note)  # fmt: skip

    def _alike(self, values: Floats) -> Why:
        """Are all, or all but a few, households at one end of a share or at the same value?"""
        modal = int(np.unique(values, return_counts=True)[1].max())
        return "nearly all" if values.size - modal < self.least and 2 * modal > values.size else ""

    def histogram(self, values: Floats, edges: Sequence[float], *, name: str, kept: Sequence[float] = ()) -> GatedBins:
        """Households by value, neighbouring bins joined until each holds at least 11; the outermost are open, so that no extreme shows.

        `kept` are edges at which the households are counted elsewhere too: no bin reaches across one of them.
        """
        seen = np.asarray(values, dtype=np.float64)
        bins = histogram_bins(seen, edges, 1 if self.is_internal else self.least, kept)
        return self._bins(name, bins, int(np.isfinite(seen).sum()), "few")

    def points(self, x: Floats, *others: tuple[str, Floats], bins: int = 20, name: str, x_name: str = "x") -> GatedBins:
        """Points (residuals, influence) taken together along `x` in bins of at least 11 households, each with the mean of every column."""
        found = point_bins(np.asarray(x, dtype=np.float64), others, bins, 1 if self.is_internal else self.least, x_name)
        return self._bins(name, found, int(np.asarray(x).size), "few")

    def _bins(self, name: str, bins: Sequence[Any], households: int, why: Why) -> GatedBins:
        self.account.append(AccountEntry(name, len(bins), 0 if bins else 1, () if bins else (why,)))
        return GatedBins(name, tuple(bins), self._counted(households, "few" if households < self.least else "", self.fewer), self.note)

    def curves(
        self,
        hours: Floats,
        restored: Bools,
        families: Mapping[str, NDArray[Any]],
        *,
        name: str,
        grid_hours: float = 1.0,
        clusters: NDArray[Any] | None = None,
        weights: Floats | None = None,
    ) -> GatedCurves:
        """Restoration curves by group that step by at least 11 households each; see `stepped_curves`. Give all families of a report at once."""
        found = stepped_curves(hours, restored, families, least=1 if self.is_internal else self.least, grid_hours=grid_hours, clusters=clusters,
                               weights=weights, note=self.note)  # fmt: skip
        drawn, gone = sum(len(curve.hours) for curve in found.curves), len(found.not_drawn)
        self.account.append(AccountEntry(name, drawn, gone, ("few steps",) if gone else ()))
        return found

    def rows(self, rows: Sequence[Anything], *, is_internal: bool, name: str = "") -> tuple[Anything, ...]:
        """Rows of a diagnostic: those that name single places or households are for an internal gate alone."""
        if not is_internal or self.is_internal:
            return tuple(rows)
        self.account.append(AccountEntry(name, 0, len(rows), ("names places",)))
        return ()

    def account_table(self) -> PrintedTable:
        """For the last page: what was printed, what was withheld, and why. The reasons stand without their numbers, which would tell them apart."""
        entries = [entry for entry in self.account if entry.name]
        head = ("What", "Numbers shown", "Withheld", "Because")
        lines = tuple((e.name, f"{e.shown:,}", f"{e.withheld:,}", "; ".join(self._because(why) for why in e.reasons) or "–") for e in entries)
        rule = (
            f"No count of fewer than {self.least} households is printed, nor one from which such a count could be subtracted, nor a term of a model "
            "that fewer carry."
        )
        return PrintedTable("What the disclosure gate withheld", head, lines, (self.note or rule,))

    def _because(self, why: str) -> str:
        return WHY_WORDS.get(why, why).format(least=self.least)

    def _counted(self, count: int, why: Why, words: str) -> Cell:
        return self._passed(f"{count:,}", float(count), why, words, count)

    def _passed(self, text: str, value: float, why: Why, words: str, households: int) -> Cell:
        if not why:
            return Cell(text, value, "", households)
        return Cell(text + _INTERNAL_MARK, value, why, households) if self.is_internal else Cell(words, None, why)

    def _note(self, reasons: Mapping[Key, Reason]) -> str:
        if self.is_internal or not reasons:
            return self.note
        return (
            f"Withheld: {len(reasons):,} numbers that stand for fewer than {self.least} households, or from which one of those could be worked out."
        )

    def _enter(self, name: str, cells: Iterable[Cell]) -> None:
        found = list(cells)
        gone = [cell for cell in found if cell.is_withheld]
        self.account.append(AccountEntry(name, len(found) - len(gone), len(gone), tuple(dict.fromkeys(cell.why for cell in gone))))
