"""The hour that a local clock repeats in autumn: decided by the order of rows where that decides it, else said.

Modelling choice: readings of such an hour are set aside until all are seen (a few rows a meter and year). If a meter's rows of that night go back in
time exactly once, they were written as time passed: what stands before is the first hour, what follows the second. If not (rows sorted by their
local stamp), the first of exactly two readings of one stamp is the earlier one. A stamp that came once, or more than twice, is not decidable: it is
taken as the first hour and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.formats.faults import FaultCounts

DAY_US = 86_400_000_000
# Nights are parted at 11:30 UTC, when no clock repeats an hour: the Aleutians have done so before, New Zealand does so after.
NIGHT_BEGINS_US = 45_000_000_000
Int64s = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass
class RepeatedHour:
    """Rows set aside, in the order in which they came; `release` places them."""

    schema: pa.Schema
    _batches: list[pa.RecordBatch] = field(default_factory=list)
    _seconds: list[Int64s] = field(default_factory=list)
    _orders: list[Int64s] = field(default_factory=list)

    def set_aside(self, batch: pa.RecordBatch, second_us: Int64s, version: Int64s | None) -> None:
        """Standard rows placed in the first hour, with the instants of the second hour; `version` keeps revisions of one reading apart."""
        self._batches.append(batch)
        self._seconds.append(second_us)
        self._orders.append(np.zeros(batch.num_rows, dtype=np.int64) if version is None else version)

    def release(self, faults: FaultCounts) -> list[pa.RecordBatch]:
        """All rows, each in the hour that the order of rows says."""
        if not self._batches:
            return []
        table = pa.Table.from_batches(self._batches, self.schema).combine_chunks()
        first = table["interval_start"].cast(pa.int64()).to_numpy()
        meter = table["meter_id"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
        is_second, is_decided = decide(meter, first, np.concatenate(self._orders))
        faults.add("repeated_hour_resolved", int(is_decided.sum()))
        faults.add("repeated_hour_undecided", int((~is_decided).sum()))
        placed = np.where(is_second, np.concatenate(self._seconds), first)
        column = pa.array(placed).cast(pa.timestamp("us", tz="UTC"))
        return list(table.set_column(table.schema.get_field_index("interval_start"), self.schema.field("interval_start"), column).to_batches())


def decide(meter: Int64s, first_us: Int64s, version: Int64s) -> tuple[Flags, Flags]:
    """Which readings belong to the second hour, and which of all could be decided.

    Parameters
    ----------
    meter, first_us, version
        int64, shape (n,), in the order of rows: a code of the meter, the instant in µs if it were the first hour, and the revision (all equal if
        there is none).

    Returns
    -------
    is_second, is_decided
        bool, shape (n,). An undecided reading is not second.
    """
    by_order, order_decides = _by_going_back(meter, first_us, version)
    by_rank, rank_decides = _by_rank(meter, first_us, version)
    return np.where(order_decides, by_order, by_rank & rank_decides), order_decides | rank_decides


def _by_going_back(meter: Int64s, first_us: Int64s, version: Int64s) -> tuple[Flags, Flags]:
    night = (first_us + NIGHT_BEGINS_US) // DAY_US
    order = np.lexsort((night, version, meter))  # stable: rows of a meter's night stay as they came
    changes = _starts((meter[order], version[order], night[order]))
    back = np.diff(first_us[order], prepend=first_us[order[:1]]) < 0
    back[changes] = False
    group = np.cumsum(changes) - 1
    times_back = np.bincount(group, weights=back)[group]
    passes = np.cumsum(back)
    is_second_sorted = passes > passes[np.flatnonzero(changes)][group]
    repeats = np.zeros(first_us.size, dtype=np.bool_)
    inner = np.lexsort((first_us[order], is_second_sorted, group))
    same = ~_starts((group[inner], is_second_sorted[inner].astype(np.int64), first_us[order][inner]))
    repeats[inner] = same
    has_repeats = np.bincount(group, weights=repeats)[group] > 0
    is_second, decides = np.empty(first_us.size, dtype=np.bool_), np.empty(first_us.size, dtype=np.bool_)
    is_second[order] = is_second_sorted
    decides[order] = (times_back == 1) & ~has_repeats
    return is_second, decides


def _by_rank(meter: Int64s, first_us: Int64s, version: Int64s) -> tuple[Flags, Flags]:
    order = np.lexsort((first_us, version, meter))
    starts = _starts((meter[order], version[order], first_us[order]))
    group = np.cumsum(starts) - 1
    is_second, decides = np.empty(first_us.size, dtype=np.bool_), np.empty(first_us.size, dtype=np.bool_)
    is_second[order] = ~starts
    decides[order] = np.bincount(group)[group] == 2
    return is_second, decides


def _starts(keys: tuple[Int64s, ...]) -> Flags:
    """Where a sorted run of equal keys begins."""
    differs = np.zeros(keys[0].size, dtype=np.bool_)
    differs[:1] = True
    for key in keys:
        differs[1:] |= key[1:] != key[:-1]
    return differs
