"""Would shuffled households show the same? A permutation test within groups, by the score alone.

Modelling choice: under the null hypothesis the column does nothing, so within a group (a block group) its values could as well belong to other
households of that group. The statistic is the score of the column in a model fitted without it, so nothing is fitted again: a draw costs one pass.
Both sides are taken from their group's mean, the column also from what the other columns of households explain of it, so that only comparisons within
groups count. It is studentised by the squares of its own summands, which keeps the test honest when the spread of residuals differs between
households. The p-value counts the sample as one of the draws, and is never 0.

It assumes that households of one group are exchangeable. Where a group holds streets that lose power together and differ in who lives there, they
are not, and the p-value is too small.

References: Freedman & Lane (1983), JBES 1:292–298 (residuals under the null); DiCiccio & Romano (2017), JASA 112:1211–1220 (studentised); Phipson &
Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9:39 (the sample is a draw).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import CheckArraysUnusable

Floats = NDArray[np.float64]
DRAWS: Final = 499
_VALUES_AT_ONCE: Final = 2_000_000
# Two statistics that are equal but for the order of a sum are equal.
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """`statistic` is the studentised score, `total` the plain one; `rows_that_tell` lie in groups where the column varies, `groups_that_tell` counts
    those. `p_value` is two-sided, NaN where no group tells anything."""

    statistic: float
    total: float
    p_value: float
    draws: int
    rows_that_tell: int
    groups_that_tell: int


def permutation_within(scores: Floats, values: Floats, groups: NDArray[Any], *, draws: int = DRAWS, seed: int = 8311) -> PermutationTest:
    """Shuffle a column within groups and count how often its score is as large.

    Parameters
    ----------
    scores
        float64, shape (n,): each row's residual in a model without the column (weighted as the score weighs it). Taken from the group's mean here.
    values
        float64, shape (n,): the column, freed of what other columns explain of it (`freed_within`). No missing values.
    groups
        Labels, shape (n,).
    draws
        Shuffles; the least p-value is 1 / (draws + 1).
    seed
        Same seed, same draws.

    Raises
    ------
    CheckArraysUnusable
        Arrays of other shapes, missing values, no draws.
    """
    _refuse(scores, values, groups, draws)
    rng = np.random.default_rng(seed)
    sums, squares = np.zeros(draws + 1), np.zeros(draws + 1)
    rows_that_tell, groups_that_tell = 0, 0
    for rows in _rows_by_group(groups):
        r, x = scores[rows] - scores[rows].mean(), values[rows] - values[rows].mean()
        if np.abs(x).max() <= _ROUNDING * (1.0 + np.abs(values[rows]).max()) or not r.any():
            continue
        rows_that_tell, groups_that_tell = rows_that_tell + rows.size, groups_that_tell + 1
        sums[0] += r @ x
        squares[0] += (r * r) @ (x * x)
        _add_shuffles(rng, r, x, sums[1:], squares[1:])
    if not groups_that_tell:
        return PermutationTest(float("nan"), 0.0, float("nan"), draws, 0, 0)
    statistics = sums / np.sqrt(squares)
    beyond = int(np.count_nonzero(np.abs(statistics[1:]) >= abs(statistics[0]) * (1.0 - _ROUNDING)))
    return PermutationTest(float(statistics[0]), float(sums[0]), (1.0 + beyond) / (1.0 + draws), draws, rows_that_tell, groups_that_tell)


def freed_within(column: Floats, others: Floats, groups: NDArray[Any]) -> Floats:
    """A column less its group's mean and less what other columns (n, p), taken the same way, explain of it by least squares."""
    place = np.unique(groups, return_inverse=True)[1]
    inside = np.column_stack([_from_group_mean(one, place) for one in (column, *others.T)])
    spread = inside.std(axis=0)
    useful = np.flatnonzero(spread[1:] > _ROUNDING * (1.0 + np.abs(others).max(axis=0, initial=0.0))) + 1
    if not useful.size:
        return inside[:, 0]
    scaled = inside[:, useful] / spread[useful]
    explained: Floats = scaled @ np.linalg.lstsq(scaled.T @ scaled, scaled.T @ inside[:, 0], rcond=None)[0]
    return np.asarray(inside[:, 0] - explained)


def _add_shuffles(rng: np.random.Generator, r: Floats, x: Floats, sums: Floats, squares: Floats) -> None:
    step = max(1, _VALUES_AT_ONCE // x.size)
    for first in range(0, sums.size, step):
        some = slice(first, min(first + step, sums.size))
        shuffled = rng.permuted(np.tile(x, (some.stop - first, 1)), axis=1)
        sums[some] += shuffled @ r
        squares[some] += np.square(shuffled, out=shuffled) @ (r * r)


def _from_group_mean(values: Floats, place: NDArray[np.intp]) -> Floats:
    counts = np.bincount(place)
    return np.asarray(values - (np.bincount(place, weights=values) / counts)[place])


def _rows_by_group(groups: NDArray[Any]) -> list[NDArray[np.intp]]:
    place = np.unique(groups, return_inverse=True)[1]
    return np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])


def _refuse(scores: Floats, values: Floats, groups: NDArray[Any], draws: int) -> None:
    faults = []
    if not scores.shape == values.shape == groups.shape or scores.ndim != 1:
        faults.append(f"scores, values and groups were expected as (n,) each, and {scores.shape}, {values.shape}, {groups.shape} came")
    elif not (np.isfinite(scores).all() and np.isfinite(values).all()):
        faults.append(f"finite numbers were expected, and {int((~np.isfinite(scores + values)).sum())} rows hold others")
    elif not scores.size:
        faults.append("at least one row was expected, and none came")
    if draws < 1:
        faults.append(f"at least one draw was expected, and {draws} came")
    if faults:
        raise CheckArraysUnusable(faults)
