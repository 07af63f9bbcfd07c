"""Meter ids: whole numbers or text, one type for the whole source.

Modelling choice: an id is never rewritten. `007` is not `7`; ids written in a CSV are whole numbers only if each is written as Arrow would write it
back. Where typed files disagree, nothing is guessed: the same meter under two names would be two households.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.options import IdType
from evenhand.meters.formats.raw import RawBatch

MIXED = "say `--ids text` to take all of them as text (7 and 007 are then two meters)"


def id_type_of(column: pa.DataType) -> IdType | None:
    """`int` or `text` for the types that an id may have; None for others (floats, dates)."""
    if pa.types.is_dictionary(column):
        column = column.value_type
    if pa.types.is_integer(column):
        return "int"
    return "text" if is_text(column) else None


def is_text(column: pa.DataType) -> bool:
    return any(is_kind(column) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view))


def are_whole_numbers(written: pa.Array) -> bool:
    """Whether texts are whole numbers that read back as they were written."""
    try:
        return bool(pc.all(pc.equal(written.cast(pa.int64()).cast(pa.string()), written), min_count=0).as_py())
    except pa.ArrowInvalid:
        return False


def as_ids(raw: RawBatch, column: pa.Array, id_type: IdType) -> pa.Array:
    """Ids of the source's one type; null where there is none.

    Raises
    ------
    ReadingsUnusable
        Where an id is not a whole number although the ones before were; the row is named.
    """
    if id_type == "text":
        text = column.cast(pa.string())
        return pc.if_else(pc.equal(text, ""), None, text) if pc.any(pc.equal(text, "")).as_py() else text
    if not pa.types.is_string(column.type):
        return _fitting(raw, column)
    try:
        numbers = column.cast(pa.int64())
    except pa.ArrowInvalid:
        raise _mixed(raw, column) from None
    # Casting reads 007 as 7; only ids that begin so need the slower look.
    if pc.any(pc.starts_with(column, "0")).as_py() and not are_whole_numbers(column):
        raise _mixed(raw, column)
    return numbers


def _fitting(raw: RawBatch, column: pa.Array) -> pa.Array:
    try:
        return column.cast(pa.int64())
    except pa.ArrowInvalid:
        words = "a meter id is larger than 2⁶³ − 1: say `--ids text`"
        raise ReadingsUnusable([Fault("mixed_meter_ids", raw.place(0), words)]) from None


def _mixed(raw: RawBatch, column: pa.Array) -> ReadingsUnusable:
    row = next(row for row, written in enumerate(column) if not are_whole_numbers(pa.array([written.as_py()], pa.string())))
    words = f"meter id '{column[row]}' is not a whole number, as others are: {MIXED}"
    return ReadingsUnusable([Fault("mixed_meter_ids", raw.place(row), words)])


def one_id_type(found: Iterable[tuple[str, IdType, bool]]) -> IdType | Fault:
    """The type for a whole source, from (file, type, whether it is only written so): written whole numbers follow the typed files."""
    typed: dict[IdType, str] = {}
    written: dict[IdType, str] = {}
    for name, id_type, is_written in found:
        (written if is_written else typed).setdefault(id_type, name)
    if len(typed) > 1 or ("int" in typed and "text" in written):
        number, text = typed["int"], typed.get("text") or written["text"]
        return Fault("mixed_meter_ids", number, f"meter ids are whole numbers here, but text in {text}: {MIXED}")
    return "text" if "text" in typed or "text" in written else "int"
