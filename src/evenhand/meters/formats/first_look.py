"""The first rows of a part, before anything is computed: written times and energies that none of them can be read are a wrong use, not poor data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from evenhand.meters.formats.csv_files import CsvPart
from evenhand.meters.formats.energies import measured_kwh
from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.meter_ids import is_text
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.formats.raw import Part, RawBatch, plain_text
from evenhand.meters.formats.times import naive_times, stamps_of

_LOOKED_AT = ("interval_start", "kwh")


def faults_at_first_look(part: Part, names: Mapping[str, str], options: ReadingOptions) -> list[Fault]:
    """Faults of written columns that the first rows show already: a clock without a zone, times of another pattern, energies that are no numbers."""
    written = {ours: theirs for ours, theirs in names.items() if ours in _LOOKED_AT and _is_written(part, theirs)}
    if part.states_unit or not written:
        return []
    try:
        first = _first_rows(part, written)
    except ReadingsUnusable as unusable:
        return list(unusable.faults)
    if first is None:
        return []
    return [
        *(_times(part, first, options) if "interval_start" in written else []),
        *(_energies(part, first) if "kwh" in written else []),
    ]


def _is_written(part: Part, theirs: str) -> bool:
    kind = part.schema.field(theirs).type
    return is_text(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _first_rows(part: Part, names: Mapping[str, str]) -> RawBatch | None:
    if isinstance(part, CsvPart):
        return part.first_rows(names)
    return next(iter(part.raw_batches(names, FaultCounts())), None)


def _times(part: Part, first: RawBatch, options: ReadingOptions) -> list[Fault]:
    column = plain_text(first.batch.column("interval_start"))
    if column.null_count == len(column):
        return []
    example = str(column.drop_null()[0])
    counted = FaultCounts()
    try:
        stamps = stamps_of(first, options, counted, column.is_valid().to_numpy(zero_copy_only=False))
    except ReadingsUnusable:
        return [naive_times(part.name, example)]
    if stamps.is_usable.any() or not counted["unreadable_time"]:
        return []
    expected = "ISO 8601" if options.time_format is None else f"the pattern {options.time_format}"
    words = f"no time is in {expected} ('{example}'); say how they are written: --time-format '%m/%d/%Y %H:%M'"
    return [Fault("unreadable_times", part.name, words)]


def _energies(part: Part, first: RawBatch) -> list[Fault]:
    column = plain_text(first.batch.column("kwh"))
    given, counted = column.is_valid().to_numpy(zero_copy_only=False), FaultCounts()
    measured_kwh(first, np.asarray(given), counted, factor=1.0, absurd_kwh=None)
    if not counted["unreadable_energy"] or counted["unreadable_energy"] < np.count_nonzero(given):
        return []
    return [Fault("wrong_types", part.name, f"no energy is a number ('{column.drop_null()[0]}'): is it the right column? --column kwh=THEIRS")]
