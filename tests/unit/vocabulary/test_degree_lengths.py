"""Metres a degree, against the ellipsoid's own radii of curvature."""

from __future__ import annotations

import math

import pytest
from shapely.geometry import box

from evenhand.vocabulary.degree_lengths import land_area_sq_mi, metres_a_degree

MAJOR_M, ECCENTRICITY_SQUARED = 6_378_137.0, 0.00669437999014  # WGS 84


@pytest.mark.parametrize("latitude", [0.0, 30.44, -42.36, 61.2])
def test_a_degree_is_as_long_as_the_ellipsoid_says(latitude: float) -> None:
    angle = math.radians(latitude)
    w2 = 1.0 - ECCENTRICITY_SQUARED * math.sin(angle) ** 2
    north = math.radians(1.0) * MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / w2**1.5
    east = math.radians(1.0) * MAJOR_M / math.sqrt(w2) * math.cos(angle)
    # The published series holds to a metre and a half.
    assert metres_a_degree(latitude) == pytest.approx((north, east), abs=1.5)


def test_a_square_mile_is_one() -> None:
    north, east = metres_a_degree(30.44)
    high, wide = 1609.344 / north, 1609.344 / east
    assert land_area_sq_mi(box(-84.28, 30.44 - high / 2, -84.28 + wide, 30.44 + high / 2)) == pytest.approx(1.0, rel=1e-6)
