"""All readings of a meter together, whatever order they came in, within bounded memory.

Modelling choice: what fits is kept; more is dealt out to temporary files by meter, which are then read one at a time. Nothing depends on the order
of rows, so readings sorted by meter, by time or not at all give the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ROWS_IN_MEMORY = 4_000_000
PILES = 64


def whole_meters(batches: Iterable[pa.RecordBatch], schema: pa.Schema, *, rows_in_memory: int = ROWS_IN_MEMORY) -> Iterator[pa.Table]:
    """Tables in which every meter that occurs is complete.

    Parameters
    ----------
    batches
        Standard batches of `schema`, in any order.
    rows_in_memory
        Up to so many rows no file is written.
    """
    kept: list[pa.RecordBatch] = []
    rows = 0
    incoming = iter(batches)
    for batch in incoming:
        kept.append(batch)
        rows += batch.num_rows
        if rows > rows_in_memory:
            yield from _dealt_out(chain(kept, incoming), schema)
            return
    if rows:
        yield pa.Table.from_batches(kept, schema)


def _dealt_out(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    with tempfile.TemporaryDirectory(prefix="evenhand-meters-") as folder:
        paths = [Path(folder) / f"{pile}.arrow" for pile in range(PILES)]
        with ExitStack() as open_files:
            writers = [
                open_files.enter_context(pa.ipc.new_file(str(path), schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))) for path in paths
            ]
            for pile, rows in _piles(batches):
                writers[pile].write_batch(rows)
        for path in paths:
            with pa.OSFile(str(path)) as file:
                pile_table = pa.ipc.open_file(file).read_all()
            path.unlink()
            if pile_table.num_rows:
                yield pile_table


def _piles(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    known: pa.Array | None = None
    for batch in batches:
        ids = batch.column("meter_id")
        known = pc.unique(ids) if known is None else pa.concat_arrays([known, _new(ids, known)])
        pile = pc.index_in(ids, value_set=known).to_numpy(zero_copy_only=False) % PILES
        order = np.argsort(pile, kind="stable")
        dealt = batch.take(pa.array(order))
        edges: NDArray[np.intp] = np.searchsorted(pile[order], np.arange(PILES + 1))
        for number in range(PILES):
            if edges[number] < edges[number + 1]:
                yield number, dealt.slice(edges[number], edges[number + 1] - edges[number])


def _new(ids: pa.Array, known: pa.Array) -> pa.Array:
    return pc.unique(ids.filter(pc.invert(pc.is_in(ids, value_set=known))))
