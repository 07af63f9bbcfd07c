"""The covariance of the coefficients under each convention (`conventions` says what each means).

Modelling choice: scores and information are joint in coefficients and dispersion wherever the observed information is used; cr2 and all degrees of
freedom rest on the *working* model, in which the dispersion is known and the information is the expected one. Clusters enter by their summed
scores and information, so that no matrix of the size of a cluster is ever formed (`bell_mccaffrey` has the one convention that needs its rows).
"""

from __future__ import annotations

import numpy as np

from evenhand.equity.conventions import Errors, Satterthwaite
from evenhand.equity.designs import Clusters
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import NEGATIVE_BINOMIAL
from evenhand.equity.likelihoods import Likelihood
from evenhand.equity.newton import Maximum, inverse

# A cluster that holds this share of what is known in some direction holds all of it.
_ALL_OF_IT = 1.0 - 1e-10


def independent_errors(convention: str, model: Likelihood, maximum: Maximum) -> Errors:
    """`observed`, `expected`, `hc0` or `hc1`."""
    p, n = model.x.shape[1], model.y.size
    if convention == "expected":
        expected = model.at(maximum.parameters, observed=False).information[:p, :p]
        return Errors(convention, required_inverse(expected))
    bread = required_inverse(maximum.at.information)
    if convention == "observed":
        return Errors(convention, bread[:p, :p])
    covariance = bread @ model.score_products(maximum.parameters) @ bread
    return Errors(convention, covariance[:p, :p] * (n / (n - p) if convention == "hc1" else 1.0))


def sandwich_errors(convention: str, model: Likelihood, maximum: Maximum, clusters: Clusters) -> Errors:
    """`cr0` or `cr1`: joint scores and observed information."""
    p = model.x.shape[1]
    influence = influences(model, maximum, clusters)
    factor = clusters.n / (clusters.n - 1) if convention == "cr1" else 1.0
    return Errors(convention, factor * (influence.T @ influence)[:p, :p], clusters.column, clusters.n)


def influences(model: Likelihood, maximum: Maximum, clusters: Clusters) -> Floats:
    """What each cluster's score adds to the estimate, to first order; shape (g, q)."""
    return model.cluster_scores(maximum.parameters, clusters.place, clusters.n) @ required_inverse(maximum.at.information)


def jackknife_degrees(model: Likelihood, maximum: Maximum, clusters: Clusters) -> Satterthwaite:
    """The degrees of freedom of cr3: with K a cluster's share of the whole, its adjusted score is (I − K)⁻¹ s, and both parts are K (I − K)⁻¹."""
    information = model.cluster_information(maximum.parameters, clusters.place, clusters.n, observed=False)
    basis = whitening_basis(information.sum(axis=0))
    shares = np.einsum("ji,gjk,kl->gil", basis, information, basis, optimize=True)
    values, vectors = np.linalg.eigh((shares + shares.transpose(0, 2, 1)) / 2.0)
    ratio = np.zeros_like(values)
    np.divide(values, 1.0 - values, out=ratio, where=values < _ALL_OF_IT)
    parts = np.einsum("gij,gj,gkj->gik", vectors, ratio, vectors, optimize=True)
    return Satterthwaite(basis, parts, parts)


def whitening_basis(information: Floats) -> Floats:
    """A matrix L with L Lᵀ = information⁻¹, by eigenvectors of the scaled matrix."""
    scale = np.sqrt(np.diag(information))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values[0] <= 0.0:
        raise not_positive()
    return np.asarray(vectors / np.sqrt(values) / scale[:, None])


def required_inverse(information: Floats) -> Floats:
    """The inverse of an information matrix at a maximum.

    Raises
    ------
    DesignUnusable
        Where it is not positive definite: the estimate is no maximum, and no error can be given.
    """
    found = inverse(information)
    if found is None:
        raise not_positive()
    return found


def not_positive() -> DesignUnusable:
    words = "the information at the estimate is not positive definite, so no standard error exists; look for separated or nearly collinear terms"
    return DesignUnusable([words])


def log_alpha_error(model: Likelihood, maximum: Maximum) -> float:
    """Standard error of ln α by the observed information; NaN for families without a dispersion."""
    if model.family != NEGATIVE_BINOMIAL:
        return float("nan")
    return float(np.sqrt(required_inverse(maximum.at.information)[-1, -1]))
