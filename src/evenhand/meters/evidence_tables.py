"""Tables of meter events and of the grid, joined to the meters that were judged.

Modelling choice: a message without a meter, a time or an event says nothing; it is left out and counted. A naive time is on the clock of the zone
that is named; where that clock repeats the hour, it is taken as the first of the two. A meter has one transformer: a table that gives it two is
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.errors import EvidenceUnusable
from evenhand.meters.formats.local_clocks import instants_of
from evenhand.meters.further_evidence import Messages, Neighbourhoods
from evenhand.meters.limits import TimeGrid
from evenhand.vocabulary.tables import METER_EVENTS

_SLOTS: Final = 1 << 32
_EVENTS: Final = ("power_off", "power_on")
_EXAMPLES: Final = 3

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MeterMessages:
    """Messages that can be used: `meter` (ids), `at_us` (int64, microseconds since 1970 in UTC) and `is_off`, all of shape (n,).

    `n_incomplete` rows lacked meter, time or event and `n_skipped` lay in the hour that the clock skips: left out. `n_repeated` lie in the hour
    that it repeats: taken as the first of the two.
    """

    meter: pa.ChunkedArray
    at_us: Ints
    is_off: NDArray[np.bool_]
    n_incomplete: int
    n_skipped: int
    n_repeated: int

    def of_meters(self, ids: pa.Array, window: TimeGrid) -> Messages:
        """Messages of the meters in `ids` inside the window; all others are left out."""
        meter = _places(self.meter, ids, "meter events")
        since_us = self.at_us - window.first_us
        slot = np.where(self.is_off, -(-since_us // window.interval_us), since_us // window.interval_us)
        usable = (meter >= 0) & (slot >= 0) & (slot < window.n_slots)
        keys = meter * _SLOTS + slot
        return Messages(np.sort(keys[usable & self.is_off]), np.sort(keys[usable & ~self.is_off]))


def refuse_unusable(meter_events: pa.Table | None, grid: pa.Table | None, timezone: str | None) -> None:
    """Name everything that is wrong with either table, before anything is computed.

    Raises
    ------
    EvidenceUnusable
    """
    faults = [
        *(() if meter_events is None else event_faults(meter_events, timezone, "meter events")),
        *(() if grid is None else grid_faults(grid, "the grid")),
    ]
    if faults:
        raise EvidenceUnusable(faults)


def event_faults(events: pa.Table, timezone: str | None, name: str) -> Iterator[str]:
    """What is wrong with a table of meter events, called by its name; `timezone` is the zone of times that carry none."""
    for column in METER_EVENTS.missing_from(events.column_names):
        yield f"{name}: there is no column {column} (its columns: {', '.join(events.column_names)})"
    if "at" in events.column_names:
        kind = events["at"].type
        if not pa.types.is_timestamp(kind):
            yield f"{name}: `at` is {kind}, and a time was expected, as in 2025-03-10T05:00-04:00"
        elif kind.tz is None and timezone is None:
            yield f"{name}: the times of `at` carry no zone: write their offset, or name the clock that they show: --timezone America/New_York"
    if "event" in events.column_names:
        others = set(pc.unique(events["event"]).to_pylist()) - {*_EVENTS, None}
        if others:
            yield f"{name}: `event` is power_off or power_on, but {', '.join(sorted(map(str, others)))} came"


def grid_faults(grid: pa.Table, name: str) -> Iterator[str]:
    """What is wrong with a table of the grid, called by its name: a column that is missing, a meter on two transformers."""
    missing = [column for column in ("meter_id", "transformer") if column not in grid.column_names]
    for column in missing:
        yield f"{name}: there is no column {column} (its columns: {', '.join(grid.column_names)})"
    if missing:
        return
    pairs = _placed(grid).group_by(["meter_id", "transformer"]).aggregate([])
    per_meter = pairs.group_by("meter_id").aggregate([("transformer", "list"), ("transformer", "count")])
    twice = per_meter.filter(pc.greater(per_meter["transformer_count"], 1)).sort_by("meter_id")
    if twice.num_rows:
        some = [f"meter {row['meter_id']} on {' and '.join(sorted(row['transformer_list']))}" for row in twice.slice(0, _EXAMPLES).to_pylist()]
        yield f"{name}: a meter hangs on one transformer, and {twice.num_rows:,} of them on more than one: {'; '.join(some)}"


def messages_in(events: pa.Table, timezone: str | None) -> MeterMessages:
    """The messages of a table without faults (`event_faults`)."""
    complete = events.select(["meter_id", "at", "event"]).drop_null()
    column = complete["at"]
    at_us = pc.cast(column, pa.timestamp("us", tz=column.type.tz), safe=False).cast(pa.int64()).to_numpy()
    is_skipped = is_repeated = np.zeros(at_us.size, dtype=np.bool_)
    if column.type.tz is None:
        assert timezone is not None  # else the table has a fault
        instants = instants_of(at_us, timezone)
        at_us, is_skipped, is_repeated = instants.first, instants.is_skipped, instants.is_repeated & ~instants.is_skipped
    kept = complete.filter(pa.array(~is_skipped))
    return MeterMessages(
        meter=kept["meter_id"],
        at_us=at_us[~is_skipped],
        is_off=np.asarray(pc.equal(kept["event"], "power_off")),
        n_incomplete=events.num_rows - complete.num_rows,
        n_skipped=int(is_skipped.sum()),
        n_repeated=int(is_repeated.sum()),
    )


def neighbourhoods_of(grid: pa.Table, ids: pa.Array) -> Neighbourhoods:
    """The transformer of each meter in `ids`."""
    placed = _placed(grid)
    meter = _places(placed["meter_id"], ids, "the grid")
    codes = placed["transformer"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    transformer = np.full(len(ids), -1, dtype=np.int64)
    known = meter >= 0
    transformer[meter[known]] = codes[known]
    return Neighbourhoods(transformer, int(codes.max(initial=-1)) + 1)


def _placed(grid: pa.Table) -> pa.Table:
    """Meters with a transformer, ids of dictionaries as plain values."""
    whole = grid.select(["meter_id", "transformer"]).drop_null()
    return pa.table({"meter_id": _plain(whole["meter_id"]), "transformer": _plain(whole["transformer"]).cast(pa.string())})


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _places(column: pa.ChunkedArray, ids: pa.Array, what: str) -> NDArray[np.int64]:
    """The place of each id in `ids`, −1 where it is not there."""
    try:
        column = _plain(column).cast(ids.type)
    except pa.ArrowInvalid:
        raise EvidenceUnusable([f"meter ids of {what} are {column.type}, those of the readings {ids.type}"]) from None
    places: NDArray[np.int64] = pc.fill_null(pc.index_in(column, value_set=ids), -1).to_numpy().astype(np.int64)
    return places
