"""Entries against what else is printed of them: statistic, p-value, interval.

Modelling choice: only what print shows is asked, and only within rounding. An error below 0 is none; one printed as 0 leaves z open.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from evenhand.studies.table_audit.entries import Entry, ReadTable
from evenhand.studies.table_audit.findings import Finding, Verdict
from evenhand.studies.table_audit.printed import Printed, Span, absolute, meet, spanned

_Z_95: Final = 1.959964
_LARGEST_LOG: Final = 50.0


def check_terms(read: ReadTable) -> list[Finding]:
    """What does not go together, and what is printed beside an entry and does."""
    return [finding for entries in read.entries.values() for entry in entries for finding in _of_entry(entry)]


def _of_entry(entry: Entry) -> Iterator[Finding]:
    error, figures = entry.term.std_error, entry.term.figures
    if error is not None and error.value < 0.0:
        yield _finding(entry, "standard error", error.text, expected="0 or more", verdict="disagrees", words="no standard error is below 0")
        return
    if error is not None and entry.error_span[0] <= 0.0:
        words = f"an error printed as {error.text} may be as near 0 as one likes, so that z has no upper end"
        yield _finding(entry, "standard error", error.text, expected="more digits", verdict="cannot_be_told", words=words)
    if not entry.is_tested:
        return
    if (printed := figures.get("statistic")) is not None:
        yield _compared(entry, "statistic", printed, entry.size, absolute(printed.rounded))
    if (printed := figures.get("p_value")) is not None:
        yield _compared(entry, "p-value", printed, entry.p_span(), printed.rounded)
    for side, name in ((-1.0, "conf_low"), (1.0, "conf_high")):
        if (printed := figures.get(name)) is not None:
            yield _compared(entry, f"95 % interval, {'lower' if side < 0.0 else 'upper'} end", printed, _end(entry, side), printed.rounded)


def _end(entry: Entry, side: float) -> Span:
    """An end of the 95 % interval, on the scale that is printed."""
    halves = [_Z_95 * error for error in entry.error_span]
    ends = [value + side * half for value in entry.span for half in halves]
    if entry.reading != "logs":
        ends = [math.exp(min(end, _LARGEST_LOG)) for end in ends]
    return min(ends), max(ends)


def _compared(entry: Entry, name: str, printed: Printed, possible: Span, shown: Span) -> Finding:
    digits = printed.decimals + 1
    verdict: Verdict = "agrees" if meet(possible, shown) is not None else "disagrees"
    room = spanned(possible, digits)
    return _finding(entry, name, printed.text, expected=room, verdict=verdict, words=f"estimate and error leave {room}")


def _finding(entry: Entry, name: str, printed: str, *, expected: str, verdict: Verdict, words: str) -> Finding:
    term = entry.term
    where = f"model {term.model}, {term.term}, {name}"
    sentence = f"Model {term.model}, {term.term}: {name} is printed as {printed}; {words}."
    return Finding("term", where, printed, expected, "", verdict, sentence, term.model, term.term)
