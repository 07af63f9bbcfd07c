"""The raw table of requests, checked: when each was made, by whom, and what may tell whose it was.

Modelling choice: a request with a number that came before is the same request, left out with a note. One without a time that can be read is left out
and counted; a request nobody can place stays, because how many cannot be placed is itself a finding. Who made it is `resident`, `staff` or `meter`,
or `unknown`, which like nothing is taken for a resident's and counted: most requests are. Any other word is a fault, since taking it for a resident
would make a household take part that did not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evenhand.studies.raw.columns import ids_of, times_of, with_columns
from evenhand.studies.raw.files import OpenedTable
from evenhand.studies.raw.findings import Findings, some_of
from evenhand.studies.raw.households import block_groups_of, places_of

MAKERS: Final = ("resident", "staff", "meter", "unknown")
_WAYS_TO_PLACE: Final = (("premise_id",), ("address_id",), ("lat", "long"))


def checked_requests(opened: OpenedTable, timezone: str | None, findings: Findings) -> pa.Table:
    """The table by contract: ids as text, `requested_datetime` in UTC, `made_by` filled in; other columns behind them."""
    have = opened.table.column_names
    if not any(set(way) <= set(have) for way in _WAYS_TO_PLACE):
        findings.refuse(opened.source, "nothing tells whose requests these are: premise_id, address_id, or lat and long were expected")
    ids = {name: ids_of(opened, name) for name in ("service_request_id", "premise_id", "address_id", "duplicate_of")}
    lat, long = places_of(opened, findings)
    columns = {
        **ids,
        "requested_datetime": times_of(opened, "requested_datetime", timezone, findings),
        "made_by": _makers(opened, findings),
        "block_group": block_groups_of(opened, "block_group", findings),
        "lat": lat,
        "long": long,
    }
    return _usable_rows(opened.source, with_columns(opened.table, columns), findings)


def _makers(opened: OpenedTable, findings: Findings) -> pa.Array:
    if "made_by" not in opened.table.column_names:
        findings.note("made_by_unknown", f"{opened.source} has no column made_by: every request was taken for a resident's.", opened.table.num_rows)
        return pa.array(["resident"] * opened.table.num_rows, pa.string())
    makers = pc.utf8_lower(ids_of(opened, "made_by"))
    other = sorted(set(pc.unique(makers).to_pylist()) - {None, *MAKERS})
    if other:
        findings.refuse(opened.source, f"made_by: {', '.join(MAKERS)} were expected, and {some_of(other)} came")
    makers = pc.if_else(pc.equal(makers, "unknown"), None, makers)
    if makers.null_count:
        words = f"requests of which it is not known who made them, taken for residents': {makers.null_count:,}"
        findings.note("made_by_missing", f"{opened.source}: {words}.", makers.null_count)
    return pc.fill_null(makers, "resident")


def _usable_rows(source: str, table: pa.Table, findings: Findings) -> pa.Table:
    """Rows with a number and a time, each number once: the earliest of the same number, whatever the order of rows."""
    numbered = table.filter(pc.is_valid(table["service_request_id"]))
    if lost := table.num_rows - numbered.num_rows:
        findings.note("request_without_id", f"{source}: requests without a service_request_id, left out: {lost:,}.", lost)
    timed = numbered.filter(pc.is_valid(numbered["requested_datetime"]))
    if lost := numbered.num_rows - timed.num_rows:
        findings.note("request_without_time", f"{source}: requests without a time that can be read, left out: {lost:,}.", lost)
        if not timed.num_rows and not findings.faults:
            findings.refuse(source, "requested_datetime: not one time can be read; ISO 8601 was expected, as 2018-10-11 09:00")
    once = timed.take(_first_of_each(timed))
    if repeated := timed.num_rows - once.num_rows:
        findings.note("request_repeated", f"{source}: rows that repeat the number of another request, left out: {repeated:,}.", repeated)
    return once


def _first_of_each(table: pa.Table) -> pa.Array:
    """Rows sorted by number, then by everything that tells copies apart, so that the row kept does not depend on the order that came."""
    keys = ["service_request_id", "requested_datetime", "premise_id", "address_id", "lat", "long", "made_by"]
    order = pc.sort_indices(table, sort_keys=[(key, "ascending") for key in keys])
    ids = table["service_request_id"].combine_chunks().take(order)
    if not len(ids):
        return order
    is_new = np.append(True, np.asarray(pc.not_equal(ids[1:], ids[:-1])))
    return order.filter(pa.array(is_new))
