"""Sums of coefficients, as one writes them: `minority_share + minority_share:participation`.

Modelling choice: a combination is linear in the coefficients and tested against zero with the fit's own error convention (and its own degrees of
freedom: a combination is not the sum of its terms' tests). Given as a ratio too, because on the log scale "minority participants against others" is
a number that nobody can read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from evenhand.equity.conventions import Inference
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit

# A name may hold brackets (a category's level) in which a sign is no operator.
_SIGN: Final = r"\s*(?P<sign>[+-])?\s*"
_FACTOR: Final = r"(?:(?P<factor>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\s*\*\s*)?"
_TERM: Final = r"(?P<term>(?:\[[^\]]*\]|\([^)]*\)|[^+\-*\s\[(])+)"
_PIECE: Final = re.compile(_SIGN + _FACTOR + _TERM)


@dataclass(frozen=True, slots=True)
class Combination:
    """A linear combination of terms: on the scale of the coefficients, as a ratio, and as a change in per cent."""

    expression: str
    inference: Inference
    errors: str

    @property
    def ratio(self) -> tuple[float, float, float]:
        """exp of the estimate and of its interval."""
        found = np.exp([self.inference.estimate, self.inference.conf_low, self.inference.conf_high])
        return float(found[0]), float(found[1]), float(found[2])

    @property
    def percent(self) -> tuple[float, float, float]:
        """The ratio less one, in per cent."""
        ratio, low, high = self.ratio
        return 100.0 * (ratio - 1.0), 100.0 * (low - 1.0), 100.0 * (high - 1.0)


def linear_combination(fitted: Fit, expression: str, *, errors: str | None = None, confidence: float = 0.95) -> Combination:
    """Work out one expression of terms, numbers and signs.

    Raises
    ------
    DesignUnusable
        For a term that the model has not, or an expression that cannot be read.
    """
    inference = fitted.infer(contrast_of(fitted, expression), errors=errors, confidence=confidence)
    return Combination(expression, inference, fitted.errors_by(errors).convention)


def contrast_of(fitted: Fit, expression: str) -> Floats:
    """The weights (p,) of the terms in an expression."""
    contrast = np.zeros(fitted.coefficients.size)
    for term, weight in weights_in(expression):
        contrast[fitted.design.term_place(term)] += weight
    return contrast


def weights_in(expression: str) -> list[tuple[str, float]]:
    """The terms of an expression with their weights, as written.

    >>> weights_in("minority_share - 2 * participation")
    [('minority_share', 1.0), ('participation', -2.0)]

    Raises
    ------
    DesignUnusable
        For an expression that cannot be read.
    """
    found, end = [], 0
    for piece in _PIECE.finditer(expression):
        if piece.start() != end or (end and not piece["sign"]):
            break
        found.append((piece["term"], float(piece["factor"] or 1.0) * (-1.0 if piece["sign"] == "-" else 1.0)))
        end = piece.end()
    if not end or expression[end:].strip():
        words = f"a combination was expected as 'term + term:term - 2 * term', and {expression!r} came"
        raise DesignUnusable([words])
    return found
