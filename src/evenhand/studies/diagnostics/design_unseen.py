"""Hours that are lost: how far the gap could move whatever they were.

Modelling choice: for hours that are not known a range is stated, and the models are fitted with every such household at either end of it; then with
each at whichever end moves the gap furthest. The last two are bounds, not guesses: if the range is right, little beyond them is possible (nothing, to
first order). A household whose meter cannot tell lies between 0 hours and the length of the records; one still out at their end, between its hours so
far and as long again. Those who left before the panel have no columns to be fitted with: for them the groups' means are moved, to first order.

Reference: Manski (1990), American Economic Review 80:319–323 (bounds without assumptions about what is missing).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.panel_faults import STILL_OUT
from evenhand.equity.verdicts import judge
from evenhand.studies.diagnostics.design_refits import (
    GROUP,
    HOURS,
    Bools,
    Floats,
    Movement,
    Refits,
    about,
    about_households,
    as_percent,
    finite,
    hypothesis_of,
    labelled,
    moves_of,
    untestable,
)
from evenhand.studies.results import BuiltPanel, Diagnostic, Standing

LONGER_STILL: Final = 2.0
_FOLLOWED: Final = ("H1", "H3b")
_TITLE: Final = "Long outages lost: hours that are not known"
_TESTED: Final = "Model 3 with the hours of households still out, or whose meter cannot tell, at either end of what is possible"
_LOST_AT: Final = ("metered", "known", "restored")
_ADVICE_LOST: Final = "Say how many were lost and by block group; where many were, say no more than the bounds."


def missing_hours(built: BuiltPanel, refits: Refits) -> Diagnostic:
    """Bounds where the households whose hours are not known had the longest, or the shortest."""
    low, high, is_open = _range(built, refits)
    n_open, left = int(is_open.sum()), sum(sum(step.left.values()) for step in built.flow if step.name in _LOST_AT)
    rows = refits.as_studied("as studied", _FOLLOWED)
    if n_open:
        rows += refits.moved("all longest", _FOLLOWED, {HOURS: high}) + refits.moved("all shortest", _FOLLOWED, {HOURS: low})
        for name, term in (("H1", GROUP), ("H3b", f"{GROUP}:participation")):
            pull = _pull(refits, term)
            rows += refits.moved(f"most for {name}", [name], {HOURS: np.where(pull > 0.0, high, low)}, is_extreme=True)
            rows += refits.moved(f"least for {name}", [name], {HOURS: np.where(pull < 0.0, high, low)}, is_extreme=True)
    if left:
        rows += _if_left_were(refits, left, _longest(built, refits.hours))
    if not (n_open or left):
        return Diagnostic("missing_hours", _TITLE, f"{_TESTED}.", {}, "The hours of every household are known.", "Nothing.", "sound")
    return _of_missing(rows, n_open, left, refits.convention)


def _of_missing(rows: list[Movement], n_open: int, left: int, convention: str) -> Diagnostic:
    alike, whole = moves_of([one for one in rows if not one.is_extreme], _FOLLOWED), moves_of(rows, _FOLLOWED)
    if not whole.sentences:
        return untestable("missing_hours", _TITLE, _TESTED, next((one.why for one in rows if one.why), "no model could be fitted").rstrip("."))
    standing: Standing = alike.standing if alike.changed else "caution" if whole.changed else "sound"
    advice = _ADVICE_LOST
    if standing == "sound":
        advice = "Say how many are not known, and that no value of theirs would change a verdict."
    elif not alike.changed:
        advice = "The bounds let another verdict through: it would take lost hours that hang on who lives there. Find out why meters fell silent."
    sentences = [f"The panel holds {about_households(n_open)} whose hours are not known to their end"]
    sentences[0] += f"; {about_households(left)} left before it because no reading tells, or by choice." if left else "."
    sentences += [alike.words] if n_open else []
    sentences += [bounds for name in _FOLLOWED if (bounds := _bounds(rows, name))]
    figures = finite({"hours not known to their end (households, about)": about(n_open), "left before (households, about)": about(left)})
    tested = f"{_TESTED} (errors: {convention})."
    rows_told = tuple(one.row() for one in rows)
    return Diagnostic("missing_hours", _TITLE, tested, {**figures, **whole.figures}, " ".join(sentences), advice, standing, rows_told)


def _bounds(rows: list[Movement], name: str) -> str:
    own = sorted((one for one in rows if one.hypothesis == name and one.is_extreme and not one.why), key=lambda one: one.ratio)
    if not own:
        return ""
    return f"{labelled(name)} at worst: {as_percent(own[0].ratio)} ({own[0].setting}) and {as_percent(own[-1].ratio)} ({own[-1].setting})."


def _if_left_were(refits: Refits, left: int, longest: float) -> list[Movement]:
    """The gap, if all who left before belonged to one group and were out as long as the records reach: group means moved, to first order."""
    base = refits.movement("", "H1", refits.base["3"])
    share, hours = refits.panel.numbers[GROUP], refits.hours
    known = np.isfinite(share) & np.isfinite(hours)
    found = []
    for words, weight, sign in (("left, all minority and longest", share[known], 1.0), ("left, all others and longest", 1.0 - share[known], -1.0)):
        members = float(weight.sum())
        if base.why or members <= 0.0:
            continue
        mean = float(weight @ hours[known]) / members
        factor = ((members * mean + left * longest) / ((members + left) * mean)) ** sign
        low, high = base.ratio_low * factor, base.ratio_high * factor
        outcome = judge(low, high, hypothesis_of("H1").claim, margin=refits.margin)
        found.append(Movement(words, "H1", base.ratio * factor, low, high, outcome, is_extreme=True))
    return found


def _longest(built: BuiltPanel, hours: Floats) -> float:
    """The length of the records from the event's start, or the longest hours seen."""
    records = (built.readings_end - built.event_start).total_seconds() / 3600.0
    return max(records, float(np.nanmax(hours, initial=0.0)))


def _range(built: BuiltPanel, refits: Refits) -> tuple[Floats, Floats, Bools]:
    """Shortest and longest hours of every household, and whether they differ."""
    hours = refits.hours
    unknown = np.isnan(hours)
    low, high = np.where(unknown, 0.0, hours), np.where(unknown, _longest(built, hours), hours)
    if "status" in built.table.column_names:
        status = built.table.column("status").cast(pa.string()).to_pylist()
        still_out = np.array([one == STILL_OUT for one in status], dtype=np.bool_) & ~unknown
        high[still_out] = LONGER_STILL * low[still_out]
    return low, high, high > low


def _pull(refits: Refits, term: str) -> Floats:
    """Which way each household's hours move a term of model 3: the term's column, freed of the others at the fit's working weights. 0: not at all."""
    fit, pull = refits.base["3"], np.zeros(refits.panel.n)
    try:
        place = fit.design.term_place(term)
    except DesignUnusable:
        return pull
    factors = [() if one == "Intercept" else one.split(":") for one in fit.names]
    x = np.column_stack([np.prod([refits.panel.numbers[part] for part in parts], axis=0) if parts else np.ones(pull.size) for parts in factors])
    usable = np.isfinite(x).all(axis=1)
    mean = np.exp(x[usable] @ fit.coefficients)
    weight = mean / (1.0 + (fit.alpha or 0.0) * mean)
    others = np.delete(x[usable], place, axis=1)
    solution = np.linalg.lstsq((others.T * weight) @ others, (others.T * weight) @ x[usable, place], rcond=None)[0]
    pull[usable] = x[usable, place] - others @ solution
    return pull
