"""Which terms of a model rest on so few households that their coefficient tells of them.

Modelling choice: a household that carries a term alone is fitted exactly, so whoever has the coefficients knows its hours to the half hour. A term is
carried by the households whose column differs from its least value, from its greatest, and from one that most share; of a product with a column of 0
and 1, by those within the 1 and within the 0 who differ from each other in its other factor; of a logit, within those with the outcome and within
those without it. The other factor's own coefficient speaks of households where the product is 0: where the product may not be told, they have to be
enough for it by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.designs import INTERCEPT
from evenhand.equity.fits import Fit
from evenhand.studies.group_facts import LEAST_BEYOND

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LOGIT = "logit"


def few_carry(fit: Fit, *, least: int = LEAST_BEYOND) -> frozenset[str]:
    """Terms of a fit that fewer than `least` households carry; the intercept among them where that is so of the whole model."""
    return few_carry_terms(fit.names, fit.design.columns, sides=_sides(fit), least=least)


def carries(fit: Fit, terms: Iterable[str]) -> bool:
    """Do at least 11 households carry each of these terms of a fit?"""
    wanted = set(terms)
    names = tuple(name for name in fit.names if name in wanted or ":" in name)
    return not wanted & few_carry_terms(names, fit.design.columns, sides=_sides(fit))


def _sides(fit: Fit) -> list[Bools]:
    """Whom a model sets against each other: for a logit those with the outcome, and those without."""
    if fit.family != LOGIT:
        return [np.ones(fit.n, dtype=np.bool_)]
    return [fit.design.y > 0.5, fit.design.y <= 0.5]


def few_carry_terms(terms: tuple[str, ...], columns: Mapping[str, Floats], *, sides: list[Bools], least: int = LEAST_BEYOND) -> frozenset[str]:
    """The same of terms by name; `columns` float64 (n,) by name, `sides` bool (n,) each. A side of fewer than `least` hides every term."""
    if any(int(side.sum()) < least for side in sides):
        return frozenset(terms)
    single = [term for term in terms if term in columns and term != INTERCEPT]
    found = {term for term in single if any(_carriers(columns[term], side) < least for side in sides)}
    for term in (term for term in terms if term not in columns and ":" in term):
        first, second = term.split(":")
        if any(_carried_by(columns[one], columns[other]) < least for one, other in ((first, second), (second, first))):
            alone = {part for part, other in ((first, second), (second, first)) if _alone(columns[part], columns[other]) < least}
            found |= {term} | alone
    return frozenset(found)


def _carriers(values: Floats, among: Bools) -> int:
    """Households among some that differ from the least, from the greatest and from a value that most of them share, whichever are fewest."""
    here = values[among]
    if not here.size:
        return 0
    alike = max(int(np.count_nonzero(here == end)) for end in (values.min(), values.max()))
    if 2 * alike <= here.size:
        middle = np.partition(here, here.size // 2)[here.size // 2]  # a value that most of them share stands in the middle of all
        shared = int(np.count_nonzero(here == middle))
        alike = shared if 2 * shared > here.size else alike
    return int(here.size) - alike


def _carried_by(one: Floats, other: Floats) -> int:
    """Households that carry a product: those where it is not 0, and where `other` is a yes or no, those within either who differ in `one`."""
    no, yes = other == 0.0, other == 1.0
    groups = (no, yes) if (no | yes).all() else ()
    return min(int(np.count_nonzero(one * other)), *(_carriers(one, group) for group in groups), one.size)


def _alone(one: Floats, other: Floats) -> int:
    """Households that carry a column where the product with the other is 0."""
    return int(np.count_nonzero((one != 0.0) & (other == 0.0)))
