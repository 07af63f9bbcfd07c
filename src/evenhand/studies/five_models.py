"""The five models of who reports an outage and who waits, by the study's own choices and by ours.

Modelling choice: the formulas are the study's in both presets, so that each coefficient can be laid beside its counterpart; what differs is said.

    default        every household, weighted where the panel has weights; errors by block group, cr3
    xu_tang_2020   no weights; errors from the observed information, as if households were independent

Rounding of hours is an option of both. Where the panel has no block groups, or only one, the default's errors are hc1, and the result says so.

References: Xu & Tang (2020), Public Administration Review 80:962–975, table 3 and its notes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import CLUSTERED, CONVENTIONS
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.fitting import fit_arrays
from evenhand.equity.panel_reading import Panel
from evenhand.studies.errors import StudyOptionInvalid

CLUSTER: Final = "block_group"
HOUSES: Final = ("house_age", "median_income", "log_population_density")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Model:
    """One of the five: `number` as the study counts, its family, outcome and terms beside the constant."""

    number: str
    title: str
    family: str
    outcome: str
    terms: tuple[str, ...]


FIVE_MODELS: Final = (
    Model(
        "1",
        "Who reports",
        "logit",
        "participation",
        ("minority_share", *HOUSES, "education", "elderly_share", "college_age_share", "renter_share"),
    ),
    Model("2", "Hours: who waits", "negative_binomial", "restoration_hours", ("minority_share", "participation", *HOUSES)),
    Model(
        "3",
        "Hours: does reporting change the gap",
        "negative_binomial",
        "restoration_hours",
        ("minority_share", "participation", "minority_share:participation", *HOUSES),
    ),
    Model("4", "Hours: the block group's requests", "negative_binomial", "restoration_hours", ("minority_share", "community_participation", *HOUSES)),
    Model(
        "5",
        "Hours: do requests serve a group",
        "negative_binomial",
        "restoration_hours",
        ("minority_share", "community_participation", "minority_share:community_participation", *HOUSES),
    ),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of choices. `errors` are the conventions where none are asked for; `words` say what was chosen."""

    name: str
    errors: tuple[str, ...]
    is_weighted: bool
    words: str


PRESETS: Final = {
    "default": Preset(
        "default",
        ("cr3",),
        True,
        "every household of the panel, weighted where it has weights",
    ),
    "xu_tang_2020": Preset(
        "xu_tang_2020",
        ("observed",),
        False,
        "the choices of Xu & Tang (2020): no weights, and errors as if households were independent",
    ),
}


@dataclass(frozen=True, slots=True, eq=False)
class StudyFits:
    """The five models by one preset. `errors` are the conventions worked out, the first of them the one that tables show."""

    preset: Preset
    fits: dict[str, Fit]
    errors: tuple[str, ...]
    is_rounded: bool
    is_weighted: bool
    notes: tuple[str, ...]


def fit_five_models(
    panel: Panel,
    *,
    preset: str = "default",
    errors: Sequence[str] | None = None,
    round_hours: bool = False,
    progress: Progress | None = None,
    known: StudyFits | None = None,
) -> StudyFits:
    """Fit the five models.

    Parameters
    ----------
    panel
        With all of STUDY_COLUMNS.
    preset
        `default` or `xu_tang_2020`.
    errors
        Conventions; None takes the preset's. The first is what tables show.
    round_hours
        Make counts of the hours (half to even).
    progress
        Called with (models done, models in all).
    known
        Fits of the same panel by another preset: where the estimates must be the same, only the errors are worked out anew.

    Raises
    ------
    StudyOptionInvalid
        An unknown preset or convention; clustered errors by name where the panel has fewer than two block groups.
    DesignUnusable
        A panel on which some models cannot be fitted at all; each is named.
    """
    chosen, wanted, notes = _choices(panel, preset, errors)
    is_weighted = chosen.is_weighted and _has_weights(panel)
    same = known is not None and known.is_weighted == is_weighted and known.is_rounded == round_hours

    def fitted(model: Model) -> Fit | list[str]:
        try:
            if known is not None and same:
                return known.fits[model.number].with_errors(wanted, _clusters(panel, wanted))
            return fit_model(panel, model, errors=wanted, round_hours=round_hours, is_weighted=is_weighted)
        except DesignUnusable as error:
            return [f"model {model.number}: {fault}" for fault in error.faults]

    fits: dict[str, Fit] = {}
    faults: list[str] = []
    for done, model in enumerate(FIVE_MODELS):
        if progress:
            progress(done, len(FIVE_MODELS))
        found = fitted(model)
        if isinstance(found, Fit):
            fits[model.number] = found
        else:
            faults += found
    if faults:
        raise DesignUnusable(faults)
    if progress:
        progress(len(FIVE_MODELS), len(FIVE_MODELS))
    return StudyFits(chosen, fits, tuple(wanted), round_hours, is_weighted, notes)


def fit_model(
    panel: Panel,
    model: Model,
    *,
    errors: dict[str, str | None],
    round_hours: bool = False,
    is_weighted: bool = False,
    start: NDArray[np.float64] | None = None,
) -> Fit:
    """Fit one model to the rows of the panel that miss none of its columns; `start` as in `fit_arrays`."""
    x = np.ones((panel.n, len(model.terms) + 1))
    for place, term in enumerate(model.terms, start=1):
        for column in term.split(":"):
            x[:, place] *= panel.numbers[column]
    return fit_arrays(
        panel.numbers[model.outcome],
        x,
        ("Intercept", *model.terms),
        family=model.family,
        errors=errors,
        clusters=_clusters(panel, errors),
        weights=panel.numbers["weight"] if is_weighted else None,
        outcome=model.outcome,
        round_outcome=round_hours and model.outcome == "restoration_hours",
        start=start,
    )


def wanted_conventions(errors: Sequence[str]) -> dict[str, str | None]:
    """Each convention with the column it clusters by."""
    return {name: CLUSTER if name in CLUSTERED else None for name in errors}


def _choices(panel: Panel, preset: str, errors: Sequence[str] | None) -> tuple[Preset, dict[str, str | None], tuple[str, ...]]:
    faults, notes = [], []
    if preset not in PRESETS:
        faults.append(f"--preset takes {' or '.join(PRESETS)}, and {preset!r} came")
    unknown = [name for name in errors or () if name not in CONVENTIONS]
    if unknown:
        faults.append(f"--errors takes {', '.join(CONVENTIONS)}, and {', '.join(map(repr, unknown))} came")
    wanted = list(dict.fromkeys(errors or (PRESETS[preset].errors if preset in PRESETS else ())))
    clustered = [name for name in wanted if name in CLUSTERED]
    if clustered and (panel.n_clusters or 0) < 2:
        why = "has no column block_group" if panel.n_clusters is None else "has one block group only"
        if errors:
            faults.append(f"errors by cluster ({', '.join(clustered)}) were asked for, and the panel {why}; --errors hc1 needs none")
        else:
            wanted = ["hc1"]
            notes.append(f"The panel {why}: errors are hc1 instead of {', '.join(clustered)}, and take households as independent.")
    if faults:
        raise StudyOptionInvalid(faults)
    return PRESETS[preset], wanted_conventions(wanted), tuple(notes)


def _has_weights(panel: Panel) -> bool:
    """Weights that are all the same weigh nothing."""
    return "weight" in panel.numbers and float(np.ptp(panel.numbers["weight"])) > 0.0


def _clusters(panel: Panel, errors: dict[str, str | None]) -> dict[str, NDArray[Any]]:
    return {CLUSTER: panel.ids[CLUSTER]} if CLUSTER in errors.values() else {}
