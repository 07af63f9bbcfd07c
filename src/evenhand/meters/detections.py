"""What `detect` answers: two tables by contract, what was counted, and a way to write them that leaves nothing half done."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from evenhand.meters.data_warnings import DetectionWarning
from evenhand.meters.errors import RunsMixed
from evenhand.meters.limits import TimeGrid
from evenhand.meters.parameters import Rule, StormEvent
from evenhand.meters.summary import DetectionSummary, summarise

RUN: Final = b"evenhand.run"  # the key of the mark in the metadata of both files


@dataclass(frozen=True, eq=False)
class Detections:
    """Outages of all meters.

    Parameters
    ----------
    outages
        One row a meter by the contract `outages` (`evenhand.vocabulary.tables.OUTAGES`), sorted by meter id.
    interruptions
        One row an interruption by the contract `outage_events`, sorted by meter id and time; the storm's and all others.
    reasons
        How many meters are unknown, by code of the reason.
    warnings
        Faults of the readings, counted.
    rule, event, grid
        What was asked, and the intervals found.
    silences
        int64, shape (n, 2): intervals of `grid` before the storm, from and before, in which (nearly) no meter sent anything.
    road
        `sorted` or `arrival`: which way the readings went. The answer does not depend on it.
    n_rows
        Rows read.
    """

    outages: pa.Table
    interruptions: pa.Table
    reasons: Mapping[str, int]
    warnings: tuple[DetectionWarning, ...]
    rule: Rule
    event: StormEvent
    grid: TimeGrid
    silences: NDArray[np.int64]
    road: str
    n_rows: int

    @cached_property
    def summary(self) -> DetectionSummary:
        """Counts with their denominators, and hours that count those still out."""
        return summarise(self.outages)

    @property
    def interval_minutes(self) -> int:
        return self.grid.interval_us // 60_000_000

    def write(self, path: Path | str) -> tuple[Path, Path]:
        """Write `path` and, beside it, `NAME.events.parquet`.

        Both are written under other names first and renamed when both are whole, so an interruption leaves what was there before. Two files cannot
        be renamed in one step: should the machine stop between the two, one is of this run and the other of the one before. Each is whole, and both
        carry the run's mark, so `refuse_other_run` tells.

        Returns
        -------
        tuple of Path
            The outages and the events.
        """
        outages = Path(path)
        events = events_path(outages)
        outages.parent.mkdir(parents=True, exist_ok=True)
        mark = {RUN: _mark_of(self.outages, self.interruptions)}
        with tempfile.TemporaryDirectory(prefix=f".{outages.stem}.", dir=outages.parent) as folder:
            made = [(Path(folder) / "outages", outages, self.outages), (Path(folder) / "events", events, self.interruptions)]
            for temporary, _, table in made:
                pq.write_table(table.replace_schema_metadata(mark), temporary, compression="zstd")
                _to_disk(temporary)
            for temporary, final, _ in made:
                temporary.replace(final)
        return outages, events

    def count(self, status: str) -> int:
        """Meters with this status."""
        return int(pc.sum(pc.equal(self.outages["status"], status)).as_py() or 0)


def events_path(outages: Path | str) -> Path:
    """Where the events of an outages file stand: `NAME.parquet` → `NAME.events.parquet`."""
    path = Path(outages)
    return path.with_name(f"{path.name.removesuffix('.parquet')}.events.parquet")


def refuse_other_run(events: Path | str) -> None:
    """Refuse an events file beside which the outages of another run stand; nothing where it stands alone or one of them has no mark.

    Raises
    ------
    RunsMixed
    """
    path = Path(events)
    outages = path.with_name(f"{path.name.removesuffix('.events.parquet')}.parquet")
    if not outages.is_file():
        return
    marks = [_mark_in(file) for file in (outages, path)]
    if None not in marks and marks[0] != marks[1]:
        raise RunsMixed(str(outages), str(path))


def _mark_of(outages: pa.Table, interruptions: pa.Table) -> bytes:
    """A mark that only equal tables share: the hash of both, as Arrow writes them to a stream."""
    digest = hashlib.blake2b(digest_size=16)
    for table in (outages, interruptions):
        with pa.PythonFile(_Hashing(digest), mode="w") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table, max_chunksize=1 << 16)
    return digest.hexdigest().encode()


class _Hashing(io.RawIOBase):
    """Takes bytes into a hash and keeps none of them."""

    def __init__(self, digest: hashlib.blake2b) -> None:
        self._digest = digest

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self._digest.update(some)
        return memoryview(some).nbytes


def _mark_in(file: Path) -> bytes | None:
    """The mark of a file; None where it has none or is no Parquet."""
    try:
        return (pq.read_schema(file).metadata or {}).get(RUN)
    except (pa.ArrowException, OSError):
        return None


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
