"""The columns of a panel: what the areas, the meters and the requests say of each household, put side by side.

Modelling choice: a missing value stays missing, for each model to drop and count; nothing is imputed. Density is the natural logarithm of people per
square mile of land, income is in thousands, as the study has them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.studies.panel.flow import Metered
from evenhand.studies.panel.reports import Reports
from evenhand.vocabulary.tables import PANEL, UTC_TIME

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
OF_HOUSEHOLD: Final = ("minority_share", "house_age", "elderly_share", "college_age_share")
WHERE_KNOWN: Final = ("lat", "long", "members")


def panel_table(
    households: pa.Table, areas: pa.Table, meters: Metered, outages: pa.Table, reports: Reports, *, community: str, kept: Flags
) -> pa.Table:
    """A row a kept household, in their order, with the columns of the contract and what else is known.

    `community` says which count stands as `community_participation`: `study` or `others`.
    """
    place = pc.index_in(households["block_group"].combine_chunks(), value_set=areas["geoid"].combine_chunks())
    chosen = reports.community if community == "study" else reports.others
    values = {
        "premise_id": households["premise_id"],
        "block_group": households["block_group"],
        "participation": reports.participation,
        "restoration_hours": meters.hours,
        "community_participation": chosen,
        **_of_areas(areas, place),
        **{name: households[name] for name in OF_HOUSEHOLD},
        "weight": np.ones(households.num_rows),
        "status": meters.status,
        "reported_hours": reports.reported_hours,
        "community_participation_others": reports.others,
        "meter_id": outages["meter_id"].combine_chunks().take(pa.array(meters.row, mask=meters.row < 0)),
        "outage_start": meters.start,
        **{name: households[name] for name in WHERE_KNOWN if name in households.column_names},
        "community_participation_raw": reports.community,
        "dark_others": reports.dark_others,
    }
    types = {column.name: column.type for column in PANEL.columns}
    columns = {name: _typed(values[name], types[name]) for name in types if name in values}
    return pa.table(columns).filter(pa.array(kept))


def hours_until(starts: pa.Array, from_us: int) -> Floats:
    """Hours from a moment (µs since 1970) to each start, NaN where none."""
    us = starts.cast(UTC_TIME).cast(pa.int64())
    since: Floats = pc.subtract(us, from_us).to_numpy(zero_copy_only=False).astype(np.float64) / 3_600_000_000
    return since


def _of_areas(areas: pa.Table, place: pa.Array) -> dict[str, Floats]:
    def column(name: str) -> Floats:
        values: Floats = pc.fill_null(areas[name].combine_chunks().cast(pa.float64()).take(place), np.nan).to_numpy(zero_copy_only=False)
        return values

    with np.errstate(divide="ignore", invalid="ignore"):  # areas without residents hold no household
        density = np.log(column("population") / column("land_sq_mi"))
    return {
        "log_population_density": density,
        "median_income": column("median_income_usd") / 1000.0,
        "education": column("education"),
        "renter_share": column("renter_share"),
    }


def _typed(values: object, kind: pa.DataType) -> pa.Array:
    """Arrow of the contract's type, NaN as null; ids of meters keep the type that they have."""
    if isinstance(values, np.ndarray):
        return pa.array(values, from_pandas=True).cast(kind)
    assert isinstance(values, pa.Array | pa.ChunkedArray)
    column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return column if kind == pa.int64() else column.cast(kind)
