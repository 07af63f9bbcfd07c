"""What a range around an expected date claims. Each test is one sentence of the modelling choice."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.equity.closing_times import CannotSay, ClosingTimes, ExpectedRange, closing_times, level_error
from evenhand.equity.errors import RequestArraysUnusable

HISTORIES = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=150)
AGES = st.floats(0.0, 70.0)


def curve(pairs: list[tuple[int, bool]]) -> ClosingTimes:
    return closing_times(np.array([hours for hours, _ in pairs], dtype=np.float64), np.array([closed for _, closed in pairs]))


def all_closed(hours: list[float]) -> ClosingTimes:
    return closing_times(np.array(hours), np.ones(len(hours), dtype=bool))


def reason(found: ExpectedRange | CannotSay) -> str:
    assert isinstance(found, CannotSay)
    return found.reason


def said(found: ExpectedRange | CannotSay) -> ExpectedRange:
    assert isinstance(found, ExpectedRange)
    return found


def test_an_open_request_leaves_the_risk_set_without_lowering_the_curve() -> None:
    # 4 at risk at 1 h: 3/4. At 2 h 3 at risk, one closed: 3/4 · 2/3 = 1/2, and the one censored at 2 h leaves after. At 3 h the last: 0.
    found = closing_times(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, True]))
    assert found.hours.tolist() == [1.0, 2.0, 3.0]
    assert found.still_open.tolist() == pytest.approx([0.75, 0.5, 0.0])
    assert (found.n_closed, found.n_open, found.closings_later.tolist()) == (3, 1, [2, 1, 0])


def test_a_late_entrant_is_at_risk_only_after_the_age_it_entered_at() -> None:
    # At 1 h only the two seen from opening are at risk: 1/2. At 5 h the other and the late one (entered at 3 h): 1/2 · 1/2. At 6 h the last.
    found = closing_times(np.array([1.0, 5.0, 6.0]), np.array([True, True, True]), np.array([0.0, 0.0, 3.0]))
    assert found.still_open.tolist() == pytest.approx([0.5, 0.25, 0.0])


def test_the_quantile_is_the_first_age_by_which_the_share_was_closed() -> None:
    found = all_closed([float(h) for h in range(1, 11)])
    assert [found.quantile(p) for p in (0.1, 0.5, 0.9)] == [1.0, 5.0, 9.0]


def test_a_quantile_given_an_age_looks_only_at_those_still_open() -> None:
    # Of 1..10 hours, 6..10 are open after 5 h: the median of these five is 8 h from opening.
    assert all_closed([float(h) for h in range(1, 11)]).quantile(0.5, age_hours=5.0) == 8.0


def test_a_quantile_that_the_records_never_reached_is_infinite() -> None:
    assert math.isinf(curve([(1, True), (2, False), (2, False)]).quantile(0.5))


def test_each_end_is_moved_out_by_one_standard_error_of_its_level() -> None:
    # n = 100, tail 0.1: sqrt(0.1 · 0.9 / 100) = 0.03, so levels 0.07 and 0.93 of 1..100 hours.
    found = said(all_closed([float(h) for h in range(1, 101)]).range_from(0.0))
    assert (found.low_hours, found.median_hours, found.high_hours) == (7.0, 50.0, 93.0)
    assert (found.n_closed, found.n_open, found.n_closed_later) == (100, 0, 100)


def test_twenty_nine_closings_say_nothing_and_thirty_do() -> None:
    assert reason(all_closed([float(h) for h in range(1, 30)]).range_from(0.0)) == "too_few_closings"
    assert said(all_closed([float(h) for h in range(1, 31)]).range_from(0.0)).n_closed == 30


def test_open_requests_do_not_count_towards_the_thirty() -> None:
    assert reason(curve([(h, h < 30) for h in range(1, 100)]).range_from(0.0)) == "too_few_closings"


def test_a_service_without_history_says_nothing() -> None:
    assert reason(closing_times(np.zeros(0), np.zeros(0, dtype=bool)).range_from(0.0)) == "too_few_closings"


def test_a_service_that_closes_everything_at_once_says_nothing_about_the_one_left_open() -> None:
    found = all_closed([0.0] * 500)
    assert found.quantile(0.9) == 0.0
    assert reason(found.range_from(0.0)) == "too_few_this_old"


def test_closings_in_the_moment_of_opening_do_not_shorten_the_range_of_a_request_that_is_open() -> None:
    plain = [float(h) for h in range(1, 101)]
    with_instant, without = said(all_closed([0.0] * 300 + plain).range_from(0.0)), said(all_closed(plain).range_from(0.0))
    assert (with_instant.low_hours, with_instant.high_hours) == (without.low_hours, without.high_hours)


def test_an_age_beyond_all_history_says_nothing() -> None:
    assert reason(all_closed([float(h) for h in range(1, 101)]).range_from(1000.0)) == "too_few_this_old"


def test_no_upper_end_is_made_up_where_too_many_stay_open() -> None:
    assert reason(curve([(h, True) for h in range(1, 81)] + [(500, False)] * 20).range_from(0.0)) == "too_many_stay_open"


@given(HISTORIES, AGES)
def test_quantiles_rise_with_the_share_and_lie_beyond_the_age(pairs: list[tuple[int, bool]], age: float) -> None:
    found = [curve(pairs).quantile(p, age_hours=age) for p in (0.05, 0.1, 0.5, 0.9, 0.95)]
    assert found == sorted(found)
    assert all(hours > age for hours in found)


@given(HISTORIES)
def test_the_share_still_open_falls_from_one_towards_nothing(pairs: list[tuple[int, bool]]) -> None:
    found = curve(pairs)
    assert np.all(np.diff(found.still_open) <= 0)
    assert np.all((found.still_open >= 0) & (found.still_open < 1))


@given(HISTORIES, st.data(), st.floats(0.01, 0.99))
def test_a_closing_that_turns_out_not_to_have_happened_never_brings_a_date_forward(
    pairs: list[tuple[int, bool]], data: st.DataObject, p: float
) -> None:
    place = data.draw(st.integers(0, len(pairs) - 1))
    reopened = [(hours, closed and i != place) for i, (hours, closed) in enumerate(pairs)]
    assert curve(reopened).quantile(p) >= curve(pairs).quantile(p)


@given(HISTORIES, st.floats(0.01, 0.99))
def test_the_same_requests_twice_give_the_same_curve(pairs: list[tuple[int, bool]], p: float) -> None:
    assert curve(pairs + pairs).quantile(p) == curve(pairs).quantile(p)


def test_a_longer_age_never_brings_the_expected_date_forward() -> None:
    found = all_closed(np.random.default_rng(1).exponential(100.0, 2000).tolist())
    ends = [said(found.range_from(age)) for age in (0.0, 10.0, 50.0, 100.0, 200.0)]
    assert [r.median_hours for r in ends] == sorted(r.median_hours for r in ends)
    assert [r.high_hours for r in ends] == sorted(r.high_hours for r in ends)


@given(st.integers(0, 2**32 - 1), st.integers(300, 5000))
def test_a_stored_curve_stays_within_its_bound_and_refuses_at_the_same_ages(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    hours = rng.lognormal(3.0, 2.0, n)
    whole = closing_times(hours, rng.random(n) < 0.8)
    stored = ClosingTimes.from_dict(json.loads(json.dumps(whole.to_dict())))
    # 200 places spread evenly over (1 - S) - log(S) / 4: one step is at most (1 + log(2n) / 4) / 198, and a relative fall at most four of these.
    bound = 4.0 * (1.0 + math.log(2.0 * n) / 4.0) / 198.0
    assert stored.hours.size <= 202
    assert level_error(whole) <= bound
    for age in (0.0, *np.quantile(hours, (0.3, 0.6, 0.9)).tolist()):
        before, after = whole.range_from(age), stored.range_from(age)
        assert isinstance(before, CannotSay) == isinstance(after, CannotSay) or reason_is_the_tail(before, after)
        if isinstance(before, ExpectedRange) and isinstance(after, ExpectedRange):
            assert after.low_hours >= age - 1e-3
            assert abs(whole.share_open_after(after.high_hours) - whole.share_open_after(before.high_hours)) <= 2.0 * bound


def reason_is_the_tail(before: ExpectedRange | CannotSay, after: ExpectedRange | CannotSay) -> bool:
    """The upper end of one lies at the very end of the records, where one step decides whether it was reached."""
    return any(isinstance(found, CannotSay) and found.reason == "too_many_stay_open" for found in (before, after))


def test_a_short_curve_is_stored_whole() -> None:
    found = all_closed([1.5, 2.25, 4.0])
    back = ClosingTimes.from_dict(found.to_dict())
    assert (back.hours.tolist(), back.n_closed, back.n_open) == ([1.5, 2.25, 4.0], 3, 0)


def test_a_stored_curve_of_another_version_is_refused() -> None:
    with pytest.raises(RequestArraysUnusable, match="version 99"):
        ClosingTimes.from_dict(all_closed([1.0]).to_dict() | {"version": 99})


def test_missing_hours_are_refused_with_what_to_do_instead() -> None:
    with pytest.raises(RequestArraysUnusable, match="2 hours were negative or missing: drop and count"):
        closing_times(np.array([1.0, np.nan, -2.0]), np.array([True, True, False]))


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(RequestArraysUnusable, match="shapes"):
        closing_times(np.array([1.0, 2.0]), np.array([True]))


def test_a_share_outside_zero_and_one_is_refused() -> None:
    with pytest.raises(RequestArraysUnusable, match="between 0 and 1"):
        all_closed([1.0]).quantile(1.0)


def test_ranges_cover_four_in_five_of_new_requests_where_the_truth_is_known() -> None:
    """400 cities of 300 synthetic past requests, a third censored. Nominal 80 %, and two standard errors (0.017 each side) of level wider: 83.5 %.

    Tolerance 0.015: the spread of 400 means of which each has a spread of about 0.03 is 0.0015, the rest is censoring's loss of information.
    """
    rng = np.random.default_rng(8311)
    covered = []
    for _ in range(400):
        truth, follow_up = rng.weibull(0.7, 300) * 100.0, rng.uniform(0.0, 1500.0, 300)
        past = closing_times(np.minimum(truth, follow_up), truth <= follow_up)
        found = past.range_from(20.0)
        new = rng.weibull(0.7, 2000) * 100.0
        new = new[new > 20.0]
        covered.append(np.mean((said(found).low_hours <= new) & (new <= said(found).high_hours)))
    n = 300 * math.exp(-(0.2**0.7))  # open at 20 h: the Weibull's survival
    expected = 0.8 + 2.0 * math.sqrt(0.1 * 0.9 / n)
    assert np.mean(covered) == pytest.approx(expected, abs=0.015)
