"""Tables of meter events and of the grid, joined to the meters that were judged."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.errors import EvidenceUnusable
from evenhand.meters.further_evidence import Messages, Neighbourhoods
from evenhand.meters.limits import TimeGrid
from evenhand.vocabulary.tables import METER_EVENTS, UTC_TIME

_SLOTS: Final = 1 << 32


def refuse_unusable(meter_events: pa.Table | None, grid: pa.Table | None) -> None:
    """Name everything that is wrong with either table, before anything is computed.

    Raises
    ------
    EvidenceUnusable
    """
    faults = []
    if meter_events is not None:
        faults += [f"meter events have no column {name}" for name in METER_EVENTS.missing_from(meter_events.column_names)]
        if "at" in meter_events.column_names and not (pa.types.is_timestamp(kind := meter_events["at"].type) and kind.tz):
            faults.append(f"`at` of the meter events is {kind}, a timestamp with a zone was expected")
        if "event" in meter_events.column_names:
            others = set(pc.unique(meter_events["event"]).to_pylist()) - {"power_off", "power_on", None}
            faults += [f"meter events know power_off and power_on, but {', '.join(sorted(map(str, others)))} came"] if others else []
    if grid is not None:
        faults += [f"the grid has no column {name}" for name in ("meter_id", "transformer") if name not in grid.column_names]
    if faults:
        raise EvidenceUnusable(faults)


def messages_of(events: pa.Table, ids: pa.Array, window: TimeGrid) -> Messages:
    """Messages of the meters in `ids` inside the window; all others are left out."""
    meter = _places(events["meter_id"], ids, "meter events")
    at_us = pc.cast(events["at"], UTC_TIME, safe=False).cast(pa.int64()).to_numpy() - window.first_us
    is_off = pc.equal(events["event"], "power_off").to_numpy(zero_copy_only=False)
    slot = np.where(is_off, -(-at_us // window.interval_us), at_us // window.interval_us)
    usable = (meter >= 0) & (slot >= 0) & (slot < window.n_slots)
    keys = meter * _SLOTS + slot
    return Messages(np.sort(keys[usable & is_off]), np.sort(keys[usable & ~is_off]))


def neighbourhoods_of(grid: pa.Table, ids: pa.Array) -> Neighbourhoods:
    """The transformer of each meter in `ids`."""
    meter = _places(grid["meter_id"], ids, "the grid")
    codes = pc.fill_null(grid["transformer"].combine_chunks().dictionary_encode().indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    transformer = np.full(len(ids), -1, dtype=np.int64)
    known = meter >= 0
    transformer[meter[known]] = codes[known]
    return Neighbourhoods(transformer, int(codes.max(initial=-1)) + 1)


def _places(column: pa.ChunkedArray, ids: pa.Array, what: str) -> NDArray[np.int64]:
    """The place of each id in `ids`, −1 where it is not there."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    try:
        column = column.cast(ids.type)
    except pa.ArrowInvalid:
        raise EvidenceUnusable([f"meter ids of {what} are {column.type}, those of the readings {ids.type}"]) from None
    places: NDArray[np.int64] = pc.fill_null(pc.index_in(column, value_set=ids), -1).to_numpy().astype(np.int64)
    return places
