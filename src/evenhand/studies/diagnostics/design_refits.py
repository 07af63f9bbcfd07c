"""The models once more with one choice changed, and whether what they say changes with it.

Modelling choice: a refit is judged as the study's verdicts are, by the convention that leads. The study's own row holds exactly its own numbers.
Conventions that take long (cr3, cr2, the bootstrap) have a quick one in refits, cr3 with one Newton step in place of each fit, with the same degrees
of freedom as cr3. On the study's own fits it must agree with what leads to 2 % of every error that is judged; where it does not, refits of that model
are judged by what leads, however long it takes. A refit begins at the study's estimate: two or three passes over the table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.equity.conventions import Inference
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.newton import excess_over_poisson
from evenhand.equity.panel_reading import Panel
from evenhand.equity.verdicts import MARGIN, judge, percent_words
from evenhand.studies.five_models import CLUSTER, FIVE_MODELS, Model, StudyFits, fit_model, wanted_conventions
from evenhand.studies.hypotheses import HYPOTHESES, STAND_IN, Hypothesis, contrast_of, told
from evenhand.studies.results import Diagnostic, Standing
from evenhand.studies.term_carriers import carries

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
HOURS: Final = "restoration_hours"
GROUP: Final = "minority_share"
LEAST_TOLD: Final = 11
AGREES_WITHIN: Final = 0.02
_SLOW: Final = ("cr3", "cr2", "bootstrap")
_ESTIMATES_ONLY: Final[dict[str, str | None]] = {"observed": None}
REPORTING: Final = Hypothesis(
    "reporting",
    "Households without minority members that reported wait less long than others.",
    "3",
    {"participation": 1.0},
    "below",
    "Hours of a household without minority members that reported, beside a like household that did not",
    "",
)
# One of each pair of opposite claims: its verdict tells the other's.
FOLLOWED: Final = ("H1", "H2b", "H3b", "reporting", "service rule", "fair service rule")
LABELS: Final[Mapping[str, str]] = {
    "H1": "gap where nobody reports",
    "H2b": "odds of reporting",
    "H3b": "gap of reporters beside that of others",
    "gap among reporters": "gap among reporters",
    "reporting": "wait of reporters without minority members beside like households that did not report",
    "service rule": "wait by requests of the block group",
    "fair service rule": "gap by requests of the block group",
}
_BY_NAME: Final = {one.name: one for one in (*HYPOTHESES, REPORTING)}
_MODELS: Final = {one.number: one for one in FIVE_MODELS}
# What a verdict says of the ratio, by the direction that was claimed.
_SAID: Final = {
    "above": {"supported": "above 0 %", "contradicted": "below 0 %"},
    "below": {"supported": "below 0 %", "contradicted": "above 0 %"},
    "none": {"supported": "inside the margin", "contradicted": "beyond the margin"},
}


@dataclass(frozen=True, slots=True)
class Movement:
    """One hypothesis under one setting: its ratio with its 95 % interval, and what may be said of it. `why` where nothing can be.

    `is_as_studied` marks the study's own setting. `is_extreme` marks a worst case that nobody claims to be so.
    """

    setting: str
    hypothesis: str
    ratio: float
    ratio_low: float
    ratio_high: float
    outcome: str
    is_as_studied: bool = False
    is_extreme: bool = False
    why: str = ""

    @property
    def said(self) -> str:
        """What the interval says: above or below 0 %, inside the margin of equivalence, or not told apart from none."""
        plain = {"equivalent": "inside the margin", "inconclusive": "not told apart from none"}
        return plain.get(self.outcome) or _SAID[_BY_NAME[self.hypothesis].claim][self.outcome]

    def row(self) -> dict[str, Any]:
        """For the appendix, and for the list of claims. Without counts: those of neighbouring settings could be subtracted from each other."""
        return {
            "setting": self.setting,
            "hypothesis": self.hypothesis,
            "what": LABELS[self.hypothesis],
            "ratio": self.ratio,
            "ratio_low": self.ratio_low,
            "ratio_high": self.ratio_high,
            "outcome": self.outcome,
            "said": self.said,
            "is_as_studied": self.is_as_studied,
            "is_extreme": self.is_extreme,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Refits:
    """The study, and the arrays from which its models are fitted again: block groups as numbers, so that they need no sorting again.

    `errors` are the conventions that refits are judged by, by the number of the model.
    """

    panel: Panel
    study: StudyFits
    errors: Mapping[str, str]
    margin: float

    @classmethod
    def of(cls, panel: Panel, study: StudyFits, margin: float = MARGIN) -> Refits:
        ids: dict[str, NDArray[Any]] = {}
        if CLUSTER in panel.ids:
            ids[CLUSTER] = np.unique(panel.ids[CLUSTER].astype(str), return_inverse=True)[1].astype(np.int32)
        return cls(replace(panel, ids=ids), study, {number: _convention(number, study) for number in study.fits}, margin)

    @property
    def has_clusters(self) -> bool:
        """Are there block groups to be compared?"""
        return (self.panel.n_clusters or 0) >= 2

    @property
    def errors_words(self) -> str:
        """By which errors rows are judged: "errors: cr3 as studied, cr3_one_step in refits"."""
        lead, others = self.study.errors[0], dict.fromkeys(self.errors.values())
        if list(others) == [lead]:
            return f"errors: {lead}"
        if len(others) == 1:
            return f"errors: {lead} as studied, {STAND_IN} in refits"
        exact = [number for number, convention in self.errors.items() if convention == lead]
        return f"errors: {lead} as studied and in refits of model {listed(exact)}, {STAND_IN} in other refits"

    @property
    def hours(self) -> Floats:
        """Hours as the study takes them: rounded where it rounds."""
        hours = self.panel.numbers[HOURS]
        return np.rint(hours) if self.study.is_rounded else hours

    def refit(
        self,
        model: str | Model,
        changed: Mapping[str, Floats] | None = None,
        *,
        keep: Bools | None = None,
        scale: float = 1.0,
    ) -> Fit:
        """A model with columns replaced, households left out, and hours counted in another unit (`scale` of them to the hour); `judged` adds errors.

        Raises
        ------
        DesignUnusable
            Where nothing is left that could be fitted.
        """
        chosen = _MODELS[model] if isinstance(model, str) else model
        numbers = {**self.panel.numbers, HOURS: self.hours, **(changed or {})}
        numbers[HOURS] = numbers[HOURS] * scale if scale != 1.0 else numbers[HOURS]
        if keep is not None:
            numbers[chosen.outcome] = np.where(keep, numbers[chosen.outcome], np.nan)
        panel, start = replace(self.panel, numbers=numbers), self._start(chosen, scale)
        if scale < 1.0 and start is not None:
            # In days hours may vary less than counts of that size do: no dispersion is then left, and it is the Poisson model that is fitted.
            one = self._fitted(panel, replace(chosen, family="poisson"), start[:-1])
            if excess_over_poisson(one.model, one.coefficients) <= 0.0:
                return one
        return self._fitted(panel, chosen, start)

    def _fitted(self, panel: Panel, model: Model, start: Floats | None) -> Fit:
        return fit_model(panel, model, errors=_ESTIMATES_ONLY, is_weighted=self.study.is_weighted, start=start)

    def judged(self, fit: Fit, number: str) -> Fit:
        """A refit of a model with the errors that it is judged by."""
        errors = wanted_conventions([self.errors[number]])
        return fit.with_errors(errors, {CLUSTER: self.panel.ids[CLUSTER]} if CLUSTER in errors.values() else None)

    def _start(self, model: Model, scale: float) -> Floats | None:
        """The study's estimate of the same model, its constant moved with the unit."""
        if model.number not in self.study.fits:
            return None
        base = self.study.fits[model.number]
        start = base.maximum.parameters.copy()
        if model.family != "logit":
            start[base.names.index("Intercept")] += np.log(scale)
        return start

    def as_studied(self, setting: str, names: Sequence[str]) -> list[Movement]:
        """The study's own fits, with its own numbers."""
        fits, errors = self.study.fits, self.study.errors[0]
        return [self.movement(setting, name, fits[_BY_NAME[name].model], errors, is_as_studied=True) for name in _with_reporters(names)]

    def moved(
        self,
        setting: str,
        names: Sequence[str],
        changed: Mapping[str, Floats] | None = None,
        *,
        keep: Bools | None = None,
        scale: float = 1.0,
        is_extreme: bool = False,
    ) -> list[Movement]:
        """The hypotheses under a changed setting; a model that cannot be fitted then says why."""
        found: list[Movement] = []
        for number in dict.fromkeys(_BY_NAME[name].model for name in names):
            own = [name for name in _with_reporters(names) if _BY_NAME[name].model == number]
            try:
                fit = self.judged(self.refit(number, changed, keep=keep, scale=scale), number)
            except DesignUnusable as error:
                found += [untold(setting, name, error.message) for name in own]
            else:
                found += [self.movement(setting, name, fit, self.errors[number], is_extreme=is_extreme) for name in own]
        return found

    def movement(self, setting: str, name: str, fit: Fit, errors: str, *, is_as_studied: bool = False, is_extreme: bool = False) -> Movement:
        """What one fit says of one hypothesis by these errors."""
        hypothesis = _BY_NAME[name]
        try:
            found, note = told(fit, contrast_of(fit, hypothesis), errors)
        except DesignUnusable as error:
            return untold(setting, name, error.message)
        if not carries(fit, hypothesis.weights):
            return untold(setting, name, f"fewer than {LEAST_TOLD} households carry it")
        ratio, low, high = ratio_of(found)
        if not (math.isfinite(low) and math.isfinite(high)):
            return untold(setting, name, note)
        outcome = judge(low, high, hypothesis.claim, margin=self.margin)
        return Movement(setting, name, ratio, low, high, outcome, is_as_studied, is_extreme)


def _convention(number: str, study: StudyFits) -> str:
    """What refits of a model are judged by: what leads, or where that takes long one step of cr3, if the two agree on the study's own fit."""
    lead, fit = study.errors[0], study.fits[number]
    if lead not in _SLOW:
        return lead
    quick = fit.with_errors({STAND_IN: fit.errors_by(lead).cluster})
    for hypothesis in (one for one in _BY_NAME.values() if one.model == number):
        try:
            contrast = contrast_of(fit, hypothesis)
        except DesignUnusable:
            continue
        one, two = (quick.infer(contrast, errors=name).std_error for name in (lead, STAND_IN))
        if abs(two / one - 1.0) > AGREES_WITHIN:  # never where one of them does not exist
            return lead
    return STAND_IN


def _with_reporters(names: Sequence[str]) -> list[str]:
    """The gap among reporters comes with H3b, from the same fit: for the list of claims, and said in no sentence of its own."""
    return [*names, *(["gap among reporters"] if "H3b" in names else [])]


def untold(setting: str, name: str, why: str) -> Movement:
    """A hypothesis of which nothing can be said under a setting."""
    nan = float("nan")
    return Movement(setting, name, nan, nan, nan, "inconclusive", why=why)


@dataclass(frozen=True, slots=True)
class Moves:
    """What a set of settings does to each hypothesis: the words, the figures, and how serious it is."""

    sentences: tuple[str, ...]
    figures: Mapping[str, float]
    standing: Standing
    changed: tuple[str, ...]

    @property
    def words(self) -> str:
        return " ".join(self.sentences)


def moves_of(movements: Iterable[Movement], names: Sequence[str]) -> Moves:
    """Least and largest ratio of each hypothesis beside the study's, and at which settings its verdict is another.

    A claim that turns to its opposite is trouble; one that is no longer told, or first told, is caution.
    """
    rows = list(movements)
    sentences: list[str] = []
    figures: dict[str, float] = {}
    changed: list[str] = []
    turned = False
    for name in names:
        own = [one for one in rows if one.hypothesis == name]
        studied = next((one for one in own if one.is_as_studied), None)
        others = [one for one in own if not one.is_as_studied and not one.why]
        silent = [one.setting for one in own if one.why]
        if studied is None or studied.why or not others:
            continue
        low, high = min(others, key=lambda one: one.ratio), max(others, key=lambda one: one.ratio)
        figures |= {f"{name} as studied (ratio)": studied.ratio, f"{name} least (ratio)": low.ratio, f"{name} most (ratio)": high.ratio}
        other = [one for one in others if one.outcome != studied.outcome]
        turned = turned or any({studied.outcome, one.outcome} == {"supported", "contradicted"} for one in other)
        changed += [name] if other and name != REPORTING.name else []
        sentences.append(_sentence(studied, (low, high), other, silent))
    standing: Standing = "trouble" if turned else "caution" if changed else "sound"
    return Moves(tuple(sentences), figures, standing, tuple(changed))


def _sentence(studied: Movement, ends: tuple[Movement, Movement], other: Sequence[Movement], silent: Sequence[str]) -> str:
    start = f"{labelled(studied.hypothesis)}: {percent_words(studied.ratio)} as studied, {_reach(*ends)}"
    start += f" (not told: {', '.join(silent)})" if silent else ""
    if not other:
        return f"{start}; found throughout: {studied.said}."
    by_words: dict[str, list[str]] = {}
    for one in other:
        by_words.setdefault(one.said, []).append(one.setting)
    words = "; ".join(f"{said} ({', '.join(settings)})" for said, settings in by_words.items())
    return f"{start}; found as studied: {studied.said}, but {words}."


def _reach(low: Movement, high: Movement) -> str:
    if low is high:
        return f"{percent_words(low.ratio)} ({low.setting})"
    return f"from {percent_words(low.ratio)} ({low.setting}) to {percent_words(high.ratio)} ({high.setting})"


def untestable(name: str, title: str, tested: str, why: str, advice: str = "Read the study without this check.") -> Diagnostic:
    """A check that cannot be made."""
    return Diagnostic(name, title, f"{tested}.", {}, f"Cannot be tested because {why}.", advice, "not_testable")


def numbers_of(column: pa.ChunkedArray) -> Floats:
    """A column as float64, NaN where it is null."""
    return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy(), dtype=np.float64)


def hypothesis_of(name: str) -> Hypothesis:
    """A followed hypothesis by its name."""
    return _BY_NAME[name]


def ratio_of(found: Inference) -> tuple[float, float, float]:
    """A contrast as a ratio with its interval."""
    ratio, low, high = np.exp([found.estimate, found.conf_low, found.conf_high]).tolist()
    return ratio, low, high


def about(count: int) -> float:
    """A count of households to two digits, NaN for 1 to 10. From 11 to 99 that is the count itself, and has to pass the gate like any other."""
    if 0 < count < LEAST_TOLD:
        return float("nan")
    return float(f"{count:.2g}")


def about_households(count: int) -> str:
    """The same in words."""
    return f"fewer than {LEAST_TOLD} households" if 0 < count < LEAST_TOLD else f"about {about(count):,.0f} households" if count else "no household"


def finite(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that there are."""
    return {name: value for name, value in figures.items() if np.isfinite(value)}


def labelled(name: str) -> str:
    """What a hypothesis compares, at the head of a sentence, with its name where it is one of the study's."""
    words = LABELS[name][0].upper() + LABELS[name][1:]
    return words if name == REPORTING.name else f"{words} ({name})"


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
