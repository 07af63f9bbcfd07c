"""How much of a city's people the households of a study hold: residents of its block groups beside members of its households.

Modelling choice: only block groups in which households of the panel live are counted, since a table of areas may cover a whole state; a block group
without any household of the panel is therefore in neither figure. Members are told to two digits and their shares as coarsely, because a sum that
moves by one household's members would tell of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Fewer households than this with members of a minority, or with others, are not told of.
LEAST_HOUSEHOLDS: Final = 11
MOST_LACKING: Final = 0.05


@dataclass(frozen=True, slots=True)
class FrameCoverage:
    """Residents of the block groups and members (to two digits) of the panel's households, the share of both that is of a minority, and what share
    of the residents the members are; or `why` it cannot be told, all else being 0."""

    residents: float = 0.0
    members: float = 0.0
    held: float = 0.0
    minority_of_residents: float = 0.0
    minority_of_members: float = 0.0
    why: str = ""

    @property
    def words(self) -> str:
        """The figures in two sentences, or why there are none."""
        if self.why:
            return f"How many of the residents the study’s households hold cannot be told because {self.why}."
        return (
            f"The study’s households have about {self.members:,.0f} members; the block groups in which they live have {self.residents:,.0f} residents"
            f" ({100 * self.held:.0f} %). Of the members {100 * self.minority_of_members:.0f} % are of a minority, of the residents"
            f" {100 * self.minority_of_residents:.0f} %."
        )


def frame_coverage(panel: pa.Table, areas: pa.Table) -> FrameCoverage:
    """Lay the members of the panel's households beside the residents of their block groups.

    Parameters
    ----------
    panel
        `block_group`, `minority_share` and, where known, `members`; a row a household.
    areas
        `geoid`, `population` and, where known, `minority_share`.
    """
    if "minority_share" not in areas.column_names:
        return FrameCoverage(why="the table of areas has no minority_share")
    if "members" not in panel.column_names:
        return FrameCoverage(why="the table of households has no members")
    lived_in = areas.filter(pc.is_in(areas["geoid"], value_set=pc.unique(panel["block_group"])))
    residents, of_residents = _floats(lived_in["population"]), _floats(lived_in["minority_share"])
    members, of_members = _floats(panel["members"]), _floats(panel["minority_share"])
    if lacking := int((~np.isfinite(of_residents)).sum()):
        return FrameCoverage(why=f"{lacking:,} of {residents.size:,} block groups have no minority_share")
    known = np.isfinite(members) & np.isfinite(of_members)
    if (~known).sum() > MOST_LACKING * known.size:
        return FrameCoverage(why=f"more than {100 * MOST_LACKING:g} % of the households have no members, or no minority_share")
    if min(int((of_members[known] > 0.0).sum()), int((of_members[known] < 1.0).sum())) < LEAST_HOUSEHOLDS:
        return FrameCoverage(why=f"fewer than {LEAST_HOUSEHOLDS} households have members of a minority, or others")
    total = float(members[known].sum())
    return FrameCoverage(
        residents=float(residents.sum()),
        members=float(f"{total:.2g}"),
        held=round(total / float(residents.sum()), 2),
        minority_of_residents=float(np.average(of_residents, weights=residents)),
        minority_of_members=round(float(np.average(of_members[known], weights=members[known])), 2),
    )


def _floats(column: pa.ChunkedArray) -> Floats:
    return np.asarray(pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy(), dtype=np.float64)
