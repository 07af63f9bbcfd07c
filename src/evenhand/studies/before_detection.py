"""What can be known to be wrong before outages are looked for, of tables and readings together, all of it told at once.

Modelling choice: a fault that is certain is told by itself. That no meter of a first look is a household's is told only beside other faults, because
a look may meet a part of the readings that holds no homes; alone it waits for detection, which sees every meter. The event is held against the range
of the readings where Parquet states it; in other files only reading them through would tell.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from evenhand.meters.formats.source import ReadingSource
from evenhand.meters.parameters import Rule, StormEvent
from evenhand.meters.parquet_parts import Further, first_rows, parts_of
from evenhand.meters.windows import ParquetRows, checked_limits, grid_of, span_of
from evenhand.studies.panel.meeting import Counted, matched_meters, request_faults, requests_that_count, service_faults
from evenhand.studies.raw.findings import some_of
from evenhand.studies.raw.tables import CheckedTables

PLACES_LOOKED_AT: Final = 8


def refuse_event(source: ReadingSource, event: StormEvent, rule: Rule) -> None:
    """An event that Parquet readings cannot carry.

    Raises
    ------
    EventOutsideReadings, BaselineTooShort, IntervalLengthUnclear, NoReadings
        As detection would, later.
    """
    if files := source.parquet_files or source.arriving_parquet_files:
        rows = ParquetRows(files, Further(has_quality=source.has_quality))
        checked_limits(rule, event, grid_of(span_of(rows, source.interval_minutes, event)))


def faults_of_requests(checked: CheckedTables, services: tuple[str, ...] | None, counted: Counted) -> list[str]:
    """Requests of which nobody said which count, or of which none does; `counted` as the panel will be built."""
    requests = checked.tables.get("requests")
    if requests is None:
        return []
    faults = service_faults(requests, services) or request_faults(requests_that_count(requests, services), checked.tables.get("households"), counted)
    return [f"requests: {fault}" for fault in faults]


def doubts_of_meters(checked: CheckedTables, source: ReadingSource) -> list[str]:
    """That none of the readings' meters, as far as a first look goes, is a household's."""
    readings = _meters_at_first_look(source)
    if checked.meter_ids is None or not len(readings) or checked.meter_ids.null_count == len(checked.meter_ids):
        return []
    if pc.count(matched_meters(checked.meter_ids, readings)).as_py():
        return []
    mine = some_of(checked.meter_ids.drop_null()[:2].to_pylist())
    return [
        f"readings: of {len(readings):,} meters in a first look none is a household's. Are these readings of another city, or ids written in another"
        f" way? The households have {mine}; the readings have {some_of(readings[:2].to_pylist())}"
    ]


def _meters_at_first_look(source: ReadingSource) -> pa.Array:
    """Ids in some places of the readings, each once; none of registers, which only reading all of them turns into readings."""
    if source.is_register:
        return pa.array([], pa.string())
    if files := source.parquet_files or source.arriving_parquet_files:
        parts = parts_of(files)
        batches = [batch for part in parts[:: max(len(parts) // PLACES_LOOKED_AT, 1)] for batch in islice(first_rows([part]), 1)]
    else:
        batches = list(islice(source.batches(), PLACES_LOOKED_AT))
    kind = pa.int64() if source.id_type == "int" else pa.string()
    return pc.unique(pa.chunked_array([batch.column("meter_id").cast(kind) for batch in batches], kind))
