"""Tables of what was measured, in README.md and in the documents: each stands between two marks, `<!-- NAME: begin -->` and `<!-- NAME: end -->`.

A row is a line `| what | bar | measured |` as a benchmark printed it. Rows of a benchmark that was not run again stay as they are.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

HEAD = "| what | bar | measured |"


def print_row(what: str, bar: str, measured: str, holds: bool) -> bool:
    """Print a row as it is read here, one that misses its bar with the word; returns whether it holds."""
    print(f"| {what} | {bar} | {measured}{'' if holds else ' — FAILS'} |", flush=True)
    return holds


def rows_in(printed: str) -> list[str]:
    """The rows among the lines that a benchmark printed."""
    return [line for line in printed.splitlines() if line.startswith("| ") and line.count("|") == 4]


def has_bar(row: str) -> bool:
    """Whether a row is held against something; the others are told for what they are, in the documents."""
    bar = row.split("|")[2].strip()
    return not bar.startswith(("none", "–"))


def fill(page: Path, name: str, rows: Sequence[str]) -> None:
    """Put rows into a page's table: in the place of those of the same name, else behind all."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.read_text().split(begin)
    stood, after = rest.split(end)
    fresh = {_what(row): row for row in rows}
    kept = {_what(row): row for row in rows_in(stood) if row != HEAD}
    where = f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}."
    page.write_text("\n".join([f"{before}{begin}", where, "", HEAD, "|---|---|---|", *(kept | fresh).values(), f"{end}{after}"]))


def _what(row: str) -> str:
    return row.split("|")[1].strip()
