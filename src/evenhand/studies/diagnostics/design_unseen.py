"""Hours that are not known: how far the figures move within a stated range of what they could be.

Modelling choice: a household of which no reading tells was out for at least 0 hours, or those that were seen, and at most as long as the records
reach from the event's start; one still out at their end, for at least its hours so far and at most `LONGER_STILL` times as many, which is our choice.
All of them together, those who left before the panel among them (their other columns are known), go into the models again: all at the least, all at
the greatest, and then each at whichever end moves a figure furthest, up and down. Which end that is follows from the household's pull on the
estimate, and is looked at again after the first refit. Nothing is said of hours beyond the range. The model of reporting needs no hours: those who
left are only counted in.

Reference: Manski (1990), American Economic Review 80:319–323 (bounds without assumptions about what is missing).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa

from evenhand.equity.errors import DesignUnusable
from evenhand.equity.fits import Fit
from evenhand.equity.panel_faults import STILL_OUT
from evenhand.equity.panel_reading import Panel
from evenhand.equity.verdicts import percent_words
from evenhand.studies.diagnostics.design_refits import (
    GROUP,
    HOURS,
    Bools,
    Floats,
    Movement,
    Refits,
    about,
    about_households,
    finite,
    labelled,
    moves_of,
    numbers_of,
    untestable,
    untold,
)
from evenhand.studies.five_models import CLUSTER
from evenhand.studies.results import BuiltPanel, Diagnostic, Standing

LONGER_STILL: Final = 2.0
_LOOKS: Final = 2
_OF_HOURS: Final[dict[str, str]] = {"H1": GROUP, "H3b": f"{GROUP}:participation"}
_FOLLOWED: Final = ("H1", "H2b", "H3b")
_TITLE: Final = "Long outages lost: hours that are not known"
_TESTED: Final = (
    "Models 1 and 3 with every household whose hours are not known, those who left before the panel for want of readings among them, at either end "
    "of a stated range"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Range:
    """Everybody, those who left among them, with the least and the greatest hours of each, shape (n,); `silent` had no reading that tells."""

    refits: Refits
    low: Floats
    high: Floats
    silent: Bools
    longest: float
    left: int

    @classmethod
    def of(cls, built: BuiltPanel, refits: Refits) -> _Range:
        left = built.lost.num_rows if built.lost is not None else 0
        wide = replace(refits, panel=_with_lost(built, refits.panel)) if left else refits
        hours = wide.hours
        records = (built.readings_end - built.event_start).total_seconds() / 3600.0
        longest = max(records, float(np.nanmax(hours, initial=0.0)))
        still_out, silent = _is_still_out(built), np.isnan(hours)
        silent[silent.size - left :] |= ~still_out[silent.size - left :]
        low = np.where(np.isnan(hours), 0.0, hours)
        high = np.where(silent, longest, np.where(still_out, LONGER_STILL * low, low))
        return cls(wide, low, high, silent, longest, left)

    @property
    def is_open(self) -> Bools:
        return np.asarray(self.high > self.low)

    def words(self) -> str:
        """What was tried."""
        tried = []
        if self.silent.any():
            tried.append(
                f"those of whom no reading tells between 0 hours, or those seen, and {self.longest:.0f}, as long as records or outages reach"
            )
        if (self.is_open & ~self.silent).any():
            tried.append(f"those still out between their hours so far and {LONGER_STILL:g} times as many")
        return f"Tried were {'; '.join(tried)}; nothing is said of hours beyond that."


def missing_hours(built: BuiltPanel, refits: Refits) -> Diagnostic:
    """The figures with the households whose hours are not known at either end of their range."""
    reach = _Range.of(built, refits)
    if not reach.is_open.any():
        return Diagnostic("missing_hours", _TITLE, f"{_TESTED}.", {}, "The hours of every household are known.", "Nothing.", "sound")
    names = _FOLLOWED if reach.left else tuple(_OF_HOURS)
    rows = refits.as_studied("as studied", names)
    if reach.left:
        rows += reach.refits.moved("those who left counted in", ["H2b"])
    rows += reach.refits.moved("all at the greatest", tuple(_OF_HOURS), {HOURS: reach.high})
    rows += reach.refits.moved("all at the least", tuple(_OF_HOURS), {HOURS: reach.low})
    rows += [_furthest(reach, name, is_up=is_up) for name in _OF_HOURS for is_up in (True, False)]
    return _of_missing(rows, reach, refits)


def _of_missing(rows: list[Movement], reach: _Range, refits: Refits) -> Diagnostic:
    alike, whole = moves_of([one for one in rows if not one.is_extreme], _FOLLOWED), moves_of(rows, _FOLLOWED)
    if not whole.sentences:
        return untestable("missing_hours", _TITLE, _TESTED, next((one.why for one in rows if one.why), "no model could be fitted").rstrip("."))
    standing: Standing = alike.standing if alike.changed else "caution" if whole.changed else "sound"
    inside = int(reach.is_open[: refits.panel.n].sum())
    sentences = [f"The panel holds {about_households(inside)} whose hours are not known to their end"]
    sentences[0] += f"; {about_households(reach.left)} left before it because no reading tells, or by choice." if reach.left else "."
    sentences += [reach.words(), alike.words, *(found for name in _OF_HOURS if (found := _bounds(rows, name)))]
    counts = {"hours not known to their end (households, about)": about(inside), "left before (households, about)": about(reach.left)}
    tried = {"greatest hours tried": reach.longest, "times the hours so far": LONGER_STILL}
    figures = {**finite(counts), **tried, **whole.figures}
    tested = f"{_TESTED} ({refits.errors_words})."
    rows_told = tuple(one.row() for one in rows)
    return Diagnostic("missing_hours", _TITLE, tested, figures, " ".join(sentences), _advice(standing, alike.changed), standing, rows_told)


def _advice(standing: Standing, changed: tuple[str, ...]) -> str:
    if standing == "sound":
        return "Say how many are not known, and between which bounds they were tried."
    if changed:
        return "Say how many were lost and by block group; where many were, say no more than the bounds."
    return "The bounds let another verdict through: it would take lost hours that hang on who lives there. Find out why meters fell silent."


def _bounds(rows: list[Movement], name: str) -> str:
    own = sorted((one for one in rows if one.hypothesis == name and one.is_extreme and not one.why), key=lambda one: one.ratio)
    if not own:
        return ""
    ends = " to ".join(f"{percent_words(one.ratio)} ({one.said})" for one in (own[0], own[-1]))
    return f"{labelled(name)}, each of them at whichever end moves it furthest: from {ends}."


def _furthest(reach: _Range, name: str, *, is_up: bool) -> Movement:
    """The hypothesis with each household at the end that moves it furthest in one direction."""
    refits, setting, term = reach.refits, f"{'most' if is_up else 'least'} for {name}", _OF_HOURS[name]
    fit, found = refits.study.fits["3"], []
    try:
        for _ in range(_LOOKS):
            pull = _pull(fit, refits.panel, term)
            fit = refits.refit("3", {HOURS: np.where(pull > 0.0 if is_up else pull < 0.0, reach.high, reach.low)})
            found.append(fit)
        furthest = (max if is_up else min)(found, key=lambda one: float(one.coefficients[one.design.term_place(term)]))
        return refits.movement(setting, name, refits.judged(furthest, "3"), refits.errors["3"], is_extreme=True)
    except DesignUnusable as error:
        return untold(setting, name, error.message)


def _pull(fit: Fit, panel: Panel, term: str) -> Floats:
    """Which way each household's hours move a term of model 3: the term's column, freed of the others at the fit's working weights. 0: not at all."""
    pull, place = np.zeros(panel.n), fit.design.term_place(term)
    factors = [() if one == "Intercept" else one.split(":") for one in fit.names]
    x = np.column_stack([np.prod([panel.numbers[part] for part in parts], axis=0) if parts else np.ones(pull.size) for parts in factors])
    usable = np.isfinite(x).all(axis=1)
    mean = np.exp(x[usable] @ fit.coefficients)
    weight = mean / (1.0 + (fit.alpha or 0.0) * mean)
    others = np.delete(x[usable], place, axis=1)
    solution = np.linalg.lstsq((others.T * weight) @ others, (others.T * weight) @ x[usable, place], rcond=None)[0]
    pull[usable] = x[usable, place] - others @ solution
    return pull


def _with_lost(built: BuiltPanel, panel: Panel) -> Panel:
    """The panel, its block groups numbered, and after it those who left."""
    assert built.lost is not None
    n = panel.n + built.lost.num_rows
    numbers = {name: np.concatenate([values, numbers_of(built.lost.column(name))]) for name, values in panel.numbers.items()}
    if CLUSTER not in panel.ids:
        return replace(panel, numbers=numbers, n=n)
    places = dict(zip(built.panel.ids[CLUSTER].tolist(), panel.ids[CLUSTER].tolist(), strict=True))
    own = [places.setdefault(label, len(places)) for label in built.lost.column(CLUSTER).to_pylist()]
    return replace(panel, numbers=numbers, ids={CLUSTER: np.append(panel.ids[CLUSTER], np.array(own, dtype=np.int32))}, n=n)


def _is_still_out(built: BuiltPanel) -> Bools:
    """Of the panel's households, then of those who left."""
    return np.array([one == STILL_OUT for one in _statuses(built)], dtype=np.bool_)


def _statuses(built: BuiltPanel) -> Iterator[str | None]:
    for table in (built.table, built.lost):
        if table is not None:
            yield from table.column("status").cast(pa.string()).to_pylist() if "status" in table.column_names else [None] * table.num_rows
