"""Cumulative registers: differences, roll-over, exchange, gaps. Every expected energy is a subtraction by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from evenhand.meters.formats import ReadingOptions, open_readings
from evenhand.meters.formats.by_meter import whole_meters
from tests.unit.meters.formats.reading_tables import NOON, UTC_US, all_of, codes_of, slots

REGISTER = ReadingOptions(is_register=True, interval_minutes=30)
HALF_HOUR = timedelta(minutes=30)


def register(values: list[Any], at: list[datetime] | None = None, **more: list[Any]) -> pa.Table:
    times = pa.array(at or slots(len(values))).cast(UTC_US)
    return pa.table({"meter_id": [1] * len(values), "interval_start": times, "kwh": pa.array(values, pa.float64()), **more})


def energies(table: pa.Table, options: ReadingOptions = REGISTER) -> tuple[list[tuple[int, float | None]], dict[str, int]]:
    """(slot from noon, kWh) and the faults."""
    source = open_readings(table, options)
    read = all_of(source)
    slot = [(at - NOON) // HALF_HOUR for at in read["interval_start"].to_pylist()]
    kwh = [None if value is None else round(value, 9) for value in read["kwh"].to_pylist()]
    return list(zip(slot, kwh, strict=True)), source.faults.counts


def test_the_energy_of_an_interval_is_the_reading_at_its_end_minus_the_one_at_its_start() -> None:
    assert energies(register([100.0, 100.5, 100.5, 102.0])) == ([(0, 0.5), (1, 0.0), (2, 1.5)], {})


def test_watt_hours_are_differenced_in_kwh() -> None:
    assert energies(register([100_000, 100_250]), ReadingOptions(is_register=True, unit="Wh", interval_minutes=30)) == ([(0, 0.25)], {})


def test_stamps_of_a_register_are_moments_and_are_not_moved() -> None:
    options = ReadingOptions(is_register=True, is_interval_end=True)
    assert energies(register([1.0, 2.0, 4.0]), options) == ([(0, 1.0), (1, 2.0)], {})


def test_a_register_that_comes_round_to_zero_goes_on_counting() -> None:
    """99,999.5 to 0.3 of a five-digit display: 0.8 kWh."""
    assert energies(register([99_999.0, 99_999.5, 0.3, 1.0])) == ([(0, 0.5), (1, 0.8), (2, 0.7)], {"register_rolled_over": 1})


def test_a_32_bit_counter_of_watt_hours_comes_round_too() -> None:
    """2³² Wh = 4,294,967.296 kWh; from 0.096 below it to 0.4 above zero: 0.496 kWh."""
    found, faults = energies(register([4_294_967.2, 0.4]))
    assert found == [(0, 0.496)]
    assert faults == {"register_rolled_over": 1}


def test_a_fall_that_nothing_explains_is_an_exchanged_meter() -> None:
    assert energies(register([54_321.0, 54_321.5, 12.0, 12.5])) == ([(0, 0.5), (1, None), (2, 0.5)], {"register_exchanged": 1})


def test_a_jump_that_no_load_explains_is_an_exchanged_meter() -> None:
    assert energies(register([10.0, 10.5, 71_000.0, 71_000.5])) == ([(0, 0.5), (1, None), (2, 0.5)], {"register_exchanged": 1})


def test_a_large_load_that_is_the_meters_habit_is_no_exchange() -> None:
    """120 kW for every half-hour: 60 kWh."""
    assert energies(register([0.0, 60.0, 120.0, 180.0])) == ([(0, 60.0), (1, 60.0), (2, 60.0)], {})


def test_a_net_register_runs_backwards_while_the_home_exports() -> None:
    assert energies(register([500.0, 498.5, 499.0])) == ([(0, -1.5), (1, 0.5)], {})


def test_a_register_that_stood_still_over_a_gap_proves_zero_intervals() -> None:
    table = register([7.0, 7.5, 7.5, 8.0], [slots(6)[slot] for slot in (0, 1, 4, 5)])
    assert energies(table) == ([(0, 0.5), (1, 0.0), (2, 0.0), (3, 0.0), (4, 0.5)], {})


def test_energy_used_somewhere_in_a_gap_is_in_no_interval() -> None:
    table = register([7.0, 7.5, 9.0, 9.5], [slots(6)[slot] for slot in (0, 1, 4, 5)])
    assert energies(table) == ([(0, 0.5), (4, 0.5)], {"register_gap": 1})


def test_null_readings_are_gaps_and_estimates_mark_both_neighbours() -> None:
    table = register([1.0, None, 1.0, 2.0, 3.0], quality=["A", "A", "A", "E", "A"])
    source = open_readings(table, REGISTER)
    read = all_of(source)
    assert read["kwh"].to_pylist() == [0.0, 0.0, 1.0, 1.0]
    assert read["is_estimated"].to_pylist() == [False, False, True, True]


def test_the_newest_revision_of_a_moment_counts() -> None:
    at = [slots(3)[slot] for slot in (0, 1, 2, 1)]
    table = register([1.0, 9.0, 3.0, 1.5], at, version=[1, 1, 1, 2])
    read = all_of(open_readings(table, REGISTER))
    assert read["kwh"].to_pylist() == [0.5, 1.5]
    assert read["arrival"].to_pylist() == [2, 2]


def test_two_readings_of_a_moment_without_an_order_are_none() -> None:
    at = [slots(4)[slot] for slot in (0, 1, 1, 2, 3)]
    assert energies(register([1.0, 1.4, 1.6, 2.0, 2.5], at)) == ([(2, 0.5)], {"register_conflict": 1, "register_gap": 1})


def test_the_same_reading_twice_and_a_null_beside_it_do_no_harm() -> None:
    at = [slots(3)[slot] for slot in (0, 1, 1, 1, 2)]
    assert energies(register([1.0, 1.5, None, 1.5, 2.0], at)) == ([(0, 0.5), (1, 0.5)], {})


def test_kilowatts_of_a_register_make_no_sense() -> None:
    assert codes_of(register([1.0, 2.0]), ReadingOptions(is_register=True, unit="kW")) == ["register_in_kw"]


@given(st.lists(st.lists(st.integers(0, 3000), min_size=1, max_size=30), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_any_energies_summed_to_a_register_come_back_in_any_order_of_rows(watt_hours: list[list[int]], random: Any) -> None:
    """Whole watt-hours, so that sums and differences are exact to the last bit of a millionth."""
    rows = [(meter, slots(len(wh) + 1)[slot], sum(wh[:slot])) for meter, wh in enumerate(watt_hours) for slot in range(len(wh) + 1)]
    random.shuffle(rows)
    ids, at, values = zip(*rows, strict=True)
    table = pa.table({"meter_id": list(ids), "interval_start": pa.array(list(at)).cast(UTC_US), "kwh": pa.array(list(values), pa.int64())})
    source = open_readings(table, ReadingOptions(is_register=True, unit="Wh", interval_minutes=30))
    read = all_of(source).sort_by([("meter_id", "ascending"), ("interval_start", "ascending")])
    assert np.round(np.array(read["kwh"].to_pylist()) * 1000, 6).tolist() == [float(value) for wh in watt_hours for value in wh]
    assert source.faults.counts == {}


@given(st.lists(st.integers(0, 40), min_size=1, max_size=300), st.integers(1, 50))
def test_meters_dealt_out_to_files_stay_whole_and_nothing_is_lost(ids: list[int], size: int) -> None:
    table = pa.table({"meter_id": [str(meter) for meter in ids], "kwh": list(range(len(ids)))})
    piles = list(whole_meters(table.to_batches(max_chunksize=size), table.schema, rows_in_memory=10))
    assert sorted(row for pile in piles for row in pile["kwh"].to_pylist()) == list(range(len(ids)))
    meters = [meter for pile in piles for meter in set(pile["meter_id"].to_pylist())]
    assert len(meters) == len(set(meters))
