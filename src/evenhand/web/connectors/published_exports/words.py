"""Published words made readable without inventing any: service names and codes, zips, localities, closing reasons, garbled text.

A service code is a slug of the published words, so that the same type has the same code in every export of that city; case, spaces and
punctuation do not make another service. In names, underscores become spaces, and capitals become sentence case; nothing else changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2s
from typing import Final

from evenhand.web.connectors.published_exports.record import ClosingReason

LONGEST_CODE: Final = 80
NOTHING: Final = frozenset({"", "n/a", "na", "null", "none", "unspecified", "unknown", "-"})
GARBLED: Final = ("Ã", "Â", "â")
NAMED_DUPLICATE: Final = re.compile(r"\bduplicate (?:of|to|with)\b\D{0,24}?#?(\d[\d-]{4,})", re.IGNORECASE)
DUPLICATE_WORDS: Final[tuple[tuple[str, ClosingReason], ...]] = (
    ("is a duplicate", "duplicate"),
    ("duplicate request", "duplicate"),
    ("duplicate of", "duplicate"),
    ("case duplicate", "duplicate"),
)


@lru_cache(maxsize=4096)
def service_code(*published: str) -> str:
    """Slug of the published words: lower case, ASCII, at most LONGEST_CODE characters; a hash marks what would else be lost."""
    text = " ".join(dict.fromkeys(published))
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))
    is_lossy = any(ch.isalnum() and not unicodedata.normalize("NFKD", ch)[0].isascii() for ch in text)
    if slug and not is_lossy and len(slug) <= LONGEST_CODE:
        return slug
    mark = blake2s(" ".join(text.casefold().split()).encode(), digest_size=4).hexdigest()
    return f"{slug[: LONGEST_CODE - 9].rstrip('-')}-{mark}".lstrip("-")


@lru_cache(maxsize=4096)
def service_name(published: str, *, shouts: bool = False) -> str:
    """The name with spaces for underscores; sentence case for capitals of a publisher that `shouts`, elsewhere they are abbreviations."""
    name = " ".join(published.replace("_", " ").split()).rstrip(" -")
    return name.capitalize() if shouts and name.isupper() else name


def stated(text: str) -> str | None:
    """The text, or None where the publisher wrote a word for nothing."""
    return text if text and text.lower() not in NOTHING else None


@lru_cache(maxsize=4096)
def zipcode(published: str) -> str | None:
    """A zip as five digits where it is a number (`2115.0` is 02115), else as published."""
    digits = published.removesuffix(".0")
    if digits.isdigit() and 3 <= len(digits) <= 5 and int(digits):
        return digits.zfill(5)
    return stated(published)


@lru_cache(maxsize=8192)
def localities(published: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str | None, ...]:
    """The areas that one row names, in the order of the labels; None for each that it does not name."""
    return tuple(locality(text, label) for text, label in zip(published, labels, strict=True))


def locality(published: str, label: str) -> str | None:
    """`Ward 3` from `3`, `03`, `3.0` or `Ward 3` with the label `Ward`; a name stays as it is. Zero and blanks are nothing."""
    text = published.strip()
    if label:
        text = text.removeprefix(label).strip().removesuffix(".0")
        text = text.lstrip("0") if text.isdigit() else text
    if stated(text) is None or text.lower().startswith("unspecified"):
        return None
    return f"{label} {text}" if label else text


@lru_cache(maxsize=4096)
def reason_in(words: str, phrases: Sequence[tuple[str, ClosingReason]]) -> ClosingReason | None:
    """The reason of the first phrase (lower case) that the words hold; None where they state none of them."""
    lowered = words.lower()
    return next((reason for phrase, reason in (*phrases, *DUPLICATE_WORDS) if phrase in lowered), None)


def named_duplicate(words: str) -> str | None:
    """The id that the words name as the original."""
    match = NAMED_DUPLICATE.search(words) if "uplicate" in words else None
    return match[1] if match else None


def ungarbled(text: str) -> str:
    """Undo one wrong decoding of UTF-8, where the whole text shows that there was one."""
    if text.isascii() or not any(mark in text for mark in GARBLED):
        return text
    for codec in ("latin-1", "cp1252"):
        try:
            return text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
    return text
