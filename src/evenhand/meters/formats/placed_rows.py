"""Rows as they came, none left out, with the place of each: read once more where a fault must be shown, never otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.formats.energies import is_estimated, measured_kwh
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.meter_ids import as_ids
from evenhand.meters.formats.raw import RawBatch, plain_text
from evenhand.meters.formats.standardising import Standard, arrival_of
from evenhand.meters.formats.times import stamps_of

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class PlacedRows:
    """One batch of a source; all arrays have shape (rows,)."""

    raw: RawBatch
    standard: Standard

    @cached_property
    def ids(self) -> pa.Array:
        """Meters, int64 or string."""
        return as_ids(self.raw, plain_text(self.raw.batch.column("meter_id")), self.standard.id_type)

    @cached_property
    def stamps_us(self) -> tuple[Int64s, Flags]:
        """Stamps as written, µs since 1970 in UTC (of a repeated hour the first), and which rows have one."""
        given = self.raw.batch.column("interval_start").is_valid().to_numpy(zero_copy_only=False)
        stamps = stamps_of(self.raw, self.standard.options, FaultCounts(), given)
        return stamps.first, stamps.is_usable

    @cached_property
    def kwh(self) -> Floats:
        """Energies in the unit of the source, NaN where nothing was measured."""
        everything = np.ones(self.raw.batch.num_rows, dtype=np.bool_)
        measured = measured_kwh(self.raw, everything, FaultCounts(), factor=1.0, absurd_kwh=None)
        return np.asarray(measured.fill_null(np.nan))

    @cached_property
    def arrival(self) -> Int64s:
        """Ordinals of arrival; all 0 where there are none."""
        found = arrival_of(self.raw)
        return np.zeros(self.raw.batch.num_rows, dtype=np.int64) if found is None else found

    @cached_property
    def is_measured(self) -> Flags:
        """Rows with an energy that is no estimate."""
        names = self.raw.batch.schema.names
        estimated = np.asarray(is_estimated(self.raw.batch.column("quality"))) if "quality" in names else np.zeros(self.kwh.size, dtype=np.bool_)
        return np.isfinite(self.kwh) & ~estimated

    def told(self, row: int) -> str:
        """A row as a person finds it: its meter, its stamp and its place."""
        return f"meter {self.ids[row]} at {self.raw.batch.column('interval_start')[row]} ({self.raw.place(row)})"
