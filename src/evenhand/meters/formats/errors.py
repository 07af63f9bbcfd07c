"""What makes readings unusable: a wrong use or a broken file, as opposed to faults of single readings, which are counted.

MetersError
└── ReadingsUnusable   `readings_unusable`; its `faults` each have a code of their own (`missing_columns`, `naive_times`, `truncated_file`, …)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from evenhand.meters.errors import MetersError


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: a stable code, where, and in words what was expected, what came and what to do."""

    code: str
    where: str
    words: str

    def __str__(self) -> str:
        return f"{self.where}: {self.words}" if self.where else self.words


class ReadingsUnusable(MetersError):
    """Readings cannot be made of this; every fault that could be seen is named at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        lines = "".join(f"\n  {line}" for line in _grouped(self.faults))
        super().__init__("readings_unusable", f"These readings cannot be used as they are:{lines}", faults=[vars(fault) for fault in self.faults])


FILES_NAMED = 3


def _grouped(faults: tuple[Fault, ...]) -> list[str]:
    """A folder of a year has the same fault 365 times: said once, with the first files and how many more."""
    where: dict[str, list[str]] = {}
    for fault in faults:
        where.setdefault(fault.words, []).append(fault.where)
    return [_line(words, places) for words, places in where.items()]


def _line(words: str, places: list[str]) -> str:
    named = ", ".join(place for place in places[:FILES_NAMED] if place)
    more = f" and {len(places) - FILES_NAMED:,} more" if len(places) > FILES_NAMED else ""
    return f"{named}{more}: {words}" if named else words
