"""Faults of the readings that do not stop a run: counted, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.kernels_slots import DOUBLE_ROWS, ESTIMATED_ROWS, NULL_ROWS, OFF_GRID_ROWS, OUTSIDE_ROWS, UNUSABLE_ENERGIES
from evenhand.meters.outage_tables import REASON_WORDS


@dataclass(frozen=True, slots=True)
class DetectionWarning:
    """Something in the data that was counted and did not stop the run. The code never changes; the words are for people."""

    code: str
    words: str
    count: int


_OF_ROWS: Mapping[str, tuple[int, str]] = {
    "double_rows": (DOUBLE_ROWS, "rows came again for an interval that had one: equal ones say nothing new, of others the newest counts"),
    "null_rows": (NULL_ROWS, "rows have no energy: not received"),
    "estimated_rows": (ESTIMATED_ROWS, "readings are estimates of the head end: not received"),
    "unusable_energies": (UNUSABLE_ENERGIES, "energies are absurd, infinite or no number: not received"),
    "off_grid_rows": (OFF_GRID_ROWS, "rows do not begin where an interval begins: left out"),
    "rows_far_from_event": (OUTSIDE_ROWS, "rows lie more than 400 days from the event: left out"),
}


_ALREADY_TOLD = ("not_a_number", "infinite_energy", "absurd_energy", "unreadable_energy")  # made null, and counted, while readings were opened


def warnings_of(
    counts: NDArray[np.int64], reasons: Mapping[str, int], n_conflicts: int, faults: FaultCounts, look_alike_ids: int
) -> tuple[DetectionWarning, ...]:
    """All that was counted, and only where there was any."""
    return tuple(_found(counts, reasons, n_conflicts, faults, look_alike_ids))


def _found(
    counts: NDArray[np.int64], reasons: Mapping[str, int], n_conflicts: int, faults: FaultCounts, look_alike_ids: int
) -> Iterator[DetectionWarning]:
    told = {"null_rows": sum(faults[code] for code in _ALREADY_TOLD)}
    for code, (place, words) in _OF_ROWS.items():
        if (count := int(counts[place]) - told.get(code, 0)) > 0:
            yield DetectionWarning(code, words, count)
    if n_conflicts:
        words = "intervals have two readings that differ, and nothing says which is newer: the greater was taken"
        yield DetectionWarning("conflicting_revisions", words, n_conflicts)
    if look_alike_ids:
        words = "meter ids differ from another one only by spaces, leading zeros or the case of letters: taken as different meters"
        yield DetectionWarning("look_alike_ids", words, look_alike_ids)
    for reason, n_meters in reasons.items():
        yield DetectionWarning(f"unknown_{reason}", f"meters are unknown: each {REASON_WORDS[reason]}", n_meters)
    for code, sentence in zip(faults, faults.sentences(), strict=True):
        yield DetectionWarning(code, sentence.split(" ", 1)[1], faults[code])
