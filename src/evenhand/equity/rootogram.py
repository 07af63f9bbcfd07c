"""How many households lie in each bin of hours, beside how many the model expects there: Tukey's hanging rootogram.

Modelling choice: what a model expects in a bin is the sum over *its* households of each one's chance to fall into it, not a curve through their mean.
Square roots are drawn, because a count scatters by about the square root of itself: bars that hang from the expected curve then miss the ground by
about as much everywhere if only chance is at work. How wrong the whole is, is said as a share: so many households would have to move to another bin.

The chance depends on a household only by its mean, so means are gathered on 512 points of their logarithm, each shared between its two neighbours;
that changes no share by more than about one in 100,000. Fractional hours become whole at random, as in `residuals`.

References: Tukey, Exploratory Data Analysis (1977), chapter 17; Kleiber & Zeileis (2016), American Statistician 70:296–303; Kish,
Survey Sampling (1965), section 11.7 (effective sample).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.residuals import SEED, count_distribution, whole_counts

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit

_POINTS: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class Rootogram:
    """Bin j holds whole outcomes from `edges[j]` up to, and without, `edges[j + 1]`; the last bin has no end.

    `found` and `expected` (b,) are households (weights count), `n` (b,) the rows behind `found`, `effective_n` how many rows of one weight they are
    worth.
    """

    edges: Floats
    found: Floats
    expected: Floats
    n: NDArray[np.int64]
    effective_n: float

    @property
    def hanging(self) -> Floats:
        """√expected − √found: where a bar that hangs from the curve ends; above 0 too few were found, below it too many."""
        return np.asarray(np.sqrt(self.expected) - np.sqrt(self.found))

    @property
    def misplaced(self) -> float:
        """The share of households that would have to be in another bin for the model to be right."""
        return float(0.5 * np.abs(self.found - self.expected).sum() / self.found.sum())

    @property
    def misplaced_by_chance(self) -> float:
        """The same share, on average, of a model that is right: half of the bins' mean absolute deviations, as of normal variables."""
        share = self.expected / self.expected.sum()
        return float(0.5 * np.sqrt(2.0 / np.pi * share * (1.0 - share) / self.effective_n).sum())


def rootogram(fitted: Fit, edges: Floats, *, seed: int = SEED) -> Rootogram:
    """Count found and expected outcomes by bin.

    Parameters
    ----------
    fitted
        A Poisson or negative binomial model.
    edges
        float64, shape (b,): where each bin begins; whole, growing, the first 0.
    seed
        Decides which way fractions are rounded.

    Raises
    ------
    DesignUnusable
        For a logit, or edges that are no such numbers.
    """
    faults = []
    if fitted.family == "logit":
        faults.append("a rootogram shows counts or hours, and this model is a logit")
    if edges.size < 2 or edges[0] != 0.0 or (np.diff(edges) <= 0.0).any() or not np.array_equal(edges, np.rint(edges)):
        faults.append("edges were expected as whole numbers that begin at 0 and grow")
    if faults:
        raise DesignUnusable(faults)
    weights = fitted.design.weights if fitted.design.weights.size else np.ones(fitted.n)
    count = whole_counts(fitted.design.y, np.random.default_rng(seed))
    place = np.searchsorted(edges, count, side="right") - 1
    found = np.asarray(np.bincount(place, weights=weights, minlength=edges.size), dtype=np.float64)
    return Rootogram(edges, found, _expected(fitted, edges, weights), np.bincount(place, minlength=edges.size), _effective(weights))


def _effective(weights: Floats) -> float:
    return float(weights.sum() ** 2 / (weights @ weights))


def _expected(fitted: Fit, edges: Floats, weights: Floats) -> Floats:
    points, share = _gathered(fitted.linear_predictor(), weights)
    below = count_distribution(edges[:, None] - 1.0, np.exp(points)[None, :], fitted.alpha or 0.0)
    chances = np.diff(below, axis=0, append=1.0)
    return np.asarray(chances @ share)


def _gathered(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights on a grid of points; a value between two points is shared by its nearness to each."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-12:
        return np.array([low]), np.array([weights.sum()])
    at = (values - low) * ((_POINTS - 1) / (high - low))
    left = np.minimum(at.astype(np.intp), _POINTS - 2)
    right_share = at - left
    lefts = np.bincount(left, weights=weights * (1.0 - right_share), minlength=_POINTS)
    rights = np.bincount(left + 1, weights=weights * right_share, minlength=_POINTS)
    return np.linspace(low, high, _POINTS), np.asarray(lefts + rights, dtype=np.float64)
