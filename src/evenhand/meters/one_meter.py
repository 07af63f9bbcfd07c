"""One meter's readings out of everybody's, on every interval of the window.

Modelling choice: the window is that of all readings, not of this meter's. A meter that falls silent and stays so would otherwise end where it fell
silent, and look as if it had never been out. Intervals without a reading are rows of their own, with a null.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from evenhand.meters.errors import MeterNotFound
from evenhand.meters.formats.interval_lengths import most_frequent_step_minutes
from evenhand.meters.formats.opening import open_readings
from evenhand.meters.formats.source import ReadingSource
from evenhand.meters.limits import TimeGrid
from evenhand.meters.parquet_parts import time_range_us
from evenhand.vocabulary.tables import UTC_TIME

_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True, eq=False)
class OneMeter:
    """The readings of one meter, an interval a row, without holes.

    `readings` has `meter_id`, `interval_start` (timestamp, UTC), `kwh` (float64; null = not received) and `is_estimated` (bool), in time order.
    `is_register`: the energies are differences of a cumulative register. `n_conflicts` intervals have two measured readings that differ, of which
    nothing says which is newer: the greater stands in `readings`.
    """

    readings: pa.Table
    interval: timedelta
    is_register: bool = False
    n_conflicts: int = 0

    @property
    def window(self) -> TimeGrid:
        """The intervals that the rows stand on."""
        first_us = self.readings["interval_start"][0].cast(pa.int64()).as_py()
        return TimeGrid(first_us, self.interval // timedelta(microseconds=1), self.readings.num_rows)


def readings_of_meter(source: ReadingSource, meter: str) -> OneMeter:
    """Find a meter's readings.

    Of two readings of an interval the one that arrived later counts; without an order of arrival, a measured one before an estimate, and of two
    measured ones the greater, which is counted.

    Parameters
    ----------
    source
        Everybody's readings.
    meter
        The id as a person types it; a whole number where the readings' ids are.

    Raises
    ------
    MeterNotFound
        If no reading has this id.
    """
    meter_id = _typed(meter, source)
    found, window = _gathered(source, meter_id)
    minutes = source.interval_minutes or (most_frequent_step_minutes(found.to_batches()) if found.num_rows else None)
    if minutes is None or window is None:
        raise MeterNotFound(meter)
    newest, n_conflicts = _newest(found)
    rows = _on_every_interval(newest, meter_id, window, minutes * _MINUTE_US)
    return OneMeter(rows, timedelta(minutes=minutes), source.is_register, n_conflicts)


def _typed(meter: str, source: ReadingSource) -> int | str:
    if source.id_type == "text":
        return meter
    try:
        return int(meter)
    except ValueError:
        raise MeterNotFound(meter) from None


def _gathered(source: ReadingSource, meter_id: int | str) -> tuple[pa.Table, tuple[int, int] | None]:
    """The meter's rows, and the first and last interval of anybody in microseconds."""
    if source.parquet_files:
        # Row groups whose statistics rule the meter out are not read.
        its_rows = open_readings(ds.dataset(list(source.parquet_files)).filter(ds.field("meter_id") == meter_id))
        return pa.Table.from_batches(its_rows.batches(), schema=its_rows.schema), time_range_us(source.parquet_files)
    kept, edges = [], []
    for batch in source.batches():
        kept.append(batch.filter(pc.equal(batch.column("meter_id"), meter_id)))
        edges.append(pc.min_max(batch.column("interval_start").cast(pa.int64())).as_py())
    window = (min(edge["min"] for edge in edges), max(edge["max"] for edge in edges)) if edges else None
    return pa.Table.from_batches(kept, schema=source.schema), window


def _newest(found: pa.Table) -> tuple[pa.Table, int]:
    """Rows in time order, the one that counts last where several stand for one interval, and in how many intervals nothing says which one that is."""
    at_us = found["interval_start"].cast(pa.int64()).to_numpy()
    arrival = found["arrival"].to_numpy() if "arrival" in found.column_names else np.zeros(found.num_rows, dtype=np.int64)
    kwh = np.asarray(pc.fill_null(found["kwh"], -np.inf))
    is_measured = np.isfinite(kwh) & ~np.asarray(found["is_estimated"])
    order = np.lexsort((kwh, is_measured, arrival, at_us))
    at_us, arrival, kwh, is_measured = at_us[order], arrival[order], kwh[order], is_measured[order]
    is_alike = (at_us[1:] == at_us[:-1]) & (arrival[1:] == arrival[:-1]) & is_measured[1:] & is_measured[:-1] & (kwh[1:] != kwh[:-1])
    is_last = np.append(at_us[1:] != at_us[:-1], True)
    return found.take(pa.array(order)), int((is_alike & is_last[1:]).sum())


def _on_every_interval(found: pa.Table, meter_id: int | str, window: tuple[int, int], step_us: int) -> pa.Table:
    at_us = np.asarray(found["interval_start"].cast(pa.int64()), dtype=np.int64)
    first_us = window[0] - (window[0] - int(at_us[0])) % step_us
    slots = np.arange(first_us, window[1] + 1, step_us, dtype=np.int64)
    place = (at_us - first_us) // step_us
    kwh, is_estimated = np.full(slots.size, np.nan), np.zeros(slots.size, dtype=bool)
    kwh[place] = np.asarray(pc.fill_null(found["kwh"], np.nan))  # a later row of the same interval replaces the earlier one
    is_estimated[place] = np.asarray(found["is_estimated"])
    columns = {
        "meter_id": pa.repeat(pa.scalar(meter_id), slots.size),
        "interval_start": pa.array(slots).cast(UTC_TIME),
        "kwh": pa.array(kwh, from_pandas=True),
        "is_estimated": is_estimated,
    }
    return pa.table(columns)
