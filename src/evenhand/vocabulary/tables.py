"""The tables that cross a border, as data: one column a line, with its Arrow type, its meaning and its unit.

Writers build their schema from here and readers check names against it, so a column has the same name and type wherever it turns up. Columns that
are not listed are kept by whoever passes a table on. A meter's id may be a whole number or text: `schema(id_type)` says which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

UTC_TIME: Final = pa.timestamp("us", tz="UTC")
METER_ID: Final = pa.int64()


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `unit` is empty where a value has none; an optional column may be absent."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class TableContract:
    """A table by name; `columns` in the order in which they are written."""

    name: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> tuple[str, ...]:
        """Names that must be there."""
        return tuple(column.name for column in self.columns if not column.is_optional)

    def missing_from(self, names: Iterable[str]) -> tuple[str, ...]:
        """Required columns that `names` does not hold, in the contract's order."""
        present = set(names)
        return tuple(name for name in self.required if name not in present)

    def schema(self, id_type: pa.DataType = METER_ID) -> pa.Schema:
        """The Arrow schema as written, with ids of `id_type` (int64 or string)."""
        return pa.schema([(c.name, id_type if c.name == "meter_id" else c.type) for c in self.columns if not c.is_optional])


_METER = Column("meter_id", METER_ID, "the meter; a whole number or text")
_LOW = Column("hours_low", pa.float64(), "least duration that the readings allow", "h")
_HIGH = Column("hours_high", pa.float64(), "greatest duration that the readings allow; null while out", "h")
_EVIDENCE = Column("evidence", pa.string(), "what spoke, joined by +: gap, zero, register, event, neighbours")

READINGS: Final = TableContract(
    "readings",
    (
        _METER,
        Column("interval_start", UTC_TIME, "begin of the interval"),
        Column("kwh", pa.float64(), "energy of the interval; null = not received; negative = export", "kWh"),
        Column("quality", pa.string(), "E = estimated by the head end", is_optional=True),
        Column("version", pa.int64(), "revision of this reading; the greatest wins", is_optional=True),
        Column("arrived_at", UTC_TIME, "arrival at the head end; the latest wins", is_optional=True),
    ),
)

METER_EVENTS: Final = TableContract(
    "meter_events",
    (
        _METER,
        Column("at", UTC_TIME, "when the meter says it happened"),
        Column("event", pa.string(), "power_off (last gasp) or power_on"),
    ),
)

OUTAGES: Final = TableContract(
    "outages",
    (
        _METER,
        Column("outage_start", UTC_TIME, "begin of the first fully dark interval of the storm outage; null = never out or unknown"),
        Column("restored_at", UTC_TIME, "begin of the first interval of sustained power after it; null = not restored when the readings end"),
        Column("hours", pa.float64(), "duration: dark intervals and half of each edge interval; observed so far while out; 0 = never out", "h"),
        _LOW,
        _HIGH,
        Column("status", pa.string(), "restored, still_out, never_out or unknown"),
        Column("flickers", pa.int32(), "times that power came back inside the outage and did not last"),
        _EVIDENCE,
    ),
)

OUTAGE_EVENTS: Final = TableContract(
    "outage_events",
    (
        _METER,
        Column("start", UTC_TIME, "begin of the first fully dark interval"),
        Column("end", UTC_TIME, "begin of the first interval of sustained power; null = still out when the readings end"),
        Column("hours", pa.float64(), "duration as in the outages table", "h"),
        _LOW,
        _HIGH,
        Column("status", pa.string(), "restored or still_out"),
        Column("is_storm", pa.bool_(), "is this the meter's storm outage?"),
        _EVIDENCE,
    ),
)
