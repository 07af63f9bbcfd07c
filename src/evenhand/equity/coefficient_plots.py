"""A figure of a model's terms: points with their intervals, as a Vega-Lite specification that reports lay out.

Modelling choice: the intercept is left out (its scale is another and nobody compares it), ratios are drawn on a logarithmic axis so that halving and
doubling look alike, and the line of no difference is always in the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from evenhand.equity.designs import INTERCEPT

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"


def coefficient_plot(fitted: Fit, *, errors: str | None = None, ratios: bool = False, confidence: float = 0.95) -> dict[str, Any]:
    """The specification, with its data inside; a term without a finite interval is not drawn."""
    rows = []
    for t in fitted.terms(errors, confidence=confidence):
        values = t.ratio if ratios else (t.estimate, t.conf_low, t.conf_high)
        if t.term != INTERCEPT and np.isfinite(values).all():
            rows.append({"term": t.term, "estimate": values[0], "low": values[1], "high": values[2]})
    what = ("Odds ratio" if fitted.family == "logit" else "Incidence-rate ratio") if ratios else "Coefficient (log scale)"
    x = {"type": "quantitative", "scale": {"type": "log"} if ratios else {"zero": False}}
    y = {"field": "term", "type": "nominal", "sort": [row["term"] for row in rows], "title": None}
    title = {"title": f"{what}, {confidence:.0%} interval"}
    return {
        "$schema": _SCHEMA,
        "description": f"{what} of each term for {fitted.outcome}, with {confidence:.0%} intervals. {fitted.errors_by(errors).words}.",
        "data": {"values": rows},
        "height": {"step": 24},
        "layer": [
            {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"x": {"datum": 1.0 if ratios else 0.0, **x, **title}}},
            {"mark": "rule", "encoding": {"x": {"field": "low", **x, **title}, "x2": {"field": "high"}, "y": y}},
            {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": {"x": {"field": "estimate", **x, **title}, "y": y}},
        ],
    }
