"""From ratios to hours: how long the whole city would wait, on average, were everybody as in one setting, and as in another.

Modelling choice: a setting gives every household's columns and when it reports; the model predicts each household's mean hours, an outage counting
for at most the horizon; the city's figure is their mean, and the gap is the difference of two settings (g-computation, or standardisation). The other
columns are held as observed and the error is the delta method's, from the errors of the fit. Such a gap is an association, adjusted for the model's
terms; it is causal only if nothing else tells the households apart.

Log-normal, in closed form: E min(T, h) = exp(mu + sigma²/2) F(a - sigma) + h F(-a), a = (log h - mu) / sigma. Person-period: the area under the
product of (1 - hazard) over periods, by the trapezoid in each, as a sum of geometric series by block, with a gradient taken backwards along the same
blocks.

References: Robins (1986), Math. Modelling 7:1393–1512; Royston & Parmar (2013), BMC Med. Res. Methodol. 13:152 (restricted means).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from scipy import special

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import Floats
from evenhand.equity.person_period import PersonPeriodFit
from evenhand.equity.survival_fits import SurvivalFit
from evenhand.equity.term_rows import LEVEL, critical

_LOG_ROOT_TWO_PI: Final = 0.5 * math.log(2.0 * math.pi)
_ROWS_AT_ONCE: Final = 8192


class Setting(NamedTuple):
    """How everybody is: `design` (n, p) as in the fit, without a constant; for a person-period fit also `reported_hours` (n,), NaN = never."""

    name: str
    design: Floats
    reported_hours: Floats | None = None


@dataclass(frozen=True, slots=True)
class StandardisedHours:
    """Restricted mean hours of the city in two settings and their difference, in hours and in per cent of the reference; an association."""

    setting: str
    reference: str
    horizon_hours: float
    hours: float
    reference_hours: float
    gap_hours: float
    std_error: float
    conf_low: float
    conf_high: float
    gap_percent: float
    percent_low: float
    percent_high: float
    errors: str
    n: int


def lognormal_hours(
    fit: SurvivalFit,
    setting: Setting,
    reference: Setting,
    *,
    horizon_hours: float,
    weights: Floats | None = None,
    errors: str | None = None,
    level: float = LEVEL,
) -> StandardisedHours:
    """Standardise a log-normal fit: mean hours up to the horizon were everybody as in `setting`, less as in `reference`."""
    _refuse_horizon(horizon_hours, math.inf)
    one, two = (_lognormal_mean(fit, chosen.design, horizon_hours, weights) for chosen in (setting, reference))
    covariance = fit.covariances[errors or fit.default_errors]
    return _between((setting, one), (reference, two), horizon_hours, covariance=covariance, fit=fit, errors=errors, level=level)


def person_period_hours(
    fit: PersonPeriodFit,
    setting: Setting,
    reference: Setting,
    *,
    horizon_hours: float,
    weights: Floats | None = None,
    errors: str | None = None,
    level: float = LEVEL,
) -> StandardisedHours:
    """Standardise a person-period fit. A setting's `reported_hours` say when each household reports in it; None or NaN: never.

    Raises
    ------
    SurvivalArraysUnusable
        Where the horizon lies beyond the last period that the baseline knows.
    """
    _refuse_horizon(horizon_hours, float(fit.block_ends[-1]) * fit.period_hours)
    one, two = (_person_period_mean(fit, chosen, horizon_hours, weights) for chosen in (setting, reference))
    covariance = fit.joint[errors or fit.coefficients.default_errors]
    return _between((setting, one), (reference, two), horizon_hours, covariance=covariance, fit=fit.coefficients, errors=errors, level=level)


_Mean = tuple[float, Floats]


def _between(
    one: tuple[Setting, _Mean],
    two: tuple[Setting, _Mean],
    horizon: float,
    *,
    covariance: Floats,
    fit: SurvivalFit,
    errors: str | None,
    level: float,
) -> StandardisedHours:
    """Difference and ratio with delta-method intervals; the percentage's on the scale of the log ratio, so that it never passes -100 %."""
    (setting, (hours, d_hours)), (reference, (other, d_other)) = one, two
    gap, d_gap = hours - other, d_hours - d_other
    d_log = d_hours / hours - d_other / other
    error, log_error = (math.sqrt(max(float(d @ covariance @ d), 0.0)) for d in (d_gap, d_log))
    reach, log_ratio = critical(level, fit.degrees_of_freedom(errors)), math.log(hours / other)
    percent, low, high = (100.0 * math.expm1(log_ratio + sign * reach * log_error) for sign in (0, -1, 1))
    return StandardisedHours(
        setting.name, reference.name, horizon, hours, other, gap, error, gap - reach * error, gap + reach * error, percent, low, high,
        errors or fit.default_errors, setting.design.shape[0],
    )  # fmt: skip


def _refuse_horizon(horizon: float, known: float) -> None:
    if not 0 < horizon <= known:
        raise SurvivalArraysUnusable([f"a horizon above 0 and up to {known:g} h was expected, and {horizon:g} h came"])


def _shares(n: int, weights: Floats | None) -> Floats:
    return np.full(n, 1.0 / n) if weights is None else weights / weights.sum()


def _lognormal_mean(fit: SurvivalFit, design: Floats, horizon: float, weights: Floats | None) -> _Mean:
    """Mean over everybody of E min(T, horizon), and its gradient in (coefficients, log sigma)."""
    sigma = fit.ancillary["sigma"]
    x = np.column_stack([np.ones(design.shape[0]), design])
    mu = x @ fit.estimates[:-1]
    to_horizon = (math.log(horizon) - mu) / sigma
    below = np.exp(mu + sigma**2 / 2.0) * special.ndtr(to_horizon - sigma)
    mean = below + horizon * special.ndtr(-to_horizon)
    # The densities at the horizon cancel in mu; in sigma one of them is left: horizon × f(a).
    d_log_sigma = sigma**2 * below - sigma * horizon * np.exp(-0.5 * to_horizon**2 - _LOG_ROOT_TWO_PI)
    share = _shares(mu.size, weights)
    return float(share @ mean), np.append(x.T @ (share * below), share @ d_log_sigma)


class _Stretch(NamedTuple):
    """Some periods of one block on one side of the report: how many (n,), area from 1 at their beginning, and derivatives in the linear index."""

    block: int
    is_after: bool
    area: Floats
    d_area: Floats
    log_survival: Floats
    d_log_survival: Floats


def _person_period_mean(fit: PersonPeriodFit, setting: Setting, horizon: float, weights: Floats | None) -> _Mean:
    design, n = setting.design, setting.design.shape[0]
    terms, share = fit.coefficients.terms, _shares(n, weights)
    reported = np.full(n, np.nan) if setting.reported_hours is None else setting.reported_hours
    first_exposed = np.where(np.isnan(reported), np.inf, np.ceil(reported / fit.period_hours - 1e-9))
    p = design.shape[1]
    varying = np.column_stack([np.ones(n), *(design[:, terms.index(t.removesuffix(":reported"))] for t in terms[p + 1 :])])
    total, gradient = 0.0, np.zeros(fit.baseline.size + len(terms))
    for begin in range(0, n, _ROWS_AT_ONCE):
        rows = slice(begin, begin + _ROWS_AT_ONCE)
        part, d_part = _mean_of_rows(fit, design[rows], varying[rows], first_exposed[rows], share=share[rows], horizon=horizon)
        total += part
        gradient += d_part
    return total, gradient


def _mean_of_rows(
    fit: PersonPeriodFit, design: Floats, varying: Floats, first_exposed: Floats, *, share: Floats, horizon: float
) -> tuple[float, Floats]:
    b, p = fit.baseline.size, design.shape[1]
    effects = fit.coefficients.estimates
    stretches = list(_stretches(fit, design @ effects[:p], varying @ effects[p:], first_exposed, horizon))
    alive, at_start = np.zeros(share.size), []
    for stretch in stretches:
        at_start.append(np.exp(alive))
        alive = alive + stretch.log_survival
    later = np.zeros(share.size)
    gradient = np.zeros(b + effects.size)
    for start, stretch in zip(reversed(at_start), reversed(stretches), strict=True):
        # A stretch's index moves its own area, and through the survivors all that comes later.
        moved = share * (start * stretch.d_area + stretch.d_log_survival * later)
        later = later + start * stretch.area
        gradient[stretch.block] += moved.sum()
        gradient[b : b + p] += moved @ design
        if stretch.is_after:
            gradient[b + p :] += moved @ varying
    return float(share @ later) * fit.period_hours, gradient * fit.period_hours


def _stretches(fit: PersonPeriodFit, base: Floats, lift: Floats, first_exposed: Floats, horizon: float) -> Iterator[_Stretch]:
    begin, last = 0.0, horizon / fit.period_hours
    for block, block_end in enumerate(fit.block_ends):
        end = min(float(block_end), last)
        if end <= begin:
            return
        split = np.clip(first_exposed, begin, end)
        for is_after, count in ((False, split - begin), (True, end - split)):
            if count.any():
                yield _stretch(block, is_after, count, fit.baseline[block] + base + (lift if is_after else 0.0), fit.link)
        begin = end


def _stretch(block: int, is_after: bool, count: Floats, eta: Floats, link: str) -> _Stretch:
    """Area sum_{j<m} (q^j + q^(j+1)) / 2 of m periods that each are survived with chance q; a broken last period counts by its share."""
    log_q = -np.exp(eta) if link == "cloglog" else -np.logaddexp(0.0, eta)
    d_log_q = log_q if link == "cloglog" else -1.0 / (1.0 + np.exp(-eta))
    q, h = np.exp(log_q), -np.expm1(log_q)
    gone = -np.expm1(count * log_q)
    small = count * h < 1e-4
    safe = np.where(small, 1.0, h)
    series = np.where(small, count - count * (count - 1) / 2 * h, gone / safe)
    d_series = np.where(
        small,
        count * (count - 1) / 2 - count * (count - 1) * (count - 2) / 3 * h,
        (gone / safe - count * np.exp((count - 1) * log_q)) / safe,
    )
    d_q = q * d_log_q
    area, d_area = (1.0 + q) / 2.0 * series, (series / 2.0 + (1.0 + q) / 2.0 * d_series) * d_q
    return _Stretch(block, is_after, area, d_area, count * log_q, count * d_log_q)
