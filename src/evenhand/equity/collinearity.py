"""How much of a term the other terms tell already: variance inflation, for single terms and for terms that belong together.

Modelling choice: a term and its products with others are one question to the data, and inflation between them says nothing (it changes with where a
column has its zero). So terms that are tied by a product, and the levels of one category, are taken as a block, whose generalised factor is
|R_block| |R_others| / |R|, with R the correlations of the columns. Its root by the number of terms is on the scale of an ordinary factor:
`per_term` 4 means errors twice as large as if the others told nothing. For a single term it *is* the ordinary factor, 1 / (1 − R²).

References: Fox & Monette (1992), JASA 87:178–183; Belsley, Kuh & Welsch, Regression Diagnostics (1980), chapter 3 (condition index).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenhand.equity.designs import INTERCEPT
from evenhand.equity.gamma_differences import Floats

_LEVEL: Final = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Inflation:
    """`factor` is the (generalised) variance inflation of these terms together."""

    terms: tuple[str, ...]
    factor: float

    @property
    def per_term(self) -> float:
        """On the scale of one term's inflation of variance."""
        return float(self.factor ** (1.0 / len(self.terms)))

    @property
    def of_errors(self) -> float:
        """How many times as large errors are as without collinearity."""
        return math.sqrt(self.per_term)


def inflations(x: Floats, names: Sequence[str], *, weights: Floats | None = None) -> tuple[Inflation, ...]:
    """The inflation of every block of terms, in the order of the terms; infinite where a block is a combination of others.

    Parameters
    ----------
    x
        float64, shape (n, p); a column named `Intercept` is left aside.
    names
        p names; a colon is a product, brackets name a level of a category.
    weights
        float64, shape (n,).
    """
    r = correlations(x, names, weights=weights)
    terms = [name for name in names if name != INTERCEPT]
    whole = _log_determinant(r)
    found = []
    for block in _blocks(terms):
        own = [terms.index(name) for name in block]
        others = [j for j in range(len(terms)) if j not in own]
        apart = _log_determinant(r[np.ix_(own, own)]) + _log_determinant(r[np.ix_(others, others)])
        found.append(Inflation(block, math.exp(apart - whole) if math.isfinite(whole) else math.inf))
    return tuple(found)


def condition_index(x: Floats, names: Sequence[str], *, weights: Floats | None = None) -> float:
    """√(largest ÷ smallest eigenvalue) of the correlations: 1 where columns tell nothing of each other; above 30 the arithmetic itself suffers."""
    values = np.linalg.eigvalsh(correlations(x, names, weights=weights))
    return float(math.sqrt(values[-1] / values[0])) if values[0] > 0.0 else math.inf


def correlations(x: Floats, names: Sequence[str], *, weights: Floats | None = None) -> Floats:
    """Correlations of the columns beside the intercept."""
    columns = x[:, [j for j, name in enumerate(names) if name != INTERCEPT]]
    share = np.full(columns.shape[0], 1.0 / columns.shape[0]) if weights is None else weights / weights.sum()
    centred = columns - share @ columns
    products = centred.T @ (share[:, None] * centred)
    spread = np.sqrt(np.diag(products))
    return np.asarray(products / np.outer(spread, spread))


def _log_determinant(matrix: Floats) -> float:
    if matrix.size == 0:
        return 0.0
    sign, logarithm = np.linalg.slogdet(matrix)
    return float(logarithm) if sign > 0 else -math.inf


def _blocks(terms: Sequence[str]) -> list[tuple[str, ...]]:
    """Terms tied by a common product or category, in the order of their first."""
    parts = {term: {_LEVEL.sub("", part) for part in term.split(":")} for term in terms}
    tied = [set(columns) for columns in parts.values() if len(columns) > 1]
    groups: list[set[str]] = []
    for columns in [*tied, *parts.values()]:
        touching = [group for group in groups if group & columns]
        groups = [group for group in groups if not group & columns]
        groups.append(set(columns).union(*touching))
    found: dict[int, list[str]] = {}
    for term in terms:
        found.setdefault(next(k for k, group in enumerate(groups) if parts[term] <= group), []).append(term)
    return [tuple(block) for block in found.values()]
