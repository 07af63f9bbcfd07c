"""Attacks on what is published of single things: small counts, shares of all and of none, means, extremes, points, lists."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_cells import INTERNAL

pytestmark = pytest.mark.slow

LEAST = 11
VALUES = st.lists(st.floats(0, 300, allow_nan=False), min_size=0, max_size=120)


@given(st.integers(0, 10))
def test_fewer_than_eleven_households_all_read_alike_zero_too(households: int) -> None:
    cell = Gate().count(households)
    assert (cell.text, cell.value, cell.households) == ("fewer than 11", None, None)


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_share_tells_neither_who_nor_who_not(part: int, others: int) -> None:
    cell = Gate().share(part, part + others)
    assert cell.is_withheld == (part < LEAST or others < LEAST)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 400, "fewer than 11 of 400"),
        (400, 400, "all but fewer than 11 of 400"),
        (390, 400, "all but fewer than 11 of 400"),
        (5, 8, "withheld"),
        (389, 400, "97.2 %"),
    ],
)
def test_a_withheld_share_says_what_may_be_said(part: int, whole: int, words: str) -> None:
    assert Gate().share(part, whole).text == words


def test_a_mean_of_fewer_than_eleven_is_withheld_and_one_of_eleven_is_not() -> None:
    assert Gate().mean(75.1, 10, unit="h").text == "withheld"
    assert Gate().mean(75.1, 11, unit="h").text == "75.1 h"


@given(st.integers(11, 40), st.integers(1, 10))
def test_two_means_of_a_group_and_of_the_group_with_few_more_give_away_nobody(households: int, more: int) -> None:
    # n and n + 1: from the mean of a group, and of the whole with few households beside it, the mean of these few would follow.
    gate = Gate()
    counts, means = [[households], [more]], [[50.0], [200.0]]
    table = gate.table(counts, rows=["group", "others"], columns=["Hours"], name="means", column_dimension=None, row_totals=False, means=means)
    group, others, whole = (cells[0] for cells in table.cells)
    assert group is not None
    assert others is not None
    assert whole is not None
    assert others.is_withheld
    assert group.is_withheld or whole.is_withheld


def test_means_of_large_parts_and_of_the_whole_are_those_of_the_households() -> None:
    # (20 · 50 + 30 · 100) / 50 = 80.
    table = Gate().table([[20], [30]], rows=["a", "b"], columns=["Hours"], name="means", column_dimension=None, row_totals=False,
                         means=[[50.0], [100.0]])  # fmt: skip
    assert [cells[0].text for cells in table.cells if cells[0]] == ["50.0", "100.0", "80.0"]


@given(VALUES)
def test_no_percentile_has_fewer_than_eleven_households_at_or_beyond_it(values: list[float]) -> None:
    seen = np.array(values)
    for cell in Gate().percentiles(seen).values.values():
        if cell.value is not None:
            assert int((seen <= cell.value).sum()) >= LEAST
            assert int((seen >= cell.value).sum()) >= LEAST


@given(st.lists(st.floats(0, 1000, allow_nan=False), min_size=22, max_size=80, unique=True))
def test_neither_the_smallest_nor_the_largest_value_is_published(values: list[float]) -> None:
    told = Gate().percentiles(np.array(values)).values.values()
    assert not {cell.value for cell in told} & {min(values), max(values)}


def test_percentiles_of_many_are_those_of_the_households_to_a_hundredth_of_the_spread() -> None:
    values = np.arange(10_001) / 100.0
    found = Gate().percentiles(values)
    assert found.step == 1.0
    assert {percent: cell.value for percent, cell in found.values.items()} == {
        1.0: 1.0,
        5.0: 5.0,
        25.0: 25.0,
        50.0: 50.0,
        75.0: 75.0,
        95.0: 95.0,
        99.0: 99.0,
    }
    assert found.outermost() == (1.0, 99.0)


def test_the_percentiles_of_few_lie_further_in() -> None:
    # 100 households: 5 lie beyond the 5th percentile, 25 beyond the 25th.
    found = Gate().percentiles(np.arange(100.0))
    assert found.outermost() == (25.0, 75.0)
    assert found.values[5.0].text == "withheld"


def test_a_column_in_which_all_are_alike_is_not_described() -> None:
    gate = Gate()
    all_alike, nearly = np.ones(500), np.append(np.ones(495), np.zeros(5))
    assert gate.describe(all_alike, name="share").mean.why == "nearly all"
    assert gate.describe(nearly, name="share").mean.is_withheld
    assert gate.describe(np.append(np.ones(480), np.zeros(20)), name="share").mean.value == pytest.approx(0.96)


def test_a_description_leaves_out_what_is_missing_and_says_how_many_stay() -> None:
    found = Gate().describe(np.append(np.arange(40.0), math.nan), name="age")
    assert (found.households.text, found.mean.value) == ("40", 19.5)


@given(VALUES, st.lists(st.floats(1, 299, allow_nan=False), max_size=8, unique=True))
def test_a_histogram_has_no_bin_of_few_and_no_end(values: list[float], inner: list[float]) -> None:
    found = Gate().histogram(np.array(values), [0.0, *sorted(inner), 300.0], name="hours")
    assert all(one.households >= LEAST for one in found.bins)
    if found.bins:
        assert sum(one.households for one in found.bins) == len(values)
        assert (found.bins[0].low, found.bins[-1].high) == (None, None)
    else:
        assert len(values) < LEAST


@given(st.lists(st.floats(0, 1, allow_nan=False), min_size=11, max_size=150))
def test_a_histogram_and_a_count_by_one_half_do_not_give_away_the_few_between(values: list[float]) -> None:
    # The group "at least half" is counted elsewhere: less the bins above, it must not leave a few.
    seen = np.array(values)
    upper = int((seen >= 0.5).sum())
    if not LEAST <= upper <= seen.size - LEAST:
        return
    found = Gate().histogram(seen, [0.0, 0.25, 0.5, 0.75, 1.0], name="share", kept=(0.5,))
    assert 0.5 in {one.low for one in found.bins}


@given(VALUES, st.integers(1, 40))
def test_points_are_taken_together_by_eleven(values: list[float], bins: int) -> None:
    x = np.array(values)
    found = Gate().points(x, ("y", 2.0 * x), bins=bins, name="residuals")
    assert all(one.households >= LEAST for one in found.bins)
    assert sum(one.households for one in found.bins) in {0, x.size}
    if x.size >= LEAST:
        assert sum(one.households * one.means["y"] for one in found.bins) == pytest.approx(2.0 * x.sum(), abs=1e-6)


def test_a_list_of_influential_areas_is_for_an_internal_gate_alone() -> None:
    rows = ({"block_group": "120730001001", "moves": 0.4},)
    gate = Gate()
    assert gate.rows(rows, is_internal=True, name="Influence") == ()
    assert gate.rows(rows, is_internal=False) == rows
    assert Gate(is_internal=True).rows(rows, is_internal=True) == rows
    assert gate.account[-1].words(LEAST) == "Influence: 1 of 1 withheld (it lists single places or households)."


def test_requests_that_are_public_are_exempt() -> None:
    assert Gate().public_count(3).text == "3"


def test_an_internal_gate_passes_everything_and_says_so_on_each_thing() -> None:
    gate = Gate(is_internal=True)
    assert gate.count(3).text == "3 (internal)"
    assert gate.share(400, 400).text == "100.0 % (internal)"
    table = gate.breakdown({"a": 3, "b": 40}, name="parts")
    assert [cells[0].text for cells in table.cells if cells[0]] == ["3 (internal)", "40 (internal)", "43"]
    x = np.arange(5.0)
    for thing in (table, gate.percentiles(x), gate.describe(x, name="x"), gate.histogram(x, [0, 2, 5], name="h"), gate.points(x, name="p")):
        assert thing.note == INTERNAL
    assert gate.percentiles(x).outermost() is not None
    assert gate.account_table().notes == (INTERNAL,)


def test_the_account_says_what_was_withheld_and_why_but_not_how_many_for_which_reason() -> None:
    gate = Gate()
    gate.breakdown({"a": 3, "b": 40, "c": 90}, name="By area")
    gate.count(4000, name="Households")
    rows = gate.account_table().rows
    because = "fewer than 11 households stand behind it; a smaller one could be worked out from it"
    assert rows == (("By area", "2", "2", because), ("Households", "1", "0", "–"))


def test_a_table_is_printed_with_its_note() -> None:
    table = Gate().breakdown({"a": 3, "b": 40}, name="By area").printed(first="Area")
    assert table.head == ("Area", "Households")
    assert table.rows == (("a", "withheld"), ("b", "withheld"), ("Total", "43"))
    assert "2 numbers" in table.notes[-1]
