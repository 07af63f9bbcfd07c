"""Taking part as something that begins during the outage: the hazard of restoration before and after a household's first report.

Modelling choice: time is cut into periods (half an hour by default), and in each a household that is still out is restored with a probability. A flag
"reported within 48 hours" would give the reporters the time they waited before reporting, which by its nature they survived (immortal time); here a
household counts as a reporter only in periods that *begin* at or after its report. This removes immortal time and the 48-hour window. It does not
remove that those with more reason to report, report: what comes out is called an association.

The likelihood is that of one row a household and period, exactly, but those rows are never written. The baseline hazard is constant within blocks of
periods (a block can be one period), so all periods of a household within a block and on one side of its report are alike, and a count stands for
them. With 82,000 households, 288 hours and 24 blocks that is at most 48 terms a household instead of 576 rows. Two links:

- `cloglog` (default): the grouped-time form of proportional hazards; exp(coefficient) is a hazard ratio that does not depend on the period's length;
- `logit`: exp(coefficient) is a ratio of the odds of being restored in a period.

An outage of T hours ends in period ceil(T / width). One censored at C is at risk for the floor(C / width) periods that were seen whole; an outage of
0 hours, or one never at risk for a whole period, is left out, counted and said. A report in the very period of restoration exposes nothing.

References: Prentice & Gloeckler (1978), Biometrics 34:57–67; Allison (1982), Sociological Methodology 13:61–98; Suissa (2008), Am. J. Epidemiology
167:492–499 (immortal time); Singer & Willett, Applied Longitudinal Data Analysis, chapters 11–12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import Bools, Floats, Ints, Labels
from evenhand.equity.survival_fits import (
    STEP_TOLERANCE,
    Pieces,
    SurvivalFit,
    additive_covariances,
    checked_design,
    cluster_count,
    default_errors_of,
    few_clusters_warning,
    newton,
    robust_covariance,
    rows_by_cluster,
)

Link = Literal["cloglog", "logit"]
PERIOD_HOURS: Final = 0.5
BLOCKS: Final = 24
# A block needs restorations of its own, or its hazard would run to zero.
_LEAST_RESTORATIONS_IN_BLOCK: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class PersonPeriodFit:
    """A fitted hazard by period. `coefficients` are its terms; the baseline's levels lie beside, by block.

    `block_ends` (b,) are the last periods of the blocks (periods count from 1); `baseline` (b,) their levels on the link's scale; `joint` holds, by
    convention, the covariance of (baseline, coefficients). `n_person_periods` is how many rows the expanded table would have had.
    """

    coefficients: SurvivalFit
    baseline: Floats
    block_ends: Ints
    joint: dict[str, Floats]
    link: Link
    period_hours: float
    n_person_periods: int
    n_exposed_periods: int
    n_reporters: int


class Periods(NamedTuple):
    """Whole periods at risk (n,), whether the last one ended in restoration (n,), and how many of them began before the report (n,)."""

    at_risk: Ints
    restored: Bools
    unexposed: Ints

    def only(self, rows: Bools | NDArray[np.intp]) -> Periods:
        return Periods(self.at_risk[rows], self.restored[rows], self.unexposed[rows])


def periods_of(hours: Floats, restored: Bools, reported_hours: Floats, period_hours: float = PERIOD_HOURS) -> Periods:
    """Turn hours into counts of periods. `reported_hours` float64 (n,), hours from the outage's start to the first report; NaN is no report.

    Hours that are a whole number of periods up to rounding count as that number.
    """
    in_periods = hours / period_hours
    at_risk = np.where(restored, _ceil(in_periods), np.floor(in_periods + 1e-9)).astype(np.int64)
    before = np.where(np.isnan(reported_hours), np.inf, _ceil(np.maximum(reported_hours, 0.0) / period_hours))
    return Periods(at_risk, restored, np.minimum(at_risk, before).astype(np.int64))


def _ceil(values: Floats) -> Floats:
    return np.asarray(np.ceil(values - 1e-9))


def fit_person_period(
    hours: Floats,
    restored: Bools,
    reported_hours: Floats,
    design: Floats,
    terms: Sequence[str],
    *,
    exposed_with: Sequence[str] = (),
    clusters: Labels | None = None,
    weights: Floats | None = None,
    link: Link = "cloglog",
    period_hours: float = PERIOD_HOURS,
    block_ends: Ints | None = None,
) -> PersonPeriodFit:
    """Fit the hazard of restoration with a report that begins when it was made.

    Parameters
    ----------
    hours, restored, clusters, weights
        As in `kaplan_meier.survival_curve`; weights without clusters add `robust` to the conventions (then the default).
    reported_hours
        float64, shape (n,), hours from the outage's start to the household's first report; NaN where it made none.
    design
        float64, shape (n, p), fixed columns without a constant and without missing values.
    terms
        p names.
    exposed_with
        Terms whose coefficient may differ after the report; each adds `TERM:reported` beside `reported`.
    period_hours
        Width of a period, in hours.
    block_ends
        int64, rising, last period of each block of the baseline; default: 24 blocks with about as many restorations each. A block in which nobody
        was restored joins its neighbour.

    Raises
    ------
    SurvivalArraysUnusable
        Every fault of the arrays at once; also where nobody was out after a report of their own.
    """
    checked_design(hours, restored, design, terms, clusters=clusters, weights=weights)
    _refuse_report_faults(hours, reported_hours, terms, exposed_with, period_hours)
    periods = periods_of(hours, restored, reported_hours, period_hours)
    seen = periods.at_risk > 0
    periods = periods.only(seen)
    if not (periods.unexposed < periods.at_risk).any():
        raise SurvivalArraysUnusable(["no household was still out in a period after its own report: the term `reported` has nothing to rest on"])
    ends = default_block_ends(periods) if block_ends is None else np.asarray(block_ends, dtype=np.int64)
    ends = _with_restorations(ends, periods)
    fixed = design[seen]
    varying = np.column_stack([np.ones(fixed.shape[0]), *(fixed[:, list(terms).index(term)] for term in exposed_with)])
    centre = fixed.mean(axis=0)
    rows = _Rows(periods, fixed - centre, varying, np.ones(fixed.shape[0]) if weights is None else weights[seen], ends, link, period_hours)
    at, whole, step = newton(rows.pieces, rows.start())
    labels = None if clusters is None else clusters[seen]
    joint = additive_covariances(whole, None if labels is None else [rows.only(chosen).pieces(at) for chosen in rows_by_cluster(labels)])
    if weights is not None and labels is None:
        joint["robust"] = robust_covariance(joint["observed"], rows.scores(at))
    names = (*terms, "reported", *(f"{term}:reported" for term in exposed_with))
    return _fit(rows, centre, names, labels, at=at, joint=joint, step=step, loglik=whole.loglik, gone=int((~seen).sum()))


def default_block_ends(periods: Periods, blocks: int = BLOCKS) -> Ints:
    """Last periods of blocks that hold about as many restorations each, at least ten."""
    ended = np.sort(periods.at_risk[periods.restored])
    wanted = max(1, min(blocks, ended.size // _LEAST_RESTORATIONS_IN_BLOCK))
    places = (np.arange(1, wanted) * ended.size) // wanted
    return np.unique(np.append(ended[places], ended[-1]))


def _with_restorations(ends: Ints, periods: Periods) -> Ints:
    """Blocks up to the last period at risk, each with restorations: the hazard of one without would run to zero, so it joins its neighbour."""
    last = periods.at_risk.max()
    inner = np.unique(ends[ends < last])
    ended = np.sort(periods.at_risk[periods.restored])
    until = ended.searchsorted(inner, side="right")
    # An end stays where restorations lie between it and the one that stays before it, and after it.
    return np.append(inner[(np.diff(np.append(0, until)) > 0) & (until < ended.size)], last).astype(np.int64)


def _refuse_report_faults(hours: Floats, reported: Floats, terms: Sequence[str], exposed_with: Sequence[str], period_hours: float) -> None:
    faults = []
    if reported.shape != hours.shape:
        faults.append(f"`reported_hours` came with shape {reported.shape} beside hours of shape {hours.shape}")
    elif bad := int((reported < 0).sum()):
        faults.append(f"{bad:,} households reported before their outage began: such a report is of another outage, leave it out (NaN)")
    if unknown := [term for term in exposed_with if term not in terms]:
        faults.append(f"the terms are {', '.join(terms)}, and {', '.join(unknown)} came in `exposed_with`")
    if not period_hours > 0:
        faults.append(f"a period longer than 0 h was expected, and {period_hours!r} came")
    if faults:
        raise SurvivalArraysUnusable(faults)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Households, the blocks of the baseline and the link; parameters are (baseline by block, fixed terms, terms after the report)."""

    periods: Periods
    fixed: Floats
    varying: Floats
    weight: Floats
    ends: Ints
    link: Link
    period_hours: float

    def only(self, rows: NDArray[np.intp]) -> _Rows:
        return replace(self, periods=self.periods.only(rows), fixed=self.fixed[rows], varying=self.varying[rows], weight=self.weight[rows])

    def start(self) -> Floats:
        """Each block's own rate, and no effects."""
        begin, theta = 0, np.zeros(self.ends.size + self.fixed.shape[1] + self.varying.shape[1])
        for block, end in enumerate(self.ends):
            exposure = float(self.weight @ np.clip(self.periods.at_risk - begin, 0, end - begin))
            ended = float(self.weight[self.periods.restored & (self.periods.at_risk > begin) & (self.periods.at_risk <= end)].sum())
            rate = min(max(ended / exposure, 1e-6), 1.0 - 1e-6)
            theta[block] = np.log(-np.log1p(-rate)) if self.link == "cloglog" else np.log(rate / (1.0 - rate))
            begin = int(end)
        return theta

    def pieces(self, theta: Floats) -> Pieces:
        """Log likelihood, score and observed information."""
        return self.proportional_pieces(theta) if self.link == "cloglog" else self.pieces_by_block(theta)

    def proportional_pieces(self, theta: Floats) -> Pieces:
        """For the complementary log-log, whose hazard of a period is a level of the block times a factor of the household.

        What a household adds by staying out is its factor times a cumulative level, and the sums by block need the households only by the number of
        periods that they stayed: one pass over the households, instead of one for each block.
        """
        b, p = self.ends.size, self.fixed.shape[1]
        at_risk, restored, unexposed = self.periods
        stayed = at_risk - restored
        before = np.minimum(unexposed, stayed)
        late = np.flatnonzero(unexposed < at_risk)  # no other household has a period after a report
        begins = np.append(0, self.ends[:-1])
        in_block = np.clip(np.arange(self.ends[-1] + 1)[:, None] - begins, 0, self.ends - begins).astype(np.float64)
        level = np.exp(theta[:b])
        cumulative = in_block @ level
        eta = self.fixed @ theta[b : b + p]
        factor = np.exp(eta)
        eta[late] += self.varying[late] @ theta[b + p :]
        factor_late = np.exp(eta[late])
        block = self.ends.searchsorted(at_risk)  # of the last period at risk
        value, first, second = _cloglog(eta + theta[block], np.zeros(eta.size), restored.astype(np.float64))
        w, w_late = self.weight, self.weight[late]
        hazard, hazard_late = factor * cumulative[before], factor_late * (cumulative[stayed[late]] - cumulative[before[late]])
        ends = np.column_stack([w * first, w * second])
        ones, ones_late = (
            np.column_stack([np.ones(eta.size), self.fixed]),
            np.column_stack([np.ones(late.size), self.fixed[late], self.varying[late]]),
        )
        by_stay = _summed(before, (w * factor)[:, None] * ones, len(cumulative))
        rows_late = (w_late * factor_late)[:, None] * ones_late
        by_stay_late = _summed(stayed[late], rows_late, len(cumulative)) - _summed(before[late], rows_late, len(cumulative))
        stay = level[:, None] * (in_block.T @ by_stay)
        stay_late = level[:, None] * (in_block.T @ by_stay_late)
        at_end = _summed(block, ends, b)
        cross = np.column_stack([stay[:, 1:] + stay_late[:, 1 : p + 1] + _summed(block, ends[:, 1:] * self.fixed, b),
                                 stay_late[:, p + 1 :] + _summed(block[late], ends[late, 1:] * self.varying[late], b)])  # fmt: skip
        first_all, second_all = ends[:, 0] - w * hazard, ends[:, 1] + w * hazard
        first_all[late] -= w_late * hazard_late
        second_all[late] += w_late * hazard_late
        first_late, second_late = ends[late, 0] - w_late * hazard_late, ends[late, 1] + w_late * hazard_late
        all_out = stay[:, 0] + stay_late[:, 0]
        score = np.concatenate([at_end[:, 0] - all_out, self.fixed.T @ first_all, self.varying[late].T @ first_late])
        loglik = float(w @ (value - hazard) - w_late @ hazard_late)
        return Pieces(loglik, score, self._information(at_end[:, 1] + all_out, cross, second_all, late, second_late))

    def _information(self, by_block: Floats, cross: Floats, second_all: Floats, late: NDArray[np.intp], second_late: Floats) -> Floats:
        """The matrix from its blocks; `second_*` weigh the rows, and only rows `late` have terms that come with a report."""
        varying, mixed = self.varying[late], self.fixed[late].T @ (self.varying[late] * second_late[:, None])
        inner = np.block([
            [self.fixed.T @ (self.fixed * second_all[:, None]), mixed],
            [mixed.T, varying.T @ (varying * second_late[:, None])],
        ])  # fmt: skip
        return np.block([[np.diag(by_block), cross], [cross.T, inner]])

    def pieces_by_block(self, theta: Floats) -> Pieces:
        """For any link: sums over households, blocks and sides of the report of `stayed` periods out and perhaps one restoration."""
        b, p = self.ends.size, self.fixed.shape[1]
        base = self.fixed @ theta[b : b + p]
        lift = self.varying @ theta[b + p :]
        n = base.size
        first_all, second_all = np.zeros(n), np.zeros(n)
        first_after, second_after = np.zeros(n), np.zeros(n)
        score_block, info_block = np.zeros(b), np.zeros(b)
        cross = np.zeros((b, p + self.varying.shape[1]))
        loglik, begin = 0.0, 0
        for block, end in enumerate(self.ends):
            for rows, stayed, ended, is_after in self._parts(begin, int(end)):
                eta = theta[block] + base[rows] + (lift[rows] if is_after else 0.0)
                value, first, second = _LINKS[self.link](eta, stayed, ended)
                w = self.weight[rows]
                loglik += float(w @ value)
                first, second = w * first, w * second
                first_all[rows] += first
                second_all[rows] += second
                score_block[block] += first.sum()
                info_block[block] += second.sum()
                cross[block, :p] += second @ self.fixed[rows]
                if is_after:
                    first_after[rows] += first
                    second_after[rows] += second
                    cross[block, p:] += second @ self.varying[rows]
            begin = int(end)
        score = np.concatenate([score_block, self.fixed.T @ first_all, self.varying.T @ first_after])
        everyone = np.arange(n)
        return Pieces(loglik, score, self._information(info_block, cross, second_all, everyone, second_after))

    def scores(self, theta: Floats) -> Floats:
        """What each household adds to the score, shape (n, q)."""
        b, p, n = self.ends.size, self.fixed.shape[1], self.weight.size
        base, lift = self.fixed @ theta[b : b + p], self.varying @ theta[b + p :]
        by_block, after, begin = np.zeros((n, b)), np.zeros(n), 0
        for block, end in enumerate(self.ends):
            for rows, stayed, ended, is_after in self._parts(begin, int(end)):
                first = self.weight[rows] * _LINKS[self.link](theta[block] + base[rows] + (lift[rows] if is_after else 0.0), stayed, ended)[1]
                by_block[rows, block] += first
                if is_after:
                    after[rows] += first
            begin = int(end)
        return np.column_stack([by_block, self.fixed * by_block.sum(axis=1)[:, None], self.varying * after[:, None]])

    def _parts(self, begin: int, end: int) -> list[tuple[NDArray[np.intp], Floats, Floats, bool]]:
        """Of the periods begin+1 … end: rows at risk before and after their report, how many periods they stayed out, and whether one ended."""
        at_risk, restored, unexposed = self.periods
        parts = []
        out = np.flatnonzero(at_risk > begin)
        upto = np.minimum(at_risk[out], end)
        split = np.clip(unexposed[out], begin, upto)
        ends_here = restored[out] & (at_risk[out] <= end)
        ends_before = ends_here & (unexposed[out] >= at_risk[out])
        for is_after, count, ended in ((False, split - begin, ends_before), (True, upto - split, ends_here & ~ends_before)):
            some = count > 0
            parts.append((out[some], (count - ended)[some].astype(np.float64), ended[some].astype(np.float64), is_after))
        return parts


def _cloglog(eta: Floats, stayed: Floats, ended: Floats) -> tuple[Floats, Floats, Floats]:
    """log(1 - h) = -e^eta for a period out; log h = log(1 - exp(-e^eta)) for the one that ended. Value, first and negative second derivative."""
    rate = np.exp(eta)
    chance = -np.expm1(-rate)
    grow = np.divide(rate * np.exp(-rate), chance, out=np.ones_like(rate), where=chance > 0)
    value = -stayed * rate + ended * np.log(np.maximum(chance, 1e-300))
    return value, -stayed * rate + ended * grow, stayed * rate - ended * grow * (1.0 - rate - grow)


def _summed(place: Ints, rows: Floats, n: int) -> Floats:
    """Sums of rows (m, k) by place: shape (n, k)."""
    return np.column_stack([np.bincount(place, weights=column, minlength=n) for column in rows.T])


def _logit(eta: Floats, stayed: Floats, ended: Floats) -> tuple[Floats, Floats, Floats]:
    count = stayed + ended
    chance = 1.0 / (1.0 + np.exp(-eta))
    return ended * eta - count * np.logaddexp(0.0, eta), ended - count * chance, count * chance * (1.0 - chance)


_LINKS: Final = {"cloglog": _cloglog, "logit": _logit}


def _fit(
    rows: _Rows,
    centre: Floats,
    terms: tuple[str, ...],
    labels: Labels | None,
    *,
    at: Floats,
    joint: dict[str, Floats],
    step: float,
    loglik: float,
    gone: int,
) -> PersonPeriodFit:
    b, p = rows.ends.size, centre.size
    # Back from centred columns: the baseline is that of a household with every column 0.
    back = np.eye(at.size)
    back[:b, b : b + p] = -centre
    joint = {name: back @ covariance @ back.T for name, covariance in joint.items()}
    at = back @ at
    g = cluster_count(labels)
    exposed = rows.periods.at_risk - rows.periods.unexposed
    coefficients = SurvivalFit(
        family=f"person-period ({rows.link})",
        terms=terms,
        estimates=at[b:],
        covariances={name: covariance[b:, b:] for name, covariance in joint.items()},
        ratio_name="hazard ratio" if rows.link == "cloglog" else "ratio of the odds of restoration in a period",
        n=rows.weight.size,
        n_restored=int(rows.periods.restored.sum()),
        n_clusters=g,
        loglik=loglik,
        newton_step=step,
        converged=step < STEP_TOLERANCE * 1e3,
        ancillary={},
        default_errors=default_errors_of(joint),
        dropped=(("hours", "never out for a whole period", gone),) if gone else (),
        warnings=few_clusters_warning(g),
    )
    counts = (int(rows.periods.at_risk.sum()), int(exposed.sum()), int((exposed > 0).sum()))
    return PersonPeriodFit(coefficients, at[:b], rows.ends, joint, rows.link, rows.period_hours, *counts)
