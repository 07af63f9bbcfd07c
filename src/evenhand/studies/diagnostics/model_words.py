"""From figures to a verdict in words, so that no sentence can hold a number that is not among its figures.

Modelling choice: sentences are templates over the figures' names: `"{still_out:,.0f} of {households:,.0f} households"`. What a verdict was held
against (its bounds) is a figure too. Bounds are declared here in the code and are never chosen after a look at the data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from evenhand.equity.panel_reading import Panel
from evenhand.studies.five_models import StudyFits
from evenhand.studies.other_models import OtherModel
from evenhand.studies.results import Diagnostic

Verdict = Literal["sound", "caution", "trouble"]
# What is made so that it can be published tells of no fewer.
FEW_HOUSEHOLDS: Final = 11


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What every check is given; `step` is called as slow work goes on."""

    panel: Panel
    study: StudyFits
    others: Sequence[OtherModel]
    thorough: bool
    seed: int
    step: Callable[[], None]
    margin: float


@dataclass(frozen=True, slots=True)
class Check:
    """A check's `name` for machines, its `title` as a question, and what it tests."""

    name: str
    title: str
    tested: str

    def found(
        self,
        figures: Mapping[str, float],
        standing: Verdict,
        meaning: str,
        advice: str,
        rows: Sequence[Mapping[str, Any]] = (),
        *,
        is_internal: bool = False,
    ) -> Diagnostic:
        """The diagnostic, its templates filled in from the figures."""
        shown = {name: Shown(value) for name, value in figures.items()}
        meaning, advice = (text.format_map(shown) for text in (meaning, advice))
        return Diagnostic(self.name, self.title, self.tested, dict(figures), meaning, advice, standing, tuple(rows), is_internal)

    def not_testable(self, because: str, advice: str) -> Diagnostic:
        """The check could not be made: `because` continues "Cannot be tested because"."""
        return Diagnostic(self.name, self.title, self.tested, {}, f"Cannot be tested because {because.rstrip('.')}.", advice, "not_testable")


class Shown(float):
    """A figure as sentences show it: with a minus sign where it has one."""

    def __format__(self, spec: str) -> str:
        return format(float(self), spec).replace("-", "−")


def graded(value: float, caution_from: float, trouble_from: float) -> Verdict:
    """`trouble` above the second bound, `caution` above the first; what is not a number is trouble."""
    if not value <= trouble_from:
        return "trouble"
    return "sound" if value <= caution_from else "caution"


def worse(*found: Verdict) -> Verdict:
    """The worst of several."""
    return max(found, key=("sound", "caution", "trouble").index)
