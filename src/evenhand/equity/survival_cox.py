"""Cox's proportional hazards of being restored: who gets power back sooner among those out equally long.

Modelling choice: the partial likelihood with Efron's handling of ties (default: half-hourly meters tie thousands) or Breslow's. A hazard ratio
*below* 1 means a longer wait. Errors: `observed`, and with clusters `cr1`: the sandwich of summed score residuals of Lin and Wei with the factor
G / (G - 1); with weights and no clusters `robust`, every row a cluster. Cost grows with rows times terms squared: the part of the information that
needs a sum over everybody at risk is gathered as X' diag(r H) X, where H is the baseline hazard summed up to each household's last hour, so that no
matrix is kept for each event time.

References: Cox (1972), JRSS B 34:187–220; Efron (1977), JASA 72:557–565; Breslow (1974), Biometrics 30:89–99; Lin & Wei (1989), JASA 84:1074–1078;
Therneau & Grambsch, Modeling Survival Data, sections 3.3 and 7.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import Bools, Floats, Ints, Labels
from evenhand.equity.survival_fits import (
    STEP_TOLERANCE,
    Pieces,
    SurvivalFit,
    checked_design,
    cluster_count,
    default_errors_of,
    few_clusters_warning,
    newton,
    robust_covariance,
)

Ties = Literal["efron", "breslow"]


def fit_cox(
    hours: Floats,
    restored: Bools,
    design: Floats,
    terms: Sequence[str],
    *,
    clusters: Labels | None = None,
    weights: Floats | None = None,
    ties: Ties = "efron",
) -> SurvivalFit:
    """Fit hazard ratios of restoration with right censoring.

    Parameters
    ----------
    hours, restored, clusters
        As in `kaplan_meier.survival_curve`; outages of 0 hours count as restored at once.
    design
        float64, shape (n, p), without a constant and without missing values.
    terms
        p names.
    weights
        float64, shape (n,), ≥ 0, with Breslow's ties only: how weights and Efron's ties go together is not agreed upon. Without clusters they add
        `robust` (then the default).
    ties
        `efron` or `breslow`.

    Raises
    ------
    SurvivalArraysUnusable
        Every fault of the arrays at once.
    """
    checked_design(hours, restored, design, terms, clusters=clusters, weights=weights)
    if weights is not None and ties == "efron":
        raise SurvivalArraysUnusable(["weights came with Efron's ties: choose ties='breslow'"])
    centre = design.mean(axis=0)
    risk = _Risk.of(hours, restored, design - centre, np.ones(hours.size) if weights is None else weights, efron=ties == "efron")
    at, whole, step = newton(risk.pieces, np.zeros(len(terms)))
    covariances = {"observed": np.asarray(np.linalg.pinv(whole.information))}
    g = cluster_count(clusters)
    if clusters is not None and g is not None and g > 1:
        sums = _sums_by(clusters, risk.score_residuals(at))
        covariances["cr1"] = robust_covariance(covariances["observed"], sums)
    elif weights is not None and clusters is None:
        covariances["robust"] = robust_covariance(covariances["observed"], risk.score_residuals(at))
    return SurvivalFit(
        family=f"cox ({ties} ties)",
        terms=tuple(terms),
        estimates=at,
        covariances=covariances,
        ratio_name="hazard ratio",
        n=hours.size,
        n_restored=int(restored.sum()),
        n_clusters=g,
        loglik=whole.loglik,
        newton_step=step,
        converged=step < STEP_TOLERANCE * 1e3,
        ancillary={},
        default_errors=default_errors_of(covariances),
        warnings=few_clusters_warning(g),
    )


def _sums_by(clusters: Labels, values: Floats) -> Floats:
    _, place = np.unique(clusters, return_inverse=True)
    return np.stack([np.bincount(place, weights=column) for column in values.T], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Risk:
    """Rows sorted by hours, and the ties of each event time: `fraction` is Efron's share of those who leave that is taken off each copy of the tie.

    `tie_of` (e,) says to which distinct time each event belongs, `until` (n,) how many of the distinct times are at or before a row's hours,
    `first` (t,) the first sorted row at risk at each time.
    """

    design: Floats
    weight: Floats
    order: Ints
    events: Ints
    tie_of: Ints
    until: Ints
    first: Ints
    fraction: Floats

    @classmethod
    def of(cls, hours: Floats, restored: Bools, design: Floats, weight: Floats, *, efron: bool) -> _Risk:
        order = np.argsort(hours, kind="stable")
        ordered, ended = hours[order], restored[order]
        times, tie_of, counts = np.unique(ordered[ended], return_inverse=True, return_counts=True)
        within = np.arange(tie_of.size) - np.repeat(np.cumsum(counts) - counts, counts)
        fraction = within / counts[tie_of] if efron else np.zeros(tie_of.size)
        return cls(
            design[order], weight[order], order, np.flatnonzero(ended), tie_of, ordered_until(times, ordered), ordered.searchsorted(times), fraction
        )

    def _sums(self, r: Floats, rx: Floats) -> tuple[Floats, Floats]:
        """For each event: total risk and risk-weighted design of those at risk, less Efron's share of those who leave at that time."""
        s0 = _from_end(r)[self.first][self.tie_of]
        s1 = _from_end(rx)[self.first][self.tie_of]
        t0 = np.bincount(self.tie_of, weights=r[self.events])[self.tie_of]
        t1 = np.stack([np.bincount(self.tie_of, weights=column) for column in rx[self.events].T], axis=1)[self.tie_of]
        return s0 - self.fraction * t0, s1 - self.fraction[:, None] * t1

    def _hazard_until(self, per_event: Floats) -> Floats:
        """Sum over all event times up to each row's own hours."""
        by_time = np.bincount(self.tie_of, weights=per_event, minlength=self.first.size)
        return np.asarray(np.append(0.0, np.cumsum(by_time))[self.until])

    def _own_share(self, per_event: Floats) -> Floats:
        """What Efron takes off: for each event row, the sum over its own tie of fraction × value."""
        return np.asarray(np.bincount(self.tie_of, weights=self.fraction * per_event, minlength=self.first.size)[self.tie_of])

    def pieces(self, beta: Floats) -> Pieces:
        eta = self.design @ beta
        shift = float(eta.max())
        r = self.weight * np.exp(eta - shift)
        s0, s1 = self._sums(r, r[:, None] * self.design)
        w = self.weight[self.events]
        mean = s1 / s0[:, None]
        hazard = self._hazard_until(w / s0)
        hazard[self.events] -= self._own_share(w / s0)
        information = self.design.T @ (self.design * (r * hazard)[:, None]) - mean.T @ (mean * w[:, None])
        score = self.design[self.events].T @ w - mean.T @ w
        return Pieces(float(w @ (eta[self.events] - shift - np.log(s0))), score, information)

    def score_residuals(self, beta: Floats) -> Floats:
        """A row a household, in the order they came: what each adds to the score, compensated by its risk while others were restored."""
        eta = self.design @ beta
        r = self.weight * np.exp(eta - eta.max())
        s0, s1 = self._sums(r, r[:, None] * self.design)
        step = self.weight[self.events] / s0
        mean = s1 / s0[:, None]
        hazard = self._hazard_until(step)
        hazard[self.events] -= self._own_share(step)
        drift = np.stack([self._hazard_until(step * column) for column in mean.T], axis=1)
        drift[self.events] -= np.stack([self._own_share(step * column) for column in mean.T], axis=1)
        residual = -r[:, None] * (self.design * hazard[:, None] - drift)
        counts = np.bincount(self.tie_of, minlength=self.first.size)
        tie_mean = np.stack([np.bincount(self.tie_of, weights=column) / counts for column in mean.T], axis=1)
        residual[self.events] += self.weight[self.events][:, None] * (self.design[self.events] - tie_mean[self.tie_of])
        back: Floats = np.empty_like(residual)
        back[self.order] = residual
        return back


def ordered_until(times: Floats, ordered: Floats) -> Ints:
    """How many of the rising `times` are at or before each value."""
    return np.asarray(times.searchsorted(ordered, side="right"), dtype=np.int64)


def _from_end(values: Floats) -> Floats:
    """Sums from each row to the last."""
    return np.asarray(np.cumsum(values[::-1], axis=0)[::-1])
