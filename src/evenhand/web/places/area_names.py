"""Names of areas, under the many forms in which agencies publish them; their ids are `evenhand.vocabulary.area_ids`.

A census tract without a name is called by its number, as the census writes it: the last six digits, in hundredths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from evenhand.vocabulary.area_ids import BLOCK_GROUP_DIGITS, TRACT_DIGITS, text_of

NAME_ALIASES = ("namelsad", "namelsad10", "namelsad20", "nhood", "neighborhood", "neighbourhood", "label", "name", "name10", "name20")


def area_name(code: str, properties: Mapping[str, Any]) -> str:
    """What the file calls an area; a bare number, or nothing, is told as a tract, block group or area."""
    name = text_of(properties, NAME_ALIASES)
    if name and not re.fullmatch(r"[\d.]+", name):
        return name
    if code.isdigit() and len(code) == TRACT_DIGITS:
        return f"Tract {_tract_number(code[5:])}"
    if code.isdigit() and len(code) == BLOCK_GROUP_DIGITS:
        return f"Block group {code[-1]}, tract {_tract_number(code[5:-1])}"
    return f"Area {name or code}" if (name or code).isdigit() else name or code


def _tract_number(digits: str) -> str:
    whole, hundredths = int(digits[:4]), digits[4:]
    return f"{whole}" if hundredths == "00" else f"{whole}.{hundredths}"
