"""What a reader of a panel must know of its requests and households, as counted notes in the order in which things are told apart.

Modelling choice: every request is in exactly one note of each question (who made it, when, whose it is), so that the counts of a question add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.studies.panel.flow import Flags, Metered
from evenhand.studies.panel.reports import Reports
from evenhand.studies.panel.requests import BY_ADDRESS, BY_PLACE, BY_PREMISE, ELSEWHERE, NO_PLACE, OUTCOMES, TIED, TOO_FAR, MatchedRequests
from evenhand.studies.results import DataNote

_MAKER_WORDS: Final = {"staff": "Requests that staff entered", "meter": "Requests that meters made"}
_OUTCOME_WORDS: Final[Mapping[int, str]] = {
    BY_PREMISE: "Of these, matched to a household by premise",
    BY_ADDRESS: "Of these, matched to a household by address",
    BY_PLACE: "Of these, matched to the nearest premise within {metres:g} m",
    TIED: "Of these, unmatched because several premises fit equally well (one address, or equally near)",
    ELSEWHERE: "Of these, unmatched because they name a premise or address that is no household's",
    TOO_FAR: "Of these, unmatched because no premise lies within {metres:g} m",
    NO_PLACE: "Of these, unmatched because nothing tells where they came from",
}
_COMMUNITY_WORDS: Final = {
    "others": "community_participation counts the other households of the block group that were out and reported; one's own report is not in it.",
    "study": "community_participation is the study's count: the block group's requests in the window, each household once, one's own among them.",
}


def request_notes(requests: pa.Table, matched: MatchedRequests, reports: Reports, kept: Flags, choices: Mapping[str, Any]) -> Iterator[DataNote]:
    """The way of the requests, in the order in which they are told apart."""
    residents, hours, window = reports.is_residents, reports.hours_after_start, choices["window_hours"]
    yield _counted("requests_read", "Requests in the table", requests.num_rows)
    for maker, words in _MAKER_WORDS.items():
        yield from _if_any(f"requests_of_{maker}", f"{words}, which are nobody's participation", np.asarray(pc.equal(requests["made_by"], maker)))
    yield from _if_any("requests_before_event", "Residents' requests from before the event, outside the window", residents & (hours < 0))
    late = f"Residents' requests from more than {window:g} hours after the event began, outside the window"
    yield from _if_any("requests_after_window", late, residents & (hours > window))
    counted = residents & reports.is_in_window
    inside = MatchedRequests(matched.household[counted], matched.outcome[counted])
    yield _counted("requests_in_window", "Residents' requests in the window", int(counted.sum()))
    for code, words in _OUTCOME_WORDS.items():
        yield from _if_any(f"requests_{OUTCOMES[code]}", words.format(metres=choices["match_metres"]), inside.outcome == code)
    found = inside.household[inside.household >= 0]
    distinct = np.unique(found)
    if repeats := found.size - distinct.size:
        yield _counted("requests_of_one_household", "Of these, repeats of a household that had reported already, and counts once", repeats)
    if count := reports.unmatched_reporters:
        yield _counted("reporters_unmatched", "Reporters that are no known household, each once in the study's count of their block group", count)
    if count := reports.lost_reporters:
        yield _counted("reporters_lost", "Reporters that are no known household and in no known block group: they count nowhere", count)
    yield _counted("households_reporting", "Households that reported in the window", distinct.size)
    yield from _if_any("reporters_not_in_panel", "Of these, not in the panel for the reasons of the flow", ~kept[distinct])


def household_notes(meters: Metered, reports: Reports, kept: Flags, choices: Mapping[str, Any]) -> Iterator[DataNote]:
    """What the panel's households are, where that is not a matter of course."""
    took_part = kept & reports.participation
    yield from _if_any("never_out", "Households of the panel that were never out, in with 0 hours", kept & meters.is_status("never_out"))
    still_out = kept & meters.is_status("still_out")
    yield from _if_any("still_out", "Households of the panel still out when the readings end, in with their hours so far", still_out)
    bright = "Households that reported in the window although their meter was never out"
    yield from _if_any("reporters_never_out", bright, took_part & ~meters.is_dark)
    early = "Households that reported only before their own outage: they took part, and have no reported_hours"
    yield from _if_any("reports_before_outage", early, took_part & reports.is_only_early)
    over = took_part & meters.is_status("restored") & (reports.reported_hours > meters.hours)
    late = "Households that reported in the window, and first when their own power was back: they took part, and their report cannot have hastened it"
    yield from _if_any("reports_after_restoration", late, over)
    yield DataNote("community_count", _COMMUNITY_WORDS[choices["community"]], int(kept.sum()))


def window_notes(event_start: datetime, readings_end: datetime, window_hours: float) -> Iterator[DataNote]:
    """A window that the readings do not fill."""
    if event_start + timedelta(hours=window_hours) > readings_end:
        had = (readings_end - event_start).total_seconds() / 3600.0
        text = f"The window of {window_hours:g} hours reaches beyond the readings, which end {had:.1f} hours after the event began."
        yield DataNote("window_beyond_readings", text)


def _counted(code: str, words: str, count: int) -> DataNote:
    return DataNote(code, f"{words}: {count:,}.", count)


def _if_any(code: str, words: str, rows: Flags) -> Iterator[DataNote]:
    if count := int(rows.sum()):
        yield _counted(code, words, count)
