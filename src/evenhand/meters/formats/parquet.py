"""Parquet readings, streamed row group by row group, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.raw import BATCH_ROWS, RawBatch


@dataclass(frozen=True)
class ParquetPart:
    """One Parquet file whose footer has been read."""

    path: Path
    schema: pa.Schema
    row_count: int
    metadata: Any  # pyarrow ships no types
    is_text: bool = False
    states_unit: bool = False

    @property
    def name(self) -> str:
        return str(self.path)

    def is_complete(self, column: str) -> bool:
        """Whether the footer promises a value in every row of a column."""
        if not self.schema.field(column).nullable:
            return True
        at = self.metadata.schema.names.index(column)
        all_statistics = (self.metadata.row_group(group).column(at).statistics for group in range(self.metadata.num_row_groups))
        return all(known is not None and known.has_null_count and known.null_count == 0 for known in all_statistics)

    def raw_batches(self, names: Mapping[str, str], faults: FaultCounts) -> Iterator[RawBatch]:  # noqa: ARG002  # a typed file has no faults of its own
        """Only the columns asked for are decoded; a row group that cannot be decoded is named."""
        with pq.ParquetFile(self.path, memory_map=True) as file:
            for group in range(file.num_row_groups):
                yield from self._row_group(file, group, names)

    def _row_group(self, file: pq.ParquetFile, group: int, names: Mapping[str, str]) -> Iterator[RawBatch]:
        before = 0
        batches = file.iter_batches(BATCH_ROWS, row_groups=[group], columns=list(names.values()))
        while (batch := self._next(batches, group)) is not None:
            columns = [batch.column(theirs) for theirs in names.values()]
            yield RawBatch(pa.RecordBatch.from_arrays(columns, names=list(names)), partial(self._place, group, before))
            before += batch.num_rows

    def _next(self, batches: Iterator[pa.RecordBatch], group: int) -> pa.RecordBatch | None:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as reason:
            raise undecodable(self.path, group, reason) from None

    def _place(self, group: int, before: int, row: int) -> str:
        return f"{self.name}, row group {group}, row {before + row}"


def undecodable(path: Path, group: int, reason: Exception) -> ReadingsUnusable:
    """What is raised where a row group is broken inside a file whose footer is whole."""
    words = f"row group {group} cannot be decoded ({reason}): copy or write the file anew"
    return ReadingsUnusable([Fault("truncated_file", str(path), words)])


def open_parquet(path: Path) -> ParquetPart | Fault | None:
    """Read the footer, which stands at the end: a file that was cut off is known at once; None where it has no rows."""
    try:
        with pq.ParquetFile(path, memory_map=True) as file:
            return ParquetPart(path, file.schema_arrow, file.metadata.num_rows, file.metadata) if file.metadata.num_rows else None
    except (pa.ArrowException, OSError) as reason:
        return Fault("truncated_file", str(path), f"the Parquet file cannot be opened ({reason}): was it copied whole?")


def is_standard(part: ParquetPart) -> bool:
    """Whether the file's own columns already mean what ours do, and every row has a meter and a time, so that nothing needs conversion."""
    types = {field.name: field.type for field in part.schema}
    stamp, kwh = types["interval_start"], types["kwh"]
    is_stamp = pa.types.is_timestamp(stamp) and stamp.tz is not None
    is_energy = pa.types.is_float32(kwh) or pa.types.is_float64(kwh) or pa.types.is_integer(kwh)
    return _is_standard_id(types["meter_id"]) and is_stamp and bool(is_energy) and all(map(part.is_complete, ("meter_id", "interval_start")))


def _is_standard_id(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    is_text = pa.types.is_string(value) or pa.types.is_large_string(value)
    return bool(is_text or (pa.types.is_integer(kind) and kind != pa.uint64()))
