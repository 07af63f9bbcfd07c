"""The city's gap: means of predictions, and errors beside ones that are worked out by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from evenhand import equity
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.panel_reading import Panel, panel_of
from evenhand.equity.standardised_gaps import bootstrapped_gap, standardised_gap
from evenhand.studies.five_models import FIVE_MODELS, fit_model, wanted_conventions
from evenhand.studies.hypotheses import UNADJUSTED_MODEL
from tests.households import household_table

WHO, HOURS = FIVE_MODELS[0], FIVE_MODELS[2]


def fitted(panel: Panel, *, errors: tuple[str, ...] = ("cr1",)) -> tuple[Fit, Fit]:
    return fit_model(panel, WHO, errors=wanted_conventions(errors)), fit_model(panel, HOURS, errors=wanted_conventions(errors))


@pytest.fixture(scope="module")
def panel() -> Panel:
    return panel_of(household_table(900, blocks=25))


@pytest.fixture(scope="module")
def fits(panel: Panel) -> tuple[Fit, Fit]:
    return fitted(panel)


def predicted_hours(fit: Fit, panel: Panel, minority: float, participation: np.ndarray) -> np.ndarray:
    b = dict(zip(fit.names, fit.coefficients, strict=True))
    columns = panel.numbers
    eta = b["Intercept"] + b["minority_share"] * minority + b["participation"] * participation
    eta = eta + b["minority_share:participation"] * minority * participation
    for name in ("house_age", "median_income", "log_population_density"):
        eta = eta + b[name] * columns[name]
    return np.asarray(np.exp(eta))


def chances(fit: Fit, panel: Panel, minority: float) -> np.ndarray:
    b = dict(zip(fit.names, fit.coefficients, strict=True))
    eta = b["Intercept"] + b["minority_share"] * minority
    for name in WHO.terms[1:]:
        eta = eta + b[name] * panel.numbers[name]
    return np.asarray(1.0 / (1.0 + np.exp(-eta)))


def test_without_other_terms_the_gap_is_that_of_the_coefficient(panel: Panel) -> None:
    plain = fit_model(panel, UNADJUSTED_MODEL, errors={"hc1": None})
    constant, slope = plain.coefficients
    found = standardised_gap(plain)
    term = plain.terms("hc1")[1]
    assert (found.hours, found.reference_hours) == pytest.approx((np.exp(constant + slope), np.exp(constant)))
    assert found.gap_percent == pytest.approx(100.0 * np.expm1(slope))
    assert (found.percent_low, found.percent_high) == pytest.approx((100.0 * np.expm1(term.conf_low), 100.0 * np.expm1(term.conf_high)))


def test_held_fixed_everybody_reports_as_they_did(panel: Panel, fits: tuple[Fit, Fit]) -> None:
    found = standardised_gap(fits[1], participation="fixed")
    as_it_was = panel.numbers["participation"]
    means = [predicted_hours(fits[1], panel, minority, as_it_was).mean() for minority in (1.0, 0.0)]
    assert (found.hours, found.reference_hours) == pytest.approx(means)


def test_redrawn_everybody_reports_with_the_chance_of_their_group(panel: Panel, fits: tuple[Fit, Fit]) -> None:
    found = standardised_gap(fits[1], participation="redrawn", participating=fits[0])
    means = []
    for minority in (1.0, 0.0):
        chance = chances(fits[0], panel, minority)
        one, none = (predicted_hours(fits[1], panel, minority, np.full(panel.n, p)) for p in (1.0, 0.0))
        means.append(float(np.mean(chance * one + (1.0 - chance) * none)))
    assert (found.hours, found.reference_hours) == pytest.approx(means)


@pytest.mark.parametrize("held", ["fixed", "redrawn", "everybody", "nobody"])
def test_the_delta_method_follows_the_mean_by_central_differences(fits: tuple[Fit, Fit], held: str) -> None:
    """The gap's error is that of a linear function of the coefficients with the numeric gradient; steps of 1e-5 leave about 1e-8 of it."""
    who, hours = fits
    found = standardised_gap(hours, participation=held, participating=who)  # type: ignore[arg-type]
    gradient = []
    for fit, others in ((hours, lambda moved: (moved, who)), (who, lambda moved: (hours, moved))):
        for place in range(fit.coefficients.size):
            ends = []
            for sign in (1.0, -1.0):
                beta = fit.coefficients.copy()
                beta[place] += sign * 1e-5
                moved_hours, moved_who = others(fit.replaced(coefficients=beta))
                ends.append(standardised_gap(moved_hours, participation=held, participating=moved_who).gap_hours)  # type: ignore[arg-type]
            gradient.append((ends[0] - ends[1]) / 2e-5)
    p = hours.coefficients.size
    alone = np.array(gradient[:p]) @ hours.covariance() @ np.array(gradient[:p]) + np.array(gradient[p:]) @ who.covariance() @ np.array(gradient[p:])
    if held == "redrawn":
        assert np.abs(gradient[p:]).max() > 0.0
        assert found.std_error**2 == pytest.approx(alone, rel=0.2)  # apart from what the two models share through their clusters
    else:
        assert found.std_error**2 == pytest.approx(alone, rel=1e-6)


def test_the_errors_of_two_models_together_are_near_leaving_each_block_group_out(panel: Panel, fits: tuple[Fit, Fit]) -> None:
    """Both models refitted without each of 25 block groups, everybody predicted. Linear and refitted errors differ by some per cent."""
    whole = standardised_gap(fits[1], participation="redrawn", participating=fits[0])
    table, gaps = household_table(900, blocks=25), []
    labels = np.array(table["block_group"].to_pylist())
    for label in np.unique(labels):
        who, hours = fitted(panel_of(table.filter(labels != label)))
        means = []
        for minority in (1.0, 0.0):
            chance = chances(who, panel, minority)
            one, none = (predicted_hours(hours, panel, minority, np.full(panel.n, p)) for p in (1.0, 0.0))
            means.append(float(np.mean(chance * one + (1.0 - chance) * none)))
        gaps.append(means[0] - means[1])
    jackknife = float(np.sqrt(24.0 / 25.0 * np.sum((np.array(gaps) - whole.gap_hours) ** 2)))
    assert whole.std_error == pytest.approx(jackknife, rel=0.15)


def test_the_bootstrap_tells_about_the_same_and_the_same_twice(fits: tuple[Fit, Fit]) -> None:
    delta = standardised_gap(fits[1], participation="redrawn", participating=fits[0])
    first, again = (bootstrapped_gap(fits[1], participation="redrawn", participating=fits[0], draws=400) for _ in range(2))
    assert first == again
    assert first.std_error == pytest.approx(delta.std_error, rel=0.15)  # 400 draws know a spread to about 4 %
    assert first.conf_low < first.gap_hours < first.conf_high
    assert (first.percent_low, first.percent_high) == pytest.approx(
        (delta.percent_low, delta.percent_high), abs=0.25 * (delta.percent_high - delta.percent_low)
    )


def test_weights_count_in_the_mean(panel: Panel) -> None:
    weight = np.where(panel.numbers["house_age"] > 40.0, 3.0, 1.0)
    weighted = panel_of(household_table(900, blocks=25, weight=weight))
    fit = fit_model(weighted, HOURS, errors={"hc1": None}, is_weighted=True)
    found = standardised_gap(fit, participation="fixed")
    hours = predicted_hours(fit, panel, 1.0, panel.numbers["participation"])
    assert found.hours == pytest.approx(np.average(hours, weights=weight))


@pytest.mark.parametrize("held", ["fixed", "redrawn"])
def test_an_offset_stays_with_its_household(held: str) -> None:
    """Without other terms and held fixed, the gap is the marginal effect of a column of 0 and 1; redrawn, a sum over both answers by hand."""
    rng = np.random.default_rng(5)
    minority, offset, other = rng.integers(0, 2, 500).astype(float), rng.normal(0.4, 0.5, 500), rng.normal(0.0, 0.8, 500)
    took_part = (rng.random(500) < 1.0 / (1.0 + np.exp(-(minority - 1.0 + other)))).astype(float)
    hours = rng.poisson(np.exp(2.0 + 0.2 * minority - 0.3 * took_part + offset)).astype(float)
    table = {"hours": hours, "minority_share": minority, "participation": took_part, "offset": offset, "other": other}
    fit = equity.fit("hours ~ minority_share + participation", table, offset="offset", errors="hc1")
    who = equity.fit("participation ~ minority_share", table, family="logit", offset="other", errors="hc1")
    found = standardised_gap(fit, participation=held, participating=who)  # type: ignore[arg-type]
    if held == "fixed":
        effect = fit.marginal_effects(["minority_share"])[0].inference
        assert (found.gap_hours, found.std_error) == pytest.approx((effect.estimate, effect.std_error), rel=1e-9)
    a, b, c = fit.coefficients
    means = []
    for share in (1.0, 0.0):
        chance = 1.0 / (1.0 + np.exp(-(who.coefficients @ [1.0, share] + other))) if held == "redrawn" else took_part
        level = np.exp(a + b * share + offset)
        means.append(float(np.mean(chance * level * np.exp(c) + (1.0 - chance) * level)))
    assert (found.hours, found.reference_hours) == pytest.approx(tuple(means), rel=1e-9)


def test_rows_that_only_one_model_used_are_left_out_of_both(panel: Panel) -> None:
    education = panel.numbers["education"].copy()
    education[:50] = np.nan
    who, hours = fitted(panel_of(household_table(900, blocks=25, education=education)))
    assert standardised_gap(hours, participation="redrawn", participating=who).n == 850
    assert standardised_gap(hours, participation="fixed").n == 900


def test_what_is_held_must_be_said(fits: tuple[Fit, Fit]) -> None:
    with pytest.raises(DesignUnusable, match="say whether it is fixed, redrawn, everybody or nobody"):
        standardised_gap(fits[1])
    with pytest.raises(DesignUnusable, match="a model of participation is needed"):
        standardised_gap(fits[1], participation="redrawn")


def moved_gap(who: Fit, hours: Fit, held: str, shifts: tuple[np.ndarray, np.ndarray]) -> float:
    moved = [fit.replaced(coefficients=fit.coefficients + shift) for fit, shift in zip((who, hours), shifts, strict=True)]
    return standardised_gap(moved[1], participation=held, participating=moved[0]).gap_hours  # type: ignore[arg-type]


def test_the_jackknifed_error_of_two_models_follows_both_leave_one_out_estimates_at_once(panel: Panel) -> None:
    """Without a block group both models move together: the gap is followed along each joint move, by central differences of a thousandth of it."""
    who, hours = fitted(panel, errors=("cr3",))
    found = standardised_gap(hours, participation="redrawn", participating=who)
    slopes = []
    for one, other in zip(who.errors[0].shifts, hours.errors[0].shifts, strict=True):  # type: ignore[arg-type]
        up, down = (moved_gap(who, hours, "redrawn", (sign * one, sign * other)) for sign in (1e-3, -1e-3))
        slopes.append((up - down) / 2e-3)
    assert found.std_error == pytest.approx(np.sqrt(24.0 / 25.0 * np.sum(np.square(slopes))), rel=1e-6)


def test_each_convention_shares_what_its_own_clusters_share(panel: Panel) -> None:
    """Two cluster columns: the second convention's error is what it is where its column is the only one."""
    table = {**panel.columns(), "half": np.arange(panel.n) % 40}
    formulas = {"logit": f"participation ~ {' + '.join(WHO.terms)}", "negative_binomial": "restoration_hours ~ minority_share * participation"}

    def gap(errors: dict[str, str | None], convention: str) -> float:
        who, hours = (equity.fit(formula, table, family=family, errors=errors) for family, formula in formulas.items())
        return standardised_gap(hours, participation="redrawn", participating=who, errors=convention).std_error

    both: dict[str, str | None] = {"cr0": "block_group", "cr1": "half"}
    assert gap(both, "cr1") == gap({"cr1": "half"}, "cr1")
    assert gap(both, "cr0") == gap({"cr0": "block_group"}, "cr0")


def test_the_bootstrap_draws_the_clusters_of_the_first_convention_that_has_some(panel: Panel) -> None:
    table = {**panel.columns(), "half": np.arange(panel.n) % 40}

    def gap(errors: dict[str, str | None]) -> float:
        return bootstrapped_gap(equity.fit("restoration_hours ~ minority_share", table, errors=errors), draws=99).std_error

    assert gap({"observed": "block_group", "cr1": "half"}) == gap({"cr1": "half"})
    assert gap({"cr1": "half"}) != gap({"cr1": "block_group"})


def test_two_models_that_know_other_clusters_are_refused_in_words(panel: Panel, fits: tuple[Fit, Fit]) -> None:
    table = {**panel.columns(), "half": np.arange(panel.n) % 40}
    who = equity.fit("participation ~ minority_share", table, family="logit", errors={"cr1": "half"})
    with pytest.raises(DesignUnusable, match="cr1 was expected by the same clusters in both models, and it is by 'block_group' and by 'half'"):
        standardised_gap(fits[1], participation="redrawn", participating=who)
    with pytest.raises(DesignUnusable, match="know the clusters 'block_group', and the model of 'participation' does not"):
        bootstrapped_gap(fits[1], participation="redrawn", participating=who)


def test_a_term_without_an_error_leaves_the_gaps_that_do_not_use_it() -> None:
    """All minority households that reported live in one block group: where nobody reports, that says nothing."""
    table = household_table(900, blocks=25).to_pydict()
    lonely = (np.array(table["minority_share"]) > 0.0) & (np.array(table["participation"]) == 1.0)
    table["block_group"] = np.where(lonely, "120730000000", np.array(table["block_group"]))
    fit = equity.fit("restoration_hours ~ minority_share * participation + house_age", table, errors={"cr3": "block_group"})
    found = standardised_gap(fit, participation="nobody")
    known = np.isfinite(np.diag(fit.covariance()))
    assert fit.names[int(np.flatnonzero(~known)[0])] == "minority_share:participation"
    assert known.sum() == 4
    x = [fit.design.matrix_with({"participation": 0.0, "minority_share": value}) for value in (1.0, 0.0)]
    one, two = (np.mean(fit.mean_at(fit.linear_predictor(rows))[:, None] * rows, axis=0) for rows in x)
    slope = (one - two)[known]
    assert found.std_error == pytest.approx(np.sqrt(slope @ fit.covariance()[np.ix_(known, known)] @ slope), rel=1e-9)
    assert found.percent_low < found.gap_percent < found.percent_high
    assert np.isnan(standardised_gap(fit, participation="everybody").std_error)


@pytest.mark.parametrize("draws", [-5, 0, 1, 98])
def test_so_few_draws_that_an_interval_rests_on_none_are_refused(panel: Panel, draws: int) -> None:
    plain = fit_model(panel, UNADJUSTED_MODEL, errors={"hc1": None})
    with pytest.raises(DesignUnusable, match=f"at least 99 draws was expected, and {draws} came"):
        bootstrapped_gap(plain, draws=draws)
    with pytest.raises(DesignUnusable, match=f"at least 99 draws was expected, and {draws} came"):
        equity.fit("restoration_hours ~ minority_share", panel.columns(), errors={"bootstrap": "block_group"}, draws=draws)


def test_a_level_that_is_no_share_is_refused(fits: tuple[Fit, Fit]) -> None:
    for gap in (standardised_gap, bootstrapped_gap):
        with pytest.raises(DesignUnusable, match="a level of confidence above 0 and below 1 was expected"):
            gap(fits[1], participation="fixed", level=95.0)
