"""One line of a tidy table: an estimate, its error, test and interval, on the log scale and as a ratio.

Modelling choice: a Wald test against 0; normal where `df` is None, else t with so many degrees of freedom. The interval of the ratio is that of the
logarithm, carried over.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final, NamedTuple

from evenhand.equity.errors import DesignUnusable

LEVEL: Final = 0.95


class TermRow(NamedTuple):
    """One line of a tidy table. `ratio` is exp(estimate); its name is the fit's `ratio_name`."""

    term: str
    estimate: float
    std_error: float
    statistic: float
    df: float | None
    p_value: float
    conf_low: float
    conf_high: float
    ratio: float
    ratio_low: float
    ratio_high: float


def term_row(term: str, estimate: float, error: float, df: float | None, level: float = LEVEL) -> TermRow:
    """The tidy line of one estimate; `df` None is the normal distribution."""
    statistic = estimate / error if error > 0 else math.nan
    p_value = _two_sided(abs(statistic), df)
    reach = critical(level, df) * error
    ratios = (math.exp(v) if v < 700 else math.inf for v in (estimate, estimate - reach, estimate + reach))
    return TermRow(term, estimate, error, statistic, df, p_value, estimate - reach, estimate + reach, *ratios)


def critical(level: float, df: float | None) -> float:
    """How many standard errors an interval of this level reaches to each side; `DesignUnusable` for a level that is none."""
    refuse_level(level)
    tail = 0.5 + level / 2.0
    if df is None:
        return NormalDist().inv_cdf(tail)
    from scipy.special import stdtrit  # here: pages that need no t distribution start without SciPy

    return float(stdtrit(df, tail)) if df > 0 else math.nan


def refuse_level(level: float) -> None:
    """Raise `DesignUnusable` for a level of confidence that is no share."""
    if not 0.0 < level < 1.0:
        raise DesignUnusable([f"a level of confidence above 0 and below 1 was expected, as 0.95, and {level:g} came"])


def _two_sided(statistic: float, df: float | None) -> float:
    """Twice the tail beyond a statistic that is not negative."""
    if df is None:
        return math.erfc(statistic / math.sqrt(2.0))
    from scipy.special import stdtr

    return float(2.0 * stdtr(df, -statistic))
