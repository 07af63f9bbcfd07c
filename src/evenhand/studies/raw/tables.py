"""The raw tables of a study (requests, households, areas), read, checked and put on one footing; every fault of all of them raised at once.

Modelling choice: nothing is begun with tables that cannot be right, and nothing is refused that is merely poor: that is counted in notes, which
travel with the tables into every report. What is mended unasked is only what can be read in one way: ids that lost their leading zero, times with a
known clock, land areas from boundaries, ids of another census year where boundaries say what became of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from evenhand.studies.raw.areas import checked_areas, joined_tables
from evenhand.studies.raw.boundaries import Boundaries, read_boundaries
from evenhand.studies.raw.columns import ids_of, instant, is_zone
from evenhand.studies.raw.files import OpenedTable, Source, by_our_names, open_table, sha256_of, unused_columns
from evenhand.studies.raw.findings import Findings, some_of
from evenhand.studies.raw.households import checked_households, personal_columns
from evenhand.studies.raw.requests import checked_requests
from evenhand.studies.results import DataNote
from evenhand.vocabulary.area_ids import GEOID_ALIASES, ID_ALIASES
from evenhand.vocabulary.tables import AREAS, HOUSEHOLDS, REQUESTS

_ALIASES: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "requests": {},
    "households": {"block_group": GEOID_ALIASES},
    "areas": {"geoid": ID_ALIASES},
}
_CONTRACTS: Final = (REQUESTS, HOUSEHOLDS, AREAS)


@dataclass(frozen=True, slots=True, eq=False)
class RawTables:
    """The three tables by their contracts (`evenhand.vocabulary.tables`), checked.

    Ids are text. `requests` have each number once and a time in UTC; `households` are one a premise, their `block_group` is a `geoid` of `areas`
    where they stand in one. Missing values are null. `hashes` are SHA-256 of the files by name of the table (`boundaries`, `boundaries_2` for those).
    """

    requests: pa.Table
    households: pa.Table
    areas: pa.Table
    event_start: datetime
    notes: tuple[DataNote, ...] = ()
    hashes: Mapping[str, str] = field(default_factory=dict)
    is_synthetic: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class CheckedTables:
    """The tables as far as they came through, and every fault of them.

    `tables` are those in which no fault was found, by name. `meter_ids` are the households' as text, null where one has none, also of a table with
    faults; None where nothing is known of them.
    """

    tables: Mapping[str, pa.Table]
    meter_ids: pa.Array | None
    event_start: datetime
    findings: Findings
    hashes: Mapping[str, str]
    is_synthetic: bool

    @property
    def faults(self) -> list[str]:
        return self.findings.faults

    def whole(self) -> RawTables:
        """The tables of a study; StudyTablesUnusable where there is any fault."""
        self.findings.raise_faults()
        return RawTables(
            **self.tables, event_start=self.event_start, notes=tuple(self.findings.notes), hashes=self.hashes, is_synthetic=self.is_synthetic
        )


def check_raw_tables(
    requests: Source,
    households: Source,
    areas: Source,
    *,
    event_start: datetime,
    timezone: str | None = None,
    columns: Mapping[str, str] | None = None,
    boundaries: Path | str | Sequence[Path | str] | None = None,
    id_property: str | None = None,
) -> CheckedTables:
    """Read and check the tables of a study: `whole()` of what comes is the tables, or every fault of them, for whoever has nothing more to check.

    Parameters
    ----------
    requests, households, areas
        Paths of CSV (comma, semicolon or tab; UTF-8; plain, gzip or zstd) or Parquet, or Arrow tables.
    event_start
        When the storm began to put households out; a naive moment is read by the clock of `timezone`.
    timezone
        IANA name of the zone of times that carry none.
    columns
        Our names to those of the files: `{"minority_share": "minority"}` for every table that has such a column, `{"areas.minority_share": "pct"}`
        for one.
    boundaries
        GeoJSON of the areas in degrees; a second one of the households' block groups, where they are of another census year.
    id_property
        Name of the id among the properties of the boundaries; None looks for the known ones (`GEOID`, `GEOID10`, `tract_id`, …).
    """
    findings, names = Findings(), dict(columns or {})
    if not is_zone(timezone):
        findings.refuse("--timezone", f"{timezone!r} is no time zone; a name such as America/New_York was expected")
        timezone = "UTC"  # so that the other faults can be found
    start = instant(event_start, timezone, "--event-start", findings)
    opened = {
        contract.name: open_table(source, contract, findings) for contract, source in zip(_CONTRACTS, (requests, households, areas), strict=True)
    }
    found = {name: one for name, one in opened.items() if one is not None}
    findings.faults += unused_columns(names, _CONTRACTS, {name: one.table for name, one in found.items()})
    _refuse_names_of_people(found.get("households"), findings)
    before = len(findings.faults)
    shapes, hashes = _boundaries(boundaries, id_property, findings)
    are_shapes_sound = len(findings.faults) == before
    ours = _named(found, names, shapes, findings)
    tables = _checked(ours, timezone, shapes, findings)
    if {"households", "areas"} <= set(tables) and are_shapes_sound:
        sources = (found["households"].source, found["areas"].source)
        homes, asked = joined_tables(tables["households"], tables.get("requests"), tables["areas"], shapes, sources=sources, findings=findings)
        tables |= {"households": homes} | ({} if asked is None else {"requests": asked})
    return CheckedTables(
        tables=tables,
        meter_ids=ids_of(ours["households"], "meter_id") if "households" in ours else None,
        event_start=start.astimezone(UTC),
        findings=findings,
        hashes={name: one.sha256 for name, one in found.items() if one.sha256} | hashes,
        is_synthetic=any(one.is_synthetic for one in found.values()),
    )


def _named(found: Mapping[str, OpenedTable], columns: Mapping[str, str], shapes: Sequence[Boundaries], findings: Findings) -> dict[str, OpenedTable]:
    computable = _computable(shapes)
    renamed_tables = {
        contract.name: by_our_names(found[contract.name], contract, columns, findings, aliases=_ALIASES[contract.name], computable=computable)
        for contract in _CONTRACTS
        if contract.name in found
    }
    return {name: one for name, one in renamed_tables.items() if one is not None}


def _checked(opened: Mapping[str, OpenedTable], timezone: str | None, shapes: Sequence[Boundaries], findings: Findings) -> dict[str, pa.Table]:
    """Tables in which no fault is, of those that have rows and their columns."""
    checks: Mapping[str, Callable[[OpenedTable], pa.Table]] = {
        "requests": lambda one: checked_requests(one, timezone, findings),
        "households": lambda one: checked_households(one, findings),
        "areas": lambda one: checked_areas(one, shapes, findings),
    }
    tables = {}
    for contract in _CONTRACTS:
        one = opened.get(contract.name)
        if one is None or not one.table.num_rows or set(contract.missing_from(one.table.column_names)) - set(_computable(shapes)):
            continue
        before = len(findings.faults)
        table = checks[contract.name](one)
        if len(findings.faults) == before:
            tables[contract.name] = table
    return tables


def _computable(shapes: Sequence[Boundaries]) -> tuple[str, ...]:
    """Required columns that boundaries can stand for."""
    return ("land_sq_mi",) if shapes else ()


def _refuse_names_of_people(households: OpenedTable | None, findings: Findings) -> None:
    if households is not None and (personal := personal_columns(households.table.column_names)):
        words = f"the columns {some_of(personal, 6)} hold names of people or ways to reach them; a study needs none: leave them out of the file"
        findings.refuse(households.source, words)


def _boundaries(
    paths: Path | str | Sequence[Path | str] | None, id_property: str | None, findings: Findings
) -> tuple[tuple[Boundaries, ...], dict[str, str]]:
    files = [] if paths is None else [Path(paths)] if isinstance(paths, Path | str) else [Path(path) for path in paths]
    read = [read_boundaries(path, id_property, findings) for path in files]
    hashes = {f"boundaries{f'_{k}' if k > 1 else ''}": sha256_of(path) for k, path in enumerate(files, start=1) if path.is_file()}
    return tuple(one for one in read if one is not None), hashes
