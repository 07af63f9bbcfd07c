"""How long an interval is, found in the first readings: the step that most often separates a meter's neighbouring stamps.

Modelling choice: the most frequent step and not the smallest, because gaps make steps longer and double or stray rows make them shorter. Files that
show different lengths are refused here, where kW, stamps at interval ends and registers need one length for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.formats.errors import Fault

MINUTE_US = 60_000_000
Int64s = NDArray[np.int64]


def found_interval(first: Sequence[tuple[str, Sequence[pa.RecordBatch]]]) -> int | Fault | None:
    """Minutes of an interval, from (file, its first standard batches); None where there are no batches at all."""
    filled = [(name, pa.Table.from_batches(list(batches))) for name, batches in first if batches]
    if not filled:
        return None
    lengths = {name: minutes for name, table in filled if (minutes := _most_frequent(_steps_of_meters(table))) is not None}
    if len(set(lengths.values())) > 1:
        named = ", ".join(f"{minutes} minutes in {name}" for minutes, name in {minutes: name for name, minutes in lengths.items()}.items())
        return Fault(
            "interval_differs", "", f"kW, stamps at interval ends and registers need one length of intervals, but there are {named}: run each alone"
        )
    steps_of_all = np.diff(np.unique(np.concatenate([_instants(table) for _, table in filled])))
    minutes = next(iter(lengths.values())) if lengths else _most_frequent(steps_of_all)
    if minutes is None:
        words = "kW, stamps at interval ends and registers need the length of an interval, which the first readings do not show: --interval 30"
        return Fault("interval_unknown", filled[0][0], words)
    return minutes


def most_frequent_step_minutes(batches: Iterable[pa.RecordBatch]) -> int | None:
    """Whole minutes between neighbouring stamps of a meter (of all meters, where no meter has two); None where nothing can be said."""
    pooled = pa.Table.from_batches([batch.select(["meter_id", "interval_start"]) for batch in batches])
    if not pooled.num_rows:
        return None
    steps = _steps_of_meters(pooled)
    if not steps.any():
        distinct = np.unique(_instants(pooled))
        steps = distinct[1:] - distinct[:-1]
    return _most_frequent(steps)


def _steps_of_meters(table: pa.Table) -> Int64s:
    meter = table["meter_id"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    at_us = _instants(table)
    order = np.lexsort((at_us, meter))
    steps: Int64s = np.diff(at_us[order])[np.diff(meter[order]) == 0]
    return steps


def _instants(table: pa.Table) -> Int64s:
    instants: Int64s = table["interval_start"].cast(pa.int64()).to_numpy()
    return instants


def _most_frequent(steps_us: Int64s) -> int | None:
    """In whole minutes; the shorter of two that are as frequent."""
    whole = steps_us[(steps_us > 0) & (steps_us % MINUTE_US == 0)] // MINUTE_US
    values, counts = np.unique(whole, return_counts=True)
    return int(values[np.argmax(counts)]) if values.size else None
