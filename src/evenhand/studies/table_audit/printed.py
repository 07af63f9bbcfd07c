"""A number as it stands in print, and everything that it may have been before it was shortened.

Modelling choice: a printed figure is an interval. Print rounds, so the figure was within half a unit of its last digit; some print cuts digits off
instead, which is looked for only where rounding cannot be. A fault is found in a figure only where nothing in its interval would be right.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

Span = tuple[float, float]

_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_MINUS: Final = str.maketrans({"−": "-", "–": "-", " ": "", "\u2009": "", "\u202f": "", "\u00a0": ""})
_FARTHEST: Final = 30  # powers of ten beyond which nothing is printed
_SLACK: Final = 1e-9  # of a unit: binary fractions of decimal figures


@dataclass(frozen=True, slots=True)
class Printed:
    """`text` as printed, its `value`, and `unit`: one of its last digit."""

    text: str
    value: float
    unit: float

    @classmethod
    def of(cls, text: str) -> Printed | None:
        """Read one figure (`−17,038`, `0.0003`, `1.2e-4`); None where the text is no number that a table prints.

        >>> Printed.of("−17,038")
        Printed(text='−17,038', value=-17038.0, unit=1.0)
        """
        bare = text.translate(_MINUS)
        try:
            number = Decimal(bare.replace(",", "") if _THOUSANDS.fullmatch(bare) else bare)
        except InvalidOperation:
            return None
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or abs(exponent) > _FARTHEST or number.adjusted() > _FARTHEST:
            return None
        return cls(text.strip(), float(number), 10.0**exponent)

    @property
    def rounded(self) -> Span:
        """What it may have been if print rounds."""
        half = 0.5 * self.unit * (1.0 + _SLACK)
        return self.value - half, self.value + half

    @property
    def cut_off(self) -> Span:
        """What it may have been if print cuts digits off."""
        small = self.unit * _SLACK
        if self.text.translate(_MINUS).startswith("-"):
            return self.value - self.unit + small, self.value + small
        return self.value - small, self.value + self.unit - small

    def shortens(self, value: float) -> str:
        """How this figure can be made from the value: `rounded`, `cut off`, or not (empty)."""
        return "rounded" if _within(value, self.rounded) else "cut off" if _within(value, self.cut_off) else ""

    @property
    def shown(self) -> str:
        """As printed, with a true minus sign."""
        return self.text.replace("-", "−")

    @property
    def decimals(self) -> int:
        return max(-round(math.log10(self.unit)), 0)


def meet(one: Span, other: Span) -> Span | None:
    """What two intervals have in common."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def meet_all(spans: list[Span]) -> Span | None:
    """What all intervals have in common."""
    low, high = max(low for low, _ in spans), min(high for _, high in spans)
    return (low, high) if low <= high else None


def absolute(span: Span) -> Span:
    """Sizes of what lies in an interval."""
    low, high = span
    return (0.0, max(-low, high)) if low <= 0.0 <= high else (min(abs(low), abs(high)), max(abs(low), abs(high)))


def told(value: float, decimals: int = 2) -> str:
    """A number in words: a true minus sign, commas for thousands, a word where there is no end."""
    if math.isnan(value):
        return "unknown"
    if math.isinf(value):
        return "any size" if value > 0.0 else "any size below 0"
    text = f"{value:,.{decimals}f}"
    return text.replace("-", "" if float(text.replace(",", "")) == 0.0 else "−")


def spanned(span: Span, decimals: int = 2) -> str:
    """An interval in words: `9.83 to 9.89`."""
    low, high = (told(end, decimals) for end in span)
    if math.isinf(span[1]):
        return f"{low} or more"
    return low if low == high else f"{low} to {high}"


def _within(value: float, span: Span) -> bool:
    return span[0] <= value <= span[1]
