"""The indices by area, so that an average over the city cannot hide who waited.

Modelling choice: an area's customers are the rows of the households table that stand in it, with a meter; each meter belongs to one area.
Interruptions of meters that the table does not hold are counted and belong to no area. These are figures for the utility's own desk: an area of few
households shows what happened to each, so they are not for publication as they stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.meters.customers_out import peak_by_group
from evenhand.meters.interruption_rows import Floats, InterruptionRows, Ints
from evenhand.meters.not_computable import NotComputable
from evenhand.meters.reliability_errors import ReliabilityUnusable


@dataclass(frozen=True, slots=True, eq=False)
class AreaReliability:
    """One place an area (`block_group`, in the order of the text); `interruptions_elsewhere` belong to meters that no household has.

    `block_group` is text; `customers`, `interruptions`, `still_out`, `peak_customers_out` int64; `saifi`, `saidi_minutes`,
    `caidi_minutes` float64, `caidi_minutes` NaN where nothing was interrupted.
    """

    block_group: pa.Array
    customers: Ints
    interruptions: Ints
    still_out: Ints
    peak_customers_out: Ints
    customer_hours: Floats
    interruptions_elsewhere: int
    notes: tuple[str, ...]

    def table(self) -> pa.Table:
        """Columns `block_group, customers, interruptions, still_out, peak_customers_out, saifi, saidi_minutes, caidi_minutes` (null: undefined)."""
        minutes = self.customer_hours * 60.0
        with np.errstate(invalid="ignore"):
            caidi = np.where(self.interruptions > 0, minutes / np.maximum(self.interruptions, 1), np.nan)
        columns = {
            "block_group": self.block_group,
            "customers": self.customers,
            "interruptions": self.interruptions,
            "still_out": self.still_out,
            "peak_customers_out": self.peak_customers_out,
            "saifi": self.interruptions / self.customers,
            "saidi_minutes": minutes / self.customers,
            "caidi_minutes": pa.array(caidi, from_pandas=True),
        }
        return pa.table(columns)

    def plot(self) -> dict[str, Any]:
        """A chart specification (Vega-Lite, data inside): SAIDI of each area, the longest first."""
        rows = [{"area": row["block_group"], "saidi_minutes": row["saidi_minutes"]} for row in self.table().to_pylist()]
        return {
            "data": {"values": rows},
            "mark": "bar",
            "encoding": {
                "y": {"field": "area", "type": "nominal", "title": "Block group", "sort": "-x"},
                "x": {"field": "saidi_minutes", "type": "quantitative", "title": "SAIDI (minutes a customer)"},
            },
        }


def reliability_by_area(rows: InterruptionRows, households: pa.Table | None) -> AreaReliability | NotComputable:
    """Indices of each area, over the households in it.

    Parameters
    ----------
    rows
        The interruptions to count.
    households
        `meter_id` (integer or text, as in the interruptions), `block_group` (text or integer). Rows without either are left out, counted.

    Raises
    ------
    ReliabilityUnusable
        If a column is missing, a meter stands in two areas, or no meter of the interruptions is in the table; all at once.
    """
    if households is None:
        return NotComputable("no_households", "By area is not computable from this: it needs the table of households (--households).")
    if faults := list(household_faults(households)):
        raise ReliabilityUnusable(faults)
    distinct = _distinct(households)
    meter_ids, areas = (distinct[name].combine_chunks() for name in ("meter", "area"))
    names = pc.unique(areas).sort()
    area_of_household = np.asarray(pc.index_in(areas, value_set=names), dtype=np.int64)
    household = pc.index_in(_as_text(rows.meter_ids), value_set=meter_ids)
    if len(rows.meter_ids) and household.null_count == len(household):
        raise ReliabilityUnusable(["no meter of the interruptions is in the table of households; look whether their ids are written alike"])
    area_of_meter = np.append(area_of_household, -1)[np.asarray(pc.fill_null(household, -1), dtype=np.int64)]
    group = area_of_meter[rows.meter] if rows.meter.size else np.zeros(0, dtype=np.int64)
    known = group >= 0
    rows, group = rows.where(known), group[known]
    elsewhere, n = int((~known).sum()), len(names)
    return AreaReliability(
        block_group=names,
        customers=np.bincount(area_of_household, minlength=n).astype(np.int64),
        interruptions=np.bincount(group, minlength=n).astype(np.int64),
        still_out=np.bincount(group[rows.is_still_out], minlength=n).astype(np.int64),
        peak_customers_out=peak_by_group(rows, group, n),
        customer_hours=np.bincount(group, weights=rows.hours, minlength=n).astype(np.float64),
        interruptions_elsewhere=elsewhere,
        notes=tuple(_notes(elsewhere, households.num_rows - distinct.num_rows)),
    )


def household_faults(households: pa.Table) -> Iterator[str]:
    """What is wrong with a table of households: a column that is missing, a meter in two areas."""
    missing = [name for name in ("meter_id", "block_group") if name not in households.column_names]
    had = ", ".join(households.column_names)
    yield from (f"the table of households has no column {name} (its columns: {had})" for name in missing)
    if not missing:
        distinct = _distinct(households)
        if twice := distinct.num_rows - pc.count_distinct(distinct["meter"]).as_py():
            yield f"{twice:,} meters of the table of households stand in more than one block group"


def _distinct(households: pa.Table) -> pa.Table:
    """Distinct pairs of meter and area, both as text; rows that lack either are left out."""
    whole = households.select(["meter_id", "block_group"]).drop_null()
    pairs = pa.table({"meter": _as_text(whole["meter_id"]), "area": _geoid(whole["block_group"])})
    return pairs.group_by(["meter", "area"]).aggregate([])


def _as_text(values: Any) -> Any:
    return values.cast(pa.string())


def _geoid(values: Any) -> Any:
    """A block group's id has twelve digits; read as a number it has lost the zero in front."""
    return pc.utf8_lpad(_as_text(values), 12, "0") if pa.types.is_integer(values.type) else _as_text(values)


def _notes(elsewhere: int, left_out: int) -> Iterator[str]:
    if elsewhere:
        yield f"{elsewhere:,} interruptions belong to meters that no household has; they are in the city's figures and in no area's."
    if left_out:
        yield f"{left_out:,} rows of the table of households have no meter or no block group, or repeat one, and were left out."
    yield "An area of few households shows what happened to each: not for publication as it stands."
