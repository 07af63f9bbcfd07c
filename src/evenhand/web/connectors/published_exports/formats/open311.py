"""Answers of Open311 servers (GeoReport v2 `requests`), in JSON or XML; a list of them is a crawl's pages.

Readings of the standard. There is no closing date in it: for a closed request the last update is taken, and flagged, unless the server sends
`extended_attributes` with one. It does not say how a request came in, so the channel is unknown unless an extended attribute says it. Ids and
service codes are kept as published. XML is read as a stream with a guard against document types (entity bombs); JSON is read whole, up to
LARGEST_JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, get_args
from xml.parsers import expat

from evenhand.web.connectors.published_exports.errors import MalformedDocument
from evenhand.web.connectors.published_exports.places import place, point_key
from evenhand.web.connectors.published_exports.reading import Reading, Sighting
from evenhand.web.connectors.published_exports.record import Channel, MadeBy, PublishedRequest, QuarantinedRow
from evenhand.web.connectors.published_exports.source import Part, Progress
from evenhand.web.connectors.published_exports.times import CityClock
from evenhand.web.connectors.published_exports.words import named_duplicate, reason_in, service_code, service_name, stated, zipcode

LARGEST_JSON: Final = 64 << 20  # bytes; a page of 1,000 requests has less than one million
LONGEST_FIELD: Final = 1 << 17  # characters kept of one XML element
UNSTORABLE: Final = re.compile("[\0\ud800-\udfff]")
CLOSED: Final = {"closed": True, "open": False}
MADE_BY: Final[dict[Channel, MadeBy]] = {"staff_system": "staff", "meter": "meter", "unknown": "unknown", "other": "unknown"}

Fields = dict[str, str]


class Open311Format:
    """GeoReport v2 answers."""

    name = "open311"
    title = "an Open311 server (GeoReport v2)"
    signature = "XML with <service_requests>, or a JSON list of objects with service_request_id"

    def recognises(self, part: Part) -> bool:
        head = part.head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return b"<service_requests" in head or (head[:1] in b"[{" and b'"service_request_id"' in head) or head.split() == [b"[]"]

    def check(self, part: Part) -> None:
        """Raise MalformedDocument unless the document is well formed to its end and holds requests."""
        for _ in _entries(part, None):
            pass

    def read(self, part: Part, reading: Reading) -> Iterator[PublishedRequest | QuarantinedRow]:
        for line, entry in _entries(part, reading.progress):
            if entry is None:
                yield QuarantinedRow(line, "not_an_object", f"Entry {line}: expected an object with named fields.", {})
            else:
                yield _read_entry(entry, line, reading)

    def sightings(self, part: Part, progress: Progress) -> Iterator[Sighting]:
        for _, entry in _entries(part, progress):
            if entry and entry.get("lat"):
                yield Sighting(point_key(entry["lat"], entry.get("long", "")), (zipcode(entry.get("zipcode", "")),))

    def kinds(self) -> tuple[str, ...]:
        return ("zip",)


FORMAT: Final = Open311Format()


def _read_entry(entry: Fields, line: int, reading: Reading) -> PublishedRequest | QuarantinedRow:
    def refuse(code: str, message: str) -> QuarantinedRow:
        return QuarantinedRow(line, code, f"Line {line}: {message}", {name: text[:500] for name, text in entry.items() if text})

    if not entry.get("service_request_id"):
        return refuse("no_id", "the request has no service_request_id.")
    if not (entry.get("service_code") or entry.get("service_name")):
        return refuse("no_service", "the request has neither service_code nor service_name.")
    try:
        requested_at, _, fault = reading.clock.read(entry.get("requested_datetime", ""))
    except ValueError:
        return refuse("unreadable_opening_date", f"expected an ISO date in requested_datetime, found {entry.get('requested_datetime', '')[:60]!r}.")
    return _record(entry, line, requested_at, reading, [fault] if fault else [])


def _record(entry: Fields, line: int, requested_at: datetime, reading: Reading, faults: list[str]) -> PublishedRequest:
    def text(name: str) -> str:
        return entry.get(name, "")

    updated_at = _time(text("updated_datetime"), reading.clock, faults)
    stated_at = _time(text("closed_datetime"), reading.clock, faults)
    is_closed = _is_closed(entry, faults)
    channel = _channel(text("channel"), faults)
    where = place(text("lat"), text("long"), faults)
    reading.flag(text("service_request_id"), point_key(text("lat"), text("long")), faults)
    words = stated(text("status_notes"))
    name = service_name(text("service_name") or text("service_code"))
    return PublishedRequest(
        line=line,
        source_id=text("service_request_id"),
        service_code=text("service_code") or service_code(name),
        service_name=name,
        service_group="",
        requested_at=requested_at,
        closed_at=_closed(stated_at, (requested_at, updated_at), is_closed, faults),
        updated_at=updated_at,
        expected_at=_time(text("expected_datetime"), reading.clock, faults),
        is_closed=is_closed,
        source_status=text("status"),
        channel=channel,
        made_by=_made_by(channel, faults),
        lat=where.lat,
        long=where.long,
        address=stated(text("address")),
        zipcode=zipcode(text("zipcode")),
        localities=(),
        agency=stated(text("agency_responsible")),
        closing_reason=reason_in(words, ()) if words and is_closed else None,
        closing_words=words if is_closed else None,
        duplicate_of=(text("duplicate_of") or (named_duplicate(words) if words else None)) or None,
        description=stated(text("description")),
        faults=tuple(dict.fromkeys(faults)),
        status_words=None if is_closed else words,
    )


def _time(text: str, clock: CityClock, faults: list[str]) -> datetime | None:
    if not text:
        return None
    try:
        at, is_day_only, fault = clock.read(text)
    except ValueError:
        faults.append("unreadable_date")
        return None
    if fault:
        faults.append(fault)
    return clock.last_second(at) if is_day_only else at


def _closed(stated_at: datetime | None, times: tuple[datetime, datetime | None], is_closed: bool, faults: list[str]) -> datetime | None:
    requested_at, updated_at = times
    if not is_closed:
        if stated_at is not None:
            faults.append("open_with_closing_date")
        return stated_at
    if stated_at is None and updated_at is not None:
        faults.append("closing_date_is_last_update")
    at = stated_at or updated_at
    if at is None:
        faults.append("closed_without_date")
    elif at < requested_at:
        faults.append("closed_before_opened")
    return at


def _is_closed(entry: Fields, faults: list[str]) -> bool:
    known = CLOSED.get(entry.get("status", "").lower())
    if known is None:
        faults.append("unknown_status")
        return bool(entry.get("closed_datetime"))
    return known


def _channel(text: str, faults: list[str]) -> Channel:
    channel: Channel = next((known for known in get_args(Channel) if known == text), "unknown")
    if channel == "unknown":
        faults.append("unknown_channel")
    return channel


def _made_by(channel: Channel, faults: list[str]) -> MadeBy:
    made_by = MADE_BY.get(channel, "resident")
    if made_by == "staff":
        faults.append("staff_made")
    return made_by


def _entries(part: Part, progress: Progress | None) -> Iterator[tuple[int, Fields | None]]:
    """Each request with its line (XML) or place in the list (JSON); None for an entry that is no object."""
    return _xml_entries(part, progress) if part.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") else _json_entries(part, progress)


def _json_entries(part: Part, progress: Progress | None) -> Iterator[tuple[int, Fields | None]]:
    content = bytearray()
    for chunk in part.chunks(progress):
        content += chunk
        if len(content) > LARGEST_JSON:
            raise _malformed(part, f"holds more than {LARGEST_JSON >> 20} MB of JSON in one document: fetch it in pages")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _malformed(part, f"is not valid JSON ({error}): the download may have stopped early") from error
    for number, entry in enumerate(_request_list(document, part), start=1):
        yield number, _flattened(entry) if isinstance(entry, dict) else None


def _request_list(document: Any, part: Part) -> list[Any]:
    """The list itself, one request alone, or the list inside the wrapper that some servers put around it."""
    if isinstance(document, dict):
        wrapped = next((document[name] for name in ("service_requests", "requests") if isinstance(document.get(name), list)), None)
        document = wrapped if wrapped is not None else [document]
    if not isinstance(document, list) or (document and not any(isinstance(entry, dict) and "service_request_id" in entry for entry in document)):
        raise _malformed(part, f"is JSON, but no answer with requests: expected objects with service_request_id, found {str(document)[:120]}")
    return document


def _flattened(entry: dict[str, Any]) -> Fields:
    extended = entry.get("extended_attributes")
    merged = {**(extended if isinstance(extended, dict) else {}), **entry}
    texts = {str(name): str(value).strip() for name, value in merged.items() if isinstance(value, (str, int, float)) and not isinstance(value, bool)}
    return {_storable(name): _storable(text) for name, text in texts.items()}


def _storable(text: str) -> str:
    """JSON can write NUL and half a surrogate pair, which no text of a database can hold: they become the replacement character."""
    return text if text.isascii() and "\0" not in text else UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _xml_entries(part: Part, progress: Progress | None) -> Iterator[tuple[int, Fields | None]]:
    collector = _XmlCollector(part)
    try:
        for chunk in part.chunks(progress):
            collector.parser.Parse(chunk, False)
            yield from collector.taken()
        collector.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _malformed(part, f"is not well-formed XML ({error}): the download may have stopped early") from error
    yield from collector.taken()


class _XmlCollector:
    """Collects the direct children of each <request>, and those of its <extended_attributes>."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.path: list[str] = []
        self.found: list[tuple[int, Fields | None]] = []
        self.fields: Fields = {}
        self.line = 0

    def taken(self) -> list[tuple[int, Fields | None]]:
        found, self.found = self.found, []
        return found

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if not self.path and name != "service_requests":
            raise _malformed(self.part, f"is XML, but not an answer with requests: expected <service_requests>, found <{name}>")
        self.path.append(name)
        if len(self.path) == 2:
            self.fields, self.line = {}, self.parser.CurrentLineNumber

    def _end(self, name: str) -> None:
        self.path.pop()
        if len(self.path) == 1 and name == "request":
            self.found.append((self.line, {key: re.sub(r"\s+", " ", text).strip() for key, text in self.fields.items()}))

    def _text(self, text: str) -> None:
        if len(self.path) == 3 or (len(self.path) == 4 and self.path[2] == "extended_attributes"):
            before = self.fields.get(self.path[-1], "")
            if len(before) < LONGEST_FIELD:
                self.fields[self.path[-1]] = before + text[:LONGEST_FIELD]

    def _refuse_doctype(self, *_: object) -> None:
        raise _malformed(self.part, "declares a document type, which an Open311 answer never does: it is not read")


def _malformed(part: Part, problem: str) -> MalformedDocument:
    return MalformedDocument(f"{part.name} {problem}.", path=str(part.path))
