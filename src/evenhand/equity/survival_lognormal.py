"""Log-normal accelerated failure times: how many times longer an outage lasts, with those still out censored.

Modelling choice: log hours = design · coefficients + sigma · normal. exp(coefficient) is a *time ratio*: 1.10 for a share means hours 1.10 times as
long at 1 as at 0. Households whose outage was never seen to end count by the chance to be out that long. An outage of 0 hours has no logarithm:
such rows are left out, counted and said. Newton in (coefficients, log sigma) on the observed information.

References: Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 2nd ed., sections 2.3 and 3.6; Klein & Moeschberger, section 12.5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evenhand.equity.kaplan_meier import Bools, Floats, Labels
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

_LOG_ROOT_TWO_PI: Final = 0.5 * math.log(2.0 * math.pi)


def fit_lognormal(
    hours: Floats, restored: Bools, design: Floats, terms: Sequence[str], *, clusters: Labels | None = None, weights: Floats | None = None
) -> SurvivalFit:
    """Fit log-normal outage hours with right censoring.

    Parameters
    ----------
    hours, restored
        As in `kaplan_meier.survival_curve`; rows of 0 hours are dropped and counted.
    design
        float64, shape (n, p), without a constant (an `Intercept` is put before it), without missing values.
    terms
        p names.
    clusters
        Labels, shape (n,): adds `cr1` and `cr3_one_step` (then the default) to `observed`.
    weights
        float64, shape (n,), ≥ 0; without clusters they add `robust` (then the default).

    Returns
    -------
    SurvivalFit
        Terms `Intercept`, the given ones, and `log_sigma` last; `ancillary` holds `sigma`.

    Raises
    ------
    SurvivalArraysUnusable
        Every fault of the arrays at once.
    """
    checked_design(hours, restored, design, terms, clusters=clusters, weights=weights)
    out = hours > 0
    kept = _Rows(
        np.log(hours[out]),
        restored[out],
        np.column_stack([np.ones(int(out.sum())), design[out]]),
        np.ones(int(out.sum())) if weights is None else weights[out],
    )
    at, whole, step = newton(lambda theta: _pieces(theta, kept), _start(kept))
    g = cluster_count(None if clusters is None else clusters[out])
    by_cluster = None if clusters is None else [_pieces(at, kept.only(rows)) for rows in rows_by_cluster(clusters[out])]
    covariances = additive_covariances(whole, by_cluster)
    if weights is not None and clusters is None:
        covariances["robust"] = robust_covariance(covariances["observed"], _scores(at, kept))
    return SurvivalFit(
        family="lognormal",
        terms=("Intercept", *terms, "log_sigma"),
        estimates=at,
        covariances=covariances,
        ratio_name="time ratio",
        n=int(out.sum()),
        n_restored=int(restored[out].sum()),
        n_clusters=g,
        loglik=whole.loglik - float(np.sum((kept.weight * kept.log_hours)[kept.restored])),
        newton_step=step,
        converged=step < STEP_TOLERANCE * 1e3,
        ancillary={"sigma": math.exp(at[-1])},
        default_errors=default_errors_of(covariances),
        dropped=(("hours", "0 hours: never out, and without a logarithm", int((~out).sum())),) if not out.all() else (),
        warnings=few_clusters_warning(g),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    log_hours: Floats
    restored: Bools
    design: Floats
    weight: Floats

    def only(self, rows: NDArray[np.intp]) -> _Rows:
        return _Rows(self.log_hours[rows], self.restored[rows], self.design[rows], self.weight[rows])


def _start(rows: _Rows) -> Floats:
    root = np.sqrt(rows.weight)
    beta = np.linalg.lstsq(rows.design * root[:, None], rows.log_hours * root, rcond=None)[0]
    spread = float(np.sqrt(np.average((rows.log_hours - rows.design @ beta) ** 2, weights=rows.weight)))
    return np.append(beta, math.log(max(spread, 1e-3)))


def _terms(theta: Floats, rows: _Rows) -> tuple[Floats, Floats, Floats]:
    """z = (log t - mu)/sigma, the logarithm of its survivor function, and the first derivatives in z of -z²/2 and of log(1 - F(z))."""
    z = (rows.log_hours - rows.design @ theta[:-1]) / math.exp(theta[-1])
    survivor = special.log_ndtr(-z)
    mills = np.exp(-0.5 * z * z - _LOG_ROOT_TWO_PI - survivor)
    return z, survivor, np.where(rows.restored, -z, -mills)


def _scores(theta: Floats, rows: _Rows) -> Floats:
    """What each household adds to the score, shape (n, p + 1)."""
    z, _, first = _terms(theta, rows)
    d_mu, d_log_sigma = -first / math.exp(theta[-1]), -first * z - rows.restored
    return np.asarray(np.column_stack([rows.design * d_mu[:, None], d_log_sigma]) * rows.weight[:, None])


def _pieces(theta: Floats, rows: _Rows) -> Pieces:
    """Log likelihood of log hours: a density for who was restored, a survivor function for who was not."""
    sigma, w, x = math.exp(theta[-1]), rows.weight, rows.design
    z, survivor, first = _terms(theta, rows)
    loglik = np.where(rows.restored, -0.5 * z * z - _LOG_ROOT_TWO_PI - theta[-1], survivor)
    second = np.where(rows.restored, -1.0, -first * (z + first))
    h_mu, h_cross, h_log_sigma = second / sigma**2, (second * z + first) / sigma, second * z * z + first * z
    cross = x.T @ (w * h_cross)
    hessian = np.block([[x.T @ (x * (w * h_mu)[:, None]), cross[:, None]], [cross[None, :], np.array([[np.sum(w * h_log_sigma)]])]])
    return Pieces(float(np.sum(w * loglik)), _scores(theta, rows).sum(axis=0), -hessian)
