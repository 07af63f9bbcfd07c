"""Everything a study found as one JSON document of plain numbers and words, as far as the disclosure gate lets it.

Modelling choice: a number that is withheld is null, and the document says so; the models themselves stand in `models.json`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_cells import Cell
from evenhand.reports.study_report.counts import StudyCounts
from evenhand.reports.study_report.documents import plain
from evenhand.reports.study_report.methods import Provenance
from evenhand.reports.study_report.tables import outcome
from evenhand.studies.group_facts import GroupFacts
from evenhand.studies.hypotheses import NamedGap
from evenhand.studies.results import Diagnostic
from evenhand.studies.study_run import PresetStudy, StudyResults

_COUNTED = ("households", "never_out", "out", "still_out", "restored", "reported", "out_unheard")


def study_numbers(results: StudyResults, counts: StudyCounts, provenance: Provenance, gate: Gate) -> dict[str, Any]:
    """`{"study": …, "inputs": …, "groups": […], "flow": […], "presets": {…}, "diagnostics": […], "claims": […], …}`."""
    document = _document(results, counts, provenance, gate)
    return document if gate.is_internal else plain(document)


def _document(results: StudyResults, counts: StudyCounts, provenance: Provenance, gate: Gate) -> dict[str, Any]:
    wishes, storm = results.wishes, results.storm
    main = results.main
    return {
        "study": {
            "event_start": _moment(wishes.event.start),
            "event_until": _moment(wishes.event.until),
            "readings_begin": _moment(storm.readings_begin),
            "readings_end": _moment(storm.readings_end),
            "readings": storm.n_rows if counts.meters is not None else None,
            "interval_minutes": storm.interval_minutes,
            "rule": storm.rule,
            "preset": main.name,
            "window_hours": wishes.window_hours,
            "margin": wishes.margin,
            "seed": wishes.seed,
            "thorough": wishes.is_thorough,
            "internal": gate.is_internal,
            "synthetic": results.is_synthetic,
            "least_households_told": None if gate.is_internal else gate.least,
        },
        "inputs": dict(provenance.hashes),
        "versions": dict(provenance.versions),
        "command": provenance.command,
        "groups": [_group(one, counts) for one in results.groups.groups],
        "restricted_mean_gap": _plain(asdict(results.groups.gap)) if results.groups.gap else None,
        "flow": [_step(results, place, counts) for place in range(len(main.built.flow))],
        "notes": [{"code": one.code, "text": counts.note(one)} for one in main.built.notes],
        "presets": {one.name: _preset(one, counts) for one in (main, results.other)},
        "diagnostics": [_diagnostic(one) for one in results.diagnostics],
        "claims": [asdict(one) | {"on": list(one.on)} for one in results.claims],
    }


def _group(one: GroupFacts, counts: StudyCounts) -> dict[str, Any]:
    told = {what: _value(counts.of(one, what)) for what in _COUNTED}
    hours = {name: getattr(one, name) for name in ("mean_hours", "mean_low", "mean_high", "median_hours", "horizon_hours")}
    return {"group": one.group, **told, **_plain(hours)}


def _step(results: StudyResults, place: int, counts: StudyCounts) -> dict[str, Any]:
    step = results.main.built.flow[place]
    left = {reason: _value(cell) for reason in step.left if (cell := counts.left(place, reason)) is not None}
    return {"name": step.name, "words": step.words, "households": _value(counts.step(place)), "left": left}


def _preset(study: PresetStudy, counts: StudyCounts) -> dict[str, Any]:
    return {
        "choices": {name: _choice(value) for name, value in study.built.choices.items()},
        "errors": list(study.fits.errors),
        "weighted": study.fits.is_weighted,
        "gaps": [_gap(one, counts) for one in study.gaps],
        "verdicts": [_plain(asdict(one)) | {"outcome": outcome(one)} for one in study.verdicts],
    }


def _gap(one: NamedGap, counts: StudyCounts) -> dict[str, Any]:
    told = {"name": one.name, "why_not": one.why or None}
    return told if one.gap is None else told | _plain(asdict(one.gap)) | {"n": counts.models.rows_number(one.gap.n)}


def _diagnostic(one: Diagnostic) -> dict[str, Any]:
    told = ("name", "title", "standing", "tested", "meaning", "advice")
    return {name: getattr(one, name) for name in told} | {"figures": _plain(one.figures), "rows": [_plain(row) for row in one.rows]}


def _value(cell: Cell) -> int | None:
    return None if cell.value is None else int(cell.value)


def _choice(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in row.items()}


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
