"""A fitted model: estimates, what they rest on, and every question that may be put to them.

Modelling choice: a fit is frozen. It holds one set of estimates and as many error conventions as were asked for; asking for another gives a new fit
with the same estimates. Quantities on another scale (ratios, hours, percentage points) are made from the coefficients by the delta method, and each
says which convention its error follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from evenhand.equity.conventions import Errors, ErrorsWanted, Inference
from evenhand.equity.designs import Design
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import LOGIT
from evenhand.equity.likelihoods import Likelihood
from evenhand.equity.newton import Maximum

LIKELIHOOD: Final = "maximum likelihood"
PENALISED: Final = "penalised likelihood (Firth)"

if TYPE_CHECKING:
    from evenhand.equity.contrasts import Combination
    from evenhand.equity.marginal_effects import MarginalEffect, Predictions
    from evenhand.equity.model_tables import ModelTable


@dataclass(frozen=True, slots=True)
class FitWarning:
    """Something that a reader of this fit must know. `code` is for machines and never changes."""

    code: str
    text: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One row of a model's table; `df` is infinite for the normal distribution, `ratio` and its interval are exp of the estimate's."""

    term: str
    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    conf_low: float
    conf_high: float

    @property
    def ratio(self) -> tuple[float, float, float]:
        """Odds or incidence-rate ratio with its interval."""
        ratio, low, high = np.exp([self.estimate, self.conf_low, self.conf_high])
        return float(ratio), float(low), float(high)


@dataclass(frozen=True, slots=True)
class PseudoR2:
    """Three measures that all go by the name of pseudo R²; only the first is a share of the log likelihood."""

    mcfadden: float
    cox_snell: float
    nagelkerke: float

    @classmethod
    def of(cls, loglik: float, loglik_null: float, n: float) -> PseudoR2:
        """From the log likelihoods of a model and of its intercept alone.

        References: McFadden (1974); Cox & Snell, Analysis of Binary Data, 2nd ed. (1989); Nagelkerke (1991), Biometrika 78:691–692.
        """
        cox_snell = -float(np.expm1(2.0 / n * (loglik_null - loglik)))
        most = -float(np.expm1(2.0 / n * loglik_null))
        return cls(1.0 - loglik / loglik_null if loglik_null else 0.0, cox_snell, cox_snell / most if most else 0.0)


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """Likelihood-ratio test of α = 0. α cannot be negative, so half of the χ²(1) probability counts."""

    statistic: float
    p_value: float
    loglik_poisson: float


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Estimates of one model; made by `fit` and `fit_arrays`.

    `coefficients` (p,) in the order of `names`. `alpha` is the NB2 dispersion (0 where the data hold none, None for other families) and
    `alpha_std_error` its error by the observed information. `maximum.parameters` are the coefficients and, for NB2, ln α. Of a penalised (Firth) fit
    `loglik`, and with it `aic`, `bic` and the pseudo R², is the likelihood *without* the penalty, at an estimate that is not its maximum;
    `gradient_norm` is the largest derivative of what was maximised, penalty and all.
    """

    family: str
    formula: str | None
    design: Design
    model: Likelihood
    maximum: Maximum
    coefficients: Floats
    alpha: float | None
    alpha_std_error: float
    loglik: float
    loglik_null: float
    gradient_norm: float
    converged: bool
    method: str
    errors: tuple[Errors, ...]
    warnings: tuple[FitWarning, ...]

    @property
    def outcome(self) -> str:
        return self.design.outcome

    @property
    def names(self) -> tuple[str, ...]:
        return self.design.names

    @property
    def n(self) -> int:
        return self.design.n

    @property
    def is_penalised(self) -> bool:
        """Is this Firth's estimate, and not the maximum of the likelihood?"""
        return self.method == PENALISED

    @property
    def theta(self) -> float | None:
        """1/α; infinite where α is 0."""
        if self.alpha is None:
            return None
        return 1.0 / self.alpha if self.alpha else float("inf")

    @property
    def n_parameters(self) -> int:
        return self.coefficients.size + (self.alpha is not None)

    @property
    def aic(self) -> float:
        return 2.0 * self.n_parameters - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """With weights, the observations are as many as the weights add up to, in the penalty as in the likelihood."""
        return float(np.log(self.model.total_weight)) * self.n_parameters - 2.0 * self.loglik

    @property
    def pseudo_r2(self) -> PseudoR2:
        return PseudoR2.of(self.loglik, self.loglik_null, self.model.total_weight)

    def errors_by(self, convention: str | None = None) -> Errors:
        """The errors of one convention; without a name, of the first that was asked for."""
        if convention is None:
            return self.errors[0]
        for errors in self.errors:
            if errors.convention == convention:
                return errors
        have = ", ".join(e.convention for e in self.errors)
        raise DesignUnusable([f"errors by {convention!r} were not worked out for this fit (it has {have}); with_errors({convention!r}) adds them"])

    def covariance(self, convention: str | None = None) -> Floats:
        """Covariance of the coefficients, shape (p, p)."""
        return self.errors_by(convention).covariance

    def infer(self, contrast: Floats, estimate: float | None = None, *, errors: str | None = None, confidence: float = 0.95) -> Inference:
        """Error, test against zero and interval of contrastᵀβ, or of a function of β with this `estimate` and this gradient (p,)."""
        value = float(contrast @ self.coefficients) if estimate is None else estimate
        return self.errors_by(errors).infer(contrast, value, confidence)

    def terms(self, errors: str | None = None, *, confidence: float = 0.95) -> tuple[Term, ...]:
        """One row a term, on the scale of the coefficients."""
        each = np.eye(self.coefficients.size)
        found = [self.infer(each[j], errors=errors, confidence=confidence) for j in range(self.coefficients.size)]
        return tuple(
            Term(name, i.estimate, i.std_error, i.statistic, i.df, i.p_value, i.conf_low, i.conf_high)
            for name, i in zip(self.names, found, strict=True)
        )

    def tidy(self, errors: str | None = None, *, ratios: bool = False, confidence: float = 0.95) -> pa.Table:
        """The terms as an Arrow table: `term, estimate, std_error, statistic, df, p_value, conf_low, conf_high`; df is null for the normal.

        With `ratios`, also `ratio, ratio_low, ratio_high`: exp of estimate and interval, odds ratios for the logit, incidence-rate ratios otherwise.
        """
        rows: list[dict[str, Any]] = []
        for t in self.terms(errors, confidence=confidence):
            row = {"term": t.term, "estimate": t.estimate, "std_error": t.std_error, "statistic": t.statistic}
            row |= {"df": t.df if np.isfinite(t.df) else None, "p_value": t.p_value, "conf_low": t.conf_low, "conf_high": t.conf_high}
            rows.append(row | dict(zip(("ratio", "ratio_low", "ratio_high"), t.ratio, strict=True)) if ratios else row)
        return pa.Table.from_pylist(rows, schema=pa.schema([(k, pa.string() if k == "term" else pa.float64()) for k in rows[0]]))

    def glance(self) -> pa.Table:
        """One row about the whole model."""
        r2 = self.pseudo_r2
        row = {"family": self.family, "outcome": self.outcome, "n": self.n, "n_dropped": self.design.n_given - self.n, "loglik": self.loglik}
        row |= {"loglik_null": self.loglik_null, "aic": self.aic, "bic": self.bic, "mcfadden": r2.mcfadden, "cox_snell": r2.cox_snell}
        row |= {"nagelkerke": r2.nagelkerke, "alpha": self.alpha, "theta": self.theta, "alpha_std_error": self.alpha_std_error}
        row |= {"errors": self.errors[0].convention, "clusters": self.errors[0].n_clusters, "converged": self.converged, "method": self.method}
        return pa.Table.from_pylist([row | {"gradient_norm": self.gradient_norm, "iterations": self.maximum.iterations}])

    def overdispersion(self) -> Overdispersion:
        """Is the negative binomial needed? The likelihood-ratio test against the Poisson model."""
        from evenhand.equity.fitting import overdispersion

        return overdispersion(self)

    def with_errors(self, errors: ErrorsWanted, clusters: Mapping[str, Any] | None = None, **bootstrap: int) -> Fit:
        """The same estimates with further conventions worked out; `clusters` gives values (n_given,) of columns that the fit does not know;
        `draws` and `seed` are the bootstrap's."""
        from evenhand.equity.fitting import with_errors

        return with_errors(self, errors, clusters, **bootstrap)

    def linear_predictor(self, x: Floats | None = None) -> Floats:
        """Xβ and the offset at the model's own rows, or Xβ at a matrix of the model's terms."""
        if x is not None:
            return x @ self.coefficients
        return self.design.x @ self.coefficients + (self.design.offset if self.design.offset.size else 0.0)

    def mean_at(self, linear_predictor: Floats) -> Floats:
        """The expected outcome: a probability for the logit, a mean for counts and hours."""
        if self.model.family == LOGIT:
            return np.asarray(0.5 * (1.0 + np.tanh(0.5 * linear_predictor)))
        return np.asarray(np.exp(linear_predictor))

    def augment(self) -> pa.Table:
        """One row a household used: its place in the given table, outcome, expected outcome and Pearson residual."""
        fitted = self.mean_at(self.linear_predictor())
        variance = fitted * (1.0 - fitted) if self.model.family == LOGIT else fitted * (1.0 + (self.alpha or 0.0) * fitted)
        columns = {"row": self.design.rows, "outcome": self.design.y, "fitted": fitted}
        return pa.table(columns | {"residual": self.design.y - fitted, "pearson": (self.design.y - fitted) / np.sqrt(variance)})

    def linear_combination(self, expression: str, errors: str | None = None, *, confidence: float = 0.95) -> Combination:
        """A sum of terms with its error, as `minority_share + minority_share:participation`."""
        from evenhand.equity.contrasts import linear_combination

        return linear_combination(self, expression, errors=errors, confidence=confidence)

    def marginal_effects(
        self, columns: Sequence[str] | None = None, errors: str | None = None, *, confidence: float = 0.95
    ) -> tuple[MarginalEffect, ...]:
        """Average marginal effects, in the outcome's unit or, for a logit, in percentage points."""
        from evenhand.equity.marginal_effects import marginal_effects

        return marginal_effects(self, columns, errors=errors, confidence=confidence)

    def predict(self, columns: Mapping[str, Any] | None = None, errors: str | None = None, *, confidence: float = 0.95) -> Predictions:
        """Expected outcomes with intervals of the mean, at the model's rows or at rows given by column (one number or one value a row each)."""
        from evenhand.equity.marginal_effects import predictions

        return predictions(self, columns, errors=errors, confidence=confidence)

    def table(self, errors: str | None = None, *, ratios: bool = False, confidence: float = 0.95) -> ModelTable:
        """This model as a printed table with its note."""
        from evenhand.equity.model_tables import compare

        return compare([self], errors=errors, scale="ratio" if ratios else "log", confidence=confidence)

    def plot(self, errors: str | None = None, *, ratios: bool = False, confidence: float = 0.95) -> dict[str, Any]:
        """A Vega-Lite specification of the terms and their intervals."""
        from evenhand.equity.coefficient_plots import coefficient_plot

        return coefficient_plot(self, errors=errors, ratios=ratios, confidence=confidence)

    def replaced(self, **changes: Any) -> Fit:
        return replace(self, **changes)
