"""Readings by meter and readings in any order lead to the same tables, however the files are cut."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.meters import windows
from evenhand.meters.arrival_road import ArrivalJudge
from evenhand.meters.detect import detect
from evenhand.meters.detections import Detections
from evenhand.meters.errors import RevisionsWithoutOrder
from evenhand.meters.limits import TimeGrid
from evenhand.meters.outage_tables import outages_table
from evenhand.meters.parameters import RobustRule, ZeroRule
from evenhand.vocabulary.tables import UTC_TIME
from tests.unit.meters.drawn_meters import EVENT, rows_of, sorted_file, table_of, whole

pytestmark = pytest.mark.slow

DRAWINGS = (
    "",
    "#" * 20 + "0" * 30,
    "#" * 9 + "." * 50 + "##" + "." * 9,
    "0" * 192,
    "#" * 30 + "." * 162,
    "#.#" * 20 + "n" * 20,
    "##0" * 9 + "e" * 40,
)


def city(n_meters: int, *, text: bool = False) -> list[dict[str, Any]]:
    ids: list[Any] = [f"M{k:04}" if text else 100 + k for k in range(n_meters)]
    return [row for k, meter in enumerate(ids) for row in rows_of(meter, whole(DRAWINGS[k % len(DRAWINGS)]))]


def same(one: Detections, other: Detections) -> bool:
    return bool(one.outages.equals(other.outages) and one.interruptions.equals(other.interruptions))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return city(40)


@pytest.fixture(scope="module")
def expected(rows: list[dict[str, Any]]) -> Detections:
    return detect(table_of(rows), event=EVENT)


@pytest.mark.parametrize("rows_in_group", [7, 100, 336, 5000, 10**6])
def test_row_groups_may_split_meters_anywhere(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path, rows_in_group: int) -> None:
    path = sorted_file(table_of(rows), tmp_path / "readings.parquet", rows_in_group=rows_in_group)
    found = detect(path, event=EVENT)
    assert found.road == "sorted"
    assert same(found, expected)


def test_parts_of_a_meter_in_parts_of_files_are_put_together(
    rows: list[dict[str, Any]], expected: Detections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenhand.meters.parquet_parts.PART_ROWS", 150)  # less than half a meter, so some lie in three parts
    table = table_of(rows)
    for k, begin in enumerate(range(0, table.num_rows, 1777)):
        sorted_file(table.slice(begin, 1777), tmp_path / f"{k:03}.parquet", rows_in_group=90)
    found = detect(tmp_path, event=EVENT)
    assert found.road == "sorted"
    assert same(found, expected)


def test_a_large_row_group_goes_by_batches(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evenhand.meters.parquet_parts.WHOLE_ROWS", 1000)
    monkeypatch.setattr("evenhand.meters.parquet_parts.BATCH_ROWS", 501)
    assert same(detect(sorted_file(table_of(rows), tmp_path / "one.parquet", rows_in_group=10**6), event=EVENT), expected)


def test_readings_in_time_order_take_the_other_road_to_the_same_answer(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path) -> None:
    by_time = sorted(rows, key=lambda row: (row["interval_start"], -row["meter_id"]))
    found = detect(sorted_file(table_of(by_time), tmp_path / "by_time.parquet", rows_in_group=999), event=EVENT)
    assert found.road == "arrival"
    assert same(found, expected)


def test_late_double_and_shuffled_rows_change_nothing(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path) -> None:
    chance = random.Random(8311)
    mixed = rows + chance.choices(rows, k=len(rows) // 5)
    chance.shuffle(mixed)
    found = detect(sorted_file(table_of(mixed), tmp_path / "mixed.parquet", rows_in_group=700), event=EVENT)
    assert found.road == "arrival"
    assert same(found, expected)
    assert {warning.code for warning in found.warnings} >= {"double_rows"}


def test_a_meter_that_turns_up_again_at_the_very_end_is_not_judged_twice(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path) -> None:
    apart = [row for k, row in enumerate(rows) if k % 336] + [row for k, row in enumerate(rows) if not k % 336]
    found = detect(sorted_file(table_of(apart), tmp_path / "apart.parquet", rows_in_group=3000), event=EVENT)
    assert found.road == "arrival"
    assert same(found, expected)


def test_meters_in_no_order_but_each_in_one_piece_stay_on_the_fast_road(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path) -> None:
    pieces = sorted(rows, key=lambda row: (row["meter_id"] * 7919 % 101, row["interval_start"]))
    found = detect(sorted_file(table_of(pieces), tmp_path / "pieces.parquet", rows_in_group=800), event=EVENT)
    assert found.road == "sorted"
    assert same(found, expected)


@pytest.mark.parametrize("rows_in_group", [50, 10_000])
def test_a_row_without_a_value_behind_a_border_takes_no_reading_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_in_group: int) -> None:
    monkeypatch.setattr("evenhand.meters.parquet_parts.WHOLE_ROWS", 400)
    monkeypatch.setattr("evenhand.meters.parquet_parts.BATCH_ROWS", 50)
    once = [row for meter in (1, 2, 3) for row in rows_of(meter, whole("#" * 30 + "0" * 10))]
    twice = [row for meter in (1, 2, 3) for row in rows_of(meter, whole("#" * 30 + "0" * 10)) + rows_of(meter, "." * 150 + "n" * 60)]
    tables = [table_of(rows).drop_columns("quality") for rows in (once, twice)]
    files = [sorted_file(table, tmp_path / f"{k}.parquet", rows_in_group=rows_in_group) for k, table in enumerate(tables)]
    expected, found = (detect(file, event=EVENT) for file in files)
    assert (expected.road, found.road) == ("sorted", "sorted")
    assert same(found, expected)


@pytest.mark.parametrize("as_dictionary", [False, True])
def test_text_ids_give_the_answers_of_whole_numbers(expected: Detections, tmp_path: Path, as_dictionary: bool) -> None:
    table = table_of(city(40, text=True))
    if as_dictionary:
        table = table.set_column(0, "meter_id", table["meter_id"].dictionary_encode())
    by_meter = detect(sorted_file(table, tmp_path / "text.parquet", rows_in_group=1000), event=EVENT)
    by_time = detect(table.sort_by("interval_start"), event=EVENT)
    assert by_meter.outages.drop_columns("meter_id").equals(expected.outages.drop_columns("meter_id"))
    assert same(by_meter, by_time)
    assert by_meter.outages["meter_id"].to_pylist()[:2] == ["M0000", "M0001"]


@pytest.mark.parametrize(("time", "kwh"), [("ms", pa.float64()), ("ns", pa.float32()), ("us", pa.float32())])
def test_other_units_of_time_and_shorter_floats_change_nothing(
    rows: list[dict[str, Any]], expected: Detections, tmp_path: Path, time: str, kwh: pa.DataType
) -> None:
    table = table_of(rows)
    table = table.set_column(1, "interval_start", table["interval_start"].cast(pa.timestamp(time, tz="America/New_York")))
    table = table.set_column(2, "kwh", table["kwh"].cast(kwh))
    path = tmp_path / "other.parquet"
    pq.write_table(table, path, row_group_size=1000, version="2.6")
    found = detect(path, event=EVENT)
    assert found.road == "sorted"
    assert same(found, expected)


def test_files_without_statistics_are_read_for_their_window(rows: list[dict[str, Any]], expected: Detections, tmp_path: Path) -> None:
    path = tmp_path / "bare.parquet"
    pq.write_table(table_of(rows), path, row_group_size=1000, write_statistics=False)
    assert same(detect(path, event=EVENT), expected)


@pytest.mark.parametrize("rule", [RobustRule(), ZeroRule()])
def test_a_matrix_cut_by_meters_gives_the_same_answer(rows: list[dict[str, Any]], rule: Any) -> None:
    source = windows.SourceRows(windows_source(rows))
    span = windows.span_of(source, None, EVENT)

    def judged(matrix_bytes: int) -> pa.Table:
        judge = ArrivalJudge(
            span, lambda grid: windows.checked_limits(rule, EVENT, grid), absurd_kwh=5000.0, has_arrivals=False, matrix_bytes=matrix_bytes
        )
        found = judge.judge(source, id_type=pa.int64(), progress=lambda _done, _total: None)
        assert isinstance(judge.grid, TimeGrid)
        return outages_table(found.sorted_by_id(), judge.grid)

    assert judged(7 * 400).equals(judged(10**8))


def windows_source(rows: list[dict[str, Any]]) -> Any:
    from evenhand.meters.formats.opening import open_readings

    return open_readings(table_of(sorted(rows, key=lambda row: row["interval_start"])))


def test_the_newest_revision_wins_in_any_order() -> None:
    first = [row | {"version": 1} for row in rows_of(1, whole("#" * 20 + "0" * 20))]
    revised = [row | {"version": 2} for row in rows_of(1, whole("#" * 60)) if row["interval_start"] >= EVENT.start + timedelta(hours=8)]
    silent = [row | {"version": 3, "kwh": None} for row in revised[:10]]
    rows = first + revised + silent
    orders = (rows, rows[::-1], sorted(rows, key=lambda row: row["version"] % 3))
    answers = [detect(table_of(order), event=EVENT).outages.to_pylist() for order in orders]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0]["hours"] == 19 / 2  # zeros of eight half-hours, then ten that were taken back, and half an hour at the edges


def revised_city() -> list[dict[str, Any]]:
    """Each meter first as it arrived, empty or wrong in places, then as it was corrected."""
    first = [row | {"version": 1, "kwh": 0.0 if k % 5 else None} for k, row in enumerate(city(9))]
    return first + [row | {"version": 2} for row in city(9)]


@pytest.mark.parametrize("order", ["by arrival", "by meter", "shuffled"])
@pytest.mark.parametrize("rows_in_group", [61, 5000])
def test_arrivals_in_files_decide_in_whatever_order_the_rows_lie(tmp_path: Path, order: str, rows_in_group: int) -> None:
    rows = [row | {"version": number} for number, row in enumerate(revised_city(), start=1)]  # one by one, as a head end numbers them
    if order == "by meter":
        rows.sort(key=lambda row: (row["meter_id"], row["interval_start"]))
    elif order == "shuffled":
        random.Random(7).shuffle(rows)
    found = detect(sorted_file(table_of(rows), tmp_path / "r.parquet", rows_in_group=rows_in_group), event=EVENT)
    assert found.road == ("sorted" if order == "by meter" else "arrival")
    assert same(found, detect(table_of(city(9)), event=EVENT))


def test_many_rows_of_one_arrival_are_compared_by_their_numbers(tmp_path: Path) -> None:
    found = detect(sorted_file(table_of(revised_city()), tmp_path / "r.parquet", rows_in_group=500), event=EVENT)
    assert same(found, detect(table_of(city(9)), event=EVENT))


def test_revisions_that_arrive_together_and_differ_have_no_order(tmp_path: Path) -> None:
    rows = [row | {"version": number // 2} for number, row in enumerate(city(3))]  # two rows a version, never of one interval
    clash = rows[-1] | {"kwh": 9.0}
    path = sorted_file(table_of([*rows, clash]), tmp_path / "r.parquet")
    with pytest.raises(RevisionsWithoutOrder):
        detect(path, event=EVENT)
    later = detect(sorted_file(table_of([*rows, clash | {"version": 10**6}]), tmp_path / "later.parquet"), event=EVENT)
    assert same(later, detect(table_of(city(3)), event=EVENT))


@pytest.mark.parametrize("first", [1, -10, 1_741_262_400_000, 20_250_306_120_000, 2**62])
@pytest.mark.parametrize("order", ["by meter", "newest first", "shuffled"])
def test_versions_of_any_size_keep_their_order(tmp_path: Path, first: int, order: str) -> None:
    rows = [row | {"version": row["version"] - 1 + first} for row in revised_city()]
    if order == "by meter":
        rows.sort(key=lambda row: (row["meter_id"], -row["version"], row["interval_start"]))
    elif order == "shuffled":
        random.Random(3).shuffle(rows)
    else:
        rows.reverse()
    expected = detect(table_of(city(9)), event=EVENT)
    assert same(detect(sorted_file(table_of(rows), tmp_path / "r.parquet", rows_in_group=500), event=EVENT), expected)
    assert same(detect(table_of(rows), event=EVENT), expected)


@pytest.mark.parametrize("first", [EVENT.start - timedelta(days=500), EVENT.start])
def test_arrivals_long_before_the_window_and_a_microsecond_apart_keep_their_order(tmp_path: Path, first: datetime) -> None:
    table = table_of(revised_city())
    arrived = pa.array([first + timedelta(microseconds=version) for version in table["version"].to_pylist()], UTC_TIME)
    table = table.drop_columns("version").append_column("arrived_at", arrived).take(pa.array(np.random.default_rng(5).permutation(table.num_rows)))
    expected = detect(table_of(city(9)), event=EVENT)
    for source in (table.sort_by("meter_id"), table):
        assert same(detect(sorted_file(source, tmp_path / "r.parquet", rows_in_group=500), event=EVENT), expected)
    assert same(detect(table, event=EVENT), expected)


@pytest.mark.parametrize("word", ["E", "e", " EST", "Estimated"])
def test_estimates_are_told_alike_on_both_roads(tmp_path: Path, word: str) -> None:
    rows = [row | {"quality": word if row["quality"] == "E" else "A"} for row in rows_of(1, whole("#" * 20 + "e" * 30)) + rows_of(2, whole(""))]
    by_meter = detect(sorted_file(table_of(rows), tmp_path / "e.parquet"), event=EVENT)
    assert by_meter.road == "sorted"
    assert same(by_meter, detect(table_of(rows), event=EVENT))
    assert by_meter.outages["hours"].to_pylist() == [15.5, 0.0]


@pytest.mark.parametrize("spread", [1, 10**9])
def test_ids_near_each_other_and_far_apart_are_told_apart(spread: int) -> None:
    rows = [row | {"meter_id": (row["meter_id"] - 100) * spread - 7} for row in city(30)]
    random.Random(1).shuffle(rows)
    found = detect(table_of(rows), event=EVENT)
    assert found.outages["meter_id"].to_pylist() == [k * spread - 7 for k in range(30)]
    assert found.outages["status"].to_pylist() == detect(table_of(city(30)), event=EVENT).outages["status"].to_pylist()


def test_without_a_compiler_the_answers_are_the_same(tmp_path: Path) -> None:
    sorted_file(table_of(city(7)), tmp_path / "by_meter.parquet")
    sorted_file(table_of(sorted(city(7), key=lambda row: row["interval_start"])), tmp_path / "by_time.parquet")
    code = (
        "import sys; from evenhand.meters import detect; from evenhand.vocabulary import compiled; from tests.unit.meters.drawn_meters import EVENT\n"
        "assert not compiled.IS_COMPILED\n"
        "for name in sys.argv[1:]: detect(name, event=EVENT).write(name.replace('.parquet', '_out.parquet'))"
    )
    names = [str(tmp_path / name) for name in ("by_meter.parquet", "by_time.parquet")]
    checkout = Path(__file__).resolve().parents[3]
    subprocess.run([sys.executable, "-W", "error", "-c", code, *names], check=True, cwd=checkout, env=os.environ | {"NUMBA_DISABLE_JIT": "1"})
    for name in names:
        assert pq.read_table(name.replace(".parquet", "_out.parquet")).equals(detect(name, event=EVENT).outages)


def test_a_value_replaces_the_empty_row_that_came_first() -> None:
    empty = rows_of(1, whole("#" * 20 + "n" * 20))
    value = rows_of(1, whole(""))
    for rows in (empty + value, value + empty):
        assert detect(table_of(rows), event=EVENT).outages["status"].to_pylist() == ["never_out"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(DRAWINGS), min_size=1, max_size=6), st.integers(1, 700), st.randoms(use_true_random=False))
def test_sorted_and_arrival_agree_for_any_city(tmp_path: Path, drawings: list[str], rows_in_group: int, chance: Any) -> None:
    rows = [row for meter, drawing in enumerate(drawings) for row in rows_of(meter, whole(drawing))]
    shuffled = rows[:]
    chance.shuffle(shuffled)
    by_meter = detect(sorted_file(table_of(rows), tmp_path / "a.parquet", rows_in_group=rows_in_group), event=EVENT)
    by_arrival = detect(sorted_file(table_of(shuffled), tmp_path / "b.parquet", rows_in_group=rows_in_group), event=EVENT)
    assert by_meter.road == "sorted"
    assert same(by_meter, by_arrival)
