"""Log likelihoods against each other and against errors: order of nested models, and what kind of standard errors a table has.

Modelling choice: a model with more terms is never less likely, and a log likelihood of counts or of 0/1 is never above 0. Where one term was added,
twice the gain is about the square of its z *if* its error is the likelihood's own: of households taken as independent. Errors that are clearly larger
are robust or clustered ones (or the two tests differ here), so a table that does not say which it has may be asked.

References: Wilks (1938), Annals of Mathematical Statistics 9:60–62.
"""

from __future__ import annotations

import math
from itertools import permutations
from typing import Final

from scipy.special import chdtrc

from evenhand.studies.table_audit.entries import Entry, ReadTable
from evenhand.studies.table_audit.findings import Finding, Verdict
from evenhand.studies.table_audit.nulls import null_span
from evenhand.studies.table_audit.printed import Printed, Span, absolute, meet, spanned, told
from evenhand.studies.table_audit.reading import PublishedTable, TableModel, canonical

_DISCRETE: Final = ("logit", "probit", "poisson", "negative_binomial")
# Wald's and the likelihood's test agree in the limit only.
_NEAR: Final = 0.1


def check_likelihoods(table: PublishedTable, read: ReadTable) -> list[Finding]:
    """Signs, criteria, nested models."""
    found = [
        finding
        for model in table.models
        for finding in (_sign(model), _below_null(model), *_criteria(model, len(table.terms_of(model.name))))
        if finding is not None
    ]
    for small, large in permutations(table.models, 2):
        if (small.outcome, small.family, small.n) == (large.outcome, large.family, large.n) and small.n:
            added = _added(table, small, large)
            if added and {"loglik"} <= small.figures.keys() & large.figures.keys():
                found += _of_nested(small, large, added, read)
    return found


def _sign(model: TableModel) -> Finding | None:
    loglik = model.figures.get("loglik")
    if loglik is None or model.family not in _DISCRETE or loglik.rounded[0] <= 0.0:
        return None
    words = f"Model {model.name} has a log likelihood of {loglik.text}: that of a discrete outcome is never above 0. Was its sign lost?"
    return Finding("log_likelihood", f"model {model.name}", loglik.text, "at most 0", "", "disagrees", words, model.name)


def _below_null(model: TableModel) -> Finding | None:
    """A model that is less likely than its constant alone."""
    loglik, null = model.figures.get("loglik"), null_span(model)
    if loglik is None or null is None or loglik.rounded[1] >= null[0]:
        return None
    expected = f"at least {told(null[0], 1)}"
    words = f"Model {model.name} has a log likelihood of {loglik.shown}, and its constant alone has {spanned(null, 1)}: no model is less likely."
    return Finding("log_likelihood", f"model {model.name}", loglik.text, expected, spanned(null, 1), "disagrees", words, model.name)


def _criteria(model: TableModel, n_terms: int) -> list[Finding]:
    """AIC and BIC, from the log likelihood and the number of parameters."""
    loglik, found = model.figures.get("loglik"), []
    if loglik is None or not n_terms:
        return []
    parameters = n_terms + (model.family in {"negative_binomial", "linear"})
    factors = {"aic": 2.0, "bic": math.log(model.n) if model.n else math.nan}
    for name, factor in factors.items():
        printed = model.figures.get(name)
        if printed is None or math.isnan(factor):
            continue
        span = (factor * parameters - 2.0 * loglik.rounded[1], factor * parameters - 2.0 * loglik.rounded[0])
        verdict: Verdict = "agrees" if meet(span, printed.rounded) else "disagrees"
        words = f"Model {model.name}: {parameters} parameters and a log likelihood of {loglik.shown} give {name.upper()} {spanned(span, 1)}"
        where = f"model {model.name}, {name.upper()}"
        said = f"{words}; printed is {printed.shown}."
        found.append(Finding("log_likelihood", where, printed.text, spanned(span, 1), "", verdict, said, model.name))
    return found


def _added(table: PublishedTable, small: TableModel, large: TableModel) -> list[str]:
    """The terms by which the larger model is larger; none where the smaller is no part of it."""
    fewer = {canonical(term.term) for term in table.terms_of(small.name)}
    more = {canonical(term.term): term.term for term in table.terms_of(large.name)}
    return [name for key, name in more.items() if key not in fewer] if fewer and fewer < more.keys() else []


def _of_nested(small: TableModel, large: TableModel, added: list[str], read: ReadTable) -> list[Finding]:
    gain = _gain(small.figures["loglik"], large.figures["loglik"])
    where = f"models {small.name} and {large.name}"
    printed = f"{small.figures['loglik'].text}, {large.figures['loglik'].text}"
    df = len(added)
    verdict: Verdict = "disagrees" if gain[1] < 0.0 else "agrees"
    words = f"Model {small.name} is model {large.name} without {', '.join(added)}. Twice the gain in log likelihood is {spanned(gain, 1)}"
    if gain[1] < 0.0:
        words += ": a model with more terms is never less likely."
    else:
        middle = max(0.5 * (gain[0] + gain[1]), 0.0)
        words += f", p = {told(float(chdtrc(df, middle)), 3)} with {df} degree{'s' if df > 1 else ''} of freedom."
    figures = {"gain_least": gain[0], "gain_most": gain[1], "df": float(df)}
    found = [Finding("nested", where, printed, "no less likely with more terms", spanned(gain, 1), verdict, words, large.name, figures=figures)]
    entry = next((entry for entry in read.entries.get(large.name, ()) if df == 1 and entry.term.term == added[0] and entry.is_tested), None)
    return [*found, _kind_of_error(entry, gain, small.name)] if entry is not None and gain[1] > 0.0 else found


def _gain(small: Printed, large: Printed) -> Span:
    return 2.0 * (large.rounded[0] - small.rounded[1]), 2.0 * (large.rounded[1] - small.rounded[0])


def _kind_of_error(entry: Entry, gain: Span, smaller: str) -> Finding:
    """The error that the gain implies, against the printed one."""
    low, high = absolute(entry.span)
    implied = (low / math.sqrt(gain[1]), high / math.sqrt(gain[0]) if gain[0] > 0.0 else math.inf)
    wide = (implied[0] * (1.0 - _NEAR), implied[1] * (1.0 + _NEAR))
    term = entry.term
    assert term.std_error is not None
    where = f"model {term.model}, {term.term}"
    head = f"Model {term.model}, {term.term}: the gain over model {smaller} goes with an error of {spanned(implied, term.std_error.decimals + 1)}"
    if math.isinf(implied[1]):
        verdict: Verdict = "cannot_be_told"
        said = "too little to tell which kind of error was printed"
    elif meet(entry.error_span, wide) is not None:
        verdict = "agrees"
        said = f"printed is {term.std_error.text}: the likelihood's own error, which takes households as independent"
    else:
        verdict = "cannot_be_told"
        side = "larger: robust or clustered" if entry.error_span[0] > wide[1] else "smaller: not the likelihood's own"
        said = f"printed is {term.std_error.text}, which is {side}, or the two tests differ here"
    figures = {"implied_least": implied[0], "implied_most": implied[1]}
    rounding = spanned(implied, term.std_error.decimals + 1)
    expected = "the likelihood's own error"
    return Finding("std_error", where, term.std_error.text, expected, rounding, verdict, f"{head}; {said}.", term.model, term.term, figures)
