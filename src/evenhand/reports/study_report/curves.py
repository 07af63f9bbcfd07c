"""Restoration curves by group, and the gap between two groups hour by hour, as they may be published.

Modelling choice: all curves of a study go through the disclosure gate together, because they count the same households. Hours run from the start of
each household's own outage; a household that was never out has waited 0 hours. Groups are those of the study's first page: at least half of the
members of a minority, and all others; and whether the household reported in the window.

The gap is taken at the told hours only, with an interval by block group at each hour by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.panel_faults import STILL_OUT
from evenhand.equity.panel_reading import Panel
from evenhand.equity.survival_gaps import SurvivalGap, survival_gap
from evenhand.reports.charts import HEIGHT, Chart, lay_out
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_curves import GatedCurve, GatedCurves
from evenhand.reports.look import BLUE, GREY, INK, INK_SOFT, ORANGE, VERMILION
from evenhand.reports.model_tables import number
from evenhand.studies.five_models import CLUSTER
from evenhand.studies.group_facts import MINORITY, OTHERS, in_minority
from evenhand.studies.results import BuiltPanel

BY_MINORITY: Final = "minority share"
BY_PARTICIPATION: Final = "participation"
HEARD, UNHEARD = "households that reported", "households that did not report"
# Told apart in grey by their dashes; the colors differ in lightness too.
_STYLES: Final[tuple[tuple[str, list[int]], ...]] = ((VERMILION, []), (BLUE, [7, 4]), (ORANGE, [2, 3]), (GREY, [10, 3, 2, 3]))
_SAID_AT_HOURS: Final = (24.0, 48.0, 72.0, 96.0, 120.0, 168.0)
_MOST_HOURS: Final = 60
_NAME_POINTS: Final = 270
_HOURS: Final[dict[str, Any]] = {
    "field": "hours", "type": "quantitative", "title": "Hours since the household's outage began", "axis": {"tickCount": 10},
}  # fmt: skip


def study_curves(built: BuiltPanel, gate: Gate, *, families: Sequence[str] = (BY_MINORITY, BY_PARTICIPATION), grid_hours: float = 1.0) -> GatedCurves:
    """The curves of a study, for `restoration_chart` and `gap_chart`.

    Ask once, for all families that the report draws, the most important first: each is told at hours of the one before it.
    """
    panel = built.panel
    known = _known(panel)
    minority = np.where(in_minority(panel)[known], MINORITY, OTHERS)
    heard = np.where(panel.numbers["participation"][known] > 0, HEARD, UNHEARD)
    labels = {BY_MINORITY: minority, BY_PARTICIPATION: heard}
    hours, restored = panel.numbers["restoration_hours"][known], ~_still_out(panel)[known]
    wanted = {name: labels[name] for name in families}
    return gate.curves(hours, restored, wanted, name="Restoration curves", grid_hours=grid_hours, clusters=_clusters(panel, known))


def restoration_chart(curves: GatedCurves, family: str, *, medians: Mapping[str, float] | None = None, is_synthetic: bool = False) -> Chart | None:
    """Share still without power by hours since the outage began, for the groups of a family; None where none of them may be drawn.

    `medians` are Kaplan–Meier medians (hours) by group, for the words: steps of a told curve come later than half of the group had power.
    """
    drawn = curves.family(family)
    if not drawn:
        return None
    rows = [row for curve in drawn for row in _rows(curve)]
    view = {"layer": _step_layers(rows, [curve.group for curve in drawn]), "height": HEIGHT}
    title = f"Share of households still without power, by {family}"
    words = [*(_curve_words(curve, (medians or {}).get(curve.group)) for curve in drawn), *_limits_in_words(curves, family)]
    return lay_out([view], title=title, subtitle=[_subtitle(curves), *_noted(curves.note)], words=words, is_synthetic=is_synthetic)


def gap_chart(built: BuiltPanel, curves: GatedCurves, *, is_synthetic: bool = False) -> Chart | None:
    """How many more of the minority households than of the others were still out, in percentage points; None where it may not be drawn."""
    drawn = {curve.group: curve for curve in curves.family(BY_MINORITY)}
    if not {MINORITY, OTHERS} <= drawn.keys():
        return None
    hours = np.intersect1d(drawn[MINORITY].hours, drawn[OTHERS].hours)
    if not hours.size:
        return None
    gap = _gap(built.panel, hours[np.unique(np.linspace(0, hours.size - 1, min(hours.size, _MOST_HOURS)).round().astype(int))])
    rows = [
        {"hours": at, "points": 100.0 * one, "low": 100.0 * low, "high": 100.0 * high}
        for at, one, low, high in zip(gap.hours.tolist(), gap.gap.tolist(), gap.low.tolist(), gap.high.tolist(), strict=True)
    ]
    return lay_out(
        [{"layer": _gap_layers(rows), "height": HEIGHT}],
        title="Gap in the share still without power, by hour",
        subtitle=[f"{MINORITY.capitalize()} less {OTHERS}, in percentage points; above 0, more minority households were still out. {_band(gap)}",
                  *_noted(curves.note)],
        words=[*_gap_words(rows), f"{_band(gap)} Nothing is held equal.", *_limits_in_words(curves, BY_MINORITY)],
        is_synthetic=is_synthetic,
    )  # fmt: skip


def _known(panel: Panel) -> NDArray[np.bool_]:
    return np.asarray(np.isfinite(panel.numbers["restoration_hours"]) & np.isfinite(panel.numbers["minority_share"]))


def _still_out(panel: Panel) -> NDArray[np.bool_]:
    return np.asarray(panel.ids["status"] == STILL_OUT, dtype=np.bool_) if "status" in panel.ids else np.zeros(panel.n, dtype=np.bool_)


def _clusters(panel: Panel, chosen: NDArray[np.bool_]) -> NDArray[np.str_] | None:
    return panel.ids[CLUSTER][chosen].astype(str) if CLUSTER in panel.ids else None


def _gap(panel: Panel, hours: NDArray[np.float64]) -> SurvivalGap:
    known = _known(panel)
    return survival_gap(
        panel.numbers["restoration_hours"][known],
        ~_still_out(panel)[known],
        in_minority(panel)[known],
        at_hours=hours,
        clusters=_clusters(panel, known),
        group=MINORITY,
        reference=OTHERS,
    )


def _rows(curve: GatedCurve) -> list[dict[str, Any]]:
    """From the first told hour on: before it, nothing is known of the curve but that it falls."""
    told = zip(curve.hours.tolist(), curve.share_out.tolist(), curve.low.tolist(), curve.high.tolist(), strict=True)
    return [{"group": curve.group, "hours": at, "share": share, "low": low, "high": high} for at, share, low, high in told]


def _step_layers(rows: list[dict[str, Any]], groups: Sequence[str]) -> list[dict[str, Any]]:
    x = {**_HOURS, "scale": {"domainMin": 0}}
    y = {"field": "share", "type": "quantitative", "title": "Still without power", "axis": {"format": ".0%"}, "scale": {"domain": [0, 1]}}
    colors, dashes = [_STYLES[k % len(_STYLES)][0] for k in range(len(groups))], [_STYLES[k % len(_STYLES)][1] for k in range(len(groups))]
    group = {"field": "group", "type": "nominal", "title": None, "sort": list(groups)}
    color = {**group, "scale": {"domain": list(groups), "range": colors}, "legend": None}
    dash = {**group, "scale": {"domain": list(groups), "range": dashes}, "legend": None}
    data = {"values": rows}
    band = {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": color}
    line = {"x": x, "y": y, "color": color, "strokeDash": dash}
    return [
        {"data": data, "mark": {"type": "area", "interpolate": "step-after", "opacity": 0.16}, "encoding": band},
        {"data": data, "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.2}, "encoding": line},
        *(layer for place, name in enumerate(groups) for layer in _named_line(place, name)),
    ]


def _named_line(place: int, name: str) -> list[dict[str, Any]]:
    """A group's name beside a piece of its line, above the plot: curves may run anywhere in it."""
    color, dashes = _STYLES[place % len(_STYLES)]
    left, y = _NAME_POINTS * place, -10
    rule = {"type": "rule", "color": color, "strokeWidth": 2.4, "strokeDash": dashes or [1, 0]}
    text = {"type": "text", "align": "left", "baseline": "middle", "color": INK, "fontSize": 13, "text": name}
    data: dict[str, Any] = {"values": [{}]}
    return [
        {"data": data, "mark": rule, "encoding": {"x": {"value": left}, "x2": {"value": left + 42}, "y": {"value": y}}},
        {"data": data, "mark": text, "encoding": {"x": {"value": left + 50}, "y": {"value": y}}},
    ]


def _gap_layers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    x = _HOURS
    y = {"field": "points", "type": "quantitative", "title": "Gap (percentage points)", "axis": {"tickCount": 6}}
    data = {"values": rows}
    return [
        {
            "data": data,
            "mark": {"type": "area", "color": BLUE, "opacity": 0.18},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}},
        },
        {"data": {"values": [{}]}, "mark": {"type": "rule", "color": INK_SOFT, "strokeDash": [4, 3]}, "encoding": {"y": {"datum": 0}}},
        {
            "data": data,
            "mark": {"type": "line", "color": BLUE, "strokeWidth": 2.2, "point": {"color": BLUE, "size": 22}},
            "encoding": {"x": x, "y": y},
        },
    ]


def _subtitle(curves: GatedCurves) -> str:
    errors = curves.curves[0].errors
    by = "by block group" if errors == "clustered" else f"errors {errors}"
    return f"Kaplan–Meier estimate; shaded: 95 % interval at each hour, {by}."


def _band(gap: SurvivalGap) -> str:
    return f"Shaded: 95 % interval at each hour by itself, over {gap.n_clusters:,} {'block groups' if gap.errors == 'clustered' else 'households'}."


def _curve_words(curve: GatedCurve, median_hours: float | None) -> str:
    """When half had power again, and what the curve says at a few of its hours."""
    half = _half_between(curve) if median_hours is None else _half(median_hours)
    shares = "; ".join(f"after {curve.hours[place]:g} h {100.0 * curve.share_out[place]:.0f} %" for place in _said_places(curve))
    name = curve.group[0].upper() + curve.group[1:]
    return f"{name} ({curve.households:,}): {half}; still out {shares}."


def _half(median_hours: float) -> str:
    return f"half had power again within {number(median_hours, 1)} h" if np.isfinite(median_hours) else "fewer than half had power again by the end"


def _half_between(curve: GatedCurve) -> str:
    """Between which told hours the curve passes one half."""
    below = np.flatnonzero(curve.share_out <= 0.5)
    if not below.size:
        return f"fewer than half had power again by {curve.hours[-1]:g} h, where the curve ends"
    end = f"{curve.hours[below[0]]:g} h"
    return f"half had power again between {curve.hours[below[0] - 1]:g} and {end}" if below[0] else f"half had power again by {end}"


def _said_places(curve: GatedCurve) -> list[int]:
    """The told hours that lie last before round ones, and the first where all lie after them: between two told hours the share is not known."""
    places = curve.hours.searchsorted([at for at in _SAID_AT_HOURS if at <= curve.hours[-1]], side="right") - 1
    return sorted({int(place) for place in places if place >= 0}) or [0]


def _limits_in_words(curves: GatedCurves, family: str) -> list[str]:
    if curves.note:
        return [curves.note]
    gone = [group for name, group in curves.not_drawn if name == family]
    drawn = curves.family(family)
    ends = f"{min(curve.hours[-1] for curve in drawn):g} h" if drawn else ""
    found = [f"Each step stands for at least 11 households of a group; curves end, here from {ends} on, where too few were left to tell."]
    return [*found, f"Too few to be drawn: {', '.join(gone)}."] if gone else found


def _gap_words(rows: Sequence[dict[str, Any]]) -> list[str]:
    widest = max(rows, key=lambda row: abs(row["points"]))
    clear = [row for row in rows if row["low"] > 0 or row["high"] < 0]
    first = (
        f"The gap was widest after {widest['hours']:g} h: {_points(widest['points'])} percentage points "
        f"[{_points(widest['low'])}, {_points(widest['high'])}]."
    )
    second = (
        f"Its interval leaves out 0 at {len(clear):,} of the {len(rows):,} hours drawn."
        if clear
        else "At no hour drawn does its interval leave out 0."
    )
    return [first, second]


def _points(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _noted(note: str) -> list[str]:
    return [note] if note else []
