"""Full text over what a request says publicly: its words and its address. Numbers are found by their own index.

SQLite: FTS5 with the request's own columns as external content, kept by triggers. PostgreSQL: a GIN index over to_tsvector in the language-neutral
configuration. Both fold case; FTS5 also folds accents. The typed words are matched as prefixes, all of them, and never parsed as operators.
"""

from __future__ import annotations

import re
from typing import cast

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from evenhand.web.core.database_objects import DatabaseObject
from evenhand.web.service_requests.querysets import ServiceRequestQuerySet

REQUESTS, TEXT = "requests_request", "requests_text"
_COLUMNS = "description, address"
_OLD = "OLD.description, OLD.address"
_NEW = "NEW.description, NEW.address"
# A request without words is not indexed: published exports have many, and an empty entry costs as much as a full one.
_REMOVE = f"INSERT INTO {TEXT} ({TEXT}, rowid, {_COLUMNS}) SELECT 'delete', OLD.id, {_OLD} WHERE OLD.description <> '' OR OLD.address <> '';"
_ADD = f"INSERT INTO {TEXT} (rowid, {_COLUMNS}) SELECT NEW.id, {_NEW} WHERE NEW.description <> '' OR NEW.address <> '';"
_VECTOR = "to_tsvector('simple', description || ' ' || address)"
MOST_WORDS = 8
_MERGED_AT_ONCE = 500  # pages of the index: some 50 ms

TEXT_OBJECTS = (
    DatabaseObject(
        app="service_requests",
        names=(TEXT, "requests_text_add", "requests_text_change", "requests_text_remove"),
        sqlite=(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TEXT} USING fts5({_COLUMNS}, content='{REQUESTS}', content_rowid='id', "
            "tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
            f"CREATE TRIGGER IF NOT EXISTS requests_text_add AFTER INSERT ON {REQUESTS} BEGIN {_ADD} END",
            f"CREATE TRIGGER IF NOT EXISTS requests_text_change AFTER UPDATE OF {_COLUMNS} ON {REQUESTS} "
            f"WHEN OLD.description IS NOT NEW.description OR OLD.address IS NOT NEW.address BEGIN {_REMOVE} {_ADD} END",
            f"CREATE TRIGGER IF NOT EXISTS requests_text_remove AFTER DELETE ON {REQUESTS} BEGIN {_REMOVE} END",
        ),
        postgresql=(f"CREATE INDEX IF NOT EXISTS requests_text_gin ON {REQUESTS} USING gin ({_VECTOR})",),
        postgresql_names=("requests_text_gin",),
        sqlite_fill=(f"INSERT INTO {TEXT} (rowid, {_COLUMNS}) SELECT id, {_COLUMNS} FROM {REQUESTS} WHERE description <> '' OR address <> ''",),
    ),
)


def words_of(typed: str) -> list[str]:
    """The words of a search, at most eight; emoji, quotes and operators separate words and mean nothing else."""
    return re.findall(r"\w+", typed.casefold())[:MOST_WORDS]


def matching(requests: ServiceRequestQuerySet, typed: str, *, newest: int | None = None) -> ServiceRequestQuerySet:
    """Requests that hold every typed word, or a word that begins with it. Nothing typed: none.

    `newest` stops SQLite after so many of the latest to come in: a word that half of all requests hold is no search, and would be read to its end.
    """
    words = words_of(typed)
    if not words:
        return requests.none()
    if connection.vendor == "sqlite":
        query = " ".join(f'"{word}"*' for word in words)
        stop = "" if newest is None else f" ORDER BY rowid DESC LIMIT {newest:d}"
        return requests.filter(pk__in=RawSQL(f"SELECT rowid FROM {TEXT} WHERE {TEXT} MATCH %s{stop}", (query,)))
    vector = f"to_tsvector('simple', {REQUESTS}.description || ' ' || {REQUESTS}.address)"
    return cast(
        "ServiceRequestQuerySet",
        requests.extra(where=[f"{vector} @@ to_tsquery('simple', %s)"], params=[" & ".join(f"'{word}':*" for word in words)]),
    )


def is_in_more_than(typed: str, most: int) -> bool:
    """Whether so many requests hold the words that `matching(…, newest=most)` does not look at all of them. One query on SQLite, else none."""
    words = words_of(typed)
    if not words or connection.vendor != "sqlite":
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {TEXT} WHERE {TEXT} MATCH %s LIMIT 1 OFFSET {most:d}", [" ".join(f'"{word}"*' for word in words)])
        return cursor.fetchone() is not None


def merge_away_removed_words() -> int:
    """Rewrite the index so that no file holds a word any more that was removed from it; returns in how many steps, each with its own short lock.

    FTS5 only marks a removed entry, and drops it when the last of the index's parts that know it are merged into one. PostgreSQL does so by itself.
    """
    if connection.vendor != "sqlite":
        return 0
    steps, at_once = 0, -_MERGED_AT_ONCE  # a negative number makes all parts ready for one
    is_done = False
    while not is_done:
        with transaction.atomic(), connection.cursor() as cursor:
            before = connection.connection.total_changes
            cursor.execute(f"INSERT INTO {TEXT} ({TEXT}, rank) VALUES ('merge', %s)", [at_once])
            is_done = connection.connection.total_changes - before < 2  # fewer than two changes: nothing was left to merge
        steps, at_once = steps + 1, _MERGED_AT_ONCE
    return steps
