"""Our Kaplan–Meier curve beside scipy's, an independent implementation. Tolerance 1e-12: the same products in another order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evenhand.equity.closing_times import closing_times


@given(st.integers(0, 2**32 - 1), st.integers(2, 400), st.floats(0.05, 1.0))
def test_the_curve_equals_scipys_with_ties_and_censoring(seed: int, n: int, share_closed: float) -> None:
    rng = np.random.default_rng(seed)
    hours = np.round(rng.exponential(20.0, n), 0)
    closed = rng.random(n) < share_closed
    closed[0] = True
    reference = stats.ecdf(stats.CensoredData(uncensored=hours[closed], right=hours[~closed])).sf
    ours = closing_times(hours, closed)
    assert [ours.share_open_after(h) for h in reference.quantiles] == pytest.approx(reference.probabilities.tolist(), abs=1e-12)


def test_the_curve_of_the_leukaemia_trial_is_the_textbook_one() -> None:
    """6-MP arm of Freireich et al. (1963), the standard worked example: closings over those at risk, counted by hand from the 21 remissions."""
    weeks = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=np.float64)
    relapsed = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    ours = closing_times(weeks, relapsed)
    assert ours.hours.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert ours.still_open.tolist() == pytest.approx(np.cumprod([18 / 21, 16 / 17, 14 / 15, 11 / 12, 10 / 11, 6 / 7, 5 / 6]).tolist(), abs=1e-12)
