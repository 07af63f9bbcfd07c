"""Choices that a study makes before it looks, each made otherwise: the unit and rounding of the hours, who is called minority, who is in.

Modelling choice: each choice is changed alone, all else as in the study. NB2 is a model of counts, and a coefficient of it moves with the unit in
which hours are counted; one that moves much rests on the model more than on the city.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from evenhand.studies.diagnostics.design_refits import GROUP, HOURS, Floats, Movement, Refits, about, finite, listed, moves_of, untestable
from evenhand.studies.results import BuiltPanel, Diagnostic

UNITS: Final = {"minutes": 60.0, "half-hours": 2.0, "days": 1.0 / 24.0}
NEVER_OUT: Final = "never_out"
_OF_HOURS: Final = ("H1", "H3b", "service rule")
_ALL: Final = ("H1", "H2b", "H3b", "service rule", "fair service rule")


def unit_of_hours(refits: Refits, *, thorough: bool = False) -> Diagnostic:
    """The hours models in minutes, half-hours and days."""
    names = (*_OF_HOURS, "fair service rule") if thorough else _OF_HOURS
    rows = refits.as_studied("hours", names)
    for unit, factor in UNITS.items():
        rows += refits.moved(unit, names, scale=factor)
    return _moved(
        refits,
        rows,
        names,
        name="unit",
        title="Unit of the hours",
        tested="The hours models with hours counted in minutes, half-hours and days: NB2 is not invariant to its unit",
        steady="Keep the unit, and name it.",
        unsteady="Lean on the log-normal and survival models, which know no unit, for {names}.",
    )


def rounding(refits: Refits) -> Diagnostic:
    """The hours models with hours rounded to whole ones, or not, whichever the study did not."""
    hours = refits.panel.numbers[HOURS]
    known = hours[np.isfinite(hours)]
    title, tested = "Rounding of the hours", "The hours models with hours rounded to whole ones beside hours as they are"
    if np.array_equal(known, np.rint(known)):
        meaning = f"All {known.size:,} hours are whole numbers already: rounding changes none."
        return Diagnostic("rounding", title, f"{tested}.", {"hours with fractions": 0.0}, meaning, "Nothing.", "sound")
    here, there = ("rounded", "as they are") if refits.study.is_rounded else ("as they are", "rounded")
    rows = refits.as_studied(here, _OF_HOURS) + refits.moved(there, _OF_HOURS, {HOURS: hours if refits.study.is_rounded else np.rint(hours)})
    return _moved(
        refits,
        rows,
        _OF_HOURS,
        name="rounding",
        title=title,
        tested=tested,
        steady="Leave the hours as they are.",
        unsteady="Do not round: fractions hold information, and {names} should not hang on half an hour.",
    )


def minority_definitions(refits: Refits, *, thorough: bool = False) -> Diagnostic:
    """Minority households as those with any, at least half, or only minority members, in place of the share."""
    names = _ALL if thorough else ("H1", "H2b", "H3b")
    share = refits.panel.numbers[GROUP]
    title = "Who is called a minority household"
    tested = "The models with a household counted as minority when any, at least half, or all of its members are, in place of the share"
    definitions = {"any member": share > 0.0, "at least half": share >= 0.5, "all members": share >= 1.0 - 1e-9}
    missing = np.isnan(share)
    if np.array_equal(definitions["any member"], definitions["all members"]):
        meaning = "Every household has a share of 0 or 1: all definitions name the same households."
        return Diagnostic("minority_definition", title, f"{tested}.", {"households in between": 0.0}, meaning, "Nothing.", "sound")
    rows = refits.as_studied("share", names)
    for words, chosen in definitions.items():
        rows += refits.moved(words, names, {GROUP: np.where(missing, np.nan, chosen.astype(np.float64))})
    return _moved(
        refits,
        rows,
        names,
        name="minority_definition",
        title=title,
        tested=tested,
        steady="Keep the share: it uses what is known of mixed households.",
        unsteady="Say which definition a sentence about {names} uses.",
    )


def never_out(built: BuiltPanel, refits: Refits, *, thorough: bool = False) -> Diagnostic:
    """The models without the households that never lost power."""
    names = _ALL if thorough else _ALL[:4]
    title, tested = "Households that were never out", "The models with and without the households that never lost power"
    without = _never_out(built, refits.panel.numbers[HOURS])
    count = int(without.sum())
    if not count:
        why = "the panel holds no household that was never out; what they would change is not known"
        return untestable("never_out", title, tested, why, "Say that the study is of households that lost power.")
    rows = refits.as_studied("with them", names) + refits.moved("without them", names, keep=~without)
    return _moved(
        refits,
        rows,
        names,
        name="never_out",
        title=title,
        tested=tested,
        steady="Either choice will do; say which.",
        unsteady="Say of {names} whether households that never lost power are counted: being spared is a part of what is compared.",
        figures=finite({"households never out, about": about(count)}),
    )


def _never_out(built: BuiltPanel, hours: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """By status where the panel has one, else by 0 hours."""
    if "status" in built.table.column_names:
        status = built.table.column("status").cast(pa.string()).to_pylist()
        return np.array([one == NEVER_OUT for one in status], dtype=np.bool_)
    return np.asarray(hours == 0.0)


def _moved(
    refits: Refits,
    rows: list[Movement],
    names: tuple[str, ...],
    *,
    name: str,
    title: str,
    tested: str,
    steady: str,
    unsteady: str,
    figures: dict[str, float] | None = None,
) -> Diagnostic:
    moves = moves_of(rows, names)
    if not moves.sentences:
        why = next((one.why for one in rows if one.why), "no model could be fitted")
        return untestable(name, title, tested, why.rstrip("."))
    advice = steady if not moves.changed else unsteady.format(names=listed(moves.changed))
    found = {**(figures or {}), **moves.figures}
    return Diagnostic(name, title, f"{tested} ({refits.errors_words}).", found, moves.words, advice, moves.standing, tuple(one.row() for one in rows))
