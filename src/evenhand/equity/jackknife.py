"""Leaving every cluster out in turn: the exact jackknife behind cr3, without fitting the model G times from scratch.

Modelling choice: each leave-one-out estimate is the maximum of the likelihood of all other rows, dispersion refitted, and nothing less. What makes it
cheap is where the search starts. At the full estimate the gradient without cluster g is minus the cluster's own score, and the information is
the whole less the cluster's share, so the first Newton step costs no pass over the rows; the second-order term comes from how the whole information
changes along each axis, measured once. That lands within a millionth, and one exact pass over the other rows for all clusters at once corrects and
proves it. A cluster stays in the passes until the step still to come is below 1e-8 standard errors; one that does not settle is refitted in full.

The variance is (G − 1)/G Σ (β₍g₎ − β̂)(β₍g₎ − β̂)ᵀ, about the full estimate.

References: MacKinnon, Nielsen & Webb (2023), Journal of Applied Econometrics 38:671–694 (CV3);
Bell & McCaffrey (2002), Survey Methodology 28:169–181.
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
from evenhand.equity.kernels_plain import NEGATIVE_BINOMIAL, Ints
from evenhand.equity.likelihoods import Likelihood
from evenhand.equity.newton import Maximum, best_maximum, inverse, maximise

# Fits the model to some of its rows: coefficients, NaN where there are none.
Refit = Callable[[Likelihood], Floats]
Bools = NDArray[np.bool_]

_SETTLED: Final = 1e-8
_MOST_PASSES: Final = 8
_MOST_EVALUATIONS: Final = 2e10
# A cluster that leaves less than this of the information in some direction leaves the term that points there without an estimate.
_NOTHING_LEFT: Final = 1e-9
_AXIS_STEP: Final = 0.5
_FAR_ERRORS: Final = 10.0
_FAR_LOG_ALPHA: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """`shifts` (g, p): the estimate without each cluster, less the full one; NaN where a term has no estimate without that cluster.

    `indispensable` holds (cluster label, term places): without that cluster these terms cannot be estimated. `refitted` clusters needed a full fit.
    """

    shifts: Floats
    indispensable: tuple[tuple[str, tuple[int, ...]], ...]
    refitted: int
    passes: int


def jackknife_errors(
    model: Likelihood, maximum: Maximum, names: tuple[str, ...], clusters: Clusters, *, refit: Refit | None = None
) -> tuple[Errors, LeaveOneOut]:
    """`cr3`; a term that some cluster alone identifies has no error (NaN). An estimate that is no maximum comes with its `refit`."""
    if clusters.n * model.y.size > _MOST_EVALUATIONS:
        words = f"cr3 leaves each of {clusters.n:,} clusters out of {model.y.size:,} rows, which takes too long; 'cr3_one_step' or 'cr1' do not"
        raise DesignUnusable([words])
    found = leave_one_out(model, maximum, names, clusters, refit=refit)
    return _errors("cr3", found.shifts, model, maximum, clusters), found


def one_step_errors(model: Likelihood, maximum: Maximum, clusters: Clusters) -> Errors:
    """`cr3_one_step`: the first Newton step in place of each leave-one-out estimate."""
    p, information = model.x.shape[1], maximum.at.information
    scores, shares = _cluster_parts(model, maximum, clusters)
    shifts = np.full((clusters.n, p), np.nan)
    for g in range(clusters.n):
        left = inverse(information - shares[g])
        if left is not None:
            shifts[g] = -(left @ scores[g])[:p]
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
    scores, shares = _cluster_parts(model, maximum, clusters)
    whole = maximum.at.information
    weakest = _least_left(whole, shares)
    regular = np.flatnonzero(weakest > _NOTHING_LEFT).astype(np.int32)
    shifts = np.full((clusters.n, model.n_parameters), np.nan)
    settled, passes = np.zeros(regular.size, dtype=np.bool_), 0
    if refit is None:
        settled, passes = _settle(model, maximum, clusters, regular=regular, scores=scores, shares=shares, shifts=shifts)
    unsettled = regular[~settled]
    for g in unsettled:
        part = model.rows(clusters.place != g)
        shifts[g, :p] = (refit(part) if refit else _refit(part, maximum.parameters)) - maximum.parameters[:p]
    indispensable = []
    for g in np.flatnonzero(weakest <= _NOTHING_LEFT):
        gone = _without_estimate(whole, shares[g], p)
        indispensable.append((clusters.labels[g], gone))
        shifts[g, :p] = _refit_without_terms(model, names, clusters.place != g, refit or _best) - maximum.parameters[:p]
        shifts[g, list(gone)] = np.nan
    return LeaveOneOut(shifts[:, :p], tuple(indispensable), int(unsettled.size), passes)


def _least_left(whole: Floats, shares: Floats) -> Floats:
    """The least share of the information that is left without each cluster, over all directions."""
    scale = np.sqrt(np.diag(whole))
    values, vectors = np.linalg.eigh(whole / np.outer(scale, scale))
    basis = vectors / np.sqrt(values) / scale[:, None]
    inside = np.einsum("ji,gjk,kl->gil", basis, shares, basis, optimize=True)
    return 1.0 - np.linalg.eigvalsh((inside + inside.transpose(0, 2, 1)) / 2.0)[:, -1]


def _settle(
    model: Likelihood, maximum: Maximum, clusters: Clusters, *, regular: Ints, scores: Floats, shares: Floats, shifts: Floats
) -> tuple[Bools, int]:
    """Fill `shifts` for the `regular` clusters; True where the search settled."""
    if regular.size == 0:
        return np.zeros(0, dtype=np.bool_), 0
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
    shifts[regular[settled]] = shift[settled]
    return settled, passes


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


def _refit(part: Likelihood, start: Floats) -> Floats:
    """The coefficients of a full fit to some rows; NaN where it has no maximum."""
    found = maximise(part, start)
    return found.parameters[: part.x.shape[1]] if found.converged else _best(part)


def _best(part: Likelihood) -> Floats:
    _, found = best_maximum(part)
    p = part.x.shape[1]
    return found.parameters[:p] if found.converged else np.full(p, np.nan)


def _without_estimate(whole: Floats, share: Floats, p: int) -> tuple[int, ...]:
    """Terms that point where nothing is left without this cluster."""
    scale = np.sqrt(np.diag(whole))
    values, vectors = np.linalg.eigh((whole - share) / np.outer(scale, scale))
    lost = vectors[:p, values <= _NOTHING_LEFT * max(float(values[-1]), 1.0)]
    return tuple(int(j) for j in np.flatnonzero(np.abs(lost).max(axis=1, initial=0.0) > 1e-6))


def _refit_without_terms(model: Likelihood, names: tuple[str, ...], rows: np.ndarray, refit: Refit) -> Floats:
    """The coefficients of a fit to some rows without the terms that are empty there; NaN at those terms."""
    found = np.full(len(names), np.nan)
    part = model.rows(rows)
    empty = {r.term for r in empty_terms(part.x, names)}
    stay = [j for j, name in enumerate(names) if name not in empty]
    found[stay] = refit(replace(part, x=np.ascontiguousarray(part.x[:, stay])))
    return found
