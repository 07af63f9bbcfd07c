"""Ids of areas, under the many names and forms in which agencies publish them.

Modelling choice: an id comes as `GEOID`, `GEOID10`, `tract_id`…, with the prefix of a census download (`14000US25025010300`), or as a number that a
tool wrote (25025010300.0, or 6075016400 with its first 0 lost); it becomes the plain code, as text. One zero in front is put back where *every* id of
a column lacks exactly one digit, because a spreadsheet takes it from all of them at once, and where each then lies in a county that there can be:
the eleven digits of a tract in Florida (12073002303) are no block group that lost a zero, since Alabama has no county 207. Ids of two lengths, and
ids that were rounded (1.2073E+11), are faults that nobody can mend by guessing.

Reference: INCITS 31, codes of states and counties: which states begin with 0, and their highest county; codes of counties are odd but in two states.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

ID_ALIASES: Final = (
    *(
        "geoid",
        "geoid10",
        "geoid20",
        "geoid_10",
        "geoid_20",
        "fips",
        "fips_tract_id",
        "tract_id",
        "block_group",
        "zcta5ce20",
        "area_id",
        "id",
        "code",
    ),
    *("tractce", "tractce10", "tractce20", "nhood", "neighborhood", "neighbourhood", "district", "ward", "name"),
)
# Names that mean a whole census id wherever they stand: a table of households may have an `id` of its own.
GEOID_ALIASES: Final = ("geoid", "geoid10", "geoid20", "geoid_10", "geoid_20", "geo_id", "fips", "block_group_id", "bg_geoid")
TRACT_DIGITS: Final = 11
BLOCK_GROUP_DIGITS: Final = 12
# State without its zero → highest code of a county, and whether all of them are odd.
_COUNTIES: Final = {"1": (133, True), "2": (290, False), "4": (27, True), "5": (149, True), "6": (115, True), "8": (125, True), "9": (190, False)}
_CENSUS_PREFIX: Final = re.compile(r"^\d{5,9}US(?=\d)")


@dataclass(frozen=True, slots=True, eq=False)
class AreaIds:
    """A column of ids. `ids` is text (null: none). `as_it_came` shows one that got its zero back (empty: none did); `fault` what cannot be mended."""

    ids: pa.Array
    as_it_came: str = ""
    fault: str = ""


def area_code(value: object) -> str:
    """An area's id as text; blank where there is none."""
    if value is None or isinstance(value, (bool, list, dict)):
        return ""
    text = str(value).strip()
    text = text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
    if not isinstance(value, str) and len(text) == TRACT_DIGITS - 1 and text.isdigit():
        text = f"0{text}"  # a tract's code that was kept as a number
    return _CENSUS_PREFIX.sub("", text)


def text_of(properties: Mapping[str, Any], aliases: Sequence[str]) -> str:
    """The first of these properties that says something, whatever the case of its name."""
    lower = {name.lower(): value for name, value in properties.items()}
    return next((str(lower[alias]).strip() for alias in aliases if lower.get(alias) not in (None, "")), "")


def plain_ids(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column of ids as text without blanks, decimals or census prefix; an empty one is null."""
    column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        column = pc.cast(pc.if_else(pc.is_finite(column), column, None), pa.int64(), safe=False)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    text = pc.replace_substring_regex(text, r"^([0-9]+)\.0$", r"\1")
    text = pc.replace_substring_regex(text, r"^[0-9]{5,9}US([0-9])", r"\1")
    return pc.if_else(pc.equal(text, ""), None, text)


def area_ids(values: pa.Array | pa.ChunkedArray, digits: int = BLOCK_GROUP_DIGITS) -> AreaIds:
    """Ids of one kind of area, each of `digits` digits where it is a census id.

    Parameters
    ----------
    values
        Text, whole numbers or floats, shape (n,); null or blank where an area has none.
    digits
        Of the whole id: 12 for block groups, 11 for tracts. Names of areas that are no numbers stay as they are.
    """
    ids = plain_ids(values)
    present = ids.drop_null()
    rounded = present.filter(pc.match_substring_regex(present, r"^[0-9.]+[eE]\+?[0-9]+$"))
    if len(rounded):
        more = f" and {len(rounded) - 1:,} others were" if len(rounded) > 1 else " was"
        return AreaIds(ids, fault=f"{rounded[0].as_py()!r}{more} rounded by a spreadsheet; export the ids as text")
    numeric = present.filter(pc.utf8_is_digit(present))
    lengths = set(pc.unique(pc.utf8_length(numeric)).to_pylist())
    if lengths == {digits - 1} and len(numeric) == len(present) and _has_lost_zero(present):
        return AreaIds(pc.utf8_lpad(ids, digits, "0"), as_it_came=str(present[0].as_py()))
    if lengths >= {digits - 1, digits}:
        return AreaIds(ids, fault=f"some ids have {digits - 1} digits and some {digits}: did some lose their leading zero? Give all of them {digits}")
    return AreaIds(ids)


def _has_lost_zero(ids: pa.Array) -> bool:
    """Would each of these ids, with a zero in front, begin with a state and a county?"""
    return all(_is_county(start) for start in pc.unique(pc.utf8_slice_codeunits(ids, 0, 4)).to_pylist())


def _is_county(start: str) -> bool:
    highest, are_odd = _COUNTIES.get(start[0], (0, False))
    county = int(start[1:])
    return 0 < county <= highest and (county % 2 == 1 or not are_odd)
