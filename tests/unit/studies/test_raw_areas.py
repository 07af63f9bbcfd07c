"""Areas of a study: lost zeros, ids of other census years, land areas from boundaries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from shapely.geometry import box, mapping

from evenhand.studies.errors import StudyTablesUnusable
from evenhand.studies.raw.tables import RawTables, check_raw_tables
from tests.study_village import FILLER, LAT, LONG, NAMED, START, A, B, C, areas, households, metres_north, request, requests

FILL = "120730099001"
# The village's premises stand every 100 m to the north: a1 at 0 m, b1 at 500 m, c1 at 900 m, the filler from 1,200 m on.
STRIPS = {A: (-50.0, 450.0), B: (450.0, 850.0), C: (850.0, 1150.0), FILL: (1150.0, 6250.0)}


def read(**changed: Any) -> RawTables:
    tables = {"requests": requests(), "households": households(), "areas": areas(), "event_start": START} | changed
    return check_raw_tables(tables.pop("requests"), tables.pop("households"), tables.pop("areas"), **tables).whole()


def faults_of(**changed: Any) -> list[str]:
    with pytest.raises(StudyTablesUnusable) as refused:
        read(**changed)
    found = refused.value.facts["faults"]
    assert isinstance(found, list)
    return found


def said(raw: RawTables, code: str) -> str:
    return next(note.text for note in raw.notes if note.code == code)


def strips(path: Path, of: dict[str, tuple[float, float]], *, key: str = "GEOID", wide: float = 0.01) -> Path:
    """Boundaries: strips from west to east, so many metres to the north of the village's first house."""
    features = [
        {
            "type": "Feature",
            "properties": {key: code, "other": 1},
            "geometry": mapping(box(LONG - wide, metres_north(low), LONG + wide, metres_north(high))),
        }
        for code, (low, high) in of.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def recoded(codes: dict[str, str]) -> pa.Table:
    return households(block_group=[codes.get(code, code) for code in households()["block_group"].to_pylist()])


def test_ids_under_other_names_and_with_a_census_prefix_are_the_same_ids() -> None:
    named = areas().rename_columns({"geoid": "GEOID10"})
    prefixed = households(block_group=[f"1500000US{code}" for code in households()["block_group"].to_pylist()])
    raw = read(areas=named, households=prefixed)
    assert raw.areas["geoid"].to_pylist() == areas()["geoid"].to_pylist()
    assert raw.households["block_group"].to_pylist() == households()["block_group"].to_pylist()
    assert said(raw, "column_by_alias") == "table areas: the column GEOID10 was read as geoid."


def test_a_zero_that_a_spreadsheet_took_is_put_back_and_said() -> None:
    alabama = {code: f"01{code[2:]}" for code in (A, B, C, FILL)}
    whole = recoded(alabama)
    lost = pa.array([int(code) for code in whole["block_group"].to_pylist()])
    raw = read(
        households=whole.set_column(whole.column_names.index("block_group"), "block_group", lost),
        areas=areas(geoid=[float(code) for code in alabama.values()]),
    )
    assert raw.households["block_group"].to_pylist() == whole["block_group"].to_pylist()
    assert raw.areas["geoid"].to_pylist() == list(alabama.values())
    assert [note.rows for note in raw.notes if note.code == "geoid_zero_restored"] == [62, 4]


def test_ids_that_lost_digits_here_and_there_or_were_rounded_are_faults() -> None:
    assert "did some lose their leading zero?" in faults_of(areas=areas(geoid=["10730001001", B, C, FILL]))[0]
    assert "rounded by a spreadsheet" in faults_of(areas=areas(geoid=["1.2073E+11", B, C, FILL]))[0]


def test_tracts_are_no_block_groups() -> None:
    tracts = ["12073000100", "12073000200", "12073009900", "12073009800"]
    assert "these are census tracts, as '12073000100'" in " ".join(faults_of(areas=areas(geoid=tracts)))


def test_a_city_may_take_tracts_for_both(tmp_path: Path) -> None:
    tract = {A: "12073000100", B: "12073000200", C: "12073000300", FILL: "12073009900"}
    raw = read(households=recoded(tract), areas=areas(geoid=list(tract.values())))
    assert set(raw.households["block_group"].to_pylist()) == set(tract.values())
    assert raw.notes == ()


def test_a_few_households_in_no_area_are_no_other_year() -> None:
    raw = read(households=recoded({}).set_column(2, "block_group", pa.array(["120730777001", *households()["block_group"].to_pylist()[1:]])))
    assert raw.households["block_group"][0].as_py() == "120730777001"


def test_ids_of_another_census_year_are_refused_and_named() -> None:
    old = {A: "120730501001", B: "120730501002"}
    (fault,) = faults_of(households=recoded(old))
    assert "of the households' 4 block groups, 2 (with 15% of the households) are not among the 4 areas of table areas" in fault
    assert "'120730501001', '120730501002': ids of another census year, or of another city?" in fault
    assert "boundaries of both" in fault


def test_with_the_boundaries_of_both_an_old_area_becomes_the_one_that_covers_most_of_it(tmp_path: Path) -> None:
    # The old ones: one covers A and a quarter of B's strip, the other the rest of B and a little of C.
    old = {"120730501001": (-50.0, 550.0), "120730501002": (550.0, 900.0), C: (900.0, 1150.0), FILL: (1150.0, 6250.0)}
    new_file, old_file = strips(tmp_path / "new.geojson", STRIPS), strips(tmp_path / "old.geojson", old, key="GEOID10")
    homes = recoded({A: "120730501001", B: "120730501002"}).drop_columns(["lat", "long"])
    asked = requests(request("1", 1, block_group="120730501002"))
    raw = read(households=homes, requests=asked, boundaries=[old_file, new_file])
    assert raw.households["block_group"].to_pylist() == households()["block_group"].to_pylist()
    assert raw.requests["block_group"][0].as_py() == B
    # Covered: 500 of 600 m, 300 of 350 m, all of C's 250 m, all of the filler's: on average 92 %.
    assert "on average 92% of it; 0 of 4 by less than half" in said(raw, "areas_matched_by_overlap")
    assert set(raw.hashes) == {"boundaries", "boundaries_2"}


def test_a_household_with_coordinates_goes_where_it_stands_and_only_the_others_by_overlap(tmp_path: Path) -> None:
    # The old one covers all of A's strip and two of B's five premises: by overlap all of its seven would be A's.
    old = {"120730501001": (-50.0, 650.0), B: (650.0, 850.0), C: (850.0, 1150.0), FILL: (1150.0, 6250.0)}
    new_file, old_file = strips(tmp_path / "new.geojson", STRIPS), strips(tmp_path / "old.geojson", old, key="GEOID10")
    true = households()["block_group"].to_pylist()
    coded = ["120730501001" if name[0] == "a" or name in {"b1", "b2"} else code for name, code in zip((*NAMED, *FILLER), true, strict=True)]
    nowhere = {"a1", "b1"}
    lat = [None if name in nowhere else at for name, at in zip((*NAMED, *FILLER), households()["lat"].to_pylist(), strict=True)]
    homes = households(block_group=coded, lat=lat, long=[None if at is None else LONG for at in lat])
    asked = requests(
        request("1", 1, block_group="120730501001", lat=metres_north(550.0), long=LONG),
        request("2", 1, block_group="120730501001"),
        request("3", 1, lat=metres_north(550.0), long=LONG),
    )
    raw = read(households=homes, requests=asked, boundaries=[new_file, old_file])
    found = dict(zip((*NAMED, *FILLER), raw.households["block_group"].to_pylist(), strict=True))
    assert {name: code for name, code in found.items() if code != households()["block_group"][(*NAMED, *FILLER).index(name)].as_py()} == {"b1": A}
    assert raw.requests["block_group"].to_pylist()[:3] == [B, A, None]
    assert said(raw, "areas_matched_by_point").endswith("that they stand in: 60.")
    assert said(raw, "areas_matched_by_overlap").endswith("households without coordinates in an area, 2.")


def test_with_the_areas_boundaries_alone_households_go_where_they_stand_and_requests_with_them(tmp_path: Path) -> None:
    file = strips(tmp_path / "areas.geojson", STRIPS)
    asked = requests(
        request("1", 1, block_group="120730501002"), request("2", 1, block_group=C), request("3", 1, block_group="120730501002", lat=LAT, long=LONG)
    )
    raw = read(households=recoded({A: "120730501001", B: "120730501002"}), requests=asked, boundaries=file)
    assert raw.households["block_group"].to_pylist() == households()["block_group"].to_pylist()
    assert "households put into the area of areas.geojson that they stand in: 62" in said(raw, "areas_matched_by_point")
    # By the households of its old id, as it is, and by its own coordinates.
    assert raw.requests["block_group"].to_pylist()[:3] == [B, C, A]


def test_a_table_in_which_no_household_has_an_area_is_refused_with_a_cure() -> None:
    faults = faults_of(households=households(block_group=[None] * 62, house_age=None), areas=areas(education=[2.0] * 4))
    assert not any("none has a block group" in fault for fault in faults)  # the table is not whole, so nothing more is asked of it
    (fault,) = faults_of(households=households(block_group=[None] * 62))
    assert "table households: block_group: of 62 households none has a block group, so that none stands in an area of table areas" in fault
    assert "--column households.block_group=THEIRS" in fault
    assert "--boundaries" in fault


def test_boundaries_that_bring_nothing_together_do_not_help(tmp_path: Path) -> None:
    far = {code: (low + 50_000.0, high + 50_000.0) for code, (low, high) in STRIPS.items()}
    file = strips(tmp_path / "far.geojson", far)
    assert (
        "ids of another census year, or of another city?" in faults_of(households=recoded({A: "120730501001", B: "120730501002"}), boundaries=file)[0]
    )


def test_a_household_without_a_block_group_is_put_where_it_stands(tmp_path: Path) -> None:
    homes = households(block_group=[None, *households()["block_group"].to_pylist()[1:]])
    raw = read(households=homes, boundaries=strips(tmp_path / "areas.geojson", STRIPS))
    assert raw.households["block_group"][0].as_py() == A
    assert said(raw, "area_by_point").endswith(": 1.")


def test_a_missing_land_area_is_computed_from_boundaries_and_said(tmp_path: Path) -> None:
    # A strip of 500 m by 0.02 degrees of longitude, 1,921.1 m at 30.44° on the WGS 84 ellipsoid: 960,570 m², 0.37088 square miles.
    file = strips(tmp_path / "areas.geojson", STRIPS, key="code")
    raw = read(areas=areas(land_sq_mi=None), boundaries=file, id_property="code")
    assert raw.areas["land_sq_mi"][0].as_py() == pytest.approx(0.37088, rel=1e-3)
    assert "areas whose land_sq_mi was computed from areas.geojson" in said(raw, "land_area_computed")
    stated = read(areas=areas(land_sq_mi=[None, 0.5, 4.0, 1.0]), boundaries=file, id_property="code").areas["land_sq_mi"].to_pylist()
    assert stated[0] == pytest.approx(0.37088, rel=1e-3)
    assert stated[1:] == [0.5, 4.0, 1.0]


def test_boundaries_that_cannot_be_used_are_named_with_all_their_faults(tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    point = {"type": "Feature", "properties": {"GEOID": A}, "geometry": {"type": "Point", "coordinates": [LONG, LAT]}}
    grid = {"type": "Feature", "properties": {"GEOID": B}, "geometry": mapping(box(500_000, 3_000_000, 501_000, 3_001_000))}
    nameless = {"type": "Feature", "properties": {"shade": "red"}, "geometry": mapping(box(LONG, LAT, LONG + 1, LAT + 1))}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [point, grid, nameless]}))
    faults = faults_of(boundaries=file)
    assert "feature 1: a polygon was expected, and its geometry is Point" in faults[0]
    assert "no degrees (a projected grid?)" in faults[1]
    assert "no id under a known name; name it: --id-property. It has: shade" in faults[2]
    assert "there is no such file" in faults_of(boundaries=tmp_path / "none.geojson")[0]
    (tmp_path / "list.geojson").write_text("[]")
    assert "it has no features" in faults_of(boundaries=tmp_path / "list.geojson")[0]


def test_tracts_of_2010_land_in_the_tracts_of_2020_that_cover_most_of_them(shared_data: Path) -> None:
    """Leon County, Florida: 68 tracts of 2010 and 79 of 2020."""
    from evenhand.studies.raw.boundaries import overlaps, read_boundaries
    from evenhand.studies.raw.findings import Findings

    findings = Findings()
    old = read_boundaries(shared_data / "leon_county_fl/leon_tracts_2010_demographics.geojson", "FIPS_tract_id", findings)
    new = read_boundaries(shared_data / "leon_county_fl/leon_tracts_2020_tiger.geojson", None, findings)
    assert findings.faults == []
    assert old is not None
    assert new is not None
    found = overlaps(old, new, set(old.ids))
    assert (len(old.ids), len(new.ids), len(found)) == (68, 79, 68)
    # The census kept most tracts as they were: those keep their id, and nearly all of their extent.
    kept = [code for code, one in found.items() if one.area == code]
    assert len(kept) == len(set(old.ids) & set(new.ids))
    assert all(one.share > 0.2 for one in found.values())
