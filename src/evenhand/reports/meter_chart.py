"""One meter's readings around an event, with what the rule saw.

Modelling choice: energy is drawn as what it is, an amount for each interval, and never joined across intervals that were not received. Below it
each interval stands in the row of what came for it (energy, zero, an estimate, nothing), because a zero and a gap look alike on a curve and are
different evidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from evenhand.reports.charts import Chart, lay_out
from evenhand.reports.look import BLUE, GREY, INK, INK_SOFT, ORANGE, VERMILION

KINDS: Final = ("energy", "zero", "estimated", "not received", "no energy")
_KIND_COLORS: Final = {"energy": BLUE, "zero": INK, "estimated": ORANGE, "not received": VERMILION, "no energy": GREY}
_ENERGY_HEIGHT, _KIND_HEIGHT = 260, 72
_AS_UTC: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Span:
    """Darkness as the rule found it, `[start, end)`; `end` None while still out. `label` is short, for the drawing."""

    start: datetime
    end: datetime | None
    label: str
    is_storm: bool


def meter_chart(
    readings: pa.Table,
    *,
    meter: int | str,
    interval: timedelta,
    spans: Sequence[Span],
    event_start: datetime | None,
    reasons: Sequence[str],
    timezone: str,
    is_synthetic: bool,
) -> Chart:
    """Lay out one meter's readings.

    Parameters
    ----------
    readings
        One row an interval in time order: `interval_start` (timestamp with zone), `kwh` (float; null = not received, infinite = received and no
        energy), `is_estimated` (bool).
    meter, interval
        Its id, and the length of an interval.
    spans
        What the rule found.
    event_start
        Aware; a line on the chart. None draws none.
    reasons
        What the rule decided and why, in sentences; they stand under the title and in the text alternative.
    timezone
        IANA name of the zone of the time axis.
    is_synthetic
        Are the readings synthetic? Then it stands on the chart.
    """
    rows = list(_rows(readings, interval, timezone))
    until = rows[-1]["end"]
    x = {"field": "start", "type": "temporal", "scale": {"type": "utc", "domain": [rows[0]["start"], until]}}
    energy = [*_span_layers(spans, x, until, timezone), _energy_layer(rows, x, interval), *_event_layers(event_start, x, timezone)]
    views = [{"layer": energy, "height": _ENERGY_HEIGHT}, {"layer": [_kind_layer(rows, x, timezone)], "height": _KIND_HEIGHT}]
    counts = {kind: sum(row["kind"] == kind for row in rows) for kind in KINDS}
    seen = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    words = [*reasons, f"Intervals of {_minutes(interval)} minutes drawn: {seen}."]
    return lay_out(views, title=f"Meter {meter}", subtitle=reasons, words=words, is_synthetic=is_synthetic)


def _rows(readings: pa.Table, interval: timedelta, timezone: str) -> Iterator[dict[str, Any]]:
    zone = ZoneInfo(timezone)
    for row in readings.select(["interval_start", "kwh", "is_estimated"]).to_pylist():
        # The end is the start's clock plus the interval: where clocks are put forward, no bar grows by an hour.
        start = row["interval_start"].astimezone(zone).replace(tzinfo=None)
        kind = _kind(row["kwh"], row["is_estimated"])
        kwh = None if kind == "no energy" else row["kwh"]
        yield {"start": f"{start:{_AS_UTC}}", "end": f"{start + interval:{_AS_UTC}}", "kwh": kwh, "kind": kind}


def _kind(kwh: float | None, is_estimated: bool) -> str:
    if kwh is None:
        return "not received"
    if math.isinf(kwh):
        return "no energy"
    if is_estimated:
        return "estimated"
    return "zero" if kwh == 0 else "energy"


def _energy_layer(rows: list[dict[str, Any]], x: dict[str, Any], interval: timedelta) -> dict[str, Any]:
    drawn = [row for row in rows if row["kwh"] is not None]
    return {
        "data": {"values": drawn},
        "mark": "rect",
        "encoding": {
            "x": x | {"axis": {"labels": False, "title": None, "ticks": False}},
            "x2": {"field": "end"},
            "y": {"field": "kwh", "type": "quantitative", "title": f"Energy (kWh in {_minutes(interval)} minutes)", "axis": {"tickCount": 5}},
            "y2": {"datum": 0},
            "color": {"condition": {"test": "datum.kind == 'estimated'", "value": ORANGE}, "value": BLUE},
        },
    }


def _kind_layer(rows: list[dict[str, Any]], x: dict[str, Any], timezone: str) -> dict[str, Any]:
    runs = [(kind, list(run)) for kind, run in groupby(rows, key=lambda row: str(row["kind"]))]
    drawn = [{"start": run[0]["start"], "end": run[-1]["end"], "kind": kind} for kind, run in runs]
    kinds = [kind for kind in KINDS if kind != "no energy" or any(run["kind"] == kind for run in drawn)]
    return {
        "data": {"values": drawn},
        "mark": {"type": "rect", "height": {"band": 0.7}},
        "encoding": {
            "x": x | {"axis": {"format": "%a %e %b", "tickCount": "day", "labelOverlap": True}, "title": f"Time ({timezone})"},
            "x2": {"field": "end"},
            "y": {
                "field": "kind",
                "type": "nominal",
                "title": "What came",
                "scale": {"domain": kinds},
                "axis": {"domain": False, "grid": True, "zindex": 0},
            },
            "color": {
                "field": "kind",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": kinds, "range": [_KIND_COLORS[kind] for kind in kinds]},
            },
        },
    }


def _span_layers(spans: Sequence[Span], x: dict[str, Any], until: str, timezone: str) -> list[dict[str, Any]]:
    zone = ZoneInfo(timezone)
    drawn = [
        {"start": _wall(span.start, zone), "end": until if span.end is None else _wall(span.end, zone), "label": span.label, "storm": span.is_storm}
        for span in spans
    ]
    if not drawn:
        return []
    shade = {"condition": {"test": "datum.storm", "value": VERMILION}, "value": GREY}
    rect = {"type": "rect", "opacity": 0.16, "clip": True}
    text = {"type": "text", "align": "left", "baseline": "bottom", "dx": 2, "y": -4, "fontSize": 12.5, "color": INK}
    return [
        {"data": {"values": drawn}, "mark": rect, "encoding": {"x": x, "x2": {"field": "end"}, "color": shade}},
        {"data": {"values": drawn}, "mark": text, "encoding": {"x": x, "text": {"field": "label"}}},
    ]


def _event_layers(event_start: datetime | None, x: dict[str, Any], timezone: str) -> list[dict[str, Any]]:
    if event_start is None:
        return []
    data = {"values": [{"start": _wall(event_start, ZoneInfo(timezone))}]}
    rule = {"type": "rule", "color": INK_SOFT, "strokeDash": [5, 4], "strokeWidth": 1.5, "y": -18, "y2": _ENERGY_HEIGHT}
    text = {"type": "text", "baseline": "bottom", "y": -21, "fontSize": 12, "color": INK_SOFT, "text": "event starts"}
    return [{"data": data, "mark": mark, "encoding": {"x": x}} for mark in (rule, text)]


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    """The zone's clock, written as if it were UTC: no reader's own zone moves it."""
    return f"{moment.astimezone(zone):{_AS_UTC}}"


def _minutes(interval: timedelta) -> str:
    return f"{interval.total_seconds() / 60:g}"
