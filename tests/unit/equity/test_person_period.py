"""What a period, a report and a setting are. Each test is one sentence of the modelling choice."""

from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.person_period import PersonPeriodFit, _Rows, fit_person_period, periods_of
from evenhand.equity.survival_cox import fit_cox
from evenhand.equity.survival_hours import Setting, person_period_hours
from evenhand.equity.survival_lognormal import fit_lognormal

NEVER = float("nan")


def counted(hours: float, restored: bool, reported: float) -> tuple[int, int]:
    """Periods of half an hour at risk, and how many of them began before the report."""
    periods = periods_of(np.array([hours]), np.array([restored]), np.array([reported]))
    return int(periods.at_risk[0]), int(periods.unexposed[0])


def test_an_outage_ends_in_the_period_that_holds_its_last_moment() -> None:
    assert counted(1.0, True, NEVER) == (2, 2)
    assert counted(1.01, True, NEVER) == (3, 3)


def test_a_censored_outage_is_at_risk_for_the_periods_seen_whole() -> None:
    assert counted(1.4, False, NEVER) == (2, 2)


def test_a_report_counts_from_the_first_period_that_begins_after_it() -> None:
    assert counted(5.0, True, 1.2) == (10, 3)
    assert counted(5.0, True, 0.0) == (10, 0)


def test_a_report_in_the_period_of_restoration_exposes_nothing() -> None:
    assert counted(5.0, True, 4.8) == (10, 10)


def test_sums_of_half_hours_are_not_a_period_longer_for_their_rounding() -> None:
    assert counted(sum([0.1] * 30), True, NEVER) == (6, 6)


def simulated(n: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    share = rng.uniform(size=n)
    hours = rng.exponential(15.0 * np.exp(0.3 * share))
    reported = np.where(rng.random(n) < 0.4, rng.exponential(8.0, n), NEVER)
    return np.minimum(hours, 60.0), hours < 60.0, reported, share[:, None]


@pytest.fixture(scope="module")
def fit() -> PersonPeriodFit:
    hours, restored, reported, design = simulated(2000)
    return fit_person_period(hours, restored, reported, design, ["minority_share"], exposed_with=["minority_share"])


def test_terms_are_named_by_column_and_report(fit: PersonPeriodFit) -> None:
    assert fit.coefficients.terms == ("minority_share", "reported", "minority_share:reported")


def test_a_setting_beside_itself_has_no_gap(fit: PersonPeriodFit) -> None:
    same = Setting("everybody", np.full((10, 1), 0.4))
    found = person_period_hours(fit, same, same, horizon_hours=30.0)
    assert (found.gap_hours, found.std_error, found.gap_percent) == (0.0, 0.0, 0.0)


@settings(max_examples=20, deadline=None)
@given(st.floats(1.0, 40.0), st.floats(0.1, 10.0))
def test_a_longer_horizon_never_means_fewer_hours(fit: PersonPeriodFit, horizon: float, more: float) -> None:
    design = np.array([[0.0], [1.0]])
    short, long = (person_period_hours(fit, Setting("a", design), Setting("b", design), horizon_hours=h).hours for h in (horizon, horizon + more))
    assert short <= long + 1e-12 <= short + more + 1e-9


def test_a_horizon_beyond_the_last_period_is_refused(fit: PersonPeriodFit) -> None:
    design = np.zeros((1, 1))
    with pytest.raises(SurvivalArraysUnusable, match="up to 60 h was expected, and 100 h came"):
        person_period_hours(fit, Setting("a", design), Setting("b", design), horizon_hours=100.0)


def test_hazard_ratios_do_not_depend_on_the_length_of_a_period() -> None:
    # The cloglog link is grouped proportional hazards: half-hours and two-hours tell the same ratio up to the information that grouping loses.
    hours, restored, reported, design = simulated(20_000)
    ends = np.array([10, 20, 40, 60])
    fine, coarse = (
        fit_person_period(
            hours, restored, reported, design, ["minority_share"], period_hours=width, block_ends=(ends / width).astype(np.int64)
        ).coefficients.tidy()[0]
        for width in (0.5, 2.0)
    )
    assert abs(fine.estimate - coarse.estimate) < 0.2 * fine.std_error


def test_nobody_out_after_a_report_is_refused_with_the_term() -> None:
    hours, restored, _, design = simulated(100)
    with pytest.raises(SurvivalArraysUnusable, match="the term `reported` has nothing to rest on"):
        fit_person_period(hours, restored, np.full(100, NEVER), design, ["minority_share"])


def test_faults_of_reports_are_named_at_once() -> None:
    hours, restored, reported, design = simulated(100)
    reported[:3] = -1.0
    with pytest.raises(SurvivalArraysUnusable) as caught:
        fit_person_period(hours, restored, reported, design, ["minority_share"], exposed_with=["age"], period_hours=0.0)
    assert len(cast("list[str]", caught.value.facts["faults"])) == 3


def test_columns_that_say_nothing_new_are_named() -> None:
    hours, restored, _, design = simulated(100)
    columns = np.column_stack([design, 2.0 * design - 1.0, np.ones(100)])
    with pytest.raises(SurvivalArraysUnusable, match="twice, constant can be computed"):
        fit_cox(hours, restored, columns, ["minority_share", "twice", "constant"])


def test_an_outage_of_0_hours_is_left_out_and_counted() -> None:
    hours, restored, _, design = simulated(100)
    hours[:4] = 0.0
    found = fit_lognormal(hours, restored, design, ["minority_share"])
    assert (found.n, found.dropped[0][2]) == (96, 4)


def test_one_cluster_gives_no_error_by_cluster_and_says_so() -> None:
    hours, restored, _, design = simulated(100)
    found = fit_lognormal(hours, restored, design, ["minority_share"], clusters=np.zeros(100))
    assert (found.default_errors, list(found.covariances)) == ("observed", ["observed"])
    assert "one cluster only" in found.warnings[0]


def test_a_sum_of_terms_has_its_own_interval(fit: PersonPeriodFit) -> None:
    both = fit.coefficients.linear_combination({"minority_share": 1, "minority_share:reported": 1})
    covariance = fit.coefficients.covariances["observed"]
    assert both.term == "minority_share + minority_share:reported"
    assert both.estimate == pytest.approx(fit.coefficients.estimates[0] + fit.coefficients.estimates[2])
    assert both.std_error**2 == pytest.approx(covariance[0, 0] + covariance[2, 2] + 2 * covariance[0, 2])


def test_the_true_effect_of_a_report_is_found_within_three_errors() -> None:
    """20,000 synthetic outages of 25 h on average, 1.5 times the hazard after the report. 3 errors: a chance of failing of 0.3 %."""
    rng = np.random.default_rng(5)
    n = 20_000
    reported = np.where(rng.random(n) < 0.5, rng.uniform(0.0, 30.0, n), NEVER)
    before, after = rng.exponential(25.0, n), rng.exponential(25.0 / 1.5, n)
    hours = np.where(before > np.nan_to_num(reported, nan=np.inf), reported + after, before)
    found = fit_person_period(np.minimum(hours, 100.0), hours < 100.0, reported, rng.normal(size=(n, 1)), ["house_age"]).coefficients.tidy()[1]
    assert abs(found.estimate - np.log(1.5)) < 3.0 * found.std_error


def test_a_block_in_which_nobody_was_restored_joins_its_neighbour() -> None:
    # Restorations in periods 2, 4 and 8 of half an hour, some seen to period 20: of the ends 1, 3, 5, 6, 9, 12 only 3 and 5 part restorations.
    hours = np.repeat([1.0, 2.0, 4.0, 10.0], 30)
    restored = np.repeat([True, True, True, False], 30)
    reported = np.where(np.arange(120) % 3 == 0, 0.2, NEVER)
    share = np.tile([0.0, 0.5, 1.0, 0.2], 30)[:, None]
    found = fit_person_period(hours, restored, reported, share, ["minority_share"], block_ends=np.array([1, 3, 5, 6, 9, 12]))
    assert found.block_ends.tolist() == [3, 5, 20]
    assert found.coefficients.converged


def test_one_pass_over_the_households_sums_what_a_pass_for_each_block_sums() -> None:
    hours, restored, reported, design = simulated(400)
    periods = periods_of(hours, restored, reported)
    seen = periods.at_risk > 0
    fixed = design[seen]
    weight = np.random.default_rng(5).random(int(seen.sum())) + 0.5
    ends = np.array([3, 40, periods.at_risk.max()])
    rows = _Rows(periods.only(seen), fixed, np.column_stack([np.ones(len(fixed)), fixed[:, :1]]), weight, ends, "cloglog", 0.5)
    theta = rows.start() + 0.1 * np.arange(rows.start().size)
    one, other = rows.proportional_pieces(theta), rows.pieces_by_block(theta)
    # Sums of 400 rows in another order: rounding alone.
    assert one.loglik == pytest.approx(other.loglik, rel=1e-12)
    for name in ("score", "information"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-12, atol=1e-12 * np.abs(getattr(other, name)).max())
