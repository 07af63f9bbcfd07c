"""Coefficients drawn: for each model, every ratio with its interval, both presets one above the other.

Modelling choice: ratios on a logarithmic axis, so that twice and half lie equally far from 1; the line at 1 is "no difference". Terms are drawn for
one standard deviation of their column where it is no share and no yes or no, because a year of a house and a thousand dollars have no common size;
the label says which. The constant is left out: it is no comparison.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from evenhand.equity.fits import Fit
from evenhand.reports.charts import Chart, lay_out
from evenhand.reports.look import BLUE, GREY, INK_SOFT, VERMILION
from evenhand.reports.model_tables import RATIOS, number, term_words
from evenhand.reports.told_models import EVERYTHING, FEW_CARRY, ToldModels
from evenhand.studies.five_models import Model, StudyFits

_WIDTH: Final = 560
_ROW_POINTS: Final = 46
_LEAST_POINTS: Final = 120
# Beyond this an interval says nothing, and would squeeze all others: its line ends there, its numbers stand beside.
_WIDEST: Final = 50.0


def coefficient_plot(model: Model, main: StudyFits, other: StudyFits, *, told: ToldModels = EVERYTHING, is_synthetic: bool = False) -> Chart | None:
    """A drawing of one model's ratios with 95 % intervals, by both presets; None where none of them may be told."""
    scales = _scales(main.fits[model.number])
    rows = [row for place, study in enumerate((main, other)) for row in _rows(study, model, scales, place, told)]
    if not rows:
        return None
    ratio = RATIOS[model.family].capitalize()
    words = [f"{row['label']}, {row['preset']}: {row['said']}." for row in rows]
    withheld = [term_words(name) for name in model.terms if told.hides(model.number, name)]
    said = [f"{', '.join(withheld)}: {FEW_CARRY}."] if withheld else []
    said += [told.note] if told.note else []
    return lay_out(
        [_view(rows, ratio, [study.preset.name for study in (main, other)])],
        title=f"Model {model.number}. {model.title}",
        subtitle=[f"{ratio} with 95 % interval; 1 is no difference. {_legend(main, other, model)}", *said],
        words=[*words, *said],
        is_synthetic=is_synthetic,
        width=_WIDTH,
    )


def _legend(main: StudyFits, other: StudyFits, model: Model) -> str:
    parts = [f"{study.preset.name}: {study.fits[model.number].errors_by(study.errors[0]).words}" for study in (main, other)]
    return "; ".join(parts) + "."


def _scales(fit: Fit) -> Mapping[str, float]:
    """By term, how much of its column a ratio is drawn for: 1 within 0 and 1, else one standard deviation."""
    sizes = {}
    for place, name in enumerate(fit.names):
        column = fit.design.x[:, place]
        is_share = float(column.min()) >= 0.0 and float(column.max()) <= 1.0
        sizes[name] = 1.0 if is_share else float(np.std(column))
    return sizes


def _rows(study: StudyFits, model: Model, scales: Mapping[str, float], place: int, told: ToldModels) -> list[dict[str, Any]]:
    found = {term.term: term for term in study.fits[model.number].terms(study.errors[0])}
    rows = []
    for name in model.terms:
        if name not in found or told.hides(model.number, name) or not math.isfinite(found[name].std_error):
            continue
        term, size = found[name], scales.get(name, 1.0)
        ratio, low, high = (math.exp(min(max(size * value, -20.0), 20.0)) for value in (term.estimate, term.conf_low, term.conf_high))
        rows.append({
            "label": term_words(name) if size == 1.0 else f"{term_words(name)}, per {number(size, 3 if size < 1 else 1)}",
            "preset": study.preset.name,
            "place": place,
            "ratio": ratio,
            "low": max(low, 1.0 / _WIDEST),
            "high": min(high, _WIDEST),
            "said": f"{number(ratio, 3)} [{number(low, 3)}, {number(high, 3)}]",
        })  # fmt: skip
    return rows


def _view(rows: list[dict[str, Any]], ratio: str, presets: list[str]) -> dict[str, Any]:
    labels = list(dict.fromkeys(row["label"] for row in rows))
    y = {"field": "label", "type": "nominal", "sort": labels, "title": None, "axis": {"labelLimit": 320}}
    apart = {"field": "preset", "type": "nominal", "sort": presets}
    color = {**apart, "scale": {"domain": presets, "range": [BLUE, VERMILION]}, "title": None}
    scale = {"type": "log", "nice": False, "padding": 12}
    x = {"field": "low", "type": "quantitative", "scale": scale, "title": f"{ratio}, logarithmic axis", "axis": {"format": "~g", "tickCount": 8}}
    return {
        "height": max(_LEAST_POINTS, _ROW_POINTS * len(labels)),
        "data": {"values": rows},
        "layer": [
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "color": GREY, "strokeDash": [4, 3]},
                "encoding": {"x": {"datum": 1, "type": "quantitative", "scale": scale}},
            },
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {"y": y, "yOffset": apart, "color": color, "x": x, "x2": {"field": "high"}}},
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {
                    "y": y,
                    "yOffset": apart,
                    "color": color,
                    "shape": {**apart, "scale": {"domain": presets, "range": ["circle", "diamond"]}, "title": None},
                    "x": {**x, "field": "ratio"},
                },
            },
            {
                "mark": {"type": "text", "align": "left", "color": INK_SOFT, "fontSize": 11},
                "encoding": {"y": y, "yOffset": apart, "x": {"value": _WIDTH + 10}, "text": {"field": "said"}},
            },
        ],
    }  # fmt: skip
