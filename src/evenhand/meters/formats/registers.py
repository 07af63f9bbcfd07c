"""Cumulative registers to energies: the difference of two readings is the energy between them.

Modelling choice: a register's stamp is the moment of its reading, so the reading that ends an interval minus the one that begins it is the
interval's energy. Where readings are missing between the two, the difference covers several intervals: if the register stood still, each of them
used nothing, and that is known (the strongest evidence of an outage there is); if it moved, nobody can say in which interval, so none of them counts
as received. A register that falls has come round to zero if a whole number of digits explains it with a plausible load; it ran backwards (export
through a net meter) if the fall is plausible as a load; otherwise the meter was exchanged or re-set, and that interval's energy is unknown. A jump
upwards that no load explains is an exchange too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.times import UTC_US

Int64s = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

PLAUSIBLE_KW = 100.0  # 400 A at 240 V is 96 kW: the largest service of a house
JUMP_OF_OWN_MEDIAN = 100.0  # a shop may draw more than a house, but not a hundred times what it usually draws
STOOD_STILL_DAYS_MOST = 45.0  # a register that stood still for longer is no outage, and would be thousands of rows
DISPLAYS_KWH = (1e4, 1e5, 1e6, 1e7, 1e8, 2**31 / 1e3, 2**32 / 1e3)  # four to eight digits of kWh; counters of Wh in 31 and 32 bits


@dataclass(frozen=True)
class _Readings:
    """Received register readings, sorted by meter and time, one a moment."""

    row: NDArray[np.intp]
    meter: Int64s
    at_us: Int64s
    kwh: Floats


@dataclass(frozen=True)
class _Spans:
    """From each reading to the meter's next one."""

    row: NDArray[np.intp]
    next_row: NDArray[np.intp]
    meter: Int64s
    start_us: Int64s
    length_us: Int64s
    register_kwh: Floats
    energy_kwh: Floats

    def hours(self) -> Floats:
        hours: Floats = self.length_us / 3.6e9
        return hours


def energies_of_registers(table: pa.Table, interval_minutes: int, faults: FaultCounts) -> pa.RecordBatch:
    """Energies of whole meters.

    Parameters
    ----------
    table
        Standard columns of complete meters, `kwh` being the register in kWh and `interval_start` the moment of its reading; any order, late, twice.
    interval_minutes
        Length of an interval in minutes; readings up to so far apart are neighbours.
    faults
        Where roll-overs, exchanges, gaps and conflicts are counted.

    Returns
    -------
    pyarrow.RecordBatch
        Standard columns, sorted by meter and time: one row an interval whose energy is known, null where it was looked for in vain.
    """
    table = table.combine_chunks()
    spans = _spans_of(_one_a_moment(table, faults))
    energy = _across_zero(spans, faults)
    is_unknown = _exchanged(spans, energy)
    faults.add("register_exchanged", int(is_unknown.sum()))
    step_us = interval_minutes * 60_000_000
    intervals = np.maximum(spans.length_us // step_us, 1)
    is_single = intervals == 1
    stood_still = ~is_single & (energy == 0.0) & (spans.hours() <= STOOD_STILL_DAYS_MOST * 24.0)
    faults.add("register_gap", int((~is_single & ~stood_still & ~is_unknown).sum()))
    times = np.where(is_single, 1, np.where(stood_still, intervals, 0))
    span = np.repeat(np.arange(times.size), times)
    nth = np.arange(span.size) - np.repeat(np.cumsum(times) - times, times)
    starts = pa.array(spans.start_us[span] + nth * step_us).cast(UTC_US)
    return _batch(table, spans, span, starts, pa.array(energy[span], mask=is_unknown[span]))


def _batch(table: pa.Table, spans: _Spans, span: NDArray[np.intp], starts: pa.Array, energies: pa.Array) -> pa.RecordBatch:
    """Estimated if either end is; as new as the newer of the two."""
    estimated = table["is_estimated"].to_numpy()
    columns = [
        table["meter_id"].combine_chunks().take(pa.array(spans.row[span])),
        starts,
        energies,
        pa.array((estimated[spans.row] | estimated[spans.next_row])[span]),
    ]
    if "arrival" in table.column_names:
        arrival = table["arrival"].to_numpy()
        columns.append(pa.array(np.maximum(arrival[spans.row], arrival[spans.next_row])[span]))
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _one_a_moment(table: pa.Table, faults: FaultCounts) -> _Readings:
    """The newest reading of each moment; two that differ and have no order are none."""
    meter = table["meter_id"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    at_us = table["interval_start"].cast(pa.int64()).to_numpy()
    kwh = table["kwh"].to_numpy()  # null becomes NaN
    arrival = table["arrival"].to_numpy() if "arrival" in table.column_names else np.zeros(len(meter), dtype=np.int64)
    # Within a moment: the newest last, and of equally new ones a value before null (NaN sorts last, so its sign is turned).
    order = np.lexsort((~np.isnan(kwh), arrival, at_us, meter))
    meter, at_us, kwh, arrival = meter[order], at_us[order], kwh[order], arrival[order]
    is_last = np.ones(meter.size, dtype=np.bool_)
    same_moment = (meter[1:] == meter[:-1]) & (at_us[1:] == at_us[:-1])
    is_last[:-1] = ~same_moment
    differs = same_moment & (arrival[1:] == arrival[:-1]) & (kwh[1:] != kwh[:-1]) & ~np.isnan(kwh[:-1])
    moment = np.cumsum(is_last) - is_last
    newest = arrival == arrival[np.flatnonzero(is_last)][moment]
    in_conflict = np.zeros(int(is_last.sum()), dtype=np.bool_)
    in_conflict[moment[1:][differs & newest[:-1]]] = True
    faults.add("register_conflict", int(in_conflict.sum()))
    kept = np.flatnonzero(is_last)[~in_conflict]
    kept = kept[~np.isnan(kwh[kept])]
    return _Readings(order[kept], meter[kept], at_us[kept], kwh[kept])


def _spans_of(readings: _Readings) -> _Spans:
    same = np.flatnonzero(readings.meter[1:] == readings.meter[:-1])
    following = same + 1
    return _Spans(
        row=readings.row[same],
        next_row=readings.row[following],
        meter=readings.meter[same],
        start_us=readings.at_us[same],
        length_us=readings.at_us[following] - readings.at_us[same],
        register_kwh=readings.kwh[same],
        energy_kwh=readings.kwh[following] - readings.kwh[same],
    )


def _across_zero(spans: _Spans, faults: FaultCounts) -> Floats:
    """Energies in which a register that came round to zero goes on counting: the smallest display that explains the fall."""
    energy = spans.energy_kwh.copy()
    plausible = PLAUSIBLE_KW * spans.hours()
    open_falls = np.flatnonzero(energy < -plausible)
    for display in DISPLAYS_KWH:
        around = energy[open_falls] + display
        is_round = (spans.register_kwh[open_falls] < display) & (around >= 0.0) & (around <= plausible[open_falls])
        energy[open_falls[is_round]] = around[is_round]
        faults.add("register_rolled_over", int(is_round.sum()))
        open_falls = open_falls[~is_round]
    return energy


def _exchanged(spans: _Spans, energy: Floats) -> Flags:
    """Falls and jumps that no load explains."""
    plausible = PLAUSIBLE_KW * spans.hours()
    is_exchanged = energy < -plausible
    # Loads beyond a house's are rare: only the meters that show one are compared with their own habit.
    has_large = np.zeros(int(spans.meter.max(initial=-1)) + 1, dtype=np.bool_)
    has_large[spans.meter[energy > plausible]] = True
    few = np.flatnonzero(has_large[spans.meter])
    if few.size:
        hours = spans.hours()[few]
        usual = _own_median_kw(spans.meter[few], spans.energy_kwh[few] / hours) * hours
        is_exchanged[few] |= energy[few] > np.maximum(plausible[few], JUMP_OF_OWN_MEDIAN * usual)
    return is_exchanged


def _own_median_kw(meter: Int64s, load_kw: Floats) -> Floats:
    """Each meter's median load over its spans in which the register moved up, one value a span; 0 for a meter that never moved."""
    moving = np.where(load_kw > 0.0, load_kw, np.inf)
    order = np.lexsort((moving, meter))
    spans_of_meter = np.bincount(meter)
    moved = np.bincount(meter, weights=np.isfinite(moving)).astype(np.int64)
    middle = np.cumsum(spans_of_meter) - spans_of_meter + moved // 2
    median = np.where(moved > 0, moving[order][np.minimum(middle, moving.size - 1)], 0.0)
    return median[meter]
