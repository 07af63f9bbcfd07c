"""Stars against the statistics beside them.

Modelling choice: a statistic is the estimate over its error, known only as far as rounding leaves it: an error printed as 0.001 may be 0.0005 or
0.0015, and z three times as large or less. So a mark is wrong only where no value within rounding deserves it. Where the figures as they stand
deserve another mark and some value within rounding deserves the printed one, it cannot be told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from evenhand.studies.table_audit.entries import RATIO_FAMILIES, Entry, ReadTable, StarCustom
from evenhand.studies.table_audit.findings import CheckedTerm, Finding, Verdict, count, listed
from evenhand.studies.table_audit.printed import spanned, told
from evenhand.studies.table_audit.reading import PublishedTable, TableModel

Z_95: Final = 1.959964
_LARGEST_LOG: Final = 50.0


def check_stars(read: ReadTable) -> list[Finding]:
    """The custom, then every entry that has both a statistic and a place for stars."""
    if not read.customs:
        why = "no entry carries a star, or none that is known" if read.starred else "no entry has both stars and a standard error"
        return [Finding("star_convention", "the table", "no stars", "", "", "cannot_be_told", f"Which stars are due cannot be told: {why}.")]
    return [_of_custom(read.customs, read.starred), *(_of_entry(entry, read.customs[0]) for entry in read.starred)]


def _of_custom(customs: Sequence[StarCustom], entries: Sequence[Entry]) -> Finding:
    fitting = sum(customs[0].allows(entry) for entry in entries)
    used = sorted({entry.term.stars for entry in entries if entry.term.stars}, key=lambda mark: (len(mark), mark))
    words = f"Stars read as {customs[0].words}: of {count(len(entries), 'entry', 'entries')} {fitting:,} fit."
    if len(customs) > 1:
        words += f" Alike: {listed([custom.words for custom in customs[1:]])}."
    figures = {"entries": float(len(entries)), "fitting": float(fitting)}
    verdict: Verdict = "agrees" if len(customs) == 1 else "cannot_be_told"
    return Finding("star_convention", "the table", " ".join(used), customs[0].words, "", verdict, words, figures=figures)


def _of_entry(entry: Entry, custom: StarCustom) -> Finding:
    term, error = entry.term, entry.term.std_error
    assert error is not None
    printed, possible = term.stars or "", custom.possible(entry)
    verdict: Verdict = "agrees" if printed == custom.mark(entry) else "cannot_be_told" if printed in possible else "disagrees"
    letter = "t" if math.isfinite(entry.df) else "z"
    rounding = f"|{letter}| {spanned(entry.size)}"
    deserved = " or ".join(_mark(mark) for mark in possible)
    kind = "" if entry.reading == "logs" else ", a ratio,"
    figured = f"{term.estimate.shown} ({error.shown}){kind} is {letter} = {told(entry.statistic)}, and {rounding} within rounding"
    words = f"Model {term.model}, {term.term}: {figured}. That deserves {deserved}; printed is {_mark(printed)}."
    figures = {"statistic": entry.statistic, "least": entry.size[0], "most": entry.size[1], "p_value": entry.p_value(custom.sides)}
    where = f"model {term.model}, {term.term}"
    return Finding("stars", where, _mark(printed), deserved, rounding, verdict, words, term.model, term.term, figures)


def _mark(mark: str) -> str:
    return mark or "no star"


def checked_terms(table: PublishedTable, read: ReadTable) -> tuple[CheckedTerm, ...]:
    """Every entry worked out, in the order of the table."""
    entries = {(entry.term.model, entry.term.term): entry for found in read.entries.values() for entry in found}
    custom = read.customs[0] if read.customs else None
    return tuple(_checked(entries[term.model, term.term], table.model(term.model), custom) for term in table.terms)


def _checked(entry: Entry, model: TableModel | None, custom: StarCustom | None) -> CheckedTerm:
    term, nan = entry.term, math.nan
    has_ratio = entry.reading != "logs" or (model is not None and model.family in RATIO_FAMILIES)
    ends = [entry.value + side * Z_95 * entry.error for side in (0.0, -1.0, 1.0)] if has_ratio else [nan, nan, nan]
    ratios = [math.exp(min(end, _LARGEST_LOG)) if not math.isnan(end) else nan for end in ends]
    return CheckedTerm(
        model=term.model,
        term=term.term,
        estimate=term.estimate.text,
        std_error=term.std_error.text if term.std_error is not None else "",
        stars=term.stars or "",
        statistic=entry.statistic,
        statistic_low=entry.size[0],
        statistic_high=entry.size[1],
        p_value=entry.p_value() if entry.is_tested else nan,
        stars_due=custom.mark(entry) if custom and entry.is_tested else "",
        ratio=ratios[0],
        ratio_conf_low=ratios[1],
        ratio_conf_high=ratios[2],
    )
