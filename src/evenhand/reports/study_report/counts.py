"""Every count of households in a study's report, put through the disclosure gate together.

Modelling choice: the flow, the groups and both presets count the same households, so whoever lays them side by side may subtract. They therefore
pass the gate as one system of sums: what is withheld in one place cannot be worked out from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenhand.reports.disclosure import Gate
from evenhand.reports.disclosure_cells import WITHHELD, Cell
from evenhand.reports.disclosure_suppression import Key, Sum
from evenhand.reports.study_report.row_counts import POPULATION, add_rows, of_kind
from evenhand.reports.study_report.telling import told_models
from evenhand.reports.told_models import ToldModels
from evenhand.studies.group_facts import EVERYBODY, GroupFacts
from evenhand.studies.results import DataNote, FlowStep
from evenhand.studies.study_run import StudyResults

_FOUND: Final = ("requests_premise", "requests_address", "requests_nearest")
_NOT_FOUND: Final = ("requests_tied", "requests_elsewhere", "requests_too_far", "requests_no_place")
_NOTED: Final = (
    ("requests_read", ("requests_of_staff", "requests_of_meter", "requests_before_event", "requests_after_window", "requests_in_window")),
    ("requests_in_window", (*_FOUND, *_NOT_FOUND)),
)
_SPLITS: Final = (
    ("households", ("never_out", "out")),
    ("households", ("reported", "unheard")),
    ("out", ("still_out", "restored")),
    ("out", ("out_reported", "out_unheard")),
    ("unheard", ("out_unheard", "never_out_unheard")),
)


@dataclass(frozen=True, slots=True)
class StudyCounts:
    """What may be told. Counts of a group by its name and what is counted; of the flow by step, and by step and reason.

    `models` says what of the models may be told. `withheld` are the counts that may not be: for the gate, and printed nowhere.
    """

    cells: dict[Key, Cell]
    models: ToldModels
    withheld: frozenset[int]

    @property
    def size(self) -> str:
        """Households of the study; where their number may not be told, those of them whose hours and group are known."""
        steps = list(of_kind(self.cells, "flow").values())
        return steps[-1].text if steps and not steps[-1].is_withheld else self.cells[EVERYBODY, "households"].text

    @property
    def meters(self) -> str | None:
        """Meters that were read; None where their number tells how many households were lost."""
        cell = self.cells["meters", "read"]
        return None if cell.value is None else cell.text

    def of(self, group: GroupFacts, what: str) -> Cell:
        """`what`: households, never_out, out, still_out, restored, reported, unheard, out_unheard."""
        return self.cells[group.group, what]

    def share(self, group: GroupFacts, part: str, whole: str, decimals: int = 1) -> str:
        """In per cent; told where both counts are."""
        one, two = self.of(group, part), self.of(group, whole)
        if one.value is None or two.value is None or not two.value:
            return "withheld" if one.value is None or two.value is None else "–"
        share = 100.0 * one.value / two.value
        return f"{share:.{2 if 0 < share < 1 else decimals}f} %"

    def step(self, step: int) -> Cell:
        """Households that are left after a step of the flow."""
        return self.cells["flow", step]

    def left(self, step: int, reason: str) -> Cell | None:
        """Households that left at a step, by reason; None where nobody did."""
        return self.cells.get(("left", step, reason))

    def note(self, note: DataNote) -> str:
        """A finding in words; where its count may not be told, the words say so in the place of the number."""
        cell = self.cells.get(("note", note.code, note.text))
        if cell is None or cell.value is not None:
            return note.text
        before, number, after = note.text.rpartition(f"{note.rows:,}")
        return f"{before}[{WITHHELD}]{after}" if number else note.text

    @property
    def other(self) -> Cell:
        """Households of the preset that does not lead."""
        return self.cells["other preset", "households"]


def study_counts(results: StudyResults, gate: Gate) -> StudyCounts:
    """Put all of them through the gate at once."""
    groups = results.groups.groups
    counts: dict[Key, int] = {}
    sums: list[Sum] = []
    for group in groups:
        counts |= {(group.group, what): n for what, n in _of_group(group).items()}
        sums += [Sum((group.group, whole), tuple((group.group, part) for part in parts)) for whole, parts in _SPLITS]
    everybody, *parts = groups
    sums += [Sum((everybody.group, what), tuple((part.group, what) for part in parts)) for what in _of_group(everybody)]
    _add_flow(results.main.built.flow, counts, sums)
    _add_presets(results, everybody, counts, sums)
    _add_notes(results.main.built.notes, everybody, counts, sums)
    add_rows(results, everybody, counts, sums)
    told = [(one.group, "households") for one in groups if one.households >= gate.least]
    cells = gate.linked(counts, sums, name="Counts of households", population=POPULATION, told=told)
    withheld = frozenset(counts[key] for key, cell in cells.items() if cell.is_withheld)
    return StudyCounts(cells, told_models(results, cells, gate), withheld)


def _of_group(group: GroupFacts) -> dict[str, int]:
    out, unheard = group.households - group.never_out, group.households - group.reported
    return {
        "households": group.households,
        "never_out": group.never_out,
        "out": out,
        "reported": group.reported,
        "unheard": unheard,
        "still_out": group.still_out,
        "restored": out - group.still_out,
        "out_unheard": group.out_unheard,
        "out_reported": out - group.out_unheard,
        "never_out_unheard": unheard - group.out_unheard,
    }


def _add_flow(steps: Sequence[FlowStep], counts: dict[Key, int], sums: list[Sum]) -> None:
    """Nobody left for a reason: then nobody is told of, and nothing is counted."""
    for place, step in enumerate(steps):
        counts["flow", place] = step.households
        gone: dict[Key, int] = {("left", place, reason): n for reason, n in step.left.items() if n}
        counts |= gone
        if place and steps[place - 1].households == step.households + sum(gone.values()):
            sums.append(Sum(("flow", place - 1), (("flow", place), *gone)))


def _add_presets(results: StudyResults, everybody: GroupFacts, counts: dict[Key, int], sums: list[Sum]) -> None:
    """The other preset's households, and how many more the one has than the other."""
    flow = results.main.built.flow
    ours, other = everybody.households, results.other.built.panel.n
    main_key, other_key = (everybody.group, "households"), ("other preset", "households")
    counts[other_key] = other
    if ours == other:
        sums.append(Sum(main_key, (other_key,)))
    else:
        more, fewer = (main_key, other_key) if ours > other else (other_key, main_key)
        counts["presets", "difference"] = abs(ours - other)
        sums.append(Sum(more, (fewer, ("presets", "difference"))))
    if flow and flow[-1].households == ours:
        sums.append(Sum(("flow", len(flow) - 1), (main_key,)))


def _add_notes(notes: Sequence[DataNote], everybody: GroupFacts, counts: dict[Key, int], sums: list[Sum]) -> None:
    """What the notes count: requests by what became of them, and households that the groups count too."""
    keys: dict[str, Key] = {note.code: ("note", note.code, note.text) for note in notes if note.rows}
    counts |= {keys[note.code]: note.rows for note in notes if note.rows}
    for whole, parts in _NOTED:
        _add_sum(keys.get(whole), [keys[part] for part in parts if part in keys], counts, sums)
    matched = [keys[code] for code in _FOUND if code in keys]
    counted = [keys[code] for code in ("requests_of_one_household", "households_reporting") if code in keys]
    counts["matched requests", "all"] = sum(counts[key] for key in matched)
    for parts_of_all in (matched, counted):
        _add_sum(("matched requests", "all"), parts_of_all, counts, sums)
    for code, what in (("never_out", "never_out"), ("still_out", "still_out")):
        _add_sum((everybody.group, what), [keys[code]] if code in keys else [], counts, sums)
    lost = [keys["reporters_not_in_panel"]] if "reporters_not_in_panel" in keys else []
    _add_sum(keys.get("households_reporting"), [(everybody.group, "reported"), *lost], counts, sums)
    bright = [keys["reporters_never_out"]] if "reporters_never_out" in keys else []
    _add_sum((everybody.group, "never_out"), [(everybody.group, "never_out_unheard"), *bright], counts, sums)


def _add_sum(whole: Key | None, parts: Sequence[Key], counts: dict[Key, int], sums: list[Sum]) -> None:
    """A sum that holds here; one that does not is none."""
    if whole is not None and parts and counts[whole] == sum(counts[part] for part in parts):
        sums.append(Sum(whole, tuple(parts)))
