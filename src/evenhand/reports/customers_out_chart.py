"""The chart of a storm: customers out by hour, with its peak named and its end said where people were still out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from evenhand.meters.customers_out import CustomersOut
from evenhand.reports.charts import HEIGHT, Chart, lay_out
from evenhand.reports.look import BLUE, INK


def customers_out_chart(found: CustomersOut, *, title: str, is_synthetic: bool, timezone: str = "UTC") -> Chart:
    """Lay out customers out by hour.

    Parameters
    ----------
    found
        At least one hour.
    title
        What storm, where.
    is_synthetic
        Are the readings synthetic? Then it stands on the chart.
    timezone
        IANA name of the zone of the time axis.
    """
    specification = found.plot(timezone)
    rows = specification["data"]["values"]
    peak = max(rows, key=lambda row: int(row["customers_out"]))
    curve = specification | {"mark": {"type": "area", "color": BLUE, "opacity": 0.22, "line": {"color": BLUE, "strokeWidth": 2.2}}}
    curve["encoding"] = {axis: encoding | {"axis": _AXES[axis]} for axis, encoding in specification["encoding"].items()}
    words = _words(found, peak, rows[-1], timezone)
    subtitle = [f"At the start of each hour, of {found.customers:,} customers served. {words[-1]}"]
    layers = [curve, *_peak_layers(peak, rows)]
    return lay_out([{"layer": layers, "height": HEIGHT}], title=title, subtitle=subtitle, words=words, is_synthetic=is_synthetic)


_AXES: dict[str, dict[str, Any]] = {
    "x": {"format": "%e %b", "tickCount": "day", "labelOverlap": True},
    "y": {"format": ",d", "tickCount": 6},
}


def _peak_layers(peak: dict[str, Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A dot and a label, to the right of the peak unless it lies in the last third."""
    is_late = rows.index(peak) > len(rows) * 2 / 3
    place = {"x": {"field": "hour", "type": "temporal", "scale": {"type": "utc"}}, "y": {"field": "customers_out", "type": "quantitative"}}
    words = f"{peak['customers_out']:,} out, {_moment(peak)}"
    text = {
        "type": "text",
        "align": "right" if is_late else "left",
        "dx": -10 if is_late else 10,
        "dy": -4,
        "color": INK,
        "fontSize": 13,
        "text": words,
    }
    data = {"values": [peak]}
    return [
        {"data": data, "mark": {"type": "point", "filled": True, "color": BLUE, "size": 70, "opacity": 1}, "encoding": place},
        {"data": data, "mark": text, "encoding": place},
    ]


def _words(found: CustomersOut, peak: dict[str, Any], last: dict[str, Any], timezone: str) -> list[str]:
    hours = f"{len(found.hour_us):,} hours from {_moment_of(int(found.hour_us[0]), timezone)}"
    most = f"Most customers were out on {_moment(peak)} ({timezone}): {peak['customers_out']:,} of {found.customers:,}."
    lost = f"In all, {found.customer_hours.sum():,.0f} customer-hours were lost over {hours}."
    if found.ends_censored:
        return [most, lost, f"{last['customers_out']:,} were still out when the readings ended: the curve stops there."]
    return [most, lost, "At its end everybody had power again."]


def _moment(row: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(row['hour']):%-d %B, %H:%M}"


def _moment_of(hour_us: int, timezone: str) -> str:
    return f"{datetime.fromtimestamp(hour_us / 1_000_000, ZoneInfo(timezone)):%-d %B %Y, %H:%M}"
