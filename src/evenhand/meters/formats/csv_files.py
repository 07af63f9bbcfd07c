"""CSV readings, plain or packed: parsed as a stream of blocks, every value as text until it is known what it should be.

Modelling choice: delimiter and columns come from the header. Numbers, times and ids are converted after parsing and not by the parser, because one
value that does not fit must be a counted fault with its line, not the end of the file. Lines that do not have the header's columns are counted and
left out; a decimal comma is understood where the delimiter is not a comma.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from evenhand.meters.formats.errors import Fault, ReadingsUnusable
from evenhand.meters.formats.faults import FaultCounts
from evenhand.meters.formats.files import FoundFile, open_stream
from evenhand.meters.formats.raw import RawBatch

DELIMITERS = (",", ";", "\t", "|")
NULLS = ("", "NA", "N/A", "null", "NULL", "None", "\\N")
BLOCK_BYTES = 1 << 20


@dataclass
class _Lines:
    """Which lines were left out, so that the line of a row is known."""

    left_out: list[int] = field(default_factory=list)

    def of_row(self, row: int) -> int:
        """Line, counted from 1, of the row with this index: the header is line 1."""
        line = row + 2
        while (further := row + 2 + bisect_right(self.left_out, line)) != line:
            line = further
        return line


@dataclass(frozen=True)
class CsvPart:
    """One CSV file whose header has been read."""

    file: FoundFile
    delimiter: str
    schema: pa.Schema
    sample: pa.RecordBatch
    row_count: None = None
    is_text: bool = True
    states_unit: bool = False

    @property
    def name(self) -> str:
        return str(self.file.path)

    def raw_batches(self, names: Mapping[str, str], faults: FaultCounts) -> Iterator[RawBatch]:
        """Block by block; a stream that breaks off is said with its line."""
        lines, before = _Lines(), 0
        with open_stream(self.file.path, self.file.compression) as stream:
            blocks = self._blocks(stream, names, lines, faults)
            while (block := self._next(blocks, lines, before)) is not None:
                yield RawBatch(self._renamed(block, names), partial(self._place, lines, before))
                before += block.num_rows

    def first_rows(self, names: Mapping[str, str]) -> RawBatch:
        """The first lines, as `raw_batches` would give them."""
        return RawBatch(self._renamed(self.sample, names), partial(self._place, _Lines(), 0))

    def _renamed(self, block: pa.RecordBatch, names: Mapping[str, str]) -> pa.RecordBatch:
        columns = {ours: block.column(theirs) for ours, theirs in names.items()}
        if "kwh" in columns:
            columns["kwh"] = _decimal_points(columns["kwh"], self.delimiter)
        return pa.RecordBatch.from_pydict(columns)

    def _blocks(self, stream: pa.NativeFile, names: Mapping[str, str], lines: _Lines, faults: FaultCounts) -> Iterator[pa.RecordBatch]:
        try:
            yield from pa_csv.open_csv(
                stream,
                # One thread: only then the parser knows the number of a line.
                read_options=pa_csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES),
                parse_options=pa_csv.ParseOptions(
                    delimiter=self.delimiter, ignore_empty_lines=False, invalid_row_handler=partial(self._left_out, lines, faults)
                ),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=list(dict.fromkeys(names.values())),
                    column_types=dict.fromkeys(names.values(), pa.string()),
                    null_values=list(NULLS),
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as reason:
            if "Empty CSV" not in str(reason):
                raise

    def _left_out(self, lines: _Lines, faults: FaultCounts, row: pa_csv.InvalidRow) -> str:
        lines.left_out.append(row.number)
        what = f"{row.actual_columns} columns instead of {row.expected_columns}"
        faults.add("unreadable_line", place=f"{self.name}, line {row.number}: {what}")
        return "skip"

    def _next(self, blocks: Iterator[pa.RecordBatch], lines: _Lines, before: int) -> pa.RecordBatch | None:
        try:
            return next(blocks, None)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as reason:
            line = self._broken_line() or lines.of_row(before)
            words = f"cannot be read beyond about line {line:,} ({reason}): was it copied whole?"
            raise ReadingsUnusable([Fault("truncated_file", self.name, words)]) from None

    def _broken_line(self) -> int | None:
        """The line in which a packed stream breaks off; the parser, which reads ahead, cannot say. None where all of it can be unpacked."""
        lines = 1
        with open_stream(self.file.path, self.file.compression) as stream:
            try:
                while some := stream.read(1 << 16):
                    lines += some.count(b"\n")
            except (pa.ArrowException, OSError):
                return lines
        return None

    def _place(self, lines: _Lines, before: int, row: int) -> str:
        return f"{self.name}, line {lines.of_row(before + row)}"


def open_csv(found: FoundFile) -> CsvPart | Fault | None:
    """Read the header and the first lines; None where there is nothing below the header."""
    try:
        text = found.head.decode("utf-8-sig", errors="strict" if len(found.head) < 4 else "ignore")
        lines = [line for line in text.splitlines() if line.strip()]
        delimiter = max(DELIMITERS, key=lines[0].count)
        header = next(csv.reader([lines[0]], delimiter=delimiter))
    except (UnicodeDecodeError, csv.Error) as reason:
        return Fault("unreadable_header", str(found.path), f"the first line cannot be read as a CSV header ({reason})")
    if len(lines) == 1:
        return None
    schema = pa.schema([(name, pa.string()) for name in header])
    return CsvPart(found, delimiter, schema, _first_rows(lines, header, delimiter))


def _first_rows(lines: list[str], header: list[str], delimiter: str) -> pa.RecordBatch:
    """The lines of the head that have the header's columns; the last one may be cut off and is not looked at, unless it is the only one."""
    within = lines[1:-1] or lines[1:]
    rows = [row for row in csv.reader(within, delimiter=delimiter) if len(row) == len(header)]
    columns = [pa.array([None if row[at] in NULLS else row[at] for row in rows], pa.string()) for at in range(len(header))]
    return pa.RecordBatch.from_arrays(columns, names=header)


def _decimal_points(column: pa.Array, delimiter: str) -> pa.Array:
    """A decimal comma as a point, where commas do not part the columns."""
    return column if delimiter == "," else pc.replace_substring(column, ",", ".")
