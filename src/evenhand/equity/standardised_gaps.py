"""The city-wide gap in hours: how much longer everybody would wait, on average, at one value of a column than at another.

Modelling choice: g-computation over everybody. A fitted model of hours predicts each household at the one value and at the other, its other
columns and its offset as they were observed, and the two means are compared in hours and in per cent. Of taking part there are three readings, and
a figure says which it is:

    fixed      every household takes part, or not, as it did: what is left when reporting is the same in both
    redrawn    taking part is drawn anew from the model of participation at each value: reporting may carry part of the gap
    set        everybody takes part, or nobody does

The households are the population and not a sample: the error is that of the coefficients. It is the delta method's under the convention of the fit;
for `redrawn` two models move together, and what they share is the sum over clusters of how far each moves the one times how far it moves the other:
by leaving it out, where the convention is a jackknife, else by its score. The bootstrap moves all coefficients at once along the clusters' scores
with random signs, and takes percentiles: no symmetry is assumed. Percentages are judged on the scale of the log ratio.

A gap is causal only if the model holds everything that tells the groups' waits apart; here it is called adjusted.

References: Robins (1986), Mathematical Modelling 7:1393–1512; Snowden, Rose & Mortimer (2011), Am. J. Epidemiology 173:731–738 (g-computation by
standardisation); Kline & Santos (2012), J. Econometric Methods 1:23–41 (score bootstrap).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import variance
from evenhand.equity.covariances import required_inverse
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.kernels_plain import Ints
from evenhand.equity.score_bootstrap import refuse_few_draws
from evenhand.equity.term_rows import LEVEL, critical, refuse_level

Floats = NDArray[np.float64]
Participation = Literal["fixed", "redrawn", "everybody", "nobody"]
GROUP: Final = "minority_share"
PARTICIPATION: Final = "participation"
DRAWS: Final = 499
SEED: Final = 8311


@dataclass(frozen=True, slots=True)
class StandardisedGap:
    """Mean hours of the city with `column` at `at`, less those at `reference`: null hypothesis, no gap.

    `participation` is how taking part was held: fixed, redrawn, everybody, nobody, or None where the model has no such column. `method` is `delta` or
    `bootstrap`; `df` is None for the normal distribution and for the bootstrap.
    """

    column: str
    at: float
    reference: float
    participation: str | None
    hours: float
    reference_hours: float
    gap_hours: float
    std_error: float
    df: float | None
    conf_low: float
    conf_high: float
    gap_percent: float
    percent_low: float
    percent_high: float
    errors: str
    method: str
    n: int


def standardised_gap(
    hours: Fit,
    *,
    column: str = GROUP,
    at: float = 1.0,
    reference: float = 0.0,
    participation: Participation | None = None,
    participating: Fit | None = None,
    errors: str | None = None,
    level: float = LEVEL,
) -> StandardisedGap:
    """The gap with its delta-method interval.

    Parameters
    ----------
    hours
        A fitted model of hours with a log link (negative binomial or Poisson) whose terms hold `column`.
    column, at, reference
        What is set for everybody, and to which two values.
    participation
        How taking part is held; None where the model has no such column. `redrawn` needs `participating`.
    participating
        A fitted logit of `participation` whose terms hold `column`.
    errors
        A convention that both fits know; None takes the first of `hours`.

    Raises
    ------
    DesignUnusable
        A column that is in no term, a convention that a fit does not have, a level that is no share, `redrawn` without a model of participation.
    """
    convention = errors or hours.errors[0].convention
    city = _City.of(hours, participating, column, (at, reference), participation)
    (one, d_one), (two, d_two) = city.means(city.coefficients)
    gradients = np.stack([d_one - d_two, d_one / one - d_two / two])
    error, log_error = np.sqrt(variance(gradients, city.covariance(convention))).tolist()
    df = city.degrees_of_freedom(gradients[0], convention)
    reach = critical(level, df)
    gap = one - two
    reaches = reach * log_error * np.array([-1.0, 1.0])
    return _gap(city, (one, two), error, (gap - reach * error, gap + reach * error), reaches, df=df, errors=convention, method="delta")


def bootstrapped_gap(
    hours: Fit,
    *,
    column: str = GROUP,
    at: float = 1.0,
    reference: float = 0.0,
    participation: Participation | None = None,
    participating: Fit | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    level: float = LEVEL,
) -> StandardisedGap:
    """The gap with a percentile interval from `draws` of the score bootstrap, at least 99.

    Drawn are the clusters of the first of `hours`'s conventions that has some, else those that it knows, else households. Same seed, same draws.

    Parameters and faults as in `standardised_gap`; fewer draws are refused.
    """
    refuse_few_draws(draws)
    refuse_level(level)
    city = _City.of(hours, participating, column, (at, reference), participation)
    (one, _), (two, _) = city.means(city.coefficients)
    moved = [city.means(city.coefficients + shift, gradient=False) for shift in city.draws(draws, seed)]
    ones, twos = (np.array([means[place][0] for means in moved]) for place in (0, 1))
    tails = [50.0 * (1.0 - level), 50.0 * (1.0 + level)]
    low, high = np.percentile(ones - twos, tails)
    logs = np.percentile(np.log(ones / twos), tails) - math.log(one / two)
    spread = float(np.std(ones - twos))
    return _gap(city, (one, two), spread, (float(low), float(high)), logs, df=None, errors="bootstrap", method="bootstrap")


def _gap(
    city: _City,
    means: tuple[float, float],
    error: float,
    interval: tuple[float, float],
    log_reach: Floats,
    *,
    df: float | None,
    errors: str,
    method: str,
) -> StandardisedGap:
    one, two = means
    log_ratio = math.log(one / two)
    percents = [100.0 * math.expm1(log_ratio + reach) for reach in (0.0, *log_reach.tolist())]
    return StandardisedGap(
        column=city.column,
        at=city.values[0],
        reference=city.values[1],
        participation=city.participation,
        hours=one,
        reference_hours=two,
        gap_hours=one - two,
        std_error=error,
        df=df,
        conf_low=interval[0],
        conf_high=interval[1],
        gap_percent=percents[0],
        percent_low=percents[1],
        percent_high=percents[2],
        errors=errors,
        method=method,
        n=city.share.size,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _City:
    """Everybody at two values of a column: for each, parts (chance of taking part, matrix of hours' terms) that add up to the mean."""

    fits: tuple[Fit, ...]
    column: str
    values: tuple[float, float]
    participation: str | None
    share: Floats
    offsets: tuple[Floats, ...]
    hours_at: tuple[tuple[tuple[int, Floats], ...], ...]
    chance_at: tuple[Floats, ...]

    @classmethod
    def of(cls, hours: Fit, participating: Fit | None, column: str, values: tuple[float, float], participation: Participation | None) -> _City:
        if participation == "redrawn" and participating is None:
            raise DesignUnusable(["to redraw who takes part, a model of participation is needed, and none came"])
        if participation is None and PARTICIPATION in hours.design.columns:
            raise DesignUnusable([f"the model holds {PARTICIPATION!r}: say whether it is fixed, redrawn, everybody or nobody"])
        redrawn = participating if participation == "redrawn" else None
        for fit in (hours, *([redrawn] if redrawn else [])):
            fit.design.term_place(column)  # a column whose term was removed says nothing, and its gap is not 0
        rows, chosen, others = _common_rows(hours, redrawn)
        weights = hours.design.weights[chosen] if hours.design.weights.size else np.ones(rows.size)
        held = {"everybody": (1,), "nobody": (0,), "redrawn": (1, 0)}.get(participation or "", (-1,))
        hours_at, chance_at = [], []
        for value in values:
            settings: list[tuple[int, dict[str, float]]] = [(p, {column: value} | ({PARTICIPATION: float(p)} if p >= 0 else {})) for p in held]
            hours_at.append(tuple((p, _matrix(hours, setting, chosen)) for p, setting in settings))
            if redrawn is not None:
                chance_at.append(_matrix(redrawn, {column: value}, others))
        fits = (hours,) if redrawn is None else (hours, redrawn)
        offsets = tuple(_offset(fit, used) for fit, used in zip(fits, (chosen, others), strict=False))
        return cls(fits, column, values, participation, weights / weights.sum(), offsets, tuple(hours_at), tuple(chance_at))

    @property
    def coefficients(self) -> Floats:
        return np.concatenate([fit.coefficients for fit in self.fits])

    def means(self, beta: Floats, *, gradient: bool = True) -> tuple[tuple[float, Floats], ...]:
        """Mean hours at each value, with its gradient in all coefficients."""
        return tuple(self._mean(place, beta, gradient) for place in range(len(self.values)))

    def _mean(self, place: int, beta: Floats, gradient: bool) -> tuple[float, Floats]:
        p = self.fits[0].coefficients.size
        total, slope = 0.0, np.zeros(beta.size)
        chance = self.fits[1].mean_at(self.chance_at[place] @ beta[p:] + self.offsets[1]) if self.chance_at else None
        for taking_part, x in self.hours_at[place]:
            mean = self.fits[0].mean_at(x @ beta[:p] + self.offsets[0])
            weight = self.share if chance is None else self.share * (chance if taking_part else 1.0 - chance)
            total += float(weight @ mean)
            if gradient:
                slope[:p] += (weight * mean) @ x
                if chance is not None:
                    sign = 1.0 if taking_part else -1.0
                    slope[p:] += sign * (self.share * chance * (1.0 - chance) * mean) @ self.chance_at[place]
        return total, slope

    def covariance(self, convention: str) -> Floats:
        """Of all coefficients together: each fit's own, and between two fits what the moves of their clusters (or households) share."""
        own = [fit.covariance(convention) for fit in self.fits]
        if len(own) == 1:
            return own[0]
        p = own[0].shape[0]
        whole = np.zeros((self.coefficients.size, self.coefficients.size))
        whole[:p, :p], whole[p:, p:] = own
        if convention not in {"observed", "expected"}:
            one, other = (fit.errors_by(convention).cluster for fit in self.fits)
            if one != other:
                raise DesignUnusable([f"{convention} was expected by the same clusters in both models, and it is by {one!r} and by {other!r}"])
            moves = self._moves(one, convention)
            whole[:p, p:] = moves[:, :p].T @ moves[:, p:]
            whole[p:, :p] = whole[:p, p:].T
        return whole

    def degrees_of_freedom(self, gradient: Floats, convention: str) -> float | None:
        """The fewest of the fits', each for its part of the gradient; None for the normal distribution."""
        p = self.fits[0].coefficients.size
        parts = zip(self.fits, (gradient[:p], gradient[p:]), strict=False)
        found = [fit.infer(part, 0.0, errors=convention).df for fit, part in parts if part.any()]
        least = min((df for df in found if not math.isnan(df)), default=math.inf)
        return least if math.isfinite(least) else None

    def draws(self, number: int, seed: int) -> Iterator[Floats]:
        """Shifts of all coefficients: the clusters' moves added up with random signs."""
        hours = self.fits[0]
        moves = self._moves(next((e.cluster for e in hours.errors if e.cluster), next(iter(hours.design.clusters), None)))
        signs = np.random.default_rng(seed)
        for _ in range(number):
            yield np.where(signs.random(moves.shape[0]) < 0.5, -1.0, 1.0) @ moves

    def _moves(self, column: str | None, convention: str | None = None) -> Floats:
        """How far each cluster of `column` (None: each household) moves all coefficients, shape (g, coefficients), so that products add up to a
        covariance: with it left out, where the convention knows that, else information⁻¹ score with the factor of cr1."""
        groups = [_groups(fit, column) for fit in self.fits]
        names = np.unique(np.concatenate([labels for labels, _ in groups]))
        parts = []
        for fit, (labels, place) in zip(self.fits, groups, strict=True):
            shifts = None if convention is None else fit.errors_by(convention).shifts
            moved = np.zeros((names.size, fit.coefficients.size))
            moved[np.searchsorted(names, labels)] = _score_moves(fit, place, labels.size) if shifts is None else shifts * (1.0 - 1.0 / names.size)
            parts.append(moved)
        return np.hstack(parts) * math.sqrt(names.size / (names.size - 1.0))


def _groups(fit: Fit, column: str | None) -> tuple[NDArray[Any], Ints]:
    """Distinct labels, and the place of each row's among them; without a column each row of the table is its own."""
    if column is None:
        return fit.design.rows, np.arange(fit.n, dtype=np.int32)
    if column not in fit.design.clusters:
        raise DesignUnusable([f"both models were expected to know the clusters {column!r}, and the model of {fit.outcome!r} does not"])
    groups = fit.design.clusters[column]
    return np.asarray(groups.labels), groups.place


def _score_moves(fit: Fit, place: Ints, n: int) -> Floats:
    """Summed scores by place times the inverse information, both joint in coefficients and dispersion, as in cr1."""
    scores = fit.model.cluster_scores(fit.maximum.parameters, place, n)
    return (scores @ required_inverse(fit.maximum.at.information))[:, : fit.coefficients.size]


def _offset(fit: Fit, rows: NDArray[np.intp]) -> Floats:
    return fit.design.offset[rows] if fit.design.offset.size else np.zeros(rows.size)


def _matrix(fit: Fit, setting: dict[str, float], rows: NDArray[np.intp]) -> Floats:
    matrix = fit.design.matrix_with(setting)
    return matrix if rows.size == fit.n else matrix[rows]


def _common_rows(hours: Fit, participating: Fit | None) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows of the table that both models used, and their places in each."""
    if participating is None:
        every = np.arange(hours.n)
        return hours.design.rows, every, every
    rows, first, second = np.intersect1d(hours.design.rows, participating.design.rows, assume_unique=True, return_indices=True)
    return rows, first, second
