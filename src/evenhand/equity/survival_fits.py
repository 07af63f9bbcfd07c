"""What every survival model here returns, and the errors they share.

Modelling choice: conventions, each by its name. `observed` inverts the observed information (households independent, a weight as that many of them).
`robust` is given where there are weights and no clusters, and is then the default: sampling weights are no counts, so every row is a cluster of its
own, with the factor n / (n - 1). `cr1` is the cluster sandwich of score sums with the factor G / (G - 1). `cr3_one_step` leaves every cluster out in
turn and takes one Newton step from the full estimate (factor (G - 1) / G): the leave-one-cluster-out jackknife without its last iterations. It is the
default where a cluster's share of the information can be told apart, as it can in likelihoods that add up over households; Cox's partial likelihood
is none of them, and its default is `cr1`. Clustered conventions use t with G - 1 degrees of freedom, which is too many for a term that varies only
between areas.

References: Lin & Wei (1989), JASA 84:1074–1078; Cameron & Miller (2015), J. Human Resources 50:317–372; MacKinnon, Nielsen & Webb (2023),
J. Econometrics 232:272–299 (cluster jackknife).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.errors import SurvivalArraysUnusable
from evenhand.equity.kaplan_meier import Bools, Floats, Labels, refuse_unusable
from evenhand.equity.term_rows import LEVEL, TermRow, term_row

MOST_STEPS: Final = 100
CLUSTERED: Final = ("cr3_one_step", "cr1")
# A Newton step below this share of a standard error no longer moves any printed digit.
STEP_TOLERANCE: Final = 1e-10
_SMALL_STEP: Final = 1e-7


class Pieces(NamedTuple):
    """Log likelihood of some rows with its first derivatives and negative second ones."""

    loglik: float
    score: Floats
    information: Floats


@dataclass(frozen=True, slots=True, eq=False)
class SurvivalFit:
    """A fitted survival model. `estimates` (p,) are on the log scale; `covariances` holds one (p, p) a convention.

    `ratio_name` says what exp(estimate) is: a hazard ratio (above 1: power comes back sooner) or a time ratio (above 1: it takes longer).
    `dropped` are (column, reason, rows) left out beforehand; `warnings` are sentences about the fit itself.
    """

    family: str
    terms: tuple[str, ...]
    estimates: Floats
    covariances: dict[str, Floats]
    ratio_name: str
    n: int
    n_restored: int
    n_clusters: int | None
    loglik: float
    newton_step: float
    converged: bool
    ancillary: dict[str, float]
    default_errors: str
    dropped: tuple[tuple[str, str, int], ...] = ()
    warnings: tuple[str, ...] = ()

    def std_errors(self, errors: str | None = None) -> Floats:
        return np.sqrt(np.diag(self.covariances[errors or self.default_errors]))

    def degrees_of_freedom(self, errors: str | None = None) -> float | None:
        """G - 1 for clustered conventions, None (normal) for the others."""
        return float(self.n_clusters - 1) if (errors or self.default_errors) in CLUSTERED and self.n_clusters else None

    def tidy(self, *, errors: str | None = None, level: float = LEVEL) -> tuple[TermRow, ...]:
        """A row a term under a convention: estimate on the log scale, and the ratio with its interval. Null hypothesis: the estimate is 0."""
        df = self.degrees_of_freedom(errors)
        return tuple(
            term_row(term, float(estimate), float(error), df, level)
            for term, estimate, error in zip(self.terms, self.estimates, self.std_errors(errors), strict=True)
        )

    def linear_combination(self, weights: dict[str, float], *, errors: str | None = None, level: float = LEVEL) -> TermRow:
        """A weighted sum of terms with its delta-method error; `{"minority_share": 1, "minority_share:reported": 1}`."""
        unknown = sorted(set(weights) - set(self.terms))
        if unknown:
            raise SurvivalArraysUnusable([f"the terms are {', '.join(self.terms)}, and {', '.join(unknown)} came"])
        by = np.array([weights.get(term, 0.0) for term in self.terms])
        name = " + ".join(term if weight == 1 else f"{weight:g} {term}" for term, weight in weights.items())
        variance = float(by @ self.covariances[errors or self.default_errors] @ by)
        return term_row(name, float(by @ self.estimates), math.sqrt(variance), self.degrees_of_freedom(errors), level)


def newton(pieces_of: Callable[[Floats], Pieces], start: Floats) -> tuple[Floats, Pieces, float]:
    """Maximise by Newton with the observed information, halving steps that do not climb. Gives estimate, pieces there and the last step.

    The step is measured in standard errors: the square root of score' information⁻¹ score.
    """
    at, here = start, pieces_of(start)
    step = math.inf
    for _ in range(MOST_STEPS):
        before, move = step, solved(here.information, here.score)
        step = math.sqrt(max(float(move @ here.score), 0.0))
        # Newton squares a small step: one that no longer shrinks is the rounding of a sum over many rows.
        if step < STEP_TOLERANCE or (before < _SMALL_STEP and step > before / 2.0):
            break
        at, here, has_climbed = _climbed(pieces_of, at, here, move)
        if not has_climbed:
            break
    return at, here, step


def _climbed(pieces_of: Callable[[Floats], Pieces], at: Floats, here: Pieces, move: Floats) -> tuple[Floats, Pieces, bool]:
    for halving in range(30):
        there = at + move / 2.0**halving
        with np.errstate(over="ignore", invalid="ignore"):
            pieces = pieces_of(there)
        # Near the top the gain is smaller than the rounding of a sum over many rows.
        if np.isfinite(pieces.loglik) and pieces.loglik >= here.loglik - 1e-11 * (1.0 + abs(here.loglik)):
            return there, pieces, True
    return at, here, False


def solved(information: Floats, score: Floats) -> Floats:
    """information⁻¹ score; least squares where the information is singular, so that a fit can say so instead of crashing."""
    try:
        return np.asarray(np.linalg.solve(information, score))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(information, score, rcond=None)[0])


def rows_by_cluster(clusters: Labels) -> list[NDArray[np.intp]]:
    """Row numbers of each cluster, in the order of the sorted labels."""
    _, place = np.unique(clusters, return_inverse=True)
    order = np.argsort(place, kind="stable")
    return np.split(order, np.cumsum(np.bincount(place))[:-1])


def additive_covariances(whole: Pieces, by_cluster: Sequence[Pieces] | None) -> dict[str, Floats]:
    """Covariances of a likelihood that adds up over households: observed, and with clusters also cr1 and cr3_one_step."""
    observed = np.asarray(np.linalg.pinv(whole.information))
    found = {"observed": observed}
    if by_cluster is not None and len(by_cluster) > 1:
        g = len(by_cluster)
        scores = np.stack([one.score for one in by_cluster])
        found["cr1"] = robust_covariance(observed, scores)
        steps = np.stack([solved(whole.information - one.information, one.score) for one in by_cluster])
        found["cr3_one_step"] = (g - 1) / g * steps.T @ steps
    return found


def robust_covariance(observed: Floats, scores: Floats) -> Floats:
    """The sandwich about the inverse information `observed` (p, p) of scores (n, p), a row each: rows are independent, weights whatever they are."""
    n = scores.shape[0]
    return np.asarray(n / (n - 1) * observed @ (scores.T @ scores) @ observed)


def default_errors_of(covariances: dict[str, Floats]) -> str:
    """The most careful convention that was worked out."""
    return next(name for name in (*CLUSTERED, "robust", "observed") if name in covariances)


def checked_design(hours: Floats, restored: Bools, design: Floats, terms: Sequence[str], *, clusters: Labels | None, weights: Floats | None) -> None:
    """Refuse arrays that do not fit together, missing values and columns that are combinations of others, all at once."""
    refuse_unusable(hours, restored, clusters, weights)
    faults: list[str] = []
    if design.ndim != 2 or design.shape != (hours.size, len(terms)):
        faults.append(f"a design of shape ({hours.size}, {len(terms)}) was expected for {len(terms)} terms, and {design.shape} came")
    elif not np.isfinite(design).all():
        faults.append(f"missing or infinite values came in {', '.join(t for t, c in zip(terms, design.T, strict=True) if not np.isfinite(c).all())}")
    elif redundant := redundant_terms(design, terms):
        faults.append(f"{', '.join(redundant)} can be computed from the terms before: leave them out")
    if not restored.any():
        faults.append("nobody was restored, so that nothing can be said of when")
    if faults:
        raise SurvivalArraysUnusable(faults)


def redundant_terms(design: Floats, terms: Sequence[str]) -> list[str]:
    """Terms that are constant or a linear combination of those before them (an intercept counts as the first)."""
    centred = design - design.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    flat = spread <= 1e-12 * (1.0 + np.abs(design).max(axis=0, initial=0.0))
    scaled = centred / np.where(flat, 1.0, spread) / math.sqrt(max(design.shape[0], 1))
    left_over = np.abs(np.diag(np.linalg.qr(np.where(flat, 0.0, scaled), mode="r"))) if design.shape[0] >= design.shape[1] else np.zeros(len(terms))
    return [term for term, amount in zip(terms, left_over, strict=True) if amount < 1e-9]


def few_clusters_warning(n_clusters: int | None) -> tuple[str, ...]:
    """What a reader must know of errors by cluster."""
    if n_clusters == 1:
        return ("There is one cluster only: errors by cluster cannot be told, and the observed information is used.",)
    if n_clusters is not None and n_clusters < 20:
        return (f"{n_clusters} clusters are few: intervals by cluster are too narrow by an amount that nobody knows.",)
    return ()


def cluster_count(clusters: Labels | None) -> int | None:
    return None if clusters is None else int(np.unique(clusters).size)


def as_design(columns: dict[str, Any]) -> tuple[Floats, tuple[str, ...]]:
    """A design (n, p) and its terms from named columns."""
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns.values()]), tuple(columns)
