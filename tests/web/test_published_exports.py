"""Real exports of five cities and three Open311 servers, read as published. Expected counts come from a plain pass, or the publisher."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from evenhand.web.connectors.published_exports import FAULTS, Export, ExportError, PublishedRequest, QuarantinedRow, open_export

FILES = {
    "boston": ("boston_311_2015/boston_311_2015_jan_sep.csv.gz", "America/New_York"),
    "nyc": ("nyc_311/nyc_311_2023-02-28_afternoon.csv.gz", "America/New_York"),
    "la": ("los_angeles_311/myla311_2017_subset.csv.gz", "America/Los_Angeles"),
    "sf": ("san_francisco_311/sf311_sample_10000.csv.gz", "America/Los_Angeles"),
    "kc": ("kansas_city_311/kc_311_potholes_2020q1.csv.gz", "America/Chicago"),
}
ROWS = {"boston": 93_963, "nyc": 4_999, "la": 9_999, "sf": 10_000, "kc": 4_493}  # published with the files


class City:
    """An export read by Evenhand beside the same file read plainly."""

    def __init__(self, name: str, folder: Path) -> None:
        file, zone = FILES[name]
        self.zone = ZoneInfo(zone)
        self.export: Export = open_export(folder / file, "auto", self.zone)
        self.all = list(self.export.records())
        self.records = [row for row in self.all if isinstance(row, PublishedRequest)]
        text = gzip.decompress((folder / file).read_bytes()).decode("utf-8")
        self.plain = list(csv.DictReader(io.StringIO(text, newline="")))

    def with_fault(self, fault: str) -> int:
        return sum(fault in request.faults for request in self.records)

    def plain_utc(self, text: str) -> datetime:
        return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=self.zone).astimezone(UTC)


@cache
def city(name: str, folder: Path) -> City:
    return City(name, folder)


@pytest.mark.parametrize("name", FILES)
def test_every_row_of_a_real_export_becomes_a_record_of_the_recognised_format(name: str, shared_data: Path) -> None:
    read = city(name, shared_data)
    assert read.export.format == name
    assert len(read.records) == len(read.all) == ROWS[name]
    assert {fault for request in read.records for fault in request.faults} <= set(FAULTS)


@pytest.mark.parametrize("name", FILES)
def test_progress_ends_at_its_total(name: str, shared_data: Path) -> None:
    export = city(name, shared_data).export
    assert export.bytes_read == export.total_bytes > 0


@pytest.mark.parametrize(("name", "column"), [("boston", "OPEN_DT"), ("nyc", "Created Date"), ("la", "CreatedDate"), ("sf", "Opened")])
def test_opening_times_equal_those_of_the_standard_parser(name: str, column: str, shared_data: Path) -> None:
    read = city(name, shared_data)
    step = 7 if name == "boston" else 1
    assert [r.requested_at for r in read.records[::step]] == [read.plain_utc(row[column]) for row in read.plain[::step]]


@pytest.mark.parametrize(
    ("name", "opened", "closed"), [("boston", "OPEN_DT", "CLOSED_DT"), ("nyc", "Created Date", "Closed Date"), ("sf", "Opened", "Closed")]
)
def test_requests_closed_before_they_were_opened_are_flagged_and_kept(name: str, opened: str, closed: str, shared_data: Path) -> None:
    read = city(name, shared_data)
    expected = sum(1 for row in read.plain if row[closed] and read.plain_utc(row[closed]) < read.plain_utc(row[opened]))
    assert read.with_fault("closed_before_opened") == expected > 0


def test_the_standin_point_of_boston_is_found_alone_and_every_request_there_is_flagged(shared_data: Path) -> None:
    read = city("boston", shared_data)
    (point,) = read.export.fallback_points()
    assert (point.lat, point.long) == (42.3594, -71.0587)
    there = [request for request in read.records if (request.lat, request.long) == (42.3594, -71.0587)]
    assert point.requests == len(there) == read.with_fault("fallback_coordinates") == 13_425
    assert round(point.requests / ROWS["boston"], 2) == 0.14  # as the data's own notes say


def test_the_standin_point_of_kansas_city_lies_in_another_state(shared_data: Path) -> None:
    (point,) = city("kc", shared_data).export.fallback_points()
    assert (point.lat, point.long, point.requests) == (35.7975, -103.8906, 42)


@pytest.mark.parametrize("name", ["nyc", "la", "sf"])
def test_large_buildings_and_busy_places_are_not_taken_for_fallback_points(name: str, shared_data: Path) -> None:
    assert city(name, shared_data).export.fallback_points() == ()


def test_city_workers_and_systems_are_told_from_residents(shared_data: Path) -> None:
    boston = city("boston", shared_data)
    staff = {"Employee Generated", "City Worker App", "Maximo Integration"}
    assert boston.with_fault("staff_made") == sum(row["Source"] in staff for row in boston.plain)
    channels = Counter(request.channel for request in boston.records)
    assert (channels["phone"], channels["app"], channels["web"], channels["social"]) == (49_805, 13_351, 10_004, 4)
    la = city("la", shared_data)
    assert la.with_fault("staff_made") == sum(row["RequestSource"] == "Driver Self Report" for row in la.plain)


def test_a_closing_reason_is_only_what_boston_states_and_only_for_closed_requests(shared_data: Path) -> None:
    read = city("boston", shared_data)
    stated = Counter(row["CLOSURE_OUTCOME"] for row in read.plain if row["CASE_STATUS"] == "Closed")
    found = Counter(request.closing_reason for request in read.records)
    assert found["fixed"] == stated["Resolved"]
    assert found["duplicate"] == stated["Duplicate"]
    assert found["invalid"] == stated["Invalid"]
    assert found["not_ours"] == stated["Referred To External Agency"]
    assert sum(found.values()) - found[None] == found["fixed"] + found["duplicate"] + found["invalid"] + found["not_ours"]


def test_boston_zips_and_wards_are_whole_again(shared_data: Path) -> None:
    records = city("boston", shared_data).records
    assert all(request.zipcode is None or (len(request.zipcode) == 5 and request.zipcode[0] == "0") for request in records)
    wards = {name for request in records for name in request.localities if name.startswith("Ward ")}
    assert wards == {f"Ward {number}" for number in range(1, 23)}  # Boston has 22 wards


def test_boston_services_are_its_types_and_one_type_of_two_departments_stays_two(shared_data: Path) -> None:
    read = city("boston", shared_data)
    assert len({request.service_code for request in read.records}) == len({(row["REASON"], row["TYPE"]) for row in read.plain})
    assert len({request.service_code for request in read.records if request.service_name == "Call Log"}) == 2


def test_new_york_resolutions_that_name_a_duplicate_close_as_duplicate(shared_data: Path) -> None:
    read = city("nyc", shared_data)
    naming = [(row, request) for row, request in zip(read.plain, read.records, strict=True) if "duplicate" in row["Resolution Description"].lower()]
    assert len(naming) == 285  # as the data's own notes say
    assert all(request.closing_reason == ("duplicate" if row["Status"] == "Closed" else None) for row, request in naming)


def test_new_york_words_decoded_wrongly_are_repaired_and_said(shared_data: Path) -> None:
    read = city("nyc", shared_data)
    assert read.with_fault("repaired_text") == sum(
        any("\u0080" <= ch <= "\u009f" or ch == "\u00c2" for ch in "".join(row.values())) for row in read.plain
    )
    assert any("Department of Transportation’s website" in (request.closing_words or "") for request in read.records)


def test_new_york_open_requests_with_a_closing_date_stay_open(shared_data: Path) -> None:
    read = city("nyc", shared_data)
    assert read.with_fault("open_with_closing_date") == sum(row["Status"] != "Closed" and row["Closed Date"] != "" for row in read.plain)
    assert sum(request.is_closed for request in read.records) == sum(row["Status"] == "Closed" for row in read.plain)


def test_new_york_keeps_the_same_type_of_two_agencies_apart(shared_data: Path) -> None:
    read = city("nyc", shared_data)
    assert len({request.service_code for request in read.records}) == len({(row["Agency Name"], row["Complaint Type"]) for row in read.plain})
    assert {request.service_name for request in read.records if request.service_group.startswith("Department of Housing")} >= {"Heat/hot water"}


def test_los_angeles_requests_without_coordinates_are_kept(shared_data: Path) -> None:
    read = city("la", shared_data)
    assert read.with_fault("missing_coordinates") == 1_753  # as the data's own notes say
    assert sum(request.lat is None for request in read.records) == 1_753


def test_a_closing_at_midnight_of_the_day_of_opening_is_a_day_without_a_time(shared_data: Path) -> None:
    read = city("la", shared_data)
    same_day = [r for r, row in zip(read.records, read.plain, strict=True) if row["ClosedDate"] == row["CreatedDate"][:10] + " 12:00:00 AM"]
    assert len(same_day) == read.with_fault("closing_time_unknown") == 12
    assert all(request.closed_at is not None and request.closed_at > request.requested_at for request in same_day)
    assert read.with_fault("closed_before_opened") == 0


def test_san_francisco_points_in_one_column_become_numbers(shared_data: Path) -> None:
    read = city("sf", shared_data)
    assert [f"({r.lat}, {r.long})" if r.lat is not None else "" for r in read.records] == [row["Point"] for row in read.plain]


def test_san_francisco_underscores_become_spaces_and_spelling_makes_no_second_service(shared_data: Path) -> None:
    read = city("sf", shared_data)
    assert "Sidewalk Cleaning" in {request.service_name for request in read.records}
    back_up = {request.service_code for request in read.records if request.service_name.lower() == "sewage back up"}
    assert back_up == {"sewer-issues-sewage-back-up"}


def test_kansas_city_closing_dates_follow_from_days_where_the_date_is_blank(shared_data: Path) -> None:
    read = city("kc", shared_data)
    derived = [(r, row) for r, row in zip(read.records, read.plain, strict=True) if "closing_date_from_days" in r.faults]
    assert len(derived) == sum(row["STATUS"] == "RESOL" and not row["CLOSED DATE"] for row in read.plain) == 457
    for request, row in derived:
        opened = datetime.strptime(row["CREATION DATE"], "%m/%d/%y").replace(tzinfo=read.zone).date()
        assert request.closed_at is not None
        assert request.closed_at.astimezone(read.zone).date() == opened + timedelta(days=int(row["DAYS TO CLOSE"]))
        assert request.closed_at.astimezone(read.zone).month == int(row["CLOSED MONTH"])


def test_kansas_city_times_join_two_columns(shared_data: Path) -> None:
    read = city("kc", shared_data)
    expected = [
        datetime.strptime(f"{row['CREATION DATE']} {row['CREATION TIME']}", "%m/%d/%y %I:%M %p").replace(tzinfo=read.zone).astimezone(UTC)
        for row in read.plain
    ]
    assert [request.requested_at for request in read.records] == expected


FIXTURES = {
    "cfa_sf_get_service_request.xml": 1,
    "cfa_sf_service_requests_duplicate_note.xml": 2,
    "chicago_requests_sample.json": 2,
    "san_francisco_requests_2012-05.xml": 56,
    "toronto_request_single_2018.xml": 1,
    "toronto_requests_2018.xml": 2,
}


def open311(*files: Path) -> Iterator[PublishedRequest]:
    for row in open_export(files, "auto", ZoneInfo("America/Los_Angeles")).records():
        assert not isinstance(row, QuarantinedRow)
        yield row


@pytest.mark.parametrize(("file", "count"), FIXTURES.items())
def test_captured_open311_answers_are_read(file: str, count: int, shared_data: Path) -> None:
    requests = list(open311(shared_data / "open311_fixtures" / file))
    assert len(requests) == count
    assert all(request.source_id and request.service_code for request in requests)


def test_open311_dates_with_an_offset_and_without_one_become_utc(shared_data: Path) -> None:
    folder = shared_data / "open311_fixtures"
    assert next(open311(folder / "toronto_requests_2018.xml")).requested_at == datetime(2018, 7, 30, 4, 1, tzinfo=UTC)
    local = next(open311(folder / "san_francisco_requests_2012-05.xml"))
    assert local.requested_at == datetime(2012, 5, 23, 6, 57, 23, 970_000, tzinfo=UTC)  # 23:57 in summer is UTC−7
    assert local.updated_at is None  # xsi:nil


def test_open311_zero_zero_is_no_place(shared_data: Path) -> None:
    requests = list(open311(shared_data / "open311_fixtures" / "san_francisco_requests_2012-05.xml"))
    nowhere = [request for request in requests if request.lat is None]
    assert len(nowhere) == 9  # <lat>0.0</lat> stands nine times in the file
    assert all({"missing_coordinates", "outside_plausible_range"} <= set(request.faults) for request in nowhere)


def test_an_open311_note_that_says_duplicate_is_a_closing_reason(shared_data: Path) -> None:
    closed, still_open = open311(shared_data / "open311_fixtures" / "cfa_sf_service_requests_duplicate_note.xml")
    assert (closed.closing_reason, closed.closing_words) == ("duplicate", "Duplicate request.")
    assert "closing_date_is_last_update" in closed.faults
    assert (still_open.closing_reason, still_open.closed_at) == (None, None)


def test_pages_of_an_open311_crawl_are_one_export_and_a_request_on_two_pages_is_said(shared_data: Path) -> None:
    folder = shared_data / "open311_fixtures"
    requests = list(open311(folder / "toronto_requests_2018.xml", folder / "toronto_request_single_2018.xml"))
    assert [request.source_id for request in requests] == ["101005420892", "101005420894", "101005420892"]
    assert ["repeated_id" in request.faults for request in requests] == [False, False, True]


@pytest.mark.parametrize("file", ["giessen_services.xml", "san_francisco_services_2012.xml", "cfa_service_definition.xml"])
def test_open311_answers_without_requests_are_refused_by_the_element_found(file: str, shared_data: Path) -> None:
    with pytest.raises(ExportError, match="expected <service_requests>, found <service"):
        open_export(shared_data / "open311_fixtures" / file, "open311", ZoneInfo("UTC"))
