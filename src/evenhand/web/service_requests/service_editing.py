"""Setting up what can be reported. Each action locks the service, notices what somebody else changed meanwhile, and notes what it was before.

Requests point at services and their answers at questions, so nothing that is in use is deleted: a service is retired (no longer offered), a question
too (no longer asked, its words kept for the answers), and neither a question's code nor its kind of answer changes once it was answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, ProtectedError, Q
from django.utils.text import slugify

from evenhand.web.accounts.administrative_history import record
from evenhand.web.accounts.models import Account
from evenhand.web.core.differences import differences, flat, stamp
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import cells
from evenhand.web.service_requests.errors import ServiceChangedMeanwhile, ServiceInUse, ServiceRefused
from evenhand.web.service_requests.models import Service, ServiceGroup, ServiceRequest
from evenhand.web.service_requests.service_entries import Entry, attributes_of, entry_of, group_entry, write_entry
from evenhand.web.service_requests.service_parts import Kind, question_of, with_question
from evenhand.web.service_requests.service_types import group_code
from evenhand.web.service_requests.services_file_faults import faults_of
from evenhand.web.service_requests.workflow import Status

Change = Callable[[Entry], Entry]
Part = Callable[[Entry], Mapping[str, Any]]


def counted_services(city: Jurisdiction) -> Sequence[Service]:
    """All services with their group and `open_count`, `request_count`. One query for services and one for counts."""
    services = list(Service.objects.filter(jurisdiction=city).select_related("group").order_by("group__order", "group__name", "order", "name", "pk"))
    requests = ServiceRequest.objects.of(city).order_by().values("service_id")
    counts = requests.annotate(total=Count("pk"), still_open=Count("pk", filter=Q(status=Status.OPEN)))
    by_key = {row["service_id"]: (row["total"], row["still_open"]) for row in counts}
    for service in services:
        service.request_count, service.open_count = by_key.get(service.pk, (0, 0))  # type: ignore[attr-defined]  # for the list's template
    return services


def open_and_all(service: Service) -> tuple[int, int]:
    """How many requests of a service are open, and how many there are."""
    requests = ServiceRequest.objects.filter(service=service)
    return requests.open().count(), requests.count()


def answers_to(service: Service, code: str) -> int:
    """How many requests hold an answer to an extra question."""
    return ServiceRequest.objects.filter(service=service, answers__has_key=code).count()


@transaction.atomic
def create_service(city: Jurisdiction, entry: Entry, *, person: Account | None, at: datetime) -> Service:
    """Make a new service, last of its group. Raises ServiceRefused."""
    if Service.objects.filter(jurisdiction=city, code=entry["service_code"]).exists():
        raise ServiceRefused.because(["code_taken"])
    _check(city, entry)
    service = _written(city, entry, order=_last_place(city) + 1)
    record(city, person, "service", entry["service_name"], {}, flat(entry), at)
    return service


@transaction.atomic
def change_service(
    city: Jurisdiction, code: str, change: Change, *, person: Account | None, at: datetime, part: Part | None = None, seen: str = ""
) -> Service:
    """Change an entry. With `part` and `seen` only if that part of it still is what the form was made from (`stamp`).

    Raises ServiceRefused, ServiceChangedMeanwhile, and Service.DoesNotExist for a service of another city.
    """
    service = _locked(city, code)
    before = entry_of(service)
    if part is not None and seen != stamp(part(before)):
        raise ServiceChangedMeanwhile.since(code)
    after = change(before)
    _check(city, after, is_known=True)
    if faults := answer_faults(service, before, after):
        raise ServiceRefused.because(faults)
    if after != before:
        service = _written(city, after, order=service.order)
        _hide_if_private(city, service)
        record(city, person, "service", after["service_name"], *_told(before, after), at)
    return service


@transaction.atomic
def delete_service(city: Jurisdiction, code: str, *, person: Account | None, at: datetime) -> None:
    """Delete a service that nothing points at. Raises ServiceInUse, with the number of its requests: it can be retired instead."""
    service = _locked(city, code)
    before = flat(entry_of(service))
    still_open, total = open_and_all(service)
    if total:
        raise ServiceInUse.by_requests(service.name, open_count=still_open, request_count=total)
    try:
        with transaction.atomic():
            service.delete()
    except ProtectedError as error:
        raise ServiceInUse.by_others(service.name, sorted({type(one)._meta.model_name or "" for one in error.protected_objects})) from error
    record(city, person, "service", service.name, before, {}, at)


def set_offered(city: Jurisdiction, code: str, *, is_offered: bool, person: Account | None, at: datetime) -> Service:
    """Retire a service, or offer it again. Its requests stay as they are."""
    return change_service(city, code, lambda entry: entry | {"offered": is_offered}, person=person, at=at)


@transaction.atomic
def remove_question(city: Jurisdiction, code: str, kind: Kind, question: str, *, person: Account | None, at: datetime) -> bool:
    """Take a question away. One that was answered is retired instead, so that its answers keep their words; returns whether it was."""
    service = _locked(city, code)
    was_answered = kind == "attributes" and answers_to(service, question) > 0
    found = question_of(entry_of(service), kind, question)
    wanted = found | {"retired": True, "required": False} if was_answered else None
    if found:
        change_service(city, code, lambda entry: with_question(entry, kind, question, wanted), person=person, at=at)
    return was_answered


@transaction.atomic
def move_service(city: Jurisdiction, code: str, step: int, *, person: Account | None, at: datetime) -> None:
    """Put a service before (-1) or behind (1) its neighbour in its group."""
    service = _locked(city, code)
    fellows = list(Service.objects.filter(jurisdiction=city, group=service.group).order_by("order", "name", "pk"))
    place = next(number for number, one in enumerate(fellows) if one.pk == service.pk)
    if not 0 <= place + step < len(fellows):
        return
    before = [one.code for one in fellows]
    fellows[place], fellows[place + step] = fellows[place + step], fellows[place]
    for order, one in enumerate(fellows):
        one.order = order
    Service.objects.bulk_update(fellows, ["order"])
    record(city, person, "service", service.group.name, {"order": before}, {"order": [one.code for one in fellows]}, at)


def groups_of(city: Jurisdiction) -> Sequence[ServiceGroup]:
    """The groups of a city in their order."""
    return list(ServiceGroup.objects.filter(jurisdiction=city).order_by("order", "name", "pk"))


@transaction.atomic
def save_group(
    city: Jurisdiction,
    code: str,
    *,
    name: str,
    translations: Mapping[str, str],
    seen: str = "",
    wanted_code: str = "",
    person: Account | None,
    at: datetime,
) -> ServiceGroup:
    """Make a group (`code` empty; `wanted_code` if it is free) or change one's words.

    Raises ServiceRefused where another has the name, ServiceChangedMeanwhile.
    """
    group = ServiceGroup.objects.select_for_update().get(jurisdiction=city, code=code) if code else None
    before = group_entry(group) if group else {}
    if group is not None and seen != stamp(before):
        raise ServiceChangedMeanwhile.since(group.name)
    if any(one.name.casefold() == name.casefold() and one.code != code for one in groups_of(city)):
        raise ServiceRefused.because(["group_taken"])
    if group is None:
        order = (ServiceGroup.objects.filter(jurisdiction=city).aggregate(Max("order"))["order__max"] or 0) + 1
        group = ServiceGroup(jurisdiction=city, code=_free_group_code(city, wanted_code or group_code(name)), order=order)
    group.name, group.translations = name, {language: words for language, words in translations.items() if words}
    group.save()
    record(city, person, "service", name, flat(before), flat(group_entry(group)), at)
    return group


@transaction.atomic
def move_group(city: Jurisdiction, code: str, step: int, *, person: Account | None, at: datetime) -> None:
    """Put a group before or behind its neighbour."""
    groups = list(groups_of(city))
    place = next((number for number, one in enumerate(groups) if one.code == code), None)
    if place is None or not 0 <= place + step < len(groups):
        return
    before = [one.name for one in groups]
    groups[place], groups[place + step] = groups[place + step], groups[place]
    for order, one in enumerate(groups):
        one.order = order
    ServiceGroup.objects.bulk_update(groups, ["order"])
    record(city, person, "service", groups[place + step].name, {"order": before}, {"order": [one.name for one in groups]}, at)


@transaction.atomic
def arrange(city: Jurisdiction, *, groups: Sequence[str], codes: Sequence[str]) -> None:
    """Put groups and services into the order of their codes; those that are not named follow as they stand. An empty list changes nothing."""
    services = list(Service.objects.filter(jurisdiction=city).order_by("group__order", "group__name", "order", "name", "pk"))
    both: list[tuple[Sequence[ServiceGroup | Service], Sequence[str]]] = [(groups_of(city), groups), (services, codes)]
    for rows, wanted in both:
        place = {code: number for number, code in enumerate(wanted)}
        for order, row in enumerate(sorted(rows, key=lambda one: place.get(one.code, len(place)))):
            if wanted and row.order != order:
                row.order = order
                row.save(update_fields=["order"])


@transaction.atomic
def delete_group(city: Jurisdiction, code: str, *, person: Account | None, at: datetime) -> None:
    """Delete a group without services. Raises ServiceInUse."""
    group = ServiceGroup.objects.select_for_update().get(jurisdiction=city, code=code)
    count = group.services.count()
    if count:
        raise ServiceInUse("group_in_use", f"The group {group.name!r} has {count} services: put them into another group first.", services=count)
    before = flat(group_entry(group))
    group.delete()
    record(city, person, "service", group.name, before, {}, at)


def free_code(wanted: str, taken: Sequence[str], *, longest: int = 64) -> str:
    """A code made of words that is not among `taken`: upper case letters, digits and underscores."""
    base = (slugify(wanted).replace("-", "_").upper() or "QUESTION")[: longest - 4].rstrip("_")
    return next(code for number in range(1, len(taken) + 2) if (code := base if number == 1 else f"{base}_{number}") not in taken)


def _check(city: Jurisdiction, entry: Entry, *, is_known: bool = False) -> None:
    """The rules of the services file. A code that came with an export may be of any kind, and stays."""
    areas = set(Area.objects.filter(jurisdiction=city).values_list("code", flat=True))
    faults = list(faults_of([entry | {"service_code": "KNOWN"} if is_known else entry], areas))
    if faults:
        raise ServiceRefused.because(faults)


def answer_faults(service: Service, before: Entry, after: Entry) -> list[str]:
    """Why answers that were given forbid a change, as codes (`answered:QUESTION` or `answered:QUESTION:VALUE`); empty = they do not.

    Answers are kept under the code of their question, read by its kind and told by the words of its values: what was given keeps all three.
    """
    kinds = {one["code"]: one for one in attributes_of(after)}
    faults = []
    for one in attributes_of(before):
        now = kinds.get(one["code"])
        if (now is None or now["datatype"] != one["datatype"]) and answers_to(service, one["code"]):
            faults.append(f"answered:{one['code']}")
        elif gone := {value["key"] for value in one["values"]} - {value["key"] for value in (now or one)["values"]}:
            faults += [f"answered:{one['code']}:{key}" for key in sorted(gone & _given(service, one["code"]))]
    return faults


def _given(service: Service, code: str) -> set[str]:
    """Every answer that was given to a list question."""
    answers = ServiceRequest.objects.filter(service=service, answers__has_key=code).values_list("answers", flat=True)
    return {str(one) for given in answers.iterator() for one in (given[code] if isinstance(given[code], list) else [given[code]])}


def _locked(city: Jurisdiction, code: str) -> Service:
    return Service.objects.select_for_update(of=("self",)).select_related("group").get(jurisdiction=city, code=code)


def _written(city: Jurisdiction, entry: Entry, *, order: int) -> Service:
    group = next((one for one in groups_of(city) if one.name == entry["group"]), None)
    if group is None:
        raise ServiceRefused.because(["group_missing"])
    return write_entry(city, entry, group=group, order=order)


def _hide_if_private(city: Jurisdiction, service: Service) -> None:
    """Requests of a service that became private leave every page, map and feed. None becomes public: who reported relied on it."""
    if service.is_private and ServiceRequest.objects.filter(service=service).exclude(visibility="private").update(
        visibility="private", held_until=None
    ):
        cells.rebuild(city)


def _last_place(city: Jurisdiction) -> int:
    return Service.objects.filter(jurisdiction=city).aggregate(Max("order"))["order__max"] or 0


def _free_group_code(city: Jurisdiction, base: str) -> str:
    taken = set(ServiceGroup.objects.filter(jurisdiction=city).values_list("code", flat=True))
    return next(code for number in range(1, len(taken) + 2) if (code := base if number == 1 else f"{base[:76]}-{number}") not in taken)


def _told(before: Entry, after: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the history keeps of a change: the fields that changed, and always the code."""
    changed = differences(before, after)
    was = {"service_code": before["service_code"]} | {one.path: one.before for one in changed if one.before is not None}
    return was, {"service_code": after["service_code"]} | {one.path: one.after for one in changed if one.after is not None}
