"""The checks of a study as a reviewer reads them: a question, its standing as a word, what was tested, what it means and what to do.

Modelling choice: a check that tells of fewer households than the gate lets through keeps its question, its standing and its advice, and loses its
numbers and the sentence that holds them: a sentence with one number taken out gives it away by the others. Rows that name single areas are for an
internal report alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from evenhand.equity.designs import INTERCEPT
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_cells import WITHHELD
from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.reports.model_tables import term_words
from evenhand.reports.printed_tables import PrintedTable
from evenhand.reports.study_report import blocks
from evenhand.reports.study_report.row_counts import NEVER_OUT, POPULATION, rows_key
from evenhand.studies.results import Diagnostic

if TYPE_CHECKING:
    from evenhand.reports.study_report.counts import StudyCounts

STANDINGS: Final = {"sound": "sound", "caution": "caution", "trouble": "trouble", "not_testable": "cannot be tested"}
WITHHELD_WORDS: Final = "What it found is withheld: it tells of fewer households than may be told of."
NAMES_PLACES: Final = "What it found names single areas, and stands in an internal report alone."
FEW_CARRY_WORDS: Final = "What it found is withheld: it rests on terms that fewer households carry than may be told of."
_UNSAID: Final = frozenset({"still_out_drawn"})
_COUNTS: Final = frozenset({"households", "still_out", "still_out_drawn", "missing", "reporters", "others", "found"})
_MOST_ROWS: Final = 12
# A reader wants the course of these also where nothing is wrong; rows of all other sound checks stand in study.json.
_ALWAYS_SHOWN: Final = frozenset({"window", "landmark", "families"})
_RATIO: Final = "ratio [95 % interval]"


def gated(one: Diagnostic, gate: Gate, counts: StudyCounts | None = None, hypotheses: Collection[str] = ()) -> Diagnostic:
    """The check as far as it may be told, beside the study's `counts` and the `hypotheses` whose figures are withheld."""
    if gate.is_internal:
        return one
    if one.is_internal:
        gate.rows(one.rows, is_internal=True, name=f"Check: {one.title}")
        return replace(one, figures={}, meaning=NAMES_PLACES, rows=())
    if counts and (
        any(_is_hidden(row, counts, hypotheses) for row in one.rows) or any(_names_hidden(name, counts, hypotheses) for name in one.figures)
    ):
        return replace(one, figures={}, meaning=FEW_CARRY_WORDS, rows=())
    withheld = counts.withheld if counts else frozenset()
    figures = {name: value for name, value in one.figures.items() if name not in _UNSAID or value >= gate.least}
    if any(_is_few(name, value, gate, withheld) for name, value in figures.items()):
        return replace(one, figures={}, meaning=WITHHELD_WORDS, rows=())
    return _binned(replace(one, figures=figures, rows=tuple(_row(row, gate, withheld) for row in one.rows)), one.rows, gate)


def _is_hidden(row: Mapping[str, Any], counts: StudyCounts, hypotheses: Collection[str]) -> bool:
    """Does a row hold figures of a hypothesis, of a term or of a model that is withheld? Words alone hold none, but the name of a separated term."""
    terms = str(row.get("term") or row.get("terms") or INTERCEPT).split(", ")
    of_models = "model" in row and any(counts.models.hides(str(row["model"]), term) for term in terms)
    has_figures = any(isinstance(value, float) and math.isfinite(value) for value in row.values())
    return of_models or (row.get("hypothesis") in hypotheses and has_figures)


def _names_hidden(name: str, counts: StudyCounts, hypotheses: Collection[str]) -> bool:
    """Is this a figure of a withheld hypothesis ("H2b E-value") or model ("model 1 Moran's I")?"""
    return any(name.startswith(f"{one} ") for one in hypotheses) or any(
        name.startswith(f"model {one} ") and counts.models.hides(one) for one in counts.models.hidden
    )


def _binned(one: Diagnostic, rows: Sequence[Mapping[str, Any]], gate: Gate) -> Diagnostic:
    """Rows that divide all households among them pass as the parts of a whole; of the first bin of hours, those never out are known by themselves."""
    sizes = [row.get("households") for row in rows]
    whole = one.figures.get("households")
    if whole is None or not sizes or not all(isinstance(size, int) for size in sizes) or sum(sizes) != whole:  # type: ignore[arg-type]
        return one
    keys: list[Key] = [(one.name, place) for place in range(len(rows))]
    linked: dict[Key, int] = {rows_key(int(whole)): int(whole), **dict(zip(keys, sizes, strict=True))}  # type: ignore[arg-type]
    sums = [Sum(rows_key(int(whole)), tuple(keys))]
    never_out = gate.count_of(NEVER_OUT, population=POPULATION)
    if rows[0].get("from_hours") == 0.0 and never_out:
        linked[one.name, "out"] = linked[keys[0]] - never_out
        linked[NEVER_OUT] = never_out
        sums.append(Sum(keys[0], (NEVER_OUT, (one.name, "out"))))
    cells = gate.linked(linked, sums, name=f"Check: {one.title}", population=POPULATION)
    gone = [cells[key].is_withheld for key in keys]
    told = tuple(_without_figures(row) if is_gone else row for row, is_gone in zip(one.rows, gone, strict=True))
    if any(is_gone and row.get("from_hours") == one.figures.get("worst_from_hours", math.nan) for row, is_gone in zip(rows, gone, strict=True)):
        return replace(one, figures={}, meaning=WITHHELD_WORDS, rows=told)
    return replace(one, rows=told)


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


def _row(row: Mapping[str, Any], gate: Gate, withheld: Collection[int]) -> Mapping[str, Any]:
    """A row of too few households keeps its words."""
    return _without_figures(row) if any(_is_few(name, value, gate, withheld) for name, value in row.items()) else row


def _without_figures(row: Mapping[str, Any]) -> Mapping[str, Any]:
    own = {"from_hours", "to_hours"}
    return {name: WITHHELD if name not in own and (name in _COUNTS or isinstance(value, float)) else value for name, value in row.items()}


def _is_few(name: str, value: object, gate: Gate, withheld: Collection[int]) -> bool:
    """Does this figure count fewer households than may be told of, none included, or so many as are withheld elsewhere?

    That no row misses a value is said: it is about the table, and tells of nobody.
    """
    if not (name in _COUNTS or "about" in name) or not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return False
    if name == "missing" and value == 0:
        return False
    return float(value).is_integer() and (value < gate.least or value in withheld)
