"""The audit of a published table as a document: what disagrees first, then the table as it should have been printed, then everything that was asked.

Modelling choice: the document holds no judgement of its own: every sentence is a finding's. Statistics stand with what rounding leaves of them, and
ratios with 95 % intervals from the printed errors, whichever way the table printed its entries.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from evenhand.reports.model_tables import number
from evenhand.reports.printed_tables import PrintedDocument, PrintedTable
from evenhand.studies.table_audit.findings import CheckedTerm, Finding, R2Reading, TableAudit, Verdict, count, listed
from evenhand.studies.table_audit.printed import Span, spanned
from evenhand.studies.table_audit.reading import INTERCEPTS

_VERDICTS: Final[Mapping[Verdict, str]] = {"agrees": "agree", "disagrees": "disagree", "cannot_be_told": "cannot be told"}
# Answers to questions of which measure or which kind, told in words also where nothing is wrong.
ANSWERS: Final = ("star_convention", "pseudo_r2", "std_error", "claim")


def audit_page(audit: TableAudit) -> PrintedDocument:
    """Everything of an audit, as text in tables."""
    tables = [
        _findings_table("What disagrees", audit.by_verdict("disagrees")),
        _findings_table("What cannot be told", audit.by_verdict("cannot_be_told")),
    ]
    models = dict.fromkeys(term.model for term in audit.terms)
    tables += [_terms_table(name, [term for term in audit.terms if term.model == name], audit.convention) for name in models]
    tables += [_r2_table(audit.pseudo_r2), _findings_table("What agrees", audit.by_verdict("agrees"))]
    return PrintedDocument("Audit of a published table", tuple(audit_words(audit)), tuple(table for table in tables if table.rows))


def audit_words(audit: TableAudit) -> list[str]:
    """What was read, and the count of each verdict."""
    files = f"Read: {listed([f'{kind} from {name}' for kind, name in audit.files.items()])}."
    counts = ", ".join(f"{len(audit.by_verdict(verdict)):,} {words}" for verdict, words in _VERDICTS.items())
    rule = "An entry disagrees only where no value within the rounding of the printed figures would do."
    return [files, f"Of {count(len(audit.findings), 'question')}: {counts}.", rule]


def _findings_table(caption: str, findings: Sequence[Finding]) -> PrintedTable:
    rows = tuple((one.where, one.printed or "–", one.expected or "–", one.rounding or "–") for one in findings)
    notes = tuple(one.words for one in findings if one.verdict != "agrees" or one.check in ANSWERS)
    return PrintedTable(caption, ("Where", "Printed", "Must be", "Within rounding"), rows, notes)


def _terms_table(model: str, terms: Sequence[CheckedTerm], custom: str) -> PrintedTable:
    has_ratios = any(not math.isnan(term.ratio) for term in terms)
    head = (
        "Term",
        "Printed",
        "Statistic",
        "Its size within rounding",
        "Stars printed",
        "Stars due",
        *(("Ratio [95 % interval]",) if has_ratios else ()),
    )
    rows = tuple(_term_row(term, has_ratios=has_ratios) for term in terms)
    notes = [f"Stars due by {custom}." if custom else "Which stars are due cannot be told."]
    if has_ratios:
        notes.append("Ratios and intervals are worked out from the printed figures.")
    return PrintedTable(f"Model {model}, worked out", head, rows, tuple(notes))


def _term_row(term: CheckedTerm, *, has_ratios: bool) -> tuple[str, ...]:
    size = (term.statistic_low, term.statistic_high)
    error = f" ({term.std_error})" if term.std_error else ""
    cells = (
        term.term,
        f"{term.estimate}{error}".replace("-", "−"),
        number(term.statistic, 2),
        "–" if math.isnan(size[0]) else spanned(size),
        term.stars,
        term.stars_due,
    )
    if not has_ratios:
        return cells
    if term.term.lower() in INTERCEPTS or math.isnan(term.ratio):
        return (*cells, "–")
    ends = f" [{number(term.ratio_conf_low, 3)}, {number(term.ratio_conf_high, 3)}]" if not math.isnan(term.ratio_conf_low) else ""
    return (*cells, f"{number(term.ratio, 3)}{ends}")


def _r2_table(readings: Sequence[R2Reading]) -> PrintedTable:
    rows = tuple(
        (
            reading.definition,
            listed(reading.models),
            _each(reading.values, 3),
            _each(reading.nulls, 1),
            "none" if reading.common_null is None else spanned(reading.common_null, 1),
            "yes" if reading.fits else "no",
        )
        for reading in readings
    )
    head = ("Measure", "Models", "Would be", "Constant-only log likelihood it implies", "One for all", "Fits")
    return PrintedTable("Which pseudo R² it can be", head, rows)


def _each(spans: Mapping[str, Span], decimals: int) -> str:
    if len(spans) == 1:
        return spanned(next(iter(spans.values())), decimals)
    return "; ".join(f"{model}: {spanned(span, decimals)}" for model, span in spans.items()) or "–"
