"""What do all checks of a study's design cost at 82,000 households and 200 block groups, without the thorough ones?

Compilation and imports are left out, the cache is warm; the least of several runs in CPU seconds of this process, with the wall beside, and one plain
fit of the five models in the same run. Run: `python benchmarks/design_checks.py [--quick]`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.least_spent import least
from evenhand.studies.diagnostics.design import design_diagnostics
from evenhand.studies.five_models import fit_five_models
from evenhand.twin.panel import PanelRecipe
from tests.built_panels import built_panel, city_columns, requests_of

BAR_SECONDS = 6.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    households = 10_000 if parser.parse_args().quick else 82_000
    columns = city_columns(PanelRecipe(households=households, block_groups=200, share_taking_part=0.02, hours_step=0.5), 1)
    rng = np.random.default_rng(1)
    lost = rng.random(households) < 0.03
    columns["restoration_hours"] = np.where(lost, np.nan, columns["restoration_hours"])
    columns["status"] = np.where(lost, "unknown", columns["status"])
    quiet = np.where(rng.random(households) < 0.05, rng.exponential(3.0, households), 0.0)
    built = built_panel(columns, requests=requests_of(columns))
    study = fit_five_models(built.panel)
    design_diagnostics(built, study, placebo=quiet)
    plain = least(lambda: fit_five_models(built.panel), 3)
    spent = least(lambda: design_diagnostics(built, study, placebo=quiet), 3)
    print("| what | bar | measured |")
    print("|---|---|---|")
    print(f"| five models, cr3, {households:,} households | – | {plain.cpu:.2f} s CPU, {plain.wall:.2f} s wall |")
    words = f"{spent.cpu:.2f} s CPU, {spent.wall:.2f} s wall, {spent.cpu / plain.cpu:.1f} × the five models"
    print(f"| all checks of the design but the thorough ones | ≤ {BAR_SECONDS:g} s CPU | {words} |")
    return 0 if spent.cpu <= BAR_SECONDS else 1


if __name__ == "__main__":
    raise SystemExit(main())
