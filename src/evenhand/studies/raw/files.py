"""The files of a study's raw tables, opened: CSV (plain or packed), Parquet or Arrow in memory, by our column names, each file with its hash.

Modelling choice: what a file is, its first bytes say. CSV is read as text throughout, since one value that is no number must be a fault with its
row, not the end of the reading; a line that does not have the header's columns is a fault too, because a household's row that has slipped by one
column looks like a household. Unknown columns are kept as they came.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.csv as arrow_csv
from pyarrow import parquet

from evenhand.meters.formats.files import FoundFile, find_files, open_stream
from evenhand.studies.raw.findings import Findings, some_of
from evenhand.vocabulary.tables import TableContract

Source: TypeAlias = Path | str | pa.Table
NULLS: Final = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", ".", "\\N")
_DELIMITERS: Final = (",", ";", "\t", "|")
_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class OpenedTable:
    """One raw table by our names. `source` is what messages call it; `sha256` is empty for a table that came from memory."""

    source: str
    table: pa.Table
    sha256: str = ""
    has_decimal_commas: bool = False

    @property
    def is_synthetic(self) -> bool:
        """What the table says of itself (metadata `synthetic`)."""
        return (self.table.schema.metadata or {}).get(b"synthetic", b"").lower() in {b"true", b"1", b"yes"}


def open_table(source: Source, contract: TableContract, findings: Findings) -> OpenedTable | None:
    """Open one raw table; None where it cannot be opened, which is then among the faults."""
    if isinstance(source, pa.Table):
        return OpenedTable(f"table {contract.name}", source)
    path = Path(source)
    if path.is_dir():
        findings.refuse(path.name, f"one file of {contract.name} was expected, and this is a folder")
        return None
    found, faults = find_files([path])
    for fault in faults:
        findings.refuse(path.name, fault.words)
    if not found:
        return None
    return _opened(found[0], contract, findings)


def by_our_names(
    opened: OpenedTable,
    contract: TableContract,
    columns: Mapping[str, str],
    findings: Findings,
    *,
    aliases: Mapping[str, Sequence[str]] | None = None,
    computable: Sequence[str] = (),
) -> OpenedTable | None:
    """Rename what the options and the known aliases say; missing columns are named, all of them. None where a name stands for two columns.

    Parameters
    ----------
    columns
        Our names to those of the file; a name may begin with the table's (`areas.minority_share`). Only what fits this table is looked at.
    aliases
        Our names to others, in lower case, that mean the same thing wherever they stand.
    computable
        Required columns that the caller can do without.
    """
    table = opened.table
    if repeated := sorted({name for name in table.column_names if table.column_names.count(name) > 1}):
        findings.refuse(opened.source, f"the header has more than once: {some_of(repeated)}")
        return None
    theirs = _asked_for(opened, contract, columns, findings)
    for ours, others in (aliases or {}).items():
        if ours not in table.column_names and ours not in theirs and (alias := _alias(table.column_names, others)):
            theirs[ours] = alias
            findings.note("column_by_alias", f"{opened.source}: the column {alias} was read as {ours}.", table.num_rows)
    table = _renamed(table, theirs)
    missing = [name for name in contract.missing_from(table.column_names) if name not in computable]
    if missing:
        had = ", ".join(opened.table.column_names)
        findings.refuse(opened.source, f"missing columns: {', '.join(missing)}. The file has: {had}. Another name? Then --column ours=theirs")
    elif not table.num_rows:
        findings.refuse(opened.source, "it has no rows")
    return OpenedTable(opened.source, table, opened.sha256, opened.has_decimal_commas)


def unused_columns(columns: Mapping[str, str], contracts: Sequence[TableContract], tables: Mapping[str, pa.Table]) -> list[str]:
    """Options that name no column of any table."""
    faults = []
    for ours, theirs in columns.items():
        table_name, _, column = ours.rpartition(".")
        known = [one for one in contracts if column in {c.name for c in one.columns} and table_name in {"", one.name}]
        if not known:
            faults.append(f"--column {ours}={theirs}: {column!r} is no column of {table_name or 'requests, households or areas'}")
        elif all(one.name in tables for one in known) and not any(theirs in tables[one.name].column_names for one in known):
            faults.append(f"--column {ours}={theirs}: {' and '.join(one.name for one in known)} have no column {theirs!r}")
    return faults


def sha256_of(path: Path) -> str:
    """Of the file as it lies there."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _asked_for(opened: OpenedTable, contract: TableContract, columns: Mapping[str, str], findings: Findings) -> dict[str, str]:
    ours_of_table = {column.name for column in contract.columns}
    found: dict[str, str] = {}
    for name, theirs in columns.items():
        table_name, _, ours = name.rpartition(".")
        if ours not in ours_of_table or table_name not in {"", contract.name}:
            continue
        if theirs in opened.table.column_names:
            found[ours] = theirs
        elif table_name:
            findings.refuse(opened.source, f"--column {name}={theirs}: there is no column {theirs!r}")
    return found


def _alias(names: Sequence[str], aliases: Sequence[str]) -> str:
    lower = {name.lower(): name for name in names}
    return next((lower[alias] for alias in aliases if alias in lower), "")


def _renamed(table: pa.Table, theirs: Mapping[str, str]) -> pa.Table:
    """Columns under our names; one that stood under such a name and is replaced by another goes."""
    replaced = [ours for ours, name in theirs.items() if ours in table.column_names and name != ours and ours not in theirs.values()]
    table = table.drop_columns(replaced)
    columns = {name: table.column(name) for name in table.column_names if name not in theirs.values()}
    columns |= {ours: table.column(name) for ours, name in theirs.items()}
    return pa.table(columns, metadata=table.schema.metadata)


def _opened(file: FoundFile, contract: TableContract, findings: Findings) -> OpenedTable | None:
    name = file.path.name
    if file.kind not in {"parquet", "csv"}:
        what = "it is empty" if file.kind == "empty" else "it is XML"
        findings.refuse(name, f"{contract.name} were expected as CSV (plain or gzip) or Parquet, and {what}")
        return None
    try:
        if file.kind == "parquet":
            return OpenedTable(name, parquet.read_table(file.path), sha256_of(file.path))
        table, delimiter = _read_csv(file, findings)
    except (pa.ArrowException, UnicodeDecodeError, csv.Error, OSError) as error:
        findings.refuse(name, f"cannot be read ({str(error).splitlines()[0]}): was it copied whole, and is it UTF-8?")
        return None
    return OpenedTable(name, table, sha256_of(file.path), has_decimal_commas=delimiter != ",")


def _read_csv(file: FoundFile, findings: Findings) -> tuple[pa.Table, str]:
    first_line = next(line for line in file.head.decode("utf-8-sig", errors="ignore").splitlines() if line.strip())
    delimiter = max(_DELIMITERS, key=first_line.count)
    header = next(csv.reader([first_line], delimiter=delimiter))
    odd: list[int] = []

    def left_out(row: arrow_csv.InvalidRow) -> str:
        odd.append(row.number or 0)
        return "skip"

    with open_stream(file.path, file.compression) as stream:
        table = arrow_csv.read_csv(
            stream,
            # One thread: only then the parser knows the number of a line.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, invalid_row_handler=left_out, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), null_values=list(NULLS), strings_can_be_null=True
            ),
        )
    if odd:
        findings.refuse(file.path.name, f"lines without the {len(header)} columns of the header: {len(odd):,} (first: line {odd[0]:,})")
    return table, delimiter
