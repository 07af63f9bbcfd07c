"""How long households stay without power when some never came back while anybody looked: curves and restricted means by group.

Modelling choice: the share still out after so many hours is the Kaplan–Meier estimate, and the mean is *restricted* to a horizon, the area under that
curve up to it, because the mean itself is unknown where the longest outages are censored. A group whose records end before the horizon, with somebody
still out, has no restricted mean at it: the area is not filled up by guesses, the horizon is refused with the largest that would do.

Errors are Greenwood's for households that are independent. They are not where a feeder brings a street back at once: with `clusters` the errors are
the infinitesimal jackknife, summed over clusters (factor G / (G - 1), t with G - 1 degrees of freedom), and so is the error of a difference between
groups that share clusters. Intervals of a curve are made on the scale log(-log S), so that they stay between 0 and 1.

References: Kaplan & Meier (1958), JASA 53:457–481; Greenwood (1926); Klein & Moeschberger, Survival Analysis, 2nd ed., sections 4.2–4.5; Williams
(1995), JASA 90:1084–1091 and Lin & Wei (1989), JASA 84:1074–1078 (robust errors of curves and of hazards).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.term_rows import LEVEL, critical, term_row

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Labels = NDArray[Any]


class RiskTable(NamedTuple):
    """At each distinct age of an event: how many (or how much weight) ended then, and were at risk just before."""

    hours: Floats
    ended: Floats
    at_risk: Floats


def risk_table(hours: Floats, ended: Bools, *, entered: Floats | None = None, weights: Floats | None = None) -> RiskTable:
    """Count ends and those at risk at every distinct age at which something ended.

    `hours` float64 (n,), age at the end or at censoring; `ended` bool (n,); an end and a censoring at the same age count in that order. `entered`
    float64 (n,), the age at which each came under observation: at risk only after it, except that 0 means from the very start. No missing values.
    """
    if weights is None:
        return _counted(hours, ended, entered)
    ages, place = np.unique(hours[ended], return_inverse=True)
    here = np.asarray(np.bincount(place, weights=weights[ended], minlength=ages.size), dtype=np.float64)
    came = weights.sum() if entered is None else _weight_below(_ages_at_entry(entered), weights, ages)
    return RiskTable(ages, here, came - _weight_below(hours, weights, ages))


def _counted(hours: Floats, ended: Bools, entered: Floats | None) -> RiskTable:
    """The table without weights: sorted arrays alone, since curves are fitted by the thousand."""
    ordered = np.sort(hours[ended])
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if ordered.size else np.zeros(0, dtype=np.int64)
    ages = ordered[first]
    came = hours.size if entered is None else np.sort(_ages_at_entry(entered)).searchsorted(ages, side="left")
    at_risk = came - np.sort(hours).searchsorted(ages, side="left")
    ended_here = np.diff(np.append(first, ordered.size))
    return RiskTable(ages, ended_here.astype(np.float64), np.asarray(at_risk, dtype=np.float64))


def _ages_at_entry(entered: Floats) -> Floats:
    """Seen from the start means at risk at age 0 too; a late one is at risk only after the age it entered at."""
    return np.where(entered > 0, entered, -1.0)


def _weight_below(values: Floats, weight: Floats, ages: Floats) -> Floats:
    """Total weight of the values that are smaller than each age."""
    order = np.argsort(values, kind="stable")
    summed = np.append(0.0, np.cumsum(weight[order]))
    return np.asarray(summed[values[order].searchsorted(ages, side="left")])


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalCurve:
    """After `hours[i]` the estimated share `share_out[i]` is still without power; before the first place the share is 1.

    All arrays are float64 with one place a distinct age of a restoration. `std_error` is on the scale of the share; `low` and `high` bound it.
    `longest_hours` is how far the records reach: nothing is said beyond it while the share is above 0.
    """

    group: str
    hours: Floats
    share_out: Floats
    std_error: Floats
    low: Floats
    high: Floats
    longest_hours: float
    n: int
    n_restored: int
    n_clusters: int | None
    errors: str

    def share_out_after(self, hours: float) -> float:
        """Estimated share still out at this age; NaN beyond the records where somebody was still out."""
        if hours > self.longest_hours and (self.share_out.size == 0 or self.share_out[-1] > 0):
            return math.nan
        place = int(self.hours.searchsorted(hours, side="right")) - 1
        return 1.0 if place < 0 else float(self.share_out[place])

    def median_hours(self) -> float:
        """Hours by which half were restored; infinite where the records never got there."""
        below = np.flatnonzero(self.share_out <= 0.5 + 1e-12)
        return float(self.hours[below[0]]) if below.size else math.inf


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """Mean hours without power, an outage counting for at most `horizon_hours`."""

    group: str
    horizon_hours: float
    mean_hours: float
    std_error: float
    conf_low: float
    conf_high: float
    n: int
    n_restored: int
    n_clusters: int | None
    errors: str


@dataclass(frozen=True, slots=True)
class RestrictedMeanGap:
    """Restricted mean hours of `group` less those of `reference`. Null hypothesis: the two are equal."""

    group: str
    reference: str
    horizon_hours: float
    gap_hours: float
    std_error: float
    statistic: float
    df: float | None
    p_value: float
    conf_low: float
    conf_high: float
    errors: str


class _Sample(NamedTuple):
    hours: Floats
    ended: Bools
    clusters: Labels | None
    weights: Floats | None


def survival_curve(
    hours: Floats, restored: Bools, *, clusters: Labels | None = None, weights: Floats | None = None, group: str = "everybody", level: float = LEVEL
) -> SurvivalCurve:
    """Kaplan–Meier curve of the hours without power, with intervals at every point.

    Parameters
    ----------
    hours
        float64, shape (n,), hours from the start of the outage to restoration, or to the end of the records where not restored. ≥ 0, no NaN.
    restored
        bool, shape (n,). False is right-censored.
    clusters
        Any labels, shape (n,), without missing ones: errors by cluster instead of Greenwood's.
    weights
        float64, shape (n,), ≥ 0: sampling weights. With weights errors are always robust, each row a cluster where none are given.

    Raises
    ------
    SurvivalArraysUnusable
        Shapes that differ, missing or negative values, no row at all; every fault at once.

    Examples
    --------
    >>> curve = survival_curve(np.array([1.0, 2.0, 2.0, 3.0]), np.array([True, True, False, True]))
    >>> curve.share_out.tolist()
    [0.75, 0.5, 0.0]
    """
    refuse_unusable(hours, restored, clusters, weights)
    sample = _Sample(hours, restored, clusters, weights)
    table = risk_table(hours, restored, weights=weights)
    share = _product_limit(table)
    if clusters is None and weights is None:
        error, n_clusters, convention = share * np.sqrt(np.cumsum(_greenwood(table))), None, "greenwood"
    else:
        total = np.zeros(table.hours.size)
        n_clusters, convention = 0, _convention(sample)
        for d_hazard in _hazard_influence(sample, table):
            total += (share * np.cumsum(d_hazard)) ** 2
            n_clusters += 1
        error = np.sqrt(total * _small_sample(n_clusters))
    low, high = _log_log_interval(share, error, _critical(level, n_clusters))
    return SurvivalCurve(group, table.hours, share, error, low, high, float(hours.max()), hours.size, int(restored.sum()), n_clusters, convention)


def restricted_mean(
    hours: Floats,
    restored: Bools,
    *,
    horizon_hours: float,
    clusters: Labels | None = None,
    weights: Floats | None = None,
    group: str = "everybody",
    level: float = LEVEL,
) -> RestrictedMean:
    """Area under the Kaplan–Meier curve up to a horizon, in hours. Parameters and faults as in `survival_curve`.

    Raises
    ------
    SurvivalArraysUnusable
        Also where the records end before the horizon with somebody still out: the message names the largest horizon that would do.
    """
    refuse_unusable(hours, restored, clusters, weights)
    sample = _Sample(hours, restored, clusters, weights)
    mean, error, n_clusters = _mean_and_error(sample, horizon_hours, group)
    reach = _critical(level, n_clusters) * error
    return RestrictedMean(
        group, horizon_hours, mean, error, mean - reach, mean + reach, hours.size, int(restored.sum()), n_clusters, _convention(sample)
    )


def restricted_mean_gap(
    hours: Floats,
    restored: Bools,
    in_group: Bools,
    *,
    horizon_hours: float,
    clusters: Labels | None = None,
    weights: Floats | None = None,
    group: str = "group",
    reference: str = "others",
    level: float = LEVEL,
) -> RestrictedMeanGap:
    """Difference of restricted means between the households in a group and all others; with clusters, those that both share are taken together."""
    refuse_unusable(hours, restored, clusters, weights)
    _refuse_one_group(in_group, hours.size)
    labels = clusters if clusters is not None or weights is None else np.arange(hours.size)
    means, variance = [], 0.0
    pieces: list[dict[Any, float]] = []
    for chosen, name in ((in_group, group), (~in_group, reference)):
        part = _Sample(hours[chosen], restored[chosen], None if labels is None else labels[chosen], None if weights is None else weights[chosen])
        mean, error, _ = _mean_and_error(part, horizon_hours, name)
        means.append(mean)
        variance += error**2
        pieces.append({} if labels is None else _mean_influence(part, horizon_hours))
    n_clusters = None
    if labels is not None:
        both = set(pieces[0]) | set(pieces[1])
        n_clusters = len(both)
        variance = _small_sample(n_clusters) * math.fsum((pieces[0].get(c, 0.0) - pieces[1].get(c, 0.0)) ** 2 for c in both)
    convention = "greenwood" if labels is None else "clustered" if clusters is not None else "robust"
    row = term_row("gap", means[0] - means[1], math.sqrt(variance), None if n_clusters is None else float(n_clusters - 1), level)
    return RestrictedMeanGap(group, reference, horizon_hours, *row[1:8], convention)


def survival_by_group(
    hours: Floats, restored: Bools, groups: Sequence[tuple[str, Bools]], *, clusters: Labels | None = None, weights: Floats | None = None
) -> tuple[SurvivalCurve, ...]:
    """A curve for each named group of households; a household may be in several groups or in none."""
    return tuple(
        survival_curve(
            hours[chosen],
            restored[chosen],
            clusters=None if clusters is None else clusters[chosen],
            weights=None if weights is None else weights[chosen],
            group=name,
        )
        for name, chosen in groups
    )


def largest_horizon(hours: Floats, restored: Bools, in_group: Bools | None = None) -> float:
    """The largest horizon, in hours, up to which every group's curve is known."""
    groups = [np.ones(hours.size, dtype=np.bool_)] if in_group is None else [in_group, ~in_group]
    return min(_known_until(hours[chosen], restored[chosen]) for chosen in groups)


def refuse_unusable(hours: Floats, restored: Bools, clusters: Labels | None = None, weights: Floats | None = None) -> None:
    """Raise SurvivalArraysUnusable with every fault of the arrays."""
    faults: list[str] = []
    if hours.ndim != 1 or hours.size == 0:
        faults.append(f"hours of shape {hours.shape} came")
    faults += [
        f"`{name}` came with shape {array.shape} beside hours of shape {hours.shape}"
        for name, array in (("restored", restored), ("clusters", clusters), ("weights", weights))
        if array is not None and array.shape != hours.shape
    ]
    if restored.dtype != np.bool_:
        faults.append(f"`restored` came as {restored.dtype} where true or false was expected")
    if bad := int((~(np.isfinite(hours) & (hours >= 0))).sum()):
        faults.append(f"{bad:,} hours were negative, infinite or missing")
    if weights is not None and (not np.all(np.isfinite(weights) & (weights >= 0)) or weights.sum() <= 0):
        faults.append("weights must be finite and not negative, and some above 0")
    if faults:
        raise SurvivalArraysUnusable(faults)


def _refuse_one_group(in_group: Bools, n: int) -> None:
    if in_group.shape != (n,) or in_group.dtype != np.bool_ or in_group.all() or not in_group.any():
        raise SurvivalArraysUnusable([f"a group and others were expected, {int(in_group.sum()):,} of {n:,} were in the group"])


def _product_limit(table: RiskTable) -> Floats:
    return np.asarray(np.cumprod(1.0 - table.ended / table.at_risk))


def _greenwood(table: RiskTable) -> Floats:
    """Terms of Greenwood's sum; where everybody left at once the curve is 0 and so is its error."""
    staying = table.at_risk - table.ended
    return np.divide(table.ended, table.at_risk * staying, out=np.zeros_like(staying), where=staying > 1e-9)


def _clusters_of(sample: _Sample) -> tuple[Labels, Ints]:
    labels = np.arange(sample.hours.size) if sample.clusters is None else sample.clusters
    names, place = np.unique(labels, return_inverse=True)
    return names, place


def _hazard_influence(sample: _Sample, table: RiskTable) -> Iterator[Floats]:
    """For each cluster, how its weight moves log S at each step: (Y_c dL - dN_c) / (Y - dN), where dL is the hazard of all."""
    names, place = _clusters_of(sample)
    staying = table.at_risk - table.ended
    usable = staying > 1e-9
    hazard = table.ended / table.at_risk
    order = np.argsort(place, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(place, minlength=names.size))[:-1]):
        weight = np.ones(rows.size) if sample.weights is None else sample.weights[rows]
        ended = sample.ended[rows]
        here = np.bincount(table.hours.searchsorted(sample.hours[rows[ended]]), weights=weight[ended], minlength=table.hours.size)
        at_risk = weight.sum() - _weight_below(sample.hours[rows], weight, table.hours)
        yield np.divide(at_risk * hazard - here, staying, out=np.zeros_like(staying), where=usable)


def _mean_and_error(sample: _Sample, horizon: float, group: str) -> tuple[float, float, int | None]:
    known = _known_until(sample.hours, sample.ended)
    if not 0 < horizon <= known:
        raise SurvivalArraysUnusable([f"a horizon between 0 and {known:g} h was expected for {group}, where the records end, and {horizon:g} h came"])
    table = risk_table(sample.hours, sample.ended, weights=sample.weights)
    mean, after = _areas(table, horizon)
    if sample.clusters is None and sample.weights is None:
        return mean, math.sqrt(float(np.sum(after**2 * _greenwood(table)))), None
    pieces = _mean_influence(sample, horizon)
    return mean, math.sqrt(_small_sample(len(pieces)) * math.fsum(v * v for v in pieces.values())), len(pieces)


def _areas(table: RiskTable, horizon: float) -> tuple[float, Floats]:
    """Area under the curve up to the horizon, and what of it lies after each step."""
    edges = np.minimum(np.append(table.hours, horizon), horizon)
    steps = _product_limit(table) * np.diff(edges)
    after = np.cumsum(steps[::-1])[::-1]
    first = float(edges[0])
    return first + float(steps.sum()), np.asarray(after)


def _mean_influence(sample: _Sample, horizon: float) -> dict[Any, float]:
    """By cluster: how its weight moves the restricted mean. A step's hazard moves all of the area after it."""
    table = risk_table(sample.hours, sample.ended, weights=sample.weights)
    _, after = _areas(table, horizon)
    names, _ = _clusters_of(sample)
    return {name: float(d_hazard @ after) for name, d_hazard in zip(names.tolist(), _hazard_influence(sample, table), strict=True)}


def _known_until(hours: Floats, ended: Bools) -> float:
    """Infinite where the longest outage ended: its curve is 0 from there on."""
    longest = float(hours.max())
    return math.inf if ended[hours == longest].all() else longest


def _convention(sample: _Sample) -> str:
    return "clustered" if sample.clusters is not None else "greenwood" if sample.weights is None else "robust"


def _small_sample(n_clusters: int) -> float:
    return n_clusters / (n_clusters - 1) if n_clusters > 1 else math.nan


def _critical(level: float, n_clusters: int | None) -> float:
    return critical(level, None if n_clusters is None else float(n_clusters - 1))


def _log_log_interval(share: Floats, error: Floats, critical: float) -> tuple[Floats, Floats]:
    """Interval of the share by that of log(-log S). At 0 the share is where it is: nothing is known of its error there."""
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    reach = critical * np.where(inside, error, 0.0) / (safe * np.abs(np.log(safe)))
    low, high = safe ** np.exp(reach), safe ** np.exp(-reach)
    return np.where(inside, low, share), np.where(inside, high, share)
