"""The parts of a service's entry that are edited on a page of their own: its basics, one extra question, one stop question.

A part carries its own translations. Taking a part out and putting it back changes nothing else, so that two people who edit two parts at once both
get what they wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from evenhand.web.service_requests.service_entries import SERVICE_WORDS, Entry, normal_entry

Kind = Literal["attributes", "stop_questions"]
BASICS: Final = ("service_code", "service_name", "group", "description", "keywords", "notice", "type", "private", "offered", "areas")


def basics_of(entry: Entry) -> Entry:
    """All of a service but its questions."""
    told = {language: {name: words[name] for name in SERVICE_WORDS if name in words} for language, words in entry["translations"].items()}
    return {name: entry[name] for name in BASICS} | {"translations": {language: words for language, words in told.items() if words}}


def with_basics(entry: Entry, basics: Mapping[str, Any]) -> Entry:
    """The entry with other basics."""
    told = {
        language: {name: value for name, value in words.items() if name not in SERVICE_WORDS} for language, words in entry["translations"].items()
    }
    for language, words in basics["translations"].items():
        told[language] = told.get(language, {}) | words
    return normal_entry(entry | {name: basics[name] for name in BASICS} | {"translations": told})


def members_of(entry: Entry, kind: Kind) -> list[Entry]:
    """The questions of a kind, in their order."""
    found: list[Entry] = entry["definition"]["attributes"] if kind == "attributes" else entry["stop_questions"]
    return found


def question_of(entry: Entry, kind: Kind, code: str) -> Entry:
    """One question with its translations; empty where there is none of that code."""
    one = next((member for member in members_of(entry, kind) if member["code"] == code), None)
    if one is None:
        return {}
    told = {language: words[kind][code] for language, words in entry["translations"].items() if code in words.get(kind, {})}
    return {name: value for name, value in one.items() if name != "order"} | {"translations": told}


def with_question(entry: Entry, kind: Kind, code: str, question: Mapping[str, Any] | None) -> Entry:
    """The entry with another question in place of the one of that code, or behind all others where there is none; None takes it away."""
    members = [member for member in members_of(entry, kind) if member["code"] != code or question is not None]
    told = {language: dict(words) | {kind: {**words.get(kind, {})}} for language, words in entry["translations"].items()}
    if question is not None:
        new = {name: value for name, value in question.items() if name != "translations"}
        known = any(member["code"] == code for member in members)
        members = [new if member["code"] == code else member for member in members] if known else [*members, new]
        for words in told.values():
            words[kind].pop(code, None)
        for language, words in question.get("translations", {}).items():
            told.setdefault(language, {}).setdefault(kind, {})[new["code"]] = words
    return normal_entry(_with_members(entry, kind, members) | {"translations": told})


def moved(entry: Entry, kind: Kind, code: str, step: int) -> Entry:
    """The entry with one question further up (-1) or down (1); at the end it stays."""
    members = list(members_of(entry, kind))
    place = next((number for number, member in enumerate(members) if member["code"] == code), None)
    if place is not None and 0 <= place + step < len(members):
        members[place], members[place + step] = members[place + step], members[place]
    return normal_entry(_with_members(entry, kind, members))


def _with_members(entry: Entry, kind: Kind, members: list[Entry]) -> Entry:
    if kind == "stop_questions":
        return entry | {"stop_questions": members}
    return entry | {"definition": {"attributes": [member | {"order": place} for place, member in enumerate(members, start=1)]}}
