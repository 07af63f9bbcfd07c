"""Triggers that refuse to change or delete events and their content.

Append-only by the database, not by good manners: UPDATE and DELETE on events and contents abort, and on PostgreSQL TRUNCATE too. One named bypass,
`history_bypass(reason)`, opens the guard inside the present transaction for erasure (content only) and for tests that empty the database.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from evenhand.web.core.database_objects import DatabaseObject

EVENTS, CONTENTS = "requests_event", "requests_event_content"
_BYPASS_TABLE = "requests_history_bypass"
_BYPASS_SETTING = "evenhand.history_bypass"
_WORDS = "history is append-only"


def _sqlite_trigger(table: str, verb: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
        f"WHEN NOT EXISTS (SELECT 1 FROM {_BYPASS_TABLE}) BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
    )


def _postgresql_triggers(table: str) -> list[str]:
    rows = f"{table}_no_change"
    whole = f"{table}_no_truncate"
    return [
        f"CREATE OR REPLACE TRIGGER {rows} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION evenhand_refuse_change()",
        f"CREATE OR REPLACE TRIGGER {whole} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION evenhand_refuse_change()",
    ]


_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION evenhand_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF coalesce(current_setting('{_BYPASS_SETTING}', true), '') = '' THEN
    RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$"""

GUARD_OBJECTS = (
    DatabaseObject(
        app="service_requests",
        names=(_BYPASS_TABLE, *(f"{table}_no_{verb}" for table in (EVENTS, CONTENTS) for verb in ("update", "delete"))),
        sqlite=(
            f"CREATE TABLE IF NOT EXISTS {_BYPASS_TABLE} (reason TEXT NOT NULL)",
            *(_sqlite_trigger(table, verb) for table in (EVENTS, CONTENTS) for verb in ("update", "delete")),
        ),
        postgresql=(_POSTGRESQL_FUNCTION, *_postgresql_triggers(EVENTS), *_postgresql_triggers(CONTENTS)),
        postgresql_names=tuple(f"{table}_no_{verb}" for table in (EVENTS, CONTENTS) for verb in ("change", "truncate")),
    ),
)


@contextmanager
def history_bypass(reason: str) -> Iterator[None]:
    """Open the guard for this transaction and close it again; `reason` says why in the database's own log of statements."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {_BYPASS_TABLE} (reason) VALUES (%s)", [reason])
        else:
            cursor.execute("SELECT set_config(%s, %s, true)", [_BYPASS_SETTING, reason])
        yield
        if connection.vendor == "sqlite":
            cursor.execute(f"DELETE FROM {_BYPASS_TABLE}")
        else:
            cursor.execute("SELECT set_config(%s, '', true)", [_BYPASS_SETTING])
