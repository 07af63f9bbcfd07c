"""Shapes of areas: where a point lies, and what an area of another census year became. Worked on squares of one degree near the equator."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from evenhand.studies.raw.boundaries import Boundaries, Overlap, area_at, overlaps


def boundaries(**boxes: tuple[float, float, float, float]) -> Boundaries:
    shapes = np.empty(len(boxes), dtype=object)
    shapes[:] = [box(*corners) for corners in boxes.values()]
    return Boundaries("squares", tuple(boxes), shapes)


NEW = boundaries(west=(0, 0, 1, 1), middle=(1, 0, 2, 1), east=(2, 0, 3, 1))


def test_an_old_area_becomes_the_one_that_covers_most_of_it_wherever_that_stands_in_the_file() -> None:
    old = boundaries(a=(0.7, 0, 1.7, 1), b=(0.4, 0, 1.4, 1), c=(10, 0, 11, 1), d=(2, 0, 2.5, 1))
    found = overlaps(old, NEW, {"a", "b", "c", "d"})
    assert {code: one.area for code, one in found.items()} == {"a": "middle", "b": "west", "d": "east"}
    assert found["a"].share == pytest.approx(0.7)
    assert found["d"].share == pytest.approx(1.0)


def test_of_two_that_cover_the_same_the_first_of_the_file_is_taken() -> None:
    assert overlaps(boundaries(a=(0.5, 0, 1.5, 1)), NEW, {"a"}) == {"a": Overlap("west", 0.5)}


def test_only_what_is_wanted_is_looked_for_and_touching_is_no_overlap() -> None:
    old = boundaries(a=(0, 0, 1, 1), b=(3, 0, 4, 1))
    assert set(overlaps(old, NEW, {"b"})) == set()
    assert set(overlaps(old, NEW, {"a"})) == {"a"}


def test_a_point_is_in_the_area_that_holds_it_and_on_an_edge_in_the_first_of_the_file() -> None:
    lat, long = np.array([0.5, 0.5, 0.5, 5.0, np.nan]), np.array([0.5, 1.0, 2.5, 0.5, 0.5])
    assert area_at(NEW, lat, long) == ["west", "west", "east", None, None]


@given(st.floats(-1.0, 3.0), st.floats(0.05, 1.0))
def test_the_share_that_is_covered_is_a_share_and_the_largest(start: float, wide: float) -> None:
    found = overlaps(boundaries(a=(start, 0, start + wide, 1)), NEW, {"a"})
    covered = {name: max(0.0, min(start + wide, k + 1.0) - max(start, float(k))) / wide for k, name in enumerate(NEW.ids)}
    if max(covered.values()) > 1e-9:
        assert found["a"].share == pytest.approx(max(covered.values()), abs=1e-9)
        assert covered[found["a"].area] == pytest.approx(max(covered.values()), abs=1e-9)
