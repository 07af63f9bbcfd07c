"""A city's list of services from a JSON file: Open311's own list, or ours with definitions, stop questions and translations beside it.

The file is checked whole before a row is written, and every fault is named. A service that the file no longer has is retired, never deleted, since
requests point at it; private services of the file are private from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from evenhand.web.core.json_files import JsonUnreadable, read_json
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import cells
from evenhand.web.service_requests.errors import ServicesFileInvalid
from evenhand.web.service_requests.models import Service, ServiceGroup, ServiceRequest
from evenhand.web.service_requests.service_entries import group_name, normal_entry, write_entry
from evenhand.web.service_requests.service_types import group_code
from evenhand.web.service_requests.services_file_faults import faults_of

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServicesImported:
    """How many services were taken, how many that the file does not have were retired, and how many requests became private with their service."""

    taken: int
    retired: int
    hidden_requests: int = 0


def import_services(city: Jurisdiction, file: Path) -> ServicesImported:
    """Take a list of services in.

    Raises
    ------
    ServicesFileInvalid
        Naming every fault, by service.
    """
    raws = _read(file)
    areas = set(Area.objects.filter(jurisdiction=city).values_list("code", flat=True))
    faults = list(faults_of(raws, areas))
    if faults:
        raise ServicesFileInvalid.of(file.name, faults)
    with transaction.atomic():
        groups = _groups(city, raws)
        for order, raw in enumerate(raws):
            write_entry(city, normal_entry(raw), group=groups[group_code(group_name(raw))], order=order)
        codes = [str(raw["service_code"]) for raw in raws]
        retired = Service.objects.filter(jurisdiction=city, is_offered=True).exclude(code__in=codes).update(is_offered=False)
        hidden = _hide_private(city)
    return ServicesImported(len(raws), retired, hidden)


def _hide_private(city: Jurisdiction) -> int:
    """Requests of a service that became private leave every page, map and feed. None becomes public: who reported relied on it."""
    shown = ServiceRequest.objects.of(city).filter(service__is_private=True).exclude(visibility="private")
    hidden = shown.update(visibility="private", held_until=None)
    if hidden:
        cells.rebuild(city)
    return hidden


def _read(file: Path) -> Sequence[Raw]:
    try:
        document = read_json(file)
    except JsonUnreadable as error:
        raise ServicesFileInvalid.of(file.name, [error.message]) from error
    raws = document.get("services") if isinstance(document, dict) else document
    if not isinstance(raws, list) or not raws:
        raise ServicesFileInvalid.of(file.name, ['neither a list of services nor an object with a member "services"'])
    return raws


def _groups(city: Jurisdiction, raws: Sequence[Raw]) -> dict[str, ServiceGroup]:
    """The groups by the code of their name, made or brought up to date; they stand in the order in which the file first names them."""
    found: dict[str, ServiceGroup] = {}
    for order, raw in enumerate(raws):
        name, code = group_name(raw), group_code(group_name(raw))
        told = {language: words["group"] for language, words in (raw.get("translations") or {}).items() if words.get("group")}
        if code not in found:
            known = ServiceGroup.objects.filter(jurisdiction=city, name=name).first()  # one that was renamed keeps its code
            defaults = {"name": name, "order": order}
            found[code], _ = ServiceGroup.objects.update_or_create(jurisdiction=city, code=known.code if known else code, defaults=defaults)
        if told:
            found[code].translations = {**found[code].translations, **told}
            found[code].save(update_fields=["translations"])
    return found
