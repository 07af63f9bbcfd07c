"""Do weights matter? Tests whether a model says the same of a weighted sample as of an unweighted one.

Modelling choice: a sample drawn by the outcome needs weights unless the model is right for everybody alike; so the question is put to each model.
DuMouchel and Duncan add every term once more, times the weight, and test all that was added: if the model holds alike wherever weights differ, it is
zero. What the added terms cannot tell apart from the model's own (weights follow participation, which may be a term) is removed first. Where the
weight is a function of the outcome itself, as in the logit of taking part, such terms separate the outcome and the test cannot be made; there the
slopes with and without weights are compared, by the covariance of their difference (Hausman's question with robust errors). The constant is left out
of that: it differs by the log of the sampling odds, as it must.

Covariances are robust: clusters left out in turn (one step each) where there are at least three times as many as terms under test, each row its own
otherwise. The Wald statistic of q terms and G clusters is referred to F(q, G − q) as Hotelling's T² is: the χ² would reject too often.

References: DuMouchel & Duncan (1983), JASA 78:535–543; Pfeffermann (1993), International Statistical Review 61:317–337, section 4; Prentice & Pyke
(1979), Biometrika 66:403–411.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from evenhand.equity.covariances import influences
from evenhand.equity.designs import INTERCEPT, Clusters
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fitting import fit_arrays

Floats = NDArray[np.float64]
DUMOUCHEL_DUNCAN: Final = "DuMouchel–Duncan"
SLOPES: Final = "difference of slopes"
LEVEL: Final = 0.05
_MATTERS: Final = (
    "weights change what this model says: it is not right for everybody alike, and unweighted figures are those of the sample, not of the city"
)
_NO_SIGN: Final = "no sign that weights change what this model says, which does not show that they do not"
_CLUSTERS_A_TERM: Final = 3
_WEIGHT: Final = "weight"


@dataclass(frozen=True, slots=True)
class WeightTest:
    """One model's answer. `test` is `DuMouchel–Duncan` or `difference of slopes`; figures are NaN where `why` says that it cannot be told."""

    model: str
    test: str
    n_terms: int
    statistic: float
    df: float
    p_value: float
    errors: str
    words: str
    why: str = ""


def weight_test(
    y: Floats, x: Floats, names: Sequence[str], weights: Floats, *, model: str = "", family: str = "negative_binomial", clusters: Any = None
) -> WeightTest:
    """Test whether weights change what a model says.

    Parameters
    ----------
    y, x, names
        As `equity.fit_arrays` takes them, with a column of ones named `Intercept`; no value missing.
    weights
        How many households each row stands for, shape (n,), above 0.
    model
        Its name, for the words.
    family
        `logit`, `poisson` or `negative_binomial`.
    clusters
        One value a row: errors respect that rows of a cluster go together. None takes rows as independent.
    """
    asked = _Asked(y, x, tuple(names), weights / weights.mean(), family, clusters)
    if not float(np.ptp(weights)) > 0.0:
        return _untold(model, DUMOUCHEL_DUNCAN, "all weights are equal")
    try:
        found = _difference_of_slopes(asked) if asked.weight_follows_outcome else _added_terms(asked)
    except DesignUnusable as error:
        return _untold(model, DUMOUCHEL_DUNCAN, error.message)
    return _judged(model, found)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One model's rows; weights have the mean 1."""

    y: Floats
    x: Floats
    names: tuple[str, ...]
    weights: Floats
    family: str
    clusters: Any

    @property
    def weight_follows_outcome(self) -> bool:
        """Is the weight known once the outcome is?"""
        y, w = self.y, self.weights
        return self.family == "logit" and all(float(np.ptp(w[y == value])) < 1e-9 * w.max() for value in (0.0, 1.0) if (y == value).any())


@dataclass(frozen=True, slots=True, eq=False)
class _UnderTest:
    """Quantities that are zero where weights do not matter, their covariance, and from how many independent `units`; none, and `why`, else."""

    test: str
    estimates: Floats
    covariance: Floats
    units: int
    errors: str
    why: str = ""


def _added_terms(asked: _Asked) -> _UnderTest:
    wide = np.column_stack([asked.x, asked.x * asked.weights[:, None]])
    added = [_WEIGHT if name == INTERCEPT else f"{name}:{_WEIGHT}" for name in asked.names]
    is_clustered = asked.clusters is not None and np.unique(asked.clusters).size >= _CLUSTERS_A_TERM * len(added)
    errors: dict[str, str | None] = {"cr3_one_step": "block_group"} if is_clustered else {"hc1": None}
    clusters = {"block_group": asked.clusters} if is_clustered else None
    fit = fit_arrays(asked.y, wide, [*asked.names, *added], family=asked.family, errors=errors, clusters=clusters)
    places = [fit.names.index(name) for name in added if name in fit.names]
    why = "" if places else "the weight is a combination of the model's own terms"
    units = fit.errors[0].n_clusters or fit.n - fit.coefficients.size
    words = fit.errors[0].words.partition(", t with")[0]  # the test has its own degrees of freedom
    return _UnderTest(DUMOUCHEL_DUNCAN, fit.coefficients[places], fit.covariance()[np.ix_(places, places)], units, words, why)


def _difference_of_slopes(asked: _Asked) -> _UnderTest:
    plain = fit_arrays(asked.y, asked.x, asked.names, family=asked.family)
    weighted = fit_arrays(asked.y, asked.x, asked.names, family=asked.family, weights=asked.weights)
    groups = _groups(asked.clusters, len(plain.names), asked.y.size)
    slopes = [place for place, name in enumerate(plain.names) if name != INTERCEPT]
    why = "" if plain.names == weighted.names and slopes else "weights leave other terms to be estimated"
    moved = influences(weighted.model, weighted.maximum, groups)[:, slopes] - influences(plain.model, plain.maximum, groups)[:, slopes]
    covariance = moved.T @ moved * (groups.n / (groups.n - 1))
    words = f"robust errors of the difference, {groups.n:,} {'clusters' if groups.n < asked.y.size else 'households'}"
    return _UnderTest(SLOPES, weighted.coefficients[slopes] - plain.coefficients[slopes], covariance, groups.n, words, why)


def _groups(clusters: Any, n_terms: int, n: int) -> Clusters:
    """The clusters, where they are enough; else each row is one."""
    if clusters is not None and (found := Clusters.of("block_group", clusters)).n >= _CLUSTERS_A_TERM * n_terms:
        return found
    return Clusters("row", np.arange(n, dtype=np.int32), tuple(map(str, range(n))))


def _judged(model: str, found: _UnderTest) -> WeightTest:
    q, units = found.estimates.size, found.units
    if found.why:
        return _untold(model, found.test, found.why)
    if units <= q or not np.isfinite(found.covariance).all():
        return _untold(model, found.test, f"{units:,} independent groups carry no test of {q} terms")
    try:
        wald = float(found.estimates @ np.linalg.solve(found.covariance, found.estimates))
    except np.linalg.LinAlgError:
        wald = math.nan
    if not wald >= 0.0:
        return _untold(model, found.test, "the covariance of what is tested is not positive definite")
    statistic = wald * (units - q) / (q * (units - 1.0))
    p_value = float(fdtrc(q, units - q, statistic))
    words = f"F({q}, {units - q:,}) = {statistic:.2f}, p {_p_words(p_value)}: {_MATTERS if p_value < LEVEL else _NO_SIGN}."
    return WeightTest(model, found.test, q, statistic, float(units - q), p_value, found.errors, words)


def _p_words(p_value: float) -> str:
    return f"= {p_value:.3f}" if p_value >= 0.001 else "< 0.001"


def _untold(model: str, test: str, why: str) -> WeightTest:
    nan = math.nan
    return WeightTest(model, test, 0, nan, nan, nan, "", f"Cannot be tested because {why}.", why)
