"""CSV: plain, packed, with other delimiters; faults with their line, and never the end of a file for one bad value."""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from evenhand.meters.formats import ReadingOptions, open_readings
from tests.unit.meters.formats.reading_tables import NOON, TWO_METERS_ROWS, all_of, codes_of, faults_of, rows_of

HEADER = "meter_id,interval_start,kwh\n"
TWO_METERS = HEADER + "1,2024-01-10T12:00Z,0.5\n1,2024-01-10T12:30Z,0.25\n2,2024-01-10T12:00Z,0\n2,2024-01-10T12:30Z,\n"


def in_zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


def csv(folder: Path, text: str, name: str = "readings.csv", pack: Callable[[bytes], bytes] = bytes) -> Path:
    (folder / name).write_bytes(pack(text.encode()))
    return folder / name


@pytest.mark.parametrize(
    ("name", "pack"), [("a.csv", bytes), ("a.csv.gz", gzip.compress), ("a.csv.zst", in_zstd), ("named-wrongly.csv", gzip.compress)]
)
def test_plain_gzip_and_zstd_give_the_same_rows(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    source = open_readings(csv(tmp_path, TWO_METERS, name, pack))
    assert rows_of(source) == TWO_METERS_ROWS
    assert (source.id_type, source.row_count, source.parquet_files) == ("int", None, ())


def test_semicolons_and_decimal_commas_are_understood(tmp_path: Path) -> None:
    text = TWO_METERS.replace(".", "•").replace(",", ";").replace("•", ",")
    assert rows_of(open_readings(csv(tmp_path, text))) == TWO_METERS_ROWS


def test_a_byte_order_mark_other_columns_spaces_and_empty_lines_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeffsite,kwh,meter_id,interval_start\nx, 0.5 ,1,2024-01-10 12:00:00+00:00\n\nx,NA,1, 2024-01-10T13:30:00+01:00\n"
    source = open_readings(csv(tmp_path, text))
    assert rows_of(source) == [(1, NOON, 0.5), (1, NOON + timedelta(minutes=30), None)]
    assert source.faults.counts == {}


def test_ids_with_leading_zeros_are_text(tmp_path: Path) -> None:
    assert [row[0] for row in rows_of(open_readings(csv(tmp_path, HEADER + "007,2024-01-10T12:00Z,1\n7,2024-01-10T12:00Z,1\n")))] == ["007", "7"]


@pytest.mark.parametrize("stranger", ["A12", "007"])
def test_an_id_that_stops_being_a_number_is_named_with_its_line(tmp_path: Path, stranger: str) -> None:
    rows = [f"{100_000 + row},2024-01-10T12:00Z,1\n" for row in range(5000)]
    path = csv(tmp_path, HEADER + "".join(rows) + f"{stranger},2024-01-10T12:00Z,1\n")
    unusable = faults_of(path)
    assert unusable is not None
    assert f"line 5002: meter id '{stranger}'" in unusable.message
    assert rows_of(open_readings(path, ReadingOptions(ids="text")))[-1][0] == stranger


def test_an_unknown_zone_and_what_else_is_wrong_are_named_together(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,2024-01-10 12:00,lots\n1,2024-01-10 12:30,lots\n")
    assert codes_of(path, ReadingOptions(timezone="Mars/Olympus")) == ["unknown_timezone", "wrong_types"]


def test_values_that_cannot_be_read_are_counted_with_their_line_and_the_rest_is_kept(tmp_path: Path) -> None:
    lines = [
        "1,2024-01-10T12:00Z,a lot",
        "1,soon,1",
        ",2024-01-10T12:00Z,1",
        "1,,1",
        "1,2024-01-10T12:30Z,2",
        "1,2024-01-10T13:00Z,inf",
        "1,2024-01-10T13:30Z,NaN",
    ]
    source = open_readings(csv(tmp_path, HEADER + "\n".join(lines)))
    assert [row[1:] for row in rows_of(source)] == [
        (NOON, None),
        (NOON + timedelta(minutes=30), 2.0),
        (NOON + timedelta(minutes=60), math.inf),
        (NOON + timedelta(minutes=90), None),
    ]
    assert source.faults.counts == dict.fromkeys(
        ("missing_meter_id", "missing_time", "unreadable_time", "unreadable_energy", "not_a_number", "infinite_energy"), 1
    )
    seen = {code: source.faults.places(code)[0].rpartition("line ")[2] for code in source.faults}
    assert seen["unreadable_energy"] == "2: 'a lot'"
    assert seen["unreadable_time"] == "3: 'soon'"
    assert seen["missing_meter_id"] == "4"
    assert seen["infinite_energy"] == "7: 'inf'"


def test_a_pattern_that_fits_nothing_and_a_column_without_numbers_are_wrong_use(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,01/10/2024 07:00,high\n1,01/10/2024 07:30,low\n")
    unusable = faults_of(path, ReadingOptions(timezone="UTC"))
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["unreadable_times", "wrong_types"]
    assert "('01/10/2024 07:00'); say how they are written: --time-format" in unusable.message


def test_gzip_members_one_after_another_are_one_file(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,2024-01-10T12:00Z,1\n", "a.csv.gz", gzip.compress)
    path.write_bytes(path.read_bytes() + gzip.compress(b"1,2024-01-10T12:30Z,2\n"))
    assert [row[2] for row in rows_of(open_readings(path))] == [1.0, 2.0]


def test_lines_with_other_columns_are_left_out_and_later_lines_keep_their_number(tmp_path: Path) -> None:
    lines = ["1,2024-01-10T12:00Z,1", "1,2024-01-10T12:30Z", "", "1,2024-01-10T13:00Z,1,5,5", "1,2024-01-10T13:30Z,what"]
    source = open_readings(csv(tmp_path, HEADER + "\n".join(lines) + "\n"))
    assert len(rows_of(source)) == 2
    assert source.faults.counts == {"unreadable_line": 2, "unreadable_energy": 1}
    assert [place.partition("line ")[2] for place in source.faults.places("unreadable_line")] == [
        "3: 2 columns instead of 3",
        "5: 5 columns instead of 3",
    ]
    assert source.faults.places("unreadable_energy")[0].endswith("line 6: 'what'")


def test_a_pattern_reads_times_that_are_not_iso(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,01/10/2024 07:00 AM,1\n1,10/01/2024,1\n")
    source = open_readings(path, ReadingOptions(time_format="%m/%d/%Y %I:%M %p", timezone="America/New_York"))
    assert rows_of(source) == [(1, NOON, 1.0)], "seven in New York is noon in UTC"
    assert source.faults.counts == {"unreadable_time": 1}


def test_the_end_of_a_day_may_be_written_24_00(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,2024-01-09 23:30,1\n1,2024-01-09 24:00,2\n1,2024-01-10 00:30,3\n")
    source = open_readings(path, ReadingOptions(timezone="UTC", is_interval_end=True))
    assert [row[1] for row in rows_of(source)] == [NOON - timedelta(hours=h) for h in (13, 12.5, 12)]


def test_written_naive_times_are_refused_for_all_files_at_once(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        csv(tmp_path, HEADER + "1,2024-01-10 12:00,1\n", name)
    unusable = faults_of(tmp_path)
    assert unusable is not None
    assert [fault.code for fault in unusable.faults] == ["naive_times", "naive_times"]
    assert "'2024-01-10 12:00'" in unusable.message


def test_naive_times_deep_in_a_file_are_refused_with_their_line(tmp_path: Path) -> None:
    rows = "1,2024-01-10T12:00Z,1\n" * 5000
    unusable = faults_of(csv(tmp_path, HEADER + rows + "1,2024-01-10 12:30,1\n"))
    assert unusable is not None
    assert "line 5002: times carry no zone ('2024-01-10 12:30')" in unusable.message


@pytest.mark.parametrize(("name", "pack"), [("a.csv.gz", gzip.compress), ("a.csv.zst", in_zstd)])
def test_a_packed_file_that_was_cut_off_is_said(tmp_path: Path, name: str, pack: Callable[[bytes], bytes]) -> None:
    # Values that hardly compress, so that half of the packed bytes still hold many blocks of text.
    rows = "".join(f"{row},2024-01-10T12:00Z,{(row * 7919) % 104729 / 1000}\n" for row in range(60_000))
    path = csv(tmp_path, HEADER + rows, name, pack)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert codes_of(path) == ["truncated_file"]


def test_a_packed_file_that_was_cut_off_is_said_with_the_line_where_it_ends(tmp_path: Path) -> None:
    rows = "".join(f"{row},2024-01-10T12:00Z,{(row * 7919) % 104729 / 1000}\n" for row in range(60_000))
    packed = gzip.compress((HEADER + rows).encode())[:200_000]
    (tmp_path / "a.csv.gz").write_bytes(packed)
    last = zlib.decompressobj(31).decompress(packed).count(b"\n") + 1
    unusable = faults_of(tmp_path / "a.csv.gz")
    assert unusable is not None
    said = re.search(r"beyond about line ([\d,]+)", unusable.message)
    assert said is not None
    assert last - 4000 < int(said[1].replace(",", "")) <= last  # it is unpacked 64 kB at a time, about 2,500 lines


def test_text_that_is_not_utf_8_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes((HEADER + "1,2024-01-10T12:00Z,1\n").encode() + b"\xe9,2024-01-10T12:30Z,1\n")
    assert codes_of(tmp_path / "a.csv", ReadingOptions(ids="text")) == ["truncated_file"]


@pytest.mark.parametrize("text", ["", "\n\n", HEADER])
def test_a_file_without_readings_is_counted_among_others_and_refused_alone(tmp_path: Path, text: str) -> None:
    path = csv(tmp_path, text, "empty.csv")
    assert codes_of(path) == ["no_readings"]
    csv(tmp_path, TWO_METERS, "full.csv")
    source = open_readings(tmp_path)
    assert rows_of(source) == TWO_METERS_ROWS
    assert source.faults.counts == {"empty_file": 1}
    assert "empty.csv" in source.faults.sentences()[0]


def test_one_meter_a_file_is_named_by_the_file(tmp_path: Path) -> None:
    csv(tmp_path, "start,value\n2024-01-10T12:00Z,1\n", "meter-17.csv.gz", gzip.compress)
    csv(tmp_path, "start,value\n2024-01-10T12:00Z,2\n", "meter-18.csv")
    columns = {"interval_start": "start", "kwh": "value"}
    assert "--meter-from-file-name" in str(faults_of(tmp_path, ReadingOptions(columns=columns)))
    source = open_readings(tmp_path, ReadingOptions(columns=columns, is_meter_from_file_name=True))
    assert rows_of(source) == [("meter-17", NOON, 1.0), ("meter-18", NOON, 2.0)]


def test_estimates_and_versions_are_read(tmp_path: Path) -> None:
    rows = "1,2024-01-10T12:00Z,1,E,1\n1,2024-01-10T12:00Z,2,a,2\n1,2024-01-10T12:30Z,3,est.,\n1,2024-01-10T13:00Z,3,,3\n"
    source = open_readings(csv(tmp_path, "meter_id,interval_start,kwh,quality,version\n" + rows))
    table = all_of(source)
    assert table["is_estimated"].to_pylist() == [True, False, True, False]
    assert table["arrival"].to_pylist() == [1, 2, -(2**63), 3]
    assert source.has_quality
    assert source.has_arrival


def test_a_version_that_is_no_number_is_refused(tmp_path: Path) -> None:
    path = csv(tmp_path, "meter_id,interval_start,kwh,version\n1,2024-01-10T12:00Z,1,newest\n")
    assert codes_of(path) == ["wrong_types"]


def test_watt_hours_and_mean_kilowatts_become_kwh(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,2024-01-10T12:00Z,1000\n1,2024-01-10T12:15Z,500\n1,2024-01-10T12:30Z,4\n")
    assert [row[2] for row in rows_of(open_readings(path, ReadingOptions(unit="Wh")))] == [1.0, 0.5, 0.004]
    source = open_readings(path, ReadingOptions(unit="kW"))
    assert source.interval_minutes == 15
    assert [row[2] for row in rows_of(source)] == [250.0, 125.0, 1.0]


def test_kilowatts_without_a_known_interval_are_refused_and_a_stated_one_serves(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,2024-01-10T12:00Z,4\n2,2024-01-10T12:00Z,8\n")
    assert codes_of(path, ReadingOptions(unit="kW")) == ["interval_unknown"]
    assert [row[2] for row in rows_of(open_readings(path, ReadingOptions(unit="kW", interval_minutes=30)))] == [2.0, 4.0]


def test_stamps_at_the_end_are_moved_to_the_start(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER + "1,2024-01-10T12:30Z,1\n1,2024-01-10T13:00Z,2\n1,2024-01-10T14:00Z,3\n1,2024-01-10T14:30Z,3\n")
    source = open_readings(path, ReadingOptions(is_interval_end=True))
    assert [row[1] for row in rows_of(source)] == [NOON + timedelta(minutes=m) for m in (0, 30, 90, 120)]
