"""When a report counts: the window curve, and the landmark analysis that is free of immortal time.

Modelling choice: a household must be out to report, and the longer it is out, the longer it can. A flag "reported within w hours" so gives reporters
hours that they waited beforehand, and more of them the longer the window. The window curve shows how far the study's figures move with w. The
landmark analysis asks otherwise: of the households that are still out L hours after their own outage began, did those that had reported by then wait
longer from there on? Who reports later counts as not having reported, and nobody is given hours in which they could not have been restored. It
answers for those still out at L only, and does not remove that those with more reason to report, report.

References: Anderson, Cain & Gelber (1983), J. Clinical Oncology 1:710–719 (landmark); Suissa (2008), Am. J. Epidemiology 167:492–499 (immortal time).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow.compute as pc

from evenhand.equity.verdicts import percent_words, ratio_words
from evenhand.studies.diagnostics.design_refits import (
    HOURS,
    Floats,
    Movement,
    Refits,
    listed,
    moves_of,
    untestable,
    untold,
)
from evenhand.studies.results import BuiltPanel, Diagnostic

WINDOWS: Final = (12.0, 24.0, 48.0, 72.0, 96.0)
ALL_WINDOWS: Final = tuple(float(hours) for hours in range(12, 97, 12))
LANDMARKS: Final = (12.0, 24.0, 48.0)
ALL_LANDMARKS: Final = tuple(float(hours) for hours in range(12, 97, 12))
# With fewer reporters or others on one side of a comparison its ratio is a matter of single households.
LEAST_ON_A_SIDE: Final = 20
_FOLLOWED: Final = ("H1", "H2b", "H3b", "reporting")
_OF_HOURS: Final = ("H1", "H3b", "reporting")


def window_curve(built: BuiltPanel, refits: Refits, *, thorough: bool = False) -> Diagnostic:
    """The study's figures where only reports of the first 12 to 96 hours count."""
    title = "The window in which a report counts"
    tested = "Model 1 and model 3 with a household counted as reporting when its first request came within so many hours"
    first = first_request_hours(built)
    if isinstance(first, str):
        return untestable("window", title, tested, first)
    rows = refits.as_studied("the study's window", _FOLLOWED)
    for hours in ALL_WINDOWS if thorough else WINDOWS:
        took_part = (first <= hours).astype(np.float64)
        setting = f"{hours:g} h"
        if few := _too_few(int(took_part.sum()), took_part.size):
            rows += [untold(setting, name, few) for name in _FOLLOWED]
        else:
            rows += refits.moved(setting, _FOLLOWED, {"participation": took_part})
    moves = moves_of(rows, _FOLLOWED)
    if not moves.sentences:
        return untestable("window", title, tested, "at no window did enough households report, and enough others not")
    return Diagnostic(
        "window",
        title,
        f"{tested} ({refits.errors_words}).",
        {**moves.figures, "windows tried": float(len({one.setting for one in rows}) - 1)},
        f"{moves.words} Long windows let those who wait long report: part of what moves is that, and not the city.",
        "Say the window beside each figure of reporting."
        if moves.standing == "sound"
        else f"Do not claim {listed(moves.changed)} without the window; rely on the landmark analysis and on the person-period model.",
        moves.standing,
        tuple(one.row() for one in rows),
    )


def landmark_analysis(refits: Refits, *, thorough: bool = False) -> Diagnostic:
    """Hours from a landmark on, of those still out at it, by whether they had reported by then."""
    title = "Landmark analysis: reporting without immortal time"
    tested = "Of households still out so many hours after their outage began, the hours from there on, by whether they had reported by then (model 3)"
    reported = refits.panel.numbers.get("reported_hours")
    if reported is None or np.isnan(reported).all():
        return untestable("landmark", title, tested, "the panel does not say how long after the start of its outage a household reported")
    flagged = refits.as_studied("the study's window", _OF_HOURS)
    rows = list(flagged)
    for landmark in ALL_LANDMARKS if thorough else LANDMARKS:
        rows += _at_landmark(refits, reported, landmark)
    found = [one for one in rows if not one.is_as_studied and not one.why]
    if not found:
        return untestable("landmark", title, tested, "at no landmark were enough households still out that had reported, and that had not")
    return _of_landmarks(refits, rows, found, title, tested)


def _at_landmark(refits: Refits, reported: Floats, landmark: float) -> list[Movement]:
    hours = refits.hours
    still_out = hours > landmark
    by_then = (reported <= landmark).astype(np.float64)
    setting = f"{landmark:g} h"
    if few := _too_few(int(by_then[still_out].sum()), int(still_out.sum())):
        return [untold(setting, name, few) for name in _OF_HOURS]
    return refits.moved(setting, _OF_HOURS, {"participation": by_then, HOURS: hours - landmark}, keep=still_out)


def _of_landmarks(refits: Refits, rows: list[Movement], found: list[Movement], title: str, tested: str) -> Diagnostic:
    sentences: list[str] = []
    figures: dict[str, float] = {}
    is_opposed = False
    for name, words in (
        ("reporting", "Reporters without minority members, beside others"),
        ("H3b", "The gap among reporters, beside that among others"),
    ):
        flag = next(one for one in rows if one.hypothesis == name and one.is_as_studied)
        own = [one for one in found if one.hypothesis == name]
        if flag.why or not own:
            continue
        is_opposed = is_opposed or any({one.outcome, flag.outcome} == {"supported", "contradicted"} for one in own)
        told = ", ".join(f"{percent_words(one.ratio)} at {one.setting} ({one.said})" for one in own)
        sentences.append(f"{words}: {ratio_words((flag.ratio, flag.ratio_low, flag.ratio_high))} by the study's flag; from a landmark on {told}.")
        figures |= {f"{name} by the flag (ratio)": flag.ratio} | {f"{name} at {one.setting} (ratio)": one.ratio for one in own}
    return Diagnostic(
        "landmark",
        title,
        f"{tested} ({refits.errors_words}).",
        figures,
        f"{' '.join(sentences)} A landmark asks about those still out at it, and about the hours from there on.",
        "The flag and the landmarks point opposite ways: what the flag shows is the waiting that made reporting possible. Say nothing of it."
        if is_opposed
        else "Prefer these figures, and the person-period model's, to those of the flag; call both associations.",
        "trouble" if is_opposed else "sound",
        tuple(one.row() for one in rows),
    )


def first_request_hours(built: BuiltPanel) -> Floats | str:
    """Hours from the event's start to each household's first request (infinite without one), in the order of the panel; or why it cannot be told."""
    if "premise_id" not in built.table.column_names:
        return "the panel has no premise_id by which requests could be matched"
    missing = [name for name in ("premise_id", "hours_after_start") if name not in built.requests.column_names]
    if missing or not built.requests.num_rows:
        return f"the matched requests have no {' and no '.join(missing)}" if missing else "no request was matched to a household"
    own = built.requests.select(["premise_id", "hours_after_start"])
    own = own.filter(pc.greater_equal(own.column("hours_after_start"), 0.0))
    least = own.group_by("premise_id").aggregate([("hours_after_start", "min")])
    by_premise = dict(zip(least.column("premise_id").to_pylist(), least.column("hours_after_start_min").to_pylist(), strict=True))
    premises = built.table.column("premise_id").to_pylist()
    return np.array([by_premise.get(premise, np.inf) for premise in premises], dtype=np.float64)


def _too_few(reporters: int, households: int) -> str:
    if min(reporters, households - reporters) >= LEAST_ON_A_SIDE:
        return ""
    return f"fewer than {LEAST_ON_A_SIDE} households had reported, or had not"
