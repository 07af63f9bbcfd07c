"""A folder as a head end fills it: files of several formats, day by day, others' files beside them."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from evenhand.meters.formats import ReadingOptions, open_readings
from tests.unit.meters.formats.reading_tables import NOON, UTC_US, codes_of, faults_of, rows_of, two_meters


def test_files_of_mixed_formats_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "2024" / "01").mkdir(parents=True)
    pq.write_table(two_meters(), tmp_path / "2024" / "01" / "2024-01-10.parquet")
    (tmp_path / "2024" / "01" / "2024-01-11.csv").write_text("meter_id,interval_start,kwh,quality\n2,2024-01-11T12:00Z,7,E\n")
    (tmp_path / "2024" / "01" / "2024-01-12.csv.gz").write_bytes(gzip.compress(b"meter_id;interval_start;kwh\n1;2024-01-12T12:00Z;8,5\n"))
    source = open_readings(tmp_path)
    assert rows_of(source)[4:] == [(2, NOON + timedelta(days=1), 7.0), (1, NOON + timedelta(days=2), 8.5)]
    assert (source.parquet_files, source.row_count, source.has_quality) == ((), None, True)


def test_files_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    pq.write_table(two_meters(), tmp_path / "a.parquet")
    (tmp_path / "_SUCCESS").touch()
    (tmp_path / ".a.parquet.crc").write_bytes(b"crc")
    (tmp_path / "_metadata.parquet").write_bytes(b"not ours")
    (tmp_path / "README.md").write_text("# readings")
    assert len(rows_of(open_readings(tmp_path))) == 4


def test_an_empty_folder_and_a_missing_path_are_said_together(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert codes_of([tmp_path / "empty", tmp_path / "nowhere.csv"]) == ["empty_folder", "no_such_file"]


def test_archives_and_spreadsheets_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04rest")
    unusable = faults_of(tmp_path)
    assert unusable is not None
    assert "unpack archives" in unusable.message


def test_one_fault_of_many_files_is_said_once_with_how_many(tmp_path: Path) -> None:
    for day in range(30):
        (tmp_path / f"{day:02d}.csv").write_text("id,when,energy\n1,2,3\n")
    unusable = faults_of(tmp_path)
    assert unusable is not None
    assert len(unusable.faults) == 30
    assert "00.csv" in unusable.message
    assert "and 27 more: missing columns" in unusable.message
    assert unusable.message.count("missing columns") == 1


def test_written_numbers_follow_the_typed_ids_of_other_files(tmp_path: Path) -> None:
    table = two_meters().set_column(0, "meter_id", pa.array(["A1", "A1", "B2", "B2"]))
    pq.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("meter_id,interval_start,kwh\n17,2024-01-11T12:00Z,7\n")
    assert rows_of(open_readings(tmp_path))[-1][0] == "17"


def test_an_interval_a_file_still_shows_how_long_an_interval_is(tmp_path: Path) -> None:
    for slot in range(4):
        at = pa.array([NOON + timedelta(minutes=15 * slot)] * 3).cast(UTC_US)
        pq.write_table(pa.table({"meter_id": [1, 2, 3], "interval_start": at, "kwh": [4.0, 8.0, 0.0]}), tmp_path / f"{slot}.parquet")
    source = open_readings(tmp_path, ReadingOptions(unit="kW"))
    assert source.interval_minutes == 15
    assert [row[2] for row in rows_of(source)][:3] == [1.0, 2.0, 0.0]


def test_files_with_intervals_of_different_lengths_are_refused_where_one_length_is_needed(tmp_path: Path) -> None:
    for minutes in (15, 60):
        at = pa.array([NOON + timedelta(minutes=minutes * slot) for slot in range(3)]).cast(UTC_US)
        pq.write_table(pa.table({"meter_id": [minutes] * 3, "interval_start": at, "kwh": [4.0, 8.0, 0.0]}), tmp_path / f"{minutes}.parquet")
    assert len(rows_of(open_readings(tmp_path))) == 6
    unusable = faults_of(tmp_path, ReadingOptions(unit="kW"))
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["interval_differs"]
    assert "15 minutes in" in unusable.message


def test_only_files_with_arrivals_have_newer_readings_than_those_without(tmp_path: Path) -> None:
    pq.write_table(two_meters(), tmp_path / "a.parquet")
    pq.write_table(two_meters().append_column("version", pa.array([0, 1, 2, 3])), tmp_path / "b.parquet")
    source = open_readings(tmp_path)
    arrivals = [value for batch in source.batches() for value in batch.column("arrival").to_pylist()]
    assert arrivals == [-(2**63)] * 4 + [0, 1, 2, 3]
