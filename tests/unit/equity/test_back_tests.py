"""What a replay may know, how it counts, and when a service falls silent."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.equity.back_tests import BackTest, back_test, holds, wilson_interval
from evenhand.equity.closing_times import CannotSay, Floats
from evenhand.equity.errors import RequestArraysUnusable
from evenhand.equity.expected_dates import ServiceForecast, expected_dates
from evenhand.equity.request_history import RequestHistory

DAY = 24.0
END = 300 * DAY


def synthetic(seed: int, n: int = 3000, *, pace: float = 48.0) -> tuple[Floats, Floats]:
    """Openings over 300 days, exponential hours to closing: the truth of a service that never changes."""
    rng = np.random.default_rng(seed)
    opened = np.sort(rng.uniform(0.0, END, n))
    return opened, opened + rng.exponential(pace, n)


def history(opened: Floats, closed: Floats, *, as_of: float = END, seen_until: Floats | None = None) -> RequestHistory:
    return RequestHistory.from_arrays(opened, closed, np.zeros(opened.size, dtype=np.int64), as_of=as_of, seen_until=seen_until)


def replayed(low: float, high: float, took: list[float], open_for: float) -> BackTest:
    n = len(took)
    whole, zeros = np.zeros(n, dtype=np.int64), np.zeros(n)
    lows, medians, highs = (np.full(n, value) for value in (low, (low + high) / 2, high))
    return BackTest(whole, whole, zeros, zeros, lows, medians, highs, np.array(took), np.full(n, open_for), whole)


def test_a_closing_after_the_moment_is_not_known_at_it() -> None:
    curve = history(np.array([0.0, 1.0, 2.0]), np.array([5.0, 50.0, np.nan])).of_service(0).curve_at(10.0)
    assert (curve.n_closed, curve.n_open) == (1, 2)


def test_a_request_opened_at_the_moment_or_later_is_not_known_at_it() -> None:
    curve = history(np.array([0.0, 10.0, 12.0]), np.array([5.0, 10.5, 13.0])).of_service(0).curve_at(10.0)
    assert (curve.n_closed, curve.n_open) == (1, 0)


@settings(max_examples=25)
@given(st.integers(0, 1000), st.floats(100.0, 250.0))
def test_nothing_that_happens_after_the_moment_changes_the_curve(seed: int, day: float) -> None:
    opened, closed = synthetic(seed, 300)
    cut = day * DAY
    changed = np.where(closed > cut, cut + 1.0 + np.arange(300), closed)
    before, after = (history(opened, c).of_service(0).curve_at(cut) for c in (closed, changed))
    assert before.hours.tolist() == after.hours.tolist()
    assert before.still_open.tolist() == after.still_open.tolist()


@pytest.mark.parametrize("gated", [True, False])
def test_predictions_do_not_change_when_the_future_does(gated: bool) -> None:
    opened, closed = synthetic(3)
    since, until = 200 * DAY, 230 * DAY
    changed = np.where(closed > until, until + 900.0, closed)
    first, second = (back_test(history(opened, c), since=since, until=until, gated=gated) for c in (closed, changed))
    assert first.high_hours.tolist() == second.high_hours.tolist()
    assert first.reason.tolist() == second.reason.tolist()


def test_requests_closed_before_opened_are_left_out_and_counted() -> None:
    found = history(np.array([10.0, 20.0, np.nan]), np.array([5.0, 30.0, 40.0]))
    assert found.n_unusable == 2
    assert found.row.tolist() == [1]


def test_a_request_from_an_export_is_censored_at_the_time_of_the_export() -> None:
    curve = history(np.array([0.0, 0.0]), np.array([4.0, np.nan]), seen_until=np.array([END, 8.0])).of_service(0).curve_at(END)
    assert curve.share_open_after(100.0) == 0.5  # one of two at risk at 4 h closed; the other left the risk set at 8 h
    assert curve.n_open == 1


def test_the_window_forgets_the_pace_of_years_ago() -> None:
    slow, quick = np.arange(100.0), 3 * 365 * DAY + np.arange(100.0)
    opened = np.concatenate((slow, quick))
    closed = np.concatenate((slow + 1000.0, quick + 2.0))
    curve = history(opened, closed, as_of=quick[-1] + 50.0).of_service(0).curve_at(quick[-1] + 50.0)
    assert (curve.n_closed, curve.quantile(0.9)) == (100, 2.0)


def test_a_service_with_few_recent_closings_falls_back_on_all_its_history() -> None:
    opened = np.concatenate((np.arange(100.0), [3 * 365 * DAY]))
    closed = np.concatenate((np.arange(100.0) + 10.0, [3 * 365 * DAY + 5.0]))
    assert history(opened, closed, as_of=1e6).of_service(0).curve_at(3 * 365 * DAY + 100.0).n_closed == 101


def test_hits_misses_and_what_is_not_known_yet_are_counted_apart() -> None:
    # Range 10–20 h. Took 5 early, 10 and 20 hit (ends included), 25 late. Open at the end: seen for 15 h only, so not known.
    seen_long = replayed(10.0, 20.0, [5.0, 10.0, 20.0, 25.0, np.inf], open_for=100.0).coverage()
    assert (seen_long.n, seen_long.hits, seen_long.early, seen_long.late, seen_long.undetermined) == (5, 2, 1, 2, 0)
    seen_short = replayed(10.0, 20.0, [5.0, 10.0, np.inf], open_for=15.0).coverage()
    assert (seen_short.hits, seen_short.early, seen_short.late, seen_short.undetermined) == (1, 1, 0, 1)
    assert [seen_short.share_low, seen_short.share_high] == pytest.approx([1 / 3, 2 / 3])


def test_the_wilson_interval_of_eight_in_ten_is_the_published_one() -> None:
    # By hand: z² = 3.8415; middle (0.8 + 0.19207) / 1.38415 = 0.71674; half 1.95996 / 1.38415 · sqrt(0.016 + 0.0096037) = 0.22658.
    assert wilson_interval(8, 10) == pytest.approx((0.49016, 0.94332), abs=2e-5)
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_four_in_five_hold_where_nothing_changes() -> None:
    """Exponential truth: nominal 0.80 and the outward step at 2,500 closings, 2 · 0.006. Tolerance: three standard errors of 1,000 predictions."""
    opened, closed = synthetic(11)
    found = back_test(history(opened, closed, as_of=END + 2000.0), since=200 * DAY, until=END)
    assert found.coverage().share_low == pytest.approx(0.812, abs=0.0375)
    assert found.share_cannot_say()["said"] == 1.0


def test_a_service_whose_pace_breaks_down_falls_silent_and_is_heard_again() -> None:
    # Busy and quick until day 180, a pause, then one a day: 100 slow ones, too few to move the curve, and quick ones again.
    rng = np.random.default_rng(5)
    opened = np.concatenate((np.linspace(0.0, 180 * DAY, 9000), np.arange(300.0, 600.0) * DAY + 1.0))
    slow = (opened > 299 * DAY) & (opened < 400 * DAY)
    closed = opened + np.where(slow, 200.0, rng.exponential(10.0, opened.size))
    found = back_test(history(opened, closed, as_of=700 * DAY), since=300 * DAY, until=600 * DAY)
    silent, at = found.reason == 4, found.predicted_at
    assert not silent[at < 330 * DAY].any()  # fewer than thirty had run out
    assert silent[(at > 334 * DAY) & (at < 400 * DAY)].all()
    assert not silent[at > 530 * DAY].any()  # the slow ones lie more than 120 days back


def test_ranges_are_judged_only_when_they_have_run_out() -> None:
    found = replayed(10.0, 20.0, [5.0, 15.0, np.inf], open_for=100.0)
    assert found.run_out(19.0).row.size == 0  # the early miss and the hit are known by then, but the third is not: none is counted
    assert found.run_out(20.5).coverage().n == 3


def test_fewer_than_thirty_run_out_ranges_silence_nobody() -> None:
    assert holds(29, 0)
    assert not holds(30, 0)


def test_the_gate_closes_when_sixty_percent_is_no_longer_credible() -> None:
    assert holds(100, 55)  # Wilson's upper end 64 %
    assert not holds(100, 45)  # 55 %


def test_every_service_gets_its_own_curve_and_one_without_requests_an_empty_one() -> None:
    opened, closed = synthetic(2, 400)
    service = np.where(np.arange(400) % 2 == 0, 0, 2)
    found = expected_dates(opened, closed, service, as_of=END)
    assert [forecast.times.n_closed > 0 for forecast in found.services] == [True, False, True]
    assert isinstance(found.services[1].range_from(0.0), CannotSay)


def test_no_requests_at_all_are_no_services() -> None:
    nothing = np.zeros(0)
    assert expected_dates(nothing, nothing, np.zeros(0, dtype=np.int64), as_of=0.0).services == ()


def test_a_silenced_service_says_how_its_ranges_did() -> None:
    opened, closed = synthetic(2, 400)
    forecast = expected_dates(opened, closed, np.zeros(400, dtype=np.int64), as_of=END).services[0]
    failed = replace(forecast, trial=replace(forecast.trial, n=100, hits=40, early=0, late=60))
    found = failed.range_from(0.0)
    assert isinstance(found, CannotSay)
    assert found.reason == "ranges_did_not_hold"
    assert "40 of 100" in found.words


def test_a_stored_forecast_answers_as_the_one_it_was_made_from() -> None:
    opened, closed = synthetic(2, 150)
    forecast = expected_dates(opened, closed, np.zeros(150, dtype=np.int64), as_of=END).services[0]
    back = ServiceForecast.from_dict(forecast.to_dict())
    assert back.trial == forecast.trial
    before, after = forecast.range_from(5.0), back.range_from(5.0)
    assert not isinstance(before, CannotSay)
    assert not isinstance(after, CannotSay)
    assert after.high_hours == pytest.approx(before.high_hours, abs=1e-3)


def test_every_fault_of_the_arrays_is_named_at_once() -> None:
    with pytest.raises(RequestArraysUnusable) as refused:
        RequestHistory.from_arrays(np.zeros(3), np.zeros(2), np.zeros(3), as_of=1.0)  # type: ignore[arg-type]
    assert "shapes" in refused.value.message
    assert "float64 where a place" in refused.value.message
