"""Where a fault was seen: a reading that shows it, with its file and row group or line.

Modelling choice: the kernels count and do not remember places, because that would cost time for everybody. Readings are read once more for an
example, only after something was found, and only until it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.energy_codes import code_of
from evenhand.meters.formats.placed_rows import PlacedRows
from evenhand.meters.formats.raw import plain_text
from evenhand.meters.formats.source import ReadingSource
from evenhand.meters.limits import TimeGrid

Flags = NDArray[np.bool_]
_TIMED: Final = ("meter_id", "interval_start")
_MEASURED: Final = (*_TIMED, "kwh", "quality", "version", "arrived_at")


def first_reading(source: ReadingSource) -> str:
    """The reading with the earliest stamp; empty without any."""
    earliest: int | None = None
    told = ""
    for rows in source.placed(_TIMED):
        stamps, is_usable = rows.stamps_us
        if not is_usable.any():
            continue
        row = int(np.argmin(np.where(is_usable, stamps, np.iinfo(np.int64).max)))
        if earliest is None or stamps[row] < earliest:
            earliest, told = int(stamps[row]), rows.told(row)
    return told


def first_step(source: ReadingSource) -> str:
    """The first reading of a source and the same meter's next stamp, where the first rows hold one; empty without any."""
    for rows in source.placed(_TIMED):
        stamps, is_usable = rows.stamps_us
        if is_usable.any():
            first = int(np.argmax(is_usable))
            its = np.unique(stamps[_is_of(rows, rows.ids[first].as_py()) & is_usable])
            minutes = f", and {(its[1] - its[0]) / 60_000_000:g} minutes between its first two stamps" if its.size > 1 else ""
            return f"{rows.told(first)}{minutes}"
    return ""


def reading_off_grid(source: ReadingSource, grid: TimeGrid) -> str:
    """The first reading whose stamp is at no mark of the grid."""

    def is_off(rows: PlacedRows) -> Flags:
        stamps, is_usable = rows.stamps_us
        return np.asarray(is_usable & ((stamps - grid.first_us) % grid.interval_us != 0))

    return _first(source, is_off)


def reading_of(source: ReadingSource, meter: int | str) -> str:
    """The first reading of a meter."""
    return _first(source, lambda rows: _is_of(rows, meter))


def conflict_of(source: ReadingSource, meter: int | str) -> str:
    """Two measured readings of one interval of this meter that differ, as the kernels tell energies apart, and came with the same order."""
    seen: dict[int, tuple[int, float, PlacedRows, int]] = {}
    for rows in source.placed(_MEASURED):
        stamps, is_usable = rows.stamps_us
        for row in np.flatnonzero(_is_of(rows, meter) & is_usable & rows.is_measured).tolist():
            stamp, arrival, kwh = int(stamps[row]), int(rows.arrival[row]), float(rows.kwh[row])
            before = seen.get(stamp)
            if before is not None and before[0] == arrival and code_of(before[1]) != code_of(kwh):
                return f"{before[2].told(before[3])}: {before[1]:g}, then {kwh:g} ({rows.raw.place(row)})"
            if before is None or arrival > before[0]:
                seen[stamp] = arrival, kwh, rows, row
    return ""


def unusable_energies(source: ReadingSource, counts: Mapping[str, int], absurd_kwh: float) -> dict[str, str]:
    """The first reading of each kind of energy that was counted: `not_a_number`, `infinite_energy`, `absurd_energy`."""
    wanted = {code for code, count in counts.items() if count}
    found: dict[str, str] = {}
    for rows in source.placed(("meter_id", "kwh")) if wanted else ():
        column = plain_text(rows.raw.batch.column("kwh"))
        kwh = np.asarray(column.cast("float64").fill_null(0.0))
        kinds = {"not_a_number": np.isnan(kwh), "infinite_energy": np.isinf(kwh), "absurd_energy": np.isfinite(kwh) & (np.abs(kwh) > absurd_kwh)}
        for code in sorted(wanted - found.keys()):
            if kinds[code].any():
                row = int(np.argmax(kinds[code]))
                found[code] = f"{rows.raw.place(row)}, meter {rows.ids[row]}: '{column[row]}'"
        if found.keys() == wanted:
            break
    return found


def _first(source: ReadingSource, which: Callable[[PlacedRows], Flags]) -> str:
    for rows in source.placed(_TIMED):
        flags = which(rows)
        if flags.any():
            return rows.told(int(np.argmax(flags)))
    return ""


def _is_of(rows: PlacedRows, meter: int | str) -> Flags:
    return np.asarray(pc.fill_null(pc.equal(rows.ids, meter), False))
