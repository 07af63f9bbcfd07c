"""One machine for every export that is a table: a city's format is a declaration of its columns and words, not code.

Columns are found by name, whatever their order, case and punctuation (`Request.Type`, `REQUEST TYPE` and `request_type` are one name); a field
may list older and newer names of a column. Unknown columns are ignored. What the declaration requires and the header lacks is reported at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Final, NamedTuple

from evenhand.web.connectors.published_exports.csv_rows import column_key, header_of, numbered_rows
from evenhand.web.connectors.published_exports.errors import EmptyExport, MissingColumns, RepeatedColumns
from evenhand.web.connectors.published_exports.places import Place, place, point_key
from evenhand.web.connectors.published_exports.reading import Reading, Sighting
from evenhand.web.connectors.published_exports.record import Channel, ClosingReason, MadeBy, PublishedRequest, QuarantinedRow
from evenhand.web.connectors.published_exports.source import Part, Progress
from evenhand.web.connectors.published_exports.times import CityClock
from evenhand.web.connectors.published_exports.words import (
    localities,
    named_duplicate,
    reason_in,
    service_code,
    service_name,
    stated,
    ungarbled,
    zipcode,
)

LONGEST_RAW_CELL: Final = 500


@dataclass(frozen=True, slots=True)
class Locality:
    """A column that names an area, and the word that makes its bare number a name (`Ward`)."""

    column: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; "a|b" is a column with two names in use, "" one that the format does not have."""

    source_id: str
    requested: str
    requested_time: str = ""  # where the time stands in a column of its own
    closed: str
    days_to_close: str = ""  # read where the closing date is blank
    updated: str = ""
    expected: str = ""
    service: str
    service_group: str = ""
    status: str
    source: str
    lat: str  # with `long` blank: a column like "(37.7, -122.4)"
    long: str = ""
    address: str = ""
    zipcode: str = ""
    agency: str = ""
    description: str = ""
    outcome: str = ""  # one word for how it ended
    words: str = ""  # sentences about how it ended or stands


OPTIONAL: Final = frozenset({"updated", "expected", "address", "zipcode", "agency", "description", "outcome", "words"})


class Cells(NamedTuple):
    """The stripped cells of one row, by the names of Columns."""

    source_id: str
    requested: str
    requested_time: str
    closed: str
    days_to_close: str
    updated: str
    expected: str
    service: str
    service_group: str
    status: str
    source: str
    lat: str
    long: str
    address: str
    zipcode: str
    agency: str
    description: str
    outcome: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFormat:
    """A city's published table, declared."""

    name: str
    title: str
    columns: Columns
    localities: tuple[Locality, ...]
    is_closed: Mapping[str, bool]  # by status, lower case
    sources: Mapping[str, tuple[Channel, MadeBy]]  # by the source column, lower case
    reasons: Mapping[str, ClosingReason] = field(default_factory=dict)  # by outcome or status, lower case; others state none
    shouts: bool = False  # some names stand in capitals that are not abbreviations
    phrases: tuple[tuple[str, ClosingReason], ...] = ()  # lower-case words that state a reason, first match counts

    @property
    def signature(self) -> str:
        return f"a table with {', '.join(name.split('|')[0] for name in self._required())}"

    def recognises(self, part: Part) -> bool:
        header = header_of(part)
        return header is not None and not self._missing(header)

    def check(self, part: Part) -> None:
        """Raise MissingColumns, RepeatedColumns or EmptyExport before anything is read."""
        header = header_of(part) or []
        if missing := self._missing(header):
            raise MissingColumns(
                f"{part.name} is not an export of {self.title}: {len(missing)} column{'s are' if len(missing) > 1 else ' is'} missing: "
                f"{', '.join(missing)}. The file has: {', '.join(header)[:600] or 'no header'}.",
                missing=missing,
                found=header,
                path=str(part.path),
            )
        repeated = [name for name, count in Counter(map(column_key, header)).items() if count > 1 and name in self._keys()]
        if repeated:
            raise RepeatedColumns(f"{part.name} has more than one column named {', '.join(repeated)}: rename those not meant.", repeated=repeated)
        if sum(1 for _, _ in zip(numbered_rows(part, None), range(2), strict=False)) < 2:
            raise EmptyExport(f"{part.name} has a header and no row below it.", path=str(part.path))

    def read(self, part: Part, reading: Reading) -> Iterator[PublishedRequest | QuarantinedRow]:
        header: list[str] = []
        machine: RowReader | None = None
        for line, row in numbered_rows(part, reading.progress):
            if isinstance(row, str):
                yield QuarantinedRow(line, "not_csv", f"Line {line}: {row}.", {})
            elif machine is None:
                header = row
                machine = RowReader(self, header, reading)
            else:
                yield machine.read(row, line, part)

    def sightings(self, part: Part, progress: Progress) -> Iterator[Sighting]:
        pick: Callable[[list[str]], tuple[str, ...]] | None = None
        width, labels = 0, self.labels
        for _, row in numbered_rows(part, progress):
            if isinstance(row, str):
                continue
            if pick is None:
                width = len(row)
                pick = self.picker(row, ("lat", "long", "zipcode"))
            elif len(row) == width:
                row.append("")
                lat, long, zipped, *areas = map(str.strip, pick(row))
                if lat:
                    yield Sighting(point_key(lat, long), (zipcode(zipped), *localities(tuple(areas), labels)))

    def kinds(self) -> tuple[str, ...]:
        """What the areas of a sighting are, in their order."""
        return ("zip", *(area.column.lower() for area in self.localities))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(area.label for area in self.localities)

    def _required(self) -> list[str]:
        return [name for key in Cells._fields if key not in OPTIONAL and (name := getattr(self.columns, key))]

    def _keys(self) -> set[str]:
        names = [getattr(self.columns, key) for key in Cells._fields] + [area.column for area in self.localities]
        return {column_key(alias) for name in names if name for alias in name.split("|")}

    def _missing(self, header: list[str]) -> list[str]:
        present = {column_key(name) for name in header}
        return [name.replace("|", " or ") for name in self._required() if not any(column_key(alias) in present for alias in name.split("|"))]

    def picker(self, header: list[str], fields: tuple[str, ...]) -> Callable[[list[str]], tuple[str, ...]]:
        """A getter of the named cells and the localities; what is absent reads the blank cell that the caller appends to each row."""
        position = {column_key(name): index for index, name in reversed(list(enumerate(header)))}
        names = [getattr(self.columns, key) for key in fields] + [area.column for area in self.localities]
        return itemgetter(*(_position(name, position, absent=len(header)) for name in names))


class RowReader:
    """Turns the rows of one file into records."""

    def __init__(self, form: CsvFormat, header: list[str], reading: Reading) -> None:
        self.form = form
        self.header = header
        self.reading = reading
        self.clock: CityClock = reading.clock
        self.labels = form.labels
        self.pick = form.picker(header, Cells._fields)

    def read(self, row: list[str], line: int, part: Part) -> PublishedRequest | QuarantinedRow:
        if len(row) != len(self.header):
            return self._misfit(row, line, part)
        row.append("")
        picked = list(map(str.strip, self.pick(row)))
        faults: list[str] = []
        if not "".join(picked).isascii():
            picked = _repair(picked, faults)
        if part.recoded and any(number in part.recoded for number in range(line, line + 1 + sum(cell.count("\n") for cell in row))):
            faults.append("not_utf8")
        cells = Cells._make(picked[: len(Cells._fields)])
        if not cells.source_id:
            return self._quarantined(row, line, "no_id", f"Line {line}: the row has no id in {self.form.columns.source_id}.")
        if not (cells.service or cells.service_group):
            return self._quarantined(row, line, "no_service", f"Line {line}: {self.form.columns.service} is blank.")
        try:
            requested_at = self._requested(cells, faults)
        except ValueError:
            return self._quarantined(row, line, "unreadable_opening_date", self._about_opening(cells, line))
        return self._record(cells, picked[len(Cells._fields) :], line, requested_at, faults)

    def _record(self, cells: Cells, areas: list[str], line: int, requested_at: datetime, faults: list[str]) -> PublishedRequest:
        form = self.form
        is_closed = self._is_closed(cells, faults)
        closed_at = self._closed(cells, requested_at, is_closed, faults)
        channel, made_by = self._origin(cells.source, faults)
        where: Place = place(cells.lat, cells.long, faults)
        self.reading.flag(cells.source_id, point_key(cells.lat, cells.long), faults)
        words = stated(cells.words)
        return PublishedRequest(
            line=line,
            source_id=cells.source_id,
            service_code=service_code(cells.service_group, cells.service),
            service_name=service_name(cells.service or cells.service_group, shouts=form.shouts),
            service_group=service_name(cells.service_group),
            requested_at=requested_at,
            closed_at=closed_at,
            updated_at=self._other_time(cells.updated, faults),
            expected_at=self._other_time(cells.expected, faults),
            is_closed=is_closed,
            source_status=cells.status,
            channel=channel,
            made_by=made_by,
            lat=where.lat,
            long=where.long,
            address=stated(cells.address),
            zipcode=zipcode(cells.zipcode),
            localities=tuple([name for name in localities(tuple(areas), self.labels) if name]),
            agency=stated(cells.agency),
            closing_reason=self._reason(cells, is_closed, faults),
            closing_words=words if is_closed else None,
            duplicate_of=named_duplicate(words) if words and is_closed else None,
            description=stated(cells.description),
            faults=tuple(dict.fromkeys(faults)) if faults else (),
            status_words=None if is_closed else words,
        )

    def _requested(self, cells: Cells, faults: list[str]) -> datetime:
        at, _, fault = self.clock.read(f"{cells.requested} {cells.requested_time}".rstrip() if cells.requested_time else cells.requested)
        if fault:
            faults.append(fault)
        return at

    def _other_time(self, text: str, faults: list[str]) -> datetime | None:
        if not text:
            return None
        try:
            at, is_day_only, fault = self.clock.read(text)
        except ValueError:
            faults.append("unreadable_date")
            return None
        if fault:
            faults.append(fault)
        return self.clock.last_second(at) if is_day_only else at

    def _closed(self, cells: Cells, requested_at: datetime, is_closed: bool, faults: list[str]) -> datetime | None:
        """The closing time. A day without a time, and midnight of the very day that the request was opened, mean that day's last second."""
        if not cells.closed:
            return self._closed_by_days(cells, requested_at, faults) if is_closed else None
        if not is_closed:
            faults.append("open_with_closing_date")
        try:
            at, is_day_only, fault = self.clock.read(cells.closed)
        except ValueError:
            faults.extend(["unreadable_date", "closed_without_date"] if is_closed else ["unreadable_date"])
            return None
        if fault:
            faults.append(fault)
        if is_day_only or (at < requested_at and self._is_midnight_of(at, requested_at)):
            faults.append("closing_time_unknown")
            at = self.clock.last_second(at)
        if at < requested_at:
            faults.append("closed_before_opened")
        return at

    def _is_midnight_of(self, at: datetime, requested_at: datetime) -> bool:
        local = self.clock.local(at)
        return local.hour == local.minute == local.second == 0 and local.date() == self.clock.local(requested_at).date()

    def _closed_by_days(self, cells: Cells, requested_at: datetime, faults: list[str]) -> datetime | None:
        if not (cells.days_to_close.isdecimal() and len(cells.days_to_close) <= 5):
            faults.append("closed_without_date")
            return None
        faults += ["closing_date_from_days", "closing_time_unknown"]
        opened = self.clock.local(requested_at).replace(hour=0, minute=0, second=0, microsecond=0)
        return self.clock.last_second(opened + timedelta(days=int(cells.days_to_close)))

    def _is_closed(self, cells: Cells, faults: list[str]) -> bool:
        known = self.form.is_closed.get(cells.status.lower())
        if known is None:
            faults.append("unknown_status")
            return bool(cells.closed)
        return known

    def _origin(self, source: str, faults: list[str]) -> tuple[Channel, MadeBy]:
        channel, made_by = self.form.sources.get(source.lower(), ("unknown", "unknown"))
        if channel == "unknown":
            faults.append("unknown_channel")
        if made_by == "staff":
            faults.append("staff_made")
        return channel, made_by

    def _reason(self, cells: Cells, is_closed: bool, faults: list[str]) -> ClosingReason | None:
        reason = self.form.reasons.get(cells.outcome.lower()) or self.form.reasons.get(cells.status.lower())
        if reason is None and cells.words:
            reason = reason_in(cells.words, self.form.phrases)
        if reason is not None and not is_closed:
            faults.append("open_with_closing_reason")
        return reason if is_closed else None

    def _misfit(self, row: list[str], line: int, part: Part) -> QuarantinedRow:
        if line in part.overlong:
            return self._quarantined(row, line, "line_too_long", f"Line {line} has more than a million characters; only its start is kept here.")
        message = f"Line {line} has {len(row)} cells where the header has {len(self.header)}: a separator or quotation mark is missing or too many."
        return self._quarantined(row, line, "wrong_number_of_columns", message)

    def _about_opening(self, cells: Cells, line: int) -> str:
        came = f"{cells.requested} {cells.requested_time}".strip()[:60] or "nothing"
        return f"Line {line}: expected a date and time in {self.form.columns.requested} such as 07/23/2015 10:51:00 AM, found {came}."

    def _quarantined(self, row: list[str], line: int, code: str, message: str) -> QuarantinedRow:
        cells = {f"column {n}" if n > len(self.header) else self.header[n - 1]: text[:LONGEST_RAW_CELL] for n, text in enumerate(row[:200], start=1)}
        return QuarantinedRow(line, code, message, {name: text for name, text in cells.items() if text})


def _repair(picked: list[str], faults: list[str]) -> list[str]:
    repaired = [ungarbled(text).strip() for text in picked]
    if repaired != picked:
        faults.append("repaired_text")
    return repaired


def _position(name: str, position: Mapping[str, int], *, absent: int) -> int:
    return next((position[column_key(alias)] for alias in name.split("|") if name and column_key(alias) in position), absent)
