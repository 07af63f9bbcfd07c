"""One line of a tidy table: an estimate, its error, test and interval, on the log scale and as a ratio.

Modelling choice: a Wald test against 0; normal where `df` is None, else t with so many degrees of freedom. The interval of the ratio is that of the
logarithm, carried over.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from scipy import stats

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
    p_value = float(2.0 * (stats.norm.sf(abs(statistic)) if df is None else stats.t.sf(abs(statistic), df)))
    reach = critical(level, df) * error
    ratios = (math.exp(v) if v < 700 else math.inf for v in (estimate, estimate - reach, estimate + reach))
    return TermRow(term, estimate, error, statistic, df, p_value, estimate - reach, estimate + reach, *ratios)


def critical(level: float, df: float | None) -> float:
    """How many standard errors an interval of this level reaches to each side."""
    tail = 0.5 + level / 2.0
    return float(stats.norm.ppf(tail) if df is None else stats.t.ppf(tail, df) if df > 0 else math.nan)
