"""Open readings of any format: look at every input, name every fault at once, and promise standard batches.

Modelling choice: what can be known without reading everything is checked here (names, types, footers, headers, the structure of feeds, the first
lines); what only shows on the way is either counted or, where a file breaks off, raised with its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from evenhand.meters.formats.by_meter import whole_meters
from evenhand.meters.formats.columns import names_of, unknown_mappings
from evenhand.meters.formats.csv_files import CsvPart, open_csv
from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.files import FoundFile, find_files, stem_of
from evenhand.meters.formats.first_look import faults_at_first_look
from evenhand.meters.formats.green_button import EspiPart, open_espi
from evenhand.meters.formats.in_memory import open_in_memory
from evenhand.meters.formats.interval_lengths import found_interval
from evenhand.meters.formats.meter_ids import are_whole_numbers, id_type_of, one_id_type
from evenhand.meters.formats.options import IdType, ReadingOptions
from evenhand.meters.formats.parquet import ParquetPart, is_standard, open_parquet
from evenhand.meters.formats.placed_rows import PlacedRows
from evenhand.meters.formats.raw import Part, RawBatch
from evenhand.meters.formats.registers import energies_of_registers
from evenhand.meters.formats.repeated_hour import RepeatedHour
from evenhand.meters.formats.source import ReadingSource
from evenhand.meters.formats.standardising import Standard, standardise

Readings = Sequence[Path | str] | Path | str | Any  # Any: Arrow tables, readers and datasets, Polars and pandas frames ship no types of their own


@dataclass(frozen=True)
class _Input:
    """A part with the columns that are read from it, and the meter where its file's name says it."""

    part: Part
    names: dict[str, str]
    meter_id: str | None

    def raw_batches(self, faults: FaultCounts) -> Iterator[RawBatch]:
        for raw in self.part.raw_batches(self.names, faults):
            yield raw if self.meter_id is None else _with_meter(raw, self.meter_id)

    def with_columns(self, columns: Collection[str]) -> _Input:
        """The same, of which no others are read."""
        return replace(self, names={ours: theirs for ours, theirs in self.names.items() if ours in columns})


def open_readings(readings: Readings, options: ReadingOptions | None = None) -> ReadingSource:
    """Open readings and check all that can be checked without reading them through.

    Parameters
    ----------
    readings
        Paths of files and folders (Parquet; CSV, plain, gzip or zstd; Green Button XML; any mixture), or a table in memory: `pyarrow.Table`,
        `RecordBatch`, `RecordBatchReader`, `pyarrow.dataset.Dataset`, a Polars or pandas frame.
    options
        What the data do not say about themselves; the defaults describe the contract `readings`.

    Returns
    -------
    ReadingSource
        Standard batches: `meter_id` (int64 or string), `interval_start` (µs, UTC), `kwh` (float64, kWh, null = not received, infinite = received, but
        no energy), `is_estimated`, `arrival`.

    Raises
    ------
    ReadingsUnusable
        With every fault of every input: missing columns, wrong types, times without a zone, files that are cut off, ids of mixed types, nothing to
        read.
    """
    options = options or ReadingOptions()
    faults = unknown_mappings(options.columns) + _wrong_options(options)
    at_first = replace(options, timezone="UTC") if options.timezone and not _is_zone(options.timezone) else options  # told; any zone shows the rest
    parts, empty, more = _parts(readings)
    inputs: list[_Input] = []
    for part in parts:
        names, wrong = names_of(part, options)
        wrong += [*_several_meters(part, options), *_stated_energies(part, options)]
        if all(fault.code != "double_columns" for fault in wrong):  # else nobody knows which of the two to look at
            wrong += faults_at_first_look(part, names, at_first)
        more += wrong
        if not wrong:
            inputs.append(_Input(part, names, _meter_of(part, options)))
    faults += more
    if not faults and not inputs:
        faults.append(Fault("no_readings", ", ".join(empty), "there is no reading in this"))
    id_type = _one_id_type(inputs, options)
    if isinstance(id_type, Fault) or faults:
        raise ReadingsUnusable([*faults, *([id_type] if isinstance(id_type, Fault) else [])])
    return _source(inputs, empty, options, id_type)


def _parts(readings: Readings) -> tuple[list[Part], list[str], list[Fault]]:
    """Every input opened; the names of those that are empty; what cannot be opened."""
    if isinstance(readings, (str, Path)):
        readings = [readings]
    if not isinstance(readings, Sequence) or not all(isinstance(path, (str, Path)) for path in readings):
        table = open_in_memory(readings)
        return ([], [], [table]) if isinstance(table, Fault) else ([table], [], [])
    files, faults = find_files(readings)
    parts: list[Part] = []
    empty = []
    for found in files:
        part = _open_file(found)
        if isinstance(part, Fault):
            faults.append(part)
        elif part is None:
            empty.append(str(found.path))
        else:
            parts.append(part)
    return parts, empty, faults


def _open_file(found: FoundFile) -> Part | Fault | None:
    match found.kind:
        case "parquet":
            return open_parquet(found.path)
        case "csv":
            return open_csv(found)
        case "espi":
            return open_espi(found)
        case "empty":
            return None


def _wrong_options(options: ReadingOptions) -> list[Fault]:
    faults = []
    if options.timezone is not None and not _is_zone(options.timezone):
        faults.append(Fault("unknown_timezone", "", f"'{options.timezone}' is no time zone; a name such as America/New_York was expected"))
    if options.is_register and options.unit == "kW":
        faults.append(Fault("register_in_kw", "", "a register counts energy: its unit is kWh or Wh, not kW"))
    if options.interval_minutes is not None and options.interval_minutes <= 0:
        faults.append(Fault("wrong_interval", "", f"an interval of {options.interval_minutes} minutes is none"))
    return faults


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _several_meters(part: Part, options: ReadingOptions) -> list[Fault]:
    if not (options.is_meter_from_file_name and isinstance(part, EspiPart) and len(part.meter_ids) > 1):
        return []
    words = f"holds {len(part.meter_ids)} meters, so its name cannot be the meter: leave --meter-from-file-name out"
    return [Fault("several_meters", part.name, words)]


def _stated_energies(part: Part, options: ReadingOptions) -> list[Fault]:
    """A feed says itself that it holds energies of intervals; differences of those would be nonsense."""
    if not (options.is_register and part.states_unit):
        return []
    return [Fault("register_of_intervals", part.name, "states energies of intervals, which are no register: leave --register out, or run it alone")]


def _meter_of(part: Part, options: ReadingOptions) -> str | None:
    return stem_of(Path(part.name)) if options.is_meter_from_file_name else None


def _one_id_type(inputs: Sequence[_Input], options: ReadingOptions) -> IdType | Fault:
    if options.is_meter_from_file_name or options.ids == "text":
        return "text"
    if options.ids == "int":
        return "int"
    return one_id_type((entry.part.name, *_id_type(entry)) for entry in inputs)


def _id_type(entry: _Input) -> tuple[IdType, bool]:
    """Type of a part's ids, and whether they are only written so."""
    if isinstance(entry.part, (CsvPart, EspiPart)):
        return "int" if are_whole_numbers(entry.part.sample.column(entry.names["meter_id"]).drop_null()) else "text", True
    id_type = id_type_of(entry.part.schema.field(entry.names["meter_id"]).type)
    assert id_type is not None  # other types were refused with their column
    return id_type, False


def _with_meter(raw: RawBatch, meter_id: str) -> RawBatch:
    names = ["meter_id", *(name for name in raw.batch.schema.names if name != "meter_id")]
    columns = [pa.repeat(meter_id, raw.batch.num_rows), *(raw.batch.column(name) for name in names[1:])]
    return RawBatch(pa.RecordBatch.from_arrays(columns, names=names), raw.place)


def _source(inputs: list[_Input], empty: list[str], options: ReadingOptions, id_type: IdType) -> ReadingSource:
    has_arrival = any({"version", "arrived_at"} & entry.names.keys() for entry in inputs)
    standard = Standard(options, id_type, has_arrival, _stated_minutes(inputs, options))
    if options.needs_interval_length and standard.interval_minutes is None:
        standard = _with_found_interval(inputs, standard)
    counts = [entry.part.row_count for entry in inputs]

    def read(faults: FaultCounts) -> Iterator[pa.RecordBatch]:
        for name in empty:
            faults.add("empty_file", place=name)
        batches = _standard_batches(inputs, standard, faults)
        yield from _energies(batches, standard, faults) if options.is_register else batches

    def placed(columns: Collection[str]) -> Iterator[PlacedRows]:
        for entry in inputs:
            for raw in entry.with_columns(columns).raw_batches(FaultCounts()):
                yield PlacedRows(raw, standard)

    return ReadingSource(
        id_type=id_type,
        has_arrival=has_arrival,
        has_quality=any("quality" in entry.names for entry in inputs),
        interval_minutes=standard.interval_minutes,
        row_count=None if None in counts else sum(count for count in counts if count is not None),
        parquet_files=_parquet_files(inputs, options, has_arrival=has_arrival),
        _read=read,
        placed=placed,
        arriving_parquet_files=_parquet_files(inputs, options, has_arrival=False) if has_arrival and _arrival_is_plain(inputs) else (),
        is_register=options.is_register,
    )


def _standard_batches(inputs: Sequence[_Input], standard: Standard, faults: FaultCounts) -> Iterator[pa.RecordBatch]:
    """All inputs one after another, then the hour that the clock repeated."""
    repeated = RepeatedHour(standard.schema)
    for entry in inputs:
        its_standard = standard.in_own_unit() if entry.part.states_unit else standard
        for raw in entry.raw_batches(faults):
            batch = standardise(raw, its_standard, faults, repeated)
            if batch.num_rows:
                yield batch
    yield from repeated.release(faults)


def _energies(batches: Iterator[pa.RecordBatch], standard: Standard, faults: FaultCounts) -> Iterator[pa.RecordBatch]:
    assert standard.interval_minutes is not None  # found or asked for when the source was opened
    for table in whole_meters(batches, standard.schema):
        energies = energies_of_registers(table, standard.interval_minutes, faults)
        if energies.num_rows:
            yield energies


def _stated_minutes(inputs: Sequence[_Input], options: ReadingOptions) -> int | None:
    """Length that the user or every feed states."""
    if options.interval_minutes is not None:
        return options.interval_minutes
    stated = {entry.part.interval_seconds if isinstance(entry.part, EspiPart) else frozenset[int]() for entry in inputs}
    only = next(iter(stated)) if len(stated) == 1 else frozenset[int]()
    return next(iter(only)) // 60 if len(only) == 1 else None


PARTS_LOOKED_AT, BATCHES_LOOKED_AT = 8, 4


def _with_found_interval(inputs: Sequence[_Input], standard: Standard) -> Standard:
    """The length found in the first batches; several files, because a file may hold one interval of every meter."""
    few = [entry for entry in inputs if not entry.part.states_unit][:PARTS_LOOKED_AT]
    provisional = Standard(_unmoved(standard.options), standard.id_type, standard.has_arrival, 1)
    first = [list(islice(_standard_batches([entry], provisional, FaultCounts()), BATCHES_LOOKED_AT)) for entry in few]
    found = found_interval([(entry.part.name, batches) for entry, batches in zip(few, first, strict=True)])
    if isinstance(found, Fault):
        raise ReadingsUnusable([found])
    return Standard(standard.options, standard.id_type, standard.has_arrival, found)


def _unmoved(options: ReadingOptions) -> ReadingOptions:
    return ReadingOptions(timezone=options.timezone, time_format=options.time_format, is_register=True)


def _arrival_is_plain(inputs: Sequence[_Input]) -> bool:
    """Has every file the same one arrival column, in a type whose order is plain?"""
    names = {tuple(name for name in ("version", "arrived_at") if name in entry.names) for entry in inputs}
    if len(names) != 1 or len(only := next(iter(names))) != 1:
        return False
    kinds = [entry.part.schema.field(only[0]).type for entry in inputs if isinstance(entry.part, ParquetPart) and only[0] in entry.part.schema.names]
    return len(kinds) == len(inputs) and all(map(pa.types.is_integer if only[0] == "version" else pa.types.is_timestamp, kinds))


def _parquet_files(inputs: Sequence[_Input], options: ReadingOptions, *, has_arrival: bool) -> tuple[Path, ...]:
    """All files, if each may be decoded straight into a rule."""
    needs_work = has_arrival or options.needs_interval_length or options.unit != "kWh" or options.is_meter_from_file_name or options.ids != "auto"
    parts = [entry.part for entry in inputs if isinstance(entry.part, ParquetPart)]
    is_renamed = any(ours != theirs for entry in inputs for ours, theirs in entry.names.items())
    is_mixed = len(parts) != len(inputs) or len({"quality" in entry.names for entry in inputs}) > 1
    if needs_work or is_renamed or is_mixed or not all(map(is_standard, parts)):
        return ()
    return tuple(part.path for part in parts)
