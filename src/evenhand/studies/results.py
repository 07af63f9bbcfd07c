"""What a whole study hands from step to step, as data: the panel and how it came about, samples, diagnostics, claims.

Modelling choice: a result is numbers and the words that they carry, never a page. `reports` lays out, and publishes nothing that has not passed the
disclosure gate; so whatever describes few households carries how many stand behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import pyarrow as pa

from evenhand.equity.panel_reading import Panel
from evenhand.studies.frame import FrameCoverage

Standing = Literal["sound", "caution", "trouble", "not_testable"]


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step from all premises to the households of the models. `left` says how many left here, by reason in words."""

    name: str
    words: str
    households: int
    left: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataNote:
    """Something about the input that a reader must know: `code` for machines, `text` for people, `rows` how many it touches."""

    code: str
    text: str
    rows: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class BuiltPanel:
    """The households of the study, by one set of choices.

    `table` has a row a household with the panel contract's columns and, beside them, `lat`, `long`, `meter_id`, `outage_start` (UTC), `members` where
    known; rows stand in the order of `panel`. `requests` are the matched requests, one a row: `premise_id, requested_at (UTC), hours_after_start`,
    all of the storm, also those after the window. `choices` are the options by name, `hashes` the inputs' SHA-256 by name. `frame` says
    whom the households hold of the residents.
    `lost` has the columns of `table` for households of an area that are not in the panel because no reading tells of them, or because they were still
    out and are left out by choice; their hours are null, or those seen so far.
    """

    panel: Panel
    table: pa.Table
    requests: pa.Table
    flow: tuple[FlowStep, ...]
    notes: tuple[DataNote, ...]
    event_start: datetime
    readings_end: datetime
    choices: Mapping[str, Any]
    hashes: Mapping[str, str] = field(default_factory=dict)
    frame: FrameCoverage | None = None
    lost: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One check, with its verdict in words.

    `tested` says what was looked at, `figures` the numbers by name (their unit in the name where they have one), `meaning` what they mean here,
    `advice` what to do. `standing` is `not_testable` where it cannot be told, and `meaning` then begins with "Cannot be tested because".
    `rows` is a small table for the appendix (equal mappings; may be empty). `is_internal`: rows name single areas or households, and are shown only
    to those who may see them.
    """

    name: str
    title: str
    tested: str
    figures: Mapping[str, float]
    meaning: str
    advice: str
    standing: Standing
    rows: tuple[Mapping[str, Any], ...] = ()
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the study: `holds`, `depends` (then `on` says on what), or `cannot_be_said`; `because` names the figures that it follows from.

    `about` is the hypothesis that it answers, `city` for the gap of everybody, empty where it answers none.
    """

    text: str
    standing: Literal["holds", "depends", "cannot_be_said"]
    because: str
    on: tuple[str, ...] = ()
    about: str = ""
