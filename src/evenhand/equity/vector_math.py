"""exp and ln(1 + s) over short buffers, written so that the compiler turns them into vector instructions.

Modelling choice: a likelihood spends most of its time in these two functions, and the C library's take one value at a time. Both are the textbook
reductions: exp(x) = 2ᵏ exp(r) with |r| ≤ ln 2 / 2 and a polynomial for exp(r); ln d = k ln 2 + 2 artanh((m − 1)/(m + 1)) with m within a factor √2
of one. Powers of two are written and read as the bits of the floating-point number. Errors are at most a few units in the last place, which the
tests hold against the C library; exp is taken of no more than ±700, beyond which no likelihood has a meaning.

References: Muller, Elementary Functions, 3rd ed., sections 11.3 and 11.4 (argument reduction).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.compiled import kernel
from evenhand.equity.gamma_differences import Floats

Longs = NDArray[np.int64]

_LARGEST: Final = 700.0
_PER_LN2: Final = 1.4426950408889634
# ln 2 in two parts: the first has trailing zeros, so that k times it is exact.
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_SQRT2: Final = 1.4142135623730951
_MANTISSA: Final = (1 << 52) - 1
_ONE: Final = 1023 << 52
# Adding and taking away this number rounds to whole ones. Reordering would undo it: these functions are compiled without.
_ROUNDER: Final = 6755399441055744.0


@kernel(error_model="numpy")
def exp_into(x: Floats, m: int, result: Floats, bits: Longs) -> None:
    """result[:m] = exp(x[:m]); `bits` is a buffer of the same length."""
    powers = bits.view(np.float64)
    for t in range(m):
        bounded = min(max(x[t], -_LARGEST), _LARGEST)
        k = (bounded * _PER_LN2 + _ROUNDER) - _ROUNDER
        r = (bounded - k * _LN2_HIGH) - k * _LN2_LOW
        q = 1.0 / 479001600.0
        q = q * r + 1.0 / 39916800.0
        q = q * r + 1.0 / 3628800.0
        q = q * r + 1.0 / 362880.0
        q = q * r + 1.0 / 40320.0
        q = q * r + 1.0 / 5040.0
        q = q * r + 1.0 / 720.0
        q = q * r + 1.0 / 120.0
        q = q * r + 1.0 / 24.0
        q = q * r + 1.0 / 6.0
        q = q * r + 0.5
        result[t] = 1.0 + (r + r * r * q)
        bits[t] = (np.int64(k) + 1023) << 52
    for t in range(m):
        result[t] *= powers[t]


@kernel(error_model="numpy")
def log1p_into(s: Floats, m: int, result: Floats, bits: Longs) -> None:
    """result[:m] = ln(1 + s[:m]) for s ≥ 0; `bits` is a buffer of the same length."""
    as_float = bits.view(np.float64)
    for t in range(m):
        as_float[t] = 1.0 + s[t]
    for t in range(m):
        d = 1.0 + s[t]
        result[t] = float(bits[t] >> 52) - 1023.0
        bits[t] = (bits[t] & _MANTISSA) | _ONE
        s[t] = (s[t] - (d - 1.0)) / d  # what the sum 1 + s lost
    for t in range(m):
        mantissa = as_float[t]
        is_high = 1.0 if mantissa > _SQRT2 else 0.0
        mantissa = mantissa * (1.0 - 0.5 * is_high)
        k = result[t] + is_high
        f = mantissa - 1.0
        a = f / (2.0 + f)
        b = a * a
        q = 1.0 / 23.0
        q = q * b + 1.0 / 21.0
        q = q * b + 1.0 / 19.0
        q = q * b + 1.0 / 17.0
        q = q * b + 1.0 / 15.0
        q = q * b + 1.0 / 13.0
        q = q * b + 1.0 / 11.0
        q = q * b + 1.0 / 9.0
        q = q * b + 1.0 / 7.0
        q = q * b + 1.0 / 5.0
        q = q * b + 1.0 / 3.0
        result[t] = k * _LN2_HIGH + (2.0 * a * (1.0 + b * q) + (s[t] + k * _LN2_LOW))
