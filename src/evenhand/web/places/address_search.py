"""Addresses by what somebody types: "12 main", "main st 12", "Main & 3rd" come as words, matched as prefixes.

The search key is folded once, at import (lower case, no accents, street types spelled out), and typed words are folded the same way.
SQLite: FTS5 over the key; PostgreSQL: a GIN index in the language-neutral configuration.
"""

from __future__ import annotations

import re
import unicodedata

from django.db import connection
from django.db.models.expressions import RawSQL

from evenhand.web.core.database_objects import DatabaseObject
from evenhand.web.places.models import Address, Jurisdiction

ADDRESSES, TEXT = "places_address", "places_address_text"
_REMOVE = f"INSERT INTO {TEXT} ({TEXT}, rowid, search_key) VALUES ('delete', OLD.id, OLD.search_key);"
_ADD = f"INSERT INTO {TEXT} (rowid, search_key) VALUES (NEW.id, NEW.search_key);"
_SPELLED_OUT = {
    "st": "street",
    "str": "street",
    "ave": "avenue",
    "av": "avenue",
    "rd": "road",
    "dr": "drive",
    "ln": "lane",
    "ct": "court",
    "pl": "place",
    "sq": "square",
    "blvd": "boulevard",
    "pkwy": "parkway",
    "hwy": "highway",
    "ter": "terrace",
    "apt": "apartment",
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
}

SEARCH_OBJECTS = (
    DatabaseObject(
        app="places",
        names=(TEXT, "places_address_text_add", "places_address_text_change", "places_address_text_remove"),
        sqlite=(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TEXT} USING fts5(search_key, content='{ADDRESSES}', content_rowid='id', prefix='1 2 3')",
            f"CREATE TRIGGER IF NOT EXISTS places_address_text_add AFTER INSERT ON {ADDRESSES} BEGIN {_ADD} END",
            f"CREATE TRIGGER IF NOT EXISTS places_address_text_change AFTER UPDATE OF search_key ON {ADDRESSES} "
            f"WHEN OLD.search_key IS NOT NEW.search_key BEGIN {_REMOVE} {_ADD} END",
            f"CREATE TRIGGER IF NOT EXISTS places_address_text_remove AFTER DELETE ON {ADDRESSES} BEGIN {_REMOVE} END",
        ),
        postgresql=(f"CREATE INDEX IF NOT EXISTS places_address_text_gin ON {ADDRESSES} USING gin (to_tsvector('simple', search_key))",),
        postgresql_names=("places_address_text_gin",),
        sqlite_fill=(f"INSERT INTO {TEXT} (rowid, search_key) SELECT id, search_key FROM {ADDRESSES}",),
    ),
)


def folded_words(text: str) -> list[str]:
    """Words in lower case without accents, street types and directions spelled out."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return [_SPELLED_OUT.get(word, word) for word in words]


def search_key(address: str, unit: str = "", zipcode: str = "") -> str:
    """What is stored to be searched."""
    return " ".join(folded_words(f"{address} {unit} {zipcode}"))[:240]


def addresses_like(jurisdiction: Jurisdiction, typed: str, *, most: int = 8) -> list[Address]:
    """At most `most` addresses that hold every typed word (the last one may be half typed), in the order of house numbers."""
    words = folded_words(typed)[:8]
    if not words:
        return []
    found = Address.objects.filter(jurisdiction=jurisdiction)
    if connection.vendor == "sqlite":
        query = " ".join(f'"{word}"' for word in words[:-1]) + f' "{words[-1]}"*'
        found = found.filter(pk__in=RawSQL(f"SELECT rowid FROM {TEXT} WHERE {TEXT} MATCH %s", (query.strip(),)))
    else:
        query = " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}':*"])
        found = found.extra(where=[f"to_tsvector('simple', {ADDRESSES}.search_key) @@ to_tsquery('simple', %s)"], params=[query])
    return list(found.order_by("id")[:most])
