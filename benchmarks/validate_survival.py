"""Do the survival estimators and the city's gap hold what they say? Beside independent implementations, and in simulations with known truth.

Run: `python -m benchmarks.validate_survival --replications 400`.
"""

from __future__ import annotations

import argparse
import math
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.many_panels import monte_carlo
from benchmarks.measured_tables import print_row
from evenhand.equity.fitting import fit_arrays
from evenhand.equity.kaplan_meier import restricted_mean_gap
from evenhand.equity.person_period import fit_person_period, periods_of
from evenhand.equity.standardised_gaps import standardised_gap
from evenhand.equity.survival_cox import fit_cox
from evenhand.equity.survival_lognormal import fit_lognormal

Floats = NDArray[np.float64]
HOUSEHOLDS, BLOCKS = 82_000, 200
# Shares of runs, each bar widened by what so many runs leave uncertain.
COVERAGE = (0.93, 0.97)
MOST_FALSE = 0.08
# Of the time-varying hazard ratio where reports do nothing.
NO_EFFECT = (0.95, 1.05)


class Row(NamedTuple):
    """What was measured beside its bar, and whether it holds; a bar of "–" is none."""

    what: str
    bar: str
    measured: str
    holds: bool = True


def at_most(what: str, most: float, found: float) -> Row:
    """A distance to another implementation, in standard errors."""
    return Row(what, f"≤ {most:.0e} errors".replace("e-0", "e-"), f"{found:.0e}", found <= most)


def coverage(what: str, share: float, measured: str, runs: int) -> Row:
    """The share of intervals that hold the truth."""
    low, high = COVERAGE
    edge = monte_carlo(0.95, runs)
    return Row(what, f"{low:.0%} – {high:.0%}", measured, low - edge <= share <= high + edge)


class Outages(NamedTuple):
    hours: Floats
    restored: NDArray[np.bool_]
    reported: Floats
    design: Floats
    blocks: NDArray[np.int64]


def lognormal_outages(rng: np.random.Generator, n: int, blocks: int, *, effect: float = 0.1, spread: float = 0.3) -> Outages:
    """Hours with a shared effect of the block group; the first column varies by household, the second by block group and does nothing."""
    block = rng.integers(0, blocks, n)
    design = np.column_stack([rng.uniform(size=n), rng.normal(size=blocks)[block]])
    hours = np.exp(4.0 + effect * design[:, 0] + spread * rng.normal(size=blocks)[block] + 0.5 * rng.normal(size=n))
    until = rng.uniform(60.0, 200.0, n)
    reported = np.where(rng.random(n) < 0.2, rng.exponential(30.0, n), np.nan)
    return Outages(np.minimum(hours, until), hours <= until, reported, design, block)


def beside_references() -> list[Row]:
    import lifelines
    import statsmodels.api as sm

    one = lognormal_outages(np.random.default_rng(8311), 2000, 60)
    half_hours = one._replace(hours=np.ceil(one.hours * 2.0) / 2.0)
    terms = ["minority_share", "area"]
    cox = fit_cox(half_hours.hours, one.restored, one.design, terms)
    hazards = sm.PHReg(half_hours.hours, one.design, status=one.restored, ties="efron").fit()
    lognormal = fit_lognormal(one.hours, one.restored, one.design, terms)
    frame = {"a": one.design[:, 0], "b": one.design[:, 1], "hours": one.hours, "restored": one.restored}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd

        times = lifelines.LogNormalAFTFitter().fit(pd.DataFrame(frame), "hours", "restored")
    theirs = times.params_.loc[[("mu_", "Intercept"), ("mu_", "a"), ("mu_", "b"), ("sigma_", "Intercept")]].to_numpy()
    apart = _distance(lognormal.estimates, theirs, lognormal.std_errors())
    return [
        at_most("Cox, 2,000 tied outages: largest distance to statsmodels", 1e-8, _distance(cox.estimates, hazards.params, hazards.bse)),
        at_most("Log-normal, 2,000 outages: largest distance to lifelines", 1e-3, apart),
        at_most("Person-periods written out: largest distance to statsmodels", 1e-8, _written_out()),
    ]


def _distance(ours: Floats, theirs: Floats, errors: Floats) -> float:
    return float(np.max(np.abs(ours - theirs) / errors))


def _written_out() -> float:
    import statsmodels.api as sm

    one = lognormal_outages(np.random.default_rng(1), 400, 30)
    ends = np.array([20, 40, 60, 90, 200])
    fit = fit_person_period(one.hours, one.restored, one.reported, one.design, ["a", "b"], link="logit", period_hours=1.0, block_ends=ends)
    periods = periods_of(one.hours, one.restored, one.reported, 1.0)
    household = np.repeat(np.arange(400), periods.at_risk)
    period = np.concatenate([np.arange(1, count + 1) for count in periods.at_risk])
    x = np.column_stack([
        np.eye(fit.block_ends.size)[np.searchsorted(fit.block_ends, period)], one.design[household], period > periods.unexposed[household],
    ])  # fmt: skip
    y = one.restored[household] & (period == periods.at_risk[household])
    theirs = sm.GLM(y.astype(float), x, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    return _distance(np.append(fit.baseline, fit.coefficients.estimates), theirs.params, theirs.bse)


def at_the_size_of_a_city() -> list[Row]:
    one = lognormal_outages(np.random.default_rng(2), HOUSEHOLDS, BLOCKS)
    terms = ["minority_share", "area"]

    def person_period() -> Any:
        return fit_person_period(one.hours, one.restored, one.reported, one.design, terms, exposed_with=["minority_share"], clusters=one.blocks)

    seconds, fit = _cpu_seconds(person_period)
    tracemalloc.start()
    person_period()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    cox, _ = _cpu_seconds(lambda: fit_cox(np.ceil(one.hours * 2) / 2, one.restored, one.design, terms, clusters=one.blocks))
    lognormal, _ = _cpu_seconds(lambda: fit_lognormal(one.hours, one.restored, one.design, terms, clusters=one.blocks))
    size = f"{HOUSEHOLDS:,} households, {BLOCKS} block groups"
    return [
        Row(f"Person-period, {size}", "–", f"{seconds:.1f} s CPU for {fit.n_person_periods:,} person-periods, at most {peak:,.0f} MB above the data"),
        Row(f"Cox with ties and errors by cluster, {size}", "–", f"{cox:.1f} s CPU"),
        Row(f"Log-normal with cr3_one_step, {size}", "–", f"{lognormal:.1f} s CPU"),
    ]


def _cpu_seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = run()
    return time.process_time() - began, result


def simulated(replications: int) -> list[Row]:
    """Coverage of 95 % intervals and false positives, with known truth; 1,500 households in 60 block groups a run."""
    found: dict[str, list[bool]] = {"cr1": [], "cr3_one_step": [], "area cr1": [], "area cr3_one_step": [], "restricted mean": [], "gap": []}
    for seed in range(replications):
        rng = np.random.default_rng([8311, seed])
        one = lognormal_outages(rng, 1500, 60)
        fit = fit_lognormal(one.hours, one.restored, one.design, ["minority_share", "area"], clusters=one.blocks)
        for errors in ("cr1", "cr3_one_step"):
            _, household, area, _ = fit.tidy(errors=errors)
            found[errors].append(household.conf_low <= 0.1 <= household.conf_high)
            found[f"area {errors}"].append(area.p_value < 0.05)
        no_gap = restricted_mean_gap(one.hours, one.restored, rng.random(1500) < 0.3, horizon_hours=55.0, clusters=one.blocks)
        found["restricted mean"].append(no_gap.conf_low <= 0.0 <= no_gap.conf_high)
        found["gap"].append(_gap_holds(rng))
    share = {name: float(np.mean(values)) for name, values in found.items()}
    known = f"{replications} runs, ±{100 * monte_carlo(0.95, replications):.1f} points"
    by_household, by_area = (f"{share[name + 'cr3_one_step']:.1%} ({share[name + 'cr1']:.1%}); {known}" for name in ("", "area "))
    intervals = "95 % intervals that hold"
    mean, gap = share["restricted mean"], share["gap"]
    most, false_ones = MOST_FALSE + monte_carlo(MOST_FALSE, replications), share["area cr3_one_step"]
    of_areas = "Log-normal, term of 60 areas that does nothing: found at 5 %, cr3_one_step (cr1)"
    return [
        coverage(f"Log-normal, household term: {intervals}, cr3_one_step (cr1)", share["cr3_one_step"], by_household, replications),
        Row(of_areas, f"≤ {most:.1%}", by_area, false_ones <= most),
        coverage(f"Restricted mean gap of 0, by cluster: {intervals}", mean, f"{mean:.1%}; {known}", replications),
        coverage(f"City's gap in hours, participation fixed, cr3: {intervals}", gap, f"{gap:.1%}; {known}", replications),
    ]


def _gap_holds(rng: np.random.Generator, n: int = 1500, blocks: int = 60) -> bool:
    """Hours from NB2 with a block group's effect: does the interval of the standardised gap hold the truth, worked out with the true coefficients?"""
    block = rng.integers(0, blocks, n)
    minority, age, reports = rng.uniform(size=n), rng.normal(size=n), (rng.random(n) < 0.3).astype(np.float64)
    x = np.column_stack([np.ones(n), minority, reports, minority * reports, age])
    beta, spread = np.array([4.0, 0.1, -0.07, -0.26, 0.1]), 0.2
    mean = np.exp(x @ beta + spread * rng.normal(size=blocks)[block])
    hours = rng.poisson(rng.gamma(5.0, mean / 5.0)).astype(np.float64)
    names = ("Intercept", "minority_share", "participation", "minority_share:participation", "age")
    fit = fit_arrays(hours, x, names, errors={"cr3": "block"}, clusters={"block": block})
    found = standardised_gap(fit, participation="fixed")
    ones, none = (x @ beta * 1.0 for _ in range(2))
    ones += (1.0 - minority) * (beta[1] + beta[3] * reports)
    none -= minority * (beta[1] + beta[3] * reports)
    truth = float(np.mean(np.exp(ones + spread**2 / 2.0) - np.exp(none + spread**2 / 2.0)))
    return found.conf_low <= truth <= found.conf_high


def immortal_time(replications: int) -> list[Row]:
    """Reports without any effect: what a fixed flag finds, and what the time-varying one does."""
    flags, moving, holds = [], [], []
    for seed in range(replications):
        rng = np.random.default_rng([11, seed])
        hours, age = rng.exponential(40.0, 2000), rng.normal(size=(2000, 1))
        intends = np.where(rng.random(2000) < 0.3, rng.exponential(20.0, 2000), np.nan)
        reported = np.where((intends < hours) & (intends < 48.0), intends, np.nan)
        everybody = np.ones(2000, dtype=bool)
        flags.append(fit_cox(hours, everybody, np.column_stack([age[:, 0], ~np.isnan(reported)]), ["age", "reported"]).estimates[1])
        row = fit_person_period(hours, everybody, reported, age, ["age"]).coefficients.tidy()[1]
        moving.append(row.estimate)
        holds.append(row.conf_low <= 0.0 <= row.conf_high)
    fixed, varying, held = math.exp(np.mean(flags)), math.exp(np.mean(moving)), float(np.mean(holds))
    low, high = NO_EFFECT
    words = f"hazard ratio {varying:.2f} with time-varying participation, {fixed:.2f} by a fixed flag"
    return [
        Row("Reports that do nothing, 2,000 households", f"{low:.2f} – {high:.2f} time-varying", words, low <= varying <= high),
        coverage("The same: 95 % intervals of the time-varying effect that hold 0", held, f"{held:.1%}; {replications} runs", replications),
    ]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--replications", type=int, default=400, help="runs of each simulation")
    chosen = arguments.parse_args()
    held = []
    for name, part in (
        ("references", beside_references),
        ("a city", at_the_size_of_a_city),
        ("simulations", partial(simulated, chosen.replications)),
        ("immortal time", partial(immortal_time, chosen.replications)),
    ):
        began = time.perf_counter()
        held += [print_row(*row) for row in part()]
        print(f"  ({name}: {time.perf_counter() - began:.0f} s)", flush=True)
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
