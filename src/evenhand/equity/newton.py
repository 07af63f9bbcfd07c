"""Newton's method on the observed information, to the last digit that the arithmetic gives.

Modelling choice: a fit has converged when the next Newton step would move no parameter by 1e-10 of its standard error. (Quasi-Newton methods that
stop on the change of the likelihood report success while a coefficient is off by a fiftieth of its error.) A step that does not raise the likelihood
is halved; where the information is not positive definite, as it may be far from the maximum, the expected information serves instead. Long tables
start from the estimate of a sixteenth of the rows, which leaves two or three passes over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import LOGIT, NEGATIVE_BINOMIAL, POISSON
from evenhand.equity.likelihoods import Evaluation, Likelihood

TOLERANCE: Final = 1e-10
_ROUGH: Final = 1e-3
_SUBSAMPLE_FROM_ROWS: Final = 40_000
_SUBSAMPLE_EVERY: Final = 16
# ln α below this is the Poisson model to more digits than a likelihood has.
_LEAST_LOG_ALPHA: Final = -25.0
# An error so large, as `_widest_error` measures it, is the mark of a likelihood that has no maximum.
_DIVERGED: Final = 50.0
_SUSPICIOUS: Final = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where Newton's method stopped. `step` is the size of the next step, in standard errors, `reason` why it stopped: `converged`, `diverging`,
    `iterations` or `no_ascent`."""

    parameters: Floats
    at: Evaluation
    iterations: int
    step: float
    reason: str

    @property
    def converged(self) -> bool:
        return self.reason == "converged"


def solve(information: Floats, right: Floats) -> Floats | None:
    """information⁻¹ right, with columns brought to one scale first; None where the matrix is not positive definite."""
    scale = np.sqrt(np.abs(np.diag(information)))
    if not np.all(np.isfinite(information)) or np.any(scale == 0.0):
        return None
    try:
        factor = cho_factor(information / np.outer(scale, scale), lower=True)
    except np.linalg.LinAlgError:
        return None
    shape = (-1,) + (1,) * (right.ndim - 1)
    solved: Floats = cho_solve(factor, right / scale.reshape(shape)) / scale.reshape(shape)
    return solved


def inverse(information: Floats) -> Floats | None:
    """The inverse, symmetric to the last bit; None where the matrix is not positive definite."""
    found = solve(information, np.eye(information.shape[0]))
    return None if found is None else (found + found.T) / 2.0


def maximise(model: Likelihood, start: Floats, *, tolerance: float = TOLERANCE, most: int = 60) -> Maximum:
    """Climb from `start` until the next step is below `tolerance` standard errors."""
    here, current = np.array(start, dtype=np.float64), model.at(start)
    step_size, reason, iteration = np.inf, "iterations", 0
    for iteration in range(1, most + 1):
        step, covariance = _step(model, here, current)
        step_size = float(np.max(np.abs(step) / np.sqrt(np.maximum(np.abs(np.diag(covariance)), 1e-300))))
        if step_size < tolerance:
            reason = "converged"
            break
        if iteration > 5 and _widest_error(model, covariance) > _DIVERGED:
            reason = "diverging"
            break
        found = _ascend(model, here, current, step, near=step_size < 1e-4)
        if found is None:
            reason = "no_ascent"
            break
        here, current = found
        if model.family == NEGATIVE_BINOMIAL and here[-1] < _LEAST_LOG_ALPHA:
            reason = "no_dispersion"
            break
    return Maximum(here, current, iteration, step_size, reason)


def _widest_error(model: Likelihood, covariance: Floats) -> float:
    """The largest error that does not hang on where a column has its zero: of a coefficient, times its column's standard deviation, or of the linear
    predictor at the average row. (The constant alone is the predictor at 0, which may lie far from every row.) All rows count: a sample of them may
    miss the few that a term is of."""
    n, p = model.x.shape
    centre, own = model.x.sum(axis=0) / n, covariance[:p, :p]
    spread = np.maximum(np.einsum("ij,ij->j", model.x, model.x) / n - centre**2, 0.0)
    return float(np.sqrt(np.max(np.abs(np.append(np.diag(own) * spread, centre @ own @ centre)))))


def _step(model: Likelihood, here: Floats, current: Evaluation) -> tuple[Floats, Floats]:
    """The next step, and the covariance of the parameters that it rests on."""
    found = inverse(current.information)
    if found is None:
        information = model.at(here, observed=False).information
        if model.family == NEGATIVE_BINOMIAL:
            information[-1, -1] = max(abs(information[-1, -1]), 1e-3 * model.total_weight)
        found = inverse(information)
    if found is None:  # flat directions: the smallest step that the others allow
        found = np.asarray(np.linalg.pinv(current.information, hermitian=True), dtype=np.float64)
    return found @ current.gradient, found


def _ascend(model: Likelihood, here: Floats, current: Evaluation, step: Floats, *, near: bool) -> tuple[Floats, Evaluation] | None:
    """The first of step, step/2, step/4, … that raises the likelihood. Near the top its last digits are noise, and the full step is taken."""
    if model.family == NEGATIVE_BINOMIAL and abs(step[-1]) > 3.0:
        step = step * (3.0 / abs(step[-1]))
    for halvings in range(40):
        there = here + step * 0.5**halvings
        found = model.at(there)
        is_finite = np.isfinite(found.log_likelihood) and bool(np.all(np.isfinite(found.information)))
        if is_finite and (near or found.log_likelihood >= current.log_likelihood):
            return there, found
    return None


def fit_maximum(model: Likelihood, start: Floats | None = None) -> Maximum:
    """The maximum, from `start` where it has as many parameters and leads there, else from one of our own choice: a part of the rows where there are
    many, else the family's simplest."""
    first = start if start is not None and start.size == model.n_parameters else _start_from_part(model)
    if first is not None:
        found = maximise(model, first)
        if found.converged:
            return found
    return maximise(model, _plain_start(model))


def looks_separated(model: Likelihood, maximum: Maximum) -> bool:
    """Is some error so large that the estimate may be on its way to infinity?"""
    found = inverse(maximum.at.information)
    return found is None or _widest_error(model, found) > _SUSPICIOUS


def best_maximum(model: Likelihood, start: Floats | None = None) -> tuple[Likelihood, Maximum]:
    """The maximum, in the family in which it lies: a negative binomial without overdispersion is a Poisson model."""
    maximum = fit_maximum(model, start)
    if model.family != NEGATIVE_BINOMIAL or maximum.converged:
        return model, maximum
    poisson = model.as_family(POISSON)
    limit = fit_maximum(poisson)
    if limit.converged and excess_over_poisson(poisson, limit.parameters) <= 0.0:
        return poisson, limit
    return model, maximum


def _start_from_part(model: Likelihood) -> Floats | None:
    if model.y.size < _SUBSAMPLE_FROM_ROWS:
        return None
    part = model.rows(slice(0, None, _SUBSAMPLE_EVERY))
    if inverse(part.x.T @ part.x) is None:
        return None
    found = maximise(part, _plain_start(part), tolerance=_ROUGH)
    return found.parameters if found.converged else None


def _plain_start(model: Likelihood) -> Floats:
    p = model.x.shape[1]
    if model.family == LOGIT:
        return np.zeros(p)
    poisson = model.as_family(POISSON)
    coefficients = _log_linear_start(poisson)
    if model.family == POISSON:
        return coefficients
    coefficients = maximise(poisson, coefficients, tolerance=0.1, most=15).parameters
    return np.append(coefficients, np.log(moment_dispersion(poisson, coefficients)))


def _log_linear_start(model: Likelihood) -> Floats:
    """Least squares on the logarithm of outcomes drawn half-way to their mean, so that zeros have one."""
    mean = np.average(model.y, weights=model.weights if model.weights.size else None)
    target = np.log((model.y + mean + 1e-8) / 2.0) - (model.offset if model.offset.size else 0.0)
    solved = solve(model.x.T @ model.x, model.x.T @ target)
    return np.zeros(model.x.shape[1]) if solved is None else solved


def moment_dispersion(model: Likelihood, coefficients: Floats) -> float:
    """α with which the squared residuals have the size that NB2 expects; at least 1e-4, as it only starts a search."""
    mu = np.exp(model.x @ coefficients + (model.offset if model.offset.size else 0.0))
    w = model.weights if model.weights.size else np.ones_like(mu)
    return float(max(w @ ((model.y - mu) ** 2 - mu) / (w @ mu**2), 1e-4))


def excess_over_poisson(model: Likelihood, coefficients: Floats) -> float:
    """Twice the derivative of the likelihood by α at α = 0: where it is not positive, the negative binomial's best α is 0."""
    mu = np.exp(model.x @ coefficients + (model.offset if model.offset.size else 0.0))
    squares = (model.y - mu) ** 2 - model.y
    return float(model.weights @ squares if model.weights.size else squares.sum())
