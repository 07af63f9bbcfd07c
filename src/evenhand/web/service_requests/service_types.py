"""Services made from the types that an export names.

A type becomes a service the first time it is met. It is offered for new reports once a resident has used it: what only staff ever filed
stays known from history and is not offered.
"""

from __future__ import annotations

from django.utils.text import slugify

from evenhand.web.connectors.published_exports.record import PublishedRequest
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceGroup


class ServiceTypes:
    """The services of a city by code, growing as an import goes."""

    def __init__(self, city: Jurisdiction) -> None:
        self._city = city
        self._services = {service.code: service for service in Service.objects.filter(jurisdiction=city)}
        self._groups = {group.code: group for group in ServiceGroup.objects.filter(jurisdiction=city)}
        self._made: set[str] = set()

    def of(self, record: PublishedRequest) -> tuple[int, str]:
        """Primary key and code of the service that a row is about; made if it is new."""
        service = self._services.get(record.service_code) or self._make(record)
        if service.code in self._made and not service.is_offered and record.made_by == "resident":
            service.is_offered = True
            service.save(update_fields=["is_offered"])
        return service.pk, service.code

    def _make(self, record: PublishedRequest) -> Service:
        code = record.service_code[:120]
        service, _ = Service.objects.get_or_create(
            jurisdiction=self._city,
            code=code,
            defaults={"name": record.service_name[:160], "group": self._group(record.service_group), "is_offered": False},
        )
        self._made.add(code)
        self._services[record.service_code] = service
        return service

    def _group(self, name: str) -> ServiceGroup:
        title = name.strip() or "Other"
        code = slugify(title)[:80] or "other"
        if code not in self._groups:
            self._groups[code], _ = ServiceGroup.objects.get_or_create(
                jurisdiction=self._city, code=code, defaults={"name": title[:120], "order": len(self._groups)}
            )
        return self._groups[code]
