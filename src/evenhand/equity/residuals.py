"""How far outcomes lie from what a model expects of them: randomised quantile residuals, and Pearson's dispersion.

Modelling choice: a household's residual is its *position* in the distribution that the model gives it: 0.9 where the model expected nine in ten such
households to be sooner. If the model is right, positions are uniform between 0 and 1, whatever the family. An outcome that takes whole values only
fills an interval of positions, and the residual is drawn from it at random, from a seed. Two things are ours:

    fractions     hours from half-hourly meters are no counts; 11.5 becomes 11 or 12 at random, each as often, so that means stay as they are
    still out     of a household whose hours are a lower bound only the position is drawn from all that lie above it

Of many households a part is drawn, in which every position is as likely as in all. With tens of thousands of rows a test of uniformity rejects every
model that was ever written down; so what counts is the largest deviation itself, a share of households, and the probability stands beside it.

References: Dunn & Smyth (1996), J. Computational and Graphical Statistics 5:236–244 (randomised quantile residuals, also of censored outcomes);
McCullagh & Nelder, Generalized Linear Models, 2nd ed., section 4.5 (Pearson's dispersion); Kish, Survey Sampling, section 11.7 (effective sample).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, gammaincc, kolmogorov, ndtri

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit

SEED: Final = 8311
MOST_ROWS: Final = 20_000
_MEAN_DEVIATION: Final = 0.8687311606361592  # √(π/2) ln 2, the mean of Kolmogorov's distribution
_FAR: Final = 1.959963984540054  # a normal residual beyond it: one in twenty


@dataclass(frozen=True, slots=True, eq=False)
class QuantileResiduals:
    """`position` (m,) of each household drawn, strictly between 0 and 1; `rows` (m,) their places in the design, `weights` (m,) what each counts.

    `n` is how many the model has, `n_censored` how many of those drawn were still out.
    """

    position: Floats
    rows: NDArray[np.intp]
    weights: Floats
    n: int
    n_censored: int

    @property
    def normal(self) -> Floats:
        """The residuals on the normal scale."""
        return np.asarray(ndtri(self.position))


@dataclass(frozen=True, slots=True)
class Uniformity:
    """How far positions are from uniform.

    `largest_deviation` is the largest gap between the share of households at or below a position and that position, found at `deviates_at`;
    `by_chance` is its mean where positions are uniform (√(π/2) ln 2 / √n), `p_value` is Kolmogorov's for it, parameters taken as known. `share_far`
    is the share outside of the middle 95 %. `tenths` are the shares in each tenth of the model's distribution, 0.1 each where the model is right;
    `tenths_n` the households behind them.
    """

    largest_deviation: float
    deviates_at: float
    by_chance: float
    p_value: float
    share_far: float
    tenths: tuple[float, ...]
    tenths_n: tuple[int, ...]
    n: int


def quantile_residuals(fitted: Fit, *, still_out: NDArray[np.bool_] | None = None, most: int = MOST_ROWS, seed: int = SEED) -> QuantileResiduals:
    """Randomised quantile residuals of a model's rows.

    Parameters
    ----------
    fitted
        Any family.
    still_out
        bool, shape (n,): rows whose outcome is a lower bound.
    most
        Draw so many rows at most, without replacement.
    seed
        Of the draw of rows, of the fractions and of the positions.
    """
    rng = np.random.default_rng(seed)
    n = fitted.n
    rows = np.arange(n) if n <= most else np.sort(rng.choice(n, most, replace=False))
    mean = fitted.mean_at(fitted.linear_predictor())[rows]
    count = whole_counts(fitted.design.y[rows], rng)
    low, high = cumulative(fitted, count - 1.0, mean), cumulative(fitted, count, mean)
    censored = np.zeros(rows.size, dtype=np.bool_) if still_out is None else still_out[rows]
    high = np.where(censored, 1.0, high)
    position = low + rng.random(rows.size) * (high - low)
    edge = np.finfo(np.float64).eps
    weights = fitted.design.weights[rows] if fitted.design.weights.size else np.ones(rows.size)
    return QuantileResiduals(np.clip(position, edge, 1.0 - edge), rows, weights, n, int(censored.sum()))


def whole_counts(y: Floats, rng: np.random.Generator) -> Floats:
    """Whole numbers with the same means: a fraction is rounded up as often as its size."""
    return np.asarray(np.floor(y + rng.random(y.size))) if not np.array_equal(y, np.rint(y)) else y


def cumulative(fitted: Fit, count: Floats, mean: Floats) -> Floats:
    """The chance of at most `count` (whole numbers, −1 too) where the model's mean is `mean`; the two broadcast."""
    if fitted.family == "logit":
        return np.where(count < 0.0, 0.0, np.where(count < 1.0, 1.0 - mean, 1.0))
    return count_distribution(count, mean, fitted.alpha or 0.0)


def count_distribution(count: Floats, mean: Floats, alpha: float) -> Floats:
    """P(Y ≤ count) of NB2 with this mean and dispersion, by the incomplete beta function; of Poisson counts where `alpha` is 0."""
    there = np.maximum(count, 0.0) + 1.0
    if alpha > 0.0:
        theta = 1.0 / alpha
        found = betainc(theta, there, theta / (theta + mean))
    else:
        found = gammaincc(there, mean)
    return np.where(count < 0.0, 0.0, found)


def uniformity(residuals: QuantileResiduals) -> Uniformity:
    """Compare positions with the uniform distribution; weighted rows count by their weight, with Kish's effective number behind the probability."""
    order = np.argsort(residuals.position)
    position = residuals.position[order]
    share = residuals.weights[order] / residuals.weights.sum()
    reached = np.cumsum(share)
    gaps = np.maximum(reached - position, position - (reached - share))
    worst = int(np.argmax(gaps))
    place = np.minimum((position * 10.0).astype(np.intp), 9)
    effective = 1.0 / float(share @ share)
    far = np.abs(ndtri(position)) > _FAR
    return Uniformity(
        largest_deviation=float(gaps[worst]),
        deviates_at=float(position[worst]),
        by_chance=_MEAN_DEVIATION / float(np.sqrt(effective)),
        p_value=float(kolmogorov(np.sqrt(effective) * gaps[worst])),
        share_far=float(share[far].sum()),
        tenths=tuple(np.bincount(place, weights=share, minlength=10).tolist()),
        tenths_n=tuple(np.bincount(place, minlength=10).tolist()),
        n=position.size,
    )


def pearson_dispersion(fitted: Fit, *, alpha: float | None = None) -> float:
    """Σ (y − μ)² ÷ variance, over rows less terms: 1 where the family's variance is right. `alpha` 0 asks it of Poisson's variance at the same means.

    Raises
    ------
    DesignUnusable
        For a logit, whose outcome of 0 or 1 can scatter in one way only.
    """
    if fitted.family == "logit":
        raise DesignUnusable(["an outcome of 0 or 1 has the variance of its mean: its dispersion says nothing"])
    mean = fitted.mean_at(fitted.linear_predictor())
    squares = (fitted.design.y - mean) ** 2 / (mean * (1.0 + ((fitted.alpha or 0.0) if alpha is None else alpha) * mean))
    weights = fitted.design.weights if fitted.design.weights.size else None
    return float(np.average(squares, weights=weights)) * fitted.n / (fitted.n - fitted.coefficients.size)
