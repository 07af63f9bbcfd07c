"""Maps of a study: an area of three households is hatched, and nothing drawn or said beside it tells what it holds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from evenhand.reports.charts import Chart
from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_audit import bounds, exposed
from evenhand.reports.disclosure_suppression import Key
from evenhand.reports.study_report.maps import composition_map, requests_map
from evenhand.studies.results import BuiltPanel
from tests.unit.reports.test_study_curves import built_of, panel_columns

CODES = [f"12073000{tract}00{k}" for tract in "12" for k in range(1, 4)]


def shapes() -> dict[str, BaseGeometry]:
    return {
        code: shapely.box(-84.3 + 0.01 * (k % 3), 30.4 + 0.01 * (k // 3), -84.29 + 0.01 * (k % 3), 30.41 + 0.01 * (k // 3))
        for k, code in enumerate(CODES)
    }


def built(sizes: list[int], minority: list[int], reported: list[int]) -> BuiltPanel:
    """Six block groups with so many households, of which so many are of a minority and so many reported."""
    columns = panel_columns(households=sum(sizes))
    place = np.repeat(np.arange(6), sizes)
    within = np.concatenate([np.arange(size) for size in sizes])
    columns["block_group"] = np.array(CODES)[place]
    columns["minority_share"] = (within < np.array(minority)[place]).astype(float)
    columns["participation"] = (within >= np.array(sizes)[place] - np.array(reported)[place]).astype(float)
    return built_of(columns)


EVEN = {"sizes": [200] * 6, "minority": [20, 40, 60, 100, 140, 180], "reported": [30] * 6}


def drawn(chart: Chart | None) -> Chart:
    assert chart is not None
    return chart


def test_a_map_is_valid_vega_lite() -> None:
    chart = drawn(composition_map(built([3, 200, 200, 200, 200, 200], [1, 40, 60, 100, 140, 180], [2, 30, 30, 30, 30, 30]), shapes(), Gate()))
    alt.Chart.from_dict(chart.specification)  # altair holds it against the published schema and raises where it differs


def test_areas_are_counted_by_class_in_words() -> None:
    # 20, 40, 60, 100, 140, 180 of 200: 10, 20, 30, 50, 70 and 90 %.
    chart = drawn(composition_map(built(**EVEN), shapes(), Gate()))
    assert chart.title == "Minority households, by block group"
    told = chart.words[0].replace("\u00a0", " ")
    assert told.endswith("block groups by class: 10–25 %: 2, 25–50 %: 1, 50–75 %: 2, 75 % or more: 1.")
    assert len(chart.words) == 1


def test_an_area_of_three_households_is_hatched_and_so_is_another() -> None:
    # Were only the one hatched, the city's totals less the others would be its three households.
    chart = drawn(composition_map(built([3, 200, 200, 200, 200, 200], [1, 40, 60, 100, 140, 180], [0, 30, 30, 30, 30, 30]), shapes(), Gate()))
    assert "Hatched: 2 of 6 block groups" in chart.words[1]
    assert "withheld" in str(chart.specification["layer"])


def test_all_that_maps_and_tables_tell_together_gives_no_small_area_away() -> None:
    gate = Gate()
    panel = built([30, 200, 200, 200, 200, 200], [4, 40, 60, 100, 140, 195], [12, 2, 30, 40, 50, 60])
    composition_map(panel, shapes(), gate)
    requests_map(panel, shapes(), gate)
    ledger: Any = gate._ledgers["households of the study"]
    printed: dict[Key, float | None] = {key: None if key in ledger.withheld else float(value) for key, value in ledger.values.items()}
    assert exposed(bounds(printed, ledger.sums), ledger.values, least=11) == []
    assert sum(value < 11 for value in ledger.values.values()) == 3


def test_where_most_block_groups_are_too_small_the_map_is_by_tract() -> None:
    # Five reports in each block group: fifteen in each of the two tracts.
    chart = drawn(requests_map(built([200] * 6, EVEN["minority"], [5] * 6), shapes(), Gate()))
    assert chart.title == "Households that reported in the window, by census tract"
    assert "census tracts by class" in chart.words[0]
    assert "Hatched" not in " ".join(chart.words)


def test_an_internal_map_hatches_nothing_and_says_so() -> None:
    chart = drawn(
        composition_map(built([3, 200, 200, 200, 200, 200], [1, 40, 60, 100, 140, 180], [0, 30, 30, 30, 30, 30]), shapes(), Gate(is_internal=True))
    )
    assert "Hatched" not in " ".join(chart.words)
    assert "Internal" in str(chart.specification["title"])


def test_areas_without_a_shape_are_said() -> None:
    some = dict(list(shapes().items())[:4])
    assert "not drawn: 2 block groups" in drawn(composition_map(built(**EVEN), some, Gate())).words[-1]
    assert composition_map(built(**EVEN), {}, Gate()) is None


def test_shades_keep_their_order_in_grey() -> None:
    drawing = drawn(composition_map(built(**EVEN), shapes(), Gate(), is_synthetic=True))
    fills = [layer["mark"]["fill"] for layer in drawing.specification["layer"] if isinstance(layer["mark"], dict) and "fill" in layer["mark"]]
    grey = [0.2126 * int(one[1:3], 16) + 0.7152 * int(one[3:5], 16) + 0.0722 * int(one[5:7], 16) for one in fills[-6:-1]]
    assert grey == sorted(grey, reverse=True)
    assert min(one - two for one, two in pairwise(grey)) > 25
    assert "Synthetic data" in str(drawing.specification["layer"])


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_area_where_all_or_none_are_alike_is_not_told(share: float) -> None:
    minority = [int(200 * share), 40, 60, 100, 140, 180]
    chart = drawn(composition_map(built([200] * 6, minority, [30] * 6), shapes(), Gate()))
    assert "Hatched: 2 of 6 block groups" in chart.words[1]


def test_a_map_of_which_fewer_than_a_third_can_be_shown_is_not_drawn() -> None:
    few = built([200] * 6, [20, 40, 60, 100, 140, 180], [2, 3, 1, 0, 4, 30])
    assert requests_map(few, shapes(), Gate()) is None
    assert requests_map(built(**EVEN), shapes(), Gate()) is not None


def test_a_legend_has_no_more_classes_than_areas_that_are_shown() -> None:
    # Two tracts are all that can be shown: of 600 households in each, some of a minority in one block group only.
    chart = drawn(composition_map(built([200] * 6, [60, 5, 5, 90, 5, 5], [30] * 6), shapes(), Gate()))
    labels = [layer["mark"]["text"] for layer in chart.specification["layer"] if layer["mark"]["type"] == "text"]
    assert len([label for label in labels if "%" in label]) <= 2
