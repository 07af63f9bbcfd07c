"""What is refused where results become figures.

EvenhandError
└── ReportError
    ├── ChartFormatUnknown   `chart_format_unknown`: a file name that ends in no format that charts are written in
    ├── PublishedTooNear     `published_too_near`: a study that would tell, beside an earlier one, of fewer households than may be told of
    └── PdfNotPossible       `pdf_not_possible`: the system's libraries for setting pages (Pango) are not there
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evenhand.vocabulary.errors import EvenhandError

PDF_LIBRARIES: Final = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
"""The packages of Debian that hold what a PDF needs."""


class ReportError(EvenhandError):
    """Anything that reports refuse."""


class ChartFormatUnknown(ReportError):
    """A file name that ends in no format that charts are written in."""

    def __init__(self, file: Path, formats: Sequence[str]) -> None:
        expected = ", ".join(formats)
        super().__init__("chart_format_unknown", f"A chart is written as {expected}; {file.name} ends in none of them.", file=str(file))


class PdfNotPossible(ReportError):
    """The system's libraries for setting pages are not there."""

    def __init__(self, reason: str) -> None:
        first = reason.splitlines()[0] if reason else "no reason given"
        words = f"A PDF needs the system library Pango (Debian: {', '.join(PDF_LIBRARIES)}), which could not be loaded: {first}."
        super().__init__("pdf_not_possible", words, reason=first)


class CountsContradict(ReportError):
    """Counts for the disclosure gate that cannot all be true: below 0, sums that do not hold, two counts of one thing; every fault at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        shown = "; ".join(faults[:20]) + (f"; and {len(faults) - 20:,} more" if len(faults) > 20 else "")
        super().__init__("counts_contradict", f"Counts that agree were expected, and these came: {shown}. Count them anew.", faults=list(faults))


class PublishedTooNear(ReportError):
    """A study that lies so near to an earlier one that the two together tell of few households."""

    def __init__(self, reasons: Sequence[str]) -> None:
        words = f"Beside the earlier report this one would tell of few households: {'; '.join(reasons)}. Publish one of the two."
        super().__init__("published_too_near", words, reasons=list(reasons))
