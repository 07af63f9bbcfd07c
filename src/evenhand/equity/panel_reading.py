"""A panel of households from CSV or Parquet: one row a household, every fault of the table named at once.

Modelling choice: what cannot be right is refused, with a question where two readings are possible: shares that run to 100, incomes in dollars, a
density that is no logarithm, hours below 0. Nothing of that is rescaled by guess; `percent` names the columns that hold per cent. What is poor but
usable is a warning: block groups with one household, a group in which nobody took part, missing values (each model drops its own rows and counts
them). The one thing mended unasked is a block group id of 11 digits throughout, whose leading zero a spreadsheet took: it is put back, and said.

Ids are text. A missing value is an empty field, `NA`, `NaN` or `null` in CSV, a null or NaN in Parquet; here it is NaN.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from evenhand.equity.errors import PanelUnreadable, PanelUnusable
from evenhand.equity.panel_faults import SHARES, faults_of_values, warnings_of_values
from evenhand.vocabulary.area_ids import area_ids

Floats = NDArray[np.float64]

STUDY_COLUMNS: Final = (
    "participation",
    "restoration_hours",
    "minority_share",
    "community_participation",
    "log_population_density",
    "median_income",
    "house_age",
    "education",
    "elderly_share",
    "college_age_share",
    "renter_share",
)
OPTIONAL_NUMBERS: Final = ("weight", "reported_hours", "community_participation_others")
IDS: Final = ("premise_id", "block_group", "status")
# The table of the study has eight terms beside the constant in its largest model: fewer rows than this cannot carry them.
LEAST_ROWS: Final = 50
_DECIMAL_COMMA: Final = re.compile(r"'[-+]?\d*,\d+'")
_NULLS: Final = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "."]


@dataclass(frozen=True, slots=True)
class PanelWarning:
    """Something poor but usable: `code` for machines, `text` for people, `terms` the columns that it touches."""

    code: str
    text: str
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Households, checked. `numbers` hold float64 (n,) by column, NaN where missing; `ids` hold text (n,) by column, None where missing.

    `is_synthetic` is what the file says of itself (Parquet metadata `synthetic`).
    """

    numbers: Mapping[str, Floats]
    ids: Mapping[str, NDArray[Any]]
    n: int
    source: str
    warnings: tuple[PanelWarning, ...]
    is_synthetic: bool = False

    @property
    def n_clusters(self) -> int | None:
        """How many block groups there are; None where the panel has no such column."""
        return int(np.unique(self.ids["block_group"]).size) if "block_group" in self.ids else None

    def columns(self) -> dict[str, NDArray[Any]]:
        """All columns by name, as the fits take them."""
        return {**self.numbers, **self.ids}


def read_panel(
    path: Path, *, columns: Mapping[str, str] | None = None, required: Sequence[str] = STUDY_COLUMNS, percent: Sequence[str] = ()
) -> Panel:
    """Read and check a panel.

    Parameters
    ----------
    path
        `.parquet`, or CSV with a header (comma, semicolon or tab; plain or gzip; UTF-8).
    columns
        Our names to those of the file: `{"minority_share": "minority"}`. Other columns are found by our name.
    required
        Columns that must be there; `block_group`, `premise_id`, `weight`, `status`, `reported_hours` and `community_participation_others` are read
        where they are.
    percent
        Our names of columns that hold per cent: divided by 100.

    Raises
    ------
    PanelUnreadable
        No such file, or neither CSV nor Parquet.
    PanelUnusable
        Every fault of the table at once: missing columns, text where numbers belong, values that cannot be.
    """
    table = _read(path, dict(columns or {}))
    return panel_of(table, columns=columns, required=required, percent=percent, source=path.name)


def panel_of(
    table: pa.Table,
    *,
    columns: Mapping[str, str] | None = None,
    required: Sequence[str] = STUDY_COLUMNS,
    percent: Sequence[str] = (),
    source: str = "table",
) -> Panel:
    """Check a table that is in memory. Parameters and faults as in `read_panel`."""
    names = dict(columns or {})
    faults = _faults_of_names(table, names, required, percent)
    found = {ours: table.column(theirs) for ours in (*required, *OPTIONAL_NUMBERS, *IDS) if (theirs := names.get(ours, ours)) in table.column_names}
    numbers: dict[str, Floats] = {}
    texts: dict[str, tuple[int, str]] = {}
    for name, column in found.items():
        if name not in IDS:
            values, text = _numbers(column)
            numbers[name] = values / 100.0 if name in percent else values
            texts |= {name: text} if text else {}
            faults += _faults_of_percent(name, values) if name in percent else ()
    faults += _faults_of_texts(texts)
    ids, id_faults, warnings = _ids({name: column for name, column in found.items() if name in IDS})
    faults += id_faults
    n = table.num_rows
    if n < LEAST_ROWS:
        faults.append(f"{n} rows came, and eight terms need at least {LEAST_ROWS} households, better some hundred")
    if n:
        faults += faults_of_values({name: values for name, values in numbers.items() if name not in texts}, ids)
    if faults:
        raise PanelUnusable(source, faults)
    warnings += [PanelWarning(*one) for one in warnings_of_values(numbers, ids)]
    synthetic = (table.schema.metadata or {}).get(b"synthetic", b"").lower() in {b"true", b"1", b"yes"}
    return Panel(numbers, ids, n, source, tuple(warnings), synthetic)


def _read(path: Path, columns: dict[str, str]) -> pa.Table:
    if not path.is_file():
        raise PanelUnreadable(f"there is no file {path}")
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return parquet.read_table(path)
        return _read_csv(path, columns)
    except (pa.ArrowException, UnicodeDecodeError, OSError) as error:
        raise PanelUnreadable(f"{path.name} could not be read: {str(error).splitlines()[0]}") from error


def _read_csv(path: Path, columns: dict[str, str]) -> pa.Table:
    with pa.input_stream(str(path)) as stream:
        header = stream.read(65_536).split(b"\n", 1)[0].decode("utf-8-sig")
    if not header.strip():
        raise PanelUnreadable(f"{path.name} is empty")
    delimiter = max(",;\t", key=header.count)
    as_text = {columns.get(name, name): pa.string() for name in IDS}
    options = arrow_csv.ConvertOptions(column_types=as_text, null_values=_NULLS, strings_can_be_null=True)
    with pa.input_stream(str(path)) as stream:
        return arrow_csv.read_csv(stream, parse_options=arrow_csv.ParseOptions(delimiter=delimiter), convert_options=options)


def _faults_of_names(table: pa.Table, names: Mapping[str, str], required: Sequence[str], percent: Sequence[str]) -> list[str]:
    have = table.column_names
    known = {*required, *OPTIONAL_NUMBERS, *IDS}
    faults = [f"--column {ours}={theirs}: the file has no column {theirs!r}" for ours, theirs in names.items() if theirs not in have]
    faults += [f"--column {ours}={theirs}: {ours!r} is no column of a panel" for ours, theirs in names.items() if ours not in known]
    faults += [f"--percent {name}: no such share is in a panel; there are {', '.join(SHARES)}" for name in percent if name not in SHARES]
    repeated = sorted({name for name in have if have.count(name) > 1})
    faults += [f"the header has the column {name!r} {have.count(name)} times" for name in repeated]
    missing = [ours for ours in required if ours not in names and ours not in have]
    if missing:
        faults.append(f"missing columns: {', '.join(missing)}. The file has: {', '.join(have)}")
        faults += [hint for ours in missing if (hint := _hint(ours, [name for name in have if name not in known]))]
    return faults


def _hint(ours: str, others: list[str]) -> str:
    """A question where a column of another name may be the one meant."""
    short = ours.removesuffix("_share").removeprefix("log_")
    near = [name for name in others if short in name.lower() or name.lower() in ours] or difflib.get_close_matches(ours, others, 1, 0.7)
    return f"is {near[0]!r} meant for {ours}? Then add --column {ours}={near[0]}" if near else ""


def _numbers(column: pa.ChunkedArray) -> tuple[Floats, tuple[int, str] | None]:
    """The column as float64 with NaN for null; where it cannot be, the first row that is no number and what it holds."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    try:
        values = column.cast(pa.float64(), safe=False)
    except pa.ArrowException:
        return np.full(len(column), np.nan), _first_text(column)
    return pc.fill_null(values, np.nan).to_numpy().astype(np.float64, copy=True), None


def _first_text(column: pa.ChunkedArray) -> tuple[int, str]:
    for row, value in enumerate(column.to_pylist(), start=1):
        try:
            float(value if value is not None else 0)
        except (TypeError, ValueError):
            return row, repr(value)
    return 1, str(column.type)


def _faults_of_texts(texts: Mapping[str, tuple[int, str]]) -> list[str]:
    """Columns that hold no numbers; those with decimal commas together, as one mending serves for all."""
    commas = [name for name, (_, text) in texts.items() if _DECIMAL_COMMA.fullmatch(text)]
    faults = [f"{name}: numbers were expected, and row {row} holds {text}" for name, (row, text) in texts.items() if name not in commas]
    if commas:
        row, text = texts[commas[0]]
        words = f"{', '.join(commas)}: numbers with a decimal point were expected, and row {row} of {commas[0]} holds {text}"
        faults.append(f"{words}. Decimal comma? Then write the file with points")
    return faults


def _faults_of_percent(name: str, values: Floats) -> list[str]:
    top = float(np.nanmax(values, initial=-np.inf))
    words = f"--percent {name}: 0 to 100 was expected, and the largest value is {top:g}. A share of 0 to 1 already? Then leave the option out"
    return [words] if 0.0 <= top <= 1.0 else []


def _ids(columns: Mapping[str, pa.ChunkedArray]) -> tuple[dict[str, NDArray[Any]], list[str], list[PanelWarning]]:
    ids: dict[str, NDArray[Any]] = {}
    faults: list[str] = []
    warnings: list[PanelWarning] = []
    for name, column in columns.items():
        is_float = pa.types.is_floating(column.type)
        text = (column.cast(pa.int64(), safe=False) if is_float else column).cast(pa.string())
        ids[name] = np.array(pc.utf8_trim_whitespace(text).to_pylist(), dtype=object)
    if "block_group" in ids:
        ids["block_group"], fault, warning = _block_groups(ids["block_group"])
        faults += [fault] if fault else []
        warnings += [warning] if warning else []
    return ids, faults, warnings


def _block_groups(labels: NDArray[Any]) -> tuple[NDArray[Any], str, PanelWarning | None]:
    """Ids with the leading zero that a spreadsheet took put back; what is wrong with them; what was done."""
    if lost := sum(not label for label in labels):
        return labels, f"block_group: {lost:,} of {len(labels):,} households have none", None
    read = area_ids(pa.array(labels, pa.string()))
    if read.fault:
        return labels, f"block_group: {read.fault}", None
    ids = np.array(read.ids.to_pylist(), dtype=object)
    if not read.as_it_came:
        return ids, "", None
    text = f"All block group ids have 11 digits, as {read.as_it_came}: their leading zero was put back ({ids[0]})."
    return ids, "", PanelWarning("geoid_zero_restored", text, ("block_group",))
