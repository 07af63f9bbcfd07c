"""Rows of a table in text: separators told by the header, column names compared by their letters, broken rows reported in their place."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

from evenhand.web.connectors.published_exports.source import Part, Progress

DELIMITERS: Final = ",;\t|"


def column_key(name: str) -> str:
    """What two spellings of one column name have in common: `Request.Type`, `REQUEST TYPE` and `request_type` are one."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def header_of(part: Part) -> list[str] | None:
    """The column names, or None where the first row is not CSV."""
    _, row = next(numbered_rows(part, None), (1, None))
    return [name.strip() for name in row] if isinstance(row, list) else None


def numbered_rows(part: Part, progress: Progress | None) -> Iterator[tuple[int, list[str] | str]]:
    """Each row that is not blank, the header too, with the line that it starts on; in place of a row that is not CSV, the reason."""
    reader = csv.reader(part.lines(progress), delimiter=_delimiter(part))
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, str(error)
        else:
            if row:
                yield line, row


def _delimiter(part: Part) -> str:
    first = part.head.split(b"\n", 1)[0].decode("utf-8", "replace")
    return max(DELIMITERS, key=first.count)
