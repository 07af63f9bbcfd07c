"""The attacker: what anybody can work out from printed tables, by linear programming over every sum that holds among them.

Modelling choice: the attacker knows all printed counts, which place is the sum of which, and that no count is negative; nothing else, and above all
not the true numbers. The bounds are those of real numbers, which for tables of two dimensions with one hierarchy are also those of whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenhand.reports.disclosure_suppression import Key, Sum


@dataclass(frozen=True, slots=True)
class Known:
    """What an attacker knows of a place that is not printed: it lies within these bounds (both included)."""

    low: float
    high: float


def bounds(printed: Mapping[Key, float | None], sums: Sequence[Sum], *, above: Mapping[Key, float] | None = None) -> dict[Key, Known]:
    """Bound every place that is not printed.

    Parameters
    ----------
    printed
        The printed count by key; None where it is withheld.
    sums
        What holds among them.
    above
        By key, an upper bound that words give away ("fewer than 11" is 10).

    Returns
    -------
    dict
        By withheld key; `high` is infinite where nothing limits it.

    Raises
    ------
    ArithmeticError
        If no table at all agrees with what was printed: the prints contradict each other.
    """
    from scipy.optimize import linprog

    keys = list(printed)
    place = {key: index for index, key in enumerate(keys)}
    matrix = np.zeros((len(sums), len(keys)))
    for row, one in enumerate(sums):
        matrix[row, place[one.whole]] -= 1.0
        for part in one.parts:
            matrix[row, place[part]] += 1.0
    limits = [(value, value) if value is not None else (0.0, (above or {}).get(key)) for key, value in printed.items()]
    found = {}
    for key in (key for key in keys if printed[key] is None):
        ends = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(keys))
            cost[place[key]] = sign
            answer = linprog(cost, A_eq=matrix if sums else None, b_eq=np.zeros(len(sums)) if sums else None, bounds=limits, method="highs")
            if answer.status == 2:
                raise ArithmeticError("what was printed contradicts itself: no table agrees with it")
            ends.append(np.inf if answer.fun is None else sign * answer.fun)
        found[key] = Known(float(ends[0]), float(ends[1]))
    return found


def exposed(known: Mapping[Key, Known], truth: Mapping[Key, float], *, least: int) -> list[Key]:
    """Those places whose small true count somebody can pin down: their bounds do not reach from 0 up to one below the least."""
    slack = 1e-6
    return [key for key, one in known.items() if truth[key] < least and (one.low > slack or one.high < least - 1 - slack)]
