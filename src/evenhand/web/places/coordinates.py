"""Coordinates as people type them: decimal degrees, degrees and minutes, with or without compass letters.

Latitude comes first unless letters say otherwise. A decimal comma is read where the two numbers are apart without it ("42,35; -71,06"). What is not
certainly two coordinates is no coordinate: a house number is never mistaken for one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_PART = re.compile(
    rf"""
    \s*(?P<before>[NSEWO])?\s*
    (?P<sign>[-+−–])?\s*
    (?P<degrees>{_NUMBER})\s*(?P<mark>°|º|deg)?\s*
    (?:(?P<minutes>{_NUMBER})\s*['′’]\s*)?
    (?:(?P<seconds>{_NUMBER})\s*(?:"|″|”|'')\s*)?
    (?P<after>[NSEWO])?\s*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*[,;/]?\s*")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class _Angle:
    degrees: float
    axis: str  # "lat", "long", or "" where no letter says
    is_plain_integer: bool


def coordinates_in(typed: str) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees, or None where the text is something else."""
    text = typed.strip()[:_LONGEST].strip("()[] ")
    first = _PART.match(text)
    if first is None or len(typed.strip()) > _LONGEST:
        return None
    for end in _ends(text, first.end()):
        one, other = _angle(text[:end]), _angle(_BETWEEN.sub("", text[end:], count=1))
        if one and other and (point := _point(one, other)):
            return point
    return None


def written(lat: float, long: float) -> str:
    """A point in words: five decimals are about a metre."""
    return f"{lat:.5f}, {long:.5f}"


def _ends(text: str, longest: int) -> list[int]:
    """Where the first coordinate may end: at a separator, or at a blank between the two."""
    marks = [i for i, c in enumerate(text) if c in ";/"] + [i for i, c in enumerate(text) if c == ","] + [i for i, c in enumerate(text) if c == " "]
    return [*marks, *([longest] if longest < len(text) else [])]


def _angle(text: str) -> _Angle | None:
    match = _PART.fullmatch(text)
    if match is None or (match["before"] and match["after"]):
        return None
    letter = (match["before"] or match["after"] or "").upper().replace("O", "W")  # oeste
    if letter and match["sign"]:
        return None
    if (match["minutes"] or match["seconds"]) and not (match["mark"] or letter):
        return None
    parts = [float((match[name] or "0").replace(",", ".")) for name in ("degrees", "minutes", "seconds")]
    if parts[1] >= 60 or parts[2] >= 60:
        return None
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    negative = letter in {"S", "W"} or (match["sign"] or "+") != "+"
    axis = "lat" if letter in {"N", "S"} else "long" if letter else ""
    plain = not letter and not match["mark"] and "." not in text and not re.search(r"\d,\d", text)
    return _Angle(-value if negative else value, axis, plain)


def _point(one: _Angle, other: _Angle) -> tuple[float, float] | None:
    if one.is_plain_integer or other.is_plain_integer or (one.axis and one.axis == other.axis):
        return None
    lat, long = (other, one) if one.axis == "long" or other.axis == "lat" else (one, other)
    if abs(lat.degrees) > 90 or abs(long.degrees) > 180 or not math.isfinite(lat.degrees + long.degrees):
        return None
    return lat.degrees, long.degrees
