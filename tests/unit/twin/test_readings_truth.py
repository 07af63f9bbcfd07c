"""The truth says what the readings were made from. Checked from the readings, one at a time, without the generator's own arrays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evenhand.twin.readings import SyntheticReadings, build_readings
from tests.unit.twin.twin_readings import by_meter, column, mix_with, rows

HALF_HOUR = timedelta(minutes=30)
Readings = dict[int, dict[datetime, float | None]]


@pytest.fixture(scope="module", params=["ordinary", "nasty"])
def made(request: pytest.FixtureRequest) -> SyntheticReadings:
    return build_readings(seed=44, households=300, mix=request.param)


@pytest.fixture(scope="module")
def readings(made: SyntheticReadings) -> Readings:
    return by_meter(made.readings)


@pytest.fixture(scope="module")
def guessed(made: SyntheticReadings) -> set[tuple[int, datetime]]:
    """Slots that the head end filled."""
    if "quality" not in made.readings.column_names:
        return set()
    columns = (column(made.readings, name) for name in ("meter_id", "interval_start", "quality"))
    return {(meter, start) for meter, start, quality in zip(*columns, strict=True) if quality == "E"}


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def told_outages(made: SyntheticReadings) -> list[dict[str, Any]]:
    return [row for row in rows(made.truth) if row["can_tell"] and row["status"] == "restored"]


def grid_times(start: datetime, until: datetime) -> list[datetime]:
    return [start + number * HALF_HOUR for number in range((until - start) // HALF_HOUR)]


def shows_power(row: dict[str, Any], kwh: float | None) -> bool:
    return kwh is not None and abs(kwh) > (0.003 if "creep" in row["faults"] else 0.0)


def test_where_the_data_can_tell_both_edges_arrived_and_show_power(made: SyntheticReadings, readings: Readings) -> None:
    checked = 0
    for row in told_outages(made):
        if {"vacant", "standby", "solar behind an import register"} & set(row["faults"]):
            continue  # these may read zero with power
        of_meter = readings[row["meter_id"]]
        assert shows_power(row, of_meter.get(row["outage_start"] - HALF_HOUR))
        assert shows_power(row, of_meter.get(row["restored_at"]))
        checked += 1
    assert checked > 180


def test_between_start_and_restoration_only_flickers_show_power(
    made: SyntheticReadings, readings: Readings, guessed: set[tuple[int, datetime]]
) -> None:
    for row in told_outages(made):
        of_meter = readings[row["meter_id"]]
        inside = grid_times(row["outage_start"], row["restored_at"])
        powered = [at for at in inside if (row["meter_id"], at) not in guessed and shows_power(row, of_meter.get(at))]
        assert len(powered) <= (4 if "flicker" in row["faults"] else 0)


def test_the_dark_shows_as_the_truth_says(made: SyntheticReadings, readings: Readings, guessed: set[tuple[int, datetime]]) -> None:
    for row in told_outages(made):
        if "flicker" in row["faults"] or {"some days", "silence"} & set(row["faults"]):
            continue
        inside = grid_times(row["outage_start"], row["restored_at"])
        received = [(row["meter_id"], at) not in guessed and readings[row["meter_id"]].get(at) is not None for at in inside]
        if "shown as a gap" in row["faults"] or "filled with estimates" in row["faults"]:
            assert not any(received)
        elif "shown as zeros then a gap" in row["faults"] and len(inside) > 30:
            assert any(received[:6])
            assert not any(received[24:])
        elif "shown as zeros" in row["faults"] and len(inside) > 30:
            assert sum(received) > 0.75 * len(inside)


def test_a_home_still_out_shows_no_power_up_to_the_end(made: SyntheticReadings, readings: Readings, guessed: set[tuple[int, datetime]]) -> None:
    still_out = [row for row in rows(made.truth) if row["status"] == "still_out"]
    assert still_out
    for row in still_out:
        assert row["restored_at"] is None
        assert row["hours"] is None
        last_week = [(at, kwh) for at, kwh in readings[row["meter_id"]].items() if at >= row["outage_start"] + timedelta(days=1)]
        powered = [at for at, kwh in last_week if (row["meter_id"], at) not in guessed and shows_power(row, kwh)]
        assert len(powered) <= 4


def test_the_first_dark_interval_is_the_first_whole_one_after_the_power_went(made: SyntheticReadings) -> None:
    for row in rows(made.truth):
        if row["status"] == "never_out":
            assert row["outage_start"] is None
            assert row["hours"] == 0.0
            continue
        assert timedelta(0) <= row["outage_start"] - row["dark_from"] < HALF_HOUR
        if row["status"] == "restored":
            assert timedelta(0) <= row["dark_until"] - row["restored_at"] < HALF_HOUR
            assert row["hours"] == pytest.approx((row["dark_until"] - row["dark_from"]).total_seconds() / 3600, abs=1e-9)


def test_the_storm_outage_is_the_longest_interruption_that_begins_in_the_event(made: SyntheticReadings) -> None:
    event = naive(made.plan.window.storm_start)
    longest: dict[int, tuple[timedelta, datetime]] = {}
    end_of_data = naive(made.plan.window.start) + timedelta(days=21)
    for one in rows(made.interruptions):
        if event - timedelta(hours=6) <= one["dark_from"] <= event + timedelta(days=1):
            lasts = (one["dark_until"] or end_of_data) - one["dark_from"]
            longest[one["meter_id"]] = max(longest.get(one["meter_id"], (timedelta(0), event)), (lasts, one["dark_from"]))
    truth = {row["meter_id"]: row["dark_from"] for row in rows(made.truth) if row["dark_from"] is not None}
    assert {meter: begun for meter, (_, begun) in longest.items()} == truth


def test_homes_on_one_transformer_lose_power_together_and_most_get_it_back_together(made: SyntheticReadings) -> None:
    truth = {row["meter_id"]: row for row in rows(made.truth)}
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows(made.grid):
        groups.setdefault(row["transformer"], []).append(truth[row["meter_id"]])
    assert {len(homes) for homes in groups.values()} <= {4, 5, 6, 7, 9, 10, 11, 12}
    for homes in groups.values():
        assert len({row["dark_from"] for row in homes}) == 1
        back = [row["dark_until"] for row in homes if row["dark_until"] is not None]
        assert not back or back.count(min(back)) >= len(back) / 2


def test_energy_that_was_not_served_is_the_only_energy_missing() -> None:
    calm = by_meter(build_readings(seed=9, households=60, mix=mix_with(never_out=1.0)).readings)
    storm = build_readings(seed=9, households=60, mix=mix_with(blip=0.3, second=0.3))
    spans: dict[int, list[tuple[datetime, datetime]]] = {}
    for one in rows(storm.interruptions):
        spans.setdefault(one["meter_id"], []).append((one["dark_from"], one["dark_until"]))
    for meter, of_meter in by_meter(storm.readings).items():
        for start, kwh in of_meter.items():
            served = 1.0 - sum(max(timedelta(0), min(until, start + HALF_HOUR) - max(since, start)) / HALF_HOUR for since, until in spans[meter])
            wanted = calm[meter][start]
            assert kwh is not None
            assert wanted is not None
            assert kwh == pytest.approx(wanted * served, abs=0.00101)  # both are whole watt-hours


def test_homes_use_what_homes_use() -> None:
    calm = by_meter(build_readings(seed=9, households=101, mix=mix_with(never_out=1.0)).readings)
    daily = sorted(sum(kwh for kwh in of_meter.values() if kwh is not None) / 21 for of_meter in calm.values())
    assert 15 < daily[50] < 40  # a southern autumn: the median home
    assert daily[0] > 3
    assert daily[-1] < 150
    evening = sum(kwh or 0 for of_meter in calm.values() for at, kwh in of_meter.items() if at.hour == 23)  # 19 h local
    night = sum(kwh or 0 for of_meter in calm.values() for at, kwh in of_meter.items() if at.hour == 7)  # 3 h local
    assert evening > 1.5 * night
