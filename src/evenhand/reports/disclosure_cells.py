"""What comes out of the disclosure gate: numbers that may be printed, and the words that stand where one may not.

Modelling choice: a cell that is withheld keeps no number. What was withheld because it is small and what was withheld beside it read alike wherever a
total would let somebody tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.reports.printed_tables import PrintedTable

LEAST: Final = 11
WITHHELD: Final = "withheld"
INTERNAL: Final = "Internal: this has not passed the disclosure gate and is not for publication."
TOTAL: Final = "Total"

Why = Literal["", "few", "beside", "nearly all", "extreme", "few steps", "names places", "exempt"]
WHY_WORDS: Final[Mapping[str, str]] = {
    "few": "fewer than {least} households stand behind it",
    "beside": "a smaller one could be worked out from it",
    "nearly all": "all, or all but fewer than {least}, of a group are alike in it",
    "extreme": "fewer than {least} households lie beyond it",
    "few steps": "it would step by fewer than {least} households",
    "names places": "it lists single places or households",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One number as it may be printed. `value` is None where it is withheld, and `text` then says so; `households` is the denominator, where told."""

    text: str
    value: float | None
    why: Why = ""
    households: int | None = None

    @property
    def is_withheld(self) -> bool:
        """Is there no number to print?"""
        return self.value is None

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class GatedTable:
    """Rows by columns as they may be printed, totals among them where they were wanted.

    `cells[i][j]` belongs to `rows[i]` and `columns[j]`. `keys` name the same places; `sums` say which place is the sum of which, so that an attacker,
    or a test, can try. `note` says how many were withheld and why; of an internal gate, that nothing was.
    """

    name: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    keys: tuple[tuple[Key, ...], ...]
    sums: tuple[Sum, ...]
    note: str

    def at(self, row: str, column: str) -> Cell | None:
        """The cell of a row and a column; None where there is no such thing."""
        return self.cells[self.rows.index(row)][self.columns.index(column)]

    def by_key(self) -> dict[Key, Cell]:
        """Every cell by its key."""
        flat = zip((key for keys in self.keys for key in keys), (cell for cells in self.cells for cell in cells), strict=True)
        return {key: cell for key, cell in flat if cell is not None}

    def printed(self, *, caption: str | None = None, first: str = "", notes: tuple[str, ...] = ()) -> PrintedTable:
        """The table as text, its note last."""
        rows = tuple((row, *("–" if cell is None else cell.text for cell in cells)) for row, cells in zip(self.rows, self.cells, strict=True))
        said = (*notes, self.note) if self.note else notes
        return PrintedTable(caption or self.name, (first, *self.columns), rows, said)


@dataclass(frozen=True, slots=True)
class GatedPercentiles:
    """Values below which given shares of the households lie, rounded; those with too few households beyond them are not there.

    `values` by per cent (5 means 5 %), in the unit of the input; `step` is what they were rounded to.
    """

    name: str
    households: Cell
    values: Mapping[float, Cell]
    step: float
    note: str = ""

    def outermost(self) -> tuple[float, float] | None:
        """The lowest and the highest per cent that may be told; None where none may."""
        told = [percent for percent, cell in self.values.items() if not cell.is_withheld]
        return (min(told), max(told)) if told else None


@dataclass(frozen=True, slots=True)
class Described:
    """A column in the words of a table of variables: mean, spread, and percentiles in the place of extremes."""

    name: str
    households: Cell
    mean: Cell
    std_dev: Cell
    percentiles: GatedPercentiles
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bin:
    """Households taken together, at least as many as the gate asks for. `low` or `high` is None where the bin is open at that side."""

    low: float | None
    high: float | None
    households: int
    means: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GatedBins:
    """A histogram, or points taken together. No bin at all where everybody together are too few."""

    name: str
    bins: tuple[Bin, ...]
    households: Cell
    note: str = ""


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """What passed the gate under one name: how many numbers were printed, how many withheld, and for which reasons."""

    name: str
    shown: int
    withheld: int
    reasons: tuple[str, ...]

    def words(self, least: int) -> str:
        """A sentence for the last page."""
        if not self.withheld:
            return f"{self.name}: all {self.shown:,} shown."
        because = "; ".join(WHY_WORDS[why].format(least=least) for why in self.reasons)
        return f"{self.name}: {self.withheld:,} of {self.shown + self.withheld:,} withheld ({because})."
