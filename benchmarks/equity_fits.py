"""What do the estimators cost, beside statsmodels' Newton and beside a bare pass over the same rows?

Compilation and imports are left out, the cache is warm; figures are the least of several runs in CPU seconds of this process, with the wall beside.
Run: `python benchmarks/equity_fits.py [--quick]`.
"""

from __future__ import annotations

import argparse
import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import statsmodels.api as sm

from benchmarks.least_spent import least
from evenhand import equity
from evenhand.equity.likelihoods import compiled_kernels
from evenhand.studies.five_models import fit_five_models
from evenhand.twin.panel import PanelRecipe, synthetic_panel

EIGHT = ("minority_share", "participation", "community_participation", "house_age", "median_income", "log_population_density", "education")


def arrays(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    panel = synthetic_panel(PanelRecipe(households=n, block_groups=200, share_taking_part=0.05), seed)
    x = np.column_stack([np.ones(n), *(panel[name].astype(np.float64) for name in EIGHT)])
    return panel["restoration_hours"].astype(np.float64), x, np.unique(panel["block_group"], return_inverse=True)[1]


def beside_statsmodels(times: int) -> tuple[str, bool]:
    y, x, area = arrays(82_000)
    names = ("Intercept", *EIGHT)

    def ours() -> equity.Fit:
        return equity.fit_arrays(y, x, names, errors={"cr1": "area"}, clusters={"area": area})

    def theirs() -> Any:
        # from its own default start, to a step that changes the last digits only: what a careful user asks of it
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options = {"cov_type": "cluster", "cov_kwds": {"groups": area}}
            poisson = sm.Poisson(y, x).fit(method="newton", disp=0)
            start = np.append(poisson.params, 0.2)
            return sm.NegativeBinomial(y, x).fit(start_params=start, method="newton", disp=0, maxiter=100, tol=1e-12, **options)

    fit, reference = ours(), theirs()
    apart = float(np.max(np.abs(fit.coefficients - reference.params[:8]) / np.sqrt(np.diag(fit.covariance()))))
    mine, other = least(ours, times), least(theirs, 2)
    ratio = other.cpu / mine.cpu
    measured = f"{ratio:.0f}× ({mine.cpu * 1e3:.0f} ms against {other.cpu:.2f} s CPU; estimates {apart:.0e} errors apart)"
    return f"| NB2 with cr1, 82,000 × 8, against statsmodels' Newton | ≥ 20× | {measured} |", ratio >= 20.0 and apart < 1e-6


def one_million(times: int) -> tuple[str, bool]:
    y, x, area = arrays(1_000_000)
    names = ("Intercept", *EIGHT)

    def ours() -> object:
        return equity.fit_arrays(y, x, names, errors={"cr1": "area"}, clusters={"area": area})

    def bare() -> object:
        return x.sum(axis=0), y.sum()

    few = slice(0, None, 20)
    equity.fit_arrays(y[few], x[few], names, errors={"cr1": "area"}, clusters={"area": area[few]})
    extra = peak_extra_mb(ours)
    spent, scan = least(ours, times), least(bare, times)
    words = f"{spent.cpu:.2f} s CPU, {spent.wall:.2f} s wall, + {extra:.0f} MB (bare sums of the columns {scan.cpu * 1e3:.0f} ms)"
    road = "compiled" if compiled_kernels else "NumPy"
    return f"| NB2 with cr1, one million rows × 8, {road} | ≤ 0.5 s CPU, + ≤ 50 MB | {words} |", spent.cpu <= 0.5 and extra <= 50.0


def peak_extra_mb(run: Callable[[], object]) -> float:
    """How much memory the arrays of one run take at their highest, as NumPy reports its allocations; what kernels hold themselves is a few kB."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def five_models(convention: str, bar: float, times: int) -> tuple[str, bool]:
    table = synthetic_panel(PanelRecipe(households=82_000, block_groups=200, share_taking_part=0.05, hours_step=0.5), 1)
    panel = equity.panel_of(pa.table(table))

    def run() -> None:
        fits = list(fit_five_models(panel, errors=[convention]).fits.values())
        for fit in fits:
            fit.tidy(ratios=True)
            fit.glance()
        str(equity.compare(fits))
        str(equity.compare(fits, scale="ratio"))

    run()
    spent = least(run, times)
    what = f"| all five models and tables, 82,000 rows, 200 clusters, {'exact ' if convention == 'cr3' else ''}{convention} "
    return f"{what}| ≤ {bar:g} s CPU | {spent.cpu:.2f} s CPU, {spent.wall:.2f} s wall |", spent.cpu <= bar


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one run of each")
    times = 1 if arguments.parse_args().quick else 5
    rows = [beside_statsmodels(times), one_million(times), five_models("cr1", 1.0, times), five_models("cr3", 10.0, min(times, 2))]
    for row, _ in rows:
        print(row, flush=True)
    return 0 if all(held for _, held in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
