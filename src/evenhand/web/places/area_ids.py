"""Ids and names of areas, under the many names and forms in which agencies publish them.

An id comes as `GEOID`, `GEOID10`, `tract_id`…, with the prefix of a census download (`14000US25025010300`), or as a number that a tool wrote
(25025010300.0, or 6075016400 with its first 0 lost); it becomes the plain code. A census tract without a name is called by its number, as the census
writes it: the last six digits, in hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

ID_ALIASES = (
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
NAME_ALIASES = ("namelsad", "namelsad10", "namelsad20", "nhood", "neighborhood", "neighbourhood", "label", "name", "name10", "name20")
_CENSUS_PREFIX = re.compile(r"^\d{5,9}US(?=\d)")
_TRACT_DIGITS, _BLOCK_GROUP_DIGITS = 11, 12


def area_code(value: object) -> str:
    """An area's id as text; blank where there is none."""
    if value is None or isinstance(value, (bool, list, dict)):
        return ""
    text = str(value).strip()
    text = text[:-2] if text.endswith(".0") and text[:-2].isdigit() else text
    if not isinstance(value, str) and len(text) == _TRACT_DIGITS - 1 and text.isdigit():
        text = f"0{text}"  # a tract's code that was kept as a number
    return _CENSUS_PREFIX.sub("", text)


def area_name(code: str, properties: Mapping[str, Any]) -> str:
    """What the file calls an area; a bare number, or nothing, is told as a tract, block group or area."""
    name = text_of(properties, NAME_ALIASES)
    if name and not re.fullmatch(r"[\d.]+", name):
        return name
    if code.isdigit() and len(code) == _TRACT_DIGITS:
        return f"Tract {_tract_number(code[5:])}"
    if code.isdigit() and len(code) == _BLOCK_GROUP_DIGITS:
        return f"Block group {code[-1]}, tract {_tract_number(code[5:-1])}"
    return f"Area {name or code}" if (name or code).isdigit() else name or code


def text_of(properties: Mapping[str, Any], aliases: Sequence[str]) -> str:
    """The first of these properties that says something, whatever the case of its name."""
    lower = {name.lower(): value for name, value in properties.items()}
    return next((str(lower[alias]).strip() for alias in aliases if lower.get(alias) not in (None, "")), "")


def _tract_number(digits: str) -> str:
    whole, hundredths = int(digits[:4]), digits[4:]
    return f"{whole}" if hundredths == "00" else f"{whole}.{hundredths}"
