"""The raw table of areas, checked, and the households' areas found in it.

Modelling choice: an area without residents or land has no density; where households live in it that is a fault, elsewhere a note. Land areas that are
missing are computed from boundaries and said. Ids that few areas know are taken for those of another census year: put to the area that holds the
household's point or covers most of the old one where boundaries allow, and refused where they do not. Which year an id is of cannot be read from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.studies.raw.boundaries import Boundaries, area_at, overlaps, renamed
from evenhand.studies.raw.columns import Floats, numbers_of, refuse_below, shares_of, with_columns
from evenhand.studies.raw.files import OpenedTable
from evenhand.studies.raw.findings import Findings, some_of
from evenhand.studies.raw.households import block_groups_of
from evenhand.vocabulary.area_ids import TRACT_DIGITS
from evenhand.vocabulary.degree_lengths import land_area_sq_mi

SHARES: Final = ("education", "renter_share", "minority_share")
MOSTLY_KNOWN: Final = 0.95
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


def joined_households(
    households: pa.Table, areas: pa.Table, boundaries: Sequence[Boundaries], sources: tuple[str, str], findings: Findings
) -> tuple[pa.Table, Mapping[str, str]]:
    """Households whose `block_group` is an area's `geoid`, and what ids of another year became."""
    _refuse_tracts(households, areas, sources[1], findings)
    known = set(areas["geoid"].to_pylist())
    own = _of_areas(boundaries, known)
    if own is not None:
        households = _placed_without_area(households, own, sources[0], findings)
    became: Mapping[str, str] = {}
    if _unknown_share(households, known) > 1.0 - MOSTLY_KNOWN:
        years = _Years(known, own, tuple(one for one in boundaries if one is not own), sources)
        households, became = years.joined(households, findings)
    _refuse_empty_areas(households, areas, sources[1], findings)
    return households, became


def _refuse_tracts(households: pa.Table, areas: pa.Table, source: str, findings: Findings) -> None:
    """Tracts have a digit less than block groups, of which reading may have made a lost zero: say what they are, and not "another year"."""
    theirs = {code for code in households["block_group"].to_pylist() if code}
    tracts = {code[:TRACT_DIGITS] for code in theirs if code.isdigit()}
    ids = [code for code in areas["geoid"].to_pylist() if code]
    of_tracts = sorted(tracts.intersection({code[1:] for code in ids if code.startswith("0")} | {f"0{code}" for code in ids} | set(ids)))
    if of_tracts and not theirs.intersection(ids):
        findings.refuse(source, f"geoid: these are census tracts, as {of_tracts[0]!r}, and the households name block groups: give block groups")


def _of_areas(boundaries: Sequence[Boundaries], known: set[str]) -> Boundaries | None:
    """The file of boundaries that is the areas' own."""
    best = max(boundaries, key=lambda one: one.holding(known), default=None)
    return best if best is not None and best.holding(known) else None


def _unknown_share(households: pa.Table, known: set[str]) -> float:
    placed = households["block_group"].drop_null()
    found = pc.sum(pc.is_in(placed, value_set=pa.array(sorted(known - {None}), pa.string()))).as_py() or 0
    return 1.0 - found / len(placed) if len(placed) else 0.0


def _placed_without_area(households: pa.Table, own: Boundaries, source: str, findings: Findings) -> pa.Table:
    """Households without a block group get the area that they stand in, where boundaries and coordinates tell."""
    column = households["block_group"].combine_chunks()
    if not column.null_count:
        return households
    filled = pc.coalesce(column, pa.array(area_at(own, *_points(households)), pa.string()))
    if placed := column.null_count - filled.null_count:
        findings.note("area_by_point", f"{source}: households without a block group, put into the area that they stand in: {placed:,}.", placed)
    return _with_block_groups(households, filled)


@dataclass(frozen=True, slots=True, eq=False)
class _Years:
    """Households and areas whose ids do not meet: the areas' ids, their own boundaries, other boundaries, and the names of both files."""

    known: set[str]
    own: Boundaries | None
    others: tuple[Boundaries, ...]
    sources: tuple[str, str]

    def joined(self, households: pa.Table, findings: Findings) -> tuple[pa.Table, Mapping[str, str]]:
        """By overlap where the boundaries of both are known, by point where only the areas' are; refused where neither brings them together."""
        wanted = {code for code in households["block_group"].unique().to_pylist() if code}
        said = self._said(households, wanted)
        theirs = max(self.others, key=lambda one: one.holding(wanted), default=None)
        became: Mapping[str, str] = {}
        if self.own is not None and theirs is not None and theirs.holding(wanted - self.known):
            households, became = self._by_overlap(households, theirs, self.own, said, findings)
        elif self.own is not None:
            households = self._by_point(households, self.own, said, findings)
        if _unknown_share(households, self.known) > 1.0 - MOSTLY_KNOWN:
            advice = "Give areas and households of one census year, or the boundaries of both (--boundaries, twice)"
            findings.refuse(self.sources[0], f"{said} {advice}")
        return households, became

    def _said(self, households: pa.Table, wanted: set[str]) -> str:
        lost = sorted(wanted - self.known)
        share = _unknown_share(households, self.known)
        return (
            f"block_group: of the households' {len(wanted):,} block groups, {len(lost):,} (with {share:.0%} of the households) are not among the"
            f" {len(self.known):,} areas of {self.sources[1]}, as {some_of(lost)}: ids of another census year, or of another city?"
        )

    def _by_overlap(
        self, households: pa.Table, theirs: Boundaries, own: Boundaries, said: str, findings: Findings
    ) -> tuple[pa.Table, Mapping[str, str]]:
        column = households["block_group"].combine_chunks()
        found = overlaps(theirs, own, {code for code in column.unique().to_pylist() if code})
        became = {old: one.area for old, one in found.items()}
        shares = np.array([one.share for one in found.values()])
        words = (
            f"each was matched to the area of {own.source} that covers most of it (on average {shares.mean():.0%} of it;"
            f" {int((shares < 0.5).sum()):,} of {shares.size:,} by less than half)"
        )
        if shares.size:
            findings.note("areas_matched_by_overlap", f"{self.sources[0]}: {said} With the boundaries of both, {words}.", len(column))
        return _with_block_groups(households, renamed(column, became)), became

    def _by_point(self, households: pa.Table, own: Boundaries, said: str, findings: Findings) -> pa.Table:
        at = pa.array(area_at(own, *_points(households)), pa.string())
        if placed := len(at) - at.null_count:
            words = f"households put into the area of {own.source} that they stand in: {placed:,}"
            findings.note("areas_matched_by_point", f"{self.sources[0]}: {said} By coordinates, {words}.", placed)
        return _with_block_groups(households, pc.coalesce(at, households["block_group"].combine_chunks()))


def _with_block_groups(households: pa.Table, ids: pa.Array) -> pa.Table:
    return households.set_column(households.column_names.index("block_group"), "block_group", ids)


def _points(households: pa.Table) -> tuple[Floats, Floats]:
    lat, long = (households[name].to_numpy().astype(np.float64) for name in ("lat", "long"))
    return lat, long


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
    own = _of_areas(boundaries, set(codes))
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
