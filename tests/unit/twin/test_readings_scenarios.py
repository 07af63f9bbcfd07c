"""Each further fault does to the readings what it says, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from evenhand.twin.readings import build_readings
from evenhand.twin.readings_scenarios import SCENARIOS
from tests.unit.twin.twin_readings import by_meter, column, mix_with, newest_of_each_slot, rows, slots_of

pytestmark = pytest.mark.slow

NO_LOSS = mix_with(never_out=0.1, outage_as_gap=0.4, outage_as_zeros_then_gap=0.1)
HOMES = 128


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def with_fault(truth: list[dict[str, Any]], fault: str) -> list[dict[str, Any]]:
    chosen = [row for row in truth if fault in row["faults"]]
    assert chosen
    return chosen


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_one_truth_a_meter(name: str) -> None:
    made = build_readings(seed=3, households=40, scenario=name)
    meters = made.truth["meter_id"].to_pylist()
    assert len(set(meters)) == len(meters)
    assert set(made.readings["meter_id"].to_pylist()) == set(meters)


def test_the_newest_revision_is_the_reading() -> None:
    plain = build_readings(seed=3, households=HOMES, mix=NO_LOSS)
    revised = build_readings(seed=3, households=HOMES, mix=NO_LOSS, scenario="conflicting_revisions")
    newest = newest_of_each_slot(revised.readings)
    right = slots_of(plain.readings)
    assert {slot: kwh for slot, kwh in newest.items() if kwh is not None} == {slot: kwh for slot, kwh in right.items() if kwh is not None}
    first: dict[tuple[int, datetime], float | None] = {}
    for row in sorted(rows(revised.readings), key=lambda row: row["arrived_at"]):
        first.setdefault((row["meter_id"], row["interval_start"]), row["kwh"])
    otherwise = sum(first[slot] != kwh for slot, kwh in newest.items())
    assert 0.02 < otherwise / len(newest) < 0.08
    hit = with_fault(rows(revised.truth), "outage revised")
    first_told = [first[row["meter_id"], row["outage_start"] + timedelta(hours=1)] for row in hit]
    assert sum(kwh is not None and kwh > 0 for kwh in first_told) > 0.9 * len(hit)  # a flicker may be there
    assert plain.truth.drop_columns(["faults", "can_tell"]).equals(revised.truth.drop_columns(["faults", "can_tell"]))


def test_an_exchanged_meter_reads_on_under_its_id_or_a_new_one() -> None:
    made = build_readings(seed=3, households=HOMES, mix=mix_with(), scenario="meter_exchange")
    readings, truth = by_meter(made.readings), rows(made.truth)
    for row in with_fault(truth, "exchanged, same id"):
        missing = 1008 - len(readings[row["meter_id"]])
        assert 2 <= missing <= 13  # 1 to 6 hours
    for row in with_fault(truth, "exchanged, new id"):
        old, new = row["meter_id"] // 10 * 10, row["meter_id"] // 10 * 10 + 1
        assert max(readings[old]) < min(readings[new])
        assert 2 <= 1008 - len(readings[old]) - len(readings[new]) <= 13
    statuses = {row["meter_id"]: row["status"] for row in with_fault(truth, "exchanged, new id")}
    pairs = Counter((statuses[meter], statuses[meter + 1]) for meter in statuses if meter % 10 == 0)
    assert set(pairs) == {("restored", "not_installed"), ("not_installed", "restored")}


@pytest.mark.parametrize(("scenario", "minutes"), [("quarter_hours", 15), ("hours", 60)])
def test_other_intervals_meter_the_same_storm(scenario: str, minutes: int) -> None:
    half_hours, others = (build_readings(seed=3, households=60, mix=NO_LOSS, scenario=name) for name in (None, scenario))
    assert half_hours.truth["dark_from"].to_pylist() == others.truth["dark_from"].to_pylist()
    starts = column(others.readings, "interval_start")
    assert starts[1] - starts[0] == timedelta(minutes=minutes)
    totals = [np.nansum(made.readings["kwh"].to_numpy(zero_copy_only=False)) for made in (half_hours, others)]
    assert totals[1] == pytest.approx(totals[0], rel=0.1)  # the same homes; the ragged part of each interval is another


def test_registers_differ_by_the_energy_between_and_turn_over_at_five_digits() -> None:
    energies = by_meter(build_readings(seed=3, households=HOMES, mix=NO_LOSS).readings)
    made = build_readings(seed=3, households=HOMES, mix=NO_LOSS, scenario="registers")
    turned = 0
    for meter, shown in by_meter(made.readings).items():
        values = [value for value in shown.values() if value is not None]
        assert all(0 <= value < 100_000 for value in values)
        turned += any(after < before for before, after in pairwise(values))
        for start, value in shown.items():
            following = shown.get(start + timedelta(minutes=30))
            if following is not None and value is not None:
                wanted = energies[meter].get(start)
                assert (following - value) % 100_000 == pytest.approx(wanted or 0.0, abs=1e-6)
    assert turned == len(with_fault(rows(made.truth), "register turned over"))


def test_a_generator_behind_a_switch_changes_nothing_and_one_that_feeds_the_meter_hides_the_outage() -> None:
    plain = by_meter(build_readings(seed=3, households=HOMES, mix=NO_LOSS).readings)
    made = build_readings(seed=3, households=HOMES, mix=NO_LOSS, scenario="backup_generators")
    readings, truth = by_meter(made.readings), rows(made.truth)
    for row in with_fault(truth, "generator, meter dark"):
        assert readings[row["meter_id"]] == plain[row["meter_id"]]
    for row in with_fault(truth, "generator, meter reads on"):
        inside = {at: kwh for at, kwh in readings[row["meter_id"]].items() if row["outage_start"] <= at < row["restored_at"]}
        assert sum(bool(kwh) for kwh in inside.values()) > 0.5 * ((row["restored_at"] - row["outage_start"]) / timedelta(minutes=30) - 5)
        assert not row["can_tell"]


def test_a_battery_makes_zeros_every_evening() -> None:
    made = build_readings(seed=3, households=HOMES, mix=NO_LOSS, scenario="batteries")
    readings, truth = by_meter(made.readings), rows(made.truth)
    for row in with_fault(truth, "battery, meter dark"):
        before = [
            kwh for at, kwh in readings[row["meter_id"]].items() if at < naive(made.plan.window.storm_start) - timedelta(days=1) and at.hour == 0
        ]
        assert before == [0.0] * len(before)  # 20 h local
    for row in with_fault(truth, "battery, meter reads on"):
        assert readings[row["meter_id"]][row["outage_start"]]
        assert not row["can_tell"]


@pytest.mark.parametrize(
    ("scenario", "first", "last"), [("silence_before", -60, -36), ("silence_at_onset", -2, 22), ("silence_in_restoration", 36, 60)]
)
def test_a_silent_head_end_has_no_row_of_anyone_for_a_day(scenario: str, first: int, last: int) -> None:
    made = build_readings(seed=3, households=30, mix=NO_LOSS, scenario=scenario)
    storm = naive(made.plan.window.storm_start)
    hours = {(at - storm) / timedelta(hours=1) for at in column(made.readings, "interval_start")}
    assert not any(first <= hour < last for hour in hours)
    assert {first - 0.5, float(last)} <= hours


def test_in_autumn_an_hour_of_local_time_comes_twice_inside_the_outages() -> None:
    made = build_readings(seed=3, homes=[0], mix=mix_with(), scenario="clock_change_autumn")
    starts = column(made.readings, "interval_start")
    assert made.readings["interval_start"].type.tz is None
    twice = [at for at, times in Counter(starts).items() if times == 2]
    assert [f"{at:%Y-%m-%d %H:%M}" for at in twice] == ["2018-11-04 01:00", "2018-11-04 01:30"]
    assert len(starts) == 21 * 48 + 2
    (row,) = rows(made.truth)
    assert row["outage_start"] < naive(datetime(2018, 11, 4, 5, tzinfo=UTC)) < row["restored_at"]


def test_in_spring_an_hour_of_local_time_never_comes() -> None:
    made = build_readings(seed=3, homes=[0], mix=mix_with(), scenario="clock_change_spring")
    starts = column(made.readings, "interval_start")
    assert not [at for at in starts if f"{at:%Y-%m-%d %H}" == "2019-03-10 02"]
    assert len(starts) == len(set(starts)) == 21 * 48 - 2
