"""Names of services for the map, in the reader's language. Kept half a minute a process: as long as browsers keep the map's answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import get_language

from evenhand.web.places.models import Jurisdiction
from evenhand.web.places.versions import kept_for_version
from evenhand.web.service_requests.models import Service

KEPT_SECONDS: Final = 30.0


@dataclass(slots=True)
class _Kept:
    by_language: dict[str, dict[int, str]] = field(default_factory=dict)
    good_until: float = 0.0


def service_names(city: Jurisdiction, keys: Sequence[int]) -> list[str]:
    """The names of a city's services by key, in order. No query while they are kept; one when a key is new."""
    language = get_language() or city.language
    kept = kept_for_version(city, "service_names", lambda _: _Kept())
    names = kept.by_language.get(language, {})
    if time.monotonic() >= kept.good_until or not names.keys() >= set(keys):
        services = Service.objects.filter(jurisdiction=city).only("name", "translations")
        names = {service.pk: service.name_in(language) for service in services}
        kept.by_language = {**(kept.by_language if time.monotonic() < kept.good_until else {}), language: names}
        kept.good_until = time.monotonic() + KEPT_SECONDS
    return [names[key] for key in keys]
