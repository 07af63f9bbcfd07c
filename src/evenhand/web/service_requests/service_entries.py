"""A service as one entry of the services file (docs/reference/services-file.md), from its rows and back: the one form in which the console edits it,
a file brings it in or takes it out, and its history tells what changed.

An entry here is in normal form: every member is there, attributes stand in their order and are numbered from 1, and only words that were given stand
under `translations`. So two entries can be compared, and writing an entry that was read changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Prefetch

from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceAttribute, ServiceGroup, ServiceRequest, StopQuestion
from evenhand.web.service_requests.service_types import group_code

Raw = Mapping[str, Any]
Entry = dict[str, Any]
OTHER_GROUP: Final = "Other"
SERVICE_WORDS: Final = {"service_name": "name", "description": "description", "notice": "notice", "keywords": "keywords"}
_QUESTION_WORDS: Final = {"description": "question", "datatype_description": "hint"}
_STOP_WORDS: Final = ("question", "message")


def services_of(city: Jurisdiction) -> Sequence[Service]:
    """All services of a city with what their entries need, in the city's order. Five queries."""
    areas = Prefetch("areas", queryset=Area.objects.only("code"))
    services = Service.objects.filter(jurisdiction=city).select_related("group").prefetch_related("attributes", "stop_questions", areas)
    return list(services.order_by("group__order", "group__name", "order", "name", "pk"))


def entry_of(service: Service) -> Entry:
    """A service as an entry in normal form."""
    return normal_entry(
        {
            "service_code": service.code,
            "service_name": service.name,
            "group": service.group.name,
            "description": service.description,
            "keywords": service.keywords,
            "notice": service.notice,
            "type": service.kind,
            "private": service.is_private,
            "offered": service.is_offered,
            "areas": sorted(area.code for area in service.areas.all()),
            "definition": {"attributes": [_attribute_entry(row) for row in service.attributes.all()]},
            "stop_questions": [_stop_entry(row) for row in service.stop_questions.all()],
            "translations": _translations_of(service),
        }
    )


def group_entry(group: ServiceGroup) -> Entry:
    """A group as an entry of the file's `groups`."""
    return {
        "code": group.code,
        "name": group.name,
        "translations": {language: words for language, words in sorted(group.translations.items()) if words},
    }


def normal_entry(raw: Raw) -> Entry:
    """An entry whose faults were looked for (`services_file_faults`), in normal form. Members that nobody knows are left out."""
    attributes = [_normal_attribute(one, place) for place, one in enumerate(in_order(attributes_of(raw)), start=1)]
    stops = [_normal_stop(one) for one in raw.get("stop_questions") or ()]
    return {
        "service_code": str(raw["service_code"]),
        "service_name": raw["service_name"].strip(),
        "group": group_name(raw),
        **{name: (raw.get(name) or "").strip() for name in ("description", "keywords", "notice")},
        "type": raw.get("type") or "realtime",
        "private": bool(raw.get("private")),
        "offered": raw.get("offered") is not False,
        "areas": sorted(set(raw.get("areas") or ())),
        "definition": {"attributes": attributes},
        "stop_questions": stops,
        "translations": _normal_translations(raw, attributes, stops),
    }


def attributes_of(raw: Raw) -> Sequence[Raw]:
    """The extra questions of an entry as the file has them."""
    return (raw.get("definition") or {}).get("attributes") or ()


def in_order(attributes: Sequence[Raw]) -> list[Raw]:
    """By their `order`; one without stands where the file has it."""
    return [raw for _, raw in sorted(enumerate(attributes, start=1), key=lambda pair: (pair[1].get("order") or pair[0], pair[0]))]


def group_name(raw: Raw) -> str:
    """The heading under which an entry stands."""
    return str(raw.get("group") or "").strip() or OTHER_GROUP


def write_entry(city: Jurisdiction, entry: Entry, *, group: ServiceGroup, order: int) -> Service:
    """Make a service of an entry in normal form, or bring the one of its code up to date, in the caller's transaction."""
    service, _ = Service.objects.update_or_create(
        jurisdiction=city,
        code=entry["service_code"],
        defaults={
            "name": entry["service_name"],
            "group": group,
            **{name: entry[name] for name in ("description", "keywords", "notice")},
            "kind": entry["type"],
            "is_private": entry["private"],
            "is_offered": entry["offered"],
            "order": order,
            "translations": _service_translations(entry),
        },
    )
    service.areas.set(Area.objects.filter(jurisdiction=city, code__in=entry["areas"]))
    _write_attributes(service, entry)
    _write_stops(service, entry)
    return service


def attribute_rows(service: Service, entry: Entry) -> list[ServiceAttribute]:
    """The extra questions of an entry as rows, not saved."""
    told = entry["translations"]
    return [
        _attribute_row(service, one, {language: words.get("attributes", {}).get(one["code"], {}) for language, words in told.items()})
        for one in attributes_of(entry)
    ]


def stop_rows(service: Service, entry: Entry) -> list[StopQuestion]:
    """The stop questions of an entry as rows, not saved."""
    told = entry["translations"]
    return [
        StopQuestion(
            service=service,
            **one,
            order=place,
            translations={language: found for language, words in told.items() if (found := words.get("stop_questions", {}).get(one["code"]))},
        )
        for place, one in enumerate(entry["stop_questions"])
    ]


def unsaved_service(city: Jurisdiction, entry: Entry) -> Service:
    """A service as an entry says, with its questions, that stands in no table: what a form makes of it can be looked at before it counts."""
    group = ServiceGroup(jurisdiction=city, code=group_code(entry["group"]), name=entry["group"])
    words = {ours: entry[theirs] for theirs, ours in SERVICE_WORDS.items()}
    service = Service(
        pk=0,
        jurisdiction=city,
        group=group,
        code=entry["service_code"],
        is_private=entry["private"],
        translations=_service_translations(entry),
        **words,
    )
    service._prefetched_objects_cache = {  # type: ignore[attr-defined]  # what prefetching fills
        "attributes": attribute_rows(service, entry),
        "stop_questions": stop_rows(service, entry),
    }
    return service


def _service_translations(entry: Entry) -> dict[str, dict[str, str]]:
    told = {
        language: {ours: words[theirs] for theirs, ours in SERVICE_WORDS.items() if words.get(theirs)}
        for language, words in entry["translations"].items()
    }
    return {language: words for language, words in told.items() if words}


def _attribute_entry(row: ServiceAttribute) -> Entry:
    retired = {"retired": True} if row.is_retired else {}
    return {
        "code": row.code,
        "variable": row.is_variable,
        "datatype": row.datatype,
        "required": row.is_required,
        "description": row.question,
        "datatype_description": row.hint,
        "values": row.values,
        **retired,
    }


def _stop_entry(row: StopQuestion) -> Entry:
    return {"code": row.code, "question": row.question, "stop_answer": row.stop_answer, "message": row.message, "call": row.call}


def _translations_of(service: Service) -> Entry:
    told: Entry = {}
    for language, words in service.translations.items():
        told.setdefault(language, {}).update({theirs: words.get(ours, "") for theirs, ours in SERVICE_WORDS.items()})
    for row in service.attributes.all():
        for language, words in row.translations.items():
            found = {theirs: words.get(ours, "") for theirs, ours in _QUESTION_WORDS.items()} | {"values": words.get("values") or {}}
            told.setdefault(language, {}).setdefault("attributes", {})[row.code] = found
    for stop in service.stop_questions.all():
        for language, words in stop.translations.items():
            told.setdefault(language, {}).setdefault("stop_questions", {})[stop.code] = words
    return told


def _normal_attribute(raw: Raw, place: int) -> Entry:
    return {
        "code": raw["code"],
        "variable": raw.get("variable", True),
        "datatype": raw["datatype"],
        "required": raw.get("required", False),
        "order": place,
        "description": raw["description"].strip(),
        "datatype_description": (raw.get("datatype_description") or "").strip(),
        "values": [{"key": str(value["key"]), "name": str(value.get("name", value["key"]))} for value in raw.get("values") or ()],
        **({"retired": True} if raw.get("retired") else {}),
    }


def _normal_stop(raw: Raw) -> Entry:
    return {
        "code": raw["code"],
        "question": raw["question"].strip(),
        "stop_answer": raw.get("stop_answer", "yes"),
        "message": raw["message"].strip(),
        "call": (raw.get("call") or "").strip(),
    }


def _normal_translations(raw: Raw, attributes: Sequence[Entry], stops: Sequence[Entry]) -> Entry:
    """The words that were given, by language; those of questions that the entry does not have are left out."""
    told: Mapping[str, Raw] = raw.get("translations") or {}
    normal = {language: _normal_words(words, attributes, stops) for language, words in sorted(told.items())}
    return {language: words for language, words in normal.items() if words}


def _normal_words(words: Raw, attributes: Sequence[Entry], stops: Sequence[Entry]) -> Entry:
    given: Entry = {name: words[name].strip() for name in SERVICE_WORDS if words.get(name)}
    questions = {one["code"]: _normal_question_words((words.get("attributes") or {}).get(one["code"]) or {}, one) for one in attributes}
    asked = {
        one["code"]: {name: text.strip() for name in _STOP_WORDS if (text := ((words.get("stop_questions") or {}).get(one["code"]) or {}).get(name))}
        for one in stops
    }
    for name, by_code in (("attributes", questions), ("stop_questions", asked)):
        if told := {code: found for code, found in by_code.items() if found}:
            given[name] = told
    return {name: value for name, value in given.items() if value}


def _normal_question_words(words: Raw, attribute: Entry) -> Entry:
    given: Entry = {name: text.strip() for name in _QUESTION_WORDS if (text := words.get(name))}
    told = words.get("values") or {}
    if values := {one["key"]: str(told[one["key"]]) for one in attribute["values"] if told.get(one["key"])}:
        given["values"] = values
    return given


def _attribute_row(service: Service, one: Raw, told: Mapping[str, Raw]) -> ServiceAttribute:
    return ServiceAttribute(
        service=service,
        code=one["code"],
        datatype=one["datatype"],
        is_variable=one["variable"],
        is_required=one["required"],
        question=one["description"],
        hint=one["datatype_description"],
        order=one["order"],
        values=one["values"],
        translations={
            language: {"question": words.get("description", ""), "hint": words.get("datatype_description", ""), "values": words.get("values", {})}
            for language, words in told.items()
            if words
        },
        is_retired=bool(one.get("retired")),
    )


def _write_attributes(service: Service, entry: Entry) -> None:
    """Questions of the entry's codes keep their rows; of the others those that were answered are retired, so that answers keep their words."""
    known = {row.code: row for row in service.attributes.all()}
    rows = attribute_rows(service, entry)
    for code in known.keys() - {row.code for row in rows}:
        if ServiceRequest.objects.filter(service=service, answers__has_key=code).exists():
            service.attributes.filter(code=code).update(is_retired=True, is_required=False)
        else:
            service.attributes.filter(code=code).delete()
    for row in rows:
        if row.code in known:
            row.pk = known[row.code].pk
            row._state.adding = False
        row.save()


def _write_stops(service: Service, entry: Entry) -> None:
    service.stop_questions.all().delete()
    StopQuestion.objects.bulk_create(stop_rows(service, entry))
