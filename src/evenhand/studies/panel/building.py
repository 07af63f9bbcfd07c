"""From raw tables and detected outages to the panel of a study, with the way that every household and request went.

Modelling choice: the panel is all households, not a sample; what may be chosen is few, named, and stated in the result. Two presets:

    default        others' reports stand as the block group's participation, so that nobody's own report explains their own wait
    xu_tang_2020   the block group's requests are counted as the study counts them, one's own among them

Both keep households that were never out (the study's least duration is 0 hours) and those still out, with the hours observed so far.

Reference: Xu & Tang (2020), Public Administration Review 80:962–975, data and measures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.equity.panel_reading import panel_of
from evenhand.studies.errors import ReadingsOfAnotherCity, StudyOptionInvalid, StudyTablesUnusable
from evenhand.studies.five_models import PRESETS
from evenhand.studies.frame import frame_coverage
from evenhand.studies.panel.columns import hours_until, panel_table
from evenhand.studies.panel.flow import Flags, Metered, flow_of, metered
from evenhand.studies.panel.meeting import LEAST_MATCHED, Counted, request_faults, requests_that_count, service_faults, services_in_words
from evenhand.studies.panel.notes import household_notes, request_notes, window_notes
from evenhand.studies.panel.reports import Reports, reports_of
from evenhand.studies.panel.requests import OUTCOMES, MatchedRequests, match_requests
from evenhand.studies.raw.findings import some_of
from evenhand.studies.raw.tables import RawTables
from evenhand.studies.results import BuiltPanel, DataNote

NeverOut = Literal["in", "out"]
Censored = Literal["observed_so_far", "out"]
Community = Literal["study", "others"]
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "never_out": ("in", "out"),
    "censored": ("observed_so_far", "out"),
    "community": ("study", "others"),
}
_PRESET_CHOICES: Final[Mapping[str, Mapping[str, str]]] = {
    "default": {"never_out": "in", "censored": "observed_so_far", "community": "others"},
    "xu_tang_2020": {"never_out": "in", "censored": "observed_so_far", "community": "study"},
}
_OUTAGE_COLUMNS: Final = ("meter_id", "outage_start", "hours", "status")


def preset_choices(preset: str) -> dict[str, Any]:
    """What a preset chooses about the panel, as keyword arguments of `build_panel`.

    Raises
    ------
    StudyOptionInvalid
        No such preset.
    """
    if preset not in _PRESET_CHOICES:
        raise StudyOptionInvalid([f"--preset {preset}: there are {', '.join(PRESETS)}"])
    return dict(_PRESET_CHOICES[preset])


def build_panel(
    outages: pa.Table,
    raw: RawTables,
    *,
    readings_end: datetime,
    window_hours: float = 48.0,
    never_out: NeverOut = "in",
    censored: Censored = "observed_so_far",
    community: Community = "others",
    match_metres: float = 30.0,
    match_address: bool = True,
    services: Sequence[str] | None = None,
    is_synthetic: bool = False,
) -> BuiltPanel:
    """Build the panel of all households.

    Parameters
    ----------
    outages
        By the contract `outages`, one row a meter, as `evenhand.meters.detect` writes it.
    raw
        What `check_raw_tables` found to be whole.
    readings_end
        When the readings end, with a zone; a window that reaches beyond is said.
    window_hours
        Requests so many hours from the event's start count, both ends included.
    never_out
        Whether households that were never out are in the panel, with 0 hours.
    censored
        Whether households still out when the readings end are in, with their hours so far.
    community
        What stands as `community_participation`: the study's count of the block group's requests, or the other households that were out and reported.
        Both are in the table whichever is chosen (`community_participation_raw`, `community_participation_others`).
    match_metres
        How far a request may be from the nearest premise to be its; 0 matches by ids only.
    match_address
        Whether an address may stand for a premise.
    services
        Codes or names of the services whose requests count, or "all"; None where the table holds one service alone.
    is_synthetic
        Whether to say that no such household exists, beside what the tables say of themselves.

    Returns
    -------
    BuiltPanel
        Households sorted by `premise_id`. `table` can be written to Parquet and read by `evenhand study fit`. `requests` are residents' requests
        matched to households of the panel, sorted by premise and time: `premise_id`, `requested_at` (UTC), `hours_after_start` (below 0 before the
        event), `service_request_id`, `matched_by` (premise, address or nearest).

    Raises
    ------
    StudyOptionInvalid
        Options that make no sense, all named.
    StudyTablesUnusable
        Outages that are not one row a meter; requests of which none lies in the window, or none is any household's.
    ReadingsOfAnotherCity
        Hardly a household's meter is among the outages.
    PanelUnusable
        The panel cannot carry the models: nobody or everybody took part, too few households, values that cannot be.
    """
    choices: dict[str, Any] = {
        "window_hours": window_hours,
        "never_out": never_out,
        "censored": censored,
        "community": community,
        "match_metres": match_metres,
        "match_address": match_address,
    }
    _refuse_options(choices, readings_end)
    if faults := service_faults(raw.requests, services):
        raise StudyOptionInvalid(faults)
    _refuse_outages(outages)
    households = raw.households.sort_by("premise_id")
    requests = requests_that_count(raw.requests, services).sort_by("service_request_id")
    choices["services"] = services_in_words(requests)
    meters = metered(households, outages)
    _refuse_another_city(households, outages, meters)
    if faults := request_faults(requests, households, Counted(raw.event_start, window_hours, match_metres, match_address)):
        raise StudyTablesUnusable([f"requests: {fault}" for fault in faults])
    flow, kept = flow_of(households, meters, raw.areas["geoid"].combine_chunks(), never_out=never_out, censored=censored)
    matched = match_requests(requests, households, metres=match_metres, use_address=match_address)
    reports = reports_of(
        requests,
        matched,
        block_group=households["block_group"].combine_chunks(),
        is_dark=meters.is_dark,
        outage_start_hours=hours_until(meters.start, int(raw.event_start.timestamp() * 1_000_000)),
        event_start=raw.event_start,
        window_hours=window_hours,
    )
    table = panel_table(households, raw.areas, meters, outages, reports, community=community, kept=kept)
    in_area = np.asarray(pc.is_in(households["block_group"].combine_chunks(), value_set=raw.areas["geoid"].combine_chunks()), dtype=np.bool_)
    lost = in_area & ~kept & ~meters.is_status("never_out")
    synthetic = is_synthetic or raw.is_synthetic
    table = table.replace_schema_metadata({"synthetic": "true"} if synthetic else None)
    frame = frame_coverage(table, raw.areas)
    notes = (
        *raw.notes,
        DataNote("frame", frame.words),
        *request_notes(requests, matched, reports, kept, choices),
        *household_notes(meters, reports, kept, choices),
        *window_notes(raw.event_start, readings_end, window_hours),
    )
    return BuiltPanel(
        panel=panel_of(table, source="of the raw tables"),
        table=table,
        requests=_requests_of_panel(requests, matched, reports, households, kept),
        flow=flow,
        notes=notes,
        event_start=raw.event_start,
        readings_end=readings_end.astimezone(UTC),
        choices=choices,
        hashes=dict(raw.hashes),
        frame=frame,
        lost=panel_table(households, raw.areas, meters, outages, reports, community=community, kept=lost),
    )


def _refuse_options(choices: Mapping[str, Any], readings_end: datetime) -> None:
    faults = [f"{name}={choices[name]!r}: there are {', '.join(known)}" for name, known in _CHOICES.items() if choices[name] not in known]
    if not (math.isfinite(choices["window_hours"]) and choices["window_hours"] > 0):
        faults.append(f"a window of more than 0 hours was expected, and {choices['window_hours']:g} came")
    if not (math.isfinite(choices["match_metres"]) and choices["match_metres"] >= 0):
        faults.append(f"0 metres or more were expected for the nearest premise, and {choices['match_metres']:g} came")
    if readings_end.tzinfo is None:
        faults.append(f"the end of the readings was expected with a zone, and {readings_end.isoformat(' ')} has none")
    if faults:
        raise StudyOptionInvalid(faults)


def _refuse_outages(outages: pa.Table) -> None:
    if missing := [name for name in _OUTAGE_COLUMNS if name not in outages.column_names]:
        raise StudyTablesUnusable([f"outages: missing columns: {', '.join(missing)}. The table has: {', '.join(outages.column_names)}"])
    distinct = pc.count_distinct(outages["meter_id"], mode="all").as_py()
    if distinct != outages.num_rows:
        raise StudyTablesUnusable([f"outages: one row a meter was expected, and {outages.num_rows:,} rows of {distinct:,} meters came"])


def _refuse_another_city(households: pa.Table, outages: pa.Table, meters: Metered) -> None:
    """One meter in two households by number (007 and 7), and readings that hardly meet the households."""
    rows = meters.row[meters.row >= 0]
    if rows.size != np.unique(rows).size:
        raise StudyTablesUnusable([f"households: meters in two premises when zeros in front are dropped: {rows.size - np.unique(rows).size:,}"])
    with_meter = households.num_rows - households["meter_id"].null_count
    most = max(rows.size / max(with_meter, 1), rows.size / max(outages.num_rows, 1))
    if most < LEAST_MATCHED:
        mine, theirs = some_of(households["meter_id"].drop_null()[:2].to_pylist()), some_of(outages["meter_id"][:2].to_pylist())
        examples = f"The households have {mine}; the outages have {theirs}."
        raise ReadingsOfAnotherCity(matched=rows.size, households=with_meter, meters=outages.num_rows, examples=examples)


def _requests_of_panel(requests: pa.Table, matched: MatchedRequests, reports: Reports, households: pa.Table, kept: Flags) -> pa.Table:
    """Residents' requests of the panel's households, before, in and after the window."""
    rows = np.flatnonzero(reports.is_residents & (matched.household >= 0) & np.append(kept, False)[matched.household])  # NumPy takes it by place
    chosen = requests.take(pa.array(rows))
    table = pa.table(
        {
            "premise_id": households["premise_id"].combine_chunks().take(pa.array(matched.household[rows])),
            "requested_at": chosen["requested_datetime"],
            "hours_after_start": reports.hours_after_start[rows],
            "service_request_id": chosen["service_request_id"],
            "matched_by": pa.array([OUTCOMES[code] for code in matched.outcome[rows]], pa.string()),
        }
    )
    return table.sort_by([("premise_id", "ascending"), ("requested_at", "ascending"), ("service_request_id", "ascending")])
