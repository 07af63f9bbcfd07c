"""Whose request it was: premise, address, nearest; nobody is given a request that may be another's."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from evenhand.studies.panel.requests import match_requests, reporters_of
from evenhand.studies.raw.tables import RawTables, check_raw_tables
from tests.study_village import LONG, NAMED, START, areas, households, metres_north, request, requests

PLACE = {name: 100.0 * k for k, name in enumerate(NAMED)}


def village(*rows: dict[str, object], **changed: object) -> RawTables:
    return check_raw_tables(requests(*rows, with_filler=False), households(**changed), areas(), event_start=START).whole()


def whose(raw: RawTables, *, metres: float = 30.0, use_address: bool = True) -> dict[str, tuple[str | None, str]]:
    """For each request: its premise, and how it was found or why not."""
    found = match_requests(raw.requests, raw.households, metres=metres, use_address=use_address)
    names = ("premise", "address", "nearest", "tied", "elsewhere", "too_far", "no_place")
    premises = raw.households["premise_id"].to_pylist()
    numbers = raw.requests["service_request_id"].to_pylist()
    rows = zip(numbers, found.household, found.outcome, strict=True)
    return {number: (premises[household] if household >= 0 else None, names[outcome]) for number, household, outcome in rows}


def at_metres(metres: float) -> dict[str, float]:
    return {"lat": metres_north(metres), "long": LONG}


def test_a_premise_comes_before_an_address_and_an_address_before_the_nearest_premise() -> None:
    addresses = [f"street {name}" for name in households()["premise_id"].to_pylist()]
    raw = village(
        request("1", 1, premise_id="a1", address_id="street a2", **at_metres(PLACE["a3"])),
        request("2", 1, address_id="street a2", **at_metres(PLACE["a3"])),
        request("3", 1, **at_metres(PLACE["a3"])),
        address_id=addresses,
    )
    assert whose(raw) == {"1": ("a1", "premise"), "2": ("a2", "address"), "3": ("a3", "nearest")}


def test_the_nearest_premise_within_thirty_metres_and_no_further() -> None:
    raw = village(request("near", 1, **at_metres(129.0)), request("far", 1, **at_metres(130.3)), request("none", 1))
    assert whose(raw) == {"near": ("a2", "nearest"), "far": (None, "too_far"), "none": (None, "no_place")}


def test_metres_are_metres_to_the_east_as_well() -> None:
    # A degree of longitude at 30.44° is 96,057 m on the WGS 84 ellipsoid: 29 m are 0.000302°, 31 m are 0.000323°.
    raw = village(request("in", 1, lat=metres_north(0.0), long=LONG + 0.000302), request("out", 1, lat=metres_north(0.0), long=LONG + 0.000323))
    assert whose(raw) == {"in": ("a1", "nearest"), "out": (None, "too_far")}


def test_between_two_premises_equally_near_nobody_is_chosen() -> None:
    lat = [metres_north(20.0 if name == "a2" else 1_000.0 * k) for k, name in enumerate(households()["premise_id"].to_pylist())]
    raw = village(
        request("middle", 1, **at_metres(10.0)), request("a step off", 1, **at_metres(9.8)), request("nearer a1", 1, **at_metres(9.0)), lat=lat
    )
    assert whose(raw) == {"middle": (None, "tied"), "a step off": (None, "tied"), "nearer a1": ("a1", "nearest")}


def test_flats_at_one_point_are_a_tie() -> None:
    lat = [metres_north(0.0 if name in {"a1", "a2"} else 1_000.0 * (k + 1)) for k, name in enumerate(households()["premise_id"].to_pylist())]
    assert whose(village(request("1", 1, **at_metres(0.0)), lat=lat)) == {"1": (None, "tied")}


def test_an_address_of_several_premises_is_a_tie_and_does_not_go_to_the_nearest() -> None:
    addresses = ["tower" if name in {"a1", "a2"} else f"street {name}" for name in households()["premise_id"].to_pylist()]
    raw = village(request("1", 1, address_id="tower", **at_metres(0.0)), address_id=addresses)
    assert whose(raw) == {"1": (None, "tied")}


def test_a_premise_of_no_household_is_not_given_to_the_house_next_door() -> None:
    raw = village(request("shop", 1, premise_id="shop-7", **at_metres(5.0)), request("home", 1, premise_id="a2"))
    assert whose(raw) == {"shop": (None, "elsewhere"), "home": ("a2", "premise")}


def test_ids_of_another_register_say_nothing_and_coordinates_speak() -> None:
    raw = village(request("1", 1, premise_id="ticket-1", **at_metres(5.0)), request("2", 1, premise_id="ticket-2", **at_metres(95.0)))
    assert whose(raw) == {"1": ("a1", "nearest"), "2": ("a2", "nearest")}


def test_addresses_and_the_nearest_premise_can_be_left_out() -> None:
    addresses = [f"street {name}" for name in households()["premise_id"].to_pylist()]
    raw = village(request("1", 1, address_id="street a1"), request("2", 1, **at_metres(0.0)), address_id=addresses)
    assert whose(raw, metres=0.0, use_address=False) == {"1": (None, "no_place"), "2": (None, "no_place")}


def test_households_without_coordinates_are_matched_by_ids_only() -> None:
    raw = village(request("1", 1, premise_id="b1"), request("2", 1, **at_metres(0.0)), lat=None, long=None)
    assert whose(raw) == {"1": ("b1", "premise"), "2": (None, "no_place")}


def test_ids_of_numbers_and_of_text_are_the_same_ids() -> None:
    n = households().num_rows
    numbered = requests(request("1", 1, premise_id="1003"), with_filler=False)
    raw = check_raw_tables(numbered, households(premise_id=pa.array(range(1001, 1001 + n))), areas(), event_start=START).whole()
    assert whose(raw) == {"1": ("1003", "premise")}


def test_one_reporter_may_have_many_requests() -> None:
    raw = village(
        request("1", 1, premise_id="shop"),
        request("2", 2, premise_id="shop"),
        request("3", 3, duplicate_of="2"),
        request("4", 4, duplicate_of="gone"),
        request("5", 5, duplicate_of="gone"),
        request("6", 6),
        request("7", 7, duplicate_of="8"),
        request("8", 8, duplicate_of="7"),
    )
    reporter = reporters_of(raw.requests, np.full(8, -1))
    groups = {frozenset(np.flatnonzero(reporter == one).tolist()) for one in reporter}
    assert groups == {frozenset({0, 1, 2}), frozenset({3, 4}), frozenset({5}), frozenset({6, 7})}
    # Known to be two households: 1 and 6 of one, 4 of another.
    reporter = reporters_of(raw.requests, np.array([3, -1, -1, 4, -1, 3, -1, -1]))
    assert {frozenset(np.flatnonzero(reporter == one).tolist()) for one in reporter} == {
        frozenset({0, 1, 2, 5}),
        frozenset({3, 4}),
        frozenset({6, 7}),
    }


@given(st.permutations(range(12)), st.lists(st.floats(-200.0, 1500.0), min_size=1, max_size=8))
def test_the_order_of_households_never_decides_whose_request_it_was(order: list[int], metres: list[float]) -> None:
    asked = requests(*(request(str(k), 1, **at_metres(one)) for k, one in enumerate(metres)), with_filler=False)
    homes = households().slice(0, 12)
    shuffled = homes.take(pa.array(order))

    def premises(table: pa.Table) -> list[str | None]:
        found = match_requests(asked, table, metres=30.0, use_address=False)
        return [table["premise_id"][int(row)].as_py() if row >= 0 else None for row in found.household]

    assert premises(homes) == premises(shuffled)
