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

_PREMISE = Column("premise_id", pa.string(), "the place where a household lives and a meter hangs; text or a whole number")
_BLOCK_GROUP = Column("block_group", pa.string(), "census block group: 12-digit GEOID as text")
_ADDRESS = Column("address_id", pa.string(), "id of the address, in the same register as the other tables'", is_optional=True)
_LAT = Column("lat", pa.float64(), "latitude, WGS 84", "degrees", is_optional=True)
_LONG = Column("long", pa.float64(), "longitude, WGS 84", "degrees", is_optional=True)

REQUESTS: Final = TableContract(
    "requests",
    (
        Column("service_request_id", pa.string(), "the request's number; a second row with the same one is left out"),
        Column("requested_datetime", UTC_TIME, "when it was made"),
        Column("service_code", pa.string(), "what was asked for, by code", is_optional=True),
        Column("service_name", pa.string(), "what was asked for, in words", is_optional=True),
        Column("closed_datetime", UTC_TIME, "when it was closed", is_optional=True),
        Column("status", pa.string(), "open or closed", is_optional=True),
        Column("channel", pa.string(), "phone, web, app, …", is_optional=True),
        Column("made_by", pa.string(), "resident, staff, meter or unknown; unknown and null count as a resident's", is_optional=True),
        _LAT,
        _LONG,
        _ADDRESS,
        Column("premise_id", pa.string(), "the premise that it was made for; null = not known", is_optional=True),
        Column("block_group", pa.string(), "census block group that it came from, for requests of no known premise", is_optional=True),
        Column("duplicate_of", pa.string(), "number of the request that it repeats", is_optional=True),
        Column("agency_responsible", pa.string(), "who deals with it", is_optional=True),
    ),
)

HOUSEHOLDS: Final = TableContract(
    "households",
    (
        _PREMISE,
        Column("meter_id", METER_ID, "the meter, written as in the readings; a whole number or text; null = none"),
        _BLOCK_GROUP,
        Column("minority_share", pa.float64(), "members who are of a minority (all but non-Hispanic white)", "0–1"),
        Column("elderly_share", pa.float64(), "members aged 60 or more", "0–1"),
        Column("college_age_share", pa.float64(), "members aged 18–24", "0–1"),
        Column("house_age", pa.float64(), "age of the house", "years"),
        Column("members", pa.int32(), "people in the household", is_optional=True),
        _LAT,
        _LONG,
        _ADDRESS,
    ),
)

AREAS: Final = TableContract(
    "areas",
    (
        Column("geoid", pa.string(), "the area's id, as the households' block_group"),
        Column("population", pa.float64(), "residents", "people"),
        Column("land_sq_mi", pa.float64(), "land area; computed where boundaries are given and it is missing", "square miles"),
        Column("median_income_usd", pa.float64(), "median household income", "USD a year"),
        Column("education", pa.float64(), "residents with a bachelor's degree or more", "0–1"),
        Column("renter_share", pa.float64(), "homes that are rented", "0–1"),
        Column("minority_share", pa.float64(), "residents who are of a minority; further shares by group are kept", "0–1", is_optional=True),
    ),
)

PANEL: Final = TableContract(
    "panel",
    (
        Column("premise_id", pa.string(), "the household's premise"),
        Column("block_group", pa.string(), "12-digit GEOID; errors are clustered by it"),
        Column("participation", pa.int8(), "1 where the household reported through 311 in the window"),
        Column("restoration_hours", pa.float64(), "outage start to restoration; observed so far while out; 0 = never out", "h"),
        Column("minority_share", pa.float64(), "members who are of a minority", "0–1"),
        Column("community_participation", pa.int32(), "requests of the block group in the window, each household once", "requests"),
        Column("log_population_density", pa.float64(), "natural logarithm of people per square mile", "log people per square mile"),
        Column("median_income", pa.float64(), "of the block group", "1,000 USD"),
        Column("house_age", pa.float64(), "age of the house", "years"),
        Column("education", pa.float64(), "residents of the block group with a bachelor's degree or more", "0–1"),
        Column("elderly_share", pa.float64(), "members aged 60 or more", "0–1"),
        Column("college_age_share", pa.float64(), "members aged 18–24", "0–1"),
        Column("renter_share", pa.float64(), "homes of the block group that are rented", "0–1"),
        Column("weight", pa.float64(), "households that this one stands for", "households"),
        Column("status", pa.string(), "restored, still_out or never_out"),
        Column("reported_hours", pa.float64(), "outage start to the first report, also after the window; null = none", "h"),
        Column(
            "community_participation_others",
            pa.int32(),
            "other households of the block group that were out and reported in the window",
            "households",
        ),
        Column("meter_id", METER_ID, "the meter; a whole number or text", is_optional=True),
        Column("outage_start", UTC_TIME, "begin of the outage; null = never out", is_optional=True),
        _LAT,
        _LONG,
        Column("members", pa.int32(), "people in the household", is_optional=True),
        Column("community_participation_raw", pa.int32(), "the study's count, whichever community_participation holds", "requests", is_optional=True),
        Column("dark_others", pa.int32(), "other households of the block group that were out", "households", is_optional=True),
    ),
)

METER_TABLES: Final = (READINGS, METER_EVENTS, OUTAGES, OUTAGE_EVENTS)
STUDY_TABLES: Final = (REQUESTS, HOUSEHOLDS, AREAS, PANEL)
