"""What do the diagnostics of the models cost beside the five fits that they look at?

A synthetic city of 82,000 households in 200 block groups, half-hourly, some still out; all checks but the slow one (`--thorough`). The fits
are made before and timed apart; the same run times a bare pass of sums over the matrices of the five models. Compilation and imports are left out,
figures are the least of three runs, in CPU seconds of this process with the wall beside. Run: `python -m benchmarks.study_model_diagnostics`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from benchmarks.least_spent import least
from evenhand.equity.panel_reading import Panel, panel_of
from evenhand.equity.verdicts import MARGIN
from evenhand.studies.diagnostics.model import CHECKS, model_diagnostics
from evenhand.studies.diagnostics.model_words import Asked
from evenhand.studies.five_models import StudyFits, fit_five_models
from evenhand.twin.panel import PanelRecipe, synthetic_panel

BAR_CPU_SECONDS = 3.0
TIMES = 3


def city() -> Panel:
    columns = synthetic_panel(PanelRecipe(households=82_000, block_groups=200, share_taking_part=0.0085, hours_step=0.5), 1)
    out = np.random.default_rng(1).random(82_000) < 0.01
    return panel_of(pa.table({**columns, "status": np.where(out, "still_out", "restored")}))


def all_checks(panel: Panel, study: StudyFits) -> tuple[str, bool]:
    model_diagnostics(panel, study)
    spent = least(lambda: model_diagnostics(panel, study))

    def bare() -> object:
        return [fit.design.x.T @ fit.design.x for fit in study.fits.values()]

    scan = least(bare)
    measured = f"{spent.cpu:.2f} s CPU, {spent.wall:.2f} s wall (bare products of the five matrices {scan.cpu * 1e3:.0f} ms)"
    what = "| diagnostics of the five models, 82,000 households, 200 block groups, after the fits "
    return f"{what}| ≤ {BAR_CPU_SECONDS:g} s CPU | {measured} |", spent.cpu <= BAR_CPU_SECONDS


def each_check(panel: Panel, study: StudyFits) -> list[str]:
    """What each check takes, for those who want to make it quicker."""
    asked = Asked(panel, study, (), False, 8311, lambda: None, MARGIN)
    return [f"  {check.name:20} {least(lambda make=make: list(make(asked)), 1).cpu:.2f} s CPU" for check, make in CHECKS]  # type: ignore[misc]


def main() -> int:
    panel = city()
    study = fit_five_models(panel)
    row, held = all_checks(panel, study)
    print(row, flush=True)
    print("\n".join(each_check(panel, study)))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
