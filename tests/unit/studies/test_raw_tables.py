"""Raw tables of a study: what is read in many forms, what is mended and said, and what is refused, all faults at once."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from evenhand.studies.errors import StudyTablesUnusable
from evenhand.studies.raw.tables import RawTables, check_raw_tables
from tests.study_village import START, A, B, areas, at, households, request, requests


def read(**changed: Any) -> RawTables:
    tables = {"requests": requests(), "households": households(), "areas": areas(), "event_start": START} | changed
    return check_raw_tables(tables.pop("requests"), tables.pop("households"), tables.pop("areas"), **tables).whole()


def faults_of(**changed: Any) -> list[str]:
    with pytest.raises(StudyTablesUnusable) as refused:
        read(**changed)
    found = refused.value.facts["faults"]
    assert isinstance(found, list)
    assert all(fault in refused.value.message for fault in found)
    return found


def codes(raw: RawTables) -> dict[str, int]:
    return {note.code: note.rows for note in raw.notes}


def as_csv(table: pa.Table, path: Path, *, delimiter: str = ",") -> Path:
    arrow_csv.write_csv(table, path, arrow_csv.WriteOptions(delimiter=delimiter, quoting_style="needed"))
    return path


def test_csv_packed_csv_parquet_and_arrow_say_the_same(tmp_path: Path) -> None:
    straight = read()
    plain = as_csv(households(), tmp_path / "households.csv")
    packed = tmp_path / "areas.csv.gz"
    packed.write_bytes(gzip.compress(as_csv(areas(), tmp_path / "areas.csv").read_bytes()))
    pq.write_table(requests(), tmp_path / "requests.parquet")
    other = read(requests=tmp_path / "requests.parquet", households=plain, areas=str(packed))
    for name in ("requests", "households", "areas"):
        mine, theirs = getattr(straight, name), getattr(other, name)
        shared = [column for column in mine.column_names if column not in {"members"}]
        assert mine.select(shared).to_pylist() == theirs.select(shared).to_pylist()
    assert other.hashes == {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in {"requests": tmp_path / "requests.parquet", "households": plain, "areas": packed}.items()
    }
    assert straight.hashes == {}


def test_semicolons_and_decimal_commas_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    rows = ["geoid;population;land_sq_mi;median_income_usd;education;renter_share"]
    rows += [f"{code};1000;2,5;50000;0,25;0,1" for code in areas()["geoid"].to_pylist()]
    file.write_text("\ufeff" + "\n".join(rows) + "\n", encoding="utf-8")
    assert read(areas=file).areas["land_sq_mi"].to_pylist() == [2.5] * 4


def test_missing_columns_of_all_tables_are_named_at_once() -> None:
    faults = faults_of(
        requests=requests().drop_columns(["requested_datetime"]),
        households=households(house_age=None, elderly_share=None),
        areas=areas(education=None, land_sq_mi=None),
    )
    assert [fault.split(". The file has")[0] for fault in faults] == [
        "table requests: missing columns: requested_datetime",
        "table households: missing columns: elderly_share, house_age",
        "table areas: missing columns: land_sq_mi, education",
    ]


def test_columns_are_mapped_by_name_for_all_tables_or_for_one() -> None:
    homes = households().rename_columns({"minority_share": "share", "premise_id": "parcel"})
    zones = areas().append_column("pct", pa.array([0.5, 0.5, 0.5, 0.5]))
    asked = requests(request("1", 1, premise_id="a1")).rename_columns({"premise_id": "parcel"})
    raw = read(
        requests=asked,
        households=homes,
        areas=zones,
        columns={"premise_id": "parcel", "households.minority_share": "share", "areas.minority_share": "pct"},
    )
    assert raw.requests["premise_id"].to_pylist()[0] == "a1"
    assert raw.households["minority_share"].to_pylist() == households()["minority_share"].to_pylist()
    assert raw.areas["minority_share"].to_pylist() == [0.5] * 4


def test_a_mapping_that_fits_nothing_is_a_fault() -> None:
    faults = faults_of(columns={"minority": "x", "house_age": "years", "areas.population": "people"})
    assert len(faults) == 4
    assert "--column minority=x: 'minority' is no column of requests, households or areas" in faults[0]
    assert "--column house_age=years: households have no column 'years'" in faults[1]
    assert "--column areas.population=people: areas have no column 'people'" in faults[2]


def test_unknown_columns_are_kept() -> None:
    raw = read(households=households(feeder=["F7"] * households().num_rows), areas=areas(hispanic_share=[0.1, 0.2, 0.3, 0.4]))
    assert set(raw.households["feeder"].to_pylist()) == {"F7"}
    assert raw.areas["hispanic_share"].to_pylist() == [0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize(
    "name", ["name", "first_name", "LastName", "owner", "OWNER1", "Owner Name", "phone", "Home Phone", "email", "e_mail", "date_of_birth", "ssn"]
)
def test_a_store_of_households_with_names_in_it_is_refused(name: str) -> None:
    n = households().num_rows
    faults = faults_of(households=households(**{name: ["Ada"] * n, "house_age": [-1.0] * n}))
    assert any(repr(name) in fault and "a study needs none" in fault for fault in faults)
    assert any("house_age" in fault for fault in faults)


@pytest.mark.parametrize("name", ["feeder_name", "owner_occupied", "name_of_feeder", "service_name", "nearest_hydrant"])
def test_a_column_that_names_no_person_is_no_name(name: str) -> None:
    assert name in read(households=households(**{name: ["x"] * households().num_rows})).households.column_names


def test_repeated_premises_and_meters_are_told_apart() -> None:
    table = households()
    again = table.slice(0, 1)  # a1 with its meter once more
    second_meter = _changed(table.slice(1, 1), meter_id="m-other")  # a2 with another meter
    second_home = _changed(table.slice(2, 1), premise_id="z9")  # the meter of a3 elsewhere
    faults = faults_of(households=pa.concat_tables([table, again, second_meter, second_home]))
    assert faults == [
        "table households: premise_id: premises with two or more meters: 'a2'",
        "table households: premise_id: one row a household was expected; with more than one: 'a1'",
        "table households: meter_id: meters in two or more premises: 'm-a3'",
    ]


def _changed(table: pa.Table, **values: str) -> pa.Table:
    for name, value in values.items():
        table = table.set_column(table.column_names.index(name), name, pa.array([value] * table.num_rows))
    return table


def test_households_without_a_meter_are_no_fault_and_without_an_id_are() -> None:
    n = households().num_rows
    assert read(households=households(meter_id=[None] * n)).households["meter_id"].null_count == n
    premises = [None, "", *households()["premise_id"].to_pylist()[2:]]
    assert faults_of(households=households(premise_id=premises)) == ["table households: premise_id: missing in 2 of 62 households"]


def test_shares_outside_0_to_1_and_other_impossible_values_are_all_said() -> None:
    n = households().num_rows
    faults = faults_of(
        households=households(
            minority_share=[50.0] * n,
            elderly_share=[*[0.5] * (n - 1), 1.2],
            college_age_share=[-0.1, *[0.0] * (n - 1)],
            house_age=[1975.0] * n,
            lat=[4_000_000.0] * n,
        ),
        areas=areas(education=["0.2", "much", "0.4", "0.5"], median_income_usd=[50.0, 60.0, 70.0, 80.0], renter_share=[0.1, 0.2, 0.3, float("inf")]),
    )
    assert [fault for fault in faults if fault.startswith("table areas")] == [
        "table areas: median_income_usd: dollars were expected, and values up to 80 came. Thousands? Then multiply by 1,000",
        "table areas: education: numbers were expected, and row 2 holds 'much'",
        "table areas: renter_share: 1 of 4 values are infinite (first in row 4)",
        "table areas: renter_share: 1 of 4 values lie outside 0–1, up to inf (first in row 4); a share lies between 0 and 1",
    ]
    ours = [fault for fault in faults if fault.startswith("table households")]
    assert len(ours) == 5
    assert "minority_share: 62 of 62 values lie outside 0–1, up to 50 (first in row 1); per cent? Then divide by 100" in ours[0]
    assert "elderly_share: 1 of 62 values lie outside 0–1, up to 1.2 (first in row 62); a share lies between 0 and 1" in ours[1]
    assert "college_age_share: 1 of 62" in ours[2]
    assert "The year it was built?" in ours[3]
    assert "lat: degrees up to 90 were expected, and 4e+06 came" in ours[4]


def test_areas_without_people_or_land_are_a_fault_where_households_live_and_a_note_elsewhere() -> None:
    faults = faults_of(areas=areas(population=[0, None, 200, 800], land_sq_mi=[2.0, 0.5, 0.0, 1.0]))
    assert faults == [
        f"table areas: population: areas that have no residents, and households (9): '{A}', '{B}'",
        "table areas: land_sq_mi: areas that have no land area, and households (3): '120730002001'; give boundaries, from which it is computed",
    ]
    more = pa.concat_tables([areas(), _changed(areas().slice(0, 1), geoid="120730888001").set_column(1, "population", pa.array([0]))])
    assert codes(read(areas=more))["area_not_lived_in"] == 1


def test_an_income_that_the_survey_does_not_publish_is_missing() -> None:
    raw = read(areas=areas(median_income_usd=[50_000, -666_666_666, 120_500, 30_000]))
    assert raw.areas["median_income_usd"].to_pylist() == [50_000, None, 120_500, 30_000]
    assert codes(raw)["income_not_published"] == 1


def test_tables_without_rows_are_a_fault_with_those_of_the_others() -> None:
    faults = faults_of(requests=requests().slice(0, 0), households=households(house_age=None))
    assert faults[0] == "table requests: it has no rows"
    assert faults[1].startswith("table households: missing columns: house_age.")


def test_two_rows_of_one_area_are_a_fault() -> None:
    assert faults_of(areas=pa.concat_tables([areas(), areas().slice(0, 1)])) == [f"table areas: geoid: areas with more than one row: '{A}'"]


def test_requests_that_nothing_can_place_are_refused() -> None:
    bare = requests().select(["service_request_id", "requested_datetime"])
    assert "nothing tells whose requests these are" in faults_of(requests=bare)[0]


def test_naive_times_need_the_clock_that_they_show() -> None:
    naive = requests(request("1", 1, premise_id="a1"))
    local = pa.array([datetime(2018, 10, 10, 14, 0)] * naive.num_rows, pa.timestamp("us"))  # noqa: DTZ001  # naive on purpose
    naive = naive.set_column(1, "requested_datetime", local)
    assert "carry no zone" in faults_of(requests=naive)[0]
    raw = read(requests=naive, timezone="America/New_York")
    assert raw.requests["requested_datetime"][0].as_py() == at(1)  # four hours behind UTC in October
    assert "'Mars/Olympus' is no time zone" in faults_of(timezone="Mars/Olympus")[0]


def test_a_naive_event_needs_a_clock_too() -> None:
    start = datetime(2018, 10, 10, 13, 0)  # noqa: DTZ001  # naive on purpose
    assert faults_of(event_start=start) == [
        "--event-start: 2018-10-10 13:00:00 carries no zone; name the clock that it shows: --timezone America/New_York"
    ]
    assert read(event_start=start, timezone="America/New_York").event_start == START


def test_times_in_text_with_offsets_are_moments(tmp_path: Path) -> None:
    file = tmp_path / "requests.csv"
    file.write_text(
        "service_request_id,requested_datetime,premise_id\n1,2018-10-10T14:00:00-04:00,a1\n2,2018-10-10 18:30:00Z,a2\n"
        "3,soon,a3\n4,,b1\n,2018-10-10 18:30:00Z,a2\n"
    )
    raw = read(requests=file)
    assert raw.requests["requested_datetime"].to_pylist() == [datetime(2018, 10, 10, 18, 0, tzinfo=UTC), datetime(2018, 10, 10, 18, 30, tzinfo=UTC)]
    assert (codes(raw)["request_without_time"], codes(raw)["request_without_id"], codes(raw)["made_by_unknown"]) == (2, 1, 5)


def test_not_one_readable_time_is_a_fault() -> None:
    odd = requests().set_column(1, "requested_datetime", pa.array(["soon"] * 10))
    assert "not one time can be read" in faults_of(requests=odd)[0]
    days = requests().set_column(1, "requested_datetime", pa.array([datetime(2018, 10, 10, tzinfo=UTC).date()] * 10))
    assert "days without a time" in faults_of(requests=days)[0]


def test_a_request_exported_twice_is_one_and_said() -> None:
    twice = pa.concat_tables([requests(request("1", 1, premise_id="a1")), requests(request("1", 1, premise_id="a1"), with_filler=False)])
    raw = read(requests=twice)
    assert raw.requests["service_request_id"].to_pylist().count("1") == 1
    assert codes(raw)["request_repeated"] == 1


def test_who_made_a_request_is_a_resident_staff_a_meter_or_not_known() -> None:
    assert faults_of(requests=requests(request("1", 1, made_by="Employee"))) == [
        "table requests: made_by: resident, staff, meter, unknown were expected, and 'employee' came"
    ]
    raw = read(requests=requests(request("1", 1, made_by=None), request("2", 1, made_by="Staff"), request("3", 1, made_by="unknown")))
    assert raw.requests["made_by"].to_pylist()[:3] == ["resident", "staff", "resident"]
    assert codes(raw)["made_by_missing"] == 2


def test_nowhere_is_not_a_place_off_the_coast_of_africa() -> None:
    raw = read(requests=requests(request("1", 1, lat=0.0, long=0.0), request("2", 1, lat=30.44)))
    assert raw.requests["lat"].null_count == raw.requests.num_rows
    assert codes(raw)["no_coordinates"] == 2


def test_files_that_are_none_are_said_with_the_faults_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "homes.csv").write_text("")
    (tmp_path / "areas.parquet").write_text("no parquet")
    faults = faults_of(
        requests=requests(request("1", 1, made_by="robot")), households=tmp_path / "homes.csv", areas=tmp_path / "areas.parquet", timezone="Nowhere"
    )
    assert len(faults) == 4
    assert any("homes.csv: households were expected as CSV (plain or gzip) or Parquet, and it is empty" in fault for fault in faults)
    assert any("areas.parquet: this is not a Parquet file" in fault for fault in faults)
    assert "there is no such file" in faults_of(areas=tmp_path / "none.csv")[0]
    assert "this is a folder" in faults_of(areas=tmp_path)[0]


def test_lines_that_have_slipped_are_a_fault_with_their_line(tmp_path: Path) -> None:
    file = as_csv(areas(), tmp_path / "areas.csv")
    file.write_text(file.read_text() + "120730001009,5\n")
    assert "lines without the 6 columns of the header: 1 (first: line 6)" in faults_of(areas=file)[0]


def test_a_header_with_a_name_twice_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text("geoid,population,population\n1,2,3\n")
    assert "the header has more than once: 'population'" in faults_of(areas=file)[0]


def test_a_table_that_says_it_is_synthetic_makes_the_study_synthetic() -> None:
    assert not read().is_synthetic
    assert read(areas=areas().replace_schema_metadata({"synthetic": "true"})).is_synthetic
