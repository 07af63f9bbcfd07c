"""A configuration that somebody hands in: what is wrong with it, all of it and where; what nobody knows in it; and its normal form.

A member that is absent says nothing about its subject: a file with `services` alone changes services alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.conf import settings

from evenhand.web.conversations.response_templates import faults_of as template_faults
from evenhand.web.conversations.template_editing import LONGEST_NAME, USES
from evenhand.web.journeys.export_configuration import FORMAT, SECTIONS, VERSION, Document, rule_place, template_place
from evenhand.web.service_requests.article_editing import LONGEST_TITLE, LONGEST_WHOSE
from evenhand.web.service_requests.service_entries import group_name, normal_entry
from evenhand.web.service_requests.service_types import group_code
from evenhand.web.service_requests.services_file_faults import LONGEST_GROUP, faults_of
from evenhand.web.service_requests.working_time import MOST_HOURS, WorkingTimeInvalid, working_time

Raw = Mapping[str, Any]
_LONGEST_TEXT: Final = 20_000
_LONGEST_TEAM: Final = 120
_CODE: Final = re.compile(r"[A-Za-z0-9_-]+")
_KNOWN: Final[dict[str, Set[str]]] = {
    "groups": {"code", "name", "translations"},
    "teams": {"code", "name", "confined", "retired"},
    "routing": {"service", "area", "team", "work_hours", "priority"},
    "holidays": {"date", "name"},
    "templates": {"name", "use", "language", "service", "text", "retired"},
    "articles": {"code", "title", "text", "keywords", "service", "ours", "whose", "retired", "translations"},
}
_SERVICE: Final = {
    *("service_code", "service_name", "description", "group", "keywords", "type", "metadata", "private", "offered", "areas", "notice", "definition"),
    *("stop_questions", "translations"),
}
_ATTRIBUTE: Final = {
    *("variable", "code", "datatype", "required", "datatype_description", "order", "description", "values", "retired"),
}
_STOP: Final = {"code", "question", "stop_answer", "message", "call"}


@dataclass(frozen=True, slots=True)
class Known:
    """Codes that a file may name although it does not bring them: those that the city has."""

    services: Set[str]
    areas: Set[str]
    teams: Set[str]


def faults_in(document: Any, known: Known) -> list[str]:
    """Every fault, each with its path."""
    if not isinstance(document, dict):
        return ["the file is not an object with members such as services, teams or routing"]
    if document.get("format", FORMAT) != FORMAT or document.get("version", VERSION) != VERSION:
        return [f"format {document.get('format')!r}, version {document.get('version')!r}: this is {FORMAT!r}, version {VERSION}"]
    if not any(name in document for name in SECTIONS):
        return [f"none of the members {', '.join(SECTIONS)} is in it"]
    shapes = [
        f"{name}: must be {'an object' if kind is dict else 'a list'}" for name, kind in _shapes() if not isinstance(document.get(name, kind()), kind)
    ]
    if shapes:
        return shapes
    return [*faults_of(document.get("services", ()), known.areas), *_faults_beside_services(document, known)]


def unknown_in(document: Document) -> list[str]:
    """Paths of members that nobody knows: they are left out, and a slip of the pen should show."""
    found = [name for name in document if name not in {*SECTIONS, "format", "version", "city"}]
    for section, members in _KNOWN.items():
        for number, one in enumerate(document.get(section, ()), start=1):
            found += [f"{section}/{number}/{name}" for name in one if name not in members]
    for number, one in enumerate(document.get("services", ()), start=1):
        found += [f"services/{number}/{name}" for name in one if name not in _SERVICE]
        parts = (
            ("definition/attributes", (one.get("definition") or {}).get("attributes"), _ATTRIBUTE),
            ("stop_questions", one.get("stop_questions"), _STOP),
        )
        for path, rows, members in parts:
            found += [
                f"services/{number}/{path}/{place}/{name}" for place, row in enumerate(rows or (), start=1) for name in row if name not in members
            ]
    return found


def normal_configuration(document: Document, groups: Sequence[Document]) -> Document:
    """The sections that the file has, in normal form: as an export would write them. `groups` are those that the city has."""
    found: Document = {}
    if "groups" in document or "services" in document:
        found["groups"] = _groups(document, groups)
    if "services" in document:
        place = {group["name"]: number for number, group in enumerate(found["groups"])}
        found["services"] = sorted((normal_entry(raw) for raw in document["services"]), key=lambda entry: place[entry["group"]])
    for section, normal in _NORMAL.items():
        if section in document:
            found[section] = normal(document[section])
    return found


def _shapes() -> Iterator[tuple[str, type]]:
    for name in SECTIONS:
        yield name, dict if name == "working_hours" else list


def _faults_beside_services(document: Document, known: Known) -> Iterator[str]:
    services = known.services | {str(raw.get("service_code")) for raw in document.get("services", ()) if isinstance(raw, dict)}
    teams = known.teams | {str(raw.get("code")) for raw in document.get("teams", ()) if isinstance(raw, dict)}
    yield from _each(document, "groups", _group, lambda raw: str(raw["name"]).casefold())
    yield from _each(document, "teams", _team, lambda raw: raw["code"])
    yield from _working_hours(document.get("working_hours"))
    yield from _each(document, "routing", lambda raw: _rule(raw, services, known.areas, teams), rule_place)
    yield from _each(document, "holidays", _holiday, lambda raw: raw["date"])
    yield from _each(
        document, "templates", lambda raw: _template(raw, services), lambda raw: template_place({"service": None, "language": "en", **raw})
    )
    yield from _each(document, "articles", lambda raw: _article(raw, services), lambda raw: raw["code"])


def _each(document: Document, section: str, check: Callable[[Raw], Iterator[str]], identity: Callable[[Document], Any]) -> Iterator[str]:
    seen: dict[Any, int] = {}
    for number, raw in enumerate(document.get(section, ()), start=1):
        if not isinstance(raw, dict):
            yield f"{section}/{number}: not an object"
            continue
        faults = [f"{section}/{number}/{fault}" for fault in check(raw)]
        yield from faults
        if not faults:
            first = seen.setdefault(identity(raw), number)
            if first != number:
                yield f"{section}/{number}: the same as {section}/{first}"


def _text(raw: Raw, name: str, longest: int, *, is_needed: bool = True) -> Iterator[str]:
    value = raw.get(name, "")
    if not isinstance(value, str) or len(value.strip()) > longest or (is_needed and not value.strip()):
        yield f"{name}: must be text of {1 if is_needed else 0} to {longest} characters"


def _flags(raw: Raw, *names: str) -> Iterator[str]:
    yield from (f"{name}: must be true or false" for name in names if not isinstance(raw.get(name, False), bool))


def _one_of(raw: Raw, name: str, known: Set[str], what: str, *, is_needed: bool = False) -> Iterator[str]:
    value = raw.get(name)
    if (value is None and is_needed) or (value is not None and (not isinstance(value, str) or value not in known)):
        yield f"{name}: {value!r} is no {what} of this city or file"


def _told(raw: Raw, names: Sequence[str]) -> Iterator[str]:
    told = raw.get("translations") or {}
    if not isinstance(told, dict) or not all(isinstance(words, dict) for words in told.values()):
        yield "translations: must be an object by language code, of objects"
        return
    yield from (
        f"translations/{code}/{name}: must be text" for code, words in told.items() for name in names if not isinstance(words.get(name) or "", str)
    )


def _group(raw: Raw) -> Iterator[str]:
    yield from _text(raw, "name", LONGEST_GROUP)
    yield from _text(raw, "code", 80, is_needed=False)
    told = raw.get("translations") or {}
    if not isinstance(told, dict) or not all(isinstance(words, str) for words in told.values()):
        yield "translations: must be an object by language code, of texts"


def _code(raw: Raw, longest: int) -> Iterator[str]:
    code = raw.get("code")
    if not (isinstance(code, str) and len(code) <= longest and _CODE.fullmatch(code)):
        yield f"code: {code!r} must be 1 to {longest} letters, digits, _ or -"


def _team(raw: Raw) -> Iterator[str]:
    yield from _code(raw, 64)
    yield from _text(raw, "name", _LONGEST_TEAM)
    yield from _flags(raw, "confined", "retired")


def _rule(raw: Raw, services: Set[str], areas: Set[str], teams: Set[str]) -> Iterator[str]:
    yield from _one_of(raw, "service", services, "service")
    yield from _one_of(raw, "area", areas, "area")
    yield from _one_of(raw, "team", teams, "team", is_needed=True)
    hours, priority = raw.get("work_hours"), raw.get("priority", 1)
    if hours is not None and not (isinstance(hours, int) and not isinstance(hours, bool) and 0 <= hours <= MOST_HOURS):
        yield f"work_hours: must be a whole number from 0 to {MOST_HOURS}, or null"
    if isinstance(priority, bool) or priority not in (0, 1, 2, 3):
        yield "priority: must be 0, 1, 2 or 3"


def _working_hours(hours: Any) -> Iterator[str]:
    try:
        working_time(hours or {}, (), "UTC")
    except WorkingTimeInvalid as error:
        faults: Any = error.facts["faults"]
        yield from (f"working_hours: {fault}" for fault in faults)


def _holiday(raw: Raw) -> Iterator[str]:
    try:
        date.fromisoformat(raw.get("date", ""))
    except (TypeError, ValueError):
        yield f"date: {raw.get('date')!r} is no day like 2026-12-25"
    yield from _text(raw, "name", 120, is_needed=False)


def _template(raw: Raw, services: Set[str]) -> Iterator[str]:
    yield from _text(raw, "name", LONGEST_NAME)
    yield from _text(raw, "text", _LONGEST_TEXT)
    yield from _one_of(raw, "service", services, "service")
    yield from _flags(raw, "retired")
    if raw.get("use") not in USES:
        yield f"use: {raw.get('use')!r} is none of {', '.join(USES)}"
    if raw.get("language", "en") not in dict(settings.LANGUAGES):
        yield f"language: {raw.get('language')!r} is none of {', '.join(dict(settings.LANGUAGES))}"
    if isinstance(raw.get("text"), str):
        yield from (f"text: {fault}" for fault in template_faults(raw["text"]))


def _article(raw: Raw, services: Set[str]) -> Iterator[str]:
    yield from _code(raw, 80)
    yield from _text(raw, "title", LONGEST_TITLE)
    yield from _text(raw, "text", _LONGEST_TEXT)
    yield from _text(raw, "keywords", _LONGEST_TEXT, is_needed=False)
    yield from _text(raw, "whose", LONGEST_WHOSE, is_needed=False)
    yield from _one_of(raw, "service", services, "service")
    yield from _flags(raw, "ours", "retired")
    yield from _told(raw, ("title", "text", "whose", "keywords"))


def _groups(document: Document, known: Sequence[Document]) -> list[Document]:
    """The file's groups, in its order; then those that only its services name. A group of the city keeps its code and what the file does not say."""
    codes = {group["name"]: group["code"] for group in known}
    words = {group["name"]: group["translations"] for group in known}
    found: dict[str, Document] = {}
    for raw in document.get("groups", ()):
        name = raw["name"].strip()
        told = {language: text for language, text in sorted((raw.get("translations") or {}).items()) if text}
        found[name] = {"code": codes.get(name) or raw.get("code") or group_code(name), "name": name, "translations": told}
    for raw in document.get("services", ()):
        name = group_name(raw)
        one = found.setdefault(name, {"code": codes.get(name) or group_code(name), "name": name, "translations": dict(words.get(name, {}))})
        one["translations"] |= {language: told["group"] for language, told in (raw.get("translations") or {}).items() if told.get("group")}
    return list(found.values())


def _normal_team(raw: Raw) -> Document:
    return {"code": raw["code"], "name": raw["name"].strip(), "confined": raw.get("confined", False), "retired": raw.get("retired", False)}


def _normal_rule(raw: Raw) -> Document:
    return {name: raw.get(name) for name in ("service", "area", "team", "work_hours")} | {"priority": raw.get("priority", 1)}


def _normal_template(raw: Raw) -> Document:
    given = {"name": raw["name"].strip(), "use": raw["use"], "language": raw.get("language", "en"), "service": raw.get("service")}
    return given | {"text": raw["text"].strip(), "retired": raw.get("retired", False)}


def _normal_article(raw: Raw) -> Document:
    given = (raw.get("translations") or {}).items()
    told = {code: {name: words[name].strip() for name in ("title", "text", "whose", "keywords") if words.get(name)} for code, words in given}
    return {
        "code": raw["code"],
        **{name: (raw.get(name) or "").strip() for name in ("title", "text", "keywords", "whose")},
        "service": raw.get("service"),
        "ours": raw.get("ours", True),
        "retired": raw.get("retired", False),
        "translations": {code: words for code, words in sorted(told.items()) if words},
    }


_NORMAL: Final[dict[str, Callable[[Any], Any]]] = {
    "teams": lambda rows: sorted((_normal_team(raw) for raw in rows), key=lambda one: str(one["code"])),
    "working_hours": lambda hours: dict(sorted(hours.items())),
    "routing": lambda rows: sorted((_normal_rule(raw) for raw in rows), key=rule_place),
    "holidays": lambda rows: sorted(({"date": raw["date"], "name": raw.get("name", "").strip()} for raw in rows), key=lambda one: str(one["date"])),
    "templates": lambda rows: sorted((_normal_template(raw) for raw in rows), key=template_place),
    "articles": lambda rows: sorted((_normal_article(raw) for raw in rows), key=lambda one: str(one["code"])),
}
