"""A city's own areas, streets, grounds and addresses; new areas also find the requests that lie in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from pathlib import Path

from django.db import transaction

from evenhand.web.accounts.administrative_history import record
from evenhand.web.core import clock
from evenhand.web.core.bulk_insert import update_rows
from evenhand.web.places import importing
from evenhand.web.places.importing import PlacesImported
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.places.shapes import shapes_of
from evenhand.web.service_requests.models import ServiceRequest

_CHUNK = 1000


def import_areas(
    city: Jurisdiction,
    file: Path,
    *,
    id_property: str | None = None,
    only: str = "",
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> PlacesImported:
    """Take areas in, then put every request of the city into its area again, a chunk a transaction."""
    done = importing.import_areas(city, file, id_property=id_property, only=only)
    record(city, None, "areas", file.name, {}, {"taken": done.taken, "retired": done.retired}, clock.real_now())
    place_requests_in_areas(city, progress=progress)
    return done


def import_streets(city: Jurisdiction, file: Path) -> PlacesImported:
    """Take streets in."""
    return importing.import_streets(city, file)


def import_grounds(city: Jurisdiction, file: Path) -> PlacesImported:
    """Take parks and water in."""
    return importing.import_grounds(city, file)


def import_addresses(city: Jurisdiction, file: Path, *, columns: Mapping[str, str] | None = None) -> PlacesImported:
    """Take addresses in."""
    return importing.import_addresses(city, file, columns=columns)


def place_requests_in_areas(city: Jurisdiction, *, progress: Callable[[int, int], None]) -> None:
    """Set the area of every request with a true point; the area is derived from the place, so it is no event.

    A request whose place no present area covers stays in the retired one that it was in.
    """
    shapes = shapes_of(city)
    retired = set(Area.objects.filter(jurisdiction=city, is_retired=True).values_list("pk", flat=True))
    with_point = ServiceRequest.objects.of(city).with_point().order_by("pk")
    total, done, last = with_point.count(), 0, 0
    while chunk := list(with_point.filter(pk__gt=last).only("lat", "long", "area_id")[:_CHUNK]):
        found = shapes.areas_at([(request.lat or 0.0, request.long or 0.0) for request in chunk])
        with transaction.atomic():
            update_rows(ServiceRequest, [request for request, area in zip(chunk, found, strict=True) if _moves(request, area, retired)], ["area_id"])
        done, last = done + len(chunk), chunk[-1].pk
        progress(done, total)


def _moves(request: ServiceRequest, area: Area | None, retired: Set[int]) -> bool:
    was = request.area_id
    request.area_id = area.pk if area else was if was in retired else None
    return was != request.area_id
