"""The checks of a study as a reviewer reads them: a question, its standing as a word, what was tested, what it means and what to do.

Modelling choice: a check that tells of fewer households than the gate lets through keeps its question, its standing and its advice, and loses its
numbers and the sentence that holds them: a sentence with one number taken out gives it away by the others. Rows that name single areas are for an
internal report alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from evenhand.reports.disclosure import Gate
from evenhand.reports.model_tables import term_words
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.study_report import blocks
from evenhand.studies.results import Diagnostic

STANDINGS: Final = {"sound": "sound", "caution": "caution", "trouble": "trouble", "not_testable": "cannot be tested"}
WITHHELD_WORDS: Final = "What it found is withheld: it tells of fewer households than may be told of."
NAMES_PLACES: Final = "What it found names single areas, and stands in an internal report alone."
_COUNTS: Final = frozenset({"households", "still_out", "still_out_drawn", "missing", "reporters", "others", "found"})
_MOST_ROWS: Final = 12
# A reader wants the course of these also where nothing is wrong; rows of all other sound checks stand in study.json.
_ALWAYS_SHOWN: Final = frozenset({"window", "landmark", "families"})
_RATIO: Final = "ratio [95 % interval]"


def gated(one: Diagnostic, gate: Gate) -> Diagnostic:
    """The check as far as it may be told."""
    if gate.is_internal:
        return one
    if one.is_internal:
        gate.rows(one.rows, is_internal=True, name=f"Check: {one.title}")
        return replace(one, figures={}, meaning=NAMES_PLACES, rows=())
    if any(_is_few(name, value, gate) for name, value in one.figures.items()):
        return replace(one, figures={}, meaning=WITHHELD_WORDS, rows=())
    return replace(one, rows=tuple(_row(row, gate) for row in one.rows))


def checks_html(checks: Iterable[Diagnostic]) -> Iterator[str]:
    """An overview first, then each check; they have passed the gate."""
    found = list(checks)
    rows = tuple((one.title, STANDINGS[one.standing]) for one in found)
    said = ("Figures of all checks stand in study.json; below, rows are shown of those that are not sound.",)
    yield blocks.table(PrintedTable("All checks", ("Question", "Standing"), rows, said), "words")
    for one in found:
        yield _check(one)


def _check(one: Diagnostic) -> str:
    said = [one.tested, one.meaning, one.advice]
    return (
        f'<div class="check"><h3>{blocks.text(one.title)} {blocks.said(STANDINGS[one.standing])}</h3>\n'
        f"{''.join(blocks.paragraph(sentence) for sentence in said if sentence)}</div>\n{_rows(one)}"
    )


def _rows(one: Diagnostic) -> str:
    """The first rows of a check that is not sound; ratios with their intervals in one cell, columns that say nothing left out."""
    if one.standing == "sound" and one.name not in _ALWAYS_SHOWN:
        return ""
    rows = [_together(row) for row in one.rows[:_MOST_ROWS]]
    head = [name for name in dict.fromkeys(name for row in rows for name in row) if any(row.get(name) not in {None, ""} for row in rows)]
    if not rows or not head:
        return ""
    cells = tuple(tuple(_cell(name, row.get(name)) for name in head) for row in rows)
    more = (f"{len(one.rows) - _MOST_ROWS:,} more rows stand in study.json.",) if len(one.rows) > _MOST_ROWS else ()
    return blocks.table(PrintedTable(one.title, tuple(name.replace("_", " ") for name in head), cells, more))


def _together(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if not name.startswith("is_")}
    if {"ratio", "ratio_low", "ratio_high"} <= shown.keys():
        ratio, low, high = (figure(shown.pop(name)) for name in ("ratio", "ratio_low", "ratio_high"))
        shown[_RATIO] = ratio if low == "–" else f"{ratio} [{low}, {high}]"
    return shown


def _cell(name: str, value: object) -> str:
    return ", ".join(term_words(term) for term in str(value).split(", ")) if name in {"term", "terms"} and value else figure(value)


def figure(value: object) -> str:
    """A number as people read it: four digits, a true minus sign; yes or no; a dash where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return "–"
        return f"{value:,.0f}" if value.is_integer() and abs(value) >= 1000 else f"{value:,.4g}".replace("-", "−")
    return "–" if value is None or value == "" else f"{value:,}".replace("-", "−") if isinstance(value, int) else str(value)


def _row(row: Mapping[str, Any], gate: Gate) -> Mapping[str, Any]:
    """A row of too few households keeps its words."""
    if gate.is_internal or not any(_is_few(name, value, gate) for name, value in row.items()):
        return row
    return {name: "withheld" if name in _COUNTS or isinstance(value, float) else value for name, value in row.items()}


def _is_few(name: str, value: object, gate: Gate) -> bool:
    """Does this figure count fewer households than may be told of? That there was nobody is told of no one."""
    is_count = name in _COUNTS and isinstance(value, int | float) and not isinstance(value, bool)
    return is_count and 0 < float(value) < gate.least and float(value).is_integer()  # type: ignore[arg-type]
