"""Arrow columns as the kernels see them: the same memory, no copy.

Modelling choice: a float is read as the whole number that its bits are, so that one shift makes its code. Only what Arrow keeps in another form is
copied: whole-number energies, estimates (a bitmap or text) and arrivals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.meters.energy_codes import DOUBLE_OFFSET, DOUBLE_SHIFT, SINGLE_OFFSET, SINGLE_SHIFT
from evenhand.meters.formats.energies import is_estimated
from evenhand.meters.kernels_slots import Batch
from evenhand.meters.limits import TimeGrid

Integers = NDArray[np.int64]
_Kind = TypeVar("_Kind", bound=np.generic)


def _read_only(numbers: NDArray[_Kind]) -> NDArray[_Kind]:
    """As Arrow's memory is: a kernel is compiled anew for arrays that may be written to."""
    numbers.flags.writeable = False
    return numbers


UNITS_A_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_NO_BYTES: Final = _read_only(np.zeros(0, dtype=np.uint8))
NO_INTEGERS: Final = _read_only(np.zeros(0, dtype=np.int64))
_OLDEST, _NEWEST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class RowReader:
    """How the rows of one run are read.

    `absurd_kwh`: energies beyond it, of either sign, are none.
    """

    grid: TimeGrid
    absurd_kwh: float

    def batch(self, rows: pa.RecordBatch) -> Batch:
        """One record batch of `interval_start`, `kwh` and, where there are any, `is_estimated` or `quality`, and `arrival`."""
        names = rows.schema.names
        time = rows.column("interval_start")
        per_second = UNITS_A_SECOND[time.type.unit]
        kwh = _as_float(rows.column("kwh"))
        is_double = kwh.type == pa.float64()
        bits = values_of(kwh, np.int64 if is_double else np.int32)
        validity = kwh.buffers()[0] if kwh.null_count else None
        absurd: Any = np.float64(self.absurd_kwh).view(np.int64) if is_double else np.float32(self.absurd_kwh).view(np.int32)
        return Batch(
            times=values_of(time, np.int64),
            first_time=self.grid.first_us * per_second // 1_000_000,
            time_step=self.grid.interval_us * per_second // 1_000_000,
            bits=bits,
            shift=DOUBLE_SHIFT if is_double else SINGLE_SHIFT,
            offset=DOUBLE_OFFSET if is_double else SINGLE_OFFSET,
            absurd=int(absurd),
            validity=_NO_BYTES if validity is None else _read_only(np.frombuffer(validity, dtype=np.uint8)),
            validity_offset=kwh.offset,
            estimates=_estimates(rows, names),
            arrivals=_arrivals(rows.column("arrival")) if "arrival" in names else NO_INTEGERS,
        )


def _arrivals(column: pa.Array) -> Integers:
    """Versions, or times of arrival in microseconds, in their order and without 0, which is no arrival; a row without one is older than all."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    column = column.cast(pa.int64())
    values = values_of(column.fill_null(_OLDEST) if column.null_count else column, np.int64)
    return _read_only(np.where(values < 0, values, np.minimum(values, _NEWEST - 1) + 1))


def values_of(column: pa.Array, dtype: type[np.generic]) -> NDArray[Any]:
    """The column's memory as numbers of this width; values below a null are whatever stands there. (Arrow's own way to NumPy imports pandas.)"""
    width = np.dtype(dtype).itemsize
    if not len(column):
        return _read_only(np.zeros(0, dtype))
    return _read_only(np.frombuffer(column.buffers()[1], dtype=dtype, count=len(column), offset=column.offset * width))


def _as_float(column: pa.Array) -> pa.Array:
    return column if column.type in (pa.float64(), pa.float32()) else column.cast(pa.float64())


def _estimates(rows: pa.RecordBatch, names: list[str]) -> NDArray[np.uint8]:
    if "is_estimated" in names:
        flags = rows.column("is_estimated")
        return values_of(flags.cast(pa.uint8()), np.uint8) if pc.any(flags).as_py() else _NO_BYTES
    if "quality" in names:
        flags = is_estimated(rows.column("quality"))
        return values_of(flags.cast(pa.uint8()), np.uint8) if pc.any(flags).as_py() else _NO_BYTES
    return _NO_BYTES


def ids_and_keys(column: pa.Array) -> tuple[NDArray[np.signedinteger], pa.Array | None]:
    """Numbers that tell meters apart inside this batch, and the texts that they stand for (None where the numbers are the ids)."""
    if pa.types.is_dictionary(column.type):
        return values_of(column.indices, np.dtype(column.type.index_type.to_pandas_dtype()).type), column.dictionary
    if pa.types.is_integer(column.type):
        return values_of(column, np.dtype(column.type.to_pandas_dtype()).type), None
    return ids_and_keys(column.dictionary_encode())


def ids_at(keys: NDArray[np.signedinteger], texts: pa.Array | None) -> pa.Array:
    """The ids of these keys, as int64 or string."""
    if texts is None:
        return array_of(keys.astype(np.int64))
    return texts.take(array_of(np.ascontiguousarray(keys))).cast(pa.string())


def array_of(numbers: NDArray[Any]) -> pa.Array:
    """The same memory as an Arrow array. (Arrow's own way from NumPy imports pandas.)"""
    return pa.Array.from_buffers(pa.from_numpy_dtype(numbers.dtype), numbers.size, [None, pa.py_buffer(numbers)])


def microseconds_of(value: int, unit: str) -> int:
    """A time of a column of this unit, in microseconds."""
    return value * 1_000_000 // UNITS_A_SECOND[unit]


def is_ascending(ids: pa.Array) -> bool:
    """Does every id come after the one before it, none twice?"""
    if ids.type == pa.int64() and not ids.null_count:
        numbers = values_of(ids, np.int64)
        return bool(np.all(numbers[1:] > numbers[:-1]))
    return len(ids) < 2 or bool(pc.all(pc.less(ids[:-1], ids[1:])).as_py())
