"""Charts say what they show: in a title, on their axes with units, in words for whoever does not see them, and "synthetic" where that is so."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import altair as alt
import pyarrow as pa
import pytest
from PIL import Image

from evenhand.meters.reliability import reliability
from evenhand.reports import look
from evenhand.reports.charts import Chart, write_chart
from evenhand.reports.customers_out_chart import customers_out_chart
from evenhand.reports.errors import ChartFormatUnknown
from evenhand.reports.meter_chart import Span, meter_chart
from tests.unit.meters.interruption_tables import restored, still_out, table

pytestmark = pytest.mark.slow

NIGHT = datetime(2025, 3, 9, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)


def storm_chart(*, is_synthetic: bool = True) -> Chart:
    events = table([restored(meter, 8.0 + meter / 2, 10.0) for meter in range(20)])
    found = reliability(events, customers=40, timezone="America/New_York").by_hour
    return customers_out_chart(found, title="Customers out by hour", is_synthetic=is_synthetic, timezone="America/New_York")


def one_meter(*, is_synthetic: bool = False) -> Chart:
    """Two days of half-hours: from the 60th on zeros, then nothing, then an estimate, then power."""
    kwh = [0.4] * 60 + [0.0] * 4 + [None] * 10 + [0.3] * 22
    rows = {"interval_start": [NIGHT + n * HALF_HOUR for n in range(96)], "kwh": kwh, "is_estimated": [n == 74 for n in range(96)]}
    spans = [Span(NIGHT + 60 * HALF_HOUR, NIGHT + 75 * HALF_HOUR, "storm outage, 8 h", is_storm=True), Span(NIGHT, None, "still out", is_storm=False)]
    return meter_chart(
        pa.table(rows | {"kwh": pa.array(kwh, pa.float64())}), meter="A<7>", interval=HALF_HOUR, spans=spans, event_start=NIGHT + 55 * HALF_HOUR,
        reasons=["It sent zeros and then nothing for 7.5 hours."], timezone="America/New_York", is_synthetic=is_synthetic,
    )  # fmt: skip


CHARTS = pytest.mark.parametrize("chart", [storm_chart(), one_meter()], ids=["customers out", "one meter"])


def contrast(first: str, second: str) -> float:
    """WCAG 2.2's ratio of two colors."""

    def luminance(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@CHARTS
def test_the_specification_is_valid_vega_lite(chart: Chart) -> None:
    alt.Chart.from_dict(chart.specification)  # altair holds it against the published schema and raises where it differs


@CHARTS
def test_the_drawing_names_and_describes_itself(chart: Chart) -> None:
    root = ElementTree.fromstring(chart.svg())
    named = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.get("role") == "img"
    assert [named[name] for name in (root.get("aria-labelledby") or "").split()] == [chart.title, " ".join(chart.words)]


@CHARTS
def test_axes_have_titles_with_their_units(chart: Chart) -> None:
    drawn = chart.svg()
    assert "Time (America/New_York)" in drawn
    assert "Customers out" in drawn or "Energy (kWh in 30 minutes)" in drawn


def test_synthetic_data_are_called_so_on_the_drawing_and_in_the_words() -> None:
    assert ">Synthetic data<" in storm_chart().svg()
    assert storm_chart().words[0] == "Synthetic data."
    assert "Synthetic" not in storm_chart(is_synthetic=False).svg()
    assert ">Synthetic data<" in one_meter(is_synthetic=True).svg()


def test_the_words_of_a_storm_hold_its_peak_worked_by_hand() -> None:
    # Meter n is out from 7:45 plus n / 2 hours, for 10.5 h: all twenty from 17:15 UTC until 18:15, so at 18:00 = 14:00 there.
    assert storm_chart().words[1] == "Most customers were out on 10 March, 14:00 (America/New_York): 20 of 40."
    assert storm_chart().words[2].startswith("In all, 210 customer-hours were lost")  # 20 × 10.5 h


def test_a_curve_that_ends_with_people_out_says_so() -> None:
    found = reliability(table([restored(1, 8.0, 3.0), still_out(2, 9.0, 10.0)]), customers=5).by_hour
    chart = customers_out_chart(found, title="Customers out by hour", is_synthetic=True)
    assert chart.words[-1] == "1 were still out when the readings ended: the curve stops there."


def test_each_interval_stands_in_the_row_of_what_came_for_it() -> None:
    assert one_meter().words[-1] == "Intervals of 30 minutes drawn: 81 energy, 4 zero, 1 estimated, 10 not received."


def test_nothing_of_the_data_is_taken_for_markup() -> None:
    assert "A<7>" not in one_meter().svg()
    assert "<h1>Meter A&lt;7&gt;</h1>" in one_meter().page()


def test_the_zone_of_the_machine_moves_nothing() -> None:
    script = "from tests.unit.reports.test_charts import one_meter; print(one_meter().svg())"
    drawn = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "TZ": zone, "PYTHONPATH": "."}, capture_output=True, text=True, check=True
        ).stdout
        for zone in ("UTC", "America/New_York")
    }
    assert len(drawn) == 1


@pytest.mark.parametrize("name", ["chart.svg", "chart.png", "chart.html"])
def test_a_chart_is_written_in_the_format_of_its_name(tmp_path: Path, name: str) -> None:
    write_chart(storm_chart(), tmp_path / name)
    begins = {"chart.svg": b"<svg", "chart.png": b"\x89PNG", "chart.html": b"<!doctype html>"}
    assert (tmp_path / name).read_bytes().startswith(begins[name])


def test_a_picture_carries_its_words() -> None:
    with Image.open(io.BytesIO(storm_chart().png())) as picture:
        assert picture.info["Description"] == " ".join(storm_chart().words)


def test_a_page_fetches_and_runs_nothing() -> None:
    page = one_meter().page()
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)


def test_another_ending_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(ChartFormatUnknown, match=r"\.svg, \.png, \.html; chart\.gif"):
        write_chart(storm_chart(), tmp_path / "chart.gif")


@pytest.mark.parametrize("color", [look.INK, look.INK_SOFT, look.GREY, look.BLUE, look.VERMILION])
def test_text_and_lines_stand_out_from_the_paper(color: str) -> None:
    assert contrast(color, look.PAPER) >= 4.5
