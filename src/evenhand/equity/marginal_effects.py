"""What a coefficient means in hours or percentage points: average marginal effects, and predictions.

Modelling choice: an effect is averaged over the households of the model as they are (weights count), never at an "average household" that lives
nowhere. A column of zeros and ones is switched from 0 to 1; any other is moved by one unit at the margin. Interactions follow their columns. Errors
by the delta method, the households themselves held fixed.

References: Bartus (2005), Stata Journal 5:309–329; Wooldridge, Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 15.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from evenhand.equity.conventions import Inference, variance
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import LOGIT

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit

_STEP: Final = 1e-4


@dataclass(frozen=True, slots=True)
class MarginalEffect:
    """`change` is `from 0 to 1` or `by one unit`; `unit` is `percentage points` for a logit, else the outcome's own."""

    column: str
    change: str
    unit: str
    inference: Inference
    errors: str


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Expected outcomes (n,) with pointwise intervals of the *mean*; a single household scatters far more widely."""

    mean: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats


def marginal_effects(
    fitted: Fit, columns: Sequence[str] | None = None, *, errors: str | None = None, confidence: float = 0.95
) -> tuple[MarginalEffect, ...]:
    """Average marginal effects of these columns, or of every column of numbers in the model."""
    chosen = columns if columns is not None else [name for name, values in fitted.design.columns.items() if _is_numeric(values)]
    return tuple(_effect(fitted, name, errors, confidence) for name in chosen)


def _is_numeric(values: Any) -> bool:
    return np.asarray(values).dtype != object


def _effect(fitted: Fit, column: str, errors: str | None, confidence: float) -> MarginalEffect:
    design = fitted.design
    values = np.asarray(design.columns[column]) if column in design.columns else np.zeros(0)
    switched = bool(np.isin(values, (0.0, 1.0)).all())
    step = 1.0 if switched else _STEP * float(values.std() or 1.0)
    low, high = (0.0, 1.0) if switched else (values - step / 2.0, values + step / 2.0)
    before, gradient_before = _average(fitted, design.matrix_with({column: low}))
    after, gradient_after = _average(fitted, design.matrix_with({column: high}))
    scale = (100.0 if fitted.model.family == LOGIT else 1.0) / step
    gradient = scale * (gradient_after - gradient_before)
    inference = fitted.infer(gradient, scale * (after - before), errors=errors, confidence=confidence)
    unit = "percentage points" if fitted.model.family == LOGIT else design.outcome
    return MarginalEffect(column, "from 0 to 1" if switched else "by one unit", unit, inference, fitted.errors_by(errors).convention)


def _average(fitted: Fit, x: Floats) -> tuple[float, Floats]:
    """The average expected outcome at these rows, and its gradient by the coefficients."""
    design = fitted.design
    mean = fitted.mean_at(x @ fitted.coefficients + (design.offset if design.offset.size else 0.0))
    shares = design.weights / design.weights.sum() if design.weights.size else np.full(mean.size, 1.0 / mean.size)
    return float(shares @ mean), np.asarray((shares * _slope(fitted, mean)) @ x)


def _slope(fitted: Fit, mean: Floats) -> Floats:
    return mean * (1.0 - mean) if fitted.model.family == LOGIT else mean


def predictions(
    fitted: Fit,
    columns: Mapping[str, Any] | None = None,
    *,
    kind: Literal["mean", "link"] = "mean",
    errors: str | None = None,
    confidence: float = 0.95,
) -> Predictions:
    """Expected outcomes at the model's own rows, or at rows given by column (without an offset there).

    The interval is made on the scale of the linear predictor and carried over, so that it stays within what is possible. All rows share the degrees
    of freedom of the average row; give a row alone for its own, which can be fewer. A row has no interval (NaN) where it takes in a term that has no
    error.

    Raises
    ------
    DesignUnusable
        Rows that lack a column of the model, or hold a category that it does not know; all faults at once.
    """
    x = fitted.design.x if columns is None else fitted.design.matrix_given(columns)
    link = fitted.linear_predictor() if columns is None else fitted.linear_predictor(x)
    chosen = fitted.errors_by(errors)
    spread = np.sqrt(variance(x, chosen.covariance))
    told = np.isfinite(spread)
    # one multiplier for all rows: that of the average row, among those that have an error
    each = chosen.infer(told @ x / max(int(told.sum()), 1), float(link.mean()), confidence)
    half = spread * ((each.conf_high - each.conf_low) / (2.0 * each.std_error) if told.any() else np.nan)
    if kind == "link":
        return Predictions(link, spread, link - half, link + half)
    mean = fitted.mean_at(link)
    return Predictions(mean, _slope(fitted, mean) * spread, fitted.mean_at(link - half), fitted.mean_at(link + half))
