"""Fills docs/reference/validation.md: each validating script has a section of its own there, between its two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/validation.md"


def fill(section: str, rows: Sequence[tuple[str, str, str]], page: Path = PAGE) -> None:
    """Put rows (what, bar, measured) between `<!-- SECTION: begin -->` and `<!-- SECTION: end -->`; what stood there goes."""
    begin, end = f"<!-- {section}: begin -->", f"<!-- {section}: end -->"
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    where = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}."
    table = ["| what | bar | measured |", "|---|---|---|", *(f"| {what} | {bar} | {measured} |" for what, bar, measured in rows)]
    page.write_text("\n".join([f"{before}{begin}", where, "", *table, f"{end}{after}"]))
