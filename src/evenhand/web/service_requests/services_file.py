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
from evenhand.web.service_requests.models import Service, ServiceAttribute, ServiceGroup, ServiceRequest, StopQuestion
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
            _take(city, raw, order, groups[group_code(_group_name(raw))])
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


def _attributes(raw: Raw) -> Sequence[Raw]:
    return (raw.get("definition") or {}).get("attributes") or ()


def _take(city: Jurisdiction, raw: Raw, order: int, group: ServiceGroup) -> None:
    translations: dict[str, Raw] = raw.get("translations") or {}
    words = {language: {ours: told[theirs] for theirs, ours in _SERVICE_WORDS.items() if told.get(theirs)} for language, told in translations.items()}
    service, _ = Service.objects.update_or_create(
        jurisdiction=city,
        code=str(raw["service_code"]),
        defaults={
            "name": raw["service_name"].strip(),
            "group": group,
            "description": raw.get("description") or "",
            "keywords": raw.get("keywords") or "",
            "notice": raw.get("notice") or "",
            "kind": raw.get("type") or "realtime",
            "is_private": raw.get("private") or False,
            "is_offered": True,
            "order": order,
            "translations": words,
        },
    )
    service.areas.set(Area.objects.filter(jurisdiction=city, code__in=raw.get("areas") or []))
    _take_attributes(service, raw, translations)
    _take_questions(service, raw, translations)


_SERVICE_WORDS = {"service_name": "name", "description": "description", "notice": "notice", "keywords": "keywords"}


def _groups(city: Jurisdiction, raws: Sequence[Raw]) -> dict[str, ServiceGroup]:
    """The groups by the code of their name, made or brought up to date; they stand in the order in which the file first names them."""
    found: dict[str, ServiceGroup] = {}
    for order, raw in enumerate(raws):
        name, code = _group_name(raw), group_code(_group_name(raw))
        told = {language: words["group"] for language, words in (raw.get("translations") or {}).items() if words.get("group")}
        if code not in found:
            defaults = {"name": name[:120], "order": order}
            found[code], _ = ServiceGroup.objects.update_or_create(jurisdiction=city, code=code, defaults=defaults)
        if told:
            found[code].translations = {**found[code].translations, **told}
            found[code].save(update_fields=["translations"])
    return found


def _group_name(raw: Raw) -> str:
    return str(raw.get("group") or "").strip() or "Other"


def _take_attributes(service: Service, raw: Raw, translations: Mapping[str, Raw]) -> None:
    service.attributes.all().delete()
    for place, attribute in enumerate(_attributes(raw), start=1):
        code = attribute["code"]
        told = {language: (words.get("attributes") or {}).get(code) for language, words in translations.items()}
        ServiceAttribute.objects.create(
            service=service,
            code=code,
            datatype=attribute["datatype"],
            is_variable=attribute.get("variable", True),
            is_required=attribute.get("required", False),
            question=attribute["description"].strip(),
            hint=attribute.get("datatype_description") or "",
            order=attribute.get("order") or place,
            values=[{"key": str(value["key"]), "name": str(value.get("name", value["key"]))} for value in attribute.get("values") or []],
            translations={
                language: {"question": words.get("description", ""), "hint": words.get("datatype_description", ""), "values": words.get("values", {})}
                for language, words in told.items()
                if words
            },
        )


def _take_questions(service: Service, raw: Raw, translations: Mapping[str, Raw]) -> None:
    service.stop_questions.all().delete()
    for place, question in enumerate(raw.get("stop_questions") or []):
        code = question["code"]
        told = {language: (words.get("stop_questions") or {}).get(code) for language, words in translations.items()}
        StopQuestion.objects.create(
            service=service,
            code=code,
            question=question["question"].strip(),
            stop_answer=question.get("stop_answer", "yes"),
            message=question["message"].strip(),
            call=question.get("call") or "",
            order=place,
            translations={language: words for language, words in told.items() if words},
        )
