"""One pass over the rows for everything that Newton's method and the error conventions add up.

Modelling choice: a row enters a likelihood only through its linear predictor η, so each family is described by a few *row factors* (below), and every
matrix is a sum of x xᵀ times one of them. Rows are taken in tiles of 256 that fit the first cache; a tile is turned on its side so that the sums of
products run over contiguous values. Nothing of the size of the table is ever allocated.

Row factors, for weight w, outcome y, mean μ, dispersion α, d = 1 + αμ (d = 1 for Poisson; for the logit, see the code):
    score      the derivative by η:                     w (y − μ)/d
    observed   minus the second derivative by η:        w μ(1 + αy)/d²
    expected   its expectation:                         w μ/d
    mixed      minus the derivative by η and ln α:      w αμ(y − μ)/d²
Sums kept beside: [0] log likelihood without its gamma functions, [1] Σ w ln d, [2] Σ w μ/d, [3] Σ score, [4] Σ mixed.
"""

# ruff: noqa: PLR0917 - compiled functions take their arrays by position

from __future__ import annotations

import math
from typing import Final

import numpy as np

from evenhand.equity.compiled import kernel
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import LOGIT, NEGATIVE_BINOMIAL, POISSON, Ints
from evenhand.equity.vector_math import Longs, exp_into, log1p_into

_TILE: Final = 256
_SUMS: Final = 5
# Sums may be reordered (that is what makes them run four abreast); infinities keep their meaning, because a step that overflows must be seen.
_REORDER: Final = frozenset({"reassoc", "contract", "nsz", "arcp"})


@kernel(fastmath=_REORDER, error_model="numpy")
def _logit_factors(eta: Floats, y: Floats, w: Floats, m: int, factors: Floats, sums: Floats, work: Floats, bits: Longs) -> None:
    small, log_small = work[0], work[1]
    for t in range(m):
        work[2, t] = -abs(eta[t])  # never overflows
    exp_into(work[2], m, small, bits)
    for t in range(m):
        work[2, t] = small[t]
    log1p_into(work[2], m, log_small, bits)
    log_likelihood = 0.0
    for t in range(m):
        inverse = 1.0 / (1.0 + small[t])
        p = inverse if eta[t] >= 0.0 else small[t] * inverse
        factors[0, t] = w[t] * (y[t] - p)
        factors[1, t] = w[t] * small[t] * inverse * inverse
        factors[2, t] = factors[1, t]
        log_likelihood += w[t] * (y[t] * eta[t] - max(eta[t], 0.0) - log_small[t])
    sums[0] += log_likelihood


@kernel(fastmath=_REORDER, error_model="numpy")
def _poisson_factors(eta: Floats, y: Floats, w: Floats, m: int, factors: Floats, sums: Floats, work: Floats, bits: Longs) -> None:
    mu = work[0]
    exp_into(eta, m, mu, bits)
    log_likelihood = 0.0
    for t in range(m):
        factors[0, t] = w[t] * (y[t] - mu[t])
        factors[1, t] = w[t] * mu[t]
        factors[2, t] = factors[1, t]
        log_likelihood += w[t] * (y[t] * eta[t] - mu[t])
    sums[0] += log_likelihood


@kernel(fastmath=_REORDER, error_model="numpy")
def _negative_binomial_factors(
    eta: Floats, y: Floats, w: Floats, m: int, alpha: float, factors: Floats, sums: Floats, work: Floats, bits: Longs
) -> None:
    mu, log_d = work[0], factors[4]
    exp_into(eta, m, mu, bits)
    for t in range(m):
        work[1, t] = alpha * mu[t]
    log1p_into(work[1], m, log_d, bits)
    tau, theta = math.log(alpha), 1.0 / alpha
    s0, s1, s2, s3, s4 = 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(m):
        scaled = alpha * mu[t]
        inverse = 1.0 / (1.0 + scaled)
        score = w[t] * (y[t] - mu[t]) * inverse
        fisher = w[t] * mu[t] * inverse
        mixed = score * scaled * inverse
        factors[0, t] = score
        factors[1, t] = fisher * (1.0 + alpha * y[t]) * inverse
        factors[2, t] = fisher
        factors[3, t] = mixed
        s0 += w[t] * (y[t] * (eta[t] + tau) - (y[t] + theta) * log_d[t])
        s1 += w[t] * log_d[t]
        s2 += fisher
        s3 += score
        s4 += mixed
    sums[0] += s0
    sums[1] += s1
    sums[2] += s2
    sums[3] += s3
    sums[4] += s4


@kernel(fastmath=_REORDER, error_model="numpy")
def _row_factors(
    family: int, eta: Floats, y: Floats, weights: Floats, first: int, m: int, alpha: float, factors: Floats, sums: Floats, work: Floats, bits: Longs
) -> None:
    """Fill `factors[:, :m]` (score, observed, expected, mixed, ln d) and add to `sums`. `work[3]` holds the weights afterwards."""
    for t in range(m):
        work[3, t] = weights[first + t] if weights.size else 1.0
    outcome = y[first : first + m]
    if family == LOGIT:
        _logit_factors(eta, outcome, work[3], m, factors, sums, work, bits)
    elif family == POISSON:
        _poisson_factors(eta, outcome, work[3], m, factors, sums, work, bits)
    else:
        _negative_binomial_factors(eta, outcome, work[3], m, alpha, factors, sums, work, bits)


@kernel(fastmath=_REORDER, error_model="numpy")
def _turn_tile(x: Floats, offset: Floats, beta: Floats, first: int, m: int, tile: Floats, eta: Floats) -> None:
    p = x.shape[1]
    for j in range(p):
        for t in range(m):
            tile[j, t] = x[first + t, j]
    for t in range(m):
        eta[t] = offset[first + t] if offset.size else 0.0
    for j in range(p):
        slope = beta[j]
        for t in range(m):
            eta[t] += slope * tile[j, t]


@kernel(fastmath=_REORDER, error_model="numpy")
def _add_products(tile: Floats, by: Floats, m: int, scaled: Floats, products: Floats) -> None:
    """products += Σ by_t x_t x_tᵀ, lower triangle."""
    for j in range(tile.shape[0]):
        for t in range(m):
            scaled[t] = by[t] * tile[j, t]
        for k in range(j + 1):
            total = 0.0
            for t in range(m):
                total += scaled[t] * tile[k, t]
            products[j, k] += total


@kernel(fastmath=_REORDER, error_model="numpy")
def _add_sums(tile: Floats, by: Floats, m: int, totals: Floats) -> None:
    for j in range(tile.shape[0]):
        total = 0.0
        for t in range(m):
            total += by[t] * tile[j, t]
        totals[j] += total


@kernel(fastmath=_REORDER, error_model="numpy")
def add_up(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float, begin: int, end: int, observed: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Sums, gradient by the coefficients, their information (lower triangle; observed or expected), and the column mixed with ln α."""
    p = x.shape[1]
    tile, eta, scaled, factors = np.empty((p, _TILE)), np.empty(_TILE), np.empty(_TILE), np.zeros((5, _TILE))
    work, bits = np.empty((4, _TILE)), np.empty(_TILE, dtype=np.int64)
    sums, gradient, information, mixed = np.zeros(_SUMS), np.zeros(p), np.zeros((p, p)), np.zeros(p)
    for first in range(begin, end, _TILE):
        m = min(_TILE, end - first)
        _turn_tile(x, offset, beta, first, m, tile, eta)
        _row_factors(family, eta, y, weights, first, m, alpha, factors, sums, work, bits)
        _add_sums(tile, factors[0], m, gradient)
        _add_products(tile, factors[1] if observed else factors[2], m, scaled, information)
        if family == NEGATIVE_BINOMIAL:
            _add_sums(tile, factors[3], m, mixed)
    return sums, gradient, information, mixed


@kernel(fastmath=_REORDER, error_model="numpy")
def _dispersion_scores(w: Floats, place: Ints, digamma_differences: Floats, first: int, m: int, alpha: float, factors: Floats, into: Floats) -> None:
    """Each row's derivative by ln α: w θ(ln d − [ψ(y + θ) − ψ(θ)]) + score."""
    for t in range(m):
        into[t] = w[t] * (factors[4, t] - digamma_differences[place[first + t]]) / alpha + factors[0, t]


@kernel(fastmath=_REORDER, error_model="numpy")
def score_products(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float,
    place: Ints, digamma_differences: Floats, begin: int, end: int,
) -> Floats:  # fmt: skip
    """Σ s sᵀ over rows, s the row's joint score; shape (p + 1, p + 1), lower triangle; the last row is zero but for the negative binomial."""
    p = x.shape[1]
    tile, eta, scaled, factors = np.empty((p + 1, _TILE)), np.empty(_TILE), np.empty(_TILE), np.zeros((5, _TILE))
    work, bits = np.empty((4, _TILE)), np.empty(_TILE, dtype=np.int64)
    sums, products = np.zeros(_SUMS), np.zeros((p + 1, p + 1))
    ones = np.ones(_TILE)
    for first in range(begin, end, _TILE):
        m = min(_TILE, end - first)
        _turn_tile(x, offset, beta, first, m, tile, eta)
        _row_factors(family, eta, y, weights, first, m, alpha, factors, sums, work, bits)
        tile[p, :] = 0.0
        if family == NEGATIVE_BINOMIAL:
            _dispersion_scores(work[3], place, digamma_differences, first, m, alpha, factors, tile[p])
        for j in range(p):
            for t in range(m):
                tile[j, t] *= factors[0, t]
        _add_products(tile, ones, m, scaled, products)
    return products


@kernel(fastmath=_REORDER, error_model="numpy")
def cluster_scores(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float,
    place: Ints, digamma_differences: Floats, cluster: Ints, n_clusters: int,
) -> Floats:  # fmt: skip
    """Joint scores added up by cluster, shape (g, p + 1)."""
    n, p = x.shape
    tile, eta, factors, own = np.empty((p, _TILE)), np.empty(_TILE), np.zeros((5, _TILE)), np.zeros(_TILE)
    work, bits = np.empty((4, _TILE)), np.empty(_TILE, dtype=np.int64)
    sums, scores = np.zeros(_SUMS), np.zeros((n_clusters, p + 1))
    for first in range(0, n, _TILE):
        m = min(_TILE, n - first)
        _turn_tile(x, offset, beta, first, m, tile, eta)
        _row_factors(family, eta, y, weights, first, m, alpha, factors, sums, work, bits)
        if family == NEGATIVE_BINOMIAL:
            _dispersion_scores(work[3], place, digamma_differences, first, m, alpha, factors, own)
        for t in range(m):
            g = cluster[first + t]
            for j in range(p):
                scores[g, j] += factors[0, t] * x[first + t, j]
            scores[g, p] += own[t]
    return scores


@kernel(fastmath=_REORDER, error_model="numpy")
def cluster_information(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float, cluster: Ints, n_clusters: int, observed: bool
) -> tuple[Floats, Floats, Floats]:
    """By cluster: information (g, p, p; lower triangle), the mixed column (g, p), and (g, 4): Σ w ln d, Σ w μ/d, Σ score, Σ mixed."""
    n, p = x.shape
    tile, eta, factors = np.empty((p, _TILE)), np.empty(_TILE), np.zeros((5, _TILE))
    work, bits = np.empty((4, _TILE)), np.empty(_TILE, dtype=np.int64)
    sums, information = np.zeros(_SUMS), np.zeros((n_clusters, p, p))
    mixed, parts = np.zeros((n_clusters, p)), np.zeros((n_clusters, 4))
    for first in range(0, n, _TILE):
        m = min(_TILE, n - first)
        _turn_tile(x, offset, beta, first, m, tile, eta)
        _row_factors(family, eta, y, weights, first, m, alpha, factors, sums, work, bits)
        for t in range(m):
            g = cluster[first + t]
            curvature = factors[1, t] if observed else factors[2, t]
            for j in range(p):
                scaled = curvature * x[first + t, j]
                for k in range(j + 1):
                    information[g, j, k] += scaled * x[first + t, k]
                mixed[g, j] += factors[3, t] * x[first + t, j]
            parts[g, 0] += work[3, t] * factors[4, t]
            parts[g, 1] += factors[2, t]
            parts[g, 2] += factors[0, t]
            parts[g, 3] += factors[3, t]
    return information, mixed, parts


@kernel(fastmath=_REORDER, error_model="numpy")
def leave_out_gradients(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, cluster: Ints, left_out: Ints, betas: Floats, alphas: Floats
) -> tuple[Floats, Floats]:
    """For each cluster a in `left_out`, at its own parameters: the score of all other rows (a, p), and (a, 2) their Σ w ln d and Σ score."""
    n, p = x.shape
    tile, eta, factors, ln_d = np.empty((p, _TILE)), np.empty(_TILE), np.zeros((5, _TILE)), np.zeros(_TILE)
    work, bits = np.empty((4, _TILE)), np.empty(_TILE, dtype=np.int64)
    sums, gradients, parts = np.zeros(_SUMS), np.zeros((left_out.size, p)), np.zeros((left_out.size, 2))
    for first in range(0, n, _TILE):
        m = min(_TILE, n - first)
        of = cluster[first : first + m]
        _turn_tile(x, offset, betas[0], first, m, tile, eta)
        for a in range(left_out.size):
            own = left_out[a]
            for t in range(m):
                eta[t] = offset[first + t] if offset.size else 0.0
            for j in range(p):
                slope = betas[a, j]
                for t in range(m):
                    eta[t] += slope * tile[j, t]
            _row_factors(family, eta, y, weights, first, m, alphas[a], factors, sums, work, bits)
            score_sum, log_sum = 0.0, 0.0
            for t in range(m):
                others = 0.0 if of[t] == own else 1.0
                factors[0, t] *= others
                ln_d[t] = others * work[3, t] * factors[4, t]
                score_sum += factors[0, t]
                log_sum += ln_d[t]
            _add_sums(tile, factors[0], m, gradients[a])
            parts[a, 0] += log_sum
            parts[a, 1] += score_sum
    return gradients, parts
