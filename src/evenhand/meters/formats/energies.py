"""Energies to kWh: units converted, what is no measurement made null and counted, estimates marked.

Modelling choice: null, NaN (how many programs write null) and what is no number all mean the same for the interval: not received. Infinite and
absurd energies were received, and nobody knows what they were: neither power nor silence may be read from them, so they become infinite. Only null
is silent, because that is how a head end says it. Negative energies are export and stay.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.options import Unit
from evenhand.meters.formats.raw import RawBatch, plain_text

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def kwh_factor(unit: Unit, interval_minutes: int | None) -> float:
    """What a value is multiplied with to be kWh of its interval."""
    if unit == "kW":
        assert interval_minutes is not None  # found or asked for when the source was opened
        return interval_minutes / 60.0
    return 0.001 if unit == "Wh" else 1.0


def measured_kwh(raw: RawBatch, kept: Flags, faults: FaultCounts, *, factor: float, absurd_kwh: float | None) -> pa.Array:
    """Energies of the rows that are `kept`, float64 kWh, null where nothing was received, infinite where it was no energy.

    `absurd_kwh` None is of registers, which may be of any size; an infinite one is null.
    """
    column = plain_text(raw.batch.column("kwh"))
    numbers = _as_numbers(raw, column, faults, kept)
    is_given = kept if numbers.null_count == 0 else kept & numbers.is_valid().to_numpy(zero_copy_only=False)
    values: Floats = numbers.fill_null(0.0).to_numpy(zero_copy_only=False)
    if factor != 1.0:
        values = values * factor
    limit = np.finfo(np.float64).max if absurd_kwh is None else absurd_kwh
    is_usable = np.abs(values) <= limit
    if is_usable.all():
        return pa.array(values, mask=~is_given) if not is_given.all() else pa.array(values)
    is_nan, is_infinite = np.isnan(values), np.isinf(values)
    for code, flags in (("not_a_number", is_nan), ("infinite_energy", is_infinite), ("absurd_energy", ~is_usable & ~is_nan & ~is_infinite)):
        _count(faults, code, flags & is_given, raw, column)
    if absurd_kwh is None:
        return pa.array(values, mask=~(is_given & is_usable))
    return pa.array(np.where(is_usable, values, np.inf), mask=~(is_given & ~is_nan))


def is_estimated(quality: pa.Array) -> pa.Array:
    """Which readings are estimates: a quality that begins with E, in either case (`E`, `EST`, `Estimated`); null is none."""
    encoded = quality if pa.types.is_dictionary(quality.type) else plain_text(quality).cast(pa.string()).dictionary_encode()
    words = encoded.dictionary.cast(pa.string())
    flags = pc.starts_with(pc.utf8_ltrim_whitespace(words), "E", ignore_case=True)
    return flags.take(encoded.indices).fill_null(False)


def _as_numbers(raw: RawBatch, column: pa.Array, faults: FaultCounts, kept: Flags) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column.cast(pa.float64(), safe=False)
    try:
        return column.cast(pa.float64())
    except pa.ArrowInvalid:
        return _readable_numbers(raw, column, faults, kept)


def _readable_numbers(raw: RawBatch, column: pa.Array, faults: FaultCounts, kept: Flags) -> pa.Array:
    """The slow road, for a batch with text that is no number: spaces and empty texts are nothing, the rest is counted."""
    trimmed = pc.utf8_trim_whitespace(column)
    encoded = pc.if_else(pc.equal(trimmed, ""), None, trimmed).dictionary_encode()
    numbers = [_number(text) for text in encoded.dictionary.to_pylist()]
    is_number = pa.array([number is not None for number in numbers], pa.bool_()).take(encoded.indices).fill_null(True)
    _count(faults, "unreadable_energy", kept & ~is_number.to_numpy(zero_copy_only=False), raw, column)
    return pa.array(numbers, pa.float64()).take(encoded.indices)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _count(faults: FaultCounts, code: str, flags: Flags, raw: RawBatch, column: pa.Array) -> None:
    count = int(np.count_nonzero(flags))
    if count:
        row = int(np.argmax(flags))
        faults.add(code, count, place=f"{raw.place(row)}: '{column[row]}'")
