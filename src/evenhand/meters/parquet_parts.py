"""Parquet files cut into parts of about a million rows, each decoded by one thread in small batches.

Modelling choice: row groups are decoded whole, which is twice as fast as batch by batch; only those of several million rows go by batches, so that
memory does not depend on how a file was written. Files are read, not mapped: a mapped file counts as memory of the process page by page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.meters.formats.parquet import undecodable
from evenhand.meters.row_batches import UNITS_A_SECOND, microseconds_of

PART_ROWS: Final = 1 << 20
WHOLE_ROWS: Final = 1 << 21
BATCH_ROWS: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Part:
    """Row groups of one file."""

    path: Path
    metadata: Any
    groups: tuple[int, ...]
    n_rows: int


def parts_of(files: Iterable[Path]) -> list[Part]:
    """Parts in the order of files and row groups."""
    parts: list[Part] = []
    for path in files:
        with pq.ParquetFile(path) as file:
            metadata = file.metadata
        groups: list[int] = []
        n_rows = 0
        for group in range(metadata.num_row_groups):
            more = metadata.row_group(group).num_rows
            if groups and n_rows + more > PART_ROWS:
                parts.append(Part(path, metadata, tuple(groups), n_rows))
                groups, n_rows = [], 0
            groups.append(group)
            n_rows += more
        if groups:
            parts.append(Part(path, metadata, tuple(groups), n_rows))
    return parts


@dataclass(frozen=True, slots=True)
class Further:
    """Columns besides the three: is there a `quality`, and what is the column of arrival called (`version` or `arrived_at`, or None)?"""

    has_quality: bool = False
    arrival: str | None = None

    @property
    def names(self) -> list[str]:
        return [*(["quality"] if self.has_quality else []), *([self.arrival] if self.arrival else [])]


def open_part(part: Part, further: Further) -> Iterator[pa.RecordBatch]:
    """The columns that a rule needs, as they are; texts stay dictionaries, and the column of arrival is called `arrival`."""
    columns = ["meter_id", "interval_start", "kwh", *further.names]
    for rows in _read(part, columns):
        ordered = rows.select(columns)
        yield ordered.rename_columns([*columns[:-1], "arrival"]) if further.arrival else ordered


def _read(part: Part, columns: list[str]) -> Iterator[pa.RecordBatch]:
    texts = [name for name in ("meter_id", "quality") if name in columns]
    with _named_if_broken(part, columns), pq.ParquetFile(part.path, metadata=part.metadata, read_dictionary=texts) as file:
        if part.n_rows > WHOLE_ROWS:
            yield from file.iter_batches(BATCH_ROWS, row_groups=list(part.groups), columns=columns, use_threads=False)
        else:
            yield from file.read_row_groups(list(part.groups), columns=columns, use_threads=False).to_batches()


def first_rows(parts: Iterable[Part]) -> Iterator[pa.RecordBatch]:
    """Meters and times from the beginning on, a row group or a million rows at a time."""
    columns = ["meter_id", "interval_start"]
    for part in parts:
        with _named_if_broken(part, columns), pq.ParquetFile(part.path, metadata=part.metadata) as file:
            yield from file.iter_batches(BATCH_ROWS, row_groups=list(part.groups), columns=columns, use_threads=False)


@contextmanager
def _named_if_broken(part: Part, columns: list[str]) -> Iterator[None]:
    """A row group that cannot be decoded is refused by its number."""
    try:
        yield
    except (pa.ArrowException, OSError) as reason:
        raise undecodable(part.path, _broken_group(part, columns), reason) from None


def _broken_group(part: Part, columns: list[str]) -> int:
    with pq.ParquetFile(part.path, metadata=part.metadata) as file:
        for group in part.groups:
            try:
                file.read_row_group(group, columns=columns, use_threads=False)
            except (pa.ArrowException, OSError):
                return group
    return part.groups[0]


def time_range_us(files: Iterable[Path]) -> tuple[int, int] | None:
    """First and last `interval_start`, microseconds since the epoch: from the statistics of the footers, else from the column itself."""
    ranges = [_range_of(path) for path in files]
    known = [each for each in ranges if each is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None


def _range_of(path: Path) -> tuple[int, int] | None:
    with pq.ParquetFile(path) as file:
        metadata = file.metadata
        if metadata.num_rows == 0:
            return None
        place = metadata.schema.names.index("interval_start")
        groups = [metadata.row_group(k).column(place).statistics for k in range(metadata.num_row_groups) if metadata.row_group(k).num_rows]
        if all(stats is not None and stats.has_min_max for stats in groups):
            per_second = UNITS_A_SECOND[file.schema_arrow.field("interval_start").type.unit]
            return min(stats.min_raw for stats in groups) * 1_000_000 // per_second, max(stats.max_raw for stats in groups) * 1_000_000 // per_second
        low, high = [], []
    whole = Part(path, metadata, tuple(range(metadata.num_row_groups)), metadata.num_rows)
    with _named_if_broken(whole, ["interval_start"]), pq.ParquetFile(path, metadata=metadata) as file:
        for rows in file.iter_batches(PART_ROWS, columns=["interval_start"]):
            times = rows.column(0)
            found = pc.min_max(times.cast(pa.int64()))
            low.append(microseconds_of(found["min"].as_py(), times.type.unit))
            high.append(microseconds_of(found["max"].as_py(), times.type.unit))
    return min(low), max(high)
