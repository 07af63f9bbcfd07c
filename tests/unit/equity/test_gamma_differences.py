"""Differences of gamma functions, and the two functions that kernels compute for themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.gamma_differences import gamma_differences
from evenhand.equity.vector_math import exp_into, log1p_into

thetas = st.floats(0.01, 1e6)


@given(st.integers(0, 300), thetas)
def test_whole_outcomes_give_the_finite_sums_that_define_the_differences(y: int, theta: float) -> None:
    found = gamma_differences(np.array([float(y)]), theta)
    steps = theta + np.arange(y)
    # the sum of 300 rounded terms is itself good to about 1e-13
    assert found.log[0] == pytest.approx(math.fsum(np.log(steps)), rel=1e-12, abs=1e-13)
    assert found.first[0] == pytest.approx(math.fsum(1.0 / steps), rel=1e-12)
    assert found.second[0] == pytest.approx(-math.fsum(1.0 / steps**2), rel=1e-12)


@given(st.floats(0.0, 500.0), thetas)
def test_one_more_outcome_adds_one_step_of_the_recurrence(y: float, theta: float) -> None:
    here, next_one = gamma_differences(np.array([y]), theta), gamma_differences(np.array([y + 1.0]), theta)
    assert next_one.log[0] - here.log[0] == pytest.approx(math.log(y + theta), abs=1e-12 * (1.0 + abs(here.log[0])))


@given(st.lists(st.floats(-690.0, 690.0), min_size=1, max_size=40))
def test_exp_is_the_c_librarys_to_its_last_digits(values: list[float]) -> None:
    x = np.array(values)
    found, bits = np.empty_like(x), np.empty(x.size, dtype=np.int64)
    exp_into(x, x.size, found, bits)
    assert found == pytest.approx([math.exp(v) for v in values], rel=1e-15)


@given(st.lists(st.floats(0.0, 1e12), min_size=1, max_size=40))
def test_log1p_is_the_c_librarys_to_its_last_digits(values: list[float]) -> None:
    s = np.array(values)
    found, bits = np.empty_like(s), np.empty(s.size, dtype=np.int64)
    log1p_into(s, s.size, found, bits)
    assert found == pytest.approx([math.log1p(v) for v in values], rel=2e-15, abs=0.0)


def test_a_predictor_beyond_reason_stays_finite() -> None:
    x = np.array([-1e9, 1e9])
    found, bits = np.empty_like(x), np.empty(2, dtype=np.int64)
    exp_into(x, 2, found, bits)
    assert 0.0 < found[0] < 1e-300
    assert 1e300 < found[1] < math.inf
