"""Readings that are in memory already, or behind an Arrow reader: tables, datasets, Polars and pandas frames.

Modelling choice: everything goes through the Arrow interface that the frame itself offers, so neither Polars nor pandas is imported here. A reader
can be read once only, but readings are read as often as a rule needs them: its batches are kept in a temporary file while they are first read.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.raw import BATCH_ROWS, RawBatch

if TYPE_CHECKING:
    import pyarrow.dataset as ds


class _Batches(Protocol):
    """A table or a dataset: what can be read again and again."""

    def to_batches(self, **_: Any) -> Any: ...


@dataclass(frozen=True)
class TablePart:
    """A table in memory, or in a file of ours that is mapped into it."""

    table: pa.Table
    name: str = "the table"
    is_text: bool = False
    states_unit: bool = False

    @property
    def schema(self) -> pa.Schema:
        return self.table.schema

    @property
    def row_count(self) -> int:
        return int(self.table.num_rows)

    def raw_batches(self, names: Mapping[str, str], faults: FaultCounts) -> Iterator[RawBatch]:  # noqa: ARG002  # a typed table has no faults of its own
        """Slices, without a copy."""
        chosen = self.table.select(list(names.values())).rename_columns(list(names))
        yield from _numbered(chosen.to_batches(max_chunksize=BATCH_ROWS))


@dataclass(frozen=True)
class DatasetPart:
    """An Arrow dataset, scanned anew at each reading."""

    dataset: ds.Dataset
    name: str = "the dataset"
    is_text: bool = False
    states_unit: bool = False

    @property
    def schema(self) -> pa.Schema:
        return self.dataset.schema

    @property
    def row_count(self) -> int | None:
        """Known only where counting does not mean reading."""
        import pyarrow.dataset as ds

        is_cheap = isinstance(self.dataset, ds.InMemoryDataset) or isinstance(getattr(self.dataset, "format", None), ds.ParquetFileFormat)
        return int(self.dataset.count_rows()) if is_cheap else None

    def raw_batches(self, names: Mapping[str, str], faults: FaultCounts) -> Iterator[RawBatch]:  # noqa: ARG002  # a typed dataset has no faults of its own
        """Few batches ahead, so that memory stays bounded."""
        import pyarrow.dataset as ds

        columns = {ours: ds.field(theirs) for ours, theirs in names.items()}
        try:
            yield from _numbered(self.dataset.to_batches(columns=columns, batch_size=BATCH_ROWS, batch_readahead=2, fragment_readahead=1))
        except (pa.ArrowException, OSError) as reason:
            raise ReadingsUnusable([Fault("truncated_file", self.name, f"a file of the dataset cannot be read ({reason})")]) from None


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[RawBatch]:
    before = 0
    for batch in batches:
        yield RawBatch(batch, partial(_row, before))
        before += batch.num_rows


def _row(before: int, row: int) -> str:
    return f"row {before + row}"


def open_in_memory(data: object) -> TablePart | DatasetPart | Fault:
    """Whatever holds a table: Arrow's own classes, or anything with Arrow's interface."""
    if _is_dataset(data):
        return DatasetPart(data)
    if isinstance(data, pa.Table):
        return TablePart(data)
    if isinstance(data, pa.RecordBatch):
        return TablePart(pa.Table.from_batches([data]))
    if isinstance(data, pa.RecordBatchReader):
        return TablePart(_kept(data))
    return _open_frame(data)


def _is_dataset(data: object) -> bool:
    """Whoever has one has imported the module; for all others that second is saved."""
    module = sys.modules.get("pyarrow.dataset")
    return module is not None and isinstance(data, module.Dataset)


def _open_frame(frame: Any) -> TablePart | Fault:
    if type(frame).__module__.startswith("pandas"):
        return _open_pandas(frame)
    if hasattr(frame, "collect") and not hasattr(frame, "__arrow_c_stream__"):  # a lazy Polars frame
        frame = frame.collect()
    if hasattr(frame, "__arrow_c_stream__"):
        return TablePart(pa.table(frame))
    words = f"paths, an Arrow table, reader or dataset, or a Polars or pandas frame were expected, but a {type(frame).__name__} came"
    return Fault("unknown_source", "", words)


def _open_pandas(frame: Any) -> TablePart | Fault:
    """pandas' NaN is its word for null; a column of mixed objects is a fault with its name."""
    try:
        return TablePart(pa.Table.from_pandas(frame, preserve_index=False))
    except (pa.ArrowException, TypeError) as reason:
        column = next((str(name) for name in frame.columns if not _is_of_one_kind(frame[name])), "a column")
        return Fault("wrong_types", "the pandas frame", f"column '{column}' holds values of several types ({reason}); make it one type")


def _is_of_one_kind(column: Any) -> bool:
    try:
        pa.Array.from_pandas(column)
    except (pa.ArrowException, TypeError):
        return False
    return True


def _kept(reader: pa.RecordBatchReader) -> pa.Table:
    """All batches of a reader in a temporary file, mapped: the file vanishes with the table."""
    with tempfile.NamedTemporaryFile(prefix="evenhand-readings-", suffix=".arrow") as file:
        with pa.ipc.new_file(file.name, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()
