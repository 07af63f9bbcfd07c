"""The study's hypotheses, each put to a contrast of the five models, and the city-wide gaps that stand beside them.

Modelling choice: a hypothesis is a contrast of coefficients with its own interval, never a count of stars. The gap among those who reported is the
sum of two coefficients and is said as such: it is not the city's gap. "No difference" is said only inside the declared margin. One more request is a
small thing: its direction is judged by itself, and whether it matters, by the spread (one standard deviation) that requests have in the panel.

Seven of the claims are contrasts of their own, the others their opposites; who asks seven questions finds something more often than who asks one. So
their p-values are adjusted by Holm, and verdicts, which are each about one question, are read beside them.

Where cr3 has no error, because without some one block group the model has no finite estimate, `cr3_one_step` stands in for it and is named. It
leaves each block group out too, by one step from the whole, and so feels how much hangs on that very block group. The score bootstrap leaves none
out: it takes the scores at the whole estimate, which are small just where one block group bends the fit to itself, and would be too sure there. Where
even one step does not exist, one block group holds all that is known, and the verdict says so. Which block group it is tells of its households, and
is said only where that was asked for.

Reference: Holm (1979), Scandinavian J. Statistics 6:65–70.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import Errors, Inference
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.gamma_differences import Floats
from evenhand.equity.multiplicity import benjamini_hochberg, holm
from evenhand.equity.panel_reading import Panel
from evenhand.equity.standardised_gaps import PARTICIPATION, Participation, StandardisedGap, bootstrapped_gap, standardised_gap
from evenhand.equity.verdicts import MARGIN, Claim, Verdict, verdict
from evenhand.studies.five_models import Model, StudyFits, fit_model, wanted_conventions

ADJUSTED: Final = "house age, income and density as they are; nothing else that tells the groups' waits apart is left out of the model"
LEVEL: Final = 0.05  # a p-value below it is a finding
EXACT: Final = "cr3"
STAND_IN: Final = "cr3_one_step"
SOME_BLOCK_GROUP: Final = "some one block group"
STOOD_IN: Final = f"by {STAND_IN}, because without {{}} the model has no finite estimate and {EXACT} no error"
NOTHING_LEFT: Final = "without {} nothing is known of it"
_MOST_NAMED: Final = 3
UNADJUSTED_MODEL: Final = Model("0", "Hours: unadjusted", "negative_binomial", "restoration_hours", ("minority_share",))


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A claim about a sum of coefficients of one model. `by` scales it: 1, or the column whose standard deviation does."""

    name: str
    claim_words: str
    model: str
    weights: Mapping[str, float]
    claim: Claim
    comparison: str
    assumed: str
    by: str = ""


_COMMUNITY: Final = "community_participation"
HYPOTHESES: Final = (
    Hypothesis(
        "H1",
        "Where nobody reports, minority households wait longer.",
        "3",
        {"minority_share": 1.0},
        "above",
        "Hours of an all-minority household that did not report, beside a like household without minority members that did not",
        ADJUSTED,
    ),
    Hypothesis(
        "H2a",
        "Minority households report less.",
        "1",
        {"minority_share": 1.0},
        "below",
        "Odds of reporting of an all-minority household, beside a like household without minority members",
        "the model's other columns as they are; households with equal need to report are compared",
    ),
    Hypothesis(
        "H2b",
        "Minority households report more.",
        "1",
        {"minority_share": 1.0},
        "above",
        "Odds of reporting of an all-minority household, beside a like household without minority members",
        "the model's other columns as they are; households with equal need to report are compared",
    ),
    Hypothesis(
        "H3a",
        "Reporting widens the gap.",
        "3",
        {"minority_share:participation": 1.0},
        "above",
        "The gap's ratio among households that reported, beside its ratio among those that did not",
        f"{ADJUSTED}; who reported had no other reason to be restored sooner or later; a report was possible only while still out",
    ),
    Hypothesis(
        "H3b",
        "Reporting narrows the gap.",
        "3",
        {"minority_share:participation": 1.0},
        "below",
        "The gap's ratio among households that reported, beside its ratio among those that did not",
        f"{ADJUSTED}; who reported had no other reason to be restored sooner or later; a report was possible only while still out",
    ),
    Hypothesis(
        "gap among reporters",
        "Among households that reported, minority households wait as long as others.",
        "3",
        {"minority_share": 1.0, "minority_share:participation": 1.0},
        "none",
        "Hours of an all-minority household that reported, beside a like household without minority members that reported",
        f"{ADJUSTED}; this is the gap among those who reported and not the city's",
    ),
    Hypothesis(
        "minority reporters",
        "Minority households that reported wait as long as others that did not.",
        "3",
        {"minority_share": 1.0, "participation": 1.0, "minority_share:participation": 1.0},
        "none",
        "Hours of an all-minority household that reported, beside a like household without minority members that did not",
        f"{ADJUSTED}; it mixes what reporting goes with and what the group goes with",
    ),
    Hypothesis(
        "service rule",
        "More requests of a block group go with shorter waits.",
        "4",
        {_COMMUNITY: 1.0},
        "below",
        "Hours where a block group made one standard deviation more requests, beside a like household elsewhere",
        f"{ADJUSTED}; longer outages make more requests, so that this is an association only",
        by=_COMMUNITY,
    ),
    Hypothesis(
        "fair service rule",
        "What requests go with is the same for minority households.",
        "5",
        {f"minority_share:{_COMMUNITY}": 1.0},
        "none",
        "The gap's ratio where a block group made one standard deviation more requests, beside its ratio elsewhere",
        f"{ADJUSTED}; longer outages make more requests, so that this is an association only",
        by=_COMMUNITY,
    ),
)
# One of each pair of opposite claims: as one contrast they are one test.
TESTED_ONCE: Final = ("H1", "H2b", "H3b", "gap among reporters", "minority reporters", "service rule", "fair service rule")


def verdicts(study: StudyFits, *, margin: float = MARGIN, names_places: bool = False) -> tuple[Verdict, ...]:
    """Each hypothesis judged by the study's first convention; one whose terms were removed is inconclusive, with the reason.

    With `names_places`, notes name the block group without which there is no estimate; that tells of its households.
    """
    return tuple(_judged(hypothesis, study.fits[hypothesis.model], study.errors[0], margin, names_places) for hypothesis in HYPOTHESES)


def _judged(hypothesis: Hypothesis, fit: Fit, errors: str, margin: float, names_places: bool) -> Verdict:
    ratio, note = (float("nan"), float("nan"), float("nan")), ""
    try:
        found, note = told(fit, contrast_of(fit, hypothesis), errors, names_places=names_places)
    except DesignUnusable as error:
        note = error.message.rstrip(".")
    else:
        one, low, high = np.exp([found.estimate, found.conf_low, found.conf_high]).tolist()
        ratio = (one, low, high)
    return verdict(
        hypothesis.name,
        hypothesis.comparison,
        ratio,
        hypothesis.claim,
        claim_words=hypothesis.claim_words,
        assumed=hypothesis.assumed,
        margin=margin,
        note=note,
    )


def inference(hypothesis: Hypothesis, fit: Fit, errors: str | None = None) -> Inference:
    """A hypothesis's contrast of a fit of its model, on the log scale; by `cr3_one_step` where cr3 has no error.

    Raises
    ------
    DesignUnusable
        Where a term that it names was removed from the model.
    """
    return told(fit, contrast_of(fit, hypothesis), errors)[0]


def told(fit: Fit, contrast: Floats, errors: str | None = None, *, names_places: bool = False) -> tuple[Inference, str]:
    """Inference for a contrast (p,) by a convention, and a note: empty, or that another stood in for it, or why there is no interval."""
    found, chosen = fit.infer(contrast, errors=errors), fit.errors_by(errors)
    if math.isfinite(found.conf_low):
        return found, ""
    if chosen.convention not in {EXACT, STAND_IN}:
        return found, f"{chosen.convention} gives no error for it"
    if chosen.convention == EXACT:
        fit = fit.with_errors({STAND_IN: chosen.cluster})
        found = fit.infer(contrast, errors=STAND_IN)
    missed, words = (chosen, STOOD_IN) if math.isfinite(found.conf_low) else (fit.errors_by(STAND_IN), NOTHING_LEFT)
    return found, words.format(_places(_needed(fit, missed, contrast != 0.0)) if names_places else SOME_BLOCK_GROUP)


def _needed(fit: Fit, errors: Errors, used: NDArray[np.bool_]) -> tuple[str, ...]:
    """The block groups without which a jackknife has no estimate of the used terms (p,)."""
    assert errors.shifts is not None
    assert errors.cluster is not None
    labels = fit.design.clusters[errors.cluster].labels
    return tuple(labels[g] for g in np.flatnonzero(np.isnan(errors.shifts[:, used]).any(axis=1)))


def _places(labels: Sequence[str]) -> str:
    """One block group, or any one of several, at most three of them by name."""
    if len(labels) == 1:
        return f"block group {labels[0]}"
    return f"any one of {len(labels)} block groups ({', '.join(labels[:_MOST_NAMED])}{', …' if len(labels) > _MOST_NAMED else ''})"


def contrast_of(fit: Fit, hypothesis: Hypothesis) -> Floats:
    """A hypothesis's weights (p,) of a fit's coefficients.

    Raises
    ------
    DesignUnusable
        Where a term that it names was removed from the model.
    """
    contrast = np.zeros(len(fit.names))
    size = _spread(fit, hypothesis.by) if hypothesis.by else 1.0
    for term, weight in hypothesis.weights.items():
        contrast[fit.design.term_place(term)] = size * weight
    return contrast


def _spread(fit: Fit, column: str) -> float:
    """The standard deviation of a column among the households that the rows stand for."""
    values, weights = fit.design.columns[column], fit.design.weights if fit.design.weights.size else None
    return math.sqrt(np.average((values - np.average(values, weights=weights)) ** 2, weights=weights))


@dataclass(frozen=True, slots=True)
class AskedAtOnce:
    """A hypothesis's contrast against no difference, as one of several that were asked of one panel.

    `p_value` is its own, `holm` bounds the chance of any false finding among all that were asked, `benjamini_hochberg` the share of false ones among
    the findings; NaN where there is no p-value. `why` is the note of its verdict.
    """

    hypothesis: str
    p_value: float
    holm: float
    benjamini_hochberg: float
    why: str


def asked_at_once(study: StudyFits, *, names_places: bool = False) -> tuple[AskedAtOnce, ...]:
    """The study's contrasts, each once, with p-values by its first convention and adjusted for having asked all; `names_places` as in `verdicts`."""
    found = [_p_value(next(one for one in HYPOTHESES if one.name == name), study, names_places) for name in TESTED_ONCE]
    p_values = np.array([p for p, _ in found])
    adjusted = zip(TESTED_ONCE, found, holm(p_values).tolist(), benjamini_hochberg(p_values).tolist(), strict=True)
    return tuple(AskedAtOnce(name, p, by_holm, by_share, why) for name, (p, why), by_holm, by_share in adjusted)


def _p_value(hypothesis: Hypothesis, study: StudyFits, names_places: bool) -> tuple[float, str]:
    fit = study.fits[hypothesis.model]
    try:
        found, note = told(fit, contrast_of(fit, hypothesis), study.errors[0], names_places=names_places)
    except DesignUnusable as error:
        return math.nan, error.message
    return found.p_value, note


@dataclass(frozen=True, slots=True)
class NamedGap:
    """A city-wide gap under the words that it is printed by; `gap` is None where it cannot be told, and `why` says so."""

    name: str
    words: str
    gap: StandardisedGap | None
    why: str = ""


def city_gaps(panel: Panel, study: StudyFits, *, bootstrap_draws: int = 0, names_places: bool = False) -> tuple[NamedGap, ...]:
    """The gap of the whole city between all-minority and no-minority households: unadjusted first, then adjusted, by how taking part is held.

    `names_places` as in `verdicts`.
    """
    errors = wanted_conventions(study.errors[:1])
    plain = fit_model(panel, UNADJUSTED_MODEL, errors=errors, round_hours=study.is_rounded, is_weighted=study.is_weighted)
    three = study.fits["3"]
    settings: tuple[tuple[str, str, Fit, Participation | None], ...] = (
        ("unadjusted", "minority share alone: income, density and house age may carry it", plain, None),
        ("participation fixed", "adjusted; every household reports, or not, as it did", three, "fixed"),
        ("participation redrawn", "adjusted; who reports is drawn anew at each minority share, by model 1", three, "redrawn"),
        ("nobody reports", "adjusted; nobody reports", three, "nobody"),
        ("everybody reports", "adjusted; everybody reports: far from what was seen", three, "everybody"),
    )
    found = []
    for name, words, fit, held in settings:
        try:
            gap = _gap(fit, held, study, bootstrap_draws)
        except DesignUnusable as error:
            found.append(NamedGap(name, words, None, error.message))
        else:
            is_told = math.isfinite(gap.conf_low)
            found.append(NamedGap(name, words, gap) if is_told else NamedGap(name, words, None, _why_not(fit, held, study, names_places)))
    return tuple(found)


def _why_not(fit: Fit, held: Participation | None, study: StudyFits, names_places: bool) -> str:
    """Why a gap has no interval; where nobody reports, terms of reporting have no part in it."""
    errors = study.errors[0]
    if errors not in {EXACT, STAND_IN}:
        return f"{errors} gives no error for it"
    if not names_places:
        return NOTHING_LEFT.format(SOME_BLOCK_GROUP)
    needed: list[str] = []
    for one in (fit, *([study.fits["1"]] if held == "redrawn" else [])):
        by_one_step = one.with_errors({STAND_IN: one.errors_by(errors).cluster})
        used = np.array([held != "nobody" or PARTICIPATION not in name.split(":") for name in one.names])
        needed += _needed(by_one_step, by_one_step.errors_by(STAND_IN), used)
    return NOTHING_LEFT.format(_places(tuple(dict.fromkeys(needed))))


def _gap(fit: Fit, held: Participation | None, study: StudyFits, draws: int) -> StandardisedGap:
    if draws:
        return bootstrapped_gap(fit, participation=held, participating=study.fits["1"], draws=draws)
    errors, participating = study.errors[0], study.fits["1"]
    gap = standardised_gap(fit, participation=held, participating=participating, errors=errors)
    if errors != EXACT or math.isfinite(gap.conf_low):
        return gap
    one_step = {STAND_IN: fit.errors_by(EXACT).cluster}
    return standardised_gap(fit.with_errors(one_step), participation=held, participating=participating.with_errors(one_step), errors=STAND_IN)
