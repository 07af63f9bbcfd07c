"""The raw table of areas, checked, and the households' areas found in it.

Modelling choice: an area without residents or land has no density; where households live in it that is a fault, elsewhere a note. Land areas that are
missing are computed from boundaries and said. Ids of another census year are seen to in `census_years`; that no household has an area is a fault,
that some have none is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.studies.raw.boundaries import Boundaries, area_at
from evenhand.studies.raw.census_years import CensusYears, points, with_block_groups
from evenhand.studies.raw.columns import Floats, numbers_of, refuse_below, shares_of, with_columns
from evenhand.studies.raw.files import OpenedTable
from evenhand.studies.raw.findings import Findings, some_of
from evenhand.studies.raw.households import block_groups_of
from evenhand.vocabulary.area_ids import TRACT_DIGITS
from evenhand.vocabulary.degree_lengths import land_area_sq_mi

SHARES: Final = ("education", "renter_share", "minority_share")
# What the American Community Survey writes for a median that it does not publish.
_NOT_PUBLISHED: Final = -666_666_666.0
_LEAST_DOLLARS: Final = 1_000.0


def checked_areas(opened: OpenedTable, boundaries: Sequence[Boundaries], findings: Findings) -> pa.Table:
    """The table by contract: ids as text, numbers as float64; other columns behind them. Areas without residents or land are looked at later."""
    geoid = block_groups_of(opened, "geoid", findings)
    if geoid.null_count:
        findings.refuse(opened.source, f"geoid: missing in {geoid.null_count:,} of {len(geoid):,} areas")
    repeated = [row["values"] for row in pc.value_counts(geoid.drop_null()).to_pylist() if row["counts"] > 1]
    if repeated:
        findings.refuse(opened.source, f"geoid: areas with more than one row: {some_of(repeated)}")
    population = numbers_of(opened, "population", findings)
    refuse_below(opened, "population", population, 0.0, findings)
    columns: dict[str, pa.Array | Floats] = {
        "geoid": geoid,
        "population": population,
        "land_sq_mi": _land(opened, geoid, boundaries, findings),
        "median_income_usd": _incomes(opened, findings),
        **{name: shares_of(opened, name, findings) for name in SHARES if name in opened.table.column_names},
    }
    return with_columns(opened.table, columns)


def joined_tables(
    households: pa.Table,
    requests: pa.Table | None,
    areas: pa.Table,
    boundaries: Sequence[Boundaries],
    *,
    sources: tuple[str, str],
    findings: Findings,
) -> tuple[pa.Table, pa.Table | None]:
    """Households and requests whose `block_group` is an area's `geoid` as far as that can be; `sources` are those of households and areas."""
    _refuse_tracts(households, areas, sources[1], findings)
    known = {code for code in areas["geoid"].to_pylist() if code}
    own = boundaries_of(boundaries, known)
    if own is not None:
        households = _placed_without_area(households, own, sources[0], findings)
    if households.num_rows and households["block_group"].null_count == households.num_rows:
        words = (
            f"block_group: of {households.num_rows:,} households none has a block group, so that none stands in an area of {sources[1]}. Is the"
            " column empty, or is another one meant? --column households.block_group=THEIRS; or give lat and long, and boundaries of the areas"
            " (--boundaries)"
        )
        findings.refuse(sources[0], words)
    years = CensusYears(known, own, tuple(one for one in boundaries if one is not own), sources)
    households, requests = years.joined(households, requests, findings)
    _refuse_empty_areas(households, areas, sources[1], findings)
    return households, requests


def _refuse_tracts(households: pa.Table, areas: pa.Table, source: str, findings: Findings) -> None:
    """Tracts have a digit less than block groups, of which reading may have made a lost zero: say what they are, and not "another year"."""
    theirs = {code for code in households["block_group"].to_pylist() if code}
    tracts = {code[:TRACT_DIGITS] for code in theirs if code.isdigit()}
    ids = [code for code in areas["geoid"].to_pylist() if code]
    of_tracts = sorted(tracts.intersection({code[1:] for code in ids if code.startswith("0")} | {f"0{code}" for code in ids} | set(ids)))
    if of_tracts and not theirs.intersection(ids):
        findings.refuse(source, f"geoid: these are census tracts, as {of_tracts[0]!r}, and the households name block groups: give block groups")


def boundaries_of(boundaries: Sequence[Boundaries], known: set[str]) -> Boundaries | None:
    """The file of boundaries that is the areas' own."""
    best = max(boundaries, key=lambda one: one.holding(known), default=None)
    return best if best is not None and best.holding(known) else None


def _placed_without_area(households: pa.Table, own: Boundaries, source: str, findings: Findings) -> pa.Table:
    """Households without a block group get the area that they stand in, where boundaries and coordinates tell."""
    column = households["block_group"].combine_chunks()
    if not column.null_count:
        return households
    filled = pc.coalesce(column, pa.array(area_at(own, *points(households)), pa.string()))
    if placed := column.null_count - filled.null_count:
        findings.note("area_by_point", f"{source}: households without a block group, put into the area that they stand in: {placed:,}.", placed)
    return with_block_groups(households, filled)


def _incomes(opened: OpenedTable, findings: Findings) -> Floats:
    incomes = numbers_of(opened, "median_income_usd", findings)
    hidden = incomes == _NOT_PUBLISHED
    if hidden.any():
        words = f"areas whose median_income_usd is {_NOT_PUBLISHED:.0f}, which means not published, taken as missing: {int(hidden.sum()):,}"
        findings.note("income_not_published", f"{opened.source}: {words}.", int(hidden.sum()))
        incomes = np.where(hidden, np.nan, incomes)
    refuse_below(opened, "median_income_usd", incomes, 0.0, findings)
    if not np.isnan(incomes).all() and 0 <= float(np.nanmax(incomes)) < _LEAST_DOLLARS:
        top = float(np.nanmax(incomes))
        findings.refuse(opened.source, f"median_income_usd: dollars were expected, and values up to {top:g} came. Thousands? Then multiply by 1,000")
    return incomes


def _land(opened: OpenedTable, geoid: pa.Array, boundaries: Sequence[Boundaries], findings: Findings) -> Floats:
    land = numbers_of(opened, "land_sq_mi", findings)
    refuse_below(opened, "land_sq_mi", land, 0.0, findings)
    codes = geoid.to_pylist()
    missing = np.isnan(land) | (land == 0.0)
    own = boundaries_of(boundaries, set(codes))
    if own is None or not missing.any():
        return land
    shape_of = dict(zip(own.ids, own.shapes, strict=True))
    computed = np.array(
        [land_area_sq_mi(shape_of[code]) if lacks and code in shape_of else np.nan for code, lacks in zip(codes, missing, strict=True)]
    )
    if made := int((~np.isnan(computed)).sum()):
        words = f"areas whose land_sq_mi was computed from {own.source}, where water inside a boundary counts as land: {made:,}"
        findings.note("land_area_computed", f"{opened.source}: {words}.", made)
    return np.where(np.isnan(computed), land, computed)


def _refuse_empty_areas(households: pa.Table, areas: pa.Table, source: str, findings: Findings) -> None:
    """Areas without a density: a fault where households live there, else a note."""
    counts = {row["values"]: row["counts"] for row in pc.value_counts(households["block_group"].drop_null()).to_pylist()}
    lived_in = np.array([code in counts for code in areas["geoid"].to_pylist()], dtype=np.bool_)
    for name, what in (("population", "no residents"), ("land_sq_mi", "no land area")):
        values = areas[name].to_numpy().astype(np.float64)
        empty = np.isnan(values) | (values <= 0.0)
        codes = areas["geoid"].filter(pa.array(empty & lived_in)).to_pylist()
        if codes:
            hint = "; give boundaries, from which it is computed" if name == "land_sq_mi" else ""
            homes = sum(counts[code] for code in codes)
            findings.refuse(source, f"{name}: areas that have {what}, and households ({homes:,}): {some_of(sorted(codes))}{hint}")
        if quiet := int((empty & ~lived_in).sum()):
            findings.note("area_not_lived_in", f"{source}: areas that have {what} and no household: {quiet:,}.", quiet)
