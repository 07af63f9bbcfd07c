"""How households are made up: the distribution of shares of members, as bins that may be published.

Modelling choice: shares of members are 0 or 1 for most households and spread thinly between, so the bins are wide, the bars carry their per cent in
figures, and a thin bin is joined with its neighbour until it holds 11 households. A bar's height is the share of all households in its bin, however
wide the bin is: the axis says so. One edge lies at one half, where the study divides its groups.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from evenhand.reports.charts import Chart, lay_out
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_cells import Bin, GatedBins
from evenhand.reports.look import BLUE, INK, PAPER
from evenhand.studies.group_facts import HALF
from evenhand.studies.results import BuiltPanel

SHARES: Final[Mapping[str, str]] = {
    "minority_share": "of a minority",
    "elderly_share": "aged 60 or more",
    "college_age_share": "aged 18–24",
}
_NONE, _ALL = 1e-9, 1.0 - 1e-9
_EDGES: Final = (0.0, _NONE, 0.2, 0.35, HALF, 0.65, 0.8, _ALL, 1.0)
_PANEL_HEIGHT: Final = 120


def composition_chart(built: BuiltPanel, gate: Gate, *, is_synthetic: bool = False) -> Chart | None:
    """Households by the share of their members that are of a minority, elderly, of college age; None where nothing may be drawn."""
    shares = {column: words for column, words in SHARES.items() if column in built.panel.numbers}
    found = {column: _bins(built, gate, column) for column in shares}
    drawn = {column: bins for column, bins in found.items() if bins.bins}
    if not drawn:
        return None
    words = [" ".join(_words(shares[column], bins) for column, bins in drawn.items())]
    words += [f"Too few households to be drawn: members {shares[column]}." for column in found if column not in drawn]
    subtitle = ["By share of a household's members; each bar is the per cent of all households in it.", *([gate.note] if gate.note else [])]
    chart = lay_out(
        [{"layer": _layers(bins, f"{shares[column]} (%)"), "height": _PANEL_HEIGHT} for column, bins in drawn.items()],
        title="Who lives in the households",
        subtitle=subtitle,
        words=[*words, *([gate.note] if gate.note else [f"Bins of fewer than {gate.least} households are joined with their neighbours."])],
        is_synthetic=is_synthetic,
    )
    return replace(chart, specification={**chart.specification, "resolve": {"scale": {"x": "independent"}}}) if len(drawn) > 1 else chart


def _bins(built: BuiltPanel, gate: Gate, column: str) -> GatedBins:
    values = np.asarray(built.panel.numbers[column], dtype=np.float64)
    return gate.histogram(values, _EDGES, kept=(HALF,), name=f"Distribution of {column.replace('_', ' ')}")


def _label(one: Bin) -> str:
    """The bin in per cent: "none", "all", "20 to under 35"; a bin holds its lower end and not its upper one."""
    low, high = one.low or 0.0, 1.0 if one.high is None else one.high
    if high <= _NONE:
        return "none"
    if low >= _ALL:
        return "all"
    start = "more than 0" if 0.0 < low <= _NONE else "0" if low == 0.0 else f"{100 * low:.0f}"
    return f"{start} to 100" if high == 1.0 else f"{start} to under {100 * high:.0f}"


def _layers(bins: GatedBins, title: str) -> list[dict[str, Any]]:
    total = sum(one.households for one in bins.bins)
    rows = [{"bin": _label(one), "percent": 100.0 * one.households / total, "said": _percent(one.households, total)} for one in bins.bins]
    x = {
        "field": "bin",
        "type": "nominal",
        "sort": [row["bin"] for row in rows],
        "title": f"Members {title}",
        "axis": {"labelAngle": 0, "labelOverlap": False, "labelLimit": 200},
    }
    y = {"field": "percent", "type": "quantitative", "title": "Households (%)", "scale": {"domain": [0, 100]}, "axis": {"tickCount": 3}}
    text = {"type": "text", "baseline": "bottom", "dy": -3, "color": INK, "fontSize": 12.5}
    return [
        {"data": {"values": rows}, "mark": {"type": "bar", "color": BLUE, "stroke": PAPER}, "encoding": {"x": x, "y": y}},
        {"data": {"values": rows}, "mark": text, "encoding": {"x": x, "y": y, "text": {"field": "said"}}},
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100.0 * part / whole:.1f}"


def _words(words: str, bins: GatedBins) -> str:
    total = sum(one.households for one in bins.bins)
    told = "; ".join(f"{_label(one)}: {_percent(one.households, total)} %" for one in bins.bins)
    return f"Members {words}, in per cent of a household, of {bins.households.text} households: {told}."
