"""Variance inflation, for terms and for what belongs together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.collinearity import condition_index, inflations

NAMES = ("Intercept", "minority_share", "participation", "minority_share:participation", "income")


def orthogonal(n: int = 400, k: int = 3) -> np.ndarray:
    """Columns of mean zero without correlation."""
    drawn = np.random.default_rng(9).normal(size=(n, k))
    return np.linalg.qr(drawn - drawn.mean(axis=0))[0]


def products(shift: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(12)
    minority, reports = rng.beta(0.3, 0.9, 800) + shift, rng.binomial(1, 0.2, 800)
    return np.column_stack([np.ones(800), minority, reports, minority * reports, rng.normal(80, 20, 800) - 30 * minority])


def test_columns_that_tell_nothing_of_each_other_inflate_nothing() -> None:
    found = inflations(np.column_stack([np.ones(400), orthogonal()]), ("Intercept", "a", "b", "c"))
    assert [one.terms for one in found] == [("a",), ("b",), ("c",)]
    assert [one.factor for one in found] == pytest.approx([1.0, 1.0, 1.0])
    assert condition_index(np.column_stack([np.ones(400), orthogonal()]), ("Intercept", "a", "b", "c")) == pytest.approx(1.0)


def test_a_term_of_which_others_tell_95_percent_has_20_times_the_variance() -> None:
    a, b, c = orthogonal().T
    blurred = math.sqrt(0.95) * a + math.sqrt(0.05) * b
    found = inflations(np.column_stack([np.ones(400), a, blurred, c]), ("Intercept", "a", "blurred", "c"))
    assert [one.factor for one in found] == pytest.approx([20.0, 20.0, 1.0])
    assert found[0].of_errors == pytest.approx(math.sqrt(20.0))
    # two columns with a correlation r have the eigenvalues 1 ± r
    r = math.sqrt(0.95)
    assert condition_index(np.column_stack([a, blurred]), ("a", "blurred")) == pytest.approx(math.sqrt((1 + r) / (1 - r)))


def test_terms_tied_by_a_product_are_one_block() -> None:
    found = inflations(products(), NAMES)
    assert [one.terms for one in found] == [("minority_share", "participation", "minority_share:participation"), ("income",)]
    assert found[0].per_term == pytest.approx(found[0].factor ** (1 / 3))


@given(st.floats(-5.0, 5.0))
def test_where_a_column_has_its_zero_does_not_matter(shift: float) -> None:
    assert inflations(products(shift), NAMES)[0].factor == pytest.approx(inflations(products(), NAMES)[0].factor, rel=1e-6)


def test_levels_of_a_category_are_one_block() -> None:
    place = np.arange(300) % 3
    x = np.column_stack([np.ones(300), place == 1, place == 2, orthogonal(300, 1)])
    found = inflations(x, ("Intercept", "kind[T.b]", "kind[T.c]", "far"))
    assert [one.terms for one in found] == [("kind[T.b]", "kind[T.c]"), ("far",)]


def test_products_that_share_a_column_are_one_block_in_any_order() -> None:
    rng = np.random.default_rng(2)
    a, b, c, d = rng.normal(size=(4, 200))
    found = inflations(np.column_stack([a * b, d, c, b * c, a]), ("a:b", "d", "c", "b:c", "a"))
    assert [one.terms for one in found] == [("a:b", "c", "b:c", "a"), ("d",)]


def test_a_combination_of_others_is_inflated_without_end() -> None:
    a, b, _ = orthogonal().T
    assert inflations(np.column_stack([a, b, a + b]), ("a", "b", "both"))[2].factor > 1e12


def test_a_weight_is_so_many_rows() -> None:
    x = products()[:40]
    twice = np.repeat(x, 2, axis=0)
    assert inflations(x, NAMES, weights=np.full(40, 2.0))[0].factor == pytest.approx(inflations(twice, NAMES)[0].factor)
