"""How many more of a group than of the others are still without power, hour by hour.

Modelling choice: the difference of two Kaplan–Meier curves at given hours. Its error is the infinitesimal jackknife over clusters, both curves at
once, so that what moves both in a block group counts for what it is; without clusters each household is one. Intervals hold at each hour by itself,
not at all hours together.

References: Kaplan & Meier (1958), JASA 53:457–481; Lin & Wei (1989), JASA 84:1074–1078 (sums of influence over clusters).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import Bools, Floats, Labels, refuse_unusable, risk_table
from evenhand.equity.term_rows import LEVEL, critical


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalGap:
    """Share still out of `group` less that of `reference` at each of `hours`; float64 arrays, one place an hour, shares from −1 to 1.

    NaN where a group's records end before the hour with somebody still out.
    """

    group: str
    reference: str
    hours: Floats
    gap: Floats
    std_error: Floats
    low: Floats
    high: Floats
    n_clusters: int
    errors: str


def survival_gap(
    hours: Floats,
    restored: Bools,
    in_group: Bools,
    *,
    at_hours: Sequence[float] | Floats,
    clusters: Labels | None = None,
    group: str = "group",
    reference: str = "others",
    level: float = LEVEL,
) -> SurvivalGap:
    """The gap at `at_hours`. `hours`, `restored` and `clusters` as in `survival_curve`; null hypothesis at each hour: no gap.

    Raises
    ------
    SurvivalArraysUnusable
        Shapes that differ, missing or negative values; nobody in the group, or nobody else.
    """
    refuse_unusable(hours, restored, clusters)
    if in_group.shape != hours.shape or in_group.all() or not in_group.any():
        raise SurvivalArraysUnusable([f"a group and others were expected, {int(in_group.sum()):,} of {hours.size:,} were in the group"])
    at = np.asarray(at_hours, dtype=np.float64)
    labels = np.arange(hours.size) if clusters is None else clusters
    names, place = np.unique(labels, return_inverse=True)
    gap = np.zeros(at.size)
    moved = np.zeros((names.size, at.size))
    for sign, chosen in ((1.0, in_group), (-1.0, ~in_group)):
        share, influence = _curve(hours[chosen], restored[chosen], place[chosen], names.size, at)
        gap += sign * share
        moved += sign * influence
    g = names.size
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt((moved**2).sum(axis=0) * (np.float64(g) / (g - 1)))
    reach = critical(level, float(g - 1)) * error
    convention = "robust" if clusters is None else "clustered"
    return SurvivalGap(group, reference, at, gap, error, np.maximum(gap - reach, -1.0), np.minimum(gap + reach, 1.0), g, convention)


def _curve(hours: Floats, restored: Bools, place: Labels, n_clusters: int, at: Floats) -> tuple[Floats, Floats]:
    """Share still out at each hour, and how each cluster's households move it."""
    table = risk_table(hours, restored)
    staying = table.at_risk - table.ended
    share = np.append(1.0, np.cumprod(staying / table.at_risk))
    step = table.hours.searchsorted(at, side="right")
    beyond = (at > hours.max()) & (share[-1] > 0)
    rate = np.divide(table.ended, table.at_risk * staying, out=np.zeros_like(staying), where=staying > 0)
    summed = np.append(0.0, np.cumsum(rate))
    jump = np.divide(1.0, staying, out=np.zeros_like(staying), where=staying > 0)
    # A household's part in log S(t): the hazard over each at-risk household that it lived through, less its own end.
    lived = table.hours.searchsorted(hours, side="right")
    own = np.where(restored, np.append(jump, 0.0)[np.maximum(lived - 1, 0)], 0.0)
    moved = np.zeros((n_clusters, at.size))
    for column, last in enumerate(step):
        part = summed[np.minimum(lived, last)] - np.where(restored & (lived <= last), own, 0.0)
        moved[:, column] = share[last] * np.bincount(place, weights=part, minlength=n_clusters)
    told = np.where(beyond, np.nan, share[step])
    return told, np.where(beyond, np.nan, moved)
