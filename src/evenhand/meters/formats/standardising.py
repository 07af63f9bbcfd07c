"""From a reader's columns to standard batches: the same few steps for every format, whole columns at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.formats.energies import is_estimated, kwh_factor, measured_kwh
from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.meter_ids import as_ids
from evenhand.meters.formats.options import IdType, ReadingOptions
from evenhand.meters.formats.raw import RawBatch, plain_text
from evenhand.meters.formats.repeated_hour import RepeatedHour
from evenhand.meters.formats.source import standard_schema
from evenhand.meters.formats.times import NAIVE_US, UTC_US, Stamps, stamps_of

Int64s = NDArray[np.int64]
Flags = NDArray[np.bool_]
OLDEST = np.iinfo(np.int64).min  # a reading without version or arrival, among some that have one, is older than all


@dataclass(frozen=True)
class Standard:
    """What was settled when the source was opened: one type of ids, one interval, whether there is an arrival."""

    options: ReadingOptions
    id_type: IdType
    has_arrival: bool
    interval_minutes: int | None

    @property
    def schema(self) -> pa.Schema:
        return standard_schema(self.id_type, has_arrival=self.has_arrival)

    def in_own_unit(self) -> Standard:
        """For formats that state unit and interval themselves."""
        return replace(self, options=replace(self.options, unit="kWh", is_register=False, is_interval_end=False))


def standardise(raw: RawBatch, standard: Standard, faults: FaultCounts, repeated: RepeatedHour) -> pa.RecordBatch:
    """Make a standard batch; rows of a repeated hour go to `repeated`, registers stay cumulative."""
    options = standard.options
    columns = dict(zip(raw.batch.schema.names, raw.batch.columns, strict=True))
    ids = as_ids(raw, plain_text(columns["meter_id"]), standard.id_type)
    stamps = stamps_of(raw, options, faults, _has_id(raw, ids, columns, faults))
    factor, absurd_kwh = kwh_factor(options.unit, standard.interval_minutes), None if options.is_register else options.absurd_kwh
    kwh = measured_kwh(raw, stamps.is_usable, faults, factor=factor, absurd_kwh=absurd_kwh)
    version = arrival_of(raw)
    arrays = [
        ids,
        _starts(stamps.first, standard),
        kwh,
        is_estimated(columns["quality"]) if "quality" in columns else pa.array(np.zeros(len(ids), dtype=np.bool_)),
    ]
    if standard.has_arrival:
        arrays.append(pa.array(np.full(len(ids), OLDEST) if version is None else version))
    batch = pa.RecordBatch.from_arrays(arrays, schema=standard.schema)
    return _placed(batch, stamps, standard, version if "version" in columns else None, repeated)


def _placed(batch: pa.RecordBatch, stamps: Stamps, standard: Standard, version: Int64s | None, repeated: RepeatedHour) -> pa.RecordBatch:
    """The rows that have an instant; those with two are set aside."""
    if stamps.first is not stamps.second and stamps.is_repeated.any():
        aside = np.flatnonzero(stamps.is_repeated)
        second = _starts(stamps.second[aside], standard).cast(pa.int64()).to_numpy()
        repeated.set_aside(batch.take(pa.array(aside)), second, None if version is None else version[aside])
        return batch.filter(pa.array(stamps.is_usable & ~stamps.is_repeated))
    return batch if stamps.is_usable.all() else batch.filter(pa.array(stamps.is_usable))


def _has_id(raw: RawBatch, ids: pa.Array, columns: dict[str, pa.Array], faults: FaultCounts) -> Flags:
    """Rows with a meter; a row without anything (an empty line) is no fault."""
    if not ids.null_count:
        return np.ones(len(ids), dtype=np.bool_)
    has_id: Flags = ids.is_valid().to_numpy(zero_copy_only=False)
    is_row = pc.or_(columns["interval_start"].is_valid(), columns["kwh"].is_valid()).to_numpy(zero_copy_only=False)
    without = np.flatnonzero(~has_id & is_row)
    if without.size:
        faults.add("missing_meter_id", without.size, place=raw.place(int(without[0])))
    return has_id


def _starts(instants: Int64s, standard: Standard) -> pa.Array:
    """Starts of intervals; the stamp of a register is the moment of its reading and is not moved."""
    if standard.options.is_interval_end and not standard.options.is_register:
        assert standard.interval_minutes is not None  # found or asked for when the source was opened
        instants = instants - standard.interval_minutes * 60_000_000
    return pa.array(instants).cast(UTC_US)


def arrival_of(raw: RawBatch) -> Int64s | None:
    """Ordinal of a reading's arrival: its version if there is one, else its time of arrival in µs; null is older than all."""
    ours = next((name for name in ("version", "arrived_at") if name in raw.batch.schema.names), None)
    if ours is None:
        return None
    column = plain_text(raw.batch.column(ours))
    try:
        ordinals: Int64s = _ordinals(column, ours).fill_null(OLDEST).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid as reason:
        kind = "a whole number" if ours == "version" else "a time in ISO 8601"
        words = f"{ours} must be {kind} in every row, so that the newest reading is known ({reason})"
        raise ReadingsUnusable([Fault("wrong_types", raw.place(0), words)]) from None
    return ordinals


def _ordinals(column: pa.Array, ours: str) -> pa.Array:
    if ours == "arrived_at" and not pa.types.is_timestamp(column.type):
        column = _times_of_arrival(column)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return column.cast(pa.int64())


def _times_of_arrival(written: pa.Array) -> pa.Array:
    """Only their order counts, so a naive time of arrival needs no zone."""
    try:
        return written.cast(UTC_US)
    except pa.ArrowInvalid:
        return written.cast(NAIVE_US)
