"""What can be reported: everywhere in the city or at a place, under its groups, and found by what people call it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceGroup


@dataclass(frozen=True, slots=True)
class OfferedGroup:
    """A group with those of its services that fit."""

    group: ServiceGroup
    services: tuple[Service, ...]


def offered_services(city: Jurisdiction, *, area: Area | None = None) -> list[Service]:
    """Services that can be reported: at a place in `area`, or with None anywhere in the city. In the city's order."""
    offered = Service.objects.filter(jurisdiction=city)
    chosen = offered.offered() if area is None else offered.offered_in(area)
    return list(chosen.select_related("group").order_by("group__order", "group__name", "order", "name"))


def offered_service(city: Jurisdiction, code: str) -> Service | None:
    """The service of a code, if it can be reported."""
    return Service.objects.filter(jurisdiction=city).offered().select_related("group").filter(code=code).first()


def is_offered_at(service: Service, area: Area | None) -> bool:
    """Whether a service is offered in an area (None: nobody knows which, or none)."""
    return Service.objects.filter(pk=service.pk).offered_in(area).exists()


def grouped(services: Iterable[Service]) -> list[OfferedGroup]:
    """Services under their groups, in the order in which they come."""
    by_group: dict[int, tuple[ServiceGroup, list[Service]]] = {}
    for service in services:
        by_group.setdefault(service.group_id, (service.group, []))[1].append(service)
    return [OfferedGroup(group, tuple(members)) for group, members in by_group.values()]


def services_matching(services: Sequence[Service], typed: str, language: str) -> list[Service]:
    """Those whose name, description, keywords or group hold every typed word, accents aside: in the language shown and as the city wrote them."""
    words = folded(typed).split()
    return [service for service in services if all(word in _searchable(service, language) for word in words)]


def folded(text: str) -> str:
    """In lower case and without accents, in any script."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def _searchable(service: Service, language: str) -> str:
    shown = [service.text_in(language, name) for name in ("name", "description", "keywords")]
    return folded(" ".join([*shown, service.group.name_in(language), service.name, service.description, service.keywords, service.group.name]))
