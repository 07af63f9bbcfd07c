"""What a format's reader hands on: columns by our names, still with the types and values of the source, and where each row stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from evenhand.meters.formats.faults import FaultCounts

REQUIRED = ("meter_id", "interval_start", "kwh")
OPTIONAL = ("quality", "version", "arrived_at")
BATCH_ROWS = 1 << 18  # 82,000 meters for three half-hours: enough work a call, a few MB of memory


@dataclass(frozen=True)
class RawBatch:
    """Rows of one source; `place` names the row of an index as a person finds it again (file and line, row group or row)."""

    batch: pa.RecordBatch
    place: Callable[[int], str]


class Part(Protocol):
    """One file or table of a source, opened and looked at, not yet read."""

    @property
    def name(self) -> str: ...

    @property
    def schema(self) -> pa.Schema:
        """Columns by the names that the source gives them; text files have text columns."""

    @property
    def row_count(self) -> int | None: ...

    @property
    def is_text(self) -> bool:
        """Whether values are written, not typed: numbers, times and ids are then read from text."""

    @property
    def states_unit(self) -> bool:
        """Whether the format itself says unit and interval (Green Button), so that the options about them do not apply."""

    def raw_batches(self, names: Mapping[str, str], faults: FaultCounts) -> Iterator[RawBatch]:
        """Read from the start; `names` is our column name → the source's, only for columns that are there."""


def plain_text(column: pa.Array) -> pa.Array:
    """Dictionary-coded and large text as plain text; everything else as it is."""
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices, plain_text(column.dictionary)).dictionary_decode()
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type) else column
