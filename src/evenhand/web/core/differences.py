"""What differs between two documents of JSON values, field by field, each named by its path: `definition/attributes/SIZE/required`.

Members of a list that have a code (or a key) are compared with their namesakes, so that a new one in the middle does not make all that follow
"changed"; their sequence is a field of its own. What is empty counts as absent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

SEQUENCE: Final = "order"
_NAMING: Final = ("code", "key")
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {}, ())


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs; None stands for "there was none"."""

    path: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldChange]:
    """Every field that differs, in the order in which the two documents have them."""
    was, is_now = flat(before), flat(after)
    paths = [*was, *(path for path in is_now if path not in was)]
    return [FieldChange(path, was.get(path), is_now.get(path)) for path in paths if was.get(path) != is_now.get(path)]


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a document by their paths, without those that are empty. A field that is `False` is not empty."""
    found: dict[str, Any] = {}
    _collect(document, "", found)
    return found


def stamp(document: Any) -> str:
    """A short digest of a document: a form carries it, so that a change made meanwhile by somebody else is noticed."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:20]


def _collect(value: Any, path: str, found: dict[str, Any]) -> None:
    if value in _EMPTY and value is not False and value != 0:
        return
    if isinstance(value, Mapping):
        for name, member in value.items():
            _collect(member, _under(path, name), found)
    elif isinstance(value, Sequence) and not isinstance(value, str) and (named := _named(value)) is not None:
        if len(named) > 1:
            found[_under(path, SEQUENCE)] = [name for name, _ in named]
        for name, member in named:
            _collect(member, _under(path, name), found)
    else:
        found[path] = value


def _named(members: Sequence[Any]) -> list[tuple[str, dict[str, Any]]] | None:
    """The members of a list by their code or key; None where they have none."""
    for naming in _NAMING:
        if all(isinstance(member, Mapping) and naming in member for member in members):
            return [(str(member[naming]), {name: inner for name, inner in member.items() if name != naming}) for member in members]
    return None


def _under(path: str, name: object) -> str:
    return f"{path}/{name}" if path else str(name)
