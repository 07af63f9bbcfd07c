"""What do the estimators cost, beside statsmodels' Newton and beside a bare pass over the same rows?

Compilation and imports are left out, the cache is warm; figures are the least of several runs in CPU seconds of this process, with the wall beside.
"All five models and tables" is all that `evenhand study fit` works out and writes but its drawings: both presets, the gap of the city, the verdicts,
model 3 in other units and by log-normal hours, as JSON, HTML, Markdown and LaTeX. Run: `python -m benchmarks.equity_fits [--quick]`.
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
from benchmarks.measured_tables import print_row
from evenhand import equity
from evenhand.cli.study import table_files
from evenhand.equity.likelihoods import compiled_kernels
from evenhand.equity.verdicts import MARGIN
from evenhand.studies.five_models import StudyFits, fit_five_models
from evenhand.twin.panel import PanelRecipe, synthetic_panel

EIGHT = ("minority_share", "participation", "community_participation", "house_age", "median_income", "log_population_density", "education")


def arrays(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    panel = synthetic_panel(PanelRecipe(households=n, block_groups=200, share_taking_part=0.05), seed)
    x = np.column_stack([np.ones(n), *(panel[name].astype(np.float64) for name in EIGHT)])
    return panel["restoration_hours"].astype(np.float64), x, np.unique(panel["block_group"], return_inverse=True)[1]


def beside_statsmodels(times: int) -> bool:
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
    what = "NB2 with cr1, 82,000 × 8, against statsmodels' Newton"
    return print_row(what, "≥ 20×, ≤ 1e-8 errors apart", measured, ratio >= 20.0 and apart <= 1e-8)


def one_million(times: int) -> bool:
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
    return print_row(f"NB2 with cr1, one million rows × 8, {road}", "≤ 0.5 s CPU, + ≤ 50 MB", words, spent.cpu <= 0.5 and extra <= 50.0)


def peak_extra_mb(run: Callable[[], object]) -> float:
    """How much memory the arrays of one run take at their highest, as NumPy reports its allocations; what kernels hold themselves is a few kB."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def five_models(convention: str, bar: float, times: int) -> bool:
    table = synthetic_panel(PanelRecipe(households=82_000, block_groups=200, share_taking_part=0.05, hours_step=0.5), 1)
    panel = equity.panel_of(pa.table(table))

    def models() -> StudyFits:
        return fit_five_models(panel, errors=[convention])

    def run() -> None:
        main = models()
        table_files(panel, main, fit_five_models(panel, preset="xu_tang_2020", known=main), margin=MARGIN)

    run()
    spent, alone = least(run, times), least(models, times)
    what = f"all five models and tables, 82,000 rows, 200 clusters, {'exact ' if convention == 'cr3' else ''}{convention}"
    words = f"{spent.cpu:.2f} s CPU, {spent.wall:.2f} s wall (the five models alone {alone.cpu:.2f} s CPU)"
    return print_row(what, f"≤ {bar:g} s CPU", words, spent.cpu <= bar)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="one run of each")
    times = 1 if arguments.parse_args().quick else 5
    held = [beside_statsmodels(times), one_million(times), five_models("cr1", 1.0, times), five_models("cr3", 10.0, min(times, 2))]
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
