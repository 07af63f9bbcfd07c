"""Requests that a source states for the first time, as rows that are ready for the database.

Nearly every row of a city's published years is one. So they are no model instances but values in the order of columns, and they are worked out
before an import takes the write lock: nothing in them hangs on what others write meanwhile but their keys, and their number where it is taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from evenhand.web.connectors.published_exports.record import PublishedRequest
from evenhand.web.core import quick_json
from evenhand.web.core.bulk_insert import blank_maker, insert_values, plain_values, reserve_keys, utc_text
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import cells, history
from evenhand.web.service_requests.areas_of_points import AreasOfPoints
from evenhand.web.service_requests.history import NewEvent
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.published_rows import closed_event, last_change, received_event, standing_of
from evenhand.web.service_requests.workflow import Evidence, State, Status

_OWN: Final = (
    *("id", "reference", "head_hash", "event_count", "source_id", "stated_digest", "link_salt", "service_id", "status", "state", "closing_reason"),
    *("evidence", "stated_by", "source_status", "visibility", "requested_at", "updated_at", "closed_at", "expected_at", "lat", "long"),
    *("place_quality", "area_id", "address", "zipcode", "channel", "made_by", "agency_responsible", "description", "faults"),
)
_SHARED: Final = tuple(field.attname for field in ServiceRequest._meta.concrete_fields if field.attname not in _OWN)
_OUTSIDE: Final = "outside_city"
_NO_FAULTS: Final = "[]"
_json = quick_json.encoder()


@dataclass(slots=True)
class FirstRow:
    """A request that is to be made: `values` are the columns behind the first four of `_OWN`, `chained` its events under its present number."""

    source_id: str
    reference: str
    digest: str
    requested_at: datetime
    faults: Sequence[str]
    events: list[NewEvent]
    chained: list[history.ChainedValues]
    head_hash: str
    values: tuple[Any, ...]
    counted: cells.Counted | None


class FirstRows:
    """Makes the first rows of one import, `at` the moment at which it runs, and saves them."""

    def __init__(self, city: Jurisdiction, areas: AreasOfPoints, *, source: str, client: str, at: datetime) -> None:
        self._city_id, self._areas, self._source, self._at = city.pk, areas, source, at
        self._zone = ZoneInfo(city.timezone)
        blank: Callable[[], ServiceRequest] = blank_maker(ServiceRequest, jurisdiction_id=city.pk, source=source, client=client)
        self._shared = tuple(plain_values(blank(), _SHARED))

    def of(self, record: PublishedRequest, digest: str, service: Service) -> FirstRow:
        """The rows of a request under the source's own id."""
        stated = standing_of(record, service.pk)
        is_public = not (service.is_private or record.made_by == "meter")
        area_id, faults = self._area(record, stated.place_quality)
        events = [received_event(record, stated, source=self._source, service_code=service.code, is_public=is_public)]
        if stated.is_closed:
            events.append(closed_event(record, stated, source=self._source, was=State.RECEIVED))
            ended = (Status.CLOSED.value, State.CLOSED.value, stated.closing_reason, Evidence.STATED.value, self._source)
        else:
            ended = (Status.OPEN.value, State.RECEIVED.value, "", "", "")
        values = (
            record.source_id, digest, secrets.token_hex(8), service.pk, *ended, stated.source_status, "public" if is_public else "private",
            utc_text(record.requested_at), utc_text(last_change(record, events, known=None, by=self._at)), _text(stated.closed_at),
            _text(stated.expected_at), stated.lat, stated.long, stated.place_quality, area_id, (record.address or "")[:240],
            (record.zipcode or "")[:16], record.channel, record.made_by, (record.agency or "")[:160], record.description or "",
            _json(faults) if faults else _NO_FAULTS,
        )  # fmt: skip
        chained, head = self._chained(record.source_id, events)
        counted = self._counted(record, service.pk, is_open=not stated.is_closed) if is_public and stated.place_quality == "exact" else None
        return FirstRow(record.source_id, record.source_id, digest, record.requested_at, faults, events, chained, head, values, counted)

    def rename(self, row: FirstRow, reference: str) -> None:
        """Give a request another number; its history is chained anew, since the number is hashed into it."""
        row.reference = reference
        row.chained, row.head_hash = self._chained(reference, row.events)

    def save(self, rows: Sequence[FirstRow]) -> int:
        """Insert requests, events and contents in the caller's transaction; returns how many events."""
        keys = reserve_keys(ServiceRequest, len(rows))
        keyed = list(zip(keys, rows, strict=True))
        values = [(key, row.reference, row.head_hash, len(row.chained), *row.values, *self._shared) for key, row in keyed]
        insert_values(ServiceRequest, (*_OWN, *_SHARED), values)
        return history.insert_chains([(key, row.chained) for key, row in keyed])

    def _area(self, record: PublishedRequest, place_quality: str) -> tuple[int | None, Sequence[str]]:
        """The area of a true point, and the faults of the row, with that of a point outside of the city."""
        if record.lat is None or record.long is None or place_quality != "exact":
            return None, record.faults
        area_id, is_inside = self._areas.of(record.lat, record.long)
        return area_id, record.faults if is_inside else (*record.faults, _OUTSIDE)

    def _chained(self, reference: str, events: Sequence[NewEvent]) -> tuple[list[history.ChainedValues], str]:
        return history.values_chain(reference, events, recorded_at=self._at)

    def _counted(self, record: PublishedRequest, service_id: int, *, is_open: bool) -> cells.Counted:
        assert record.lat is not None
        assert record.long is not None
        x, y = cells.tile(record.lat, record.long, cells.FINEST)
        return cells.Counted(self._city_id, service_id, cells.month_of(record.requested_at, self._zone), x, y, is_open)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)
