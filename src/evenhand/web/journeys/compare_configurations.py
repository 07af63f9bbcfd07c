"""What a configuration would change: subject by subject, field by field, before a row is written.

A part that the file has is taken whole. What can be named by requests or by history is retired where the file no longer has it (services, teams,
templates, articles, questions that were answered); rules and holidays go. What is retired already and not in the file is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from evenhand.web.core.differences import FieldChange, differences
from evenhand.web.journeys.export_configuration import Document, rule_place, template_place

Kind = Literal["added", "changed", "retired", "removed"]
Identity = Callable[[Document], Any]
IDENTITIES: Final[dict[str, Identity]] = {
    "groups": lambda one: one["code"],
    "services": lambda one: one["service_code"],
    "teams": lambda one: one["code"],
    "routing": rule_place,
    "holidays": lambda one: one["date"],
    "templates": template_place,
    "articles": lambda one: one["code"],
}
_RETIRED: Final[dict[str, tuple[str, bool]]] = {
    "services": ("offered", False),
    "teams": ("retired", True),
    "templates": ("retired", True),
    "articles": ("retired", True),
}
_NAMES: Final = ("service_name", "title", "name", "code")


@dataclass(frozen=True, slots=True)
class Difference:
    """One subject that the file changes; `after` is the entry to be written, empty where it goes."""

    section: str
    subject: str
    kind: Kind
    fields: Sequence[FieldChange]
    before: Document = field(repr=False)
    after: Document = field(repr=False)


def compare(now: Document, wanted: Document) -> list[Difference]:
    """All differences, in the order in which they are to be made: what others name comes first."""
    found: list[Difference] = []
    for section in ("groups", "services", "teams"):
        if section in wanted:
            found += _of_section(section, now, wanted)
    if "working_hours" in wanted and (changed := differences({"hours": now["working_hours"]}, {"hours": wanted["working_hours"]})):
        found.append(Difference("working_hours", "", "changed", changed, now["working_hours"], wanted["working_hours"]))
    for section in ("routing", "holidays", "templates", "articles"):
        if section in wanted:
            found += _of_section(section, now, wanted)
    return [*found, *_sequences(now, wanted)]


def _of_section(section: str, now: Document, wanted: Document) -> list[Difference]:
    identity = IDENTITIES[section]
    was, will_be = ({identity(one): one for one in document[section]} for document in (now, wanted))
    found = [_difference(section, was.get(key, {}), _with_retired_questions(section, was.get(key), entry)) for key, entry in will_be.items()]
    found += [_difference(section, entry, _without(section, entry)) for key, entry in was.items() if key not in will_be and section != "groups"]
    return [one for one in found if one is not None]


def _difference(section: str, before: Document, after: Document) -> Difference | None:
    changed = differences(before, after)
    if not changed:
        return None
    kind: Kind = "changed"
    if not before or not after:
        kind = "removed" if before else "added"
    elif section in _RETIRED and [one.path for one in changed] == [_RETIRED[section][0]] and after[_RETIRED[section][0]] is _RETIRED[section][1]:
        kind = "retired"
    return Difference(section, _subject(section, after or before), kind, changed if kind == "changed" else [], before, after)


def _without(section: str, entry: Document) -> Document:
    """What becomes of an entry that the file does not have."""
    if section not in _RETIRED:
        return {}
    member, value = _RETIRED[section]
    return entry | {member: value}


def _with_retired_questions(section: str, before: Document | None, after: Document) -> Document:
    """Questions that are retired and not in the file stay so, with their words."""
    if section != "services" or before is None:
        return after
    codes = {one["code"] for one in after["definition"]["attributes"]}
    kept = [one for one in before["definition"]["attributes"] if one.get("retired") and one["code"] not in codes]
    return with_questions_kept(before, after, kept) if kept else after


def with_questions_kept(before: Document, after: Document, kept: Sequence[Document]) -> Document:
    """An entry with further questions of another one behind its own, retired, with their translations."""
    attributes = [*after["definition"]["attributes"], *(one | {"retired": True, "required": False} for one in kept)]
    told = {language: dict(words) for language, words in after["translations"].items()}
    for language, words in before["translations"].items():
        if mine := {one["code"]: words["attributes"][one["code"]] for one in kept if one["code"] in words.get("attributes", {})}:
            told.setdefault(language, {})["attributes"] = {**told.get(language, {}).get("attributes", {}), **mine}
    numbered = [one | {"order": place} for place, one in enumerate(attributes, start=1)]
    return after | {"definition": {"attributes": numbered}, "translations": dict(sorted(told.items()))}


def _sequences(now: Document, wanted: Document) -> list[Difference]:
    """Groups and services that stand in another order, apart from what is new."""
    found = []
    for section in ("groups", "services"):
        if section not in wanted:
            continue
        was, will_be = ([IDENTITIES[section](one) for one in document[section]] for document in (now, wanted))
        before, after = [key for key in was if key in will_be], [key for key in will_be if key in was]
        if before != after:
            found.append(Difference(section, "", "changed", [FieldChange("order", before, after)], {"order": before}, {"order": after}))
    return found


def _subject(section: str, entry: Document) -> str:
    if section == "routing":
        return f"{entry['service'] or '*'} · {entry['area'] or '*'}"
    if section == "holidays":
        return f"{entry['date']} {entry['name']}".strip()
    return str(next(entry[name] for name in _NAMES if entry.get(name)))
