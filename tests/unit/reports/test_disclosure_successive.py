"""Attacks on counts that are told again and again: differences of reports, of totals, of what was withheld in one and told in another."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_audit import bounds, exposed
from evenhand.reports.disclosure_successive import Published
from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.reports.errors import CountsContradict

pytestmark = pytest.mark.slow

LEAST = 11
AREAS = ("a", "b", "c", "d")
CITY = [Sum("city", AREAS)]
COUNT = st.one_of(st.integers(0, 14), st.integers(0, 60))
REPORTS = st.lists(st.fixed_dictionaries(dict.fromkeys(AREAS, COUNT)), min_size=2, max_size=4)


def told_over(reports: list[dict[str, int]], sums: list[Sum]) -> list[Published]:
    gate, before, found = Gate(), None, []
    for counts in reports:
        before = gate.successive(before, counts, sums)
        found.append(before)
    return found


@given(REPORTS)
def test_between_two_reports_no_printed_cell_moves_by_fewer_than_eleven(reports: list[dict[str, int]]) -> None:
    told = told_over(reports, [])
    for earlier, later in pairwise(told):
        for name in AREAS:
            one, two = earlier.cells[name].value, later.cells[name].value
            assert one is None or two is None or one == two or abs(one - two) >= LEAST


@settings(max_examples=25)
@given(REPORTS)
def test_all_reports_together_give_away_no_small_cell_of_any_of_them(reports: list[dict[str, int]]) -> None:
    # The attacker even knows when a cell was replaced: unknowns that did not change are one unknown.
    told = told_over(reports, CITY)
    printed: dict[Key, float | None] = {}
    truth: dict[Key, float] = {}
    for one in told:
        for name, cell in one.cells.items():
            key = (name, one.version[name])
            truth[key] = one.standing[name]
            printed[key] = cell.value if printed.get(key) is None else printed[key]
    assert exposed(bounds(printed, told[-1].sums), truth, least=LEAST) == []


@settings(max_examples=15)
@given(REPORTS)
def test_a_total_is_the_sum_of_what_stands_and_not_of_what_is_true(reports: list[dict[str, int]]) -> None:
    for one in told_over(reports, CITY):
        assert one.standing["city"] == sum(one.standing[name] for name in AREAS)


def test_a_cell_of_which_two_came_back_keeps_its_number_and_so_does_its_total() -> None:
    first, second = told_over([{"a": 40, "b": 50, "c": 60, "d": 70}, {"a": 38, "b": 50, "c": 60, "d": 20}], CITY)
    # a: 2 changed, so 40 stands. d: 50 changed. A true total of 168 would tell the 38.
    assert {name: cell.text for name, cell in second.cells.items()} == {"a": "40", "b": "50", "c": "60", "d": "20", "city": "170"}
    assert first.cells["city"].text == "220"


def test_small_changes_add_up_until_they_are_told() -> None:
    texts = [one.cells["a"].text for one in told_over([{"a": n} for n in (60, 55, 50, 49, 45)], [])]
    assert texts == ["60", "60", "60", "49", "49"]


def test_households_that_came_and_went_count_as_changed_where_somebody_counts_them() -> None:
    gate = Gate()
    first = gate.successive(None, {"a": 40})
    assert gate.successive(first, {"a": 41}).cells["a"].text == "40"
    assert gate.successive(first, {"a": 41}, changed={"a": 11}).cells["a"].text == "41"
    assert gate.successive(first, {"a": 60}, changed={"a": 3}).cells["a"].text == "40"


def test_a_cell_reads_fewer_than_eleven_at_zero_too_until_its_whole_neighbourhood_is_back() -> None:
    gate, homes = Gate(), {"north": ("a", "b")}
    first = gate.successive(None, {"a": 30, "b": 40}, neighbourhoods=homes)
    second = gate.successive(first, {"a": 0, "b": 12}, neighbourhoods=homes)
    third = gate.successive(second, {"a": 0, "b": 0}, neighbourhoods=homes)
    assert [one.cells["a"].text for one in (first, second, third)] == ["30", "fewer than 11", "0"]
    assert [one.cells["b"].text for one in (first, second, third)] == ["40", "12", "0"]


def test_that_all_are_back_does_not_tell_how_few_were_out_before() -> None:
    # 7 of a were out and withheld; were both totals told, their difference would be the 7.
    gate, homes = Gate(), {"north": ("a",)}
    first = gate.successive(None, {"a": 7, "b": 40, "c": 90, "d": 50}, CITY, neighbourhoods=homes)
    second = gate.successive(first, {"a": 0, "b": 40, "c": 90, "d": 50}, CITY, neighbourhoods=homes)
    assert second.cells["a"].text == "0"
    assert first.cells["city"].is_withheld or second.cells["city"].is_withheld


def test_the_record_survives_being_written_and_read() -> None:
    gate = Gate()
    first = gate.successive(None, {"a": 5, "b": 40, "c": 90, "d": 50}, CITY)
    again = Published.from_json(first.to_json())
    assert again == first
    later = {"a": 25, "b": 40, "c": 91, "d": 10}
    assert gate.successive(again, later, CITY) == gate.successive(first, later, CITY)


def test_an_internal_gate_tells_every_change() -> None:
    gate = Gate(is_internal=True)
    first = gate.successive(None, {"a": 40, "b": 3, "c": 90, "d": 50}, CITY)
    second = gate.successive(first, {"a": 38, "b": 3, "c": 90, "d": 50}, CITY)
    assert (second.cells["a"].value, second.cells["b"].value, second.cells["city"].value) == (38, 3, 181)
    assert second.note.startswith("Internal")


def test_a_name_that_is_no_longer_counted_is_refused_with_all_others() -> None:
    gate = Gate()
    first = gate.successive(None, {"a": 40, "b": 50})
    with pytest.raises(CountsContradict) as caught:
        gate.successive(first, {"a": 40}, [Sum("city", ("a", "x"))])
    assert len(caught.value.facts["faults"]) == 2  # type: ignore[arg-type]
