"""The fitted models as one JSON document, a contract: names and meaning never change, and the same fits give the same bytes.

Modelling choice: numbers are written with all their digits, so that a reader can check them; what is not a number (an interval without end, no
degrees of freedom because the normal distribution serves) is null. Rows left out count under the panel's columns, not under products of them.
"""

from __future__ import annotations

import json
import math
from typing import Any

from evenhand.equity.conventions import CLUSTERED
from evenhand.equity.fits import Fit, Term
from evenhand.equity.panel_reading import Panel
from evenhand.studies.five_models import CLUSTER, StudyFits


def models_document(study: StudyFits, panel: Panel) -> dict[str, Any]:
    """`{"models": {"1": …, … "5": …}}`, plain numbers, text, lists and null; `clusters` counts the block groups of the rows used."""
    return {"models": {number: _model(fit, study.errors, _n_clusters(fit, panel)) for number, fit in study.fits.items()}}


def as_text(document: dict[str, Any]) -> str:
    """The document's bytes: indented, in the order of the contract, with a newline at the end."""
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _n_clusters(fit: Fit, panel: Panel) -> int | None:
    if CLUSTER in fit.design.clusters:
        return fit.design.clusters[CLUSTER].n
    return len(set(panel.ids[CLUSTER][fit.design.rows])) if CLUSTER in panel.ids else None


def _model(fit: Fit, conventions: tuple[str, ...], n_clusters: int | None) -> dict[str, Any]:
    r2 = fit.pseudo_r2
    return {
        "family": fit.family,
        "outcome": fit.outcome,
        "n": fit.n,
        "clusters": n_clusters,
        "loglik": _number(fit.loglik),
        "loglik_null": _number(fit.loglik_null),
        "aic": _number(fit.aic),
        "bic": _number(fit.bic),
        "pseudo_r2": {"mcfadden": _number(r2.mcfadden), "cox_snell": _number(r2.cox_snell), "nagelkerke": _number(r2.nagelkerke)},
        "alpha": _number(fit.alpha),
        "theta": _number(fit.theta),
        "converged": fit.converged,
        "gradient_norm": _number(fit.gradient_norm),
        "dropped": [{"column": d.column, "reason": d.reason, "rows": d.rows} for d in fit.design.dropped if ":" not in d.column],
        "warnings": [{"code": w.code, "text": w.text, "terms": list(w.terms)} for w in fit.warnings],
        "errors": {name: {"terms": [_term(term, name) for term in fit.terms(name)]} for name in conventions},
    }


def _term(term: Term, convention: str) -> dict[str, Any]:
    ratio, low, high = term.ratio
    df = term.df if convention in CLUSTERED and math.isfinite(term.df) else None
    return {
        "term": term.term,
        "estimate": _number(term.estimate),
        "std_error": _number(term.std_error),
        "statistic": _number(term.statistic),
        "df": _number(df),
        "p_value": _number(term.p_value),
        "conf_low": _number(term.conf_low),
        "conf_high": _number(term.conf_high),
        "ratio": _number(ratio),
        "ratio_low": _number(low),
        "ratio_high": _number(high),
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
