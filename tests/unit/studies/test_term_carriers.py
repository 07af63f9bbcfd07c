"""How many households carry a term, against counting them one by one."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evenhand.studies.term_carriers import few_carry_terms

few_values = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


def carriers(values: list[float], among: list[bool]) -> int:
    """Those who differ from the least of all, from the greatest of all and from a value that more than half of them share, whichever are fewest."""
    here = Counter(value for value, is_in in zip(values, among, strict=True) if is_in)
    n = here.total()
    shared = [count for count in here.values() if 2 * count > n]
    return n - max(here[min(values)], here[max(values)], *shared) if n else 0


@given(st.lists(st.tuples(few_values, st.booleans()), min_size=1, max_size=30), st.integers(1, 8))
def test_a_term_is_hidden_where_fewer_than_the_least_number_carry_it(rows: list[tuple[float, bool]], least: int) -> None:
    values, among = [value for value, _ in rows], [is_in for _, is_in in rows]
    found = few_carry_terms(("x",), {"x": np.array(values)}, sides=[np.array(among)], least=least)
    assert ("x" in found) == (carriers(values, among) < least or sum(among) < least)
