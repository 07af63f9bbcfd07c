"""A synthetic study city: its tables fit together, its truth is that of its readings, and a sample drawn the authors' way looks like their table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry import shape

from evenhand import equity
from evenhand.meters.detect import detect
from evenhand.meters.detections import Detections
from evenhand.meters.parameters import StormEvent
from evenhand.studies.five_models import FIVE_MODELS
from evenhand.studies.published_study import COEFFICIENTS
from evenhand.twin.errors import StudyCityUnusable, TwinReadingsError
from evenhand.twin.study_city import FILES, StudyCity, build_study_city, true_panel, write_study_city
from evenhand.vocabulary.degree_lengths import land_area_sq_mi, metres_a_degree
from evenhand.vocabulary.tables import AREAS, HOUSEHOLDS, METER_EVENTS, READINGS, REQUESTS
from tests.unit.twin.twin_readings import by_meter, rows

pytestmark = pytest.mark.slow

HALF_HOUR = timedelta(minutes=30)
SEEDS = (1, 2, 3)

# printed mean and spread of the 3,515 households
PRINTED = {
    "participation": (0.146, 0.354),
    "restoration_hours": (75.134, 35.187),
    "minority_share": (0.21, 0.387),
    "community_participation": (5.455, 10.039),
    "log_population_density": (7.76, 0.495),
    "median_income": (89.043, 27.139),
    "house_age": (36.767, 12.05),
    "education": (0.576, 0.129),
    "elderly_share": (0.359, 0.48),
    "college_age_share": (0.008, 0.09),
    "renter_share": (0.066, 0.108),
}
# What a drawn city may be away from the table, in printed spreads. A mean over 170 block groups of unequal size (as many as a hundred equal ones)
# has a standard error of about a tenth of its spread: two and a half of these. Density is moved further, until the printed share reports: by 0.14
# spreads from seed to seed, of which three are allowed. A spread is known to about a tenth, a skewed count's to a third: two of these.
MEAN_WITHIN, MEAN_OF_DENSITY_WITHIN = 0.25, 0.45
SPREAD_WITHIN = {"community_participation": 0.6, "renter_share": 0.35}


@pytest.fixture(scope="module")
def city() -> StudyCity:
    return build_study_city(households=300, seed=5, reporting_share=0.1, still_out=0.03, never_out=0.05)


@pytest.fixture(scope="module")
def truth(city: StudyCity) -> list[dict[str, Any]]:
    return rows(city.truth)


@pytest.fixture(scope="module")
def found(city: StudyCity) -> Detections:
    return detect(city.readings, event=StormEvent(event_start(city)))


def event_start(city: StudyCity) -> datetime:
    return datetime.fromisoformat(city.story["event_start"])


def told(truth: list[dict[str, Any]], found: Detections) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Meters whose readings can show what happened, beside what was found."""
    by_id = {row["meter_id"]: row for row in rows(found.outages)}
    return [(row, by_id[row["meter_id"]]) for row in truth if row["can_tell"]]


def test_detection_finds_the_status_that_is_true(truth: list[dict[str, Any]], found: Detections) -> None:
    pairs = told(truth, found)
    assert len(pairs) > 240
    assert [(one["meter_id"], one["status"], other["status"]) for one, other in pairs if one["status"] != other["status"]] == []
    assert {one["status"] for one, _ in pairs} == {"restored", "never_out", "still_out"}


def test_detection_finds_the_true_hours_to_half_an_interval_at_either_end(truth: list[dict[str, Any]], found: Detections) -> None:
    restored = [(one, other) for one, other in told(truth, found) if one["status"] == "restored"]
    assert len(restored) > 200
    for one, other in restored:
        assert other["outage_start"] == one["outage_start"]
        assert abs(other["hours"] - one["restoration_hours"]) <= 0.5 + 1e-9


def test_truth_of_the_meter_and_truth_of_the_panel_are_one(truth: list[dict[str, Any]]) -> None:
    for row in truth:
        if row["status"] == "never_out":
            assert row["restoration_hours"] == 0.0
            assert row["dark_from"] is None
        elif row["status"] == "restored":
            seconds = (row["dark_until"] - row["dark_from"]).total_seconds()
            assert math.isclose(seconds / 3600.0, row["restoration_hours"], abs_tol=1e-6)
        else:
            assert row["hours"] is None


def test_a_home_still_out_comes_back_after_the_metered_weeks(city: StudyCity, truth: list[dict[str, Any]]) -> None:
    end = datetime.fromisoformat(city.story["window_start"]).replace(tzinfo=None) + timedelta(days=city.story["days"])
    still_out = [row for row in truth if row["status"] == "still_out"]
    assert still_out
    assert all(row["dark_from"] + timedelta(hours=row["restoration_hours"]) > end for row in still_out)


def test_whoever_reports_was_dark_when_reporting(city: StudyCity, truth: list[dict[str, Any]]) -> None:
    start = event_start(city).replace(tzinfo=None)
    reporters = [row for row in truth if row["reported_hours"] is not None]
    assert sum(row["participation"] for row in reporters) == sum(row["participation"] for row in truth) > 15
    for row in reporters:
        assert 0.0 < row["reported_hours"] < row["restoration_hours"]
        in_window = row["dark_from"] + timedelta(hours=row["reported_hours"]) < start + timedelta(hours=48)
        assert in_window == bool(row["participation"])


def test_the_first_report_is_the_household_s_earliest_request_of_the_storm(city: StudyCity, truth: list[dict[str, Any]]) -> None:
    start = event_start(city).replace(tzinfo=None)
    earliest: dict[str, datetime] = {}
    for request in rows(city.requests):
        if request["premise_id"] and request["made_by"] == "resident" and request["requested_datetime"] >= start:
            earliest.setdefault(request["premise_id"], request["requested_datetime"])
    by_premise = {row["premise_id"]: row for row in truth}
    named = {premise: by_premise[premise] for premise in earliest}
    assert len(named) > 10
    for premise, at in earliest.items():  # a request that names no premise may have come before
        assert at >= named[premise]["dark_from"] + timedelta(hours=named[premise]["reported_hours"]) - timedelta(seconds=1)


def test_the_community_count_is_of_reporting_households_of_the_block_group(truth: list[dict[str, Any]]) -> None:
    reporting: dict[str, int] = {}
    for row in truth:
        reporting[row["block_group"]] = reporting.get(row["block_group"], 0) + row["participation"]
    assert all(row["community_participation"] == reporting[row["block_group"]] for row in truth)


def test_truth_json_counts_what_the_tables_hold(city: StudyCity, truth: list[dict[str, Any]]) -> None:
    counts, requests = city.story["counts"], rows(city.requests)
    assert counts["households"] == city.households.num_rows == len(truth) == 300
    assert counts["block_groups"] == city.areas.num_rows == len(city.areas_geojson["features"])
    assert counts["people"] == sum(row["members"] for row in rows(city.households))
    assert counts["requests"] == len(requests) == sum(counts["requests_by_kind"].values())
    assert counts["requests_by_maker"] == {who: sum(row["made_by"] == who for row in requests) for who in counts["requests_by_maker"]}
    assert counts["households_that_reported_in_window"] == sum(row["participation"] for row in truth)
    assert counts["requests_without_premise_id"] == sum(row["premise_id"] is None for row in requests)
    assert counts["requests_marked_duplicate"] == sum(row["duplicate_of"] is not None for row in requests)
    assert city.story["meters_by_status"] == {status: sum(row["status"] == status for row in truth) for status in city.story["meters_by_status"]}
    assert city.story["can_tell"] == sum(row["can_tell"] for row in truth)


def test_a_larger_city_has_every_kind_of_request() -> None:
    kinds = build_study_city(households=4_000, seed=2, reporting_share=0.1).story["counts"]["requests_by_kind"]
    assert set(kinds) == {"in_window", "again_in_window", "after_window", "before_event", "by_staff", "by_meters", "astray"}


def test_every_table_has_its_contract_s_columns_and_says_that_it_is_synthetic(city: StudyCity) -> None:
    contracts = {"readings": READINGS, "requests": REQUESTS, "households": HOUSEHOLDS, "areas": AREAS, "meter_events": METER_EVENTS}
    for name, contract in contracts.items():
        table: pa.Table = getattr(city, name)
        types = {column.name: column.type for column in contract.columns}
        assert contract.missing_from(table.column_names) == ()
        assert {column: table.schema.field(column).type for column in table.column_names} == {column: types[column] for column in table.column_names}
    tables = [getattr(city, field.name) for field in fields(StudyCity) if isinstance(getattr(city, field.name), pa.Table)]
    assert [table.schema.metadata for table in tables] == [{b"synthetic": b"true"}] * 8
    assert city.areas_geojson["synthetic"] is True
    assert "invented" in city.story["synthetic"]


def test_ids_join_the_tables(city: StudyCity) -> None:
    homes = rows(city.households)
    assert {row["meter_id"] for row in homes} == set(city.readings["meter_id"].unique().to_pylist())
    assert [row["premise_id"] for row in homes] == [row["premise_id"] for row in rows(city.grid)]
    assert {row["block_group"] for row in homes} == set(city.areas["geoid"].to_pylist())
    assert all(len(geoid) == 12 and geoid.isdigit() for geoid in city.areas["geoid"].to_pylist())
    first = {row["service_request_id"] for row in rows(city.requests)}
    assert {row["duplicate_of"] for row in rows(city.requests)} - {None} <= first


def test_homes_lie_in_their_block_group_and_block_groups_have_the_land_that_they_say(city: StudyCity) -> None:
    shapes = {feature["properties"]["GEOID"]: shape(feature["geometry"]) for feature in city.areas_geojson["features"]}
    for row in rows(city.households):
        assert shapes[row["block_group"]].contains(shapely.Point(row["long"], row["lat"]))
    for area in rows(city.areas):
        # coordinates are rounded to 11 cm, and a degree's length is taken at the city's middle
        assert math.isclose(land_area_sq_mi(shapes[area["geoid"]]), area["land_sq_mi"], rel_tol=0.005)
    apart = sum(one.area for one in shapes.values())
    assert math.isclose(shapely.union_all(list(shapes.values())).area, apart, rel_tol=1e-3)


def test_the_models_density_and_income_are_those_of_the_areas_table(city: StudyCity, truth: list[dict[str, Any]]) -> None:
    areas = {row["geoid"]: row for row in rows(city.areas)}
    for row in truth:
        area = areas[row["block_group"]]
        assert math.isclose(row["log_population_density"], math.log(area["population"] / area["land_sq_mi"]), abs_tol=1e-9)
        assert math.isclose(row["median_income"], area["median_income_usd"] / 1000.0, abs_tol=1e-9)
        assert (row["education"], row["renter_share"]) == (area["education"], area["renter_share"])


def test_the_home_nearest_to_a_request_s_place_is_the_one_that_made_it(city: StudyCity) -> None:
    homes = rows(city.households)
    scale = np.array(metres_a_degree(homes[0]["lat"]))
    places = np.array([[row["lat"], row["long"]] for row in homes]) * scale
    named = [row for row in rows(city.requests) if row["address_id"] is not None]
    assert len(named) > 15
    for request in named:
        metres = np.hypot(*(places - np.array([request["lat"], request["long"]]) * scale).T)
        assert homes[int(metres.argmin())]["address_id"] == request["address_id"]
        assert metres.min() < 30.0


def test_the_same_seed_writes_the_same_bytes_and_what_is_built_in_memory(tmp_path: Path) -> None:
    folders = [write_study_city(tmp_path / name, households=60, seed=7, reporting_share=0.2) for name in ("one", "again")]
    assert sorted(path.name for path in folders[0].iterdir()) == sorted(FILES)
    paths = [path.relative_to(folders[0]) for path in sorted(folders[0].rglob("*")) if path.is_file()]
    assert [(folders[0] / path).read_bytes() == (folders[1] / path).read_bytes() for path in paths] == [True] * len(FILES)
    built = build_study_city(households=60, seed=7, reporting_share=0.2)
    for name in ("requests", "households", "areas", "grid", "meter_events", "truth"):
        table = getattr(built, name)
        assert pq.read_table(folders[0] / f"{name}.parquet").cast(table.schema).equals(table)
    assert pq.read_table(folders[0] / "readings").equals(built.readings)
    assert json.loads((folders[0] / "truth.json").read_text()) == built.story
    assert not build_study_city(households=60, seed=8, reporting_share=0.2).readings.equals(built.readings)


def test_before_the_storm_a_meter_reads_the_same_in_any_city_of_its_seed() -> None:
    small, large = (build_study_city(households=count, seed=4) for count in (60, 90))
    quiet = (event_start(small) - timedelta(days=2)).replace(tzinfo=None)
    one, other = by_meter(small.readings), by_meter(large.readings)
    assert set(one) < set(other)
    for meter, readings in one.items():
        before = {at: kwh for at, kwh in readings.items() if at < quiet}
        assert before == {at: kwh for at, kwh in other[meter].items() if at < quiet}


@given(
    households=st.integers(50, 400), seed=st.integers(0, 2**40), share=st.floats(0.002, 0.45), never=st.floats(0.0, 0.45), still=st.floats(0.0, 0.4)
)
@settings(max_examples=60)
def test_in_every_city_reporters_were_dark_and_counts_are_whole(households: int, seed: int, share: float, never: float, still: float) -> None:
    panel = true_panel(households=households, seed=seed, reporting_share=share, never_out=never, still_out=still)
    hours, reported = (panel[name].to_numpy(zero_copy_only=False) for name in ("restoration_hours", "reported_hours"))
    takes_part, status = panel["participation"].to_numpy(), np.array(panel["status"].to_pylist())
    assert panel.num_rows == households
    assert np.isfinite(hours).all()
    assert ((hours == 0.0) == (status == "never_out")).all()
    assert not (takes_part == 1)[status == "never_out"].any()
    assert np.isfinite(reported[takes_part == 1]).all()
    spoke = np.isfinite(reported)
    assert ((reported[spoke] > 0.0) & (reported[spoke] < hours[spoke])).all()
    assert (panel["community_participation"].to_numpy() >= takes_part).all()


def test_progress_reaches_the_number_of_homes() -> None:
    seen: list[tuple[int, int]] = []
    build_study_city(households=60, seed=1, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (60, 60)


def test_a_folder_that_holds_a_twin_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "requests.parquet").write_text("mine")
    with pytest.raises(TwinReadingsError, match=r"already has requests\.parquet"):
        write_study_city(tmp_path, households=60)
    assert [path.name for path in tmp_path.iterdir()] == ["requests.parquet"]


def test_all_faults_of_a_wish_are_named_at_once() -> None:
    with pytest.raises(StudyCityUnusable) as refused:
        true_panel(households=20, reporting_share=0.9, never_out=-0.1, hours_effects={"shoe_size": 1.0, "minority_share:luck": 0.1})
    words = str(refused.value)
    assert all(part in words for part in ("20 came", "0.9 came", "-0.1 came", "'shoe_size'", "'luck'"))


@pytest.mark.parametrize(("seed", "days"), [(-1, 21), (1, 9)])
def test_a_seed_or_a_window_that_cannot_be_is_refused(seed: int, days: int) -> None:
    with pytest.raises(TwinReadingsError):
        true_panel(households=60, seed=seed, days=days)


# A sample as the authors drew theirs: 515 reporters of the window, 3,000 of all others, unweighted.


@pytest.fixture(scope="module", params=SEEDS)
def sample(request: pytest.FixtureRequest) -> Mapping[str, NDArray[Any]]:
    panel = true_panel(seed=request.param)
    columns = {name: np.array(panel[name].to_pylist()) for name in (*PRINTED, "block_group", "status")}
    seen_at_most = 288.0  # the printed maximum: hours of homes that stay dark for weeks end with the meters' weeks
    columns["restoration_hours"] = np.minimum(columns["restoration_hours"], seen_at_most)
    chance, reports = np.random.default_rng(request.param), columns["participation"] == 1
    chosen = [chance.choice(np.flatnonzero(which), size, replace=False) for which, size in ((reports, 515), (~reports, 3_000))]
    return {name: values[np.concatenate(chosen)] for name, values in columns.items()}


@pytest.mark.parametrize("column", PRINTED)
def test_a_sample_drawn_the_authors_way_has_about_the_printed_means_and_spreads(sample: Mapping[str, NDArray[Any]], column: str) -> None:
    mean, spread = PRINTED[column]
    within = MEAN_OF_DENSITY_WITHIN if column == "log_population_density" else MEAN_WITHIN
    assert abs(float(sample[column].mean()) - mean) < within * spread
    assert abs(float(sample[column].std()) / spread - 1.0) < SPREAD_WITHIN.get(column, 0.2)


@pytest.mark.parametrize("model", [FIVE_MODELS[0], FIVE_MODELS[2]], ids=lambda model: f"model {model.number}")
def test_such_a_sample_gives_the_printed_coefficients_back(sample: Mapping[str, NDArray[Any]], model: Any) -> None:
    """Within four of the sample's own standard errors: a right estimate fails once in some thousands of such tests."""
    fit = equity.fit(f"{model.outcome} ~ {' + '.join(model.terms)}", dict(sample), family=model.family, errors={"cr3": "block_group"})
    found = {row.term: row for row in fit.terms("cr3")}
    for term in model.terms:
        assert abs(found[term].estimate - COEFFICIENTS[model.number][term][0]) < 4.0 * found[term].std_error


def test_such_a_sample_has_about_the_printed_likelihood_of_the_hours(sample: Mapping[str, NDArray[Any]]) -> None:
    """Printed: −17,024. One per cent more or fewer zeros moves it by some 150, a tenth more or less dispersion by as much."""
    model = FIVE_MODELS[2]
    fit = equity.fit(f"{model.outcome} ~ {' + '.join(model.terms)}", dict(sample), family=model.family)
    assert abs(fit.loglik + 17_024) < 300


@pytest.mark.parametrize("seed", SEEDS)
def test_the_population_s_constant_is_the_printed_one_less_the_log_of_the_sampling_odds(seed: int) -> None:
    panel = true_panel(seed=seed)
    share = float(np.mean(panel["participation"].to_numpy()))
    assert abs(share - 665 / 79_665) < 4 * math.sqrt(0.00835 / 82_000)
    story = build_study_city(households=100, seed=seed).story
    # 515 of 665 reporters and 3,000 of 79,000 others: by hand, ln((515/665)/(3000/79000)) = ln 20.393 = 3.0152
    assert math.isclose(story["log_sampling_odds"], 3.0152, abs_tol=5e-5)
    assert math.isclose(story["participation_constant_in_the_authors_sample"], 17.878, abs_tol=1.0)
