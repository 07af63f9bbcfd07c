"""What cannot be computed is refused in words; what is merely poor is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evenhand.meters.detect import detect
from evenhand.meters.errors import (
    BaselineTooShort,
    EventOutsideReadings,
    EvidenceUnusable,
    IntervalLengthUnclear,
    MetersError,
    RevisionsWithoutOrder,
    RuleUnusable,
)
from evenhand.meters.formats.errors import ReadingsUnusable
from evenhand.meters.formats.options import ReadingOptions
from evenhand.meters.parameters import RobustRule, StormEvent, ZeroRule
from tests.unit.meters.drawn_meters import EVENT, FIRST, HALF_HOUR, found, rows_of, sorted_file, table_of, whole

ORDINARY = rows_of(1, whole("#" * 20 + "0" * 20))


def counted(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {warning.code: warning.count for warning in detect(table_of(rows), event=EVENT).warnings}


@pytest.mark.parametrize("away", [timedelta(days=-9), timedelta(days=9)])
def test_an_event_outside_the_readings_is_refused_with_their_window(away: timedelta) -> None:
    with pytest.raises(EventOutsideReadings, match=r"2018-10-07T06:00:00\+00:00 to 2018-10-14"):
        detect(table_of(ORDINARY), event=StormEvent(EVENT.start + away))


@pytest.mark.parametrize("away", [timedelta(days=days) for days in (-731, -401, -365, 365, 401, 731)])
@pytest.mark.parametrize("kind", ["sorted", "shuffled", "in memory"])
def test_an_event_in_the_wrong_year_is_told_with_the_true_range_of_the_readings(tmp_path: Path, kind: str, away: timedelta) -> None:
    rows = table_of(ORDINARY + rows_of(2, whole("")))
    shuffled = rows.take(pa.array([(place * 389) % rows.num_rows for place in range(rows.num_rows)]))
    source: Any = rows if kind == "in memory" else sorted_file(rows if kind == "sorted" else shuffled, tmp_path / "readings.parquet")
    with pytest.raises(EventOutsideReadings, match=r"run from 2018-10-07T06:00:00\+00:00 to 2018-10-14T06:00:00\+00:00\. .*is its year right\?"):
        detect(source, event=StormEvent(EVENT.start + away))


@pytest.mark.parametrize("on_fast_road", [True, False])
def test_an_event_years_from_every_reading_is_refused_though_a_stray_row_lies_on_its_other_side(tmp_path: Path, on_fast_road: bool) -> None:
    stray = ORDINARY[0] | {"interval_start": datetime(2010, 1, 1, tzinfo=UTC)}
    rows = table_of([stray, *ORDINARY])
    source: Any = sorted_file(rows, tmp_path / "readings.parquet") if on_fast_road else rows
    with pytest.raises(EventOutsideReadings, match=r"run from 2010-01-01T.* to 2018-10-14T06:00:00\+00:00, and none of them lies near it"):
        detect(source, event=StormEvent(datetime(2014, 10, 10, 12, tzinfo=UTC)))


def test_under_two_days_of_baseline_is_refused_but_the_simple_rule_needs_none() -> None:
    early = StormEvent(FIRST + timedelta(hours=50))  # less six hours: 44 hours of baseline
    cure = r"`--rule zero`, from Python `rule=ZeroRule\(\)`"
    first = r"meter 1 at 2018-10-07 06:00:00\+00:00 \(row 0\)"
    with pytest.raises(BaselineTooShort, match=rf"begin 1\.8 days before .* needs 2 days .*{first}.*{cure}"):
        detect(table_of(ORDINARY), event=early)
    assert detect(table_of(ORDINARY), event=early, rule=ZeroRule()).outages.num_rows == 1
    assert detect(table_of(ORDINARY), event=early, rule=RobustRule(baseline_days_least=1.5)).outages.num_rows == 1


def test_a_naive_event_and_one_that_ends_before_it_starts_are_refused() -> None:
    with pytest.raises(RuleUnusable, match="no time zone"):
        StormEvent(datetime(2018, 10, 10, 12))  # noqa: DTZ001  # that is the fault
    with pytest.raises(RuleUnusable, match=r"ends .* before it starts"):
        StormEvent(EVENT.start, EVENT.start - HALF_HOUR)


def test_all_faults_of_a_rule_are_named_at_once() -> None:
    with pytest.raises(RuleUnusable, match=r"confirm_hours is 0.*creep_ratio is 0\.5"):
        RobustRule(confirm_hours=0, creep_ratio=0.5)


@pytest.mark.parametrize("on_fast_road", [True, False])
def test_two_revisions_without_an_order_are_refused_or_counted(tmp_path: Path, on_fast_road: bool) -> None:
    revised = ORDINARY + [row | {"kwh": 0.9} for row in ORDINARY[100:110]]
    rows = sorted(revised, key=lambda row: row["interval_start"]) if on_fast_road else revised
    source: Any = sorted_file(table_of(rows), tmp_path / "revised.parquet") if on_fast_road else table_of(rows)
    # On the fast road the rows lie by time, so the first interval that came twice is row 100 and its revision the next one.
    first, then = (r"revised\.parquet, row group 0, row 100", r".*row group 0, row 101") if on_fast_road else ("row 100", "row 336")
    place = rf"{first}\): 0\.5, then 0\.9 \({then}\)"
    cure = "`--keep-greater`, from Python `keep_greater_of_conflicts=True`"
    with pytest.raises(RevisionsWithoutOrder, match=rf"10 intervals .* meter 1 \(10\).*{place}.*{cure}"):
        detect(source, event=EVENT)
    result = detect(source, event=EVENT, keep_greater_of_conflicts=True)
    assert {warning.code: warning.count for warning in result.warnings}["conflicting_revisions"] == 10
    assert result.outages.to_pylist()[0]["hours"] == 10.5


def test_the_greater_of_two_revisions_claims_no_outage() -> None:
    again = [row | {"kwh": 0.5} for row in ORDINARY if row["kwh"] == 0]
    for rows in (ORDINARY + again, again + ORDINARY):
        assert detect(table_of(rows), event=EVENT, keep_greater_of_conflicts=True).outages["status"].to_pylist() == ["never_out"]


def test_rows_of_another_interval_length_are_refused() -> None:
    quarters = rows_of(2, "#" * 600, interval=timedelta(minutes=15))
    # Behind the 336 rows of meters 1 and 3 each come the quarters of meter 2; the second of them is at no mark.
    example = r"for example meter 2 at 2018-10-07 06:15:00\+00:00 \(row 673\)"
    with pytest.raises(IntervalLengthUnclear, match=rf"do not begin at a mark of 30 minutes, {example}"):
        detect(table_of(ORDINARY * 1 + rows_of(3, whole("")) + quarters), event=EVENT)


def test_an_interval_length_that_changes_within_a_meter_is_refused() -> None:
    before = rows_of(1, "#" * 300)
    after = rows_of(1, "#" * 250, first=FIRST + 300 * HALF_HOUR, interval=timedelta(minutes=15))
    with pytest.raises(IntervalLengthUnclear):
        detect(table_of(before + after), event=EVENT)


def test_an_interval_that_was_longer_for_most_meters_is_refused() -> None:
    hourly_before = "#." * 72 + "#" * 192
    rows = [row for meter in (7, 8, 9) for row in rows_of(meter, hourly_before)]
    with pytest.raises(IntervalLengthUnclear, match=r"3 of 3 meters lack every second interval of 30 minutes.* meter 7 at .*\(row 0\)"):
        detect(table_of(rows), event=EVENT)


def test_a_broken_row_group_is_named_on_both_roads(tmp_path: Path) -> None:
    rows = rows_of(1, whole("")) + rows_of(2, whole("")) + rows_of(3, whole(""))
    path = sorted_file(table_of(rows), tmp_path / "broken.parquet", rows_in_group=336)
    place = pq.read_metadata(path).row_group(1).column(1)
    whole_file = bytearray(path.read_bytes())
    begin = place.dictionary_page_offset or place.data_page_offset
    whole_file[begin : begin + place.total_compressed_size] = bytes(place.total_compressed_size)
    path.write_bytes(whole_file)
    for options in (ReadingOptions(), ReadingOptions(ids="text")):  # as it is, and by standard batches
        with pytest.raises(ReadingsUnusable, match=r"broken\.parquet: row group 1 cannot be decoded"):
            detect(path, event=EVENT, options=options)


def test_readings_without_any_step_are_refused() -> None:
    with pytest.raises(IntervalLengthUnclear, match="show none"):
        detect(table_of([ORDINARY[0]]), event=EVENT)


def test_a_few_stray_rows_are_counted_and_left_out() -> None:
    stray = [ORDINARY[7] | {"interval_start": FIRST + timedelta(minutes=7)}, ORDINARY[7] | {"interval_start": datetime(1999, 1, 1, tzinfo=UTC)}]
    assert counted(ORDINARY + stray) == {"off_grid_rows": 1, "rows_far_from_event": 1}


def test_nulls_estimates_and_doubles_are_counted() -> None:
    rows = rows_of(1, whole("#" * 20 + "n" * 5 + "#" * 20 + "e" * 7))
    assert counted(rows + rows[:11]) == {"null_rows": 5, "estimated_rows": 7, "double_rows": 11}


@pytest.mark.parametrize(
    ("energy", "status"),
    [(float("nan"), "restored"), (float("inf"), "unknown"), (float("-inf"), "unknown"), (1e9, "unknown"), (-1e9, "unknown")],
)
def test_no_number_is_not_received_and_an_absurd_energy_is_neither_power_nor_silence_on_both_roads(
    tmp_path: Path, energy: float, status: str
) -> None:
    rows = [row | {"kwh": energy if row["kwh"] == 0 else row["kwh"]} for row in ORDINARY]
    fast = detect(sorted_file(table_of(rows), tmp_path / "a.parquet"), event=EVENT)
    slow = detect(table_of(rows), event=EVENT)
    assert fast.outages.equals(slow.outages)
    assert fast.outages.to_pylist()[0]["status"] == status
    of_energies = {"not_a_number", "infinite_energy", "absurd_energy"}
    for found_ in (fast, slow):
        assert [warning.count for warning in found_.warnings if warning.code in of_energies] == [20]
        assert found_.reasons == ({} if status == "restored" else {"unusable_energies": 1})


def test_each_kind_of_unusable_energy_is_counted_with_its_first_place_alike_on_both_roads(tmp_path: Path) -> None:
    wrong = {3: float("nan"), 8: float("inf"), 9: -float("inf"), 12: 1e9, 13: -1e9, 14: 1e9}
    rows = table_of([row | {"kwh": wrong.get(place, row["kwh"])} for place, row in enumerate(ORDINARY)])
    fast = detect(sorted_file(rows, tmp_path / "a.parquet", rows_in_group=5), event=EVENT).warnings
    slow = detect(rows, event=EVENT).warnings
    assert {warning.code: warning.count for warning in fast} == {warning.code: warning.count for warning in slow}
    assert {warning.code: warning.count for warning in fast} == {"not_a_number": 1, "infinite_energy": 2, "absurd_energy": 3}
    places = {"not_a_number": "row group 0, row 3", "infinite_energy": "row group 1, row 3", "absurd_energy": "row group 2, row 2"}
    assert [code for code, place in places.items() if not any(w.code == code and f"{place}, meter 1" in w.words for w in fast)] == []


def test_ids_that_look_alike_are_counted_and_stay_apart() -> None:
    ids = ("0012", "12", " 12", "AB", "ab", "7")
    rows = [row for meter in ids for row in rows_of(meter, whole(""))]
    result = detect(table_of(rows), event=EVENT)
    assert result.outages.num_rows == 6
    assert {warning.code: warning.count for warning in result.warnings} == {"look_alike_ids": 3}
    assert "(for example ' 12' and '0012' and '12'; 'AB' and 'ab')" in result.warnings[0].words


def test_zero_below_zero_is_zero() -> None:
    rows = [row | {"kwh": -0.0 if row["kwh"] == 0 else row["kwh"]} for row in ORDINARY]
    assert detect(table_of(rows), event=EVENT).outages.to_pylist()[0]["evidence"] == "zero"


def test_every_fault_of_further_evidence_is_named_at_once() -> None:
    events = pa.table({"meter_id": [1], "at": ["yesterday"], "event": ["gone"]})
    with pytest.raises(EvidenceUnusable, match=r"`at` is string.*gone came.*no column transformer"):
        found("", meter_events=events, grid=pa.table({"meter_id": [1]}))


def test_a_meter_on_two_transformers_is_refused_by_name_and_twice_on_one_is_not() -> None:
    twice = pa.table({"meter_id": [1, 2, 1, 1, 2], "transformer": ["T1", "T2", "T3", "T1", None]})
    with pytest.raises(EvidenceUnusable, match="1 of them on more than one: meter 1 on T1 and T3"):
        found("", grid=twice)
    assert found("", grid=pa.table({"meter_id": [1, 1, 2], "transformer": ["T1", "T1", None]})).outages.num_rows == 2


def test_every_error_of_the_library_is_one_of_its_own() -> None:
    assert issubclass(BaselineTooShort, MetersError)
    with pytest.raises(MetersError) as caught:
        detect(table_of(ORDINARY), event=StormEvent(EVENT.start + timedelta(days=99)))
    assert caught.value.code == "event_outside_readings"
