"""What an estimate would be without one area: every cluster left out in turn.

Modelling choice: the shifts are those of the jackknife itself (cr3 has fitted the model without each cluster already, dispersion too), so nothing is
approximated where cr3 is worked out, and nothing is fitted twice. For other conventions the shift is one Newton step from the full estimate, and says
so. Shifts are read in standard errors of the full estimate; the error without the cluster is not worked out anew.

Reference: Belsley, Kuh & Welsch, Regression Diagnostics (1980), chapter 2 (dfbetas); MacKinnon, Nielsen & Webb (2023), Stata Journal 23:942–982
(clusters of influence).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evenhand.equity.gamma_differences import Floats

if TYPE_CHECKING:
    from evenhand.equity.fits import Fit

_EXACT = "cr3"
_ONE_STEP = "cr3_one_step"


@dataclass(frozen=True, slots=True, eq=False)
class ClusterInfluence:
    """`shifts` (g, p): the estimate without each cluster, less the full one; NaN where it does not exist. `labels` and `sizes` (g,) are the clusters.

    `std_errors` (p,) are the full estimate's, by `errors`; `is_exact` says that the model was fitted anew without each cluster.
    """

    column: str
    labels: tuple[str, ...]
    sizes: NDArray[np.int64]
    names: tuple[str, ...]
    shifts: Floats
    std_errors: Floats
    errors: str
    is_exact: bool

    @property
    def in_errors(self) -> Floats:
        """Shifts in standard errors, shape (g, p)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.shifts / self.std_errors)

    def shifts_of(self, contrast: Floats) -> Floats:
        """Shifts (g,) of contrastᵀβ, of contrast (p,); a term that the contrast leaves out spoils none of them."""
        used = contrast != 0.0
        return np.asarray(self.shifts[:, used] @ contrast[used])


def jackknife_error(shifts: Floats) -> float:
    """The standard error that one quantity's shifts (g,) make themselves: that of cr3, whatever the study's errors are."""
    return math.sqrt((shifts.size - 1) / shifts.size * float(np.nansum(shifts**2)))


def shares_of_variance(shifts: Floats) -> Floats:
    """Each cluster's share of the jackknife's variance of one quantity, from its shifts (g,)."""
    squares = np.nan_to_num(shifts**2)
    total = float(squares.sum())
    return squares / total if total > 0.0 else squares


def cluster_influence(fitted: Fit, column: str, values: ArrayLike | None = None, *, errors: str | None = None) -> ClusterInfluence:
    """The influence of each cluster on each term.

    Parameters
    ----------
    fitted
        Any fit.
    column
        What clusters are made by.
    values
        One a row of the table given, where the fit does not know the column yet.
    errors
        The convention whose errors shifts are read in; the fit's first by default.

    Raises
    ------
    DesignUnusable
        A column that neither the fit nor `values` knows; fewer than two clusters.
    """
    own = fitted.errors_by(errors)
    have = {e.convention for e in fitted.errors if e.cluster == column}
    convention = _EXACT if _EXACT in have else _ONE_STEP
    if convention not in have:
        known = {} if column in fitted.design.clusters or values is None else {column: values}
        fitted = fitted.with_errors({convention: column}, known)
    clusters = fitted.design.clusters[column]
    shifts = fitted.errors_by(convention).shifts
    assert shifts is not None  # both jackknives keep them
    sizes = np.bincount(clusters.place, minlength=clusters.n)
    std_errors = np.sqrt(np.diag(own.covariance))
    return ClusterInfluence(column, clusters.labels, sizes, fitted.names, shifts, std_errors, own.convention, convention == _EXACT)
