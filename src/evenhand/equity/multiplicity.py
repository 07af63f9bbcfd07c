"""Several hypotheses at once: p-values as they read when all of them were asked.

Modelling choice: Holm bounds the chance of even one false finding, whatever the tests share; Benjamini–Hochberg bounds the share of false ones among
the findings, and is right for tests that are independent or positively dependent. Both are given as adjusted p-values, to be held against the same
5 %. A test that could not be made (NaN) is none, and does not count.

References: Holm (1979), Scandinavian J. Statistics 6:65–70; Benjamini & Hochberg (1995), JRSS B 57:289–300; Benjamini & Yekutieli (2001), Annals of
Statistics 29:1165–1188 (dependence).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.equity.errors import CheckArraysUnusable

Floats = NDArray[np.float64]


def holm(p_values: ArrayLike) -> Floats:
    """Adjusted p-values, float64 of shape (n,), that bound the chance of any false finding. NaN stays NaN.

    Raises
    ------
    CheckArraysUnusable
        Values outside 0 to 1, or not in one row.
    """
    p, order = _ordered(p_values)
    left = np.arange(order.size, 0, -1)
    return _placed(p, order, np.maximum.accumulate(p[order] * left))


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Adjusted p-values, float64 of shape (n,), that bound the share of false ones among the findings. NaN stays NaN. Faults as in `holm`."""
    p, order = _ordered(p_values)
    scaled = p[order] * order.size / np.arange(1, order.size + 1)
    return _placed(p, order, np.minimum.accumulate(scaled[::-1])[::-1])


def _ordered(p_values: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1:
        raise CheckArraysUnusable([f"p-values were expected in one row, and an array of shape {p.shape} came"])
    known = np.flatnonzero(~np.isnan(p))
    if ((p[known] < 0.0) | (p[known] > 1.0)).any():
        raise CheckArraysUnusable([f"p-values between 0 and 1 were expected, and {p[known].min():g} to {p[known].max():g} came"])
    return p, known[np.argsort(p[known], kind="stable")]


def _placed(p: Floats, order: NDArray[np.intp], adjusted: Floats) -> Floats:
    found = np.full(p.size, np.nan)
    found[order] = np.minimum(adjusted, 1.0)
    return found
