"""Ratios or their logarithms? What a table says its entries are, against what they can be.

Modelling choice: no ratio of odds or rates is negative, so one negative entry settles it. Where none is, stars and the percentages of the text are
asked: a claim of an effect is 100 (r − 1) of a ratio and 100 (e^b − 1) of a logarithm. A reading is excluded where it leaves something that no value
within rounding makes right (one star alone may be a slip), and the other leaves nothing such.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from evenhand.studies.table_audit.entries import LEAST_MISFITS, RATIO_FAMILIES, ReadTable, is_said_ratio
from evenhand.studies.table_audit.findings import Finding, Verdict, count
from evenhand.studies.table_audit.printed import meet, spanned, told
from evenhand.studies.table_audit.reading import PublishedTable, TableClaim, TableModel, TableTerm, canonical

_LARGEST_LOG: Final = 50.0


def check_scale(table: PublishedTable, read: ReadTable) -> list[Finding]:
    """One finding a model of a family whose coefficients are logarithms of ratios."""
    return [_of_model(model, table, read) for model in table.models if model.family in RATIO_FAMILIES and table.terms_of(model.name)]


def _of_model(model: TableModel, table: PublishedTable, read: ReadTable) -> Finding:
    terms = table.terms_of(model.name)
    claims = [claim for claim in table.claims if claim.model == model.name]
    negative = [term for term in terms if term.estimate.rounded[1] < 0.0]
    as_ratios = min((wrong for (name, reading), wrong in read.misfits.items() if name == model.name and reading != "logs"), default=0)
    as_logs = read.misfits.get((model.name, "logs"), 0)
    claims_ratios, claims_logs = (_wrong_claims(terms, claims, as_ratios=is_ratio) for is_ratio in (True, False))
    against_ratios, against_logs = as_ratios + claims_ratios, as_logs + claims_logs
    no_ratios = bool(negative) or (not against_logs and (claims_ratios > 0 or as_ratios >= LEAST_MISFITS))
    no_logs = not against_ratios and (claims_logs > 0 or as_logs >= LEAST_MISFITS)
    is_ratio = False if no_ratios else True if no_logs else None
    said = is_said_ratio(model)
    verdict: Verdict = "cannot_be_told" if is_ratio is None or said is None else "agrees" if is_ratio == said else "disagrees"
    ratio = RATIO_FAMILIES[model.family]
    expected = f"{ratio}s or their logarithms" if is_ratio is None else f"{ratio}s" if is_ratio else f"logarithms of {ratio}s"
    words = [f"Model {model.name} is said to hold {model.reported_as}." if model.reported_as else f"What model {model.name} holds is not said."]
    if negative:
        words.append(f"{len(negative)} of {count(len(terms), 'entry', 'entries')} lie below 0, as {negative[0].estimate.shown}, and no ratio does.")
    for name, wrong in (("ratios", against_ratios), ("logarithms", against_logs)):
        if wrong:
            words.append(f"Read as {name}, {count(wrong, 'star or quoted percentage', 'stars or quoted percentages')} cannot be right.")
    words.append(f"Whether they are {expected} cannot be told." if is_ratio is None else f"The entries must be {expected}.")
    if is_ratio is False:
        words.append(_example(terms, ratio))
    figures = {"negative": float(len(negative)), "misfits_as_ratios": float(against_ratios), "misfits_as_logs": float(against_logs)}
    return Finding("scale", f"model {model.name}", model.reported_as, expected, "", verdict, " ".join(words), model.name, figures=figures)


def _wrong_claims(terms: Sequence[TableTerm], claims: Sequence[TableClaim], *, as_ratios: bool) -> int:
    """Percentages about a single term that its entry cannot give, if it is read so."""
    by_name = {canonical(term.term): term for term in terms}
    wrong = 0
    for claim in claims:
        if len(claim.weights) != 1 or claim.weights[0][1] != 1.0:
            continue
        low, high = by_name[canonical(claim.weights[0][0])].estimate.rounded
        span = (100.0 * (low - 1.0), 100.0 * (high - 1.0)) if as_ratios else (_percent(low), _percent(high))
        wrong += meet(span, claim.percent.rounded) is None and meet(span, claim.percent.cut_off) is None
    return wrong


def _percent(log_ratio: float) -> float:
    return 100.0 * math.expm1(min(log_ratio, _LARGEST_LOG))


def _example(terms: Sequence[TableTerm], ratio: str) -> str:
    first = next((term for term in terms if not term.is_intercept), terms[0])
    low, high = (math.exp(min(end, _LARGEST_LOG)) for end in first.estimate.rounded)
    value = math.exp(min(first.estimate.value, _LARGEST_LOG))
    return f"The {ratio} of {first.term} is e^{first.estimate.shown} = {told(value)} ({spanned((low, high), 3)} within rounding)."
