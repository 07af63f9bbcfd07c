"""Entries of an Atom feed with ESPI content, one at a time: what they are, what they point at, and their interval readings.

Modelling choice: elements are known by their local names, because utilities bind the two namespaces to any prefix; links are compared by what stands
around the resource's name in the path, because some feeds give whole addresses and some only paths. A feed that declares a document type is refused:
no Green Button feed needs one, and entities are how a small file becomes a large one.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # document types, and with them entities, are refused before parsing
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from evenhand.meters.formats.files import FoundFile, open_stream

KINDS = ("UsagePoint", "MeterReading", "ReadingType", "IntervalBlock")


class FeedBroken(Exception):
    """The XML ends early or is none; the words say where."""


@dataclass(frozen=True)
class ReadingType:
    """What the values of a series mean, by ESPI's codes; None where the feed does not say."""

    power_of_ten: int
    uom: int | None
    interval_seconds: int | None
    accumulation: int | None
    commodity: int | None
    flow_direction: int | None
    default_quality: int | None


@dataclass(frozen=True)
class Block:
    """Interval readings in the order of the feed: starts and lengths in seconds, values as written, quality codes (None: the default)."""

    starts: list[int]
    seconds: list[int]
    values: list[float | None]
    qualities: list[frozenset[int] | None]


@dataclass(frozen=True)
class Entry:
    """One entry with ESPI content."""

    kind: str
    own: tuple[str, ...]
    related: tuple[str, ...]
    reading_type: ReadingType | None = None
    service_kind: int | None = None
    blocks: tuple[Block, ...] = ()

    def key_after(self, resource: str, *, whole: bool = True) -> str:
        """The id that follows a resource's name in this entry's own address (`…/UsagePoint/17` → `17`); empty if there is none."""
        end = "/?$" if whole else "(?:/|$)"
        found = (re.search(rf"(?:^|/){resource}/([^/]+){end}", address) for address in self.own)
        return next((match[1] for match in found if match), "")

    def key_before(self, resource: str) -> str:
        """Which meter reading this entry is or belongs to: `17/MeterReading/01`, the path from its usage point."""
        pattern = r"UsagePoint/([^/]+/MeterReading/[^/]+)" + ("(?:/IntervalBlock|$)" if resource == "IntervalBlock" else "/?$")
        found = (re.search(pattern, address) for address in self.own)
        return next((match[1] for match in found if match), "")

    def related_after(self, resource: str) -> list[str]:
        found = (re.search(rf"(?:^|/){resource}/([^/]+)/?$", address) for address in self.related)
        return [match[1] for match in found if match]

    def without_readings(self) -> Entry:
        return replace(self, blocks=())


def entries_of(found: FoundFile) -> Iterator[Entry]:
    """Stream a feed; memory holds one entry.

    Raises
    ------
    FeedBroken
        Where the XML or its compression breaks off.
    """
    if b"<!DOCTYPE" in found.head:
        raise FeedBroken("declares a document type, which no feed needs")
    try:
        with open_stream(found.path, found.compression) as stream:
            root: ET.Element | None = None
            for event, element in ET.iterparse(stream, events=("start", "end")):  # noqa: S314  # document types are refused above
                if root is None:
                    root = element
                if event == "end" and _local(element) == "entry":
                    if (entry := _entry(element)) is not None:
                        yield entry
                    root.clear()
    except (ET.ParseError, OSError, ValueError) as reason:
        raise FeedBroken(f"cannot be read ({reason})") from None


def _entry(element: ET.Element) -> Entry | None:
    content = next((child for child in element if _local(child) == "content"), None)
    if content is None:
        return None
    held = [child for child in content if _local(child) in KINDS]
    if not held:
        return None
    links = [(child.get("rel", ""), child.get("href", "")) for child in element if _local(child) == "link"]
    own = tuple(href for rel, href in sorted(links, reverse=True) if rel in {"self", "up"})
    kind = _local(held[0])
    return Entry(
        kind=kind,
        own=own,
        related=tuple(href for rel, href in links if rel == "related"),
        reading_type=_reading_type(held[0]) if kind == "ReadingType" else None,
        service_kind=_number(_first(held[0], "ServiceCategory"), "kind") if kind == "UsagePoint" else None,
        blocks=tuple(_block(block) for block in held if _local(block) == "IntervalBlock"),
    )


def _reading_type(element: ET.Element) -> ReadingType:
    return ReadingType(
        power_of_ten=_number(element, "powerOfTenMultiplier") or 0,
        uom=_number(element, "uom"),
        interval_seconds=_number(element, "intervalLength"),
        accumulation=_number(element, "accumulationBehaviour"),
        commodity=_number(element, "commodity"),
        flow_direction=_number(element, "flowDirection"),
        default_quality=_number(element, "defaultQuality"),
    )


def _block(element: ET.Element) -> Block:
    """Readings without a time of their own follow one another from the block's start."""
    whole = _first(element, "interval")
    readings = [child for child in element if _local(child) == "IntervalReading"]
    next_start, length = _number(whole, "start"), (_number(whole, "duration") or 0) // max(len(readings), 1)
    block = Block([], [], [], [])
    for reading in readings:
        period = _first(reading, "timePeriod")
        start, seconds = _number(period, "start"), _number(period, "duration") or length
        start = next_start if start is None else start
        if start is None:
            raise ValueError("an interval reading has no start, nor has its block")
        value = _text(reading, "value")
        block.starts.append(start)
        block.seconds.append(seconds)
        block.values.append(None if value is None else float(value))
        block.qualities.append(_qualities(reading))
        next_start = start + seconds
    return block


def _qualities(reading: ET.Element) -> frozenset[int] | None:
    codes = [_number(child, "quality") for child in reading if _local(child) == "ReadingQuality"]
    return frozenset(cast("list[int]", [code for code in codes if code is not None])) if codes else None


def _local(element: ET.Element) -> str:
    return _local_name(element.tag)


@lru_cache(maxsize=256)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _first(element: ET.Element, name: str) -> ET.Element | None:
    for child in element:
        if _local_name(child.tag) == name:
            return child
    return None


def _text(element: ET.Element | None, name: str) -> str | None:
    child = None if element is None else _first(element, name)
    return None if child is None or child.text is None or not child.text.strip() else child.text.strip()


def _number(element: ET.Element | None, name: str) -> int | None:
    text = _text(element, name)
    return None if text is None else int(text)
