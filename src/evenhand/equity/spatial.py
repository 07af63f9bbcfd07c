"""Are neighbouring areas more alike than others? Moran's I, its expectation and variance, and its permutation test.

Modelling choice: neighbours are the k nearest centroids, each with weight 1/k, so that every area counts the same however its borders run; any other
list of weighted pairs can be handed in, and need not be symmetric. Under the null hypothesis the values could stand at any area: I then has the mean
−1/(n − 1) and the variance of *randomisation*, which takes the values as they are and assumes no normal distribution. The permutation test draws such
arrangements and counts. For residuals of a model both are approximate: residuals of neighbours are slightly opposed by construction.

References: Moran (1950), Biometrika 37:17–23; Cliff & Ord (1981), Spatial Processes, section 1.4 (moments under randomisation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtr

from evenhand.equity.errors import CheckArraysUnusable

Floats = NDArray[np.float64]
NEAREST: Final = 6
DRAWS: Final = 999
# The variance under randomisation divides by n − 3.
LEAST_AREAS: Final = 4
_VALUES_AT_ONCE: Final = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Weighted pairs of `n` areas: `weight[m]` of area `other[m]` for area `origin[m]`; none is its own neighbour."""

    origin: NDArray[np.intp]
    other: NDArray[np.intp]
    weight: Floats
    n: int


@dataclass(frozen=True, slots=True)
class MoransI:
    """`value` is I; `expected` and `std_error` those of randomisation, `statistic` their distance. Both p-values are two-sided: `p_value` from the
    normal distribution, `p_permutation` from `draws` arrangements."""

    value: float
    expected: float
    std_error: float
    statistic: float
    p_value: float
    p_permutation: float
    draws: int
    n: int


def nearest_neighbours(lat: Floats, long: Floats, k: int = NEAREST) -> Neighbours:
    """The k nearest of each place, each with weight 1/k; of equally near ones, some.

    Parameters
    ----------
    lat, long
        float64, shape (n,), degrees (WGS 84); no missing values.
    k
        At least 1; at most n − 1 are there.

    Raises
    ------
    CheckArraysUnusable
        Shapes that do not fit, missing values, or fewer than k + 1 places.
    """
    faults = []
    if lat.shape != long.shape or lat.ndim != 1:
        faults.append(f"lat and long were expected as (n,) each, and {lat.shape} and {long.shape} came")
    elif not (np.isfinite(lat).all() and np.isfinite(long).all()):
        faults.append("places were expected everywhere, and some are missing")
    elif not 1 <= k < lat.size:
        faults.append(f"between 1 and {lat.size - 1} neighbours were expected for {lat.size} places, and {k} came")
    if faults:
        raise CheckArraysUnusable(faults)
    phi, lam = np.radians(lat), np.radians(long)
    on_sphere = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    # One more than asked for, because each is its own nearest; of places that coincide it may be missing.
    near = np.asarray(cKDTree(on_sphere).query(on_sphere, k=k + 1)[1]).reshape(lat.size, k + 1)
    others = np.stack([row[row != place][:k] for place, row in enumerate(near)])
    return Neighbours(np.repeat(np.arange(lat.size), k), others.ravel(), np.full(lat.size * k, 1.0 / k), int(lat.size))


def morans_i(values: Floats, neighbours: Neighbours, *, draws: int = DRAWS, seed: int = 8311) -> MoransI:
    """Moran's I of values at areas.

    Parameters
    ----------
    values
        float64, shape (n,), one an area; no missing values.
    neighbours
        Weighted pairs of the same areas.
    draws
        Random arrangements; 0 leaves the permutation test out (its p-value is NaN).

    Raises
    ------
    CheckArraysUnusable
        Another number of values than of areas, fewer than 4, missing values, or values that are all the same.
    """
    _refuse_values(values, neighbours)
    z = values - values.mean()
    n, total = z.size, float(neighbours.weight.sum())
    scale = n / total / float(z @ z)
    found = scale * float(neighbours.weight @ (z[neighbours.origin] * z[neighbours.other]))
    expected = -1.0 / (n - 1.0)
    error = math.sqrt(_variance(z, neighbours))
    statistic = (found - expected) / error if error > 0.0 else math.nan
    arranged = scale * _arrangements(z, neighbours, draws, seed)
    return MoransI(found, expected, error, statistic, 2.0 * float(ndtr(-abs(statistic))), _two_sided(found, arranged), draws, n)


def _refuse_values(values: Floats, neighbours: Neighbours) -> None:
    faults = []
    if values.shape != (neighbours.n,):
        faults.append(f"one value for each of {neighbours.n} areas was expected, and an array of shape {values.shape} came")
    elif values.size < LEAST_AREAS:
        faults.append(f"at least {LEAST_AREAS} areas were expected, and {values.size} came")
    elif not np.isfinite(values).all():
        faults.append("a value was expected at each area, and some are missing")
    elif np.ptp(values) == 0.0:
        faults.append("values that differ were expected, and all are the same")
    if not neighbours.weight.sum() > 0.0:
        faults.append("at least one pair of neighbours was expected")
    if faults:
        raise CheckArraysUnusable(faults)


def _variance(z: Floats, neighbours: Neighbours) -> float:
    """Under randomisation: Cliff & Ord (1981), equation 1.44."""
    n, w = float(z.size), neighbours.weight
    whole = w.sum()
    s1 = 0.5 * _squared_both_ways(neighbours)
    out, into = (np.bincount(ends, weights=w, minlength=neighbours.n) for ends in (neighbours.origin, neighbours.other))
    s2 = float(np.sum((out + into) ** 2))
    kurtosis = n * float(np.sum(z**4)) / float(z @ z) ** 2
    plain = n * ((n * n - 3.0 * n + 3.0) * s1 - n * s2 + 3.0 * whole**2)
    pulled = kurtosis * ((n * n - n) * s1 - 2.0 * n * s2 + 6.0 * whole**2)
    second = (plain - pulled) / ((n - 1.0) * (n - 2.0) * (n - 3.0) * whole**2)
    return max(float(second - 1.0 / (n - 1.0) ** 2), 0.0)


def _squared_both_ways(neighbours: Neighbours) -> float:
    """Σ over all ordered pairs of (w_ij + w_ji)²."""
    n = neighbours.n
    there, back = neighbours.origin * n + neighbours.other, neighbours.other * n + neighbours.origin
    place = np.unique(np.concatenate([there, back]), return_inverse=True)[1]
    both = np.bincount(place, weights=np.concatenate([neighbours.weight, neighbours.weight]))
    return float(np.sum(both**2))


def _arrangements(z: Floats, neighbours: Neighbours, draws: int, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    step = max(1, _VALUES_AT_ONCE // max(neighbours.weight.size, z.size))
    found = [np.zeros(0)]
    for first in range(0, draws, step):
        drawn = rng.permuted(np.tile(z, (min(step, draws - first), 1)), axis=1)
        found.append((drawn[:, neighbours.origin] * drawn[:, neighbours.other]) @ neighbours.weight)
    return np.concatenate(found)


def _two_sided(found: float, arranged: Floats) -> float:
    """Twice the smaller tail, the sample counted as one arrangement."""
    if not arranged.size:
        return math.nan
    tails = [1.0 + np.count_nonzero(arranged >= found), 1.0 + np.count_nonzero(arranged <= found)]
    return float(min(1.0, 2.0 * min(tails) / (arranged.size + 1.0)))
