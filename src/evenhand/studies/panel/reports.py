"""Who took part: from matched requests to participation, the block group's requests, and the hours until a household reported.

Modelling choice: a household took part where a resident's request in the window is matched to it, once however often it asked, and also where the
desk closed its request as a duplicate of a neighbour's: it did report. What staff entered of their own accord and what meters sent is nobody's
participation. The study's count of a block group is its reporting households and, beside them, requests that came from it but could be matched to no
household, each reporter once. Ours leaves out one's own report and counts only households that were out: those who could have known.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, data and measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from evenhand.studies.panel.requests import MatchedRequests, reporters_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

HOUR_US: Final = 3_600_000_000
# The first dark interval begins when its meter reads nothing: the outage itself began up to one interval of at most an hour before.
EARLY_HOURS: Final = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Reports:
    """What the requests say of each household (n,) and of themselves (m,).

    `participation` bool; `community` int64, the study's count; `others` and `dark_others` int64, households beside oneself that reported, and that
    were out; `reported_hours` float64, NaN where none. `hours_after_start` (m,) is negative before the event; `is_residents`, `is_in_window` bool
    (m,).
    `is_only_early` bool (n,): reported only before the own outage. `unmatched_reporters` are counted in `community` and in no household,
    `lost_reporters` in neither.
    """

    participation: Flags
    community: Ints
    others: Ints
    dark_others: Ints
    reported_hours: Floats
    hours_after_start: Floats
    is_residents: Flags
    is_in_window: Flags
    is_only_early: Flags
    unmatched_reporters: int
    lost_reporters: int


def reports_of(
    requests: pa.Table,
    matched: MatchedRequests,
    *,
    block_group: pa.Array,
    is_dark: Flags,
    outage_start_hours: Floats,
    event_start: datetime,
    window_hours: float,
) -> Reports:
    """Participation of households, row by row of `block_group`.

    Parameters
    ----------
    requests
        `requested_datetime` (UTC), `made_by`, `block_group` and the ids, one request a row, sorted by number.
    matched
        The requests' households.
    block_group
        Of each household, text; null where it is in no area.
    is_dark
        Whether each household was out, bool (n,).
    outage_start_hours
        From the event's start to the household's outage, float64 (n,), NaN where it was not out.
    event_start
        With a zone.
    window_hours
        The window, both ends included.
    """
    hours = hours_after(requests["requested_datetime"], event_start)
    is_residents = np.asarray(pc.equal(requests["made_by"], "resident"), dtype=np.bool_)
    is_in_window = (hours >= 0.0) & (hours <= window_hours)
    counted = is_residents & is_in_window
    n = len(block_group)
    took_part = np.zeros(n, dtype=np.bool_)
    took_part[matched.household[counted & (matched.household >= 0)]] = True
    areas = pc.unique(block_group.drop_null())
    area = _area_of(block_group, areas)
    beside, lost_reporters = _unmatched_by_area(requests.filter(pa.array(counted)), matched.household[counted], areas)
    reported, is_only_early = _reported_hours(matched.household, hours, is_residents & (hours >= 0.0), outage_start_hours)
    dark_reporters = is_dark & took_part
    return Reports(
        participation=took_part,
        community=_summed(took_part, area, beside),
        others=_summed(dark_reporters, area) - dark_reporters,
        dark_others=_summed(is_dark, area) - is_dark,
        reported_hours=reported,
        hours_after_start=hours,
        is_residents=is_residents,
        is_in_window=is_in_window,
        is_only_early=is_only_early,
        unmatched_reporters=int(beside.sum()),
        lost_reporters=lost_reporters,
    )


def hours_after(times: pa.ChunkedArray | pa.Array, event_start: datetime) -> Floats:
    """Hours from the event's start to each moment, NaN where there is none."""
    start_us = int(event_start.timestamp() * 1_000_000)
    column = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    us = column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
    since: Floats = pc.subtract(us, start_us).to_numpy(zero_copy_only=False).astype(np.float64)
    return since / HOUR_US


def _area_of(block_group: pa.Array, areas: pa.Array) -> Ints:
    """The place of each id among the areas; none of them comes last, as one area more."""
    place = pc.index_in(block_group, value_set=areas)
    return np.where(block_group.is_null(), len(areas), pc.fill_null(place, len(areas))).astype(np.int64)


def _summed(flags: Flags, area: Ints, beside: Ints | None = None) -> Ints:
    """For each household, how many of its area are so flagged (and what came from its area beside); 0 outside of all areas."""
    counts = np.bincount(area[flags], minlength=int(area.max(initial=0)) + 1 if beside is None else beside.size + 1)
    if beside is not None:
        counts[: beside.size] += beside
        counts[beside.size] = 0
    return counts[area].astype(np.int64)


def _unmatched_by_area(requests: pa.Table, household: Ints, areas: pa.Array) -> tuple[Ints, int]:
    """How many reporters each area has that no household stands for, and how many have no area either.

    A chain of duplicates in which any request has a household is that household's report.
    """
    reporter = reporters_of(requests, household)
    has_household = np.isin(reporter, reporter[household >= 0])
    area = _area_of(requests["block_group"].combine_chunks(), areas)
    placed = ~has_household & (area < len(areas))
    n_reporters = np.unique(reporter[~has_household]).size
    # A chain that names two areas counts in that of its first row: rows come sorted by number, so the file's order decides nothing.
    _, first = np.unique(reporter[placed], return_index=True)
    counts: Ints = np.bincount(area[placed][first], minlength=len(areas)).astype(np.int64)
    return counts, n_reporters - first.size


def _reported_hours(household: Ints, hours: Floats, is_report: Flags, outage_start_hours: Floats) -> tuple[Floats, Flags]:
    """Hours from the outage to its first report (a little before it counts as at once), and which households reported only before theirs."""
    n = outage_start_hours.size
    rows = np.flatnonzero(is_report & (household >= 0))
    since = hours[rows] - outage_start_hours[household[rows]]
    first = np.full(n, np.inf)
    in_time = since >= -EARLY_HOURS
    np.minimum.at(first, household[rows][in_time], np.maximum(since[in_time], 0.0))
    had_early = np.zeros(n, dtype=np.bool_)
    had_early[household[rows][since < -EARLY_HOURS]] = True
    return np.where(np.isinf(first), np.nan, first), had_early & np.isinf(first)
