"""Faults of the readings that do not stop a run: counted, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.meters.attendance import Attendance
from evenhand.meters.formats.faults import WORDS, FaultCounts
from evenhand.meters.kernels_slots import (
    ABSURD_ENERGIES,
    DOUBLE_ROWS,
    ESTIMATED_ROWS,
    INFINITE_ENERGIES,
    NOT_NUMBERS,
    NULL_ROWS,
    OFF_GRID_ROWS,
    OUTSIDE_ROWS,
)
from evenhand.meters.look_alikes import LookAlikes
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
    "off_grid_rows": (OFF_GRID_ROWS, "rows do not begin where an interval begins: left out"),
    "rows_far_from_event": (OUTSIDE_ROWS, "rows lie more than 400 days from the event: left out"),
}
UNUSABLE_ENERGIES: Mapping[str, int] = {"not_a_number": NOT_NUMBERS, "infinite_energy": INFINITE_ENERGIES, "absurd_energy": ABSURD_ENERGIES}


_ALREADY_TOLD = ("not_a_number", "unreadable_energy")  # made null, and counted, while readings were opened


def warnings_of(
    counts: NDArray[np.int64],
    reasons: Mapping[str, int],
    *,
    n_conflicts: int,
    faults: FaultCounts,
    look_alikes: LookAlikes,
    first_places: Mapping[str, str],
) -> tuple[DetectionWarning, ...]:
    """All that was counted, and only where there was any; `first_places` says where an unusable energy of each kind was seen first."""
    return (
        *_of_rows(counts, faults),
        *_of_energies(counts, faults, first_places),
        *_of_meters(reasons, n_conflicts, look_alikes),
        *(DetectionWarning(code, words.split(" ", 1)[1], faults[code]) for code, words in zip(faults, faults.sentences(), strict=True)),
    )


def of_attendance(attendance: Attendance) -> Iterator[DetectionWarning]:
    """Readings outside the window of most, and hours in which nobody was received."""
    window, silences = attendance.window, attendance.silences
    if attendance.n_far:
        begin, end = window.moment(0), window.moment(window.n_slots)
        words = f"readings lie outside the time in which most meters report ({begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC): left out"
        yield DetectionWarning("rows_far_from_readings", words, attendance.n_far)
    if len(silences):
        first = " to ".join(f"{window.moment(int(slot)):%Y-%m-%d %H:%M}" for slot in silences[0])
        words = f"intervals before the storm have readings of hardly any meter (first: {first} UTC): left out of the meters' habits"
        yield DetectionWarning("silence_of_all", words, int((silences[:, 1] - silences[:, 0]).sum()))


def _of_rows(counts: NDArray[np.int64], faults: FaultCounts) -> Iterator[DetectionWarning]:
    told = {"null_rows": sum(faults[code] for code in _ALREADY_TOLD)}
    for code, (place, words) in _OF_ROWS.items():
        if (count := int(counts[place]) - told.get(code, 0)) > 0:
            yield DetectionWarning(code, words, count)


def _of_energies(counts: NDArray[np.int64], faults: FaultCounts, first_places: Mapping[str, str]) -> Iterator[DetectionWarning]:
    if any(faults[code] for code in UNUSABLE_ENERGIES):  # counted while readings were opened
        return
    for code, place in UNUSABLE_ENERGIES.items():
        if count := int(counts[place]):
            first = f" (first: {first_places[code]})" if code in first_places else ""
            yield DetectionWarning(code, f"{WORDS[code]}{first}", count)


def _of_meters(reasons: Mapping[str, int], n_conflicts: int, look_alikes: LookAlikes) -> Iterator[DetectionWarning]:
    if n_conflicts:
        words = "intervals have two readings that differ, and nothing says which is newer: the greater was taken"
        yield DetectionWarning("conflicting_revisions", words, n_conflicts)
    if look_alikes.count:
        words = "meter ids differ from another one only by spaces, leading zeros or the case of letters: taken as different meters"
        yield DetectionWarning("look_alike_ids", f"{words} (for example {'; '.join(look_alikes.examples)})", look_alikes.count)
    for reason, n_meters in reasons.items():
        yield DetectionWarning(f"unknown_{reason}", f"meters are unknown: each {REASON_WORDS[reason]}", n_meters)
