"""SAIFI, SAIDI, CAIDI, customers out by hour and by area. Expected figures are worked by hand in the comments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.meters.customers_out import customers_out_by_hour
from evenhand.meters.interruption_rows import interruption_rows
from evenhand.meters.not_computable import NotComputable
from evenhand.meters.reliability import reliability
from evenhand.meters.reliability_areas import AreaReliability
from evenhand.meters.reliability_errors import InterruptionsUnusable, ReliabilityUnusable
from tests.unit.meters.interruption_tables import SCHEMA, restored, still_out, table

# Three meters of ten customers. A: 1.5 dark hours and half an hour of edges = 2 h. B: 3.5 + 0.5 = 4 h, and again 0.5 + 0.5 = 1 h. C: 5.5 + 0.5 = 6 h.
STORM = [restored(1, 8.5, 1.5), restored(2, 8.5, 3.5), restored(2, 20.0, 0.5), restored(3, 10.0, 5.5)]


def test_the_three_indices_of_a_day_worked_by_hand() -> None:
    found = reliability(table(STORM), customers=10).indices
    assert (found.interruptions, found.interrupted_customers) == (4, 3)
    assert found.saifi == pytest.approx(0.4)  # 4 interruptions / 10
    assert found.saidi_minutes == pytest.approx(78.0)  # (2 + 4 + 1 + 6) h × 60 / 10
    assert found.caidi_minutes == pytest.approx(195.0)  # 13 h × 60 / 4
    assert found.saidi_minutes_low == pytest.approx(66.0)  # dark time alone: 11 h × 60 / 10
    assert found.saidi_minutes_high == pytest.approx(90.0)  # two intervals more each: 15 h × 60 / 10
    assert found.caidi_minutes_low == pytest.approx(165.0)
    assert found.caidi_minutes_high == pytest.approx(225.0)


def test_the_textbook_system_of_a_hundred_customers() -> None:
    # 50 customers out for 120 minutes and 20 of them for 30 minutes on the same day: CI = 70, CMI = 6,600.
    first = [restored(meter, 3.0, 1.5) for meter in range(50)]
    second = [restored(meter, 15.0, 0.25, interval_hours=0.25) for meter in range(20)]
    found = reliability(table(first + second), customers=100).indices
    assert found.saifi == pytest.approx(0.7)
    assert found.saidi_minutes == pytest.approx(66.0)
    assert found.caidi_minutes == pytest.approx(6600 / 70)


def test_caidi_is_saidi_over_saifi() -> None:
    found = reliability(table(STORM), customers=7).indices
    assert found.caidi_minutes == pytest.approx(found.saidi_minutes / found.saifi)


def test_nobody_interrupted_gives_zeros_and_a_caidi_that_says_why_not() -> None:
    found = reliability(table([]), customers=10)
    assert (found.indices.saifi, found.indices.saidi_minutes, found.indices.saidi_minutes_high) == (0.0, 0.0, 0.0)
    assert isinstance(found.indices.caidi_minutes, NotComputable)
    assert found.by_hour.table().num_rows == 0


def test_who_is_still_out_counts_with_the_hours_seen_and_takes_the_upper_bound_away() -> None:
    found = reliability(table([*STORM, still_out(4, 18.0, 6.0)]), customers=10)
    assert found.indices.still_out == 1
    assert found.indices.saifi == pytest.approx(0.5)
    assert found.indices.saidi_minutes == pytest.approx(114.0)  # 19 h × 60 / 10
    assert found.indices.saidi_minutes_low == pytest.approx(102.0)  # 17 h × 60 / 10
    assert found.indices.saidi_minutes_high is None
    assert any("1 interruptions were still open" in note and "lower bounds" in note for note in found.notes)


def test_five_minutes_are_momentary_and_a_little_longer_is_sustained() -> None:
    five, six = restored(1, 8.0, 5 / 60 - 1 / 60, 1 / 60), restored(2, 8.0, 6 / 60 - 1 / 60, 1 / 60)
    found = reliability(table([five, six]), customers=10)
    assert found.indices.interruptions == 1
    assert any(note.startswith("1 interruptions of 5 minutes or less") for note in found.notes)


def test_it_says_that_interval_data_cannot_see_momentary_interruptions() -> None:
    assert any("momentary indices (MAIFI) are not computable" in note for note in reliability(table(STORM), customers=10).notes)


def test_customers_out_at_each_full_hour_worked_by_hand() -> None:
    # With half of each edge interval: A 8:15–10:15, B 8:15–12:15 and 19:45–20:45, C 9:45–15:45.
    hours = reliability(table(STORM), customers=10).by_hour.table().to_pylist()
    assert hours[0]["hour"] == datetime(2025, 3, 10, 8, tzinfo=UTC)
    assert [row["customers_out"] for row in hours] == [0, 2, 3, 2, 2, 1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert [row["began"] for row in hours] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert [row["restored"] for row in hours] == [0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    assert hours[0]["customer_hours"] == pytest.approx(1.5)  # A and B, each from 8:15 to 9:00
    assert hours[2]["customer_hours"] == pytest.approx(2.25)  # B and C, and A until 10:15
    assert hours[2]["share_out"] == pytest.approx(0.3)


def test_a_later_beginning_leaves_the_other_hours_as_they_are() -> None:
    found = reliability(table(STORM), customers=10).by_hour
    assert found.since(datetime(2025, 3, 10, 10, tzinfo=UTC)).table().equals(found.table().slice(2))


def test_the_curve_ends_where_the_data_of_those_still_out_end() -> None:
    found = reliability(table([restored(1, 18.0, 1.5), still_out(2, 20.0, 4.0)]), customers=10).by_hour
    assert found.ends_censored
    assert found.table()["hour"].to_pylist()[-1] == datetime(2025, 3, 10, 23, tzinfo=UTC)  # the data end at midnight
    assert found.out.tolist()[-1] == 1


spans = st.tuples(st.integers(1, 6), st.integers(0, 200), st.integers(1, 100), st.booleans())


@given(st.lists(spans, max_size=25))
def test_the_hours_under_the_curve_are_the_hours_of_saidi(drawn: list[tuple[int, int, int, bool]]) -> None:
    rows = table([still_out(m, s / 4, d / 4) if open_ else restored(m, s / 4, d / 4) for m, s, d, open_ in drawn])
    found = reliability(rows, customers=6)
    assert found.by_hour.customer_hours.sum() == pytest.approx(found.indices.customer_hours, abs=1e-9)
    assert found.by_hour.customer_hours.min(initial=0.0) >= -1e-9


@given(st.lists(spans, max_size=25))
def test_each_hour_follows_from_the_one_before(drawn: list[tuple[int, int, int, bool]]) -> None:
    # At half-hour edges nothing falls on a full hour twice: out at the next hour = out now + began - restored, where edges lie inside the hours.
    rows = interruption_rows(table([restored(m, s / 2, d / 2) for m, s, d, _ in drawn]))
    found = customers_out_by_hour(rows, customers=6)
    np.testing.assert_array_equal(found.out[1:], (found.out + found.began - found.restored)[:-1])


HOUSEHOLDS = pa.table(
    {
        "premise_id": ["p1", "p2", "p3", "p4", "p5"],
        "meter_id": pa.array([1, 2, 3, 4, 5], pa.int64()),
        "block_group": ["120730001001", "120730001001", "120730002001", "120730002001", "120730002001"],
    }
)


def test_each_area_has_its_own_customers_and_indices() -> None:
    found = reliability(table([*STORM, still_out(4, 18.0, 6.0)]), customers=5, households=HOUSEHOLDS).by_area
    assert isinstance(found, AreaReliability)
    first, second = found.table().to_pylist()
    assert (first["block_group"], first["customers"], first["interruptions"], first["still_out"]) == ("120730001001", 2, 3, 0)
    assert (first["saifi"], first["saidi_minutes"], first["caidi_minutes"]) == (1.5, pytest.approx(210.0), pytest.approx(140.0))  # 7 h
    assert (second["customers"], second["interruptions"], second["still_out"], second["peak_customers_out"]) == (3, 2, 1, 1)
    assert second["saidi_minutes"] == pytest.approx(240.0)  # (6 + 6) h × 60 / 3


def test_an_area_where_nothing_happened_has_zeros_and_no_caidi() -> None:
    households = pa.concat_tables([HOUSEHOLDS, pa.table({"premise_id": ["p6"], "meter_id": [6], "block_group": ["120730003001"]})])
    last = reliability(table(STORM), customers=6, households=households).by_area.table().to_pylist()[-1]  # type: ignore[union-attr]
    assert (last["block_group"], last["saifi"], last["saidi_minutes"], last["caidi_minutes"]) == ("120730003001", 0.0, 0.0, None)


def test_meters_that_no_household_has_are_counted_in_no_area() -> None:
    found = reliability(table([*STORM, restored(99, 8.0, 2.0)]), customers=10, households=HOUSEHOLDS).by_area
    assert isinstance(found, AreaReliability)
    assert found.interruptions_elsewhere == 1
    assert int(found.interruptions.sum()) == 4


def test_ids_written_as_text_find_households_that_hold_numbers() -> None:
    events = table(STORM)
    as_text = events.set_column(0, "meter_id", events["meter_id"].cast(pa.string()))
    found = reliability(as_text, customers=5, households=HOUSEHOLDS).by_area
    assert isinstance(found, AreaReliability)
    assert found.interruptions.tolist() == [3, 1]


def test_without_households_the_areas_say_what_is_missing() -> None:
    found = reliability(table(STORM), customers=10).by_area
    assert isinstance(found, NotComputable)
    assert "--households" in found.words


def test_faults_of_all_arguments_are_named_at_once() -> None:
    broken: dict[str, Any] = {"households": pa.table({"meter": [1]}), "daily_history": pa.table({"day": [1]}), "timezone": "Mars/Olympus"}
    every = r"0 customers served.*households has no column meter_id.*history has no column date.*'Mars/Olympus'"
    with pytest.raises(ReliabilityUnusable, match=every):
        reliability(table(STORM), customers=0, **broken)
    with pytest.raises(InterruptionsUnusable, match=rf"there is no column start.*{every}"):
        reliability(pa.table({"meter_id": [1]}), customers=0, **broken)


def test_more_households_than_customers_served_are_said() -> None:
    found = reliability(table(STORM), customers=4, households=HOUSEHOLDS)
    assert any("places 5 meters, more than the 4 customers served" in note for note in found.notes)


def test_households_whose_ids_never_fit_are_refused() -> None:
    households = pa.table({"meter_id": ["a", "b"], "block_group": ["1", "1"]})
    with pytest.raises(ReliabilityUnusable, match="written alike"):
        reliability(table(STORM), customers=10, households=households)


def test_a_meter_in_two_areas_is_refused() -> None:
    households = pa.table({"meter_id": [1, 1], "block_group": ["120730001001", "120730002001"]})
    with pytest.raises(ReliabilityUnusable, match="more than one block group"):
        reliability(table(STORM), customers=10, households=households)


def test_fewer_customers_than_meters_interrupted_and_an_unknown_zone_are_told_together() -> None:
    with pytest.raises(ReliabilityUnusable, match=r"2 customers served.*Nowhere/Land"):
        reliability(table(STORM), customers=2, timezone="Nowhere/Land")


def test_missing_columns_and_wrong_types_are_named_all_at_once() -> None:
    events = table(STORM).drop_columns(["hours_low", "status"])
    naive = events.set_column(1, "start", events["start"].cast(pa.timestamp("us")))
    with pytest.raises(InterruptionsUnusable) as refused:
        reliability(naive, customers=10)
    assert len(refused.value.facts["faults"]) == 3  # type: ignore[arg-type]
    assert all(word in refused.value.message for word in ("hours_low", "status", "start is timestamp[us]"))


def test_rows_that_cannot_be_are_counted_and_the_first_is_named() -> None:
    backwards = restored(2, 8.0, 1.0) | {"end": datetime(2025, 3, 9, tzinfo=UTC)}
    rows = [restored(1, 8.0, 1.0), backwards, restored(3, 8.0, 1.0) | {"hours": float("nan")}, still_out(4, 8.0, 1.0) | {"status": "lost"}]
    with pytest.raises(InterruptionsUnusable) as refused:
        reliability(table(rows), customers=10)
    assert "1 rows end before they start (the first is row 1" in refused.value.message
    assert "1 rows have hours that are missing, negative or infinite (the first is row 2" in refused.value.message
    assert "1 rows have a status other than restored or still_out (the first is row 3" in refused.value.message


def test_a_meter_that_is_out_twice_at_once_is_said() -> None:
    found = reliability(table([restored(1, 8.0, 4.0), restored(1, 10.0, 1.0)]), customers=10)
    assert any(note.startswith("1 interruptions begin before an earlier one") for note in found.notes)


def test_the_tables_and_the_chart_hold_what_was_found() -> None:
    found = reliability(table(STORM), customers=10, timezone="America/New_York")
    assert found.table().to_pylist()[0]["population"] == "all days"
    chart = found.plot()
    assert chart["encoding"]["x"]["title"] == "Time (America/New_York)"
    assert chart["data"]["values"][1] == {"hour": "2025-03-10T05:00:00Z", "customers_out": 2}  # 9:00 UTC in summer time


def test_the_events_table_may_be_empty_with_the_right_columns() -> None:
    assert interruption_rows(SCHEMA.empty_table()).hours.size == 0
