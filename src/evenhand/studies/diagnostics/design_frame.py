"""Who is not in the frame? The residents of the study's block groups beside the members of its households.

Modelling choice: a study of households finds nothing about people whom its table of households does not hold, and voter rolls and registers of
property hold some more often than others. Residents are counted in the block groups in which the study's households live, by the table of areas;
members of the frame are those of the households that are in the panel. Both are taken as they are: neither has an interval here.
"""

from __future__ import annotations

from typing import Final

from evenhand.studies.diagnostics.design_refits import untestable
from evenhand.studies.frame import FrameCoverage
from evenhand.studies.results import BuiltPanel, Diagnostic

# Less of the residents than this, or shares farther apart than this, is told as a caution.
LEAST_HELD: Final = 0.9
MOST_APART: Final = 0.05
_TITLE: Final = "Who is not in the frame?"
_TESTED: Final = "Residents of the study's block groups, by the table of areas, beside the members of its households"
_ASK: Final = "Ask what the table of households was made from, and whom that leaves out; quote the findings for the households that it holds."


def who_is_not_in_the_frame(built: BuiltPanel) -> Diagnostic:
    """How many residents the households of the panel hold of how many, and the share that is of a minority in both."""
    frame = built.frame
    if frame is None or frame.why:
        why = frame.why if frame is not None else "the residents of the block groups are not known"
        return untestable("frame", _TITLE, _TESTED, why, "Give areas with minority_share, and households with members.")
    is_caution = frame.held < LEAST_HELD or frame.held > 1.0 or abs(frame.minority_of_members - frame.minority_of_residents) > MOST_APART
    figures = {
        "residents of the block groups": frame.residents,
        "members of the study's households, about": frame.members,
        "residents held (share)": frame.held,
        "residents of a minority (share)": frame.minority_of_residents,
        "members of a minority (share)": frame.minority_of_members,
    }
    meaning = f"{frame.words} {_meaning(frame)}"
    return Diagnostic("frame", _TITLE, f"{_TESTED}.", figures, meaning, _ASK if is_caution else "Nothing.", "caution" if is_caution else "sound")


def _meaning(frame: FrameCoverage) -> str:
    apart = frame.minority_of_members - frame.minority_of_residents
    held = "There are more members than residents: one of the two tables is of another year, or counts otherwise." if frame.held > 1.0 else ""
    if not held and frame.held < LEAST_HELD:
        held = f"Nothing here tells of the other {100 * (1.0 - frame.held):.0f} % of the residents."
    if abs(apart) <= MOST_APART:
        share = f"The two shares lie within {100 * MOST_APART:g} points of each other."
    else:
        share = (
            f"Residents of a minority are {'under' if apart < 0 else 'over'}-represented by {100 * abs(apart):.0f} points: what is found of minority"
            " households is found of those whom the frame holds."
        )
    return f"{held} {share}".strip()
