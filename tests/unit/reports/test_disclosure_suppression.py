"""Nobody who holds the printed tables, and every sum that they keep, can work out a small count: by linear programming, and by trying every table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_audit import bounds, exposed
from evenhand.reports.disclosure_cells import GatedTable
from evenhand.reports.disclosure_suppression import Key, Sum, withheld_cells
from evenhand.reports.errors import CountsContradict

pytestmark = pytest.mark.slow

LEAST = 11
COUNT = st.one_of(st.integers(0, 14), st.integers(0, 60))
SMALL_TABLES = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(st.lists(COUNT, min_size=shape[1], max_size=shape[1]), min_size=shape[0], max_size=shape[0])
)


def gated(counts: Sequence[Sequence[int]], gate: Gate | None = None, **options: object) -> GatedTable:
    rows, columns = [f"row {i}" for i in range(len(counts))], [f"column {j}" for j in range(len(counts[0]))]
    return (gate or Gate()).table(counts, rows=rows, columns=columns, name="a table", **options)  # type: ignore[arg-type]


def truth_of(counts: Sequence[Sequence[int]], table: GatedTable) -> dict[Key, float]:
    """True counts by key, totals added here and not by the gate."""
    inner = np.array(counts)
    whole = np.vstack([np.column_stack([inner, inner.sum(axis=1)]), np.append(inner.sum(axis=0), inner.sum())])
    return {key: float(whole[i, j]) for i, keys in enumerate(table.keys) for j, key in enumerate(keys)}


def printed(table: GatedTable) -> dict[Key, float | None]:
    return {key: cell.value for key, cell in table.by_key().items()}


@settings(max_examples=40)
@given(SMALL_TABLES)
def test_no_small_cell_of_a_table_with_totals_can_be_worked_out_or_even_told_to_be_small(counts: list[list[int]]) -> None:
    table = gated(counts)
    truth = truth_of(counts, table)
    assert all(value is None or value == truth[key] >= LEAST for key, value in printed(table).items())
    known = bounds(printed(table), table.sums)
    assert exposed(known, truth, least=LEAST) == []
    assert [key for key, one in known.items() if truth[key] < LEAST and one.high < LEAST - 1e-6] == []


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=2), min_size=2, max_size=3))
def test_every_table_that_prints_alike_is_tried_and_a_small_cell_takes_every_value(counts: list[list[int]]) -> None:
    # With a least of 3, cells of 0 to 7 are few enough to try them all: no linear programme stands between claim and proof.
    least = 3
    table = gated(counts, Gate(least=least))
    told = printed(table)
    choices = [[int(value)] if (value := told[key]) is not None else range(8) for keys in table.keys[:-1] for key in keys[:2]]
    tried = np.array(list(product(*choices))).reshape(-1, len(counts), 2)
    across, down = tried.sum(axis=2), tried.sum(axis=1)
    totals = np.concatenate([across, down, down.sum(axis=1, keepdims=True)], axis=1)
    keys = [*(row[2] for row in table.keys[:-1]), *table.keys[-1]]
    alike = np.all([(told[key] is None) | (totals[:, k] == told[key]) for k, key in enumerate(keys)], axis=0)
    for i, j in product(range(len(counts)), range(2)):
        if counts[i][j] < least:
            assert set(range(least)) <= set(tried[alike][:, i, j].tolist())


def test_one_small_cell_of_a_row_takes_another_with_it_and_reads_alike() -> None:
    # 3 + 40 + 100 = 143: were 40 printed, 143 − 100 − 40 = 3 would follow. 40 is the cheapest to withhold.
    table = Gate().breakdown({"a": 3, "b": 40, "c": 100}, name="parts")
    assert [row[0].text for row in table.cells if row[0]] == ["withheld", "withheld", "100", "143"]


def test_two_small_cells_that_are_few_together_take_a_third_with_them() -> None:
    # 4 + 5 = 9 would follow from 109 − 100, which is fewer than 11.
    table = Gate().breakdown({"a": 4, "b": 5, "c": 100}, name="parts")
    assert [row[0].is_withheld for row in table.cells if row[0]] == [True, True, True, False]


def test_two_small_cells_that_are_enough_together_hide_each_other() -> None:
    table = Gate().breakdown({"a": 4, "b": 9, "c": 100}, name="parts")
    assert [row[0].text for row in table.cells if row[0]] == ["withheld", "withheld", "100", "113"]


def test_nothing_is_withheld_where_nothing_is_small() -> None:
    assert not any(cell.is_withheld for cells in gated([[11, 12], [13, 14]]).cells for cell in cells if cell)


def test_zero_is_small_and_an_impossible_cell_is_no_cell() -> None:
    table = Gate().table([[0, 30], [None, 40], [12, 50]], rows=["a", "b", "c"], columns=["x", "y"], name="t")
    assert [table.at("a", "x"), table.at("b", "x")] != [None, None]
    cell = table.at("a", "x")
    assert cell is not None
    assert cell.is_withheld
    assert table.at("b", "x") is None
    assert table.printed().rows[1][1] == "–"


@settings(max_examples=25)
@given(st.lists(COUNT, min_size=6, max_size=6))
def test_a_hierarchy_of_areas_gives_away_no_small_one(counts: list[int]) -> None:
    # Block groups 0–2 are tract T, 3–5 are tract U; the city is both.
    rows = [f"b{k}" for k in range(6)]
    subtotals = {"T": rows[:3], "U": rows[3:]}
    table = Gate().table([[n] for n in counts], rows=rows, columns=["Households"], name="areas", column_dimension=None, row_totals=False,
                         subtotals=subtotals)  # fmt: skip
    values = [*counts, sum(counts[:3]), sum(counts[3:]), sum(counts)]
    truth: dict[Key, float] = {keys[0]: float(n) for keys, n in zip(table.keys, values, strict=True)}
    assert len(table.sums) == 3
    assert exposed(bounds(printed(table), table.sums), truth, least=LEAST) == []


@settings(max_examples=25)
@given(st.lists(st.lists(COUNT, min_size=3, max_size=3), min_size=3, max_size=4), st.permutations([0, 1, 2]))
def test_overlapping_tables_of_one_population_together_give_away_no_small_cell(counts: list[list[int]], order: list[int]) -> None:
    # By area, by group, and by both, in any order: an attacker has all three.
    gate = Gate()
    rows, columns = [f"area {i}" for i in range(len(counts))], ["g0", "g1", "g2"]
    inner = np.array(counts)

    def by_area() -> GatedTable:
        parts = dict(zip(rows, inner.sum(axis=1).tolist(), strict=True))
        return gate.breakdown(parts, name="by area", population="p", dimension="area")

    def by_group() -> GatedTable:
        parts = dict(zip(columns, inner.sum(axis=0).tolist(), strict=True))
        return gate.breakdown(parts, name="by group", population="p", dimension="group")

    def by_both() -> GatedTable:
        return gate.table(counts, rows=rows, columns=columns, name="both", row_dimension="area", column_dimension="group", population="p")

    tables = [(by_area, by_group, by_both)[k]() for k in order]
    joined: dict[Key, float | None] = {}
    for table in tables:
        for key, value in printed(table).items():
            joined[key] = value if joined.get(key) is None else joined[key]  # printed in one table is known in all
    both = tables[order.index(2)]
    known = bounds(joined, [one for table in tables for one in table.sums])
    assert exposed(known, truth_of(counts, both), least=LEAST) == []


def test_two_tables_of_one_population_that_count_differently_are_refused() -> None:
    gate = Gate()
    gate.breakdown({"a": 20, "b": 30}, name="first", population="p")
    with pytest.raises(CountsContradict, match="counted twice"):
        gate.breakdown({"a": 21, "b": 30}, name="second", population="p")


def test_a_total_that_is_known_anyhow_is_not_withheld() -> None:
    counts: Mapping[Key, int] = {"city": 30, "a": 4, "b": 26}
    gone = withheld_cells(counts, [Sum("city", ("a", "b"))], least=LEAST, known={"city"})
    assert gone == {"a": "few", "b": "beside"}


def test_every_contradiction_is_named_at_once() -> None:
    with pytest.raises(CountsContradict) as caught:
        withheld_cells({"whole": 10, "a": -1, "b": 5}, [Sum("whole", ("a", "b")), Sum("whole", ("a", "c"))], least=LEAST)
    assert len(caught.value.facts["faults"]) == 3  # type: ignore[arg-type]


def test_the_attacker_finds_a_cell_that_is_badly_hidden() -> None:
    # The audit itself: 12 − 9 = 3 is told exactly; with nothing else withheld 0 to 4 is told where parts add up to 4.
    sums = [Sum("total", ("a", "b"))]
    assert exposed(bounds({"total": 12.0, "a": None, "b": 9.0}, sums), {"a": 3.0}, least=LEAST) == ["a"]
    found = bounds({"total": 4.0, "a": None, "b": None}, sums)
    assert (found["a"].low, found["a"].high) == (0.0, 4.0)
    assert exposed(found, {"a": 1.0, "b": 3.0}, least=LEAST) == ["a", "b"]


def test_the_attacker_says_where_prints_contradict_each_other() -> None:
    with pytest.raises(ArithmeticError):
        bounds({"total": 4.0, "a": 5.0, "b": None}, [Sum("total", ("a", "b"))])


def test_a_large_table_by_area_keeps_its_small_cells() -> None:
    # 50 areas with a handful of reports each, as after a storm: more small cells than are weighed one by one.
    draw = np.random.default_rng(8311)
    households = draw.integers(20, 400, 50)
    reported = draw.binomial(households, 0.01)
    counts = np.column_stack([reported, households - reported]).tolist()
    table = gated(counts)
    assert exposed(bounds(printed(table), table.sums), truth_of(counts, table), least=LEAST) == []
