"""Faults of the data itself: counted, said in words with their first places, never a crash.

Modelling choice: a reading that is no number becomes a reading that was not received, one that is infinite or absurd stays one of which nothing is
known; a row that cannot be placed (no meter, no time) is left out. Each is counted once, under the first fault that it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

# Code → what happened to how many; the codes never change, the words may.
WORDS: Mapping[str, str] = {
    "not_a_number": "readings are NaN: taken as not received",
    "infinite_energy": "readings are infinite: taken neither as power nor as silence",
    "absurd_energy": "readings are larger than any meter of a household or shop can measure: taken neither as power nor as silence",
    "unreadable_energy": "readings are not numbers: taken as not received",
    "missing_meter_id": "rows have no meter id: left out",
    "missing_time": "rows have no time: left out",
    "unreadable_time": "rows have a time that cannot be read: left out",
    "time_out_of_range": "rows have a time outside the years 1990 to 2100: left out",
    "unreadable_line": "lines do not have the columns of the header: left out",
    "empty_file": "files hold no readings",
    "repeated_hour_resolved": "readings of the hour that the clock repeats in autumn were told apart by the order of rows",
    "repeated_hour_undecided": "readings of the hour that the clock repeats in autumn cannot be told apart: taken as the first of the two hours",
    "time_not_in_zone": "rows have a time that the zone's clock skips in spring (a clock on standard time all year? then name such a zone): left out",
    "register_rolled_over": "registers began again at zero after their last digit: the energy was computed across it",
    "register_exchanged": "registers jumped as when a meter is exchanged: the energy of that interval is unknown",
    "register_gap": "spans without a register reading used energy: their intervals count as not received",
    "register_conflict": "moments have two register readings without an order: both taken as not received",
    "other_commodity": "series of a Green Button file are not electricity: left out",
    "not_interval_data": "series of a Green Button file are not interval energy or power: left out",
}
PLACES_KEPT = 3


class FaultCounts:
    """Counts by code, with the first places of each; filled while readings are read, emptied when they are read anew."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._places: dict[str, list[str]] = {}

    def add(self, code: str, count: int = 1, *, place: str | None = None) -> None:
        """Count a fault; `place` (file and line, row or row group) is kept for the first few of each code."""
        if code not in WORDS:
            raise KeyError(code)
        if count <= 0:
            return
        self._counts[code] += count
        places = self._places.setdefault(code, [])
        if place is not None and len(places) < PLACES_KEPT:
            places.append(place)

    def clear(self) -> None:
        """Begin anew: each reading from the start counts its own faults."""
        self._counts.clear()
        self._places.clear()

    @property
    def counts(self) -> dict[str, int]:
        """Count by code, the most frequent first."""
        return dict(self._counts.most_common())

    def places(self, code: str) -> tuple[str, ...]:
        """The first places of a fault, at most three."""
        return tuple(self._places.get(code, ()))

    def sentences(self) -> tuple[str, ...]:
        """One sentence a fault: how many, what was done, where it was seen first."""
        return tuple(self._sentence(code, count) for code, count in self._counts.most_common())

    def _sentence(self, code: str, count: int) -> str:
        places = self.places(code)
        return f"{count:,} {WORDS[code]}" + (f" (first: {'; '.join(places)})" if places else "")

    def __getitem__(self, code: str) -> int:
        return self._counts[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __repr__(self) -> str:
        return f"FaultCounts({self.counts})"
