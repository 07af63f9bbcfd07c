"""The languages of the product are the catalogs that are there: a new folder under `locale/` is a new language, without code.

A catalog counts once it is compiled: until then its pages would be English that claims to be another language.

A catalog says in its own header what its speakers call the language; Django knows the names of many languages, but not of all (Haitian Creole).
"""

from __future__ import annotations

import re
from pathlib import Path

from django.conf.locale import LANG_INFO

CATALOG_NAME = "LC_MESSAGES/django.po"
_NAME = re.compile(r'^"X-Language-Name: (.+)\\n"$', re.M)


def languages_with_catalog(folder: Path, *, source: str) -> list[tuple[str, str]]:
    """Codes and local names of the source language and of every language that has a compiled catalog in `folder`."""
    found = {_code(file): file for file in folder.glob(f"*/{CATALOG_NAME}") if file.with_suffix(".mo").exists()}
    others = [(code, _stated_name(found[code]) or _known_name(code)) for code in sorted(found) if code != source]
    return [(source, _capitalized(_known_name(source))), *((code, _capitalized(name)) for code, name in others)]


def _code(file: Path) -> str:
    return file.parent.parent.name.replace("_", "-").lower()


def _stated_name(file: Path) -> str:
    stated = _NAME.search(file.read_text("utf-8").split("\n\n", maxsplit=1)[0])
    return stated[1].strip() if stated else ""


def _known_name(code: str) -> str:
    info = LANG_INFO.get(code) or LANG_INFO.get(code.split("-", maxsplit=1)[0]) or {}
    return str(info.get("name_local", code))


def _capitalized(name: str) -> str:
    return name[:1].upper() + name[1:]
