"""The sums of `kernels`, in NumPy alone: for machines without a compiler, and as the second opinion in the tests.

The signatures are the same; `kernels` says what is computed. Rows are taken in blocks of 8,192, so that memory stays small here too.
"""

# ruff: noqa: PLR0917 - compiled functions take their arrays by position

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.gamma_differences import Floats

Ints = NDArray[np.int32]

LOGIT: Final = 0
POISSON: Final = 1
NEGATIVE_BINOMIAL: Final = 2
_BLOCK: Final = 8192


@dataclass(frozen=True, slots=True, eq=False)
class RowFactors:
    """Row factors of one block; `sums` as in `kernels`."""

    score: Floats
    observed: Floats
    expected: Floats
    mixed: Floats
    log_d: Floats
    sums: Floats


def _logit(eta: Floats, y: Floats, w: Floats) -> RowFactors:
    small = np.exp(-np.abs(eta))
    p = np.where(eta >= 0.0, 1.0, small) / (1.0 + small)
    score, curvature, zero = w * (y - p), w * small / (1.0 + small) ** 2, np.zeros_like(eta)
    log_likelihood = w @ (y * eta - np.maximum(eta, 0.0) - np.log1p(small))
    return RowFactors(score, curvature, curvature, zero, zero, np.array([log_likelihood, 0.0, 0.0, score.sum(), 0.0]))


def _poisson(eta: Floats, y: Floats, w: Floats) -> RowFactors:
    mu, zero = np.exp(eta), np.zeros_like(eta)
    score = w * (y - mu)
    return RowFactors(score, w * mu, w * mu, zero, zero, np.array([w @ (y * eta - mu), 0.0, 0.0, score.sum(), 0.0]))


def _negative_binomial(eta: Floats, y: Floats, w: Floats, alpha: float) -> RowFactors:
    mu = np.exp(eta)
    d, log_d = 1.0 + alpha * mu, np.log1p(alpha * mu)
    score, fisher = w * (y - mu) / d, w * mu / d
    mixed = score * alpha * mu / d
    log_likelihood = w @ (y * (eta + np.log(alpha)) - (y + 1.0 / alpha) * log_d)
    sums = np.array([log_likelihood, w @ log_d, fisher.sum(), score.sum(), mixed.sum()])
    return RowFactors(score, fisher * (1.0 + alpha * y) / d, fisher, mixed, log_d, sums)


def row_factors(family: int, eta: Floats, y: Floats, w: Floats, alpha: float) -> RowFactors:
    with np.errstate(over="ignore", invalid="ignore"):  # a step that overflows is seen in the likelihood and halved
        if family == LOGIT:
            return _logit(eta, y, w)
        return _poisson(eta, y, w) if family == POISSON else _negative_binomial(eta, y, w, alpha)


def _blocks(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float, begin: int, end: int
) -> Iterator[tuple[slice, Floats, RowFactors]]:
    for first in range(begin, end, _BLOCK):
        rows = slice(first, min(first + _BLOCK, end))
        eta = x[rows] @ beta + (offset[rows] if offset.size else 0.0)
        w = weights[rows] if weights.size else np.ones(eta.size)
        yield rows, w, row_factors(family, eta, y[rows], w, alpha)


def add_up(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float, begin: int, end: int, observed: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    p = x.shape[1]
    sums, gradient, information, mixed = np.zeros(5), np.zeros(p), np.zeros((p, p)), np.zeros(p)
    for rows, _, f in _blocks(family, x, y, offset, weights, beta, alpha, begin, end):
        block = x[rows]
        sums += f.sums
        gradient += f.score @ block
        information += block.T @ ((f.observed if observed else f.expected)[:, None] * block)
        mixed += f.mixed @ block
    return sums, gradient, information, mixed


def _joint_scores(block: Floats, f: RowFactors, w: Floats, digamma_differences: Floats, family: int, alpha: float) -> Floats:
    own = w * (f.log_d - digamma_differences) / alpha + f.score if family == NEGATIVE_BINOMIAL else np.zeros_like(f.score)
    return np.column_stack([f.score[:, None] * block, own])


def score_products(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float,
    place: Ints, digamma_differences: Floats, begin: int, end: int,
) -> Floats:  # fmt: skip
    products = np.zeros((x.shape[1] + 1, x.shape[1] + 1))
    for rows, w, f in _blocks(family, x, y, offset, weights, beta, alpha, begin, end):
        scores = _joint_scores(x[rows], f, w, digamma_differences[place[rows]], family, alpha)
        products += scores.T @ scores
    return products


def _add_by_cluster(values: Floats, cluster: Ints, n_clusters: int) -> Floats:
    return np.column_stack([np.bincount(cluster, weights=column, minlength=n_clusters) for column in values.T])


def cluster_scores(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float,
    place: Ints, digamma_differences: Floats, cluster: Ints, n_clusters: int,
) -> Floats:  # fmt: skip
    scores = np.zeros((n_clusters, x.shape[1] + 1))
    for rows, w, f in _blocks(family, x, y, offset, weights, beta, alpha, 0, x.shape[0]):
        joint = _joint_scores(x[rows], f, w, digamma_differences[place[rows]], family, alpha)
        scores += _add_by_cluster(joint, cluster[rows], n_clusters)
    return scores


def cluster_information(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, beta: Floats, alpha: float, cluster: Ints, n_clusters: int, observed: bool
) -> tuple[Floats, Floats, Floats]:
    p = x.shape[1]
    information, mixed, parts = np.zeros((n_clusters, p * p)), np.zeros((n_clusters, p)), np.zeros((n_clusters, 4))
    for rows, w, f in _blocks(family, x, y, offset, weights, beta, alpha, 0, x.shape[0]):
        block, of = x[rows], cluster[rows]
        curvature = f.observed if observed else f.expected
        outer = (curvature[:, None] * block)[:, :, None] * block[:, None, :]
        information += _add_by_cluster(outer.reshape(-1, p * p), of, n_clusters)
        mixed += _add_by_cluster(f.mixed[:, None] * block, of, n_clusters)
        parts += _add_by_cluster(np.column_stack([w * f.log_d, f.expected, f.score, f.mixed]), of, n_clusters)
    return information.reshape(n_clusters, p, p), mixed, parts


def leave_out_gradients(
    family: int, x: Floats, y: Floats, offset: Floats, weights: Floats, cluster: Ints, left_out: Ints, betas: Floats, alphas: Floats
) -> tuple[Floats, Floats]:
    gradients, parts = np.zeros((left_out.size, x.shape[1])), np.zeros((left_out.size, 2))
    for a, own in enumerate(left_out):
        for rows, w, f in _blocks(family, x, y, offset, weights, betas[a], float(alphas[a]), 0, x.shape[0]):
            others = cluster[rows] != own
            score = f.score * others
            gradients[a] += score @ x[rows]
            parts[a] += ((w * others) @ f.log_d, score.sum())
    return gradients, parts
