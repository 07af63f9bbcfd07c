"""Arithmetic of the text: percentages that are quoted, against the sums of coefficients that they speak of.

Modelling choice: on the scale of logarithms a sum of terms b is a change of 100 (e^b − 1) per cent. A percentage is right where the printed
coefficients give it, rounded or cut off; where they do not, but coefficients within rounding would, it cannot be told; else it is wrong, and the
usual slips are tried (100 b, the reverse comparison, a term left out). The error of a sum needs covariances that are not printed: it lies between
what perfect correlations of either sign would give, and where the sum is clear of zero even by the larger, that is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from evenhand.studies.table_audit.entries import Entry, ReadTable
from evenhand.studies.table_audit.findings import Finding, Verdict
from evenhand.studies.table_audit.printed import Span, absolute, meet, spanned, told
from evenhand.studies.table_audit.reading import PublishedTable, TableClaim, canonical

_LARGEST_SUM: Final = 50.0
_Z_95: Final = 1.959964


Parts = Sequence[tuple[Entry, float]]


def check_claims(table: PublishedTable, read: ReadTable) -> list[Finding]:
    """One finding a claim."""
    return [_of_claim(claim, read.entries[claim.model]) for claim in table.claims if claim.model in read.entries]


def _of_claim(claim: TableClaim, entries: Sequence[Entry]) -> Finding:
    by_name = {canonical(entry.term.term): entry for entry in entries}
    parts = [(by_name[canonical(name)], weight) for name, weight in claim.weights]
    value, span = _sum(parts)
    exact, percents = _percent(value), (_percent(span[0]), _percent(span[1]))
    decimals = claim.percent.decimals + 1
    how = claim.percent.shortens(exact)
    is_possible = meet(percents, claim.percent.rounded) is not None
    verdict: Verdict = "agrees" if how else "cannot_be_told" if is_possible else "disagrees"
    words = [
        f"Model {claim.model}, {claim.text or claim.expression}: {_added(claim, parts, value)}, and 100 (e^b − 1) is {told(exact, decimals)} %.",
        f"Rounding of the coefficients leaves {spanned(percents, decimals)} %; printed is {told(claim.percent.value, claim.percent.decimals)} %.",
    ]
    if how == "cut off":
        words.append("The printed figure was cut off, not rounded.")
    if verdict == "disagrees":
        slips = [name for name, other in _slips(parts) if claim.percent.shortens(other)]
        words.append(f"It is {' or '.join(slips)}." if slips else "No usual slip gives the printed figure.")
    words.append(_clear_of_zero(parts, span))
    return Finding(
        check="claim",
        where=f"model {claim.model}, {claim.expression}",
        printed=f"{claim.percent.text} %",
        expected=f"{told(exact, decimals)} %",
        rounding=f"{spanned(percents, decimals)} %",
        verdict=verdict,
        words=" ".join(word for word in words if word),
        model=claim.model,
        figures={"percent": exact, "percent_low": percents[0], "percent_high": percents[1], "log": value},
    )


def _sum(parts: Parts) -> tuple[float, Span]:
    """The sum on the scale of logarithms, and what rounding of its parts leaves."""
    ends = [sorted((weight * entry.span[0], weight * entry.span[1])) for entry, weight in parts]
    return sum(weight * entry.value for entry, weight in parts), (sum(low for low, _ in ends), sum(high for _, high in ends))


def _percent(log_ratio: float) -> float:
    return 100.0 * math.expm1(min(log_ratio, _LARGEST_SUM))


def _added(claim: TableClaim, parts: Parts, value: float) -> str:
    return f"b = {claim.expression} = {told(value, max(entry.term.estimate.decimals for entry, _ in parts))}"


def _slips(parts: Parts) -> Iterator[tuple[str, float]]:
    value, _ = _sum(parts)
    yield "100 times the coefficient itself, without the exponential", 100.0 * value
    yield "the reverse comparison", _percent(-value)
    yield "the ratio and not the change", 100.0 * math.exp(min(value, _LARGEST_SUM))
    yield "the coefficient read as a ratio", 100.0 * (value - 1.0)
    if len(parts) > 1:
        for place, (entry, _) in enumerate(parts):
            yield f"what comes without {entry.term.term}", _percent(_sum([part for k, part in enumerate(parts) if k != place])[0])


def _clear_of_zero(parts: Parts, span: Span) -> str:
    """What errors alone say of a sum, whatever the covariances are and the rounding was."""
    if len(parts) < 2 or not all(entry.is_tested for entry, _ in parts):
        return ""
    errors = [(abs(weight) * entry.error_span[0], abs(weight) * entry.error_span[1]) for entry, weight in parts]
    most = sum(high for _, high in errors)
    least = max((low - (most - high) for low, high in errors), default=0.0)
    nearest, farthest = absolute(span)
    said = f"Its error needs covariances that are not printed; it is {spanned((max(least, 0.0), most), 3)}"
    if nearest > _Z_95 * most:
        return f"{said}: clear of zero at 5 % whatever they are."
    if least > 0.0 and farthest <= _Z_95 * least:
        return f"{said}: not clear of zero at 5 % whatever they are."
    return f"{said}: whether the sum is clear of zero cannot be told from the table."
