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
        services = Service.objects.filter(jurisdiction=city)
        self._services = {service.code: service for service in services}
        self._groups = {group.code: group for group in ServiceGroup.objects.filter(jurisdiction=city)}
        # Known from history only so far, also from a run that was killed; what the city took off its list is used by residents or by nobody.
        met = services.filter(is_offered=False, requests__isnull=False).exclude(requests__made_by="resident")
        self._not_yet_offered = set(met.values_list("code", flat=True))

    def known(self, record: PublishedRequest) -> Service | None:
        """The service of a request that is new, if nothing has to be written for it; else None."""
        service = self._services.get(record.service_code)
        return None if service is None or self._is_met(record, service) else service

    def of(self, record: PublishedRequest, *, is_new: bool = False) -> Service:
        """The service that a row is about; made if it is new. `is_new` says that the row is a request that was not known."""
        service = self._services.get(record.service_code) or self._make(record)
        if is_new and self._is_met(record, service):
            self._not_yet_offered.remove(service.code)
            service.is_offered = True
            service.save(update_fields=["is_offered"])
        return service

    def _is_met(self, record: PublishedRequest, service: Service) -> bool:
        """Whether this is the first time that a resident uses it."""
        return record.made_by == "resident" and service.code in self._not_yet_offered

    def _make(self, record: PublishedRequest) -> Service:
        code = record.service_code[:120]
        service, is_new = Service.objects.get_or_create(
            jurisdiction=self._city,
            code=code,
            defaults={"name": record.service_name[:160], "group": self._group(record.service_group), "is_offered": False},
        )
        if is_new:
            self._not_yet_offered.add(code)
        self._services[record.service_code] = service
        return service

    def _group(self, name: str) -> ServiceGroup:
        title = name.strip() or "Other"
        code = group_code(title)
        if code not in self._groups:
            self._groups[code], _ = ServiceGroup.objects.get_or_create(
                jurisdiction=self._city, code=code, defaults={"name": title[:120], "order": len(self._groups)}
            )
        return self._groups[code]


def group_code(name: str) -> str:
    """Code of a group by its name, in any script: letters of other alphabets are kept."""
    return slugify(name, allow_unicode=True)[:80] or "other"
