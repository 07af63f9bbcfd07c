"""One sample as the study drew it, and how like those it stands for: all reporters, and others by chance.

Modelling choice: others are drawn without replacement, each as likely as the next, from a stream of its own for every size and seed; a reporter
stands for itself and a drawn household for (others / drawn), times what the panel's own weight says. The study compared its sample with *all* that
did not report by two-sample t-tests. The sample is a part of those, so that such a test takes the spread of the difference for larger than it is; the
test of a draw without replacement (spread² (1/m − 1/N)) stands beside it, and the standardised difference, which does not depend on how many were
drawn.

References: Welch (1947), Biometrika 34:28–35; Cochran (1977), Sampling Techniques, 3rd ed., section 2.6 (finite population); Austin (2009),
Statistics in Medicine 28:3083–3107 (standardised differences).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """All reporters and `size` others. `rows` (k,) are places in the panel, ascending; `weights` (k,) how many households each stands for."""

    size: int
    seed: int
    rows: Places
    weights: Floats
    reporters: int
    non_reporters: int


@dataclass(frozen=True, slots=True)
class Moments:
    """Values of one group: how many, their mean, and their standard deviation (over n − 1; NaN for fewer than two).

    `unlike` is how many values differ from the commonest one: where they are few, mean and spread speak of those few households.
    """

    n: int
    mean: float
    sd: float
    unlike: int = 0

    @classmethod
    def of(cls, values: Floats) -> Moments:
        """Of the values that are not missing."""
        there = values[np.isfinite(values)]
        n = int(there.size)
        mean, sd = float(there.mean()) if n else math.nan, float(there.std(ddof=1)) if n > 1 else math.nan
        return cls(n, mean, sd, n - int(np.unique(there, return_counts=True)[1].max()) if n else 0)


@dataclass(frozen=True, slots=True)
class TTest:
    """A difference of two means over its error; `df` is infinite for the normal distribution, `p_value` two-sided."""

    statistic: float
    df: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The drawn others beside all others, on one variable. `standardised` is the difference over the root mean square of both spreads."""

    column: str
    drawn: Moments
    everyone: Moments
    standardised: float
    welch: TTest
    pooled: TTest
    draw: TTest


@dataclass(frozen=True, slots=True)
class Description:
    """One variable in one group: `drawn`, `weighted` or `everyone`.

    Mean and spread are weighted where the group is; `moments.n` and `moments.unlike` count households that were seen. `minimum` and `maximum` are
    single households, and not for print.
    """

    column: str
    group: str
    moments: Moments
    minimum: float
    maximum: float


def draw_sample(participation: Floats, *, size: int, seed: int, stream: int = 0, weights: Floats | None = None) -> Sample:
    """All reporters and a random sample of the others.

    Parameters
    ----------
    participation
        0 or 1, shape (n,).
    size
        How many others, at most as many as there are.
    seed, stream
        The same two give the same sample of a size; streams of a seed are independent.
    weights
        What each household of the panel stands for, shape (n,); None where each stands for itself.
    """
    reports = participation > 0.5
    others = np.flatnonzero(~reports)
    rng = np.random.default_rng([seed, size, stream])
    drawn = rng.choice(others, size, replace=False, shuffle=False)
    standing = np.ones(participation.size) if weights is None else weights.copy()
    standing[drawn] *= others.size / size
    rows = np.sort(np.concatenate([np.flatnonzero(reports), drawn]))
    return Sample(size, stream, rows, standing[rows], int(reports.sum()), int(others.size))


def compare_draw(columns: Mapping[str, Floats], participation: Floats, sample: Sample) -> tuple[Comparison, ...]:
    """The drawn others beside all others, by column (missing values left out)."""
    is_other = participation <= 0.5
    drawn = sample.rows[is_other[sample.rows]]
    return tuple(_comparison(name, Moments.of(values[drawn]), Moments.of(values[is_other])) for name, values in columns.items())


def _comparison(name: str, drawn: Moments, everyone: Moments) -> Comparison:
    spread = math.sqrt((drawn.sd**2 + everyone.sd**2) / 2.0)
    standardised = (drawn.mean - everyone.mean) / spread if spread > 0.0 else math.nan
    return Comparison(name, drawn, everyone, standardised, welch_test(drawn, everyone), pooled_test(drawn, everyone), draw_test(drawn, everyone))


def welch_test(one: Moments, other: Moments) -> TTest:
    """Two means whose groups need not spread alike."""
    if min(one.n, other.n) < 2:
        return _untested()
    parts = one.sd**2 / one.n, other.sd**2 / other.n
    total = sum(parts)
    if not total > 0.0:
        return _untested()
    df = total**2 / (parts[0] ** 2 / (one.n - 1) + parts[1] ** 2 / (other.n - 1))
    return _tested((one.mean - other.mean) / math.sqrt(total), df)


def pooled_test(one: Moments, other: Moments) -> TTest:
    """Two means whose groups are taken to spread alike."""
    df = one.n + other.n - 2
    if min(one.n, other.n) < 1 or df < 1:
        return _untested()
    # one value alone has no spread of its own, and adds none
    within = sum((group.n - 1) * group.sd**2 for group in (one, other) if group.n > 1)
    if not within > 0.0:
        return _untested()
    return _tested((one.mean - other.mean) / math.sqrt(within / df * (1.0 / one.n + 1.0 / other.n)), float(df))


def draw_test(drawn: Moments, everyone: Moments) -> TTest:
    """The mean of a draw without replacement against the mean of those whom it was drawn from."""
    variance = everyone.sd**2 * (1.0 / drawn.n - 1.0 / everyone.n) if drawn.n and everyone.n > 1 else 0.0
    return _tested((drawn.mean - everyone.mean) / math.sqrt(variance), math.inf) if variance > 0.0 else _untested()


def _tested(statistic: float, df: float) -> TTest:
    return TTest(statistic, df, 2.0 * float(stdtr(df, -abs(statistic))))


def _untested() -> TTest:
    return TTest(math.nan, math.nan, math.nan)


def describe(columns: Mapping[str, Floats], sample: Sample, weights: Floats | None = None) -> tuple[Description, ...]:
    """Each column in the sample as drawn, in the sample weighted, and in everyone (by the panel's own weights, where it has them)."""
    found = []
    for name, values in columns.items():
        drawn = values[sample.rows]
        found += [
            _description(name, "drawn", drawn, np.ones(drawn.size)),
            _description(name, "weighted", drawn, sample.weights),
            _description(name, "everyone", values, np.ones(values.size) if weights is None else weights),
        ]
    return tuple(found)


def _description(name: str, group: str, values: Floats, weights: Floats) -> Description:
    there = np.isfinite(values)
    x, w = values[there], weights[there]
    plain = Moments.of(x)
    if not plain.n or not w.sum() > 0.0:
        return Description(name, group, plain, math.nan, math.nan)
    mean = float(np.average(x, weights=w))
    # n − 1 as the study has it; with weights the same factor, on households that were seen
    variance = float(np.average((x - mean) ** 2, weights=w)) * (plain.n / (plain.n - 1) if plain.n > 1 else math.nan)
    return Description(name, group, Moments(plain.n, mean, math.sqrt(variance), plain.unlike), float(x.min()), float(x.max()))
