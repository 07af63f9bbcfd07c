"""History cannot be edited, and where somebody gets past the guard, it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from evenhand.web.core import database_objects
from evenhand.web.service_requests import actions, history
from evenhand.web.service_requests.errors import HistoryBroken
from evenhand.web.service_requests.history_guard import CONTENTS, EVENTS, history_bypass
from evenhand.web.service_requests.models import Event, EventContent, ServiceRequest
from evenhand.web.service_requests.workflow import Actor
from tests.cast import NOON

TRIGGERS = ("no_update", "no_delete", "no_change", "no_truncate", "no_replace")


@pytest.fixture
def told(pothole_request: ServiceRequest) -> ServiceRequest:
    """Three events: received, a comment by Ana's neighbour, acknowledged."""
    with transaction.atomic():
        actions.comment(pothole_request, words="My tyre burst here", actor=Actor.RESIDENT, at=NOON + timedelta(hours=1), channel="web")
        return actions.acknowledge(pothole_request, actor=Actor.STAFF, at=NOON + timedelta(hours=2))


def drop_guard() -> None:
    """What somebody with the database's own password can do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no pending checks: triggers can be dropped
        for table in (EVENTS, CONTENTS):
            for name in TRIGGERS:
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{on}")


@pytest.fixture
def unguarded(db: None) -> Iterator[None]:
    with transaction.atomic():
        drop_guard()
        yield


def execute(sql: str, *values: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def test_an_untouched_history_verifies(told: ServiceRequest) -> None:
    history.verify(told)
    assert [event.kind for event in told.events.order_by("seq")] == ["received", "commented", "acknowledge"]


def test_erased_words_leave_a_history_that_verifies(told: ServiceRequest) -> None:
    history.erase_contents(told, at=NOON + timedelta(hours=3))
    history.verify(told)
    assert all((content.salt, content.body) == ("", {}) for content in EventContent.objects.filter(event__request=told))


@pytest.mark.usefixtures("unguarded")
class TestTampering:
    """Every way to change a history past its guard is found, and the first event that does not fit is named."""

    @pytest.mark.parametrize(
        ("column", "value"),
        [("kind", "close"), ("channel", "phone"), ("actor_kind", "staff"), ("visibility", "staff"), ("facts", '{"photos": 9}'), ("hash", "0" * 64)],
    )
    def test_a_changed_column(self, told: ServiceRequest, column: str, value: str) -> None:
        execute(f"UPDATE {EVENTS} SET {column} = %s WHERE request_id = %s AND seq = 2", value, told.pk)
        with pytest.raises(HistoryBroken, match="at event 2"):
            history.verify(told)

    def test_a_changed_time(self, told: ServiceRequest) -> None:
        Event.objects.filter(request=told, seq=3).update(at=NOON)
        with pytest.raises(HistoryBroken, match="at event 3"):
            history.verify(told)

    def test_a_change_with_its_own_hash_made_to_fit(self, told: ServiceRequest) -> None:
        event = told.events.get(seq=2)
        event.kind = "close"
        event.hash = history.event_hash(told.reference, event)
        event.save()
        with pytest.raises(HistoryBroken, match="at event 3"):
            history.verify(told)

    def test_the_last_event_deleted(self, told: ServiceRequest) -> None:
        execute(f"DELETE FROM {EVENTS} WHERE request_id = %s AND seq = 3", told.pk)
        with pytest.raises(HistoryBroken, match="counts 3 events"):
            history.verify(told)

    def test_a_middle_event_deleted(self, told: ServiceRequest) -> None:
        event = told.events.get(seq=2)
        execute(f"DELETE FROM {CONTENTS} WHERE event_id = %s", event.pk)
        execute(f"DELETE FROM {EVENTS} WHERE id = %s", event.pk)
        with pytest.raises(HistoryBroken, match="at event 2"):
            history.verify(told)

    def test_changed_words(self, told: ServiceRequest) -> None:
        execute(f"UPDATE {CONTENTS} SET body = %s WHERE event_id = %s", '{"words": "All is well"}', told.events.get(seq=2).pk)
        with pytest.raises(HistoryBroken, match="at event 2: its content was changed"):
            history.verify(told)

    def test_words_gone_without_an_erasure(self, told: ServiceRequest) -> None:
        execute(f"DELETE FROM {CONTENTS} WHERE event_id = %s", told.events.get(seq=2).pk)
        with pytest.raises(HistoryBroken, match="at event 2: its content row is gone"):
            history.verify(told)

    def test_an_event_moved_to_another_request(self, told: ServiceRequest) -> None:
        execute("UPDATE requests_request SET reference = '999' WHERE id = %s", told.pk)
        told.refresh_from_db()
        with pytest.raises(HistoryBroken, match="at event 1"):
            history.verify(told)


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {EVENTS} SET kind = 'close'",
        f"DELETE FROM {EVENTS}",
        f"UPDATE {CONTENTS} SET body = '{{}}'",
        f"DELETE FROM {CONTENTS}",
    ],
)
def test_the_database_itself_refuses(told: ServiceRequest, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(sql)
    history.verify(told)


def test_the_bypass_ends_with_its_block(told: ServiceRequest) -> None:
    with history_bypass("a test", opens="contents"):
        EventContent.objects.filter(event__request=told).update(erased_at=NOON)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EventContent.objects.filter(event__request=told).update(erased_at=None)


def test_a_bypass_that_fails_is_closed_too(told: ServiceRequest) -> None:
    with pytest.raises(ZeroDivisionError), history_bypass("a test", opens="contents"):
        1 / 0  # noqa: B018
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        EventContent.objects.filter(event__request=told).update(erased_at=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_table_made_anew_is_found_unguarded_and_migrate_guards_it_again(told: ServiceRequest) -> None:
    assert database_objects.not_in_place(connection) == []
    try:
        lose_triggers_as_a_migration_does()
        found = run_checks(tags=["database"], databases=["default"])
        assert [message.id for message in found] == ["evenhand.E101"]
        assert "requests_event_no_" in found[0].msg
        assert "evenhand migrate" in str(found[0].hint)
    finally:
        call_command("migrate", verbosity=0)
    assert run_checks(tags=["database"], databases=["default"]) == []
    with pytest.raises(DatabaseError, match="append-only"):
        Event.objects.filter(request=told).update(kind="close")
    history.verify(told)


def lose_triggers_as_a_migration_does() -> None:
    """On SQLite Django changes a table by making a new one and dropping the old, triggers and all. PostgreSQL keeps them: there they are dropped."""
    if connection.vendor == "sqlite":
        with connection.schema_editor() as editor:
            editor._remake_table(Event)  # type: ignore[attr-defined]  # what every AlterField comes to
    else:
        drop_guard()


def test_emptying_the_tables_whole_is_refused(told: ServiceRequest) -> None:
    whole = f"TRUNCATE {EVENTS} CASCADE" if connection.vendor == "postgresql" else f"DELETE FROM {EVENTS}"
    if connection.vendor == "postgresql":
        execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE is refused for pending checks already
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(whole)


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="REPLACE is SQLite's own word")
@pytest.mark.parametrize(
    ("table", "key"),
    [(EVENTS, "id"), (EVENTS, "seq"), (CONTENTS, "event_id")],
)
def test_a_row_cannot_be_put_in_the_place_of_another(told: ServiceRequest, table: str, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1 LIMIT 1")
        columns, row = [column[0] for column in cursor.description], list(cursor.fetchone())
    if key == "seq":  # another id, the same place in the chain
        row[columns.index("id")] += 1_000_000
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute(f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(row))})", *row)
    history.verify(told)


@pytest.mark.parametrize("sql", [f"UPDATE {EVENTS} SET kind = 'close'", f"DELETE FROM {EVENTS}", f"DELETE FROM {CONTENTS}"])
def test_what_opens_for_erasure_opens_the_words_and_nothing_else(told: ServiceRequest, sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), history_bypass("a test", opens="contents"):
        execute(sql)
    history.verify(told)


@pytest.mark.parametrize("left", [{"salt": "0" * 32}, {"body": {"words": "All is well"}}])
def test_words_that_count_as_erased_and_are_there_break_the_history(told: ServiceRequest, left: dict[str, object]) -> None:
    history.erase_contents(told, at=NOON)
    with history_bypass("a test", opens="contents"):
        EventContent.objects.filter(event__request=told, event__seq=2).update(**left)
    with pytest.raises(HistoryBroken, match="at event 2: its content counts as erased"):
        history.verify(told)
