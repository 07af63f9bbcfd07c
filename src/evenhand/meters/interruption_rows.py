"""The events table (one row an interruption) as arrays, checked once.

Modelling choice: a restored interruption is placed in time by its point estimate. Its `hours` count the dark intervals and half of each edge
interval, so it begins half of that difference before `start` and ends as much after `end`; the sum over a curve of customers out is then the sum of
`hours`. An interruption that is still open has no end. It counts from `start` for the `hours` that were seen, a lower bound; nothing is added to it
and it is never dropped. Its end is unknown, not the end of the data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.reliability_errors import InterruptionsUnusable

STILL_OUT: Final = "still_out"
RESTORED: Final = "restored"
MICROSECONDS_AN_HOUR: Final = 3_600_000_000
_TIME = "timestamp with a zone"
_NUMBER = "number"
COLUMNS: Final = {"meter_id": "integer or text", "start": _TIME, "end": _TIME, "hours": _NUMBER, "hours_low": _NUMBER, "hours_high": _NUMBER,
                  "status": "text"}  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class InterruptionRows:
    """Interruptions as arrays of one length n, in the order of the table.

    `meter` (int64) numbers the distinct meters of the table, `meter_ids` holds their ids. `began_us` and `ended_us` (int64, microseconds since 1970
    in UTC) are point estimates; for a row that `is_still_out`, `ended_us` is where the data ended. `hours_high` is NaN where there is no upper bound.
    """

    meter: Ints
    meter_ids: pa.Array
    began_us: Ints
    ended_us: Ints
    hours: Floats
    hours_low: Floats
    hours_high: Floats
    is_still_out: Bools

    def where(self, keep: Bools | Ints) -> InterruptionRows:
        """The rows for which `keep` (bool, shape (n,)) is true, or at its places (int64)."""
        return InterruptionRows(self.meter[keep], self.meter_ids, self.began_us[keep], self.ended_us[keep], self.hours[keep], self.hours_low[keep],
                                self.hours_high[keep], self.is_still_out[keep])  # fmt: skip

    def overlapping(self) -> int:
        """How many rows begin before an earlier one of the same meter has ended: a meter cannot be out twice at once."""
        order = np.lexsort((self.began_us, self.meter))
        meter, began, ended = self.meter[order], self.began_us[order], self.ended_us[order]
        return int(((meter[1:] == meter[:-1]) & (began[1:] < ended[:-1])).sum())


def interruption_rows(events: pa.Table) -> InterruptionRows:
    """Read the events table of DESIGN's contract.

    Parameters
    ----------
    events
        Columns `meter_id` (integer or text), `start`, `end` (timestamps with a zone; `end` null while still out), `hours`, `hours_low`,
        `hours_high` (numbers; `hours_high` null where nothing bounds it), `status` (`restored` or `still_out`). Others are ignored.

    Raises
    ------
    InterruptionsUnusable
        Names every missing column, wrong type and impossible row at once.
    """
    if faults := interruption_faults(events):
        raise InterruptionsUnusable(faults)
    is_still_out = _bools(pc.equal(events["status"], STILL_OUT))
    start, end = _microseconds(events["start"]), _microseconds(events["end"])
    hours, low, high = (_floats(events[name]) for name in ("hours", "hours_low", "hours_high"))
    ids = events["meter_id"].combine_chunks()
    coded = ids if pa.types.is_dictionary(ids.type) else ids.dictionary_encode()
    edge_us = np.where(is_still_out, 0, _rounded_us(hours) - (end - start)) // 2
    began = start - edge_us
    return InterruptionRows(
        meter=coded.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        meter_ids=coded.dictionary,
        began_us=began,
        ended_us=began + _rounded_us(hours),
        hours=hours,
        hours_low=low,
        hours_high=np.where(is_still_out, np.nan, high),
        is_still_out=is_still_out,
    )


def interruption_faults(events: pa.Table) -> list[str]:
    """What is wrong with an events table: its columns, or, where they are sound, its rows."""
    return list(_column_faults(events)) or list(_row_faults(events))


def _column_faults(events: pa.Table) -> Iterator[str]:
    for name, expected in COLUMNS.items():
        places = events.schema.get_all_field_indices(name)
        if not places:
            yield f"there is no column {name} ({expected})"
        elif len(places) > 1:
            yield f"column {name} stands there {len(places)} times"
        elif not _fits(expected, events.schema.field(places[0]).type):
            yield f"column {name} is {events.schema.field(places[0]).type}, and {expected} was expected"


def _fits(expected: str, kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if expected == _TIME:
        return bool(pa.types.is_timestamp(kind) and kind.tz is not None)
    if expected == _NUMBER:
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
    return bool(is_text or (expected != "text" and pa.types.is_integer(kind)))


def _row_faults(events: pa.Table) -> Iterator[str]:
    """What cannot be: each fault with its count, and the first row (from 0) that shows it."""
    is_still_out, hours = _bools(pc.equal(events["status"], STILL_OUT)), _floats(events["hours"])
    dark_us = _microseconds(events["end"]) - _microseconds(events["start"])
    known = is_still_out | _bools(pc.equal(events["status"], RESTORED))
    has_end = _bools(pc.is_valid(events["end"]))
    wrong = {
        "have no meter_id": ~_bools(pc.is_valid(events["meter_id"])),
        "have no start": ~_bools(pc.is_valid(events["start"])),
        "have a status other than restored or still_out": ~known,
        "are restored without an end": known & ~is_still_out & ~has_end,
        "are still out, yet have an end": is_still_out & has_end,
        "end before they start": has_end & (dark_us < 0),
        "have hours that are missing, negative or infinite": ~(np.isfinite(hours) & (hours >= 0)),
    }
    for words, rows in wrong.items():
        if count := int(rows.sum()):
            yield f"{count:,} rows {words} (the first is row {int(np.argmax(rows)):,}, counted from 0)"


def _bools(values: Any) -> Bools:
    """Null is false."""
    return np.asarray(pc.fill_null(values, False)).astype(np.bool_)


def _floats(values: pa.ChunkedArray) -> Floats:
    """Null is NaN."""
    return np.asarray(pc.fill_null(values.cast(pa.float64()), np.nan), dtype=np.float64)


def _microseconds(values: pa.ChunkedArray) -> Ints:
    """Null is 0: whoever reads it asks for validity first."""
    utc = pa.timestamp("us", tz="UTC")
    return np.asarray(pc.fill_null(values.cast(utc, safe=False).cast(pa.int64()), 0), dtype=np.int64)


def _rounded_us(hours: Floats) -> Ints:
    return np.rint(np.nan_to_num(hours) * MICROSECONDS_AN_HOUR).astype(np.int64)
