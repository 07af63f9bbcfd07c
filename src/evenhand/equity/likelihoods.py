"""The log likelihood of a model with its gradient and information, for the logit, the Poisson and the negative binomial (NB2, log link).

Modelling choice: the negative binomial is parametrised by the coefficients and ln α, together; α = 1/θ is the dispersion in Var(y) = μ + αμ². All
inference about the coefficients is the same whichever of α, ln α and θ stands beside them, and ln α needs no bounds. Outcomes take few distinct
values (hours from half-hourly meters lie on a grid of quarters), so gamma functions are computed once a value and weighted by how often it occurs.
For fractional outcomes the same expression is a quasi-likelihood: the mean is right, the count distribution behind it is not.

References: Cameron & Trivedi, Regression Analysis of Count Data, 2nd ed., section 3.3.1; Hilbe, Negative Binomial Regression, 2nd ed., chapter 8.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Final

import numpy as np
from scipy.special import gammaln

from evenhand.equity import kernels, kernels_plain
from evenhand.equity.gamma_differences import Floats, gamma_differences
from evenhand.equity.kernels_plain import LOGIT, NEGATIVE_BINOMIAL, POISSON, Ints
from evenhand.vocabulary.compiled import IS_COMPILED

# Without a compiler the same sums over whole arrays: slower, but not row by row.
compiled_kernels: ModuleType | None = kernels if IS_COMPILED else None

FAMILY_CODES: Final = {"logit": LOGIT, "poisson": POISSON, "negative_binomial": NEGATIVE_BINOMIAL}
# The same pieces on every machine, however many threads: sums are then the same to the last bit.
_PIECE_ROWS: Final = 131_072
_THREADS: Final = 2
_GRIDS: Final = (1, 2, 4, 12, 60)
NONE: Final[Floats] = np.zeros(0)


@dataclass(frozen=True, slots=True, eq=False)
class DistinctOutcomes:
    """`values[place[i]]` is row i's outcome; `frequency` the weight that falls on each value."""

    values: Floats
    place: Ints
    frequency: Floats


def distinct_outcomes(y: Floats, weights: Floats) -> DistinctOutcomes:
    """By counting where the outcomes lie on a grid (whole, halves, quarters, twelfths, sixtieths), by sorting elsewhere."""
    w = weights if weights.size else None
    for steps in _GRIDS:
        scaled = y * steps if steps > 1 else y
        if scaled.max(initial=0.0) > max(10_000, 2 * y.size):
            break
        place = scaled.astype(np.int32)
        if np.array_equal(place, scaled):
            seen = np.flatnonzero(np.bincount(place))  # hours in minutes are spread over a range of which they take few values
            among_seen = np.zeros(int(seen[-1]) + 1 if seen.size else 1, dtype=np.int32)
            among_seen[seen] = np.arange(seen.size)
            place = among_seen[place]
            return DistinctOutcomes(seen / steps, place, np.bincount(place, weights=w).astype(np.float64))
    values, found = np.unique(y, return_inverse=True)
    return DistinctOutcomes(values, found.astype(np.int32), np.bincount(found, weights=w).astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Log likelihood, its gradient (q,) and minus its second derivatives (q, q), by the coefficients and, last, ln α."""

    log_likelihood: float
    gradient: Floats
    information: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """Checked arrays and a family. `offset` and `weights` of size 0 mean none. A parameter vector is (β) or, for the negative binomial, (β, ln α)."""

    family: int
    x: Floats
    y: Floats
    offset: Floats
    weights: Floats
    outcomes: DistinctOutcomes
    is_compiled: bool

    @classmethod
    def of(cls, family: int, x: Floats, y: Floats, offset: Floats = NONE, weights: Floats = NONE, *, compiled: bool | None = None) -> Likelihood:
        is_compiled = compiled is not False and compiled_kernels is not None
        return cls(family, x, y, offset, weights, distinct_outcomes(y, weights), is_compiled)

    @property
    def kernels(self) -> ModuleType:
        return compiled_kernels if self.is_compiled and compiled_kernels is not None else kernels_plain

    @property
    def n_parameters(self) -> int:
        return int(self.x.shape[1]) + int(self.family == NEGATIVE_BINOMIAL)

    @property
    def total_weight(self) -> float:
        return float(self.weights.sum()) if self.weights.size else float(self.y.size)

    def as_family(self, family: int) -> Likelihood:
        """The same rows under another family."""
        return replace(self, family=family)

    def rows(self, chosen: slice | np.ndarray) -> Likelihood:
        """A part of the rows; a copy, because the sums run over contiguous memory."""
        offset, weights = (a[chosen].copy() if a.size else a for a in (self.offset, self.weights))
        x, y = np.ascontiguousarray(self.x[chosen]), self.y[chosen].copy()
        return replace(self, x=x, y=y, offset=offset, weights=weights, outcomes=distinct_outcomes(y, weights))

    def split(self, parameters: Floats) -> tuple[Floats, float]:
        """Coefficients, and α (0 where the family has none)."""
        if self.family != NEGATIVE_BINOMIAL:
            return parameters, 0.0
        return parameters[:-1], float(np.exp(parameters[-1]))

    def at(self, parameters: Floats, *, observed: bool = True) -> Evaluation:
        """Everything at one parameter vector, in one pass. `observed=False`: the expected information by the coefficients, mixed terms zero."""
        beta, alpha = self.split(parameters)
        sums, gradient, lower, mixed = self._added_up(beta, alpha, observed)
        information = symmetric(lower)
        constant = float(self.outcomes.frequency @ gammaln(self.outcomes.values + 1.0)) if self.family != LOGIT else 0.0
        if self.family != NEGATIVE_BINOMIAL:
            return Evaluation(float(sums[0]) - constant, gradient, information)
        return self._with_dispersion(sums, gradient, bordered(information, mixed if observed else np.zeros_like(mixed), 0.0), alpha, constant)

    def _with_dispersion(self, sums: Floats, gradient: Floats, joint: Floats, alpha: float, constant: float) -> Evaluation:
        theta, frequency = 1.0 / alpha, self.outcomes.frequency
        gamma = gamma_differences(self.outcomes.values, theta)
        own_score, joint[-1, -1] = dispersion_terms(sums[1:], float(frequency @ gamma.first), float(frequency @ gamma.second), theta)
        log_likelihood = float(sums[0]) + float(frequency @ gamma.log) - constant
        return Evaluation(log_likelihood, np.append(gradient, own_score), joint)

    def _added_up(self, beta: Floats, alpha: float, observed: bool) -> tuple[Floats, Floats, Floats, Floats]:
        def piece(begin: int) -> tuple[Floats, Floats, Floats, Floats]:
            end = min(begin + _PIECE_ROWS, n)
            return self.kernels.add_up(self.family, self.x, self.y, self.offset, self.weights, beta, alpha, begin, end, observed)  # type: ignore[no-any-return]

        n = self.y.size
        begins = range(0, n, _PIECE_ROWS)
        if len(begins) == 1 or not self.is_compiled:
            parts = [piece(begin) for begin in begins]
        else:
            with ThreadPoolExecutor(_THREADS) as threads:
                parts = list(threads.map(piece, begins))
        sums, gradient, information, mixed = (np.sum(p, axis=0) for p in zip(*parts, strict=True))
        return sums, gradient, information, mixed

    def digamma_differences(self, alpha: float) -> Floats:
        """ψ(y + θ) − ψ(θ) at each distinct outcome; empty for families without a dispersion."""
        return gamma_differences(self.outcomes.values, 1.0 / alpha).first if self.family == NEGATIVE_BINOMIAL else NONE

    def score_products(self, parameters: Floats) -> Floats:
        """Σ s sᵀ over rows, shape (q, q)."""
        beta, alpha = self.split(parameters)
        products = self.kernels.score_products(
            self.family, self.x, self.y, self.offset, self.weights, beta, alpha,
            self.outcomes.place, self.digamma_differences(alpha), 0, self.y.size,
        )  # fmt: skip
        return symmetric(products)[: self.n_parameters, : self.n_parameters]

    def cluster_scores(self, parameters: Floats, cluster: Ints, n_clusters: int) -> Floats:
        """Scores added up by cluster, shape (g, q)."""
        beta, alpha = self.split(parameters)
        scores: Floats = self.kernels.cluster_scores(
            self.family, self.x, self.y, self.offset, self.weights, beta, alpha,
            self.outcomes.place, self.digamma_differences(alpha), cluster, n_clusters,
        )  # fmt: skip
        return scores[:, : self.n_parameters]

    def cluster_information(self, parameters: Floats, cluster: Ints, n_clusters: int, *, observed: bool) -> Floats:
        """Information by cluster: joint (g, q, q) where observed; of the coefficients alone (g, p, p) where expected."""
        beta, alpha = self.split(parameters)
        lower, mixed, parts = self.kernels.cluster_information(
            self.family, self.x, self.y, self.offset, self.weights, beta, alpha, cluster, n_clusters, observed
        )
        information = symmetric(lower)
        if not observed or self.family != NEGATIVE_BINOMIAL:
            return information
        return self._joint_by_cluster(information, mixed, parts, alpha, cluster)

    def leave_out_gradients(self, parameters: Floats, cluster: Ints, left_out: Ints) -> Floats:
        """The gradient without each cluster of `left_out`, at that cluster's own row of `parameters` (a, q); shape (a, q)."""
        betas, alphas = np.ascontiguousarray(parameters[:, : self.x.shape[1]]), np.zeros(left_out.size)
        if self.family == NEGATIVE_BINOMIAL:
            alphas = np.exp(parameters[:, -1])

        def share(chosen: slice) -> tuple[Floats, Floats]:
            return self.kernels.leave_out_gradients(  # type: ignore[no-any-return]
                self.family, self.x, self.y, self.offset, self.weights, cluster, left_out[chosen], betas[chosen], alphas[chosen]
            )

        half = (left_out.size + 1) // 2
        with ThreadPoolExecutor(_THREADS) as threads:
            found = list(threads.map(share, (slice(0, half), slice(half, None)) if left_out.size > 1 else (slice(None),)))
        gradients, parts = (np.concatenate(p) for p in zip(*found, strict=True))
        if self.family != NEGATIVE_BINOMIAL:
            return gradients
        own = parts[:, 1] + (parts[:, 0] - self._digamma_without(alphas, cluster, left_out)) / alphas
        return np.column_stack([gradients, own])

    def _digamma_without(self, alphas: Floats, cluster: Ints, left_out: Ints) -> Floats:
        """Σ w [ψ(y + θ) − ψ(θ)] over all rows but the cluster's, at each cluster's own θ."""
        order = np.argsort(cluster, kind="stable")
        edges = np.searchsorted(cluster[order], np.stack([left_out, left_out + 1]))
        sums = np.empty(left_out.size)
        for a, alpha in enumerate(alphas):
            rows = order[edges[0, a] : edges[1, a]]
            values = gamma_differences(self.outcomes.values, 1.0 / alpha).first
            own = values[self.outcomes.place[rows]]
            sums[a] = self.outcomes.frequency @ values - (self.weights[rows] @ own if self.weights.size else own.sum())
        return sums

    def _joint_by_cluster(self, information: Floats, mixed: Floats, parts: Floats, alpha: float, cluster: Ints) -> Floats:
        theta, n_clusters = 1.0 / alpha, information.shape[0]
        gamma = gamma_differences(self.outcomes.values, theta)
        weighted = self.weights if self.weights.size else np.ones(1)
        first, second = (
            np.bincount(cluster, weights=weighted * values[self.outcomes.place], minlength=n_clusters) for values in (gamma.first, gamma.second)
        )
        own = [dispersion_terms(parts[g], first[g], second[g], theta)[1] for g in range(n_clusters)]
        return np.stack([bordered(information[g], mixed[g], own[g]) for g in range(n_clusters)])


def dispersion_terms(sums: Floats, first: float, second: float, theta: float) -> tuple[float, float]:
    """Derivative by ln α, and minus the second one, from (Σ w ln d, Σ w μ/d, Σ score, Σ mixed) and the summed digamma and trigamma differences."""
    log_d, fisher, score, mixed = (float(s) for s in sums)
    gap = theta * (log_d - first)
    return gap + score, gap - fisher - theta**2 * second + mixed


def symmetric(lower: Floats) -> Floats:
    """A full matrix (or stack of them) from its lower triangle; what stands above is ignored."""
    low = np.tril(lower)
    return low + np.swapaxes(np.tril(low, -1), -1, -2)


def bordered(matrix: Floats, border: Floats, corner: float) -> Floats:
    """The matrix with one more row and column."""
    p = matrix.shape[0]
    grown = np.empty((p + 1, p + 1))
    grown[:p, :p], grown[p, :p], grown[:p, p], grown[p, p] = matrix, border, border, corner
    return grown
