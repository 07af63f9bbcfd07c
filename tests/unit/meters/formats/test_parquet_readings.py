"""Parquet: what is standard already is handed on, everything else is made so; what is broken is said."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.meters.formats import ReadingOptions, ReadingsUnusable, open_readings
from tests.unit.meters.formats.reading_tables import NOON, TWO_METERS_ROWS, UTC_US, all_of, codes_of, faults_of, rows_of, slots, two_meters


def written(folder: Path, table: pa.Table, name: str = "readings.parquet", **how: Any) -> Path:
    pq.write_table(table, folder / name, **how)
    return folder / name


def with_column(name: str, values: pa.Array) -> pa.Table:
    table = two_meters()
    return table.set_column(table.column_names.index(name), name, values) if name in table.column_names else table.append_column(name, values)


def test_a_standard_file_gives_its_rows_and_takes_the_road_without_conversion(tmp_path: Path) -> None:
    path = written(tmp_path, two_meters())
    source = open_readings([path])
    assert rows_of(source) == TWO_METERS_ROWS
    assert (source.parquet_files, source.row_count, source.id_type, source.has_quality, source.has_arrival) == ((path,), 4, "int", False, False)


def test_readings_can_be_read_again_from_the_start(tmp_path: Path) -> None:
    source = open_readings(written(tmp_path, two_meters()))
    assert rows_of(source) == rows_of(source)


@pytest.mark.parametrize(
    "table",
    [
        with_column("meter_id", pa.array([1, 1, 2, 2], pa.int32())),
        with_column("meter_id", pa.array(["a", "a", "b", "b"]).dictionary_encode()),
        with_column("kwh", pa.array([0, 1, 2, 3], pa.int16())),
        with_column("kwh", pa.array([0, 1, 2, 3], pa.float32())),
        with_column("interval_start", pa.array([*slots(2), *slots(2)]).cast(pa.timestamp("s", tz="America/New_York"))),
        with_column("quality", pa.array(["A", "E", None, "A"])),
    ],
)
def test_other_types_of_the_same_meaning_are_standard_too(tmp_path: Path, table: pa.Table) -> None:
    assert open_readings(written(tmp_path, table)).parquet_files


@pytest.mark.parametrize(
    ("table", "options"),
    [
        (with_column("version", pa.array([1, 1, 1, 2])), ReadingOptions()),
        (with_column("interval_start", pa.array([*slots(2), *slots(2)]).cast(pa.timestamp("us"))), ReadingOptions(timezone="UTC")),
        (with_column("meter_id", pa.array([1, None, 2, 2])), ReadingOptions()),
        (two_meters(), ReadingOptions(unit="Wh")),
        (two_meters(), ReadingOptions(is_interval_end=True)),
        (two_meters(), ReadingOptions(ids="text")),
    ],
)
def test_what_needs_work_does_not_take_that_road(tmp_path: Path, table: pa.Table, options: ReadingOptions) -> None:
    assert open_readings(written(tmp_path, table), options).parquet_files == ()


def test_a_file_with_quality_beside_one_without_does_not_take_that_road(tmp_path: Path) -> None:
    written(tmp_path, two_meters(), "a.parquet")
    written(tmp_path, with_column("quality", pa.array(["E", "A", "E", None])), "b.parquet")
    source = open_readings(tmp_path)
    assert source.parquet_files == ()
    assert all_of(source)["is_estimated"].to_pylist() == [False] * 4 + [True, False, True, False]


def test_decimals_and_dictionaries_become_numbers_and_text(tmp_path: Path) -> None:
    table = with_column("kwh", pa.array([Decimal("0.125"), None, Decimal("1.500"), Decimal("-0.250")], pa.decimal128(9, 3)))
    table = table.set_column(0, "meter_id", pa.array(["x", "x", "y", "y"]).dictionary_encode())
    assert [(row[0], row[2]) for row in rows_of(open_readings(written(tmp_path, table)))] == [("x", 0.125), ("x", None), ("y", 1.5), ("y", -0.25)]


def test_the_newest_arrival_is_an_ordinal_and_a_missing_one_is_the_oldest(tmp_path: Path) -> None:
    arrived = pa.array([NOON, NOON + timedelta(hours=1), None, NOON]).cast(pa.timestamp("ms", tz="UTC"))
    noon_us = int(NOON.timestamp()) * 1_000_000
    ordinals = all_of(open_readings(written(tmp_path, with_column("arrived_at", arrived))))["arrival"].to_pylist()
    assert ordinals == [noon_us, noon_us + 3_600_000_000, -(2**63), noon_us]


def test_columns_by_other_names_are_found_by_the_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, two_meters().rename_columns(["nmi", "t", "e"]))
    source = open_readings(path, ReadingOptions(columns={"meter_id": "nmi", "interval_start": "t", "kwh": "e"}))
    assert rows_of(source) == TWO_METERS_ROWS
    assert source.parquet_files == ()


def test_every_file_with_missing_columns_is_named_once_with_what_came_and_what_to_do(tmp_path: Path) -> None:
    written(tmp_path, two_meters().rename_columns(["id", "interval_start", "value"]), "a.parquet")
    written(tmp_path, two_meters().rename_columns(["id", "interval_start", "value"]), "b.parquet")
    written(tmp_path, two_meters().rename_columns(["meter_id", "when", "kwh"]), "c.parquet")
    unusable = faults_of(tmp_path)
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["missing_columns"] * 3
    assert "a.parquet" in unusable.message
    assert "missing columns: meter_id, kwh; these came: id, interval_start, value" in unusable.message
    assert "--column meter_id=THEIRS --column kwh=THEIRS" in unusable.message
    assert "missing columns: interval_start; these came: meter_id, when, kwh" in unusable.message


def test_wrong_types_are_named_all_at_once(tmp_path: Path) -> None:
    table = pa.table({"meter_id": [1.5], "interval_start": [20240110], "kwh": [True], "quality": [3], "version": ["new"]})
    unusable = faults_of(written(tmp_path, table))
    assert unusable is not None
    assert [fault.words.split()[1] for fault in unusable.faults] == ["meter_id", "interval_start", "kwh", "quality", "version"]


def test_a_wrong_type_does_not_hide_written_energies_that_are_no_numbers(tmp_path: Path) -> None:
    table = pa.table({"meter_id": [1.5], "interval_start": [20250301], "kwh": ["a"]})
    words = str(faults_of(written(tmp_path, table)))
    assert [column for column in ("meter_id", "interval_start", "no energy is a number ('a')") if column not in words] == []
    missing = str(faults_of(written(tmp_path, table.drop_columns(["meter_id"]).set_column(0, "when", pa.array(["x"])))))
    assert [part for part in ("missing columns: meter_id, interval_start", "no energy is a number ('a')") if part not in missing] == []


def test_naive_times_need_a_zone(tmp_path: Path) -> None:
    unusable = faults_of(written(tmp_path, with_column("interval_start", pa.array([*slots(2), *slots(2)]).cast(pa.timestamp("us")))))
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["naive_times"]
    assert "--timezone" in unusable.message


def test_written_times_without_a_zone_are_refused_when_the_file_is_opened(tmp_path: Path) -> None:
    path = written(tmp_path, with_column("interval_start", pa.array(["2024-01-10 12:00"] * 4)))
    with pytest.raises(ReadingsUnusable, match="times carry no zone"):
        open_readings(path)


def test_a_file_that_was_cut_off_is_known_before_anything_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, two_meters())
    path.write_bytes(path.read_bytes()[:-20])
    (tmp_path / "other.parquet").write_bytes(b"no parquet")
    assert codes_of(tmp_path) == ["truncated_file", "truncated_file"]


def test_a_broken_row_group_is_named_when_it_is_reached(tmp_path: Path) -> None:
    path = written(tmp_path, pa.concat_tables([two_meters()] * 500), row_group_size=1000, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    second = pq.ParquetFile(path).metadata.row_group(1).column(1)
    at = second.data_page_offset
    content[at : at + second.total_compressed_size] = bytes(second.total_compressed_size)
    path.write_bytes(content)
    source = open_readings(path)
    unusable = faults_of(path)
    assert source.row_count == 2000
    assert unusable is not None
    assert "row group 1" in unusable.message


def test_rows_without_meter_or_time_are_left_out_and_counted_with_their_row_group(tmp_path: Path) -> None:
    table = pa.table(
        {"meter_id": [1, None, 2, None], "interval_start": pa.array([NOON, NOON, None, None]).cast(UTC_US), "kwh": [1.0, 2.0, 3.0, None]}
    )
    source = open_readings(written(tmp_path, table))
    assert rows_of(source) == [(1, NOON, 1.0)]
    assert source.faults.counts == {"missing_meter_id": 1, "missing_time": 1}
    assert source.faults.places("missing_meter_id")[0].endswith("row group 0, row 1")


def test_times_no_meter_can_have_are_left_out(tmp_path: Path) -> None:
    times = [NOON, datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC), NOON]
    source = open_readings(written(tmp_path, with_column("interval_start", pa.array(times).cast(UTC_US))))
    assert len(rows_of(source)) == 2
    assert source.faults.counts == {"time_out_of_range": 2}


def test_numbers_that_measure_nothing_are_not_received_or_infinite_and_counted_apart(tmp_path: Path) -> None:
    table = with_column("kwh", pa.array([float("nan"), float("-inf"), 99_999.0, -5_000.0]))
    source = open_readings(written(tmp_path, table))
    assert [row[2] for row in rows_of(source)] == [None, math.inf, math.inf, -5_000.0]
    assert source.faults.counts == {"not_a_number": 1, "infinite_energy": 1, "absurd_energy": 1}
    all_of(source)
    assert source.faults["absurd_energy"] == 1, "a second reading counts anew"


def test_ids_of_two_types_in_two_files_are_refused_unless_text_is_said(tmp_path: Path) -> None:
    written(tmp_path, two_meters(), "a.parquet")
    written(tmp_path, with_column("meter_id", pa.array(["1", "1", "x", "x"])), "b.parquet")
    unusable = faults_of(tmp_path)
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["mixed_meter_ids"]
    assert "b.parquet" in unusable.message
    assert {row[0] for row in rows_of(open_readings(tmp_path, ReadingOptions(ids="text")))} == {"1", "2", "x"}
