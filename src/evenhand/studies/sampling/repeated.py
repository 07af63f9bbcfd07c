"""Sampling as the study did it, and what a sample of any size would have said: sizes, seeds, weights, beside the whole population.

Modelling choice: the study took all reporters and 3,000 of those who did not report, and left weights out. Here that is repeated: for every size and
seed the models are fitted to such a sample without weights and with the inverse of the sampling odds, and both stand beside the same models of
all households, which a sample can only estimate. An unweighted sample by the outcome answers another question than the city's; how far off it is
shows as the distance of its mean over seeds from the population's figure. Whether that matters is tested on the one sample that is shown
(`weights`).

Households with a missing value in any column of the study are left out first, and counted. Where a size is larger than there are others, it is
left out and said.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, data section (samples of 600 to 5,000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.covariances import independent_errors
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.fitting import fit_arrays
from evenhand.equity.likelihoods import FAMILY_CODES, NONE, Likelihood
from evenhand.equity.newton import looks_separated, maximise
from evenhand.equity.panel_reading import STUDY_COLUMNS, Panel
from evenhand.studies.errors import StudyOptionInvalid
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS, Model, StudyFits
from evenhand.studies.results import BuiltPanel
from evenhand.studies.sampling.draws import Comparison, Description, Sample, compare_draw, describe, draw_sample
from evenhand.studies.sampling.published import SAMPLED, SIZES
from evenhand.studies.sampling.weights import WeightTest, weight_test

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
# A model of eight terms needs some of both kinds to begin with.
LEAST_OF_A_KIND: Final = 30
# Models 2 and 5 are 3 and 4 with a term less or more.
REPEATED: Final = tuple(model for model in FIVE_MODELS if model.number in {"1", "3", "4"})
Z_95: Final = 1.959964
COMMUNITY: Final = "community_participation"
# How near to its maximum a sample's estimate is taken.
_STANDARD_ERRORS: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SampledTerm:
    """One term of one model over all seeds of a size.

    `estimates` and `std_errors` are float64 of shape (seeds,), NaN where a sample gave none; errors are those of the observed information without
    weights, HC1 with them. `population` is the same coefficient in all households.
    """

    model: str
    term: str
    size: int
    is_weighted: bool
    estimates: Floats
    std_errors: Floats
    population: float

    @property
    def n(self) -> int:
        return int(np.isfinite(self.estimates).sum())

    @property
    def mean(self) -> float:
        return float(np.nanmean(self.estimates)) if self.n else math.nan

    @property
    def spread(self) -> float:
        """Standard deviation over seeds."""
        return float(np.nanstd(self.estimates, ddof=1)) if self.n > 1 else math.nan

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest estimate over the seeds."""
        return (float(np.nanmin(self.estimates)), float(np.nanmax(self.estimates))) if self.n else (math.nan, math.nan)

    @property
    def share_holding_population(self) -> float:
        """Share of samples whose 95 % interval holds the population's figure."""
        return self._share(np.abs(self.estimates - self.population) <= Z_95 * self.std_errors)

    @property
    def share_significant(self) -> float:
        """Share of samples in which the term differs from 0 at 5 %."""
        return self._share(np.abs(self.estimates) > Z_95 * self.std_errors)

    def _share(self, happened: NDArray[np.bool_]) -> float:
        return float(happened[np.isfinite(self.estimates)].mean()) if self.n else math.nan


@dataclass(frozen=True, slots=True, eq=False)
class SamplingStudy:
    """What samples of the population would have said.

    `community` is the count of the block group's requests that the models take: `study`, `others`, or empty where it is not known.
    `shown` is the sample that tables and tests are of (3,000 others where there are so many, and the first seed), `comparisons` its others beside
    all others, `descriptions` its variables and everyone's, `weight_tests` the question of weights by model. `terms` are the results over sizes and
    seeds. Without reporters or others enough, everything is empty and `why` says so.
    """

    n: int
    reporters: int
    non_reporters: int
    sizes: tuple[int, ...]
    seeds: int
    seed: int
    shown: Sample | None = None
    comparisons: tuple[Comparison, ...] = ()
    descriptions: tuple[Description, ...] = ()
    weight_tests: tuple[WeightTest, ...] = ()
    terms: tuple[SampledTerm, ...] = ()
    notes: tuple[str, ...] = ()
    why: str = ""
    community: str = ""
    is_synthetic: bool = False

    def of(self, model: str, term: str, *, is_weighted: bool) -> tuple[SampledTerm, ...]:
        """One term over the sizes, ascending."""
        return tuple(t for t in self.terms if (t.model, t.term, t.is_weighted) == (model, term, is_weighted))


def sampling_study(
    built_or_panel: BuiltPanel | Panel,
    *,
    sizes: Sequence[int] = SIZES,
    seeds: int = 20,
    seed: int = 8311,
    models: Sequence[Model] = REPEATED,
    population: StudyFits | None = None,
    progress: Progress | None = None,
) -> SamplingStudy:
    """Draw samples as the study did and lay their results beside the population's.

    Parameters
    ----------
    built_or_panel
        All households, with STUDY_COLUMNS; `weight` where the panel itself is a sample, `block_group` for errors that respect neighbours. Of a built
        panel the block group's requests are described and compared as the study counted them (`community_participation_raw`), whichever count the
        models take.
    sizes
        How many others are drawn, beside all reporters.
    seeds
        How many samples of each size.
    seed
        The same seed gives the same samples.
    models
        Those that are fitted to every sample; weights are asked about in all five.
    population
        Fits of the same panel without rounded hours, where there are any already; else they are made here.
    progress
        Called with (samples done, samples in all).

    Raises
    ------
    StudyOptionInvalid
        Sizes or seeds that are none.
    """
    _refuse(sizes, seeds)
    built = built_or_panel if isinstance(built_or_panel, BuiltPanel) else None
    panel = built_or_panel.panel if isinstance(built_or_panel, BuiltPanel) else built_or_panel
    frame = _Frame.of(panel, None if built is None else _counted_as_studied(built))
    community = "" if built is None else str(built.choices.get("community", ""))
    base = SamplingStudy(frame.n, frame.reporters, frame.n - frame.reporters, (), seeds, seed, community=community, is_synthetic=panel.is_synthetic)
    notes = _notes_of_missing(panel, frame)
    if min(base.reporters, base.non_reporters) < LEAST_OF_A_KIND:
        why = f"{base.reporters:,} households reported and {base.non_reporters:,} did not; at least {LEAST_OF_A_KIND} of each are needed"
        return replace(base, why=why, notes=notes)
    usable, more = _usable_sizes(sizes, base.non_reporters)
    shown = frame.sample(_shown_size(usable, base.non_reporters), seed, 0)
    plan = _Plan(tuple(models), usable, seeds, seed, {model.number: _population(frame, model, population) for model in models})
    return replace(
        base,
        sizes=usable,
        shown=shown,
        comparisons=compare_draw(frame.outcomes_and_terms(), frame.columns["participation"], shown),
        descriptions=describe(frame.as_published, shown, frame.weights),
        weight_tests=tuple(_weight_test(frame, model, shown) for model in FIVE_MODELS),
        terms=tuple(_over_samples(frame, plan, progress)),
        notes=(*notes, *more),
    )


def _refuse(sizes: Sequence[int], seeds: int) -> None:
    faults = [f"a sample's size was expected above 0, and {size} came" for size in sizes if size < 1]
    if seeds < 1:
        faults.append(f"at least one seed was expected, and {seeds} came")
    if faults:
        raise StudyOptionInvalid(faults)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """The households without a missing value, as arrays, and the matrix of every model when it is first asked for.

    `as_published` are the same columns with the block group's requests as the study counted them, where that count is known.
    """

    n: int
    columns: Mapping[str, Floats]
    as_published: Mapping[str, Floats]
    clusters: NDArray[Any] | None
    weights: Floats | None
    reporters: int
    matrices: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, panel: Panel, requests_as_studied: Floats | None = None) -> _Frame:
        complete = np.ones(panel.n, dtype=np.bool_)
        for name in STUDY_COLUMNS:
            complete &= np.isfinite(panel.numbers[name])
        columns = {name: panel.numbers[name][complete] for name in STUDY_COLUMNS}
        weights = panel.numbers["weight"][complete] if "weight" in panel.numbers else None
        if weights is not None and not (weights.size and float(np.ptp(weights)) > 0.0):
            weights = None
        clusters = panel.ids[CLUSTER][complete].astype(str) if CLUSTER in panel.ids else None
        counted = {} if requests_as_studied is None else {COMMUNITY: requests_as_studied[complete]}
        return cls(int(complete.sum()), columns, {**columns, **counted}, clusters, weights, int((columns["participation"] > 0.5).sum()))

    def outcomes_and_terms(self) -> dict[str, Floats]:
        """Every variable but participation, which no non-reporter has."""
        return {name: values for name, values in self.as_published.items() if name != "participation"}

    def matrix(self, model: Model) -> Floats:
        if model.number not in self.matrices:
            x = np.ones((self.n, len(model.terms) + 1))
            for place, term in enumerate(model.terms, start=1):
                for column in term.split(":"):
                    x[:, place] *= self.columns[column]
            self.matrices[model.number] = x
        return self.matrices[model.number]

    def sample(self, size: int, seed: int, stream: int) -> Sample:
        return draw_sample(self.columns["participation"], size=size, seed=seed, stream=stream, weights=self.weights)

    def fit(self, model: Model, *, rows: NDArray[np.intp] | None = None, weights: Floats | None = None) -> Fit:
        y, x = self.columns[model.outcome], self.matrix(model)
        if rows is not None:
            y, x = y[rows], x[rows]
        errors = "observed" if weights is None else "hc1"
        return fit_arrays(y, x, ("Intercept", *model.terms), family=model.family, errors=errors, weights=weights, outcome=model.outcome)


def _counted_as_studied(built: BuiltPanel) -> Floats | None:
    if "community_participation_raw" not in built.table.column_names:
        return None
    return np.asarray(built.table["community_participation_raw"].to_numpy(), dtype=np.float64)


def _notes_of_missing(panel: Panel, frame: _Frame) -> tuple[str, ...]:
    left = panel.n - frame.n
    return (f"{left:,} of {panel.n:,} households miss a value of the study and are in no sample.",) if left else ()


def _usable_sizes(sizes: Sequence[int], others: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
    ordered = sorted(set(sizes))
    notes = tuple(f"A sample of {size:,} cannot be drawn: {others:,} households did not report." for size in ordered if size > others)
    return tuple(size for size in ordered if size <= others), notes


def _shown_size(usable: Sequence[int], others: int) -> int:
    """The study's size where it can be drawn, else the largest that can; half of the others where none can."""
    return SAMPLED if SAMPLED in usable else max(usable) if usable else others // 2


def _population(frame: _Frame, model: Model, known: StudyFits | None) -> Fit | None:
    """The model of all households; of the known fits where they rest on the same rows and weights, None where it cannot be fitted."""
    fit = known.fits.get(model.number) if known is not None and not known.is_rounded else None
    if fit is None or fit.n != frame.n or (known is not None and known.is_weighted != (frame.weights is not None)):
        try:
            fit = frame.fit(model, weights=frame.weights)
        except DesignUnusable:
            return None
    return fit


def _weight_test(frame: _Frame, model: Model, sample: Sample) -> WeightTest:
    clusters = None if frame.clusters is None else frame.clusters[sample.rows]
    y, x = frame.columns[model.outcome][sample.rows], frame.matrix(model)[sample.rows]
    return weight_test(y, x, ("Intercept", *model.terms), sample.weights, model=model.number, family=model.family, clusters=clusters)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is drawn, and the population's fit by model."""

    models: tuple[Model, ...]
    sizes: tuple[int, ...]
    seeds: int
    seed: int
    population: Mapping[str, Fit | None]

    def start(self, model: Model) -> Floats | None:
        """Where a sample's search begins: at the population's maximum, if it has all terms."""
        fit = self.population[model.number]
        return fit.maximum.parameters if fit is not None and fit.converged and len(fit.names) == len(model.terms) + 1 else None

    def truth(self, model: Model) -> dict[str, float]:
        fit = self.population[model.number]
        return dict(zip(fit.names, fit.coefficients.tolist(), strict=True)) if fit is not None else {}


def _over_samples(frame: _Frame, plan: _Plan, progress: Progress | None) -> Iterator[SampledTerm]:
    total = plan.seeds * len(plan.sizes)
    for place, size in enumerate(plan.sizes):
        found = {
            (model.number, weighted): np.full((2, plan.seeds, len(model.terms) + 1), np.nan) for model in plan.models for weighted in (False, True)
        }
        for stream in range(plan.seeds):
            if progress:
                progress(place * plan.seeds + stream, total)
            sample = frame.sample(size, plan.seed, stream)
            for model in plan.models:
                for weighted in (False, True):
                    found[model.number, weighted][:, stream] = _estimates(frame, model, sample, is_weighted=weighted, start=plan.start(model))
        yield from _terms_of(size, plan, found)
    if progress:
        progress(total, total)


def _terms_of(size: int, plan: _Plan, found: Mapping[tuple[str, bool], Floats]) -> Iterator[SampledTerm]:
    for model in plan.models:
        truth = plan.truth(model)
        for place, term in enumerate(("Intercept", *model.terms)):
            at = truth.get(term, math.nan)
            for weighted in (False, True):
                estimates, errors = found[model.number, weighted][:, :, place]
                yield SampledTerm(model.number, term, size, weighted, estimates, errors, at)


def _estimates(frame: _Frame, model: Model, sample: Sample, *, is_weighted: bool, start: Floats | None = None) -> Floats:
    """Estimates and errors (2, terms) of one model in one sample; NaN for what it cannot tell."""
    weights = sample.weights if is_weighted else None
    if start is not None and (found := _climbed(frame, model, sample, weights, start)) is not None:
        return found
    names = ("Intercept", *model.terms)
    told = np.full((2, len(names)), np.nan)
    try:
        fit = frame.fit(model, rows=sample.rows, weights=weights)
    except DesignUnusable:
        return told
    if fit.converged:
        places = [names.index(name) for name in fit.names]
        told[0, places], told[1, places] = fit.coefficients, np.sqrt(np.diag(fit.covariance()))
    return told


def _climbed(frame: _Frame, model: Model, sample: Sample, weights: Floats | None, start: Floats) -> Floats | None:
    """The same from the population's estimates on, in a third of the time; None where anything is unusual, and the whole fit is to see to it."""
    y, x = frame.columns[model.outcome][sample.rows], frame.matrix(model)[sample.rows]
    likelihood = Likelihood.of(FAMILY_CODES[model.family], x, y, weights=NONE if weights is None else weights)
    if start.size != likelihood.n_parameters:
        return None
    maximum = maximise(likelihood, start, tolerance=_STANDARD_ERRORS)
    if not maximum.converged or looks_separated(likelihood, maximum):
        return None
    covariance = independent_errors("observed" if weights is None else "hc1", likelihood, maximum).covariance
    return np.stack([maximum.parameters[: x.shape[1]], np.sqrt(np.diag(covariance))])
