"""The languages of the product are the catalogs that are there: a new folder under `locale/` is a new language, without code."""

from __future__ import annotations

from pathlib import Path

from django.conf.locale import LANG_INFO


def languages_with_catalog(folder: Path, *, source: str) -> list[tuple[str, str]]:
    """Codes and local names of the source language and of every language that has a catalog in `folder`."""
    found = {file.parent.parent.name for file in folder.glob("*/LC_MESSAGES/django.po")}
    codes = [source, *sorted(code.replace("_", "-").lower() for code in found if code != source)]
    return [(code, _local_name(code)) for code in codes]


def _local_name(code: str) -> str:
    info = LANG_INFO.get(code) or LANG_INFO.get(code.split("-", maxsplit=1)[0])
    return str(info["name_local"]).capitalize() if info and "name_local" in info else code
