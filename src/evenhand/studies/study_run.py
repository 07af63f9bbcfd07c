"""The whole protocol: meter readings and raw tables become the finished study of every household, by both presets.

Modelling choice: what a preset chooses begins with the panel and not with the models: who is in, how the block group's requests are counted, who is
sampled. So each preset has its panel and its five models; the one that leads also has the city's gaps, the verdicts, the samples, the checks and the
claims. The other's gaps and verdicts stand beside them, so that a reader sees what rests on the choice. Nothing is random but what takes the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from evenhand.equity.verdicts import MARGIN, Verdict
from evenhand.meters.data_warnings import DetectionWarning
from evenhand.meters.detect import ROBUST, detect
from evenhand.meters.detections import Detections
from evenhand.meters.formats.opening import Readings
from evenhand.meters.formats.source import ReadingSource
from evenhand.meters.parameters import Rule, StormEvent
from evenhand.meters.summary import DetectionSummary
from evenhand.studies.claims import claims
from evenhand.studies.diagnostics.design import design_diagnostics
from evenhand.studies.diagnostics.model import model_diagnostics
from evenhand.studies.five_models import PRESETS, StudyFits, fit_five_models
from evenhand.studies.group_facts import GroupComparison, compare_groups
from evenhand.studies.hypotheses import NamedGap, city_gaps, verdicts
from evenhand.studies.other_models import OtherModel, other_models
from evenhand.studies.panel.building import build_panel, preset_choices
from evenhand.studies.raw.tables import RawTables
from evenhand.studies.results import BuiltPanel, Claim, Diagnostic
from evenhand.studies.sampling.repeated import SamplingStudy, sampling_study

SEED: Final = 8311
# How many samples of each size show how much a sample's figures move; more of them make that figure smoother, and nothing else.
SAMPLE_SEEDS, THOROUGH_SEEDS = 5, 20
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class StudyWishes:
    """What is chosen before anybody looks.

    `services` are codes or names of the services whose requests count ("all": of every one), None where there is one alone. `margin` is a share: 0.05
    takes differences of up to ±5 % for too small to matter.
    """

    event: StormEvent
    preset: str = "default"
    window_hours: float = 48.0
    services: tuple[str, ...] | None = None
    match_metres: float = 30.0
    margin: float = MARGIN
    seed: int = SEED
    is_thorough: bool = False
    is_synthetic: bool = False
    rule: Rule = field(default_factory=lambda: ROBUST)


@dataclass(frozen=True, slots=True, eq=False)
class DetectedStorm:
    """What the meters said before anybody was left out."""

    summary: DetectionSummary
    reasons: Mapping[str, int]
    warnings: tuple[DetectionWarning, ...]
    rule: str
    interval_minutes: int
    readings_begin: datetime
    readings_end: datetime
    n_rows: int


@dataclass(frozen=True, slots=True, eq=False)
class PresetStudy:
    """One preset's way from the same tables: its panel, its five models, its gaps of the city and its verdicts."""

    built: BuiltPanel
    fits: StudyFits
    gaps: tuple[NamedGap, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def name(self) -> str:
        return self.fits.preset.name


@dataclass(frozen=True, slots=True, eq=False)
class StudyResults:
    """The finished study. `main` is by the preset that leads, `other` by the other one; all that follows them rests on `main`."""

    wishes: StudyWishes
    storm: DetectedStorm
    main: PresetStudy
    other: PresetStudy
    groups: GroupComparison
    other_models: tuple[OtherModel, ...]
    sampling: SamplingStudy
    diagnostics: tuple[Diagnostic, ...]
    claims: tuple[Claim, ...]

    @property
    def is_synthetic(self) -> bool:
        """Do the inputs, or whoever ran the study, say that no such household exists?"""
        return self.wishes.is_synthetic or self.main.built.panel.is_synthetic or self.other.built.panel.is_synthetic


def run_study(readings: Readings | ReadingSource, raw: RawTables, wishes: StudyWishes, *, progress: Progress | None = None) -> StudyResults:
    """Do the whole study.

    Parameters
    ----------
    readings
        What `evenhand.meters.detect` takes.
    raw
        Requests, households and areas, read and checked.
    wishes
        The event and the choices.
    progress
        Called with (step in words, done, total) from the calling thread.

    Raises
    ------
    EvenhandError
        What the steps raise: of `detect` for readings that cannot carry the event, of `build_panel` where tables and readings do not meet, of
        `fit_five_models` where a model cannot be fitted at all.
    """
    tell = progress or _silent
    found = detect(readings, event=wishes.event, rule=wishes.rule, progress=lambda done, total: tell("Reading the meters", done, total))
    return study_of(found, raw, wishes, progress=tell)


def study_of(
    found: Detections, raw: RawTables, wishes: StudyWishes, *, progress: Progress | None = None, second: Executor | None = None
) -> StudyResults:
    """The study from outages that were already detected; parameters and errors as in `run_study`. `second` does what waits for nobody."""
    tell = progress or _silent
    readings_end = _storm(found).readings_end
    compared = next(name for name in PRESETS if name != wishes.preset)
    panels = {}
    for done, name in enumerate((wishes.preset, compared)):
        tell("Building the panels", done, 2)
        panels[name] = _panel(found, raw, wishes, name, readings_end)
    main = _by_preset(panels[wishes.preset], wishes, wishes.preset, tell)
    with nullcontext(second) if second else ThreadPoolExecutor(1) as beside:
        besides = _Besides.begun(main, wishes, beside)
        other = _by_preset(panels[compared], wishes, compared, tell, known=main)
        return _with_checks(found, main, other, wishes, tell=tell, besides=besides)


def _storm(found: Detections) -> DetectedStorm:
    first = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=found.grid.first_us)
    return DetectedStorm(
        summary=found.summary,
        reasons=found.reasons,
        warnings=found.warnings,
        rule=found.rule.name,
        interval_minutes=found.interval_minutes,
        readings_begin=first,
        readings_end=first + timedelta(microseconds=found.grid.interval_us * found.grid.n_slots),
        n_rows=found.n_rows,
    )


def _silent(_step: str, _done: int, _total: int) -> None:
    """Nobody asked for progress."""


def _panel(found: Detections, raw: RawTables, wishes: StudyWishes, preset: str, readings_end: datetime) -> BuiltPanel:
    return build_panel(
        found.outages,
        raw,
        readings_end=readings_end,
        window_hours=wishes.window_hours,
        match_metres=wishes.match_metres,
        services=wishes.services,
        is_synthetic=wishes.is_synthetic,
        **preset_choices(preset),
    )


def _by_preset(built: BuiltPanel, wishes: StudyWishes, preset: str, tell: Progress, known: PresetStudy | None = None) -> PresetStudy:
    step = f"Fitting by {preset}"
    same = known is not None and _holds_the_same(built, known.built)
    fits = fit_five_models(
        built.panel,
        preset=preset,
        known=known.fits if known is not None and same else None,
        progress=lambda done, total: tell(step, done, total),
    )
    return PresetStudy(built, fits, city_gaps(built.panel, fits), verdicts(fits, margin=wishes.margin))


def _holds_the_same(one: BuiltPanel, two: BuiltPanel) -> bool:
    """Are both panels the same households with the same numbers? Then estimates are shared, and only errors are worked out anew."""
    first, second = one.panel.numbers, two.panel.numbers
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)


@dataclass(frozen=True, slots=True)
class _Besides:
    """What rests on the leading preset alone, and waits for none of its checks nor for the other preset."""

    other_models: Future[tuple[OtherModel, ...]]
    sampling: Future[SamplingStudy]
    groups: Future[GroupComparison]

    @classmethod
    def begun(cls, main: PresetStudy, wishes: StudyWishes, second: Executor) -> _Besides:
        built, seeds = main.built, THOROUGH_SEEDS if wishes.is_thorough else SAMPLE_SEEDS
        return cls(
            second.submit(other_models, built.panel, main.fits),
            second.submit(sampling_study, built, seeds=seeds, seed=wishes.seed, population=main.fits),
            second.submit(compare_groups, built.panel),
        )


def _with_checks(found: Detections, main: PresetStudy, other: PresetStudy, wishes: StudyWishes, *, tell: Progress, besides: _Besides) -> StudyResults:
    """What is asked of the finished models."""
    of_design = _design_checks(found, main, wishes, tell)
    tell("Other models", 0, 1)
    others = besides.other_models.result()
    of_models = model_diagnostics(
        main.built.panel,
        main.fits,
        others=others,
        thorough=wishes.is_thorough,
        seed=wishes.seed,
        margin=wishes.margin,
        progress=lambda done, total: tell("Checking the models", done, total),
    )
    tell("Sampling as published", 0, 1)
    checks = (*of_models, *of_design)
    return StudyResults(
        wishes=wishes,
        storm=_storm(found),
        main=main,
        other=other,
        groups=besides.groups.result(),
        other_models=others,
        sampling=besides.sampling.result(),
        diagnostics=checks,
        claims=claims(main.fits, other.fits, main.verdicts, main.gaps, checks),
    )


def _design_checks(found: Detections, main: PresetStudy, wishes: StudyWishes, tell: Progress) -> tuple[Diagnostic, ...]:
    return design_diagnostics(
        main.built,
        main.fits,
        thorough=wishes.is_thorough,
        placebo=found.interruptions,
        readings_begin=_storm(found).readings_begin,
        seed=wishes.seed,
        margin=wishes.margin,
        progress=lambda done, total: tell("Checking the design", done, total),
    )
