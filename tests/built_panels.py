"""Synthetic panels as a study builds them, with places, requests and an outage's course, whose truth is chosen by the test. Nobody lives there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from evenhand.equity.panel_reading import panel_of
from evenhand.studies.frame import FrameCoverage
from evenhand.studies.results import BuiltPanel
from evenhand.twin.panel import PanelRecipe, synthetic_panel

EVENT_START = datetime(2018, 10, 10, 12, tzinfo=UTC)
READINGS_END = EVENT_START + timedelta(days=12)


def built_panel(
    columns: Mapping[str, Any], *, requests: pa.Table | None = None, lost: Mapping[str, Any] | None = None, readings_end: datetime = READINGS_END
) -> BuiltPanel:
    """A panel of these columns, as if the tables of a city had been joined; `lost` are columns of households of which no reading tells."""
    table, gone = (pa.table({name: pa.array(values, from_pandas=True) for name, values in one.items()}) for one in (columns, lost or {}))
    empty = pa.table({"premise_id": pa.array([], pa.string()), "hours_after_start": pa.array([], pa.float64())})
    return BuiltPanel(
        panel=panel_of(table),
        table=table,
        requests=requests if requests is not None else empty,
        flow=(),
        notes=(),
        event_start=EVENT_START,
        readings_end=readings_end,
        choices={"window_hours": 48.0, "never_out": "in"},
        lost=gone if lost else None,
        frame=FrameCoverage(residents=9_000.0, members=5_000.0, held=0.56, minority_of_residents=0.4, minority_of_members=0.25),
    )


def city_columns(recipe: PanelRecipe, seed: int) -> dict[str, Any]:
    """A synthetic panel with ids, places (block groups on a grid, four to a tract), statuses and the hours until a report."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = dict(synthetic_panel(recipe, seed))
    n, side = recipe.households, int(np.ceil(np.sqrt(recipe.block_groups)))
    block = np.unique(columns["block_group"], return_inverse=True)[1]
    columns["block_group"] = np.array([f"12073{one // 4:06d}{one % 4 + 1}" for one in block])
    columns["premise_id"] = [f"p{place}" for place in range(n)]
    columns["lat"] = 30.4 + 0.01 * (block // side) + rng.uniform(0.0, 0.008, n)
    columns["long"] = -84.3 + 0.01 * (block % side) + rng.uniform(0.0, 0.008, n)
    columns["status"] = np.where(columns["restoration_hours"] > 0.0, "restored", "never_out")
    took_part = columns["participation"] > 0.0
    columns["reported_hours"] = np.where(took_part, rng.uniform(0.0, 48.0, n), np.where(rng.random(n) < 0.02, rng.uniform(48.1, 96.0, n), np.nan))
    return columns


def requests_of(columns: Mapping[str, Any]) -> pa.Table:
    """One request for each household that reported, as many hours after the event as after its outage."""
    hours = np.asarray(columns["reported_hours"], dtype=np.float64)
    rows = np.flatnonzero(np.isfinite(hours))
    return pa.table({"premise_id": [columns["premise_id"][row] for row in rows], "hours_after_start": hours[rows]})
