"""What `detect` answers: two tables by contract, what was counted, and a way to write them that leaves nothing half done."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evenhand.meters.data_warnings import DetectionWarning
from evenhand.meters.limits import TimeGrid
from evenhand.meters.parameters import Rule, StormEvent
from evenhand.meters.summary import DetectionSummary, summarise


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

        Both are written under other names first and renamed when both are whole, so an interruption leaves what was there before.

        Returns
        -------
        tuple of Path
            The outages and the events.
        """
        outages = Path(path)
        events = events_path(outages)
        outages.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{outages.stem}.", dir=outages.parent) as folder:
            made = [(Path(folder) / "outages", outages, self.outages), (Path(folder) / "events", events, self.interruptions)]
            for temporary, _, table in made:
                pq.write_table(table, temporary, compression="zstd")
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


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
