"""Green Button (ESPI) feeds: interval readings of electricity, in the units and with the qualities that the feed itself states.

Modelling choice: a feed is read twice. The first time for its structure, because entries come in any order and a block of readings only points at
its meter reading, which points at its reading type; broken XML is then known before anything is computed. The second time for the readings, entry by
entry. The meter is the usage point. Where it has one series for what was delivered and one for what was sent back, the energy is their difference: a
home that exports is no home without power. A slot of which only the export is known, and is zero, was not received.

References
----------
NAESB REQ.21 (ESPI): ReadingType, IntervalBlock, QualityOfReading; times are seconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import cast

import numpy as np
import pyarrow as pa

from evenhand.meters.formats.errors import Fault
from evenhand.meters.formats.espi_entries import Block, Entry, FeedBroken, ReadingType, entries_of
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.files import FoundFile
from evenhand.meters.formats.raw import BATCH_ROWS, RawBatch
from evenhand.meters.formats.times import UTC_US

SCHEMA = pa.schema([("meter_id", pa.string()), ("interval_start", UTC_US), ("kwh", pa.float64()), ("quality", pa.string())])

WATT_HOURS, WATTS = 72, 38
ELECTRICITY_SERVICE = 0
ELECTRICITY_COMMODITIES = frozenset({None, 0, 1, 2})
ENERGY_BEHAVIOURS = frozenset({None, 0, 4, 9})  # delta data, or a sum over the interval; 1, 2 and 3 are registers
POWER_BEHAVIOURS = frozenset({None, 0, 4, 6, 12})
REVERSE = 19
ESTIMATES = frozenset({8, 9, 12})  # by reference day, by interpolation, projected


@dataclass(frozen=True)
class _Series:
    """One meter reading of the feed: whose it is and what its values mean."""

    meter_id: str
    kind: ReadingType

    @property
    def is_reverse(self) -> bool:
        return self.kind.flow_direction == REVERSE

    def kwh(self, value: float, seconds: int) -> float:
        watt_hours = value * 10.0**self.kind.power_of_ten
        return (watt_hours * seconds / 3600.0 if self.kind.uom == WATTS else watt_hours) / 1000.0


@dataclass(frozen=True)
class EspiPart:
    """One feed whose structure has been read."""

    file: FoundFile
    series: Mapping[str, _Series]
    refused: tuple[tuple[str, str], ...]
    row_count: int
    interval_seconds: frozenset[int]
    schema: pa.Schema = SCHEMA
    is_text: bool = True
    states_unit: bool = True

    @property
    def name(self) -> str:
        return str(self.file.path)

    @property
    def meter_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(series.meter_id for series in self.series.values()))

    @property
    def sample(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict({"meter_id": pa.array(self.meter_ids, pa.string())})

    def raw_batches(self, names: Mapping[str, str], faults: FaultCounts) -> Iterator[RawBatch]:
        """Readings of one-way meters as they come, of two-way meters at the end of the feed, netted."""
        for code, place in self.refused:
            faults.add(code, place=f"{self.name}, {place}")
        two_way, rows, read = _TwoWay(self._two_way_meters()), _Rows(), 0
        for block, series in self._blocks():
            read += len(block.starts)
            (two_way if series.meter_id in two_way.meters else rows).add(series, block)
            if len(rows.starts) >= BATCH_ROWS:
                yield self._batch(rows, names, read)
                rows = _Rows()
        two_way.net_into(rows)
        if rows.starts:
            yield self._batch(rows, names, read)

    def _two_way_meters(self) -> frozenset[str]:
        is_reverse = {(series.meter_id, series.is_reverse) for series in self.series.values()}
        return frozenset(meter for meter, reverse in is_reverse if reverse)

    def _blocks(self) -> Iterator[tuple[Block, _Series]]:
        for entry in entries_of(self.file):
            if entry.blocks and (series := _series_of(entry, self.series)) is not None:
                yield from ((block, series) for block in entry.blocks)

    def _batch(self, rows: _Rows, names: Mapping[str, str], read: int) -> RawBatch:
        batch = rows.batch().select(list(names))
        return RawBatch(batch, partial(_place, self.name, read - batch.num_rows))


def _place(name: str, before: int, row: int) -> str:
    return f"{name}, interval reading {max(before, 0) + row + 1}"


class _Rows:
    """Readings to become one batch."""

    def __init__(self) -> None:
        self.meters: list[str] = []
        self.starts: list[int] = []
        self.kwh: list[float | None] = []
        self.qualities: list[str] = []

    def add(self, series: _Series, block: Block) -> None:
        self.meters += [series.meter_id] * len(block.starts)
        self.starts += block.starts
        sign = -1.0 if series.is_reverse else 1.0
        pairs = zip(block.values, block.seconds, strict=True)
        self.kwh += [None if value is None else sign * series.kwh(value, seconds) for value, seconds in pairs]
        default = "E" if series.kind.default_quality in ESTIMATES else ""
        self.qualities += [default if codes is None else "E" if codes & ESTIMATES else "" for codes in block.qualities]

    def batch(self) -> pa.RecordBatch:
        starts = (np.array(self.starts, dtype=np.int64)) * 1_000_000
        arrays = [
            pa.array(self.meters, pa.string()),
            pa.array(starts).cast(UTC_US),
            pa.array(self.kwh, pa.float64()),
            pa.array(self.qualities, pa.string()),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


class _TwoWay:
    """Readings of meters that count both directions, by slot; the last one of a slot and direction stands."""

    def __init__(self, meters: frozenset[str]) -> None:
        self.meters = meters
        self._delivered: dict[tuple[str, int], tuple[float | None, str]] = {}
        self._returned: dict[tuple[str, int], tuple[float | None, str]] = {}

    def add(self, series: _Series, block: Block) -> None:
        rows = _Rows()
        rows.add(series, block)
        side = self._returned if series.is_reverse else self._delivered
        side.update(zip(zip(rows.meters, rows.starts, strict=True), zip(rows.kwh, rows.qualities, strict=True), strict=True))

    def net_into(self, rows: _Rows) -> None:
        for meter, start in sorted(self._delivered.keys() | self._returned.keys()):
            delivered, quality = self._delivered.get((meter, start), (None, ""))
            returned, its_quality = self._returned.get((meter, start), (None, ""))
            rows.meters.append(meter)
            rows.starts.append(start)
            rows.kwh.append(_net(delivered, returned))
            rows.qualities.append(max(quality, its_quality))


def _net(delivered: float | None, returned: float | None) -> float | None:
    """`returned` is negative already; alone it says something only if it is not zero."""
    if delivered is None:
        return returned or None
    return delivered + (returned or 0.0)


def open_espi(found: FoundFile) -> EspiPart | Fault | None:
    """Read the structure; None where a feed has no readings of electricity."""
    meters: dict[str, Entry] = {}
    types: dict[str, ReadingType] = {}
    services: dict[str, int | None] = {}
    blocks: list[tuple[Entry, int, frozenset[int]]] = []
    try:
        for entry in entries_of(found):
            if entry.kind == "ReadingType" and entry.reading_type is not None:
                types[entry.key_after("ReadingType")] = entry.reading_type
            elif entry.kind == "UsagePoint":
                services[entry.key_after("UsagePoint")] = entry.service_kind
            elif entry.kind == "MeterReading":
                meters[entry.key_before("MeterReading")] = entry
            elif entry.kind == "IntervalBlock":
                blocks.append((entry.without_readings(), sum(len(block.starts) for block in entry.blocks), _lengths(entry)))
    except FeedBroken as broken:
        return Fault("unreadable_xml", str(found.path), f"{broken}: is it a whole Green Button (ESPI) feed?")
    return _part(found, _Structure(meters, types, services), blocks)


@dataclass(frozen=True)
class _Structure:
    meters: Mapping[str, Entry]
    types: Mapping[str, ReadingType]
    services: Mapping[str, int | None]

    def type_of(self, meter: Entry) -> ReadingType | None:
        """The reading type that a meter reading points at; the only one of the feed if it points at none."""
        named = [self.types[key] for key in meter.related_after("ReadingType") if key in self.types]
        return named[0] if named else next(iter(self.types.values())) if len(self.types) == 1 else None


def _part(found: FoundFile, structure: _Structure, blocks: list[tuple[Entry, int, frozenset[int]]]) -> EspiPart | Fault | None:
    series: dict[str, _Series] = {}
    refused: list[tuple[str, str]] = []
    for key, meter in structure.meters.items():
        meter_id = meter.key_after("UsagePoint", whole=False) or key
        kind, service = structure.type_of(meter), structure.services.get(meter_id)
        code = _refusal(kind, service)
        if code is None and kind is not None:
            series[key] = _Series(meter_id, kind)
        elif code is not None:
            refused.append((code, f"meter reading {key}"))
    orphans = [entry for entry, _, _ in blocks if entry.key_before("IntervalBlock") not in structure.meters and _series_of(entry, series) is None]
    refused += [("not_interval_data", f"block {entry.own[0] if entry.own else 'without an address'}") for entry in orphans]
    ours = [(count, lengths) for entry, count, lengths in blocks if _series_of(entry, series) is not None]
    if not structure.meters and not blocks:
        return Fault("unreadable_xml", str(found.path), "no Green Button (ESPI) meter readings in this XML")
    if not ours and not refused:
        return None
    stated = {kind.kind.interval_seconds for kind in series.values()}
    lengths = frozenset(stated - {None}) if None not in stated else frozenset[int]().union(*(lengths for _, lengths in ours))
    return EspiPart(found, series, tuple(refused), sum(count for count, _ in ours), cast("frozenset[int]", lengths))


def _refusal(kind: ReadingType | None, service: int | None) -> str | None:
    """Why a series is not interval electricity; None if it is."""
    if service not in {None, ELECTRICITY_SERVICE} or (kind is not None and kind.commodity not in ELECTRICITY_COMMODITIES):
        return "other_commodity"
    if kind is None:
        return "not_interval_data"
    behaviours = {WATT_HOURS: ENERGY_BEHAVIOURS, WATTS: POWER_BEHAVIOURS}.get(kind.uom or -1, frozenset())
    return None if kind.accumulation in behaviours else "not_interval_data"


def _series_of(entry: Entry, series: Mapping[str, _Series]) -> _Series | None:
    """Whose readings a block holds; in a feed with one series, a block without an address is its."""
    key = entry.key_before("IntervalBlock")
    return next(iter(series.values())) if not key and len(series) == 1 else series.get(key)


def _lengths(entry: Entry) -> frozenset[int]:
    """Seconds from reading to reading where they follow one another, else what they say of themselves."""
    steps = {later - earlier for block in entry.blocks for earlier, later in pairwise(block.starts) if later > earlier}
    return frozenset((steps and {min(steps)}) or {seconds for block in entry.blocks for seconds in block.seconds})
