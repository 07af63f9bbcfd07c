"""Where standard batches come from: one object for every format, read from the start as often as one asks.

Modelling choice: a source promises columns, types, unit and zone, but no order: rows may come by meter, by time, late, twice or shuffled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.options import IdType

if TYPE_CHECKING:
    from evenhand.meters.formats.placed_rows import PlacedRows


def standard_schema(id_type: IdType, *, has_arrival: bool) -> pa.Schema:
    """Columns of a standard batch.

    `meter_id`, `interval_start` (µs, UTC), `kwh` (null = not received, infinite = received and no energy), `is_estimated`, `arrival` if there is one.
    """
    fields = [
        pa.field("meter_id", pa.int64() if id_type == "int" else pa.string(), nullable=False),
        pa.field("interval_start", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("kwh", pa.float64()),
        pa.field("is_estimated", pa.bool_(), nullable=False),
    ]
    return pa.schema(fields + ([pa.field("arrival", pa.int64(), nullable=False)] if has_arrival else []))


@dataclass(frozen=True)
class ReadingSource:
    """Readings, opened and checked as far as that is possible without reading them all.

    Parameters
    ----------
    id_type
        `int` (int64) or `text` (string) meter ids.
    has_arrival
        Whether batches have `arrival`: of two readings of one slot, the greater one is the newer.
    has_quality
        Whether the data say which readings are estimates.
    interval_minutes
        Length of an interval in minutes where the source states it or where it had to be found; None: find it in the data.
    row_count
        Rows to come, where that is known without reading (progress bars); None otherwise.
    parquet_files
        Non-empty only if every input is Parquet that needs no conversion: `meter_id` integer, string or dictionary of string, `interval_start`
        timestamp with a zone (any unit), `kwh` float or integer, no arrival column. Where `has_quality`, a text column `quality` must be read too;
        NaN, infinite and absurd energies have not been made null there.
    placed
        Reads rows as they came, with only those of the named columns that are there, each with its place: for examples of a fault.
    faults
        Counted while `batches()` is read; complete when it is exhausted.
    arriving_parquet_files
        As `parquet_files`, where every file has the same one arrival column besides: `version` (integer) or `arrived_at` (timestamp).
    is_register
        Whether the energies are differences of cumulative registers: a zero is then a register that stood still.
    """

    id_type: IdType
    has_arrival: bool
    has_quality: bool
    interval_minutes: int | None
    row_count: int | None
    parquet_files: tuple[Path, ...]
    _read: Callable[[FaultCounts], Iterator[pa.RecordBatch]] = field(repr=False)
    placed: Callable[[Collection[str]], Iterator[PlacedRows]] = field(repr=False)
    faults: FaultCounts = field(default_factory=FaultCounts)
    arriving_parquet_files: tuple[Path, ...] = ()
    is_register: bool = False

    @property
    def is_plain_parquet(self) -> bool:
        """Whether files can be decoded straight into a rule, without standard batches."""
        return bool(self.parquet_files or self.arriving_parquet_files)

    @property
    def schema(self) -> pa.Schema:
        """Schema of every batch."""
        return standard_schema(self.id_type, has_arrival=self.has_arrival)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Read from the start, batch by batch; never more than a few batches in memory.

        Raises
        ------
        ReadingsUnusable
            Where a file breaks off or stops being what it was: the file and the row group or line are named.
        """
        self.faults.clear()
        yield from self._read(self.faults)
