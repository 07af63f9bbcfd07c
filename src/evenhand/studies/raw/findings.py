"""What was found while the raw tables of a study were read: faults, all raised at once at the end, and notes that travel with the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evenhand.studies.errors import StudyTablesUnusable
from evenhand.studies.results import DataNote


@dataclass(slots=True)
class Findings:
    """Filled by one reader after the other. A fault begins with the name of its file or table."""

    faults: list[str] = field(default_factory=list)
    notes: list[DataNote] = field(default_factory=list)

    def refuse(self, source: str, words: str) -> None:
        """Add a fault; the same words twice are one fault."""
        if (line := f"{source}: {words}") not in self.faults:
            self.faults.append(line)

    def note(self, code: str, text: str, rows: int = 0) -> None:
        self.notes.append(DataNote(code, text, rows))

    def raise_faults(self) -> None:
        """Raises StudyTablesUnusable where there is any fault."""
        if self.faults:
            raise StudyTablesUnusable(self.faults)


def counted(bad: NDArray[np.bool_], words: str) -> str:
    """How many rows, which is the first (from 1), and what is wrong with them."""
    return f"{int(bad.sum()):,} of {bad.size:,} values {words} (first in row {int(np.argmax(bad)) + 1:,})"


def some_of(values: Iterable[object], most: int = 3) -> str:
    """The first few of many, in words: `'a', 'b', 'c' and 4 more`."""
    found = [repr(value) for value in values]
    more = f" and {len(found) - most:,} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
