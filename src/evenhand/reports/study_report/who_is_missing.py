"""Who is not in a study, in the lines of its first page: residents whom the frame does not hold, and households that left for want of something."""

from __future__ import annotations

from collections.abc import Iterator

from evenhand.reports.study_report.counts import StudyCounts
from evenhand.studies.panel.flow import MUCH, left_for_want
from evenhand.studies.results import BuiltPanel


def who_is_missing(built: BuiltPanel, counts: StudyCounts) -> Iterator[str]:
    """One sentence on the frame, and one on those who left where they are many."""
    if built.frame is not None:
        yield built.frame.words
    lost = left_for_want(built.flow)
    if not lost:
        return
    cells = {reason: counts.left(place, reason) for place, step in enumerate(built.flow) for reason in step.left if reason in lost}
    told = ", ".join(f"{reason} ({cell.text})" for reason, cell in cells.items() if cell is not None)
    is_told = all(cell is not None and cell.value is not None for cell in cells.values())
    share = f"{100 * sum(lost.values()) / built.flow[0].households:.0f} %" if is_told else f"more than {100 * MUCH:g} %"
    yield f"Of {counts.step(0).text} households in the table {share} are not in the study for want of an area or of hours: {told}."
