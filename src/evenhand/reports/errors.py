"""What is refused where results become figures.

EvenhandError
└── ReportError
    └── ChartFormatUnknown   `chart_format_unknown`: a file name that ends in no format that charts are written in
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evenhand.vocabulary.errors import EvenhandError


class ReportError(EvenhandError):
    """Anything that reports refuse."""


class ChartFormatUnknown(ReportError):
    """A file name that ends in no format that charts are written in."""

    def __init__(self, file: Path, formats: Sequence[str]) -> None:
        expected = ", ".join(formats)
        super().__init__("chart_format_unknown", f"A chart is written as {expected}; {file.name} ends in none of them.", file=str(file))
