"""How many rows each model used, beside the households of the study: what anybody subtracts first.

Modelling choice: the rows of a model are taken to lie within those of every larger one, so that each difference is a number of households, and passes
the gate with the two that it lies between. Equal numbers are one number.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from evenhand.reports.disclosure_cells import Cell
from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.studies.group_facts import GroupFacts
from evenhand.studies.study_run import StudyResults

POPULATION: Final = "households of the study"
HOURS_MODEL: Final = "3"
LOG_NORMAL: Final = "log-normal"
NEVER_OUT: Final[Key] = ("never out", "in the models")


def of_kind(cells: Mapping[Key, Cell], *kinds: str) -> dict[tuple[Any, ...], Cell]:
    """Cells whose keys begin with one of these words."""
    return {key: cell for key, cell in cells.items() if isinstance(key, tuple) and key[0] in kinds}


def rows_key(n: int) -> Key:
    return "rows", n


def left_out_key(column: str, reason: str, n: int) -> Key:
    return "left out", column, reason, n


def add_rows(results: StudyResults, everybody: GroupFacts, counts: dict[Key, int], sums: list[Sum]) -> None:
    """Rows of every model and gap of both presets, and of the meters, with what each is short of."""
    known = {
        ("flow", len(results.main.built.flow) - 1): results.main.built.panel.n,
        (everybody.group, "households"): everybody.households,
        ("other preset", "households"): results.other.built.panel.n,
        (everybody.group, "out"): everybody.households - everybody.never_out,
    }
    used = {*known.values(), *_of_models(results), *_of_sample(results, everybody, counts, sums)} - {0}
    counts |= {rows_key(n): n for n in used}
    sums += [Sum(key, (rows_key(n),)) for key, n in known.items() if key in counts and counts[key] == n and n]
    for larger, smaller in pairwise(sorted(used, reverse=True)):
        apart: Key = ("rows apart", larger, smaller)
        counts[apart] = larger - smaller
        sums.append(Sum(rows_key(larger), (rows_key(smaller), apart)))
    _add_left_out(results, counts, sums)
    _add_never_out(results, everybody, counts, sums)
    _add_meters(results, counts, sums)


def _of_models(results: StudyResults) -> set[int]:
    found = {one.n for one in results.other_models if one.ratios}
    for study in (results.main, results.other):
        found |= {fit.n for fit in study.fits.fits.values()} | {one.gap.n for one in study.gaps if one.gap}
    return found


def _of_sample(results: StudyResults, everybody: GroupFacts, counts: dict[Key, int], sums: list[Sum]) -> set[int]:
    """Those who reported and those who did not, of whom samples are drawn: everybody who misses no value."""
    sample = results.sampling.shown
    if sample is None:
        return set()
    counts |= {("sample", "reported"): sample.reporters, ("sample", "others"): sample.non_reporters}
    n = sample.reporters + sample.non_reporters
    sums.append(Sum(rows_key(n), (("sample", "reported"), ("sample", "others"))))
    for part, whole, size in (("reported", "reported", everybody.reported), ("others", "unheard", everybody.households - everybody.reported)):
        parts: list[Key] = [("sample", part)]
        if size > counts["sample", part]:
            counts["sample left out", part] = size - counts["sample", part]
            parts.append(("sample left out", part))
        if size >= counts["sample", part]:
            sums.append(Sum((everybody.group, whole), tuple(parts)))
    return {n}


def _add_left_out(results: StudyResults, counts: dict[Key, int], sums: list[Sum]) -> None:
    """Rows that miss a value, by column; a row may miss two."""
    for study in (results.main, results.other):
        for fit in study.fits.fits.values():
            gone: dict[Key, int] = {left_out_key(d.column, d.reason, d.rows): d.rows for d in fit.design.dropped if ":" not in d.column}
            counts |= gone
            whole = rows_key(fit.design.n_given)
            if gone and whole in counts and counts[whole] == fit.n + sum(gone.values()):
                sums.append(Sum(whole, (rows_key(fit.n), *gone)))


def _add_never_out(results: StudyResults, everybody: GroupFacts, counts: dict[Key, int], sums: list[Sum]) -> None:
    """The log-normal leaves out who was never out: of these, those who miss a value were left out before."""
    fit = results.main.fits.fits[HOURS_MODEL]
    never_out = int((fit.design.y == 0.0).sum())
    if not 0 < never_out <= everybody.never_out:
        return
    counts[NEVER_OUT] = never_out
    parts: list[Key] = [NEVER_OUT]
    if never_out < everybody.never_out:
        counts["never out", "left out"] = everybody.never_out - never_out
        parts.append(("never out", "left out"))
    sums.append(Sum((everybody.group, "never_out"), tuple(parts)))
    if any(one.name == LOG_NORMAL and one.n == fit.n - never_out for one in results.other_models):
        sums.append(Sum(rows_key(fit.n), (rows_key(fit.n - never_out), NEVER_OUT)))


def _add_meters(results: StudyResults, counts: dict[Key, int], sums: list[Sum]) -> None:
    """Meters that were read, beside the households that have one of them."""
    meters = results.storm.summary.n_meters
    counts["meters", "read"] = meters
    for place, step in enumerate(results.main.built.flow):
        if step.name == "metered" and meters >= step.households:
            parts: list[Key] = [("flow", place)]
            if meters > step.households:
                counts["meters", "of no household"] = meters - step.households
                parts.append(("meters", "of no household"))
            sums.append(Sum(("meters", "read"), tuple(parts)))
