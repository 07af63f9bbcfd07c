"""Survival models beside lifelines and statsmodels (independent implementations) and beside person-periods written out row by row.

Tolerances: estimates 1e-8 of a standard error where the reference iterates to the end (statsmodels, and ours); 1e-5 relative where the reference
stops earlier by its own rule (lifelines' numerical optimiser of the log-normal model).
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import integrate, stats

from evenhand.equity.kaplan_meier import restricted_mean, survival_curve
from evenhand.equity.person_period import fit_person_period, periods_of
from evenhand.equity.survival_cox import fit_cox
from evenhand.equity.survival_hours import Setting, lognormal_hours, person_period_hours
from evenhand.equity.survival_lognormal import fit_lognormal

Floats = NDArray[np.float64]
TERMS = ("minority_share", "house_age")


class Outages(NamedTuple):
    hours: Floats
    restored: NDArray[np.bool_]
    reported: Floats
    design: Floats
    blocks: NDArray[np.int64]


@pytest.fixture(scope="module")
def outages() -> Outages:
    """300 synthetic outages on half-hours, tied and censored, in 20 block groups that wait together."""
    rng = np.random.default_rng(8311)
    n = 300
    design = np.column_stack([rng.uniform(size=n), rng.normal(size=n)])
    blocks = rng.integers(0, 20, n)
    hours = np.exp(2.5 + design @ [0.3, -0.2] + 0.3 * rng.normal(size=20)[blocks] + 0.6 * rng.normal(size=n))
    hours = np.ceil(2.0 * hours) / 2.0
    until = np.ceil(rng.uniform(5.0, 60.0, n))
    reported = np.where(rng.random(n) < 0.4, np.round(rng.exponential(6.0, n), 2), np.nan)
    return Outages(np.minimum(hours, until), hours <= until, reported, design, blocks)


def as_frame(outages: Outages) -> pd.DataFrame:
    frame = pd.DataFrame(outages.design, columns=list(TERMS))
    return frame.assign(hours=outages.hours, restored=outages.restored, block=outages.blocks)


def test_the_curve_and_its_greenwood_error_equal_those_of_lifelines(outages: Outages) -> None:
    lifelines = pytest.importorskip("lifelines", reason="lifelines is not installed: R's stored output stands alone")
    fitted = lifelines.KaplanMeierFitter().fit(outages.hours, outages.restored)
    ours = survival_curve(outages.hours, outages.restored)
    theirs = fitted.survival_function_["KM_estimate"].reindex(ours.hours).to_numpy()
    assert ours.share_out == pytest.approx(theirs, abs=1e-12)
    bounds = fitted.confidence_interval_.reindex(ours.hours).to_numpy()
    assert np.column_stack([ours.low, ours.high]) == pytest.approx(bounds, abs=1e-9)
    area = lifelines.utils.restricted_mean_survival_time(fitted, t=40.0)
    assert restricted_mean(outages.hours, outages.restored, horizon_hours=40.0).mean_hours == pytest.approx(area, abs=1e-9)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_hazard_ratios_equal_those_of_statsmodels(outages: Outages, ties: Any) -> None:
    ours = fit_cox(outages.hours, outages.restored, outages.design, TERMS, ties=ties)
    theirs = sm.PHReg(outages.hours, outages.design, status=outages.restored, ties=ties).fit()
    assert np.abs(ours.estimates - theirs.params).max() < 1e-8 * theirs.bse.min()
    assert ours.std_errors() == pytest.approx(theirs.bse, rel=1e-9)
    assert ours.loglik == pytest.approx(theirs.llf, abs=1e-8)


def test_clustered_errors_of_hazard_ratios_equal_those_of_statsmodels(outages: Outages) -> None:
    ours = fit_cox(outages.hours, outages.restored, outages.design, TERMS, clusters=outages.blocks, ties="breslow")
    theirs = sm.PHReg(outages.hours, outages.design, status=outages.restored, ties="breslow").fit(groups=outages.blocks)
    assert ours.std_errors("cr1") == pytest.approx(theirs.bse * np.sqrt(20 / 19), rel=1e-6)


def efron_score(outages: Outages, beta: Floats, weight: Floats) -> Floats:
    """Score of Efron's likelihood with case weights (Therneau & Grambsch, section 3.3): those of a tie who leave share their mean weight."""
    risk = weight * np.exp(outages.design @ beta)
    score = np.zeros(beta.size)
    for time in np.unique(outages.hours[outages.restored]):
        at_risk, leaving = outages.hours >= time, (outages.hours == time) & outages.restored
        d = int(leaving.sum())
        score += weight[leaving] @ outages.design[leaving]
        for nth in range(d):
            left = risk * (at_risk - nth / d * leaving)
            score -= weight[leaving].mean() * (left @ outages.design) / left.sum()
    return score


def test_efrons_clustered_errors_are_the_infinitesimal_jackknife_of_the_weighted_score(outages: Outages) -> None:
    # No independent package agrees with another here, so the definition is differentiated: central differences of step 1e-6 carry about 1e-9.
    ours = fit_cox(outages.hours, outages.restored, outages.design, TERMS, clusters=outages.blocks)
    scores = []
    for block in range(20):
        up, down = (1.0 + sign * 1e-6 * (outages.blocks == block) for sign in (1, -1))
        scores.append((efron_score(outages, ours.estimates, up) - efron_score(outages, ours.estimates, down)) / 2e-6)
    bread = ours.covariances["observed"]
    expected = 20 / 19 * bread @ (np.stack(scores).T @ np.stack(scores)) @ bread
    assert ours.covariances["cr1"] == pytest.approx(expected, rel=1e-6)


def test_time_ratios_equal_those_of_lifelines(outages: Outages) -> None:
    lifelines = pytest.importorskip("lifelines", reason="lifelines is not installed: R's stored output stands alone")
    frame = as_frame(outages).drop(columns="block")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lifelines.LogNormalAFTFitter().fit(frame, "hours", "restored")
    ours = fit_lognormal(outages.hours, outages.restored, outages.design, TERMS)
    order = [("mu_", "Intercept"), *(("mu_", term) for term in TERMS), ("sigma_", "Intercept")]
    assert ours.estimates == pytest.approx(theirs.params_.loc[order].to_numpy(), abs=1e-5)
    assert ours.std_errors() == pytest.approx(theirs.standard_errors_.loc[order].to_numpy(), rel=1e-4)
    assert ours.loglik == pytest.approx(theirs.log_likelihood_, abs=1e-6)


def test_without_censoring_time_ratios_are_least_squares_of_the_logarithm(outages: Outages) -> None:
    hours = np.exp(outages.design @ [0.4, 0.1] + np.random.default_rng(1).normal(size=300))
    ours = fit_lognormal(hours, np.ones(300, dtype=bool), outages.design, TERMS)
    theirs = sm.OLS(np.log(hours), sm.add_constant(outages.design)).fit()
    assert ours.estimates[:-1] == pytest.approx(theirs.params, abs=1e-10)
    assert ours.ancillary["sigma"] ** 2 == pytest.approx(theirs.ssr / 300)


def written_out(outages: Outages, block_ends: NDArray[np.int64]) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """One row a household and period, as textbooks write it: baseline dummies, columns, reported, reported × minority."""
    periods = periods_of(outages.hours, outages.restored, outages.reported, 1.0)
    rows, ended, blocks = [], [], []
    for i in range(outages.hours.size):
        for period in range(1, int(periods.at_risk[i]) + 1):
            reported = float(period - 1 >= outages.reported[i])
            baseline = np.eye(block_ends.size)[np.searchsorted(block_ends, period)]
            rows.append([*baseline, *outages.design[i], reported, reported * outages.design[i, 0]])
            ended.append(float(outages.restored[i] and period == periods.at_risk[i]))
            blocks.append(outages.blocks[i])
    return np.array(rows), np.array(ended), np.array(blocks)


@pytest.mark.parametrize("block_ends", [[4, 8, 15, 60], [*range(3, 30), 60]], ids=["four blocks", "nearly a block a period"])
@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_the_likelihood_is_that_of_person_periods_written_out(outages: Outages, link: Any, block_ends: list[int]) -> None:
    ours = fit_person_period(
        outages.hours,
        outages.restored,
        outages.reported,
        outages.design,
        TERMS,
        exposed_with=["minority_share"],
        clusters=outages.blocks,
        link=link,
        period_hours=1.0,
        block_ends=np.array(block_ends),
    )
    x, y, groups = written_out(outages, ours.block_ends)
    family = sm.families.Binomial(sm.families.links.Logit() if link == "logit" else sm.families.links.CLogLog())
    theirs = sm.GLM(y, x, family=family).fit(tol=1e-14, maxiter=300)
    found = np.append(ours.baseline, ours.coefficients.estimates)
    assert ours.n_person_periods == y.size
    assert np.abs(found - theirs.params).max() < 1e-8 * theirs.bse.min()
    assert ours.coefficients.loglik == pytest.approx(theirs.llf, abs=1e-7)
    if link == "logit":  # observed and expected information are the same only under the canonical link
        clustered = sm.GLM(y, x, family=family).fit(tol=1e-14, maxiter=300, cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
        assert np.sqrt(np.diag(ours.joint["observed"])) == pytest.approx(theirs.bse, rel=1e-8)
        assert np.sqrt(np.diag(ours.joint["cr1"])) == pytest.approx(clustered.bse * np.sqrt(20 / 19), rel=1e-8)


def test_leaving_a_block_out_by_one_step_is_close_to_leaving_it_out(outages: Outages) -> None:
    whole = fit_lognormal(outages.hours, outages.restored, outages.design, TERMS, clusters=outages.blocks)
    steps = []
    for block in range(20):
        kept = outages.blocks != block
        steps.append(fit_lognormal(outages.hours[kept], outages.restored[kept], outages.design[kept], TERMS).estimates - whole.estimates)
    exact = np.sqrt(np.diag(19 / 20 * np.stack(steps).T @ np.stack(steps)))
    assert whole.std_errors("cr3_one_step") == pytest.approx(exact, rel=0.03)  # one step of 20 blocks: within 3 %


def test_lognormal_hours_are_the_integral_of_the_survivor_function(outages: Outages) -> None:
    fit = fit_lognormal(outages.hours, outages.restored, outages.design, TERMS)
    one, none = (np.column_stack([np.full(300, share), outages.design[:, 1]]) for share in (1.0, 0.0))
    found = lognormal_hours(fit, Setting("minority", one), Setting("others", none), horizon_hours=40.0)

    def city_mean(design: Floats) -> float:
        mu = fit.estimates[0] + design @ fit.estimates[1:-1]

        def still_out(hours: float) -> Floats:
            return np.asarray(stats.norm.sf((np.log(hours) - mu) / fit.ancillary["sigma"]))

        area, _ = integrate.quad_vec(still_out, 1e-12, 40.0, epsabs=1e-10)
        return float(area.mean())

    assert found.gap_hours == pytest.approx(city_mean(one) - city_mean(none), abs=1e-7)


def test_person_period_hours_are_the_product_of_chances_summed_period_by_period(outages: Outages) -> None:
    fit = fit_person_period(outages.hours, outages.restored, outages.reported, outages.design, TERMS, exposed_with=["minority_share"], link="logit")
    design, reported = outages.design[:5], np.array([np.nan, 0.0, 3.2, 10.0, 50.0])
    found = person_period_hours(fit, Setting("as reported", design, reported), Setting("nobody reports", design), horizon_hours=20.0)

    def mean_hours(reports: Floats) -> float:
        total = 0.0
        for x, report in zip(design, reports, strict=True):
            alive = 1.0
            for period in range(1, 41):
                level = fit.baseline[np.searchsorted(fit.block_ends, period)]
                after = float((period - 1) * 0.5 >= report)
                eta = level + np.append(x, [after, after * x[0]]) @ fit.coefficients.estimates
                chance = 1.0 / (1.0 + np.exp(-eta))
                total += 0.5 * (alive + alive * (1.0 - chance)) / 2.0
                alive *= 1.0 - chance
        return total / 5.0

    assert found.hours == pytest.approx(mean_hours(reported), abs=1e-10)
    assert found.reference_hours == pytest.approx(mean_hours(np.full(5, np.nan)), abs=1e-10)


def test_immortal_time_is_gone() -> None:
    """Reports without effect in 20,000 synthetic outages: a fixed flag finds a longer wait, the time-varying one nothing within 3 errors."""
    rng = np.random.default_rng(11)
    hours = rng.exponential(20.0, 20_000)
    intends = np.where(rng.random(20_000) < 0.3, rng.exponential(15.0, 20_000), np.nan)
    reported = np.where(intends < hours, intends, np.nan)
    everybody = np.ones(20_000, dtype=bool)
    age = rng.normal(size=(20_000, 1))
    flag = fit_cox(hours, everybody, np.column_stack([age[:, 0], ~np.isnan(reported)]), ["house_age", "reported"]).tidy()[1]
    moving = fit_person_period(hours, everybody, reported, age, ["house_age"]).coefficients.tidy()[1]
    assert flag.conf_high < -0.2
    assert abs(moving.statistic) < 3.0
