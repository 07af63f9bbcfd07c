"""What happened to whom, before any model: households, outages, hours and reports by group.

Modelling choice: two groups that a council can picture, households of which at least half the members are of a minority and all others; the models
beside it use the share itself. Hours of those still out count for as long as they were seen: the mean is restricted to a horizon that both groups'
records reach, and the difference of the two has an interval by block group. Nothing is adjusted: income, age of the house and density may carry it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import RestrictedMeanGap, largest_horizon, restricted_mean, restricted_mean_gap, survival_curve
from evenhand.equity.panel_faults import STILL_OUT
from evenhand.equity.panel_reading import Panel
from evenhand.studies.five_models import CLUSTER

HALF: Final = 0.5
LEAST_BEYOND: Final = 11
DAY_HOURS: Final = 24.0
MINORITY: Final = "minority households"
OTHERS: Final = "other households"
EVERYBODY: Final = "all households"


@dataclass(frozen=True, slots=True)
class GroupFacts:
    """One group. `mean_hours` is restricted to `horizon_hours`; hours are infinite or NaN where the records do not say."""

    group: str
    households: int
    never_out: int
    still_out: int
    reported: int
    out_unheard: int
    mean_hours: float
    mean_low: float
    mean_high: float
    median_hours: float
    horizon_hours: float


@dataclass(frozen=True, slots=True)
class GroupComparison:
    """Everybody and both groups, and how much longer the minority group waited; `gap` is None where it cannot be told, and `why` says so."""

    groups: tuple[GroupFacts, ...]
    gap: RestrictedMeanGap | None
    why: str = ""


def in_minority(panel: Panel) -> NDArray[np.bool_]:
    """Households of which at least half the members are of a minority; one whose share is missing counts among the others."""
    return np.asarray(panel.numbers["minority_share"] >= HALF)


def compare_groups(panel: Panel) -> GroupComparison:
    """Count and time both groups of a panel with the study's columns; rows without hours or without a share are left out."""
    hours = panel.numbers["restoration_hours"]
    known = np.isfinite(hours) & np.isfinite(panel.numbers["minority_share"])
    restored = ~_still_out(panel)
    minority = in_minority(panel)
    horizon = _horizon(hours[known], restored[known], minority[known])
    groups = tuple(
        _facts(panel, name, chosen & known, restored, horizon)
        for name, chosen in ((EVERYBODY, np.ones_like(known)), (MINORITY, minority), (OTHERS, ~minority))
    )
    try:
        gap = restricted_mean_gap(
            hours[known],
            restored[known],
            minority[known],
            horizon_hours=horizon,
            clusters=_clusters(panel, known),
            group=MINORITY,
            reference=OTHERS,
        )
    except SurvivalArraysUnusable as error:
        return GroupComparison(groups, None, error.message)
    return GroupComparison(groups, gap)


def _still_out(panel: Panel) -> NDArray[np.bool_]:
    if "status" not in panel.ids:
        return np.zeros(panel.n, dtype=np.bool_)
    return np.asarray(panel.ids["status"] == STILL_OUT, dtype=np.bool_)


def _clusters(panel: Panel, chosen: NDArray[np.bool_]) -> NDArray[np.str_] | None:
    return panel.ids[CLUSTER][chosen].astype(str) if CLUSTER in panel.ids else None


def told_horizon(hours: NDArray[np.float64], reach: float = math.inf) -> float:
    """Whole days, or hours, that at least `LEAST_BEYOND` outages last, and not beyond `reach`: the longest outage is one household's, and a figure up
    to it would tell how long that one was. `hours` float64 (n,), none missing; 0 where there are none."""
    if not hours.size:
        return 0.0
    least = min(float(np.sort(hours)[-min(LEAST_BEYOND, hours.size)]), reach)
    return math.floor(least / DAY_HOURS) * DAY_HOURS or float(math.floor(least))


def _horizon(hours: NDArray[np.float64], restored: NDArray[np.bool_], minority: NDArray[np.bool_]) -> float:
    """A horizon to which the records of both groups reach."""
    if not hours.size:
        return 0.0
    both = bool(minority.any() and not minority.all())
    return told_horizon(hours, largest_horizon(hours, restored, minority if both else None))


def _facts(panel: Panel, name: str, chosen: NDArray[np.bool_], restored: NDArray[np.bool_], horizon: float) -> GroupFacts:
    hours, reported = panel.numbers["restoration_hours"][chosen], panel.numbers["participation"][chosen] > 0
    is_out = hours > 0
    mean, low, high, median = (math.nan,) * 4
    if hours.size:
        clusters = _clusters(panel, chosen)
        try:
            found = restricted_mean(hours, restored[chosen], horizon_hours=horizon, clusters=clusters, group=name)
            mean, low, high = found.mean_hours, found.conf_low, found.conf_high
            median = survival_curve(hours, restored[chosen], group=name).median_hours()
        except SurvivalArraysUnusable:
            mean = math.nan  # too few to follow: the counts stand alone
    return GroupFacts(
        name,
        households=int(hours.size),
        never_out=int((~is_out).sum()),
        still_out=int((~restored[chosen]).sum()),
        reported=int(reported.sum()),
        out_unheard=int((is_out & ~reported).sum()),
        mean_hours=mean,
        mean_low=low,
        mean_high=high,
        median_hours=median,
        horizon_hours=horizon,
    )
