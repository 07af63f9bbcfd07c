"""Readings as files: a warehouse's one, or what arrived, in one file or one a day.

Modelling choice: a row group of the warehouse holds whole meters. What arrives is a different order than the one it is made in, so it is first laid
aside by day of arrival, then each day is sorted: memory holds a day, never all.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS_IN_GROUP = 1_000_000
_DAY_US = 86_400_000_000
_FIRST = date(1970, 1, 1)


def write_warehouse(tables: Iterator[pa.Table], path: Path) -> None:
    """One file; each table becomes a row group, so tables that hold whole meters give row groups that do."""
    writer: pq.ParquetWriter | None = None
    try:
        for table in tables:
            writer = writer or _writer(path, table.schema)
            writer.write_table(table, row_group_size=table.num_rows)
    finally:
        if writer is not None:
            writer.close()


def write_arrivals(tables: Iterator[pa.Table], folder: Path, *, file_a_day: bool) -> None:
    """Rows by `arrived_at`: `readings.parquet`, or a file for each UTC day of arrival, named by it."""
    with tempfile.TemporaryDirectory(prefix=".aside-", dir=folder) as aside:
        days = _laid_aside(tables, Path(aside))
        if file_a_day:
            for day, path in days:
                write_warehouse(_groups(path), folder / f"{day.isoformat()}.parquet")
        else:
            write_warehouse((group for _, path in days for group in _groups(path)), folder / "readings.parquet")


def _laid_aside(tables: Iterator[pa.Table], folder: Path) -> list[tuple[date, Path]]:
    writers: dict[int, pa.RecordBatchStreamWriter] = {}
    try:
        for table in tables:
            for day, rows in _by_day(table):
                if day not in writers:
                    writers[day] = pa.ipc.new_stream(folder / f"{day}.arrow", rows.schema)
                writers[day].write_table(rows)
    finally:
        for writer in writers.values():
            writer.close()
    return [(_FIRST + timedelta(days=day), folder / f"{day}.arrow") for day in sorted(writers)]


def _by_day(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    day = table["arrived_at"].combine_chunks().cast(pa.int64()).to_numpy() // _DAY_US
    order = np.argsort(day, kind="stable")
    days, first = np.unique(day[order], return_index=True)
    for number, rows in zip(days.tolist(), np.split(order, first[1:]), strict=True):
        yield number, table.take(pa.array(rows))


def _groups(path: Path) -> Iterator[pa.Table]:
    """A day's rows by arrival, in row groups."""
    with pa.ipc.open_stream(path) as stream:
        table = stream.read_all().unify_dictionaries()
    order = np.argsort(table["arrived_at"].combine_chunks().cast(pa.int64()).to_numpy(), kind="stable")
    for first in range(0, order.size, ROWS_IN_GROUP):
        yield table.take(pa.array(order[first : first + ROWS_IN_GROUP]))


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=True, write_statistics=True)
