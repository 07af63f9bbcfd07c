"""Chance without a state: a number is a function of the seed, of what it decides, of whom and of when.

Modelling choice: a counter-based generator (SplitMix64's finaliser over a keyed counter), computed for whole chunks at once. A meter's numbers
depend on nothing but the seed and its own number, so any subset of meters, in any order and in any chunk, is the same; and because every decision
has a stream of its own, a new fault shifts nobody else's draws.

References: Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators, OOPSLA, section 4 (the finaliser "mix64variant13").
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Bits = NDArray[np.uint64]
Floats = NDArray[np.float64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Chance:
    """The random numbers of one seed; `seed` is any integer from 0 on."""

    def __init__(self, seed: int) -> None:
        self._seed = np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)

    def bits(self, stream: str, whom: NDArray[np.int64], times: int) -> Bits:
        """64 random bits each, shape (whom, times)."""
        keys = self._keys(stream, whom)[:, None]
        counters = np.arange(1, times + 1, dtype=np.uint64)[None, :] * _STEP
        return _mixed(keys + counters)

    def uniform(self, stream: str, whom: NDArray[np.int64]) -> Floats:
        """Uniform on (0, 1), one a `whom`: never 0 or 1, so that quantiles are finite."""
        return _fractions(_mixed(self._keys(stream, whom)))

    def uniforms(self, stream: str, whom: NDArray[np.int64], times: int) -> Floats:
        """Uniform on (0, 1), shape (whom, times)."""
        return _fractions(self.bits(stream, whom, times))

    def between(self, stream: str, whom: NDArray[np.int64], low: float, high: float) -> Floats:
        """Uniform on (low, high), one a `whom`."""
        return low + (high - low) * self.uniform(stream, whom)

    def happens(self, stream: str, whom: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
        """True with probability `share`, one a `whom`."""
        return self.uniform(stream, whom) < share

    def normal(self, stream: str, whom: NDArray[np.int64]) -> Floats:
        """Standard normal, one a `whom`."""
        return np.asarray(ndtri(self.uniform(stream, whom)), dtype=np.float64)

    def _keys(self, stream: str, whom: NDArray[np.int64]) -> Bits:
        purpose = np.array([zlib.crc32(stream.encode())], dtype=np.uint64) << np.uint64(32)
        return _mixed(_mixed(_mixed(self._seed) + purpose) + whom.astype(np.uint64) * _STEP)


def _mixed(x: Bits) -> Bits:
    x = x ^ (x >> np.uint64(30))
    x *= _FIRST
    x ^= x >> np.uint64(27)
    x *= _SECOND
    x ^= x >> np.uint64(31)
    return x


def _fractions(bits: Bits) -> Floats:
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
