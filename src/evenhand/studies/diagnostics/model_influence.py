"""Does one block group carry a finding? Each left out in turn.

Modelling choice: the findings looked at are those of the hypotheses, and a block group carries one if, without it, the estimate would move by more
than half of its standard error, or its verdict would be another (by the margin declared, the error being taken as before). A verdict that would have
no estimate without a block group changes with it. Which block group it is stands in a table of its own, for those who may see single areas; what is
published says how far, not where.

Bounds: a shift of half a standard error asks for caution, one of a whole one is trouble.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenhand.equity.conventions import CLUSTERED, Inference
from evenhand.equity.errors import DesignUnusable
from evenhand.equity.influence import ClusterInfluence, cluster_influence, jackknife_error, shares_of_variance
from evenhand.equity.verdicts import judge
from evenhand.studies.diagnostics.model_words import FEW_HOUSEHOLDS, Asked, Check, Verdict, graded, worse
from evenhand.studies.five_models import CLUSTER
from evenhand.studies.hypotheses import HYPOTHESES, Hypothesis, contrast_of, told
from evenhand.studies.results import Diagnostic

Floats = NDArray[np.float64]
# One of each pair of opposite claims: its verdict tells the other's.
FINDINGS: Final = ("H2b", "H1", "H3b", "gap among reporters", "service rule", "fair service rule")
_HYPOTHESES: Final = {one.name: one for one in HYPOTHESES if one.name in FINDINGS}
_SHIFT: Final = (0.5, 1.0)
_LISTED: Final = 10
_TESTED: Final = (
    "The findings of models 1, 3, 4 and 5: each block group left out in turn, and how far the estimate moves, in its standard errors (dfbetas)."
)
INFLUENCE: Final = Check("influence", "Does one block group carry a finding?", _TESTED)
AREAS: Final = Check("influence_areas", "Which block groups move the findings most?", f"{_TESTED} Names single areas: not for publication.")


@dataclass(frozen=True, slots=True, eq=False)
class _Finding:
    """One hypothesis's contrast and what leaving out each block group does to it: `shifts` (g,) on the log scale, NaN where there is no estimate."""

    hypothesis: Hypothesis
    found: Inference
    shifts: Floats
    margin: float
    influence: ClusterInfluence

    @property
    def model(self) -> str:
        return self.hypothesis.model

    @property
    def term(self) -> str:
        return " + ".join(self.hypothesis.weights)

    @property
    def in_errors(self) -> Floats:
        return np.asarray(self.shifts / self.found.std_error)

    @property
    def largest(self) -> float:
        return float(np.nanmax(np.abs(self.in_errors), initial=0.0))

    @property
    def ratio(self) -> float:
        return math.exp(self.found.estimate)

    @property
    def ratios_without(self) -> Floats:
        return np.asarray(np.exp(self.found.estimate + self.shifts))

    @property
    def in_jackknife_errors(self) -> Floats:
        """Shifts in errors that come from the block groups themselves, whatever the study's errors are."""
        return np.asarray(self.shifts / jackknife_error(self.shifts))

    @property
    def changes(self) -> int:
        """How many block groups, left out alone, would change the verdict."""
        own = self._outcome(0.0)
        return sum(self._outcome(shift) != own for shift in self.shifts.tolist())

    def _outcome(self, shift: float) -> str:
        """What would be said without one block group; `inconclusive` where there is then no estimate."""
        low, high = np.exp(np.array([self.found.conf_low, self.found.conf_high]) + shift).tolist()
        return judge(low, high, self.hypothesis.claim, margin=self.margin)

    @property
    def needed_for_half(self) -> int:
        """How many block groups hold half of the jackknife's variance."""
        return int(np.searchsorted(np.cumsum(np.sort(shares_of_variance(self.shifts))[::-1]), 0.5) + 1)


def influence(asked: Asked) -> Iterator[Diagnostic]:
    """How far single block groups move the findings; and, apart, which ones."""
    if (asked.panel.n_clusters or 0) < 2:
        why = "has no column block_group" if asked.panel.n_clusters is None else "has one block group only"
        yield INFLUENCE.not_testable(f"the panel {why}", "Give each household its block group.")
        return
    moved = {model: _influence(asked, model) for model in {one.model for one in _HYPOTHESES.values()}}
    found = [one for name in FINDINGS if (one := _finding(asked, _HYPOTHESES[name], moved[_HYPOTHESES[name].model])) is not None]
    if not found:
        yield INFLUENCE.not_testable("no finding has an error", "See the rank and separation of the models.")
        return
    yield _published(found)
    yield AREAS.found(*_where(found), is_internal=True)


def _influence(asked: Asked, model: str) -> ClusterInfluence:
    return cluster_influence(asked.study.fits[model], CLUSTER, asked.panel.ids[CLUSTER], errors=asked.study.errors[0])


def _finding(asked: Asked, hypothesis: Hypothesis, moved: ClusterInfluence) -> _Finding | None:
    fit = asked.study.fits[hypothesis.model]
    try:
        contrast = contrast_of(fit, hypothesis)
    except DesignUnusable:
        return None
    found, _ = told(fit, contrast, asked.study.errors[0])
    shifts = moved.shifts_of(contrast)
    return _Finding(hypothesis, found, shifts, asked.margin, moved) if math.isfinite(found.conf_low) and np.isfinite(shifts).any() else None


def _published(found: list[_Finding]) -> Diagnostic:
    worst = max(found, key=lambda one: one.largest)
    place = int(np.nanargmax(np.abs(worst.in_errors)))
    figures = {
        "block_groups": float(len(worst.influence.labels)),
        "largest_shift_in_errors": worst.largest,
        "in_jackknife_errors": abs(float(worst.in_jackknife_errors[place])),
        "ratio": worst.ratio,
        "findings": float(len(found)),
        "findings_changed": float(sum(one.changes > 0 for one in found)),
        "needed_for_half_of_variance": float(worst.needed_for_half),
        "caution_shift": _SHIFT[0],
        "trouble_shift": _SHIFT[1],
    }
    instead = ""
    if worst.influence.sizes[place] >= FEW_HOUSEHOLDS:  # what fewer households change is theirs alone
        figures["ratio_without"] = float(worst.ratios_without[place])
        for_what = ", for one standard deviation more requests," if worst.hypothesis.by else ""
        instead = f" Its ratio{for_what} would be {{ratio_without:.3f}} instead of {{ratio:.3f}}."
    standing: Verdict = worse(graded(worst.largest, *_SHIFT), "caution" if figures["findings_changed"] else "sound")
    meaning = (
        f"Of {{block_groups:,.0f}} block groups one moves {worst.term} of model {worst.model} most: by {{largest_shift_in_errors:.2f}} standard "
        f"errors ({_how(worst.influence)}).{instead} {{needed_for_half_of_variance:.0f}} of them hold half of its uncertainty. Of {{findings:.0f}} "
        "verdicts {findings_changed:.0f} would be another without some one block group."
    )
    return INFLUENCE.found(figures, standing, meaning, _advice(standing, worst.influence.errors), [_summary(one) for one in found])


def _how(influence: ClusterInfluence) -> str:
    fitted = "the model fitted anew without it" if influence.is_exact else "one Newton step from the full estimate"
    if influence.errors in CLUSTERED:
        return fitted
    return f"{fitted}; the errors, {influence.errors}, take households as independent: by the block groups' own it is {{in_jackknife_errors:.2f}}"


def _advice(standing: Verdict, errors: str) -> str:
    if standing == "sound":
        return "Nothing: a shift of up to {caution_shift:g} standard errors is what chance does."
    if errors not in CLUSTERED:
        return "Use errors by block group (cr3) before anything else: these errors do not know how much single block groups matter."
    if standing == "caution":
        return "Say that the finding leans on few places, and look at them: their damage, their lines, their records."
    return "More than a whole standard error: give the finding with and without this block group, and find out what happened there."


def _summary(one: _Finding) -> dict[str, Any]:
    return {
        "hypothesis": one.hypothesis.name,
        "model": one.model,
        "term": one.term,
        "ratio": one.ratio,
        "largest_shift_in_errors": one.largest,
        "block_groups": one.shifts.size,
        "block_groups_that_change_it": one.changes,
        "block_groups_with_half_of_variance": one.needed_for_half,
    }


def _where(found: list[_Finding]) -> tuple[dict[str, float], Verdict, str, str, list[dict[str, Any]]]:
    rows = [row for one in found for row in _areas(one)]
    rows.sort(key=lambda row: -abs(row["shift_in_errors"]))
    figures = {"shift_in_errors": float(rows[0]["shift_in_errors"]), "listed": float(len(rows[:_LISTED]))}
    # Only rows name areas: sentences and figures are shown where rows are not.
    meaning = (
        f"The {{listed:.0f}} largest shifts are listed by block group, in internal reports only; the largest moves {rows[0]['term']} of model "
        f"{rows[0]['model']} by {{shift_in_errors:+.2f}} standard errors."
    )
    advice = "Look at what happened there. Do not publish the list: it describes single areas."
    return figures, graded(abs(figures["shift_in_errors"]), *_SHIFT), meaning, advice, rows[:_LISTED]


def _areas(one: _Finding) -> Iterator[dict[str, Any]]:
    shifts = one.in_errors
    for place in np.argsort(-np.abs(np.nan_to_num(shifts)))[:_LISTED]:
        if np.isfinite(shifts[place]):
            yield {
                "block_group": one.influence.labels[place],
                "households": int(one.influence.sizes[place]),
                "model": one.model,
                "term": one.term,
                "shift_in_errors": float(shifts[place]),
                "ratio_without": float(one.ratios_without[place]),
            }
