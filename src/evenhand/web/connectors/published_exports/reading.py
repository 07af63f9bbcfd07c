"""What every reader is given, and what every format offers: the seam between the machine and the formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from evenhand.web.connectors.published_exports.record import PublishedRequest, QuarantinedRow
from evenhand.web.connectors.published_exports.source import Part, Progress
from evenhand.web.connectors.published_exports.times import CityClock


class Sighting(NamedTuple):
    """One request's point, as published, and the areas that it is published under (in the order of the format's `kinds`)."""

    key: str
    areas: tuple[str | None, ...]


@dataclass(slots=True)
class Reading:
    """One pass that makes records: the city's clock, the points known as fallbacks, the ids seen so far."""

    clock: CityClock
    progress: Progress
    fallback_keys: frozenset[str]
    _seen: set[int] = field(default_factory=set)

    def flag(self, source_id: str, point: str, faults: list[str]) -> None:
        """Append what only the whole file shows. Ids are kept as 64-bit hashes: 60 bytes a request, and a false alarm once in a trillion rows."""
        if point in self.fallback_keys:
            faults.append("fallback_coordinates")
        mark = hash(source_id)
        if mark in self._seen:
            faults.append("repeated_id")
        self._seen.add(mark)


class ExportFormat(Protocol):
    """A kind of published export. One module in `formats` offers one as FORMAT."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def signature(self) -> str:
        """What a file must hold to be recognised, in words."""
        ...

    def recognises(self, part: Part) -> bool: ...

    def check(self, part: Part) -> None:
        """Raise an ExportError where the file is not what it claims to be."""
        ...

    def read(self, part: Part, reading: Reading) -> Iterator[PublishedRequest | QuarantinedRow]: ...

    def sightings(self, part: Part, progress: Progress) -> Iterator[Sighting]:
        """The points of all requests that have one."""
        ...

    def kinds(self) -> tuple[str, ...]: ...
