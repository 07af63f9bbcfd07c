"""Terms without a finite estimate, and the finite one that is offered in their place.

Modelling choice: whether a maximum exists is decided exactly, by a linear programme over the rows, never by how large a number the search ran up to.
A logit has none where some combination of terms is never below zero for those who took part and never above for those who did not; a count model
where some combination is zero wherever the outcome is positive and never above zero elsewhere. The finite estimate maximises the likelihood plus half
the logarithm of the information's determinant (Jeffreys' prior: Firth's correction for logit and Poisson; for the negative binomial the same
penalty with the expected information, and the dispersion by its own likelihood), by Newton's method on that sum.

Where no finite estimate is wanted in its place, as in the jackknife, the likelihood's limit serves: along a separating direction the rows that it
moves are predicted ever more surely and in the end tell nothing, and all other terms tend to the estimates of the rows that it does not move.

References: Albert & Anderson (1984), Biometrika 71:1–10; Konis (2007), Linear Programming Algorithms for Detecting Separated Data, chapter 4;
Geyer (2009), Electronic Journal of Statistics 3:259–289 (the limiting conditional model); Correia, Guimarães & Zylkin (2019), arXiv 1903.01633;
Firth (1993), Biometrika 80:27–38; Kosmidis & Firth (2009), Biometrika 96:793–804.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import LOGIT, NEGATIVE_BINOMIAL, POISSON
from evenhand.equity.likelihoods import Evaluation, Likelihood
from evenhand.equity.newton import Maximum, excess_over_poisson, inverse, moment_dispersion

_MOVES: Final = 1e-7
_TOLERANCE: Final = 1e-10
_MOST_STEPS: Final = 200
# Where the score's own digits end, steps no longer shrink: this near, in standard errors, the search is at its end all the same.
_AT_THE_END: Final = 1e-8
# On the scale of one standard error an axis is taken to bend at least so much.
_FLATTEST: Final = 1e-6
# Of a standard error: how far the penalised score is followed along an axis, to either side, for its slope.
_AXIS_STEP: Final = 1e-3


def separated_terms(model: Likelihood) -> tuple[int, ...]:
    """Places of the fewest terms that separate the outcome by themselves, weak ones left out first; empty where the maximum is finite.

    Where one term tells everything, every other can be added to the direction in which the likelihood grows: naming them all would hide the one.
    """
    x, direction_of = _scaled(model)
    direction = direction_of(x, model.y)
    named = [int(j) for j in np.flatnonzero(np.abs(direction) > _MOVES)]
    for j in sorted(named, key=lambda j: float(abs(direction[j]) * np.ptp(x[:, j]) or np.inf)):  # a constant last: it only sets the bound
        fewer = [other for other in named if other != j]
        if fewer and np.any(np.abs(direction_of(x[:, fewer], model.y)) > _MOVES):
            named = fewer
    return tuple(named)


def undecided_rows(model: Likelihood) -> NDArray[np.bool_]:
    """Rows that still tell something in the limit of a separated likelihood, shape (n,): those that no separating direction moves."""
    x, direction_of = _scaled(model)
    undecided = np.ones(model.y.size, dtype=np.bool_)
    while undecided.any():
        moved = undecided & (np.abs(x @ direction_of(x[undecided], model.y[undecided])) > _MOVES)
        if not moved.any():
            break
        undecided &= ~moved
    return undecided


def _scaled(model: Likelihood) -> tuple[Floats, Callable[[Floats, Floats], Floats]]:
    """Columns of size one, and what finds a separating direction of this family in some of their rows."""
    scale = np.abs(model.x).max(axis=0)
    return model.x / np.where(scale > 0.0, scale, 1.0), _logit_direction if model.family == LOGIT else _count_direction


def _logit_direction(x: Floats, y: Floats) -> Floats:
    return _best_direction(np.unique(np.where(y[:, None] > 0.5, x, -x), axis=0))


def _count_direction(x: Floats, y: Floats) -> Floats:
    positive = x[y > 0.0]
    values, vectors = np.linalg.eigh(positive.T @ positive)
    free = vectors[:, values <= _MOVES**1.5 * max(float(values[-1]), 1e-300)]
    if free.shape[1] == 0:
        return np.zeros(x.shape[1])
    moves = np.unique(-(x[y == 0.0] @ free), axis=0)
    moves[np.abs(moves) < _MOVES] = 0.0
    return np.asarray(free @ _best_direction(moves))


def _best_direction(rows: Floats) -> Floats:
    """A direction with rows @ direction ≥ 0 and as large in sum as bounds of one allow; zero where only zero will do."""
    k = rows.shape[1]
    if rows.shape[0] == 0:
        return np.zeros(k)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(rows.shape[0]), bounds=[(-1.0, 1.0)] * k, method="highs")
    if found.x is None or rows.sum(axis=0) @ found.x < _MOVES * np.sqrt(k):
        return np.zeros(k)
    return np.asarray(found.x)


def penalised_maximum(model: Likelihood, start: Floats | None = None) -> tuple[Likelihood, Maximum]:
    """The estimate that maximises the penalised likelihood. Its information is the unpenalised one at that estimate, as in Firth's own errors.

    `start` are coefficients of nearly the same rows and the same terms, for the logit; others are left aside.
    """
    if model.family == LOGIT:
        p = model.x.shape[1]
        return model, _penalised(model, start if start is not None and start.size == p else np.zeros(p))
    found = _penalised(model.as_family(POISSON), _log_mean_start(model))
    if model.family == POISSON or excess_over_poisson(model, found.parameters) <= 0.0:
        return model.as_family(POISSON), found
    return model, _with_dispersion(model, found.parameters)


def penalised_score(model: Likelihood, parameters: Floats) -> Floats:
    """The gradient of the penalised likelihood by the coefficients and, last, of the likelihood by ln α."""
    at, p = model.at(parameters, observed=False), model.x.shape[1]
    score, covariance = at.gradient.copy(), inverse(at.information[:p, :p])
    if covariance is not None:  # without an inverse there is no penalty that could be followed, and the search has ended
        score[:p] += _penalty_gradient(model, parameters, covariance)
    return score


def penalised_coefficients(model: Likelihood, start: Floats | None = None) -> Floats:
    """The penalised estimate of these rows; NaN where the search does not settle."""
    _, found = penalised_maximum(model, start)
    p = model.x.shape[1]
    return found.parameters[:p] if found.converged else np.full(p, np.nan)


def _log_mean_start(model: Likelihood) -> Floats:
    target = np.full(model.y.size, np.log(np.average(model.y, weights=model.weights if model.weights.size else None)))
    return np.asarray(np.linalg.lstsq(model.x, target - (model.offset if model.offset.size else 0.0), rcond=None)[0])


def _with_dispersion(model: Likelihood, coefficients: Floats) -> Maximum:
    """Coefficients by the penalty and dispersion by its likelihood, in turn until neither moves."""
    here = np.append(coefficients, np.log(moment_dispersion(model.as_family(POISSON), coefficients)))
    found = _penalised(model, here)
    for _ in range(_MOST_STEPS):
        log_alpha = _best_log_alpha(model, found.parameters)
        moved = abs(log_alpha - found.parameters[-1])
        found = _penalised(model, np.append(found.parameters[:-1], log_alpha))
        if moved < _TOLERANCE:
            break
    return replace(found, at=model.at(found.parameters))


def _best_log_alpha(model: Likelihood, parameters: Floats) -> float:
    here = parameters.copy()
    for _ in range(50):
        at = model.at(here)
        curvature = at.information[-1, -1]
        step = float(np.clip(at.gradient[-1] / curvature if curvature > 0.0 else np.sign(at.gradient[-1]), -1.0, 1.0))
        here[-1] += step
        if abs(step) < _TOLERANCE:
            break
    return float(here[-1])


def _penalised(model: Likelihood, start: Floats) -> Maximum:
    """Newton's method on the penalised score of the coefficients, the dispersion held.

    The penalty can bend the sum upwards on the way: there each axis of the curvature is climbed by its size, whatever its sign.
    """
    p, here, size = model.x.shape[1], np.array(start), np.inf
    current = model.at(here, observed=False)
    iteration, reason = 0, "iterations"
    while iteration < _MOST_STEPS:
        iteration += 1
        covariance = inverse(current.information[:p, :p])
        if covariance is None:
            reason = "no_ascent"
            break
        errors = np.sqrt(np.diag(covariance))
        bends, axes = np.linalg.eigh(_penalised_curvature(model, here, _AXIS_STEP * errors) * np.outer(errors, errors))
        moves = axes.T @ (errors * penalised_score(model, here)[:p]) / np.maximum(np.abs(bends), _FLATTEST)
        step = errors * (axes @ moves)
        before, size = size, float(np.max(np.abs(step) / errors))
        if size < _TOLERANCE or (size < _AT_THE_END and size > before / 2.0):
            reason = "converged"
            break
        penalised = _penalised_likelihood(current, p)
        for halvings in range(30):
            there = here.copy()
            there[:p] += step * 0.5**halvings
            tried = model.at(there, observed=False)
            if size < 1e-5 or _penalised_likelihood(tried, p) >= penalised:
                break
        here, current = there, tried
    return Maximum(here, model.at(here), iteration, size, reason)


def _penalised_curvature(model: Likelihood, here: Floats, steps: Floats) -> Floats:
    """Minus the slope of the penalised score by the coefficients, shape (p, p), by central differences."""
    slopes = np.empty((steps.size, steps.size))
    for j, step in enumerate(steps):
        up, down = here.copy(), here.copy()
        up[j] += step
        down[j] -= step
        slopes[j] = (penalised_score(model, down) - penalised_score(model, up))[: steps.size] / (2.0 * step)
    return (slopes + slopes.T) / 2.0


def _penalised_likelihood(at: Evaluation, p: int) -> float:
    sign, logarithm = np.linalg.slogdet(at.information[:p, :p])
    return at.log_likelihood + 0.5 * float(logarithm) if sign > 0 and np.isfinite(at.log_likelihood) else -np.inf


def _penalty_gradient(model: Likelihood, parameters: Floats, covariance: Floats) -> Floats:
    """Half the sum over rows of leverage × (derivative of the row's information by η, as a share of it) × x."""
    beta, alpha = model.split(parameters)
    eta = model.x @ beta + (model.offset if model.offset.size else 0.0)
    w = model.weights if model.weights.size else 1.0
    if model.family == LOGIT:
        p = 0.5 * (1.0 + np.tanh(0.5 * eta))
        information, share = w * p * (1.0 - p), 1.0 - 2.0 * p
    else:
        d = 1.0 + (alpha if model.family == NEGATIVE_BINOMIAL else 0.0) * np.exp(eta)
        information, share = w * np.exp(eta) / d, 1.0 / d
    leverage = information * np.einsum("ij,jk,ik->i", model.x, covariance, model.x, optimize=True)
    return np.asarray(0.5 * (leverage * share) @ model.x)
