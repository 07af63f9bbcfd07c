"""Everything that can be checked of the five models themselves, each check with its verdict in words.

Modelling choice: a check never stops a study. What cannot be told is an answer ("Cannot be tested because …"), and a verdict is about size, by bounds
that stand in the code. Checks reuse the study's fits; where a figure needs no more than two digits, a part of the households is drawn, and the check
says so. The one slow check, the self-test of coverage, is made where a thorough study is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from evenhand.equity.errors import EquityError
from evenhand.equity.panel_reading import Panel
from evenhand.equity.verdicts import MARGIN
from evenhand.studies.diagnostics.model_coverage import COVERAGE, DRAWS, MODELS, coverage
from evenhand.studies.diagnostics.model_design import (
    CENSORED,
    INFLATION,
    MISSING,
    RANK,
    SEPARATION,
    censored,
    missing_values,
    rank,
    separation,
    variance_inflation,
)
from evenhand.studies.diagnostics.model_families import FAMILIES, families
from evenhand.studies.diagnostics.model_fit import OVERDISPERSION, RESIDUALS, ROOTOGRAM, hours_rootogram, overdispersion, residuals
from evenhand.studies.diagnostics.model_influence import INFLUENCE, influence
from evenhand.studies.diagnostics.model_words import Asked, Check
from evenhand.studies.five_models import Progress, StudyFits
from evenhand.studies.other_models import OtherModel, other_models
from evenhand.studies.results import Diagnostic

CHECKS: Final[tuple[tuple[Check, Callable[[Asked], Iterator[Diagnostic]]], ...]] = (
    (MISSING, missing_values),
    (CENSORED, censored),
    (SEPARATION, separation),
    (RANK, rank),
    (INFLATION, variance_inflation),
    (OVERDISPERSION, overdispersion),
    (ROOTOGRAM, hours_rootogram),
    (RESIDUALS, residuals),
    (FAMILIES, families),
    (INFLUENCE, influence),
    (COVERAGE, coverage),
)


def model_diagnostics(
    panel: Panel,
    study: StudyFits,
    *,
    others: Sequence[OtherModel] = (),
    thorough: bool = False,
    seed: int = 8311,
    margin: float = MARGIN,
    progress: Progress | None = None,
) -> tuple[Diagnostic, ...]:
    """Check the models of a study.

    Parameters
    ----------
    panel
        The panel that the models were fitted to.
    study
        The five models; their first convention is the one whose errors and intervals are looked at.
    others
        The same question by other models (`other_models`), where they were fitted already: the person-period model is compared only then.
    thorough
        Also what takes long: the self-test of coverage, and `others` where they did not come.
    seed
        Of everything that is drawn: the same seed gives the same figures.
    margin
        Half width of the margin of equivalence, as the study's verdicts have it.
    progress
        Called with (steps done, steps in all).

    Returns
    -------
    tuple of Diagnostic
        In the order in which a reader needs them: data, terms, family, influence, intervals. `influence_areas` is internal.
    """
    steps = _Steps(len(CHECKS) + (DRAWS * len(MODELS) if thorough else 0), progress)
    if thorough and not others:
        others = other_models(panel, study)
    asked = Asked(panel, study, others, thorough, seed, steps.done_one, margin)
    found: list[Diagnostic] = []
    for check, make in CHECKS:
        found += _made(check, make, asked)
        steps.done_one()
    return tuple(found)


def _made(check: Check, make: Callable[[Asked], Iterator[Diagnostic]], asked: Asked) -> list[Diagnostic]:
    """What a check finds; a model that cannot carry it is an answer too."""
    try:
        return list(make(asked))
    except EquityError as error:
        return [check.not_testable(f"a model cannot carry it ({error.message.rstrip('.')})", "Mend what it names, and run again.")]


class _Steps:
    """Counts steps and tells whoever watches."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.total, self.progress, self.count = total, progress, 0

    def done_one(self) -> None:
        self.count += 1
        if self.progress:
            self.progress(self.count, self.total)
