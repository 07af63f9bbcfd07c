"""Households and requests whose areas' ids are of another census year than the table of areas.

Modelling choice: what is known exactly beats what is likely. A household or request with coordinates belongs to the area that it stands in. The rest
go by their id: to the area that covers most of the old one where the boundaries of both years are known, else to the area in which most households
of the old id stand. Which year an id is of cannot be read from it, so that all of a table is moved where many of its ids are unknown, and nothing
where few are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.studies.raw.boundaries import Boundaries, area_at, overlaps, renamed
from evenhand.studies.raw.columns import Floats
from evenhand.studies.raw.findings import Findings, some_of

MOSTLY_KNOWN: Final = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class CensusYears:
    """The areas' ids, their own boundaries, those of other years, and what messages call households and areas."""

    known: set[str]
    own: Boundaries | None
    others: tuple[Boundaries, ...]
    sources: tuple[str, str]

    def joined(self, households: pa.Table, requests: pa.Table | None, findings: Findings) -> tuple[pa.Table, pa.Table | None]:
        """Both tables by the areas' ids, as far as boundaries tell; a fault where they do not bring households and areas together."""
        if self.knows(households):
            return households, requests
        said = self._said(households)
        old = households["block_group"].combine_chunks()
        at = self._places(households)
        became = self._became(old, at, requests, said, findings)
        if placed := len(at) - at.null_count:
            words = f"households put into the area of {self.own.source if self.own else ''} that they stand in: {placed:,}"
            findings.note("areas_matched_by_point", f"{self.sources[0]}: {said} By coordinates, {words}.", placed)
        households = with_block_groups(households, pc.coalesce(at, renamed(old, became)))
        if not self.knows(households):
            advice = "Give areas and households of one census year, or the boundaries of both (--boundaries, twice)"
            findings.refuse(self.sources[0], f"{said} {advice}")
        return households, None if requests is None else self._moved(requests, became)

    def _moved(self, requests: pa.Table, became: Mapping[str, str]) -> pa.Table:
        """Requests whose block group is of the other year; one that names none stays without."""
        old = requests["block_group"].combine_chunks()
        stays = pc.is_null(old)
        if self.knows(requests):
            stays = pc.or_(stays, self._is_known(old))
        return with_block_groups(requests, pc.if_else(stays, old, pc.coalesce(self._places(requests), renamed(old, became))))

    def knows(self, table: pa.Table) -> bool:
        """Are nearly all of the table's block groups among the areas?"""
        return self._unknown_share(table) <= 1.0 - MOSTLY_KNOWN

    def _unknown_share(self, table: pa.Table) -> float:
        stated = table["block_group"].combine_chunks().drop_null()
        return 1.0 - pc.sum(self._is_known(stated)).as_py() / len(stated) if len(stated) else 0.0

    def _is_known(self, ids: pa.Array) -> pa.Array:
        return pc.is_in(ids, value_set=pa.array(sorted(self.known), pa.string()))

    def _places(self, table: pa.Table) -> pa.Array:
        return pa.array([None] * table.num_rows if self.own is None else area_at(self.own, *points(table)), pa.string())

    def _became(self, old: pa.Array, at: pa.Array, requests: pa.Table | None, said: str, findings: Findings) -> Mapping[str, str]:
        """What an old id is now: by overlap where the boundaries of both years are there, else by where its households stand."""
        wanted = _ids(old) | (set() if requests is None else _ids(requests["block_group"]))
        theirs = max(self.others, key=lambda one: one.holding(wanted), default=None)
        if self.own is None or theirs is None or not theirs.holding(wanted - self.known):
            return _most_frequent(old.to_pylist(), at.to_pylist())
        found = overlaps(theirs, self.own, wanted)
        rest = old.filter(pc.and_(pc.is_null(at), pc.is_in(old, value_set=pa.array(sorted(found), pa.string()))))
        shares = np.array([found[code].share for code in sorted(_ids(rest))])
        if shares.size:
            words = (
                f"each was matched to the area of {self.own.source} that covers most of it (on average {shares.mean():.0%} of it;"
                f" {int((shares < 0.5).sum()):,} of {shares.size:,} by less than half)"
            )
            text = f"{self.sources[0]}: {said} With the boundaries of both, {words}: households without coordinates in an area, {len(rest):,}."
            findings.note("areas_matched_by_overlap", text, len(rest))
        return {code: one.area for code, one in found.items()}

    def _said(self, households: pa.Table) -> str:
        wanted = _ids(households["block_group"])
        lost = sorted(wanted - self.known)
        return (
            f"block_group: of the households' {len(wanted):,} block groups, {len(lost):,} (with {self._unknown_share(households):.0%} of the"
            f" households) are not among the {len(self.known):,} areas of {self.sources[1]}, as {some_of(lost)}: ids of another census year, or of"
            " another city?"
        )


def with_block_groups(table: pa.Table, ids: pa.Array) -> pa.Table:
    """The table with its column `block_group` replaced."""
    return table.set_column(table.column_names.index("block_group"), "block_group", ids)


def points(table: pa.Table) -> tuple[Floats, Floats]:
    """Latitudes and longitudes, float64 (n,) each, NaN where not known."""
    lat, long = (table[name].to_numpy().astype(np.float64) for name in ("lat", "long"))
    return lat, long


def _ids(column: pa.Array | pa.ChunkedArray) -> set[str]:
    return {code for code in column.unique().to_pylist() if code}


def _most_frequent(old: Sequence[str | None], new: Sequence[str | None]) -> dict[str, str]:
    """For each old id the new one that most of its rows have; of equals the first by name."""
    pairs = Counter((one, two) for one, two in zip(old, new, strict=True) if one and two)
    return {one: two for (one, two), _ in sorted(sorted(pairs.items(), reverse=True), key=lambda item: item[1])}
