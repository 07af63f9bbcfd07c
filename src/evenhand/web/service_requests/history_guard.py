"""Triggers that refuse to change or delete events and their content.

Append-only by the database, not by good manners: UPDATE and DELETE on events and contents abort, and on PostgreSQL TRUNCATE too. SQLite's REPLACE
deletes without a word to the DELETE trigger, so there an INSERT in the place of a row that exists aborts as well. One named bypass,
`history_bypass(reason, opens=…)`, opens the guard inside the present transaction: erasure may change contents and nothing else; "everything" is for
tests that empty or forge a database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from django.db import connection, transaction

from evenhand.web.core.database_objects import DatabaseObject

EVENTS, CONTENTS = "requests_event", "requests_event_content"
_BYPASS_TABLE = "requests_history_bypass"
_BYPASS_SETTING = "evenhand.history_bypass"
_WORDS = "history is append-only"


Opened = Literal["contents", "everything"]
# What a row stands in the place of: each a probe of a unique index, so that an import of hundreds of thousands does not feel it.
_TAKEN = {
    EVENTS: f"(EXISTS (SELECT 1 FROM {EVENTS} WHERE id = NEW.id) "
    f"OR EXISTS (SELECT 1 FROM {EVENTS} WHERE request_id = NEW.request_id AND seq = NEW.seq))",
    CONTENTS: f"EXISTS (SELECT 1 FROM {CONTENTS} WHERE event_id = NEW.event_id)",
}


def _sqlite_triggers(table: str) -> list[str]:
    closed = f"NOT EXISTS (SELECT 1 FROM {_BYPASS_TABLE} WHERE opens = 'everything')"
    closed_to_erasure = f"NOT EXISTS (SELECT 1 FROM {_BYPASS_TABLE})"
    return [
        _sqlite_trigger(table, "no_update", "UPDATE", closed_to_erasure if table == CONTENTS else closed),
        _sqlite_trigger(table, "no_delete", "DELETE", closed),
        _sqlite_trigger(table, "no_replace", "INSERT", f"{_TAKEN[table]} AND {closed}"),
    ]


def _sqlite_trigger(table: str, name: str, verb: str, when: str) -> str:
    return f"CREATE TRIGGER IF NOT EXISTS {table}_{name} BEFORE {verb} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"


def _postgresql_triggers(table: str) -> list[str]:
    rows = f"{table}_no_change"
    whole = f"{table}_no_truncate"
    return [
        f"CREATE OR REPLACE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION evenhand_refuse_change()",
        f"CREATE OR REPLACE TRIGGER {whole} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION evenhand_refuse_change()",
    ]


_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION evenhand_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE opened text := coalesce(split_part(current_setting('{_BYPASS_SETTING}', true), ':', 1), '');
BEGIN
  IF opened <> 'everything' AND NOT (opened = 'contents' AND TG_TABLE_NAME = '{CONTENTS}' AND TG_OP = 'UPDATE') THEN
    RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$"""

GUARD_OBJECTS = (
    DatabaseObject(
        app="service_requests",
        names=(_BYPASS_TABLE, *(f"{table}_no_{verb}" for table in (EVENTS, CONTENTS) for verb in ("update", "delete", "replace"))),
        sqlite=(
            f"CREATE TABLE IF NOT EXISTS {_BYPASS_TABLE} (reason TEXT NOT NULL, opens TEXT NOT NULL)",
            *_sqlite_triggers(EVENTS),
            *_sqlite_triggers(CONTENTS),
        ),
        postgresql=(_POSTGRESQL_FUNCTION, *_postgresql_triggers(EVENTS), *_postgresql_triggers(CONTENTS)),
        postgresql_names=tuple(f"{table}_no_{verb}" for table in (EVENTS, CONTENTS) for verb in ("change", "truncate")),
    ),
)


@contextmanager
def history_bypass(reason: str, *, opens: Opened) -> Iterator[None]:
    """Open the guard for this transaction and close it again; `reason` says why in the database's own log of statements.

    `opens`: "contents" lets the words of events be changed, which is what erasure does; "everything" is the whole guard.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {_BYPASS_TABLE} (reason, opens) VALUES (%s, %s)", [reason, opens])
        else:
            cursor.execute("SELECT set_config(%s, %s, true)", [_BYPASS_SETTING, f"{opens}: {reason}"])
        yield
        if connection.vendor == "sqlite":
            cursor.execute(f"DELETE FROM {_BYPASS_TABLE}")
        else:
            cursor.execute("SELECT set_config(%s, '', true)", [_BYPASS_SETTING])
