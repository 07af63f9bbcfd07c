"""Do requests, households and readings meet? What may be asked before a panel is built, each question with its faults in words.

Modelling choice: these are asked twice, of the tables before anything is computed (so that every fault is told at once) and of the outages that were
found. A table of several services is refused until somebody says which of them count: nobody can tell from its words that a service is about outages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.studies.panel.reports import hours_after
from evenhand.studies.panel.requests import MatchedRequests, match_requests
from evenhand.studies.raw.findings import some_of

# Says that the requests of every service count.
ALL_SERVICES: Final = "all"
_BY_NAME_OR_CODE: Final = ("service_name", "service_code")
_MOST_NAMED: Final = 12
# Fewer of the households' meters than this among the outages, and fewer of the outages' among the households: not one city.
LEAST_MATCHED: Final = 0.2


@dataclass(frozen=True, slots=True)
class Counted:
    """Which requests count: how many hours from the event's start, and how they find their household."""

    event_start: datetime
    window_hours: float
    match_metres: float
    match_address: bool = True


def requests_that_count(requests: pa.Table, services: Sequence[str] | None) -> pa.Table:
    """Requests of these services, by code or name; all where `services` is None or holds "all"."""
    if services is None or ALL_SERVICES in services:
        return requests
    wanted = pa.array(list(services), pa.string())
    chosen = np.zeros(requests.num_rows, dtype=np.bool_)
    for column in _service_columns(requests):
        chosen |= np.asarray(pc.is_in(column, value_set=wanted), dtype=np.bool_)
    return requests.filter(pa.array(chosen))


def services_in_words(requests: pa.Table) -> str:
    """The services of these requests, by their names or else their codes."""
    return ", ".join(sorted(_services(requests))) or "none is named"


def service_faults(requests: pa.Table, services: Sequence[str] | None) -> list[str]:
    """Several services and nobody said which count; or such as no request is of."""
    there = _services(requests)
    if services is None and len(there) > 1:
        return [
            f"requests of {len(there)} services came, and which of them count was not said: {_with_counts(there)}. Name those that are about the"
            f" outage: --service NAME (may be repeated), or --service {ALL_SERVICES} where every one is"
        ]
    if services is not None and requests.num_rows and not requests_that_count(requests, services).num_rows:
        return [f"no request is of the services {some_of(services)}; there are {_with_counts(there) or 'none named'}"]
    return []


def request_faults(requests: pa.Table, households: pa.Table | None, counted: Counted) -> list[str]:
    """No request in the window, or none that is any household's (not asked where the households are not known)."""
    hours = hours_after(requests["requested_datetime"], counted.event_start)
    residents = np.asarray(pc.equal(requests["made_by"], "resident"), dtype=np.bool_)
    inside = requests.filter(pa.array(residents & (hours >= 0.0) & (hours <= counted.window_hours)))
    if not inside.num_rows:
        return [_none_in_window(requests.filter(pa.array(residents))["requested_datetime"], counted)]
    if households is None:
        return []
    matched = match_requests(inside, households, metres=counted.match_metres, use_address=counted.match_address)
    return [] if (matched.household >= 0).any() else [_none_matched(matched)]


def _none_in_window(times: pa.ChunkedArray, counted: Counted) -> str:
    run = f"they run from {pc.min(times).as_py():%Y-%m-%d %H:%M} to {pc.max(times).as_py():%Y-%m-%d %H:%M} UTC" if len(times) else "there are none"
    window = f"{counted.window_hours:g} hours from {counted.event_start:%Y-%m-%d %H:%M} UTC"
    return f"no resident's request lies in the window of {window}; {run}. Check --event-start and --timezone"


def _none_matched(matched: MatchedRequests) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in matched.counts.items() if count)
    return (
        f"of {matched.outcome.size:,} residents' requests in the window none could be matched to a household ({counts}). Are premise_id and"
        " address_id those of the households, and are both tables of one city?"
    )


def matched_meters(meters: pa.Array, readings: pa.Array) -> pa.Array:
    """The place of each household's meter (text) among the readings' ids, null where none.

    Ids are compared as text; where the readings' are whole numbers, the households' go without zeros in front.
    """
    mine = pc.replace_substring_regex(meters, r"^0+([0-9])", r"\1") if pa.types.is_integer(readings.type) else meters
    return pc.if_else(pc.is_valid(mine), pc.index_in(mine, value_set=readings.cast(pa.string())), None)


def _services(requests: pa.Table) -> dict[str, int]:
    """Requests by service, the most frequent first; a service goes by its name, else by its code."""
    columns = _service_columns(requests)
    if not columns:
        return {}
    counts = {row["values"]: row["counts"] for row in pc.value_counts(pc.coalesce(*columns).drop_null()).to_pylist()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _with_counts(services: dict[str, int]) -> str:
    told = [f"{name!r} ({count:,})" for name, count in services.items()]
    more = f" and {len(told) - _MOST_NAMED:,} more" if len(told) > _MOST_NAMED else ""
    return ", ".join(told[:_MOST_NAMED]) + more


def _service_columns(requests: pa.Table) -> list[pa.Array]:
    """Names and codes, as far as the table has them, null where blank."""
    columns = [
        pc.utf8_trim_whitespace(requests[name].combine_chunks().cast(pa.string())) for name in _BY_NAME_OR_CODE if name in requests.column_names
    ]
    return [pc.if_else(pc.equal(column, ""), None, column) for column in columns]
