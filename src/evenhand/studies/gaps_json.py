"""City-wide gaps, verdicts and other models as one JSON document beside `models.json`.

`holm` holds the hypotheses' contrasts, a pair of opposite claims as one: `p_value` of each by itself, `holm` and `benjamini_hochberg` adjusted for
having asked all of them. A verdict is about one question, and to be read beside these.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from evenhand.equity.panel_reading import Panel
from evenhand.equity.verdicts import Verdict
from evenhand.studies.hypotheses import AskedAtOnce, NamedGap
from evenhand.studies.other_models import OtherModel


def gaps_document(
    gaps: Sequence[NamedGap],
    verdicts: Sequence[Verdict],
    asked: Sequence[AskedAtOnce],
    others: Sequence[OtherModel],
    *,
    panel: Panel,
    notes: Sequence[str],
) -> dict[str, Any]:
    """`{"gaps", "verdicts", "holm", "other_models", "warnings", "notes"}`, each a list, and `"synthetic"`; what is not a number is null."""
    return {
        "gaps": [{"name": one.name, "words": one.words, "why_not": one.why or None, **(_plain(asdict(one.gap)) if one.gap else {})} for one in gaps],
        "verdicts": [_plain(asdict(one)) for one in verdicts],
        "holm": [_plain(asdict(one)) for one in asked],
        "other_models": [_other(one) for one in others],
        "warnings": [{"code": one.code, "text": one.text, "terms": list(one.terms)} for one in panel.warnings],
        "notes": list(notes),
        "synthetic": panel.is_synthetic,
    }


def _other(one: OtherModel) -> dict[str, Any]:
    terms = [{"term": term, **_plain(dict(zip(("ratio", "ratio_low", "ratio_high"), found, strict=True)))} for term, found in one.ratios.items()]
    facts: dict[str, Any] = {"name": one.name, "ratio_name": one.ratio_name, "errors": one.errors or None}
    facts |= {"n": one.n, "n_still_out": one.n_still_out}
    facts |= {"left_out": one.left_out or None, "why_not": one.why or None, "converged": one.converged, "warnings": list(one.warnings)}
    return {**facts, "terms": terms, "hours": [_plain(asdict(hours)) for hours in one.hours]}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}
