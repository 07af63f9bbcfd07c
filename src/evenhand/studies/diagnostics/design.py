"""Does what the study says rest on its design? Every check of chance, choice, time, place and what was not seen, each with a verdict in words.

Modelling choice: nothing here asks whether a model fits; it asks what would be said if something else had been chosen, lost or left out. Each check
says what was tested, the figure, what it means and what to do; where it cannot be made, that is the answer. Refits begin at the study's estimates and
are judged as its verdicts are; `thorough` adds windows, models and draws.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
from numpy.typing import NDArray

from evenhand.equity.verdicts import MARGIN
from evenhand.studies.diagnostics.design_chance import multiplicity, permutation
from evenhand.studies.diagnostics.design_choices import minority_definitions, never_out, rounding, unit_of_hours
from evenhand.studies.diagnostics.design_confounding import confounding
from evenhand.studies.diagnostics.design_frame import who_is_not_in_the_frame
from evenhand.studies.diagnostics.design_placebo import placebo_outcome
from evenhand.studies.diagnostics.design_places import spatial_residuals
from evenhand.studies.diagnostics.design_refits import Refits
from evenhand.studies.diagnostics.design_unseen import missing_hours
from evenhand.studies.diagnostics.design_windows import landmark_analysis, window_curve
from evenhand.studies.five_models import StudyFits
from evenhand.studies.results import BuiltPanel, Diagnostic

SEED: Final = 8311
Progress = Callable[[int, int], None]


def design_diagnostics(
    built: BuiltPanel,
    study: StudyFits,
    *,
    thorough: bool = False,
    placebo: NDArray[Any] | pa.Table | None = None,
    readings_begin: datetime | None = None,
    seed: int = SEED,
    margin: float = MARGIN,
    progress: Progress | None = None,
) -> tuple[Diagnostic, ...]:
    """Every check of the design, in a fixed order.

    Parameters
    ----------
    built
        The panel, its requests and how it came about.
    study
        The five models fitted to `built.panel`.
    thorough
        Also the slow ones: every window and landmark of 12 hours, all models, 9,999 draws.
    placebo
        Hours without power in a quiet week before the event, float64 of shape (n,) in the order of the panel; or the table of interruptions that
        detection writes, from which they are added up; None where there is neither.
    readings_begin
        When the readings of those interruptions begin, with a zone; None where they are known to hold the week.
    seed
        Of shuffles and arrangements.
    margin
        Half width of the margin of equivalence, as the study's verdicts have it.
    progress
        Called with (checks done, checks in all).

    Returns
    -------
    tuple of Diagnostic
        Named `frame`, `window`, `landmark`, `unit`, `rounding`, `minority_definition`, `never_out`, `missing_hours`, `permutation`, `placebo`,
        `e_value`, `tipping_point`, `morans_i`, `multiplicity`. Rows of refits have the columns `setting, hypothesis, what, ratio, ratio_low,
        ratio_high, outcome, said, is_as_studied, is_extreme, why`; `claims` reads them.
    """
    tell = progress or _silent
    refits = Refits.of(built.panel, study, margin)
    steps: tuple[Callable[[], tuple[Diagnostic, ...]], ...] = (
        lambda: (who_is_not_in_the_frame(built),),
        lambda: (window_curve(built, refits, thorough=thorough),),
        lambda: (landmark_analysis(refits, thorough=thorough),),
        lambda: (unit_of_hours(refits, thorough=thorough),),
        lambda: (rounding(refits),),
        lambda: (minority_definitions(refits, thorough=thorough),),
        lambda: (never_out(built, refits, thorough=thorough),),
        lambda: (missing_hours(built, refits),),
        lambda: (permutation(refits, thorough=thorough, seed=seed),),
        lambda: (placebo_outcome(built, refits, placebo, readings_begin),),
        lambda: confounding(refits),
        lambda: (spatial_residuals(built, refits, thorough=thorough, seed=seed),),
        lambda: (multiplicity(refits),),
    )
    found: list[Diagnostic] = []
    for done, step in enumerate(steps):
        tell(done, len(steps))
        found += step()
    tell(len(steps), len(steps))
    return tuple(found)


def _silent(_done: int, _total: int) -> None:
    """Nobody asked for progress."""
