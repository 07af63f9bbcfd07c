"""Terms without a finite estimate, and the finite one that is offered in their place.

Modelling choice: whether a maximum exists is decided exactly, by a linear programme over the rows, never by how large a number the search ran up to.
A logit has none where some combination of terms is never below zero for those who took part and never above for those who did not; a count model
where some combination is zero wherever the outcome is positive and never above zero elsewhere. The finite estimate maximises the likelihood plus half
the logarithm of the information's determinant (Jeffreys' prior: Firth's correction for logit and Poisson; for the negative binomial the same
penalty with the expected information, and the dispersion by its own likelihood).

References: Albert & Anderson (1984), Biometrika 71:1–10; Konis (2007), Linear Programming Algorithms for Detecting Separated Data, chapter 4;
Correia, Guimarães & Zylkin (2019), arXiv 1903.01633; Firth (1993), Biometrika 80:27–38; Kosmidis & Firth (2009), Biometrika 96:793–804.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.optimize import linprog

from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import LOGIT, NEGATIVE_BINOMIAL, POISSON
from evenhand.equity.likelihoods import Evaluation, Likelihood
from evenhand.equity.newton import Maximum, excess_over_poisson, inverse, moment_dispersion

_MOVES: Final = 1e-7
_TOLERANCE: Final = 1e-10
_MOST_STEPS: Final = 1000


def separated_terms(model: Likelihood) -> tuple[int, ...]:
    """Places of the fewest terms that separate the outcome by themselves, weak ones left out first; empty where the maximum is finite.

    Where one term tells everything, every other can be added to the direction in which the likelihood grows: naming them all would hide the one.
    """
    scale = np.abs(model.x).max(axis=0)
    used = model.weights > 0.0 if model.weights.size else np.ones(model.y.size, dtype=np.bool_)
    x, y = (model.x / np.where(scale > 0.0, scale, 1.0))[used], model.y[used]
    direction_of = _logit_direction if model.family == LOGIT else _count_direction
    direction = direction_of(x, y)
    named = [int(j) for j in np.flatnonzero(np.abs(direction) > _MOVES)]
    for j in sorted(named, key=lambda j: float(abs(direction[j]) * np.ptp(x[:, j]) or np.inf)):  # a constant last: it only sets the bound
        fewer = [other for other in named if other != j]
        if fewer and np.any(np.abs(direction_of(x[:, fewer], y)) > _MOVES):
            named = fewer
    return tuple(named)


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


def penalised_maximum(model: Likelihood) -> tuple[Likelihood, Maximum]:
    """The estimate that maximises the penalised likelihood. Its information is the unpenalised one at that estimate, as in Firth's own errors."""
    start = np.zeros(model.x.shape[1])
    if model.family == LOGIT:
        return model, _penalised(model, start)
    start = _log_mean_start(model)
    found = _penalised(model.as_family(POISSON), start)
    if model.family == POISSON or excess_over_poisson(model, found.parameters) <= 0.0:
        return model.as_family(POISSON), found
    return model, _with_dispersion(model, found.parameters)


def penalised_coefficients(model: Likelihood) -> Floats:
    """The penalised estimate of these rows; NaN where the search does not settle."""
    _, found = penalised_maximum(model)
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
    """Fisher scoring on the penalised score of the coefficients, the dispersion held."""
    p, here, size = model.x.shape[1], np.array(start), np.inf
    current, penalised = model.at(here, observed=False), -np.inf
    iteration, reason = 0, "iterations"
    while iteration < _MOST_STEPS:
        iteration += 1
        found = inverse(current.information[:p, :p])
        if found is None:
            reason = "no_ascent"
            break
        penalised = _penalised_likelihood(current, p)
        step = found @ (current.gradient[:p] + _penalty_gradient(model, here, found))
        size = float(np.max(np.abs(step) / np.sqrt(np.diag(found))))
        if size < _TOLERANCE:
            reason = "converged"
            break
        for halvings in range(30):
            there = here.copy()
            there[:p] += step * 0.5**halvings
            tried = model.at(there, observed=False)
            if size < 1e-5 or _penalised_likelihood(tried, p) >= penalised:
                break
        here, current = there, tried
    return Maximum(here, model.at(here), iteration, size, reason)


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
