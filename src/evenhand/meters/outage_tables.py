"""Slots to times and hours: the two tables of the contract.

Modelling choice: the true begin lies inside the interval before `outage_start` and the true end inside the one at `restored_at`, so `hours` counts
the dark intervals and half of each edge interval. The least that the readings allow is the surely dark intervals; the greatest adds everything
between the neighbouring readings that show power, and both edge intervals.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.judged import Judged
from evenhand.meters.kernels_interruptions import (
    BY_EVENT,
    BY_GAP,
    BY_NEIGHBOURS,
    BY_REGISTER,
    BY_ZERO,
    CLEAR,
    DARK_BEFORE,
    END,
    END_EARLIEST,
    END_LATEST,
    EVIDENCE,
    FLICKERS,
    IS_STORM,
    LITTLE_BASELINE,
    LONE_GAP,
    METER,
    NEVER_OUT,
    OTHER_INTERVAL,
    RESTORED,
    SELDOM_SEEN,
    START,
    START_EARLIEST,
    START_LATEST,
    STILL_OUT,
    UNKNOWN,
    UNUSABLE_SENT,
    WIDE_BOUNDS,
    ZERO_BEFORE,
)
from evenhand.meters.limits import TimeGrid
from evenhand.vocabulary.tables import OUTAGE_EVENTS, OUTAGES, UTC_TIME

STATUS_NAMES: Final = {NEVER_OUT: "never_out", RESTORED: "restored", STILL_OUT: "still_out", UNKNOWN: "unknown"}
REASON_NAMES: Final = {
    CLEAR: "clear",
    ZERO_BEFORE: "zero_before",
    LITTLE_BASELINE: "little_baseline",
    DARK_BEFORE: "dark_before",
    SELDOM_SEEN: "seldom_seen",
    OTHER_INTERVAL: "other_interval",
    LONE_GAP: "lone_gap",
    UNUSABLE_SENT: "unusable_energies",
    WIDE_BOUNDS: "wide_bounds",
}
REASON_WORDS: Final = {
    "zero_before": "read zero before the storm too",
    "little_baseline": "has too few readings before the storm to know its habits",
    "dark_before": "was dark before the storm could begin, and when it came",
    "seldom_seen": "was seldom seen while the storm outage could begin, as is its habit",
    "lone_gap": "sent nothing for hours while all neighbours on its transformer had power",
    "other_interval": "has another interval length than most, or one that changes",
    "unusable_energies": "sent infinite or absurd energies for hours while the storm outage could begin",
    "wide_bounds": "was out, and its readings leave the hours open by more than any answer is worth",
}
METERS_AT_ONCE: Final = 1 << 14  # what is needed on the way to a table is held for so many, however many there are
EVIDENCE_NAMES: Final = {BY_GAP: "gap", BY_ZERO: "zero", BY_REGISTER: "register", BY_EVENT: "event", BY_NEIGHBOURS: "neighbours"}

Rows = NDArray[np.int32]
Flags = NDArray[np.bool_]


def outages_table(judged: Judged, grid: TimeGrid) -> pa.Table:
    """One row a meter, in the order of `judged`, whose rows must lie in it too."""
    return pa.concat_tables(_outages_of(piece, grid) for piece in judged.pieces(METERS_AT_ONCE))


def interruptions_table(judged: Judged, grid: TimeGrid) -> pa.Table:
    """One row an interruption, in the order of `judged`, whose rows must lie in it too."""
    return pa.concat_tables(_interruptions_of(piece, grid) for piece in judged.pieces(METERS_AT_ONCE))


def _outages_of(judged: Judged, grid: TimeGrid) -> pa.Table:
    storm = judged.rows[judged.rows[:, IS_STORM] == 1]
    row_of = np.full(judged.n_meters, -1, dtype=np.int64)
    row_of[storm[:, METER]] = np.arange(len(storm))
    is_out = row_of >= 0
    rows = storm[np.maximum(row_of, 0)] if len(storm) else np.zeros((judged.n_meters, judged.rows.shape[1]), np.int32)
    is_restored = is_out & (rows[:, END] < grid.n_slots)
    is_never = judged.statuses == NEVER_OUT
    hours, low, high = (np.where(is_never, 0.0, value) for value in _hours(rows, grid))
    known = is_out | is_never
    columns = {
        "meter_id": judged.ids,
        "outage_start": _times(rows[:, START], grid, is_out),
        "restored_at": _times(rows[:, END], grid, is_restored),
        "hours": pa.array(hours, mask=~known),
        "hours_low": pa.array(low, mask=~known),
        "hours_high": pa.array(high, mask=~(is_restored | is_never)),
        "status": _names(judged.statuses, STATUS_NAMES),
        "flickers": pa.array(np.where(is_never, 0, rows[:, FLICKERS]).astype(np.int32), mask=~known),
        "evidence": _evidence(rows[:, EVIDENCE], is_out),
    }
    return pa.table(columns, schema=OUTAGES.schema(judged.ids.type))


def _interruptions_of(judged: Judged, grid: TimeGrid) -> pa.Table:
    rows = judged.rows
    everywhere = np.ones(len(rows), dtype=bool)
    is_restored = rows[:, END] < grid.n_slots
    hours, low, high = _hours(rows, grid)
    columns = {
        "meter_id": judged.ids.take(pa.array(rows[:, METER])),
        "start": _times(rows[:, START], grid, everywhere),
        "end": _times(rows[:, END], grid, is_restored),
        "hours": pa.array(hours),
        "hours_low": pa.array(low),
        "hours_high": pa.array(high, mask=~is_restored),
        "status": pa.array(np.where(is_restored, "restored", "still_out").astype(object), type=pa.string()),
        "is_storm": pa.array(rows[:, IS_STORM] == 1),
        "evidence": _evidence(rows[:, EVIDENCE], everywhere),
    }
    return pa.table(columns, schema=OUTAGE_EVENTS.schema(judged.ids.type))


def _hours(rows: Rows, grid: TimeGrid) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]:
    """Point estimate, least and greatest; while out, what was seen dark (and no greatest)."""
    is_open = rows[:, END] >= grid.n_slots
    point = (rows[:, END] - rows[:, START] + 1) * grid.interval_hours
    low = (rows[:, END_EARLIEST] - rows[:, START_LATEST]) * grid.interval_hours
    high = (rows[:, END_LATEST] - rows[:, START_EARLIEST] + 2) * grid.interval_hours
    return np.where(is_open, low, point), low, high


def _times(slots: NDArray[np.int32], grid: TimeGrid, known: Flags) -> pa.Array:
    return pa.array(grid.first_us + slots.astype(np.int64) * grid.interval_us, mask=~known).cast(UTC_TIME)


def _names(codes: NDArray[np.uint8], names: dict[int, str]) -> pa.Array:
    return _texts([names[code] for code in range(len(names))]).take(pa.array(codes))


def _evidence(bits: NDArray[np.int32], known: Flags) -> pa.Array:
    words = ["+".join(name for bit, name in EVIDENCE_NAMES.items() if value & bit) for value in range(2 * max(EVIDENCE_NAMES))]
    return _texts(words).take(pa.array(bits.astype(np.int64), mask=~known))


def _texts(words: list[str]) -> pa.Array:
    """From an array and not from a list, because for a list Arrow would import pandas, a second and 45 MB, if it is installed."""
    return pa.array(np.array(words, dtype=object), type=pa.string())
