"""The study's curves and distributions say what they show, in words that follow from what passed the gate."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

import altair as alt
import numpy as np
import pyarrow as pa
import pytest

from evenhand.equity.panel_reading import panel_of
from evenhand.reports.charts import Chart
from evenhand.reports.disclosure import Gate
from evenhand.reports.study_report.blocks import figure
from evenhand.reports.study_report.curves import BY_MINORITY, BY_PARTICIPATION, gap_chart, restoration_chart, study_curves
from evenhand.reports.study_report.distributions import SHARES, composition_chart
from evenhand.studies.group_facts import MINORITY, OTHERS
from evenhand.studies.results import BuiltPanel
from evenhand.twin.panel import PanelRecipe, synthetic_panel

MOMENT = datetime(2025, 1, 1, tzinfo=UTC)


def built_of(columns: dict[str, np.ndarray]) -> BuiltPanel:
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return BuiltPanel(panel_of(table), table, pa.table({}), (), (), MOMENT, MOMENT, {})


def panel_columns(households: int = 1_200, seed: int = 8311) -> dict[str, np.ndarray]:
    recipe = PanelRecipe(households=households, block_groups=20, share_taking_part=0.3, hours_step=0.5)
    return dict(synthetic_panel(recipe, seed))


@pytest.fixture(scope="module")
def built() -> BuiltPanel:
    columns = panel_columns()
    # By hand: of 400 minority households half are back after 10 h and half after 30 h; of 800 others all after 20 h; 100 of each never.
    minority = np.arange(1_200) < 400
    columns["minority_share"] = minority.astype(float)
    columns["restoration_hours"] = np.where(minority, np.where(np.arange(1_200) < 200, 10.0, 30.0), 20.0)
    out = (np.arange(1_200) % 4 == 0) & minority | (np.arange(1_200) % 8 == 0) & ~minority
    columns["restoration_hours"][out] = 90.0
    columns["status"] = np.where(out, "still_out", "restored")
    return built_of(columns)


def drawn(chart: Chart | None) -> Chart:
    assert chart is not None
    return chart


def test_the_specifications_are_valid_vega_lite(built: BuiltPanel) -> None:
    curves = study_curves(built, Gate())
    for chart in (restoration_chart(curves, BY_MINORITY), gap_chart(built, curves), composition_chart(built, Gate())):
        alt.Chart.from_dict(drawn(chart).specification)  # altair holds it against the published schema and raises where it differs


def test_the_curve_says_in_words_what_was_worked_by_hand(built: BuiltPanel) -> None:
    # Only hour 20 is one at which both groups stepped by 11: then 250 of 400 and 100 of 800 are out. Half of the minority households stay out.
    chart = drawn(restoration_chart(study_curves(built, Gate()), BY_MINORITY))
    assert not [one for one in chart.words if "within" in one]
    told = drawn(restoration_chart(study_curves(built, Gate()), BY_MINORITY, medians={MINORITY: math.inf, OTHERS: 19.5}))
    assert told.words[0].startswith("Minority households (400): fewer than half had power again by the end;")
    assert told.words[1].startswith("Other households (800): half had power again within 19.5 h;")
    assert chart.title == "Share of households still without power, by minority share"


def test_the_gap_by_hour_is_the_difference_of_the_curves(built: BuiltPanel) -> None:
    # 250/400 − 100/800 = 0.5.
    chart = drawn(gap_chart(built, study_curves(built, Gate())))
    assert chart.words[0].startswith("The gap was widest after 20 h: +50.0 percentage points [")
    assert "20 block groups" in " ".join(chart.words)


def test_no_household_stands_alone_in_a_drawing() -> None:
    columns = panel_columns()
    built = built_of(columns)
    chart = drawn(restoration_chart(study_curves(built, Gate()), BY_MINORITY))
    longest, hours = columns["restoration_hours"].max(), re.findall(r'"hours": ([\d.]+)', str(chart.specification).replace("'", '"'))
    assert max(float(hour) for hour in hours) < longest


def test_curves_by_participation_take_nothing_from_those_by_minority_share() -> None:
    built = built_of(panel_columns())
    both, alone = study_curves(built, Gate()), study_curves(built, Gate(), families=(BY_MINORITY,))
    assert len(both.family(BY_PARTICIPATION)) == 2
    assert restoration_chart(alone, BY_PARTICIPATION) is None
    assert alone.family(BY_MINORITY)[0].hours.tolist() == both.family(BY_MINORITY)[0].hours.tolist()


def test_groups_too_small_are_not_drawn_and_no_figure_is_made_of_nothing() -> None:
    columns = panel_columns(households=400)
    columns["minority_share"] = (np.arange(400) < 12).astype(float)
    built, gate = built_of(columns), Gate()
    curves = study_curves(built, gate)
    assert restoration_chart(curves, BY_MINORITY) is None
    assert gap_chart(built, curves) is None
    assert gate.account[-1].withheld == 2


def test_an_internal_figure_says_so_on_itself() -> None:
    built, gate = built_of(panel_columns(households=400)), Gate(is_internal=True)
    curves = study_curves(built, gate)
    for chart in (restoration_chart(curves, BY_MINORITY), gap_chart(built, curves), composition_chart(built, gate)):
        assert "Internal" in str(drawn(chart).specification["title"])
        assert any("Internal" in sentence for sentence in drawn(chart).words)


def test_synthetic_households_are_called_so(built: BuiltPanel) -> None:
    curves = study_curves(built, Gate())
    charts = (restoration_chart(curves, BY_MINORITY, is_synthetic=True), gap_chart(built, curves, is_synthetic=True))
    for chart in (*charts, composition_chart(built, Gate(), is_synthetic=True)):
        assert drawn(chart).words[0] == "Synthetic data."
        assert "'text': 'Synthetic data'" in str(drawn(chart).specification)


def test_the_distribution_of_households_says_each_bin_in_words(built: BuiltPanel) -> None:
    # 400 of 1,200 households are wholly of a minority, the others not at all: empty bins between are joined, none across one half.
    chart = drawn(composition_chart(built, Gate()))
    first = "Members of a minority, in per cent of a household, of 1,200 households: 0 to under 50: 66.7 %; 50 to 100: 33.3 %. Members aged 60"
    assert chart.words[0].startswith(first)


def test_a_caption_of_the_distribution_tells_each_of_its_panels(built: BuiltPanel) -> None:
    made = figure(drawn(composition_chart(built, Gate())), "<svg/>", 6)
    caption = made.split("<figcaption>")[1]
    assert [words in caption for words in SHARES.values()] == [True] * 3


def test_lines_are_told_apart_without_color(built: BuiltPanel) -> None:
    drawing = drawn(restoration_chart(study_curves(built, Gate()), BY_MINORITY)).svg()
    assert re.search(r'stroke-dasharray="7,4"', drawing)
    assert ">minority households<" in drawing


def test_between_two_told_hours_nothing_is_said_and_before_the_first_nothing_drawn() -> None:
    # By hand: of each 600, 100 are back at hours 10, 30, 50, 70 and 90: told at those hours alone. Named are the last before 24, 48 and 72.
    hours = np.tile(np.repeat([10.0, 30.0, 50.0, 70.0, 90.0, 120.0], 100), 2)
    columns = panel_columns()
    columns["restoration_hours"], columns["minority_share"] = hours, (np.arange(1_200) < 600).astype(float)
    columns["status"] = np.full(1_200, "restored")
    chart = drawn(restoration_chart(study_curves(built_of(columns), Gate()), BY_MINORITY))
    assert chart.words[0] == (
        "Minority households (600): half had power again between 30 and 50 h; still out after 10 h 83 %; after 30 h 67 %; after 70 h 33 %."
    )
    assert not re.search(r"'hours': 0\.0", str(chart.specification))
    assert "'share': 1.0" not in str(chart.specification)


def test_names_of_lines_stand_above_the_plot_and_never_across_a_curve(built: BuiltPanel) -> None:
    chart = drawn(restoration_chart(study_curves(built, Gate()), BY_MINORITY))
    names = [layer for layer in chart.specification["layer"] if layer["mark"]["type"] == "text" and "households" in str(layer["mark"]["text"])]
    assert len(names) == 2
    assert all(layer["encoding"]["y"]["value"] < 0 for layer in names)
