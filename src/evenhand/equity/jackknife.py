"""Leaving every cluster out in turn: the exact jackknife behind cr3, without fitting the model G times from scratch.

Modelling choice: each leave-one-out estimate is the maximum of the likelihood of all other rows, dispersion refitted, and nothing less. What makes it
cheap is where the search starts. At the full estimate the gradient without cluster g is minus the cluster's own score, and the information is
the whole less the cluster's share, so the first Newton step costs no pass over the rows; the second-order term comes from how the whole information
changes along each axis, measured once. That lands within a millionth, and one exact pass over the other rows for all clusters at once corrects and
proves it. A cluster stays in the passes until the step still to come is below 1e-8 standard errors; one that does not settle is refitted in full.

Some terms may have no estimate without some cluster: because the other rows tell nothing of them (by the rank of their columns alone, so that no
outcome, however wild, makes a term look unknown), or because they separate the outcome there and the estimate runs to infinity. Such a term has no
error, and is named. The others have: along the way to infinity the separated rows come to tell nothing, so that all other terms tend to the estimates
of the rows that are left (Geyer's limiting conditional model), and those are what is taken.

The variance is (G − 1)/G Σ (β₍g₎ − β̂)(β₍g₎ − β̂)ᵀ, about the full estimate.

References: MacKinnon, Nielsen & Webb (2023), Journal of Applied Econometrics 38:671–694 (CV3);
Bell & McCaffrey (2002), Survey Methodology 28:169–181; Geyer (2009), Electronic Journal of Statistics 3:259–289;
Correia, Guimarães & Zylkin (2019), arXiv 1903.01633 (the same for counts).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import Errors
from evenhand.equity.covariances import jackknife_degrees, required_inverse
from evenhand.equity.designs import Clusters, empty_terms
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.kernels_plain import NEGATIVE_BINOMIAL
from evenhand.equity.likelihoods import Likelihood
from evenhand.equity.newton import Maximum, best_maximum, looks_separated
from evenhand.equity.separation import undecided_rows

# Fits the model to some of its rows: coefficients, NaN where there are none.
Refit = Callable[[Likelihood], Floats]
Bools = NDArray[np.bool_]
Places = tuple[tuple[str, tuple[int, ...]], ...]

_SETTLED: Final = 1e-8
_MOST_PASSES: Final = 8
_MOST_EVALUATIONS: Final = 2e10
# A cluster that leaves less than this of the observed information in some direction is no matter for the quick search.
_LITTLE_LEFT: Final = 1e-9
# Of columns brought to length one: a combination of them that is no longer than this is zero.
_NEGLIGIBLE: Final = 1e-9
# The least part that a term has in a direction of length one to be held by it.
_HOLDS: Final = 1e-6
_UNKNOWN, _SEPARATED, _FAILED = "unknown", "separated", "failed"
_AXIS_STEP: Final = 0.5
_FAR_ERRORS: Final = 10.0
_FAR_LOG_ALPHA: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """`shifts` (g, p): the estimate without each cluster, less the full one; NaN where a term has no estimate without that cluster.

    `indispensable` holds (cluster label, term places): without that cluster nothing is known of these terms; `separated` likewise: without it they
    separate the outcome. `failed` are clusters without which the search found no end. `refitted` clusters needed a full fit.
    """

    shifts: Floats
    indispensable: Places
    separated: Places
    failed: tuple[str, ...]
    refitted: int
    passes: int


def jackknife_errors(
    model: Likelihood, maximum: Maximum, names: tuple[str, ...], clusters: Clusters, *, refit: Refit | None = None
) -> tuple[Errors, LeaveOneOut]:
    """`cr3`; a term without a finite estimate where some cluster is left out has no error (NaN). A penalised estimate comes with its `refit`."""
    if clusters.n * model.y.size > _MOST_EVALUATIONS:
        words = f"cr3 leaves each of {clusters.n:,} clusters out of {model.y.size:,} rows, which takes too long; 'cr3_one_step' or 'cr1' do not"
        raise DesignUnusable([words])
    found = leave_one_out(model, maximum, names, clusters, refit=refit)
    return _errors("cr3", found.shifts, model, maximum, clusters), found


def one_step_errors(model: Likelihood, maximum: Maximum, clusters: Clusters) -> Errors:
    """`cr3_one_step`: the first Newton step in place of each leave-one-out estimate."""
    p, information = model.x.shape[1], maximum.at.information
    scores, shares = _cluster_parts(model, maximum, clusters)
    left = information - shares
    scale = np.sqrt(np.abs(np.diagonal(left, axis1=1, axis2=2)))
    usable = np.isfinite(left).all(axis=(1, 2)) & (scale > 0.0).all(axis=1)
    scale, shifts = scale[usable], np.full((clusters.n, p), np.nan)
    values, vectors = np.linalg.eigh(left[usable] / (scale[:, :, None] * scale[:, None, :]))
    values[values[:, 0] <= 0.0] = np.nan  # no maximum without this cluster
    shifts[usable] = -(np.einsum("gij,gj,gkj,gk->gi", vectors, 1.0 / values, vectors, scores[usable] / scale, optimize=True) / scale)[:, :p]
    return _errors("cr3_one_step", shifts, model, maximum, clusters)


def _errors(convention: str, shifts: Floats, model: Likelihood, maximum: Maximum, clusters: Clusters) -> Errors:
    covariance = (clusters.n - 1) / clusters.n * (shifts.T @ shifts)
    return Errors(convention, covariance, clusters.column, clusters.n, jackknife_degrees(model, maximum, clusters), shifts=shifts)


def _cluster_parts(model: Likelihood, maximum: Maximum, clusters: Clusters) -> tuple[Floats, Floats]:
    scores = model.cluster_scores(maximum.parameters, clusters.place, clusters.n)
    return scores, model.cluster_information(maximum.parameters, clusters.place, clusters.n, observed=True)


def leave_one_out(model: Likelihood, maximum: Maximum, names: tuple[str, ...], clusters: Clusters, *, refit: Refit | None = None) -> LeaveOneOut:
    """Every leave-one-out estimate, to 1e-8 standard errors."""
    p = model.x.shape[1]
    shifts = np.full((clusters.n, p), np.nan)
    settled, passes = np.zeros(clusters.n, dtype=np.bool_), 0
    if refit is None:
        settled, passes = _settle(model, maximum, clusters, shifts)
    found: dict[str, list[tuple[str, tuple[int, ...]]]] = {_UNKNOWN: [], _SEPARATED: [], _FAILED: []}
    for g in np.flatnonzero(~settled):
        coefficients, reason = _fitted_anew(model.rows(clusters.place != g), names, maximum.parameters, refit)
        shifts[g] = coefficients - maximum.parameters[:p]
        if reason:
            found[reason].append((clusters.labels[g], tuple(int(j) for j in np.flatnonzero(np.isnan(coefficients)))))
    failed = tuple(label for label, _ in found[_FAILED])
    return LeaveOneOut(shifts, tuple(found[_UNKNOWN]), tuple(found[_SEPARATED]), failed, int((~settled).sum()), passes)


def _least_left(whole: Floats, shares: Floats) -> Floats:
    """The least share of the information that is left without each cluster, over all directions; below 0 where its own rows bend it so."""
    scale = np.sqrt(np.diag(whole))
    values, vectors = np.linalg.eigh(whole / np.outer(scale, scale))
    basis = vectors / np.sqrt(values) / scale[:, None]
    inside = np.einsum("ji,gjk,kl->gil", basis, shares, basis, optimize=True)
    return 1.0 - np.linalg.eigvalsh((inside + inside.transpose(0, 2, 1)) / 2.0)[:, -1]


def _settle(model: Likelihood, maximum: Maximum, clusters: Clusters, shifts: Floats) -> tuple[Bools, int]:
    """Fill `shifts` where the quick search settles: True there (g,); and how many passes it took."""
    scores, shares = _cluster_parts(model, maximum, clusters)
    regular = np.flatnonzero(_least_left(maximum.at.information, shares) > _LITTLE_LEFT).astype(np.int32)
    everyone = np.zeros(clusters.n, dtype=np.bool_)
    if regular.size == 0:
        return everyone, 0
    errors = np.sqrt(np.diag(required_inverse(maximum.at.information)))
    changes = _changes_of_information(model, maximum)
    left = maximum.at.information - shares[regular]
    shift = _solved(left, -scores[regular])
    bend = np.einsum("gk,kij,gj->gi", shift, changes, shift, optimize=True)
    shift = _solved(left, -scores[regular] - 0.5 * bend)
    size, settled = _size(shift, errors), np.zeros(regular.size, dtype=np.bool_)
    active = np.flatnonzero(_is_near(model, shift, size))
    passes = 0
    while active.size and passes < _MOST_PASSES:
        passes += 1
        at = np.ascontiguousarray(maximum.parameters + shift[active])
        gradients = model.leave_out_gradients(at, clusters.place, regular[active])
        bent = left[active] + np.einsum("gk,kij->gij", shift[active], changes, optimize=True)
        step = _solved(bent, gradients)
        moved = _size(step, errors)
        usable = _is_near(model, shift[active] + step, moved) & (moved < np.maximum(size[active], _SETTLED))
        shift[active[usable]] += step[usable]
        # Steps shrink at a steady rate: what is still to come is the last one times the rate.
        to_come = moved * moved / np.maximum(size[active], 1e-300)
        settled[active[usable & (to_come < _SETTLED)]] = True
        size[active] = moved
        active = active[usable & (to_come >= _SETTLED)]
    everyone[regular[settled]] = True
    shifts[everyone] = shift[settled, : shifts.shape[1]]
    return everyone, passes


def _is_near(model: Likelihood, shift: Floats, size: Floats) -> Bools:
    """Where the quick search may go on: elsewhere the model is fitted again in full, which halves steps that lead astray."""
    near = np.isfinite(size) & (size < _FAR_ERRORS)
    return near & (np.abs(shift[:, -1]) < _FAR_LOG_ALPHA) if model.family == NEGATIVE_BINOMIAL else near


def _size(step: Floats, errors: Floats) -> Floats:
    size: Floats = np.max(np.abs(step) / errors, axis=1)
    return size


def _solved(matrices: Floats, right: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.solve(matrices, right[:, :, None])[:, :, 0])
    except np.linalg.LinAlgError:
        return np.stack([np.linalg.lstsq(m, r, rcond=None)[0] for m, r in zip(matrices, right, strict=True)])


def _changes_of_information(model: Likelihood, maximum: Maximum) -> Floats:
    """How the whole information changes by each parameter, shape (q, q, q), by central differences over half a standard error along each axis."""
    errors = np.sqrt(np.diag(required_inverse(maximum.at.information)))
    changes = np.empty((errors.size, errors.size, errors.size))
    for k, step in enumerate(_AXIS_STEP * errors):
        up, down = maximum.parameters.copy(), maximum.parameters.copy()
        up[k] += step
        down[k] -= step
        changes[k] = (model.at(up).information - model.at(down).information) / (2.0 * step)
    return changes


def _fitted_anew(part: Likelihood, names: tuple[str, ...], start: Floats, refit: Refit | None) -> tuple[Floats, str]:
    """The coefficients of a full fit to some rows, NaN at terms without a finite estimate, and why these have none (empty where all have one)."""
    p = len(names)
    if part.y.size == 0:
        return np.full(p, np.nan), _UNKNOWN
    if unknown := unknown_terms(part.x):
        coefficients, reason = _of_known_terms(part, names, refit)
        coefficients[list(unknown)] = np.nan
        return coefficients, reason or _UNKNOWN
    if refit:
        coefficients = refit(part)
        return coefficients, _FAILED if np.isnan(coefficients).any() else ""
    reached, found = best_maximum(part, start)
    if not found.converged or looks_separated(reached, found):
        undecided = undecided_rows(reached)
        if not undecided.all():
            return _fitted_anew(part.rows(undecided), names, start, None)[0], _SEPARATED
    return (found.parameters[:p], "") if found.converged else (np.full(p, np.nan), _FAILED)


def unknown_terms(x: Floats) -> tuple[int, ...]:
    """Places of the terms that these rows tell nothing of: those that a combination of columns that is zero throughout holds."""
    length = np.linalg.norm(x, axis=0)
    triangle = np.asarray(np.linalg.qr(x / np.where(length > 0.0, length, 1.0), mode="r"), dtype=np.float64)
    _, sizes, directions = np.linalg.svd(np.vstack([triangle, np.zeros((max(x.shape[1] - triangle.shape[0], 0), x.shape[1]))]))
    return tuple(int(j) for j in np.flatnonzero((np.abs(directions[sizes <= _NEGLIGIBLE]) > _HOLDS).any(axis=0)))


def _of_known_terms(part: Likelihood, names: tuple[str, ...], refit: Refit | None) -> tuple[Floats, str]:
    """The coefficients of a fit without the terms that are empty in these rows; NaN at those terms."""
    found = np.full(len(names), np.nan)
    empty = {r.term for r in empty_terms(part.x, names)}
    stay = [j for j, name in enumerate(names) if name not in empty]
    if len(stay) >= part.y.size:
        return found, ""
    fewer = replace(part, x=np.ascontiguousarray(part.x[:, stay]))
    found[stay], reason = _fitted_anew(fewer, tuple(names[j] for j in stay), np.zeros(0), refit)
    return found, reason
