"""What a standard error can mean: every convention by its name, and the inference that goes with it.

Modelling choice: no convention is "the" robust error; each has a name that stands in every table.

    observed    inverse of the observed information, coefficients and dispersion together: the rows are independent and the model is true
    expected    the same with the expected information; up to 4 % beside `observed`
    hc0, hc1    sandwich of the rows' scores about the joint observed information; hc1 times n/(n − terms)
    cr0, cr1    sandwich of the clusters' scores about the same; cr1 times G/(G − 1)
    cr2         clusters' scores unbiased under the working model, dispersion held fixed, expected information; t with Satterthwaite's df
    cr3         every cluster left out in turn and the model fitted anew, dispersion too; (G − 1)/G; t with Satterthwaite's df. The study's default
    cr3_one_step   cr3 with one Newton step in place of each fit: quick, and not the same
    bootstrap   the clusters' scores with random signs; the error is the draws' spread, intervals and p-values come from |t| among the draws

All others use the normal distribution. `fit` takes `observed` where nothing is asked for, because it knows of no clusters then.
With few clusters, or a term that varies between clusters only, cr0 and cr1 are too small; that is what cr2, cr3 and their degrees of freedom mend.

References: Bell & McCaffrey (2002), Survey Methodology 28:169–181; Pustejovsky & Tipton (2018), JBES 36:672–683; MacKinnon, Nielsen & Webb (2023),
Journal of Applied Econometrics 38:671–694; Kline & Santos (2012), Journal of Econometric Methods 1:23–41.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtr, stdtrit

from evenhand.equity.gamma_differences import Floats
from evenhand.equity.term_rows import refuse_level

CLUSTERED: Final = ("cr0", "cr1", "cr2", "cr3", "cr3_one_step", "bootstrap")
CONVENTIONS: Final = ("observed", "expected", "hc0", "hc1", *CLUSTERED)
WORDS: Final[Mapping[str, str]] = {
    "observed": "standard errors from the observed information, households taken as independent",
    "expected": "standard errors from the expected information, households taken as independent",
    "hc0": "heteroskedasticity-robust standard errors (HC0)",
    "hc1": "heteroskedasticity-robust standard errors (HC1)",
    "cr0": "standard errors clustered by {cluster} (CR0, {n} clusters)",
    "cr1": "standard errors clustered by {cluster} (CR1, {n} clusters)",
    "cr2": "standard errors clustered by {cluster} (CR2, {n} clusters), t with Satterthwaite degrees of freedom",
    "cr3": "standard errors clustered by {cluster} (CR3: each of {n} clusters left out in turn), t with Satterthwaite degrees of freedom",
    "cr3_one_step": "standard errors clustered by {cluster} (CR3 in one step, {n} clusters), t with Satterthwaite degrees of freedom",
    "bootstrap": "standard errors by a score bootstrap of {n} clusters of {cluster}",
}
ErrorsWanted = str | Sequence[str] | Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Inference:
    """One quantity: `statistic` is against zero; `df` is infinite for the normal distribution."""

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True, eq=False)
class Satterthwaite:
    """Degrees of freedom of a contrast's variance, if the working model were true.

    `basis` (p, p) with basis basisᵀ = (expected information)⁻¹; in it, `own` (g, p, p) is each cluster's part of the variance, and a contrast c
    of two clusters meets in (meetings_g c)ᵀ (meetings_h c), because they share one estimate.
    """

    basis: Floats
    own: Floats
    meetings: Floats

    def df(self, contrast: Floats) -> float:
        """Satterthwaite's approximation for contrastᵀβ; NaN where the contrast's variance is zero."""
        c = self.basis.T @ contrast
        own = np.einsum("i,gij,j->g", c, self.own, c, optimize=True)
        meeting = self.meetings @ c
        cross = meeting.T @ meeting
        squares = float(np.sum(cross**2) - np.sum(np.sum(meeting**2, axis=1) ** 2) + np.sum(own**2))
        return float(own.sum() ** 2 / squares) if squares > 0.0 else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class BootstrapDraws:
    """Draws of the score bootstrap: `shifts` (b, p) from the estimate, `spreads` (b, p, p) their own covariances; `covariance` the sample's."""

    shifts: Floats
    spreads: Floats
    covariance: Floats

    def studentised(self, contrast: Floats) -> Floats:
        """|t| of each draw, sorted."""
        spread = np.sqrt(np.einsum("i,bij,j->b", contrast, self.spreads, contrast))
        return np.sort(np.abs(self.shifts @ contrast) / spread)


@dataclass(frozen=True, slots=True, eq=False)
class Errors:
    """One convention, worked out: the covariance (p, p) of the coefficients and how to judge a contrast by it.

    `shifts` (g, p) are the jackknife's: the estimate without each cluster, less the full one.
    """

    convention: str
    covariance: Floats
    cluster: str | None = None
    n_clusters: int | None = None
    satterthwaite: Satterthwaite | None = None
    draws: BootstrapDraws | None = None
    shifts: Floats | None = None

    @property
    def words(self) -> str:
        return WORDS[self.convention].format(cluster=self.cluster, n=self.n_clusters)

    def infer(self, contrast: Floats, estimate: float, confidence: float = 0.95) -> Inference:
        """Error, test against zero and interval of `estimate`, whose gradient by the coefficients is `contrast` (p,).

        Raises
        ------
        DesignUnusable
            For a confidence that is no share.
        """
        refuse_level(confidence)
        std_error = float(np.sqrt(variance(contrast, self.covariance)))
        if not std_error > 0.0:
            nan = float("nan")
            return Inference(estimate, std_error, nan, nan, nan, nan, nan)
        if self.draws is not None:
            return self._by_draws(self.draws, contrast, estimate, std_error, confidence)
        df = self.satterthwaite.df(contrast) if self.satterthwaite else float("inf")
        statistic = estimate / std_error
        # stdtr holds its digits far out in the tail, and takes an infinite df for the normal distribution.
        half = std_error * float(stdtrit(df, (1.0 + confidence) / 2.0))
        return Inference(estimate, std_error, statistic, df, 2.0 * float(stdtr(df, -abs(statistic))), estimate - half, estimate + half)

    def _by_draws(self, draws: BootstrapDraws, contrast: Floats, estimate: float, std_error: float, confidence: float) -> Inference:
        found = draws.studentised(contrast)
        spread = float(np.sqrt(contrast @ draws.covariance @ contrast))
        beyond = found.size - int(found.searchsorted(abs(estimate) / spread, side="left"))
        half = spread * float(np.quantile(found, confidence))
        p_value = (1.0 + beyond) / (1.0 + found.size)
        return Inference(estimate, std_error, estimate / std_error, float("inf"), p_value, estimate - half, estimate + half)


def variance(contrast: Floats, covariance: Floats) -> Floats:
    """contrastᵀ covariance contrast, for one contrast (p,) or for each of many (n, p); at least 0.

    NaN only where a contrast takes in a term without an error: what a contrast leaves out spoils nothing, although 0 times NaN is NaN.
    """
    known = np.isfinite(np.diag(covariance))
    used = contrast[..., known]
    found = np.maximum(np.einsum("...j,...j->...", used @ covariance[np.ix_(known, known)], used), 0.0)
    return np.where((contrast[..., ~known] != 0.0).any(axis=-1), np.nan, found)


def asked_errors(errors: ErrorsWanted) -> dict[str, str | None]:
    """Conventions in the order asked for, each with its cluster column."""
    if isinstance(errors, str):
        return {errors: None}
    return dict(errors) if isinstance(errors, Mapping) else dict.fromkeys(errors)


def faults_of_errors(asked: Mapping[str, str | None]) -> list[str]:
    """Unknown names, and clustered conventions without a column to cluster by."""
    faults = [f"{name!r} is no error convention (there are {', '.join(CONVENTIONS)})" for name in asked if name not in CONVENTIONS]
    faults += [
        f"{name!r} needs a column to cluster by: errors={{{name!r}: 'block_group'}}" for name in asked if name in CLUSTERED and not asked[name]
    ]
    return faults if asked else ["at least one error convention was expected"]
