"""Differences of the gamma function's logarithm and its derivatives, as negative binomial likelihoods need them.

Modelling choice: the likelihood holds ln Γ(y + θ) − ln Γ(θ) and its derivatives by θ, never a gamma function alone. Near the Poisson limit θ is
in the thousands and two nearly equal logarithms would cancel; so the arguments are moved up to 12 by the recurrence and the two asymptotic series are
subtracted *term by term*. It holds for fractional y too, and to about 1e-15 of the result.

References: Abramowitz & Stegun, Handbook of Mathematical Functions, 6.1.41, 6.3.18, 6.4.12 (the series), 6.1.15 (the recurrence).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ASYMPTOTIC_FROM: Final = 12.0
# Bernoulli numbers B2, B4, … B14: the coefficients of all three series.
_BERNOULLI: Final = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


@dataclass(frozen=True, slots=True, eq=False)
class GammaDifferences:
    """`log[i]` = ln Γ(y_i + θ) − ln Γ(θ); `first` and `second` are its first and second derivatives by θ (differences of digamma and trigamma)."""

    log: Floats
    first: Floats
    second: Floats


def gamma_differences(y: Floats, theta: float) -> GammaDifferences:
    """The three differences at every y.

    Parameters
    ----------
    y
        float64, shape (u,), ≥ 0; need not be whole.
    theta
        The size parameter, > 0.
    """
    shift = max(0, int(np.ceil(_ASYMPTOTIC_FROM - theta)))
    log, first, second = _asymptotic(y, theta + shift)
    for k in range(shift):
        low = theta + k
        ratio = y / low
        log -= np.log1p(ratio)
        first += ratio / (low + y)
        second -= ratio * (2.0 * low + y) / (low * (low + y) ** 2)
    return GammaDifferences(log, first, second)


def _asymptotic(y: Floats, theta: float) -> tuple[Floats, Floats, Floats]:
    ratio = y / theta
    grown = np.log1p(ratio)
    high = theta + y
    log = (theta - 0.5) * (grown - ratio) + y * (grown + np.log(theta)) - 0.5 * ratio
    first = grown + 0.5 * ratio / high
    # −y/(θ(θ+y)) is 1/(θ+y) − 1/θ without its cancellation; the same holds for the powers below, by expm1.
    second = -ratio / high - 0.5 * ratio * (2.0 * theta + y) / (theta * high**2)
    for k, bernoulli in enumerate(_BERNOULLI, start=1):
        power = 2 * k - 1
        log += bernoulli / (2 * k * power) * theta ** (-power) * np.expm1(-power * grown)
        first -= bernoulli / (2 * k) * theta ** (-2 * k) * np.expm1(-2 * k * grown)
        second += bernoulli * theta ** (-2 * k - 1) * np.expm1(-(2 * k + 1) * grown)
    return log, first, second
