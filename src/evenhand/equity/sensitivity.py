"""How strong an unmeasured confounder must be before a ratio is explained away: the E-value, and the tipping point of one that can be imagined.

Modelling choice: both answer "what would it take", and neither says whether it is so. The E-value asks for one strength that the confounder has with
the group and with the outcome alike, whatever its prevalence; the tipping point fixes how common it is in either group and asks for its effect on the
outcome. An E-value is given for a ratio of means, risks or rates. An odds ratio of a rare outcome is near one; that of a common outcome is brought
nearer by its square root, a hazard ratio of a common one by a formula of the same authors. For an interval, the limit nearer to 1 counts, and an
interval that holds 1 needs no confounder at all: its E-value is 1.

References: VanderWeele & Ding (2017), Annals of Internal Medicine 167:268–274 (E-value, table 2 for odds and hazard ratios); Lin, Psaty & Kronmal
(1998), Biometrics 54:948–963, and Schneeweiss (2006), Pharmacoepidemiology and Drug Safety 15:291–303 (a binary confounder).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from evenhand.equity.errors import CheckArraysUnusable

Measure = Literal["ratio", "odds_ratio_rare", "odds_ratio_common", "hazard_ratio_rare", "hazard_ratio_common"]
MEASURES: Final = ("ratio", "odds_ratio_rare", "odds_ratio_common", "hazard_ratio_rare", "hazard_ratio_common")
# From this share on an outcome is common, and its odds are no longer near its risk.
COMMON_FROM: Final = 0.15


@dataclass(frozen=True, slots=True)
class EValue:
    """`point` explains the ratio away, `limit` moves its interval to reach 1; both ≥ 1, `limit` is NaN where no interval came. `ratio` and
    `near_limit` are what was judged, on the scale of a risk ratio."""

    point: float
    limit: float
    ratio: float
    near_limit: float


def e_value(ratio: float, low: float = math.nan, high: float = math.nan, *, measure: Measure = "ratio") -> EValue:
    """The E-value of a ratio and of its interval's limit nearer to 1.

    Parameters
    ----------
    ratio, low, high
        Above 0; the interval may be left out.
    measure
        `ratio` for ratios of means, risks or rates; `odds_ratio_rare` and `odds_ratio_common`, `hazard_ratio_rare` and `hazard_ratio_common` by how
        common the outcome is (common from 15 %).

    Raises
    ------
    CheckArraysUnusable
        A ratio that is not above 0, an interval that does not hold it, or an unknown measure.

    Examples
    --------
    >>> found = e_value(3.9, 1.8, 8.7)
    >>> round(found.point, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    _refuse_ratio(ratio, low, high, measure)
    near = math.nan
    if not (math.isnan(low) or math.isnan(high)):
        near = 1.0 if low <= 1.0 <= high else _as_risk_ratio(low if ratio > 1.0 else high, measure)
    judged = _as_risk_ratio(ratio, measure)
    return EValue(_strength(judged), _strength(near), judged, near)


def bias_factor(strength: float, common: float, rare: float) -> float:
    """By how much a binary confounder that multiplies the outcome by `strength` moves a ratio, when it is there in a share `common` of the one group
    and `rare` of the other."""
    return (1.0 + (strength - 1.0) * common) / (1.0 + (strength - 1.0) * rare)


def tipping_strength(ratio: float, common: float, rare: float) -> float:
    """The effect on the outcome at which a binary confounder explains a ratio away; NaN where none is strong enough.

    Parameters
    ----------
    ratio
        Above 0. Below 1 its inverse counts, and `common` is the share in the other group.
    common, rare
        Shares (0 to 1) with the confounder, in the group where it is more common and in the other.

    Raises
    ------
    CheckArraysUnusable
        A ratio not above 0, shares outside 0 to 1, or `common` below `rare`.
    """
    faults = [] if ratio > 0.0 else [f"a ratio above 0 was expected, and {ratio:g} came"]
    if not 0.0 <= rare <= common <= 1.0:
        faults.append(f"shares were expected as 0 ≤ rare ≤ common ≤ 1, and rare {rare:g}, common {common:g} came")
    if faults:
        raise CheckArraysUnusable(faults)
    needed = max(ratio, 1.0 / ratio)
    reach = common - needed * rare
    return 1.0 + (needed - 1.0) / reach if reach > 0.0 else math.nan


def _strength(ratio: float) -> float:
    away = max(ratio, 1.0 / ratio) if not math.isnan(ratio) else math.nan
    return away + math.sqrt(away * (away - 1.0))


def _as_risk_ratio(ratio: float, measure: Measure) -> float:
    if measure == "odds_ratio_common":
        return math.sqrt(ratio)
    if measure == "hazard_ratio_common":
        return (1.0 - math.pow(0.5, math.sqrt(ratio))) / (1.0 - math.pow(0.5, math.sqrt(1.0 / ratio)))
    return ratio


def _refuse_ratio(ratio: float, low: float, high: float, measure: str) -> None:
    faults = [f"{name} must be above 0, and {value:g} came" for name, value in (("ratio", ratio), ("low", low), ("high", high)) if value <= 0.0]
    if math.isnan(ratio):
        faults.append("a ratio was expected, and NaN came")
    if low > ratio or high < ratio:
        faults.append(f"an interval that holds the ratio {ratio:g} was expected, and {low:g} to {high:g} came")
    if measure not in MEASURES:
        faults.append(f"a measure was expected ({', '.join(MEASURES)}), and {measure!r} came")
    if faults:
        raise CheckArraysUnusable(faults)
