"""A printed figure is everything that it may have been before it was shortened."""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.studies.table_audit.printed import Printed, absolute, meet, meet_all, spanned, told

DECIMALS = st.integers(0, 6)
# Eight digits are more than any table prints, and leave binary fractions far below half a unit.
VALUES = st.decimals(-10_000, 10_000, places=8)


@given(VALUES, DECIMALS)
def test_a_rounded_figure_may_have_been_the_value(value: Decimal, decimals: int) -> None:
    printed = Printed.of(str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)))
    assert printed is not None
    assert printed.rounded[0] <= float(value) <= printed.rounded[1]
    assert printed.shortens(float(value)) == "rounded"


@given(VALUES, DECIMALS)
def test_a_figure_that_was_cut_off_can_be_told_from_a_wrong_one(value: Decimal, decimals: int) -> None:
    printed = Printed.of(str(value.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN)))
    assert printed is not None
    if value != 0:
        assert printed.shortens(float(value)) in {"rounded", "cut off"}
    assert printed.shortens(printed.value + 2.0 * printed.unit) == ""


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("0.0003", 0.0003, 1e-4),
        ("−17,038", -17038.0, 1.0),
        ("-16,974.25", -16974.25, 0.01),
        (" 3.50 ", 3.5, 0.01),
        ("1.2e-4", 1.2e-4, 1e-5),
        ("0.000", 0.0, 1e-3),
    ],
)
def test_the_last_digit_is_the_unit(text: str, value: float, unit: float) -> None:
    printed = Printed.of(text)
    assert printed is not None
    assert printed.value == value
    assert printed.unit == pytest.approx(unit)


@pytest.mark.parametrize("text", ["", "n.s.", "1.2.3", "1,23", "nan", "inf", "12 %", "1e400", "1e-400"])
def test_what_is_no_figure_is_none(text: str) -> None:
    assert Printed.of(text) is None


def test_a_figure_below_zero_is_cut_off_towards_zero() -> None:
    printed = Printed.of("-20.14")
    assert printed is not None
    assert printed.shortens(-20.148) == "cut off"
    assert printed.shortens(-20.136) == "rounded"
    assert printed.shortens(-20.132) == ""


def test_intervals_meet_in_what_they_share() -> None:
    assert meet((0.0, 2.0), (1.0, 3.0)) == (1.0, 2.0)
    assert meet((0.0, 1.0), (2.0, 3.0)) is None
    assert meet_all([(0.0, 5.0), (1.0, 4.0), (2.0, 9.0)]) == (2.0, 4.0)
    assert meet_all([(0.0, 1.0), (0.5, 3.0), (2.0, 3.0)]) is None
    assert absolute((-3.0, 1.0)) == (0.0, 3.0)
    assert absolute((-3.0, -1.0)) == (1.0, 3.0)


def test_numbers_in_words_have_a_true_minus_and_no_minus_zero() -> None:
    assert told(-1234.567, 1) == "−1,234.6"
    assert told(-0.001, 2) == "0.00"
    assert told(math.nan) == "unknown"
    assert spanned((1.0, math.inf), 1) == "1.0 or more"
    assert spanned((1.001, 1.002), 2) == "1.00"
