"""From a table to a fitted model.

Modelling choice: hours from half-hourly meters are fractional, and the count families take them as they are: with the gamma function in place of the
factorial the likelihood is a quasi-likelihood, whose mean is right where the model of the mean is, so errors should be robust ones. The fit says so;
`round_outcome` makes counts of them instead. A maximum that does not exist is never reported as a large number: separation is found, the terms are
named, and the finite estimate is the penalised one (Firth), under its own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from evenhand.equity.bell_mccaffrey import adjusted_errors
from evenhand.equity.conventions import CLUSTERED, Errors, ErrorsWanted, asked_errors, faults_of_errors
from evenhand.equity.covariances import independent_errors, log_alpha_error, sandwich_errors
from evenhand.equity.designs import INTERCEPT, Clusters, Collinear, Design, array_design, cluster_labels
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import LIKELIHOOD, PENALISED, Fit, FitWarning, Overdispersion
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.jackknife import LeaveOneOut, jackknife_errors, one_step_errors
from evenhand.equity.kernels_plain import POISSON
from evenhand.equity.likelihoods import FAMILY_CODES, NONE, Likelihood
from evenhand.equity.newton import Maximum, best_maximum, fit_maximum, looks_separated
from evenhand.equity.score_bootstrap import bootstrap_errors, faults_of_draws
from evenhand.equity.separation import penalised_coefficients, penalised_maximum, penalised_score, separated_terms

DRAWS: Final = 999
SEED: Final = 8311
_FIRTH: Final = "What is given is the finite penalised (Firth) estimate; log likelihood, AIC and BIC are without the penalty."
_FEW_CLUSTERS: Final = 30
_MOST_NAMED: Final = 3
_LEAVE_OUT: Final = "Leave the term out, or make clusters of more rows."
_STEP_SHORT: Final = "Leave the term out, or see cr3_one_step, which stops short of it."


def fit(
    formula: str,
    data: Any,
    *,
    family: str = "negative_binomial",
    errors: ErrorsWanted = "observed",
    weights: str | ArrayLike | None = None,
    offset: str | ArrayLike | None = None,
    round_outcome: bool = False,
    collinear: Collinear = "drop",
    penalised: bool | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    compiled: bool | None = None,
) -> Fit:
    """Fit a model to a table by a formula.

    Parameters
    ----------
    formula
        `outcome ~ terms`, as in `restoration_hours ~ minority_share * participation + house_age`.
    data
        An Arrow, Polars or pandas table, or a mapping of arrays. A row with a missing value in a column used here, clusters' too, is dropped and
        counted.
    weights, offset
        A column's name, or float of shape (n,).
    errors
        As in `fit_arrays`; cluster columns are columns of the table: `errors={"cr3": "block_group", "observed": None}`.
    family, round_outcome, collinear, penalised, draws, seed, compiled
        As in `fit_arrays`.

    Raises
    ------
    DesignUnusable
        All faults of formula, table and options at once.

    Examples
    --------
    >>> table = {"hours": [2.0, 3.0, 7.0, 4.0, 9.0, 30.0], "far": [0, 0, 0, 1, 1, 1]}
    >>> fitted = fit("hours ~ far", table)
    >>> round(float(np.exp(fitted.coefficients[1])), 3)  # the mean of 4, 9, 30 over the mean of 2, 3, 7
    3.583
    """
    from evenhand.equity.formulas import formula_design  # here: formulaic brings pandas, and fits of arrays need neither

    wanted = asked_errors(errors)
    columns = tuple(dict.fromkeys(column for column in wanted.values() if column is not None))

    def made() -> Design:
        return formula_design(formula, data, weights=weights, offset=offset, clusters=columns, collinear=collinear)

    design = _checked(made, _faults_of_options(wanted, draws), family=family, round_outcome=round_outcome)
    return fit_design(design, family=family, errors=wanted, formula=formula, round_outcome=round_outcome, penalised=penalised,
                      draws=draws, seed=seed, compiled=compiled)  # fmt: skip


def fit_arrays(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    *,
    family: str = "negative_binomial",
    errors: ErrorsWanted = "observed",
    clusters: Mapping[str, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    outcome: str = "y",
    round_outcome: bool = False,
    collinear: Collinear = "drop",
    penalised: bool | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    compiled: bool | None = None,
    start: Floats | None = None,
) -> Fit:
    """Fit a model to ready arrays, without the cost of a formula.

    Parameters
    ----------
    y
        float, shape (n,): 0 or 1 for the logit, ≥ 0 otherwise. A row with NaN anywhere is dropped and counted.
    x
        float, shape (n, p), with its own column of ones named `Intercept`. Used in place where it is C-contiguous float64.
    names
        One a column; interactions are named by their columns with a colon, and follow them in `predict` and `marginal_effects`.
    family
        `logit`, `poisson` or `negative_binomial`.
    errors
        Conventions: a name, several names, or a mapping from name to the cluster column (None for those without). The first is the fit's own.
    clusters
        By cluster column, one value a row. A row without one (None, NaN) is dropped and counted as any row with a missing value is.
    weights
        float, shape (n,), ≥ 0: each row counts this many times; a row of weight 0 is left out and counted.
    offset
        float, shape (n,), added to the linear predictor with coefficient 1.
    round_outcome
        Round y to whole numbers first (half to even).
    collinear
        `drop` removes a term without information of its own and says so; `refuse` raises.
    penalised
        None: the maximum of the likelihood where it exists, the penalised (Firth) estimate where terms are separated. True: penalised always.
        False: refuse separated terms.
    draws, seed
        Of the bootstrap; at least 99 draws.
    compiled
        False takes the NumPy road; None the compiled one where there is a compiler.
    start
        Where to begin the search: `maximum.parameters` of a fit of nearly the same table, with the same terms. Left aside where it does not lead to a
        maximum, or has another number of parameters. The estimate does not depend on it.

    Raises
    ------
    DesignUnusable
        All faults of the input at once.
    """
    wanted, given = asked_errors(errors), clusters or {}
    used = {column: given[column] for column in wanted.values() if column is not None and column in given}

    def made() -> Design:
        return array_design(y, x, names, outcome=outcome, offset=offset, weights=weights, clusters=used, collinear=collinear)

    faults = [*_faults_of_options(wanted, draws), *_faults_of_clusters(wanted, given)]
    design = _checked(made, faults, family=family, round_outcome=round_outcome)
    return fit_design(design, family=family, errors=wanted, round_outcome=round_outcome, penalised=penalised,
                      draws=draws, seed=seed, compiled=compiled, start=start)  # fmt: skip


def _faults_of_options(wanted: Mapping[str, str | None], draws: int) -> list[str]:
    return [*faults_of_errors(wanted), *(faults_of_draws(draws) if "bootstrap" in wanted else ())]


def _faults_of_clusters(wanted: Mapping[str, str | None], clusters: Mapping[str, Any]) -> list[str]:
    missing = sorted({column for column in wanted.values() if column is not None and column not in clusters})
    return [f"errors are to be clustered by {column!r}, and no such values came in `clusters`" for column in missing]


def _checked(made: Callable[[], Design], faults: list[str], *, family: str, round_outcome: bool) -> Design:
    """The design; where it or an option has faults, those of options, family, table and outcome are raised at once."""
    try:
        design = made()
    except DesignUnusable as refused:
        raise DesignUnusable([*faults, *_faults_of_family(family), *refused.faults]) from refused
    if faults:
        raise DesignUnusable([*faults, *_faults_of_outcome(design, family, round_outcome=round_outcome)])
    return design


def fit_design(
    design: Design,
    *,
    family: str,
    errors: Mapping[str, str | None],
    formula: str | None = None,
    round_outcome: bool = False,
    penalised: bool | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
    compiled: bool | None = None,
    start: Floats | None = None,
) -> Fit:
    """Fit a checked design; `errors` maps conventions to cluster columns that the design knows; `start` as in `fit_arrays`."""
    if faults := _faults_of_outcome(design, family, round_outcome=round_outcome):
        raise DesignUnusable(faults)
    if round_outcome:
        design = replace(design, y=np.rint(design.y))
    model = Likelihood.of(FAMILY_CODES[family], design.x, design.y, design.offset, design.weights, compiled=compiled)
    found = _estimate(model, design.names, penalised=penalised, start=start)
    warnings = (*_warnings_of_design(design, family), *found.warnings)
    return with_errors(_as_fit(family, formula, design, found, warnings), errors, draws=draws, seed=seed)


@dataclass(frozen=True, slots=True, eq=False)
class _Estimate:
    """Where the search ended: in which family, by which method, and what must be said."""

    model: Likelihood
    maximum: Maximum
    method: str
    warnings: tuple[FitWarning, ...] = ()


def _estimate(model: Likelihood, names: tuple[str, ...], *, penalised: bool | None, start: Floats | None = None) -> _Estimate:
    if penalised:
        return _penalised(model, ())
    reached, maximum = best_maximum(model, start)
    if maximum.converged and not looks_separated(reached, maximum):
        return _Estimate(reached, maximum, LIKELIHOOD, _warnings_of_family(model, reached))
    named = tuple(names[j] for j in separated_terms(reached))
    terms = tuple(name for name in named if name != INTERCEPT) or named
    if not terms:
        return _Estimate(reached, maximum, LIKELIHOOD, (*_warnings_of_family(model, reached), *_warnings_of_search(maximum)))
    words = f"The outcome is separated perfectly by {', '.join(terms)}: the likelihood has no maximum, and the estimate would be infinite"
    if penalised is False:
        raise DesignUnusable([words])
    return _penalised(model, (FitWarning("separation", f"{words}. {_FIRTH}", terms),))


def _penalised(model: Likelihood, said: tuple[FitWarning, ...]) -> _Estimate:
    reached, maximum = penalised_maximum(model)
    return _Estimate(reached, maximum, PENALISED, (*said, *_warnings_of_family(model, reached), *_warnings_of_search(maximum)))


def _warnings_of_search(maximum: Maximum) -> tuple[FitWarning, ...]:
    words = f"The search stopped ({maximum.reason}) {maximum.step:.2g} standard errors before its end: do not rely on these figures."
    return () if maximum.converged else (FitWarning("not_converged", words),)


def _warnings_of_family(model: Likelihood, reached: Likelihood) -> tuple[FitWarning, ...]:
    words = "The outcome varies no more than Poisson counts do: α is 0, and the negative binomial is the Poisson model here."
    return () if reached.family == model.family else (FitWarning("no_overdispersion", words),)


def _as_fit(family: str, formula: str | None, design: Design, found: _Estimate, warnings: tuple[FitWarning, ...]) -> Fit:
    model, maximum = found.model, found.maximum
    coefficients, alpha = model.split(maximum.parameters)
    gradient = penalised_score(model, maximum.parameters) if found.method == PENALISED else maximum.at.gradient
    return Fit(
        family=family, formula=formula, design=design, model=model, maximum=maximum, coefficients=coefficients,
        alpha=alpha if family == "negative_binomial" else None, alpha_std_error=alpha * log_alpha_error(model, maximum),
        loglik=maximum.at.log_likelihood, loglik_null=null_log_likelihood(model.as_family(FAMILY_CODES[family])),
        gradient_norm=float(np.max(np.abs(gradient))), converged=maximum.converged, method=found.method, errors=(), warnings=warnings,
    )  # fmt: skip


def null_log_likelihood(model: Likelihood) -> float:
    """The log likelihood of the intercept alone, with the offset where there is one; without it each distinct outcome is one weighted row."""
    if model.offset.size:
        alone = replace(model, x=np.ones((model.y.size, 1)))
    else:
        seen = model.outcomes.frequency > 0.0
        values, frequency = model.outcomes.values[seen], model.outcomes.frequency[seen]
        alone = Likelihood.of(model.family, np.ones((values.size, 1)), values, NONE, frequency, compiled=False)
    return best_maximum(alone)[1].at.log_likelihood


def _faults_of_family(family: str) -> list[str]:
    return [] if family in FAMILY_CODES else [f"{family!r} is no family (there are {', '.join(FAMILY_CODES)})"]


def _faults_of_outcome(design: Design, family: str, *, round_outcome: bool) -> list[str]:
    """What keeps this family from the outcome, and weights below 0."""
    faults = _faults_of_family(family) or _faults_of_values(design.outcome, design.y, family, round_outcome=round_outcome)
    below = int(np.count_nonzero(design.weights < 0.0))
    return [*faults, *([f"weights must not be negative, and {below} are"] if below else ())]


def _faults_of_values(outcome: str, given: Floats, family: str, *, round_outcome: bool) -> list[str]:
    """At most one; hours below 0 are none, whatever they would be rounded to."""
    y = np.rint(given) if round_outcome else given
    if family == "logit":
        if not np.isin(y, (0.0, 1.0)).all():
            return [f"{outcome!r} must be 0 or 1 for a logit, and {int((~np.isin(y, (0.0, 1.0))).sum())} rows hold something else"]
        return [f"{outcome!r} is {y[0]:g} in every row used, so there is nothing to compare"] if np.ptp(y) == 0.0 else []
    if (given < 0.0).any():
        return [f"{outcome!r} must not be negative, and {int((given < 0.0).sum())} rows are (least {given.min():g})"]
    return [] if y.any() else [f"{outcome!r} is 0 in every row used, so there is nothing to compare"]


def _warnings_of_design(design: Design, family: str) -> list[FitWarning]:
    found = [FitWarning(f"{r.reason}_term", f"{r.words}: the term was removed.", (r.term,)) for r in design.removed]
    if family != "logit" and not np.array_equal(design.y, np.rint(design.y)):
        words = f"{design.outcome!r} holds fractions: the likelihood is a quasi-likelihood, and robust or clustered errors are the honest ones."
        found.append(FitWarning("fractional_outcome", words))
    if INTERCEPT not in design.names:
        found.append(FitWarning("no_intercept", "The model has no intercept; its pseudo R² are against the intercept alone all the same."))
    return found


def with_errors(fitted: Fit, errors: ErrorsWanted, clusters: Mapping[str, Any] | None = None, *, draws: int = DRAWS, seed: int = SEED) -> Fit:
    """The fit with further conventions; those that it has already are kept as they are."""
    wanted, design = asked_errors(errors), fitted.design
    if clusters:
        known = {name: _clusters_of_rows(design, name, values) for name, values in clusters.items()}
        design = replace(design, clusters={**design.clusters, **known})
    if faults := [*_faults_of_options(wanted, draws), *_faults_of_clusters(wanted, design.clusters)]:
        raise DesignUnusable(faults)
    have = {e.convention: e for e in fitted.errors}
    made, warnings = [], list(fitted.warnings)
    for convention, column in wanted.items():
        if convention in have:
            continue
        groups = design.clusters[column] if column is not None and convention in CLUSTERED else None
        errors_made, said = errors_of(fitted, convention, groups, draws=draws, seed=seed)
        made.append(errors_made)
        warnings += [w for w in (*_warnings_of_weights(design, convention), *_warnings_of_clusters(groups), *said) if w not in warnings]
    return fitted.replaced(design=design, errors=(*fitted.errors, *made), warnings=tuple(warnings))


def _clusters_of_rows(design: Design, name: str, values: Any) -> Clusters:
    labels = cluster_labels(values)
    if len(labels) != design.n_given:
        raise DesignUnusable([f"{name} was expected as shape ({design.n_given},), and ({len(labels)},) came"])
    return Clusters.of(name, labels.take(pa.array(design.rows)))


def _warnings_of_weights(design: Design, convention: str) -> list[FitWarning]:
    if convention not in {"observed", "expected"} or not design.weights.size or np.ptp(design.weights) == 0.0:
        return []
    words = "Errors by the information take a weight as that many households; weights that undo a sampling need hc or cr errors."
    return [FitWarning("weights_as_counts", words)]


def errors_of(fitted: Fit, convention: str, clusters: Clusters | None, *, draws: int, seed: int) -> tuple[Errors, list[FitWarning]]:
    """One convention, worked out at the fit's maximum, and what must be said with it."""
    if clusters is None:
        return independent_errors(convention, fitted.model, fitted.maximum), []
    if clusters.n < 2:
        words = f"{convention!r} compares clusters, and all rows used lie in one ({clusters.column} = {clusters.labels[0]})"
        raise DesignUnusable([words])
    if convention in {"cr0", "cr1"}:
        return sandwich_errors(convention, fitted.model, fitted.maximum, clusters), []
    if convention == "cr2":
        return adjusted_errors(fitted.model, fitted.maximum, clusters), []
    if convention == "cr3_one_step":
        return one_step_errors(fitted.model, fitted.maximum, clusters), []
    if convention == "bootstrap":
        return bootstrap_errors(fitted.model, fitted.maximum, clusters, draws=draws, seed=seed), []
    refit = partial(penalised_coefficients, start=fitted.coefficients) if fitted.is_penalised else None
    made, found = jackknife_errors(fitted.model, fitted.maximum, fitted.names, clusters, refit=refit)
    return made, _warnings_of_jackknife(fitted, clusters, found)


def _warnings_of_jackknife(fitted: Fit, clusters: Clusters, found: LeaveOneOut) -> list[FitWarning]:
    said = []
    for code, places, what, then in (
        ("one_cluster_identifies", found.indispensable, "nothing is known about {terms}", _LEAVE_OUT),
        ("jackknife_separated", found.separated, "{terms} would separate the outcome and run to infinity", _STEP_SHORT),
    ):
        for gone in dict.fromkeys(gone for _, gone in places):
            terms = tuple(fitted.names[j] for j in gone)
            without = _without([label for label, other in places if other == gone], clusters)
            others = "; the other terms have theirs" if len(terms) < len(fitted.names) else ""
            words = f"{without} {what.format(terms=', '.join(terms))}: cr3 gives no error for {'it' if len(terms) == 1 else 'them'}{others}. {then}"
            said.append(FitWarning(code, words, terms))
    if found.failed:
        words = f"{_without(list(found.failed), clusters)} the search found no estimate: cr3 gives no errors; cr3_one_step may."
        said.append(FitWarning("jackknife_without_estimate", words))
    return said


def _without(labels: list[str], clusters: Clusters) -> str:
    """Which clusters, at most three of them by name."""
    named = f"{clusters.column} {', '.join(labels[:_MOST_NAMED])}{', …' if len(labels) > _MOST_NAMED else ''}"
    return f"Without {named}" if len(labels) == 1 else f"Without any one of {len(labels)} of {clusters.n} clusters ({named})"


def _warnings_of_clusters(clusters: Clusters | None) -> list[FitWarning]:
    if clusters is None:
        return []
    sizes, found = np.bincount(clusters.place), []
    if clusters.n < _FEW_CLUSTERS:
        words = f"Only {clusters.n} clusters of {clusters.column}: cr0 and cr1 are too small with so few; rely on cr3."
        found.append(FitWarning("few_clusters", words))
    if (sizes == 1).all():
        found.append(FitWarning("singleton_clusters", f"Every row is a cluster of {clusters.column} of its own: nothing is clustered."))
    elif alone := int((sizes == 1).sum()):
        words = f"{alone} of {clusters.n} clusters of {clusters.column} hold a single row each."
        found.append(FitWarning("some_singleton_clusters", words))
    return found


def overdispersion(fitted: Fit) -> Overdispersion:
    """Twice the gain in log likelihood over the Poisson model, and its probability where α is 0.

    References: Self & Liang (1987), JASA 82:605–610 (a parameter on the boundary: half a point mass at 0, half χ² with one degree of freedom).
    """
    if fitted.family != "negative_binomial":
        raise DesignUnusable([f"overdispersion is a question to a negative binomial model, and this one is {fitted.family}"])
    poisson = fit_maximum(fitted.model.as_family(POISSON)).at.log_likelihood
    statistic = max(2.0 * (fitted.loglik - poisson), 0.0)
    return Overdispersion(statistic, 0.5 * float(chdtrc(1.0, statistic)) if statistic > 0.0 else 1.0, poisson)
