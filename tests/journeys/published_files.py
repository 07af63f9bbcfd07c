"""Small exports in the shape of Boston's table, written for a test; and the state of everything an import may touch, to compare before and after."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F

from evenhand.web.journeys.import_requests import import_requests
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import cells, history
from evenhand.web.service_requests.imports import ImportCounts
from evenhand.web.service_requests.models import Event, ImportRun, RequestCell, Service, ServiceRequest
from tests.cast import NOON

COLUMNS = (
    *("CASE_ENQUIRY_ID", "OPEN_DT", "TARGET_DT", "CLOSED_DT", "CASE_STATUS", "CLOSURE_REASON", "SUBJECT", "REASON", "TYPE"),
    *("Location", "neighborhood", "ward", "LOCATION_ZIPCODE", "LATITUDE", "LONGITUDE", "Source"),
)
OPENED = "02/20/2026 10:15:00 AM"
CLOSED = "02/21/2026 04:30:00 PM"
IN_DOCKSIDE = {"LATITUDE": "42.3601", "LONGITUDE": "-71.0501"}
IN_HILLTOP = {"LATITUDE": "42.3602", "LONGITUDE": "-71.0302"}


def row(source_id: str, **cells_: str) -> dict[str, str]:
    """One published row: an open pothole in Dockside that a resident reported in the app, unless said otherwise."""
    usual = {
        "CASE_ENQUIRY_ID": source_id,
        "OPEN_DT": OPENED,
        "CASE_STATUS": "Open",
        "SUBJECT": "Public Works",
        "REASON": "Street Repair",
        "TYPE": "Pothole",
        "neighborhood": "Dockside",
        "LOCATION_ZIPCODE": "2128.0",
        "Source": "Citizens Connect App",
        **IN_DOCKSIDE,
    }
    return usual | cells_


def closed(source_id: str, **cells_: str) -> dict[str, str]:
    return row(source_id, **({"CASE_STATUS": "Closed", "CLOSED_DT": CLOSED, "CLOSURE_REASON": "Filled with asphalt."} | cells_))


def write_export(file: Path, rows: Iterable[dict[str, str]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return file


def take(city: Jurisdiction, file: Path, format: str = "boston", *, at: Any = NOON) -> tuple[ImportRun, ImportCounts]:
    return import_requests(city, file, format=format, at=at)


def tally(counts: ImportCounts) -> dict[str, int]:
    """What is not zero of the counts."""
    return {name: n for name, n in counts.as_dict().items() if n}


def everything(city: Jurisdiction) -> str:
    """A digest of every row that an import may write, its runs aside, as the driver hands them out."""
    requests = "SELECT id FROM requests_request WHERE jurisdiction_id = %s"
    events = f"SELECT id FROM requests_event WHERE request_id IN ({requests})"
    tables = {
        "requests_request": "jurisdiction_id = %s ORDER BY id",
        "requests_event": f"request_id IN ({requests}) ORDER BY id",
        "requests_event_content": f"event_id IN ({events}) ORDER BY event_id",
        "requests_service": "jurisdiction_id = %s ORDER BY id",
        "requests_cell": "jurisdiction_id = %s ORDER BY id",
    }
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        for table, condition in tables.items():
            cursor.execute(f"SELECT * FROM {table} WHERE {condition}", [city.pk])
            while rows := cursor.fetchmany(5000):
                digest.update(repr(rows).encode())
    return digest.hexdigest()


def everything_said(city: Jurisdiction) -> str:
    """The same without keys, salts and the moments of the work itself: equal wherever the same exports were brought in."""
    requests = ServiceRequest.objects.filter(jurisdiction=city).order_by("reference")
    events = Event.objects.filter(request__jurisdiction=city).order_by("request__reference", "seq")
    tables: list[Any] = [
        requests.values_list("reference", "service__code", "state", "closed_at", "lat", "area__code", "faults", "event_count", "updated_at"),
        events.values_list("request__reference", "seq", "kind", "at", "facts"),
        Service.objects.filter(jurisdiction=city).order_by("code").values_list("code", "name", "group__code", "is_offered"),
    ]
    return hashlib.sha256(repr([list(table) for table in tables]).encode()).hexdigest()


def assert_whole(city: Jurisdiction, *, every: int = 1) -> None:
    """Every chain verifies (or every tenth of many), no id is there twice, and the map cells are those that a count from nothing gives."""
    requests = ServiceRequest.objects.filter(jurisdiction=city)
    published = requests.exclude(source="")
    assert published.count() == published.values("source", "source_id").distinct().count()
    looked_at = requests.annotate(rest=F("pk") % every).filter(rest=0)
    events: dict[int, list[Event]] = {}
    for event in Event.objects.filter(request__in=looked_at).select_related("content").order_by("request_id", "seq").iterator(chunk_size=5000):
        events.setdefault(event.request_id, []).append(event)
    for request in looked_at.iterator(chunk_size=5000):
        history.verify_events(request, events.pop(request.pk))
    assert events == {}
    counted = cells_of(city)
    cells.rebuild(city)
    assert counted == cells_of(city)


def cells_of(city: Jurisdiction) -> dict[tuple[int, ...], tuple[int, int]]:
    found = RequestCell.objects.filter(jurisdiction=city).values_list("level", "service_key", "month", "x", "y", "open_count", "closed_count")
    return {key: (opened, shut) for *place, opened, shut in found if (opened or shut) and (key := tuple(place))}


def zone(city: Jurisdiction) -> ZoneInfo:
    return ZoneInfo(city.timezone)


def kinds(request: ServiceRequest) -> list[str]:
    """What happened to a request, in order."""
    return list(request.events.order_by("seq").values_list("kind", flat=True))


def only(source_id: str = "101") -> ServiceRequest:
    """The request of a row, by its id in the export."""
    return ServiceRequest.objects.get(source_id=source_id)
