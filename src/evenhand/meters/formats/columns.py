"""Our column names to those of a source: looked up, never guessed, and everything that is missing or of a wrong type said at once."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from evenhand.meters.formats.errors import Fault
from evenhand.meters.formats.meter_ids import id_type_of, is_text
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.formats.raw import OPTIONAL, REQUIRED, Part
from evenhand.meters.formats.times import naive_times

EXPECTED = {
    "meter_id": "a whole number or text",
    "interval_start": "a timestamp, or text in ISO 8601",
    "kwh": "a number",
    "quality": "text (E = estimated)",
    "version": "a whole number",
    "arrived_at": "a timestamp, or text in ISO 8601",
}


def names_of(part: Part, options: ReadingOptions) -> tuple[dict[str, str], list[Fault]]:
    """Our name → the source's for every column that is there, and the faults of the columns: missing, twice, of a wrong type, naive."""
    if part.states_unit:
        return {name: name for name in part.schema.names}, []
    wanted = {ours: options.columns.get(ours, ours) for ours in (*REQUIRED, *OPTIONAL)}
    came = part.schema.names
    names = {ours: theirs for ours, theirs in wanted.items() if theirs in came}
    faults = _missing(part.name, wanted, came, options) + _twice(part.name, names, came)
    if not faults:
        faults = [fault for ours, theirs in names.items() for fault in _wrong_type(part, ours, theirs, options)]
    if options.is_meter_from_file_name:
        names.pop("meter_id", None)
    return names, faults


def unknown_mappings(columns: Mapping[str, str]) -> list[Fault]:
    """Names of ours that are no names of ours."""
    known = (*REQUIRED, *OPTIONAL)
    wrong = [ours for ours in columns if ours not in known]
    words = f"--column maps {', '.join(wrong)}, but the columns of readings are {', '.join(known)}"
    return [Fault("unknown_column", "", words)] if wrong else []


def _missing(name: str, wanted: Mapping[str, str], came: list[str], options: ReadingOptions) -> list[Fault]:
    required = [ours for ours in REQUIRED if not (ours == "meter_id" and options.is_meter_from_file_name)]
    missing = [ours for ours in (*required, *(ours for ours in OPTIONAL if ours in options.columns)) if wanted[ours] not in came]
    if not missing:
        return []
    what = ", ".join(ours if wanted[ours] == ours else f"{ours} (as '{wanted[ours]}')" for ours in missing)
    hint = " ".join(f"--column {ours}=THEIRS" for ours in missing)
    words = f"missing columns: {what}; these came: {', '.join(map(str, came))}. Name them: {hint}"
    if "meter_id" in missing:
        words += "; or, if each file is one meter, --meter-from-file-name"
    return [Fault("missing_columns", name, words)]


def _twice(name: str, names: Mapping[str, str], came: list[str]) -> list[Fault]:
    double = sorted({theirs for theirs in names.values() if came.count(theirs) > 1})
    return [Fault("double_columns", name, f"the column name {', '.join(double)} occurs more than once; rename one")] if double else []


def _wrong_type(part: Part, ours: str, theirs: str, options: ReadingOptions) -> list[Fault]:
    kind = part.schema.field(theirs).type
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    if ours == "interval_start" and pa.types.is_timestamp(value) and value.tz is None and options.timezone is None:
        return [naive_times(part.name, None)]
    if _fits(ours, value, is_written=part.is_text) or (ours == "meter_id" and options.is_meter_from_file_name):
        return []
    words = f"column {theirs} is {kind}, but {ours} must be {EXPECTED[ours]}"
    return [Fault("wrong_types", part.name, words)]


def _fits(ours: str, kind: pa.DataType, *, is_written: bool) -> bool:
    """Whether a type can mean what we need; written values are looked at one by one when they are read."""
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    match ours:
        case "meter_id":
            return id_type_of(kind) is not None
        case "interval_start" | "arrived_at":
            return pa.types.is_timestamp(kind) or is_text(kind)
        case "kwh":
            return is_number or is_text(kind)
        case "version":
            return pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or (is_written and is_text(kind))
        case _:
            return is_text(kind) or pa.types.is_null(kind)
