"""A small synthetic panel of households for tests: STUDY's columns, block groups that wait together, known coefficients. Nobody lives there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa


def household_columns(n: int = 600, *, blocks: int = 30, seed: int = 8311) -> dict[str, Any]:
    """Columns of a panel; hours on half-hours, a fifth of the households report."""
    rng = np.random.default_rng(seed)
    block = rng.integers(0, blocks, n)
    area = rng.normal(size=(4, blocks))[:, block]
    minority = rng.integers(0, 5, n) / 4.0
    age = np.round(rng.uniform(3.0, 70.0, n))
    income, density = np.round(80.0 + 15.0 * area[0], 3), np.round(7.8 + 0.4 * area[1], 3)
    education, renters = np.clip(0.5 + 0.1 * area[2], 0.0, 1.0), np.clip(0.2 + 0.1 * area[3], 0.0, 1.0)
    logit = -1.8 + 0.8 * minority + 0.01 * (age - 36.0) - 0.01 * (income - 80.0) - 0.3 * (density - 7.8)
    reports = (rng.random(n) < 1.0 / (1.0 + np.exp(-logit))).astype(np.float64)
    mean = np.exp(3.6 + 0.1 * minority - 0.1 * reports - 0.2 * minority * reports + 0.01 * (age - 36.0) + 0.1 * rng.normal(size=blocks)[block])
    return {
        "premise_id": [f"p{place}" for place in range(n)],
        "block_group": [f"12073{number:07d}" for number in block],
        "participation": reports,
        "restoration_hours": np.round(2.0 * rng.gamma(4.0, mean / 4.0)) / 2.0,
        "minority_share": minority,
        "community_participation": np.bincount(block, weights=reports, minlength=blocks)[block],
        "log_population_density": density,
        "median_income": income,
        "house_age": age,
        "education": education,
        "elderly_share": rng.integers(0, 2, n).astype(np.float64),
        "college_age_share": (rng.random(n) < 0.1).astype(np.float64),
        "renter_share": renters,
    }


def household_table(n: int = 600, *, blocks: int = 30, seed: int = 8311, **changed: Any) -> pa.Table:
    """The same as a table, with columns replaced by name (None leaves one out)."""
    columns = household_columns(n, blocks=blocks, seed=seed) | changed
    return pa.table({name: values for name, values in columns.items() if values is not None})
