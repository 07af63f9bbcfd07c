"""A city's list of services from a JSON file: Open311's own list, or ours with definitions, stop questions and translations beside it.

The file is checked whole before a row is written, and every fault is named. A service that the file no longer has is retired, never deleted, since
requests point at it; private services of the file are private from then on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.errors import ServicesFileInvalid
from evenhand.web.service_requests.models import Service, ServiceAttribute, ServiceGroup, StopQuestion

DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
KINDS = ("realtime", "batch", "blackbox")
_CODE = re.compile(r"[\w.:-]{1,120}")
_ATTRIBUTE_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServicesImported:
    """How many services were taken, and how many that the file does not have were retired."""

    taken: int
    retired: int


def import_services(city: Jurisdiction, file: Path) -> ServicesImported:
    """Take a list of services in.

    Raises
    ------
    ServicesFileInvalid
        Naming every fault, by service.
    """
    raws = _read(file)
    faults = list(_faults(raws, city))
    if faults:
        raise ServicesFileInvalid.of(file.name, faults)
    with transaction.atomic():
        for order, raw in enumerate(raws):
            _take(city, raw, order)
        codes = [str(raw["service_code"]) for raw in raws]
        retired = Service.objects.filter(jurisdiction=city, is_offered=True).exclude(code__in=codes).update(is_offered=False)
    return ServicesImported(len(raws), retired)


def _read(file: Path) -> Sequence[Raw]:
    try:
        document = json.loads(file.read_bytes())
    except OSError as error:
        raise ServicesFileInvalid.of(str(file), [f"the file cannot be read: {error.strerror}"]) from error
    except (ValueError, RecursionError) as error:
        raise ServicesFileInvalid.of(file.name, [f"not JSON: {error}"]) from error
    raws = document.get("services") if isinstance(document, dict) else document
    if not isinstance(raws, list) or not raws:
        raise ServicesFileInvalid.of(file.name, ['neither a list of services nor an object with a member "services"'])
    return raws


def _faults(raws: Sequence[Raw], city: Jurisdiction) -> Iterator[str]:
    areas = set(Area.objects.filter(jurisdiction=city).values_list("code", flat=True))
    seen: set[str] = set()
    for number, raw in enumerate(raws, start=1):
        if not isinstance(raw, dict):
            yield f"service {number}: not an object"
            continue
        code = str(raw.get("service_code", ""))
        where = f"service {number} ({code or 'no code'})"
        if not _CODE.fullmatch(code):
            yield f"{where}: service_code must be 1 to 120 letters, digits or _.:- characters"
        if code in seen:
            yield f"{where}: the code stands in the file twice"
        seen.add(code)
        yield from (f"{where}: {fault}" for fault in _service_faults(raw, areas))


def _service_faults(raw: Raw, areas: set[str]) -> Iterator[str]:
    name = raw.get("service_name")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 160:
        yield "service_name must be text of 1 to 160 characters"
    if raw.get("type", "realtime") not in KINDS:
        yield f"type {raw['type']!r} is none of {', '.join(KINDS)}"
    for area in raw.get("areas") or []:
        if area not in areas:
            yield f"area {area!r} is not an area of this city (import areas first)"
    for attribute in _attributes(raw):
        yield from _attribute_faults(attribute)
    for question in raw.get("stop_questions") or []:
        yield from _question_faults(question)


def _attribute_faults(raw: Raw) -> Iterator[str]:
    code = str(raw.get("code", ""))
    if not _ATTRIBUTE_CODE.fullmatch(code):
        yield f"attribute {code!r}: code must be 1 to 64 letters, digits, _ or -"
    datatype = raw.get("datatype")
    if datatype not in DATATYPES:
        yield f"attribute {code!r}: datatype {datatype!r} is none of {', '.join(DATATYPES)}"
    if not str(raw.get("description", "")).strip():
        yield f"attribute {code!r}: description (the question) is empty"
    if str(datatype).endswith("list"):
        values = raw.get("values") or []
        keys = [value.get("key") for value in values if isinstance(value, dict)]
        if not keys or len(keys) != len(values) or len(set(map(str, keys))) != len(keys):
            yield f"attribute {code!r}: a list needs values with a key each, all different"


def _question_faults(raw: Raw) -> Iterator[str]:
    code = str(raw.get("code", ""))
    if not _ATTRIBUTE_CODE.fullmatch(code):
        yield f"stop question {code!r}: code must be 1 to 64 letters, digits, _ or -"
    if raw.get("stop_answer", "yes") not in {"yes", "no"}:
        yield f"stop question {code!r}: stop_answer must be yes or no"
    yield from (f"stop question {code!r}: {field} is empty" for field in ("question", "message") if not str(raw.get(field, "")).strip())


def _attributes(raw: Raw) -> Sequence[Raw]:
    definition = raw.get("definition")
    return definition.get("attributes") or [] if isinstance(definition, dict) else []


def _take(city: Jurisdiction, raw: Raw, order: int) -> None:
    translations: dict[str, Raw] = raw.get("translations") or {}
    words = {language: {ours: told[theirs] for theirs, ours in _SERVICE_WORDS.items() if told.get(theirs)} for language, told in translations.items()}
    service, _ = Service.objects.update_or_create(
        jurisdiction=city,
        code=str(raw["service_code"]),
        defaults={
            "name": raw["service_name"].strip(),
            "group": _group(city, raw, translations, order),
            "description": raw.get("description") or "",
            "keywords": raw.get("keywords") or "",
            "notice": raw.get("notice") or "",
            "kind": raw.get("type", "realtime"),
            "is_private": bool(raw.get("private", False)),
            "is_offered": True,
            "order": order,
            "translations": words,
        },
    )
    service.areas.set(Area.objects.filter(jurisdiction=city, code__in=raw.get("areas") or []))
    _take_attributes(service, raw, translations)
    _take_questions(service, raw, translations)


_SERVICE_WORDS = {"service_name": "name", "description": "description", "notice": "notice", "keywords": "keywords"}


def _group(city: Jurisdiction, raw: Raw, translations: Mapping[str, Raw], order: int) -> ServiceGroup:
    name = str(raw.get("group") or "Other").strip()
    told = {language: words["group"] for language, words in translations.items() if words.get("group")}
    group, is_new = ServiceGroup.objects.get_or_create(
        jurisdiction=city, code=slugify(name)[:80] or "other", defaults={"name": name[:120], "order": order, "translations": told}
    )
    if not is_new and told:
        group.translations = {**group.translations, **told}
        group.save(update_fields=["translations"])
    return group


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
            question=str(attribute["description"])[:400],
            hint=str(attribute.get("datatype_description") or "")[:400],
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
            question=str(question["question"])[:400],
            stop_answer=question.get("stop_answer", "yes"),
            message=question["message"],
            call=str(question.get("call") or "")[:32],
            order=place,
            translations={language: words for language, words in told.items() if words},
        )
