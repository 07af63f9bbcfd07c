"""What is wrong with a list of services, all of it, before a row is written: docs/reference/services-file.md as a check.

Every member is looked at as what JSON makes of it: a text where a list is expected is a fault, never an accident further on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

DATATYPES = ("string", "number", "datetime", "text", "singlevaluelist", "multivaluelist")
KINDS = ("realtime", "batch", "blackbox")
LONGEST_NAME, LONGEST_GROUP, LONGEST_QUESTION, LONGEST_CALL = 160, 120, 400, 32
_SERVICE_CODE = re.compile(r"[\w.:-]{1,120}")
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_TEXTS = ("description", "group", "keywords", "notice")

Raw = Mapping[str, Any]


def faults_of(raws: Sequence[Any], areas: Set[str]) -> Iterator[str]:
    """Every fault of the list, by service; `areas` are the codes of the city's areas."""
    seen: set[str] = set()
    for number, raw in enumerate(raws, start=1):
        if not isinstance(raw, dict):
            yield f"service {number}: not an object"
            continue
        code = raw.get("service_code")
        where = f"service {number} ({code or 'no code'})"
        if not (isinstance(code, (str, int)) and _SERVICE_CODE.fullmatch(str(code))):
            yield f"{where}: service_code must be 1 to 120 letters, digits or _.:- characters"
        elif str(code) in seen:
            yield f"{where}: the code stands in the file twice"
        seen.add(str(code))
        yield from (f"{where}: {fault}" for fault in _service(raw, areas))


def _service(raw: Raw, areas: Set[str]) -> Iterator[str]:
    yield from _text(raw, "service_name", LONGEST_NAME)
    yield from (f"{name} must be text" for name in _TEXTS if not isinstance(raw.get(name) or "", str))
    if isinstance(raw.get("group"), str) and len(raw["group"].strip()) > LONGEST_GROUP:
        yield f"group has at most {LONGEST_GROUP} characters"
    if (raw.get("type") or "realtime") not in KINDS:
        yield f"type {raw['type']!r} is none of {', '.join(KINDS)}"
    if not isinstance(raw.get("private") or False, bool):
        yield "private must be true or false"
    yield from _offered_in(raw.get("areas"), areas)
    definition = raw.get("definition") or {}
    if not isinstance(definition, dict):
        yield "definition must be an object with attributes"
        definition = {}
    yield from _each(definition.get("attributes"), "attribute", _attribute)
    orders = [one.get("order") for one in definition.get("attributes") or () if isinstance(one, dict) and one.get("order")]
    if len(set(map(str, orders))) != len(orders):
        yield "two attributes have the same order"
    yield from _each(raw.get("stop_questions"), "stop question", _stop_question)
    yield from _translations(raw.get("translations"))


def _offered_in(wanted: Any, areas: Set[str]) -> Iterator[str]:
    if not isinstance(wanted or [], list):
        yield "areas must be a list of area ids"
        return
    for area in wanted or ():
        if not isinstance(area, str) or area not in areas:
            yield f"area {area!r} is not an area of this city (import areas first)"


def _each(raws: Any, what: str, check: Callable[[Raw], Iterator[str]]) -> Iterator[str]:
    """The faults of every object in a list, with its code in front; codes are unique in it."""
    if not isinstance(raws or [], list):
        yield f"{what}s must be a list"
        return
    seen: set[str] = set()
    for raw in raws or ():
        if not isinstance(raw, dict):
            yield f"{what} {raw!r}: not an object"
            continue
        code = raw.get("code")
        if not (isinstance(code, str) and _CODE.fullmatch(code)):
            yield f"{what} {code!r}: code must be 1 to 64 letters, digits, _ or -"
        elif code in seen:
            yield f"{what} {code!r}: the code stands in the service twice"
        seen.add(str(code))
        yield from (f"{what} {code!r}: {fault}" for fault in check(raw))


def _attribute(raw: Raw) -> Iterator[str]:
    datatype = raw.get("datatype")
    if datatype not in DATATYPES:
        yield f"datatype {datatype!r} is none of {', '.join(DATATYPES)}"
    yield from _text(raw, "description", LONGEST_QUESTION)
    if not isinstance(raw.get("datatype_description") or "", str) or len(raw.get("datatype_description") or "") > LONGEST_QUESTION:
        yield f"datatype_description must be text of at most {LONGEST_QUESTION} characters"
    yield from (f"{name} must be true or false" for name in ("variable", "required") if not isinstance(raw.get(name, False), bool))
    if raw.get("variable") is False and raw.get("required") is True:
        yield "required cannot be true where variable is false: there is nothing to answer"
    order = raw.get("order")
    if order is not None and not (isinstance(order, int) and not isinstance(order, bool) and 0 < order < 2**31):
        yield f"order {order!r} must be a positive whole number"
    yield from _values(raw.get("values"), is_list=str(datatype).endswith("list"))


def _values(values: Any, *, is_list: bool) -> Iterator[str]:
    if not isinstance(values or [], list):
        yield "values must be a list"
        return
    keys = [str(value["key"]) for value in values or () if isinstance(value, dict) and isinstance(value.get("key"), (str, int))]
    if is_list and (not keys or len(keys) != len(values) or len(set(keys)) != len(keys)):
        yield "a list needs values with a key each, all different"
    if not is_list and values:
        yield "only the list types have values"


def _stop_question(raw: Raw) -> Iterator[str]:
    if raw.get("stop_answer", "yes") not in ("yes", "no"):
        yield "stop_answer must be yes or no"
    yield from _text(raw, "question", LONGEST_QUESTION)
    yield from _text(raw, "message", None)
    call = raw.get("call") or ""
    if not isinstance(call, str) or len(call) > LONGEST_CALL:
        yield f"call must be a telephone number as text, of at most {LONGEST_CALL} characters"


def _translations(told: Any) -> Iterator[str]:
    if not isinstance(told or {}, dict):
        yield "translations must be an object by language code"
        return
    for language, words in (told or {}).items():
        if not _LANGUAGE.fullmatch(language):
            yield f"translations: {language!r} is no language code"
        if not isinstance(words, dict):
            yield f"translations {language!r}: must be an object"
            continue
        yield from (f"translations {language!r}: {fault}" for fault in _translated(words))


def _translated(words: Raw) -> Iterator[str]:
    yield from (f"{name} must be text" for name in ("service_name", *_TEXTS) if not isinstance(words.get(name) or "", str))
    for member, texts in (("attributes", ("description", "datatype_description")), ("stop_questions", ("question", "message"))):
        by_code = words.get(member) or {}
        if not isinstance(by_code, dict) or not all(isinstance(one, dict) for one in by_code.values()):
            yield f"{member} must be an object by code, of objects"
            continue
        for code, one in by_code.items():
            yield from (f"{member} {code!r}: {name} must be text" for name in texts if not isinstance(one.get(name) or "", str))
            if not isinstance(one.get("values") or {}, dict):
                yield f"{member} {code!r}: values must be an object by key"


def _text(raw: Raw, name: str, longest: int | None) -> Iterator[str]:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip() or (longest is not None and len(value.strip()) > longest):
        yield f"{name} must be text of 1 to {longest} characters" if longest is not None else f"{name} must be text, not empty"
