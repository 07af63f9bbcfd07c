"""What can be wrong with a row or a file, one small synthetic case each."""

from __future__ import annotations

import csv
import gzip
import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from evenhand.web.connectors.published_exports import (
    FAULTS,
    QUARANTINE,
    ExportError,
    PublishedRequest,
    QuarantinedRow,
    export_formats,
    open_export,
)
from evenhand.web.connectors.published_exports.times import CityClock
from evenhand.web.connectors.published_exports.words import service_code, ungarbled

NEW_YORK = ZoneInfo("America/New_York")
COLUMNS = [
    "CASE_ENQUIRY_ID",
    "OPEN_DT",
    "TARGET_DT",
    "CLOSED_DT",
    "CASE_STATUS",
    "CLOSURE_REASON",
    "SUBJECT",
    "REASON",
    "TYPE",
    "neighborhood",
    "ward",
    "LOCATION_ZIPCODE",
    "LATITUDE",
    "LONGITUDE",
    "Source",
    "CLOSURE_OUTCOME",
]
ROW = {
    "CASE_ENQUIRY_ID": "7",
    "OPEN_DT": "07/01/2015 09:00:00 AM",
    "CASE_STATUS": "Open",
    "SUBJECT": "Parks",
    "REASON": "Trees",
    "TYPE": "Tree down",
    "LATITUDE": "42.3",
    "LONGITUDE": "-71.1",
    "Source": "Self Service",
}


def table(*rows: dict[str, str], columns: list[str] = COLUMNS) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({**ROW, **row} for row in rows)
    return text.getvalue().encode()


def rows_of(tmp_path: Path, content: bytes, format: str = "boston") -> list[PublishedRequest | QuarantinedRow]:
    file = tmp_path / "export.csv"
    file.write_bytes(content)
    return list(open_export(file, format, NEW_YORK).records())


def one(tmp_path: Path, **cells: str) -> PublishedRequest:
    (row,) = rows_of(tmp_path, table(cells))
    assert isinstance(row, PublishedRequest)
    return row


def refused(tmp_path: Path, content: bytes, format: str = "boston") -> ExportError:
    with pytest.raises(ExportError) as caught:
        rows_of(tmp_path, content, format)
    return caught.value


def test_an_honest_row_has_no_faults(tmp_path: Path) -> None:
    request = one(tmp_path)
    assert request.faults == ()
    assert request.requested_at == datetime(2015, 7, 1, 13, tzinfo=UTC)
    assert (request.service_code, request.service_group, request.service_name) == ("trees-tree-down", "Trees", "Tree down")


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ({"CASE_STATUS": "Closed", "CLOSED_DT": "06/30/2015 09:00:00 AM"}, ("closed_before_opened",)),
        ({"CASE_STATUS": "Closed"}, ("closed_without_date",)),
        ({"CLOSED_DT": "07/02/2015 09:00:00 AM"}, ("open_with_closing_date",)),
        ({"CLOSURE_OUTCOME": "Resolved"}, ("open_with_closing_reason",)),
        ({"CASE_STATUS": "Closed", "CLOSED_DT": "07/01/2015"}, ("closing_time_unknown",)),
        ({"CASE_STATUS": "Closed", "CLOSED_DT": "soon"}, ("unreadable_date", "closed_without_date")),
        ({"TARGET_DT": "13/45/2015"}, ("unreadable_date",)),
        ({"OPEN_DT": "03/08/2015 02:30:00 AM"}, ("nonexistent_local_time",)),
        ({"OPEN_DT": "11/01/2015 01:30:00 AM"}, ("ambiguous_local_time",)),
        ({"LATITUDE": "", "LONGITUDE": ""}, ("missing_coordinates",)),
        ({"LATITUDE": "0.0", "LONGITUDE": "0.0"}, ("outside_plausible_range", "missing_coordinates")),
        ({"LATITUDE": "420.3"}, ("outside_plausible_range", "missing_coordinates")),
        ({"LATITUDE": "nan"}, ("outside_plausible_range", "missing_coordinates")),
        ({"LATITUDE": "north"}, ("outside_plausible_range", "missing_coordinates")),
        ({"Source": "Employee Generated"}, ("staff_made",)),
        ({"Source": "Carrier pigeon"}, ("unknown_channel",)),
        ({"CASE_STATUS": "Simmering"}, ("unknown_status",)),
        ({"CLOSURE_REASON": "The Departmentâ€™s crew"}, ("repaired_text",)),
    ],
)
def test_each_fault_is_named_and_the_request_kept(cells: dict[str, str], faults: tuple[str, ...], tmp_path: Path) -> None:
    assert one(tmp_path, **cells).faults == faults
    assert set(faults) <= set(FAULTS)


def test_the_repeated_hour_is_read_as_its_first_passage_and_the_skipped_one_with_the_offset_before(tmp_path: Path) -> None:
    assert one(tmp_path, OPEN_DT="11/01/2015 01:30:00 AM").requested_at == datetime(2015, 11, 1, 5, 30, tzinfo=UTC)  # 01:30 at UTC−4
    assert one(tmp_path, OPEN_DT="03/08/2015 02:30:00 AM").requested_at == datetime(2015, 3, 8, 7, 30, tzinfo=UTC)  # 02:30 at UTC−5
    assert one(tmp_path, OPEN_DT="11/01/2015 03:30:00 AM").requested_at == datetime(2015, 11, 1, 8, 30, tzinfo=UTC)  # same day, after: UTC−5


@pytest.mark.parametrize("text", ["2015-07-01T09:00:00-04:00", "2015-07-01 09:00:00", "7/1/15 9:00 AM", "07/01/2015 09:00", "2015-07-01T13:00:00Z"])
def test_times_in_the_usual_forms_are_the_same_time(text: str, tmp_path: Path) -> None:
    assert one(tmp_path, OPEN_DT=text).requested_at == datetime(2015, 7, 1, 13, tzinfo=UTC)


def test_a_day_without_a_time_closes_at_its_last_second(tmp_path: Path) -> None:
    request = one(tmp_path, CASE_STATUS="Closed", CLOSED_DT="07/02/2015")
    assert request.closed_at == datetime(2015, 7, 3, 3, 59, 59, tzinfo=UTC)


def test_the_second_row_of_an_id_is_flagged(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, table({}, {"CASE_ENQUIRY_ID": "8"}, {"TYPE": "Stump"}))
    assert [row.faults for row in rows if isinstance(row, PublishedRequest)] == [(), (), ("repeated_id",)]


def test_a_named_original_is_read_from_the_closing_words(tmp_path: Path) -> None:
    request = one(tmp_path, CASE_STATUS="Closed", CLOSED_DT="07/02/2015 09:00:00 AM", CLOSURE_REASON="Duplicate of case #101001240734.")
    assert (request.closing_reason, request.duplicate_of) == ("duplicate", "101001240734")


def test_words_about_an_open_request_are_not_closing_words(tmp_path: Path) -> None:
    request = one(tmp_path, CLOSURE_REASON="Crew comes on Monday")
    assert (request.closing_words, request.status_words) == (None, "Crew comes on Monday")


def quarantined(tmp_path: Path, content: bytes) -> QuarantinedRow:
    bad = [row for row in rows_of(tmp_path, content) if isinstance(row, QuarantinedRow)]
    assert len(bad) == 1
    assert bad[0].code in QUARANTINE
    return bad[0]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"CASE_ENQUIRY_ID": " "}, "no_id"),
        ({"TYPE": "", "REASON": ""}, "no_service"),
        ({"OPEN_DT": "yesterday"}, "unreadable_opening_date"),
        ({"OPEN_DT": ""}, "unreadable_opening_date"),
        ({"OPEN_DT": "02/30/2015 09:00:00 AM"}, "unreadable_opening_date"),
        ({"OPEN_DT": "07/01/2015 13:00:00 PM"}, "unreadable_opening_date"),
        ({"OPEN_DT": "07/01/2015 09:61:00 AM"}, "unreadable_opening_date"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_line_and_its_neighbours_are_read(cells: dict[str, str], code: str, tmp_path: Path) -> None:
    bad = quarantined(tmp_path, table({"CASE_ENQUIRY_ID": "1"}, cells, {"CASE_ENQUIRY_ID": "2"}))
    assert (bad.code, bad.line) == (code, 3)
    assert bad.raw["CASE_STATUS"] == "Open"


def test_a_row_with_a_cell_too_many_is_set_aside(tmp_path: Path) -> None:
    bad = quarantined(tmp_path, table({}) + b"8,too,few\r\n")
    assert (bad.code, bad.line, bad.raw["OPEN_DT"]) == ("wrong_number_of_columns", 3, "too")


def test_line_numbers_count_the_lines_inside_quotation_marks(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, table({"CLOSURE_REASON": "two\nlines"}, {"CASE_ENQUIRY_ID": "8"}))
    assert [row.line for row in rows] == [2, 4]


def test_a_line_that_is_not_utf8_is_read_as_windows_1252_and_said(tmp_path: Path) -> None:
    content = table({}, {"CASE_ENQUIRY_ID": "8", "TYPE": "XYZ"}).replace(b"XYZ", b"Caf\xe9")
    first, second = rows_of(tmp_path, b"\xef\xbb\xbf" + content)
    assert isinstance(first, PublishedRequest)
    assert isinstance(second, PublishedRequest)
    assert (first.faults, second.faults, second.service_name) == ((), ("not_utf8",), "Café")


def test_separators_and_column_spelling_may_differ(tmp_path: Path) -> None:
    content = table({}).replace(b",", b";").replace(b"CASE_ENQUIRY_ID", b"case enquiry id").replace(b"LATITUDE", b"Latitude")
    (request,) = rows_of(tmp_path, content, "auto")
    assert isinstance(request, PublishedRequest)


def test_all_missing_columns_are_named_at_once(tmp_path: Path) -> None:
    columns = [name for name in COLUMNS if name not in {"OPEN_DT", "TYPE", "LATITUDE"}]
    error = refused(tmp_path, table({}, columns=columns))
    assert error.code == "missing_columns"
    assert error.facts["missing"] == ["OPEN_DT", "TYPE", "LATITUDE"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_export"),
        (b" \n\n", "empty_export"),
        (table(), "empty_export"),
        (b"PK\x03\x04....", "not_text"),
        (b"\x00\x01\x02" * 100, "not_text"),
        ("CASE_ENQUIRY_ID".encode("utf-16"), "not_text"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html_instead_of_data"),
        (gzip.compress(table(*[{}] * 5000), mtime=0)[:-30], "damaged_gzip"),
        (gzip.compress(table({}), mtime=0)[:40], "damaged_gzip"),
        (table({}, columns=[*COLUMNS, "Type"]), "repeated_columns"),
    ],
)
def test_a_file_of_another_kind_is_refused_by_name(content: bytes, code: str, tmp_path: Path) -> None:
    error = refused(tmp_path, content)
    assert error.code == code
    assert "export.csv" in error.message


def test_damage_at_the_end_of_a_large_file_shows_before_the_first_record(tmp_path: Path) -> None:
    file = tmp_path / "export.csv.gz"
    file.write_bytes(gzip.compress(table(*({"CASE_ENQUIRY_ID": str(n * 7919)} for n in range(20_000))))[:-4])
    export = open_export(file, "boston", NEW_YORK)
    with pytest.raises(ExportError, match="breaks off or is damaged"):
        next(export.records())


def test_compression_is_told_by_content(tmp_path: Path) -> None:
    assert len(rows_of(tmp_path, gzip.compress(table({}), mtime=0))) == 1  # written as export.csv


def test_a_folder_of_nothing_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(ExportError) as caught:
            open_export(path, "auto", NEW_YORK)
        assert caught.value.code == "not_a_file"


def test_an_unknown_table_is_told_what_was_looked_for(tmp_path: Path) -> None:
    error = refused(tmp_path, b"a,b\n1,2\n", "auto")
    assert error.code == "unknown_format"
    assert all(name in error.message for name in export_formats())


def test_a_name_that_is_no_format_is_answered_with_the_names_that_are(tmp_path: Path) -> None:
    assert "boston, kc, la, nyc, open311, sf" in refused(tmp_path, table({}), "gotham").message


def test_huge_lines_do_not_fill_the_memory_and_do_not_stop_the_reading(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    with file.open("wb") as out:
        out.write(table({}))
        out.write(b"9," + b"x" * (60 << 20) + b"\n")
        out.write(table({"CASE_ENQUIRY_ID": "10"}).split(b"\r\n", 1)[1])
    tracemalloc.start()
    rows = list(open_export(file, "boston", NEW_YORK).records())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.code if isinstance(row, QuarantinedRow) else row.source_id for row in rows] == ["7", "line_too_long", "10"]
    assert peak < 40 << 20  # of 60 MB in the one line


def test_a_quotation_mark_never_closed_is_reported(tmp_path: Path) -> None:
    content = table({}) + b'8,"' + b"never closed, " * 20_000 + b"\n"
    assert quarantined(tmp_path, content).code == "not_csv"


def standins(point: tuple[str, str], zips: list[str]) -> list[dict[str, str]]:
    return [
        {"CASE_ENQUIRY_ID": f"{point[0]}-{n}", "LATITUDE": point[0], "LONGITUDE": point[1], "LOCATION_ZIPCODE": code} for n, code in enumerate(zips)
    ]


@pytest.mark.parametrize(
    ("zips", "is_fallback"),
    [
        (["2101", "2102", "2103", "2104", "2105"] * 6, True),
        (["2101", "2102", "2103", "2104", "2105"] * 5, False),  # too few requests
        (["2101", "2102", "2103", "2104"] * 30, False),  # four areas can meet in a point
        (["2101"] * 96 + ["2102", "2103", "2104", "2105"], False),  # a busy place with slips of the pen
        (["2101", "2101.0", "02101"] * 20, False),  # one zip in three spellings
        ([""] * 500, False),  # nothing shows that they lie apart
        ([""] * 500 + ["2101", "2102", "2103", "2104", "2105"] * 6, True),  # the nameless share the point
    ],
)
def test_a_fallback_point_is_one_that_too_many_areas_share(zips: list[str], is_fallback: bool, tmp_path: Path) -> None:
    rows = rows_of(tmp_path, table(*standins(("42.3594", "-71.0587"), zips), {"LATITUDE": "42.31"}))
    flagged = sum("fallback_coordinates" in row.faults for row in rows if isinstance(row, PublishedRequest))
    assert flagged == (len(zips) if is_fallback else 0)


def test_zero_zero_is_missing_not_a_fallback_point(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_bytes(table(*standins(("0.0", "0.0"), ["2101", "2102", "2103", "2104", "2105"] * 10)))
    assert open_export(file, "boston", NEW_YORK).fallback_points() == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[{"service_request_id": "1"', "not valid JSON"),
        (b'[{"service_code": "1", "service_name": "x"}]', "no answer with requests"),
        (b"<service_requests><request>", "not well-formed XML"),
        (b'<!DOCTYPE r [<!ENTITY a "b">]><service_requests/>', "document type"),
        (b"<errors><error><code>403</code></error></errors>", "found <errors>"),
    ],
)
def test_a_broken_open311_answer_is_refused_with_what_was_found(content: bytes, words: str, tmp_path: Path) -> None:
    error = refused(tmp_path, content, "open311")
    assert (error.code, words in error.message) == ("malformed_document", True)


def test_open311_entries_without_id_service_or_date_are_set_aside(tmp_path: Path) -> None:
    good = '{"service_request_id": 5, "service_code": "p", "requested_datetime": "2020-01-01T00:00:00Z", "status": "open", "lat": 1, "long": 2}'
    content = f'{{"service_requests": [{good}, {{"service_code": "p"}}, {{"service_request_id": "6"}}, "seven", '
    content += '{"service_request_id": "8", "service_name": "Pot hole", "requested_datetime": "later"}]}'
    rows = rows_of(tmp_path, content.encode(), "auto")
    found = [row.code if isinstance(row, QuarantinedRow) else row.source_id for row in rows]
    assert found == ["5", "no_id", "no_service", "not_an_object", "unreadable_opening_date"]


def test_open311_extended_attributes_say_channel_closing_and_duplicate(tmp_path: Path) -> None:
    content = (
        b"<service_requests><request><service_request_id>1</service_request_id><status>closed</status><service_code>p</service_code>"
        b"<requested_datetime>2020-01-01T00:00:00Z</requested_datetime><extended_attributes><channel>phone</channel>"
        b"<closed_datetime>2020-01-02T00:00:00Z</closed_datetime><duplicate_of>77</duplicate_of></extended_attributes>"
        b"<notes><note><description>not the description</description></note></notes></request></service_requests>"
    )
    (request,) = rows_of(tmp_path, content, "auto")
    assert isinstance(request, PublishedRequest)
    assert (request.channel, request.made_by, request.duplicate_of, request.description) == ("phone", "resident", "77", None)
    assert (request.closed_at, request.faults) == (datetime(2020, 1, 2, tzinfo=UTC), ("missing_coordinates",))


def test_service_codes_are_short_stable_and_lose_nothing() -> None:
    assert service_code("Trees", "Tree  Down!") == service_code("trees", "TREE_DOWN") == "trees-tree-down"
    assert service_code("Notification", "Notification") == "notification"
    assert service_code("路灯") != service_code("水管")
    long = service_code("word " * 40)
    assert len(long) <= 80
    assert long != service_code("word " * 41)


def test_honest_accents_are_left_alone() -> None:
    assert ungarbled("Caf\u00e9 \u00c2ge \u00e2") == "Caf\u00e9 \u00c2ge \u00e2"
    assert ungarbled("Departmentâ\u0080\u0099s") == "Department’s"


@pytest.mark.parametrize("text", ["12/31/9999", "12/31/9999 11:59:59 PM", "9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01", "01/01/0001"])
def test_a_date_that_stands_for_no_date_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"calendar|year"):
        CityClock(ZoneInfo("America/New_York")).read(text)
