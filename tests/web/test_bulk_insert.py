"""Fast insertion and update write what Django's own would write, byte for byte, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, models, transaction

from evenhand.web.core.bulk_insert import NewRow, blank_maker, insert_family, insert_rows, reserve_keys, unsaved, update_rows
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.history import ContentRow, EventRow
from evenhand.web.service_requests.models import Event, EventContent, Reporter, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Evidence, State, Status
from tests.cast import NOON, make_request

pytestmark = pytest.mark.django_db
MOMENTS = (NOON, datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=ZoneInfo("America/New_York")), datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC))
WORDS = ("", "plain", "tab\tline\nbreak\\slash \\N", "ünï – 坑 🕳", "'quotes\"", "x" * 5000)


def requests_of(service: Service) -> list[ServiceRequest]:
    """Rows with a value of every kind in every column, and with nothing in those that may be empty."""
    rows = []
    for number, words in enumerate(WORDS):
        moment = MOMENTS[number % len(MOMENTS)]
        is_full = number % 2 == 0
        rows.append(
            ServiceRequest(
                jurisdiction=service.jurisdiction,
                service=service,
                reference=f"R{number}",
                source="test",
                source_id=str(number),
                submission_key=f"key {number}" if is_full else None,
                status=Status.CLOSED,
                state=State.CLOSED,
                evidence=Evidence.STATED,
                requested_at=moment,
                updated_at=moment + timedelta(microseconds=1),
                closed_at=moment if is_full else None,
                lat=42.1 + number / 7 if is_full else None,
                long=-71 if is_full else None,
                description=words,
                answers={"b": [1, "ä"], "a": {"deep": None}} if is_full else {},
                faults=["one", "two"] if is_full else [],
            )
        )
    return rows


def stored(model: type[models.Model], **where: Any) -> list[tuple[Any, ...]]:
    """The rows as the database holds them: on SQLite with their storage class and bytes, on PostgreSQL as text."""
    shown = [f"typeof({c}), CAST({c} AS BLOB)" if connection.vendor == "sqlite" else f"{c}::text" for c in columns(model)]
    condition = " AND ".join(f"{name} = %s" for name in where)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(shown)} FROM {model._meta.db_table} WHERE {condition} ORDER BY 1, 2", list(where.values()))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def columns(model: type[models.Model]) -> list[str]:
    """All but the key, which differs between one insertion and the next."""
    return [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]


def test_requests_are_stored_as_bulk_create_stores_them(pothole: Service) -> None:
    ServiceRequest.objects.bulk_create(requests_of(pothole))
    expected = stored(ServiceRequest, source="test")
    ServiceRequest.objects.all().delete()
    rows = requests_of(pothole)
    for row, key in zip(rows, reserve_keys(ServiceRequest, len(rows)), strict=True):
        row.pk = key
    insert_rows(ServiceRequest, rows)
    assert len(expected) == len(WORDS)
    assert stored(ServiceRequest, source="test") == expected


def test_light_events_and_contents_are_stored_as_the_models_are(pothole: Service) -> None:
    request = make_request(pothole)
    facts = {"to": State.CLOSED, "lat": "42.1", "list": ["a"], "ünï": 1}
    common = {"at": MOMENTS[1], "recorded_at": MOMENTS[2], "channel": "import", "actor_kind": "source", "visibility": "public"}
    with transaction.atomic():
        event = Event.objects.create(request=request, seq=7, kind="close", facts=facts, content_hash="c", previous_hash="p", hash="h", **common)
        EventContent.objects.create(event=event, salt="s", body={"words": WORDS[2]})
        expected = stored(Event, seq=7), stored(EventContent, salt="s")
        transaction.set_rollback(True)
    light = EventRow(seq=7, kind="close", actor_id=None, facts=facts, content_hash="c", previous_hash="p", hash="h", **common)  # type: ignore[arg-type]
    (light.id,) = reserve_keys(Event, 1)
    light.request_id = request.pk
    insert_rows(Event, [light])
    insert_rows(EventContent, [ContentRow("s", {"words": WORDS[2]}, event_id=light.id)])
    assert (stored(Event, seq=7), stored(EventContent, salt="s")) == expected


def test_an_update_stores_what_saving_stores(pothole: Service) -> None:
    ServiceRequest.objects.bulk_create(requests_of(pothole))
    changed = list(ServiceRequest.objects.filter(source="test").order_by("reference"))
    for number, request in enumerate(changed):
        request.state, request.closed_at, request.faults, request.lat = State.ACKNOWLEDGED, None if number % 2 else NOON, ["x"] * number, None
    for request in changed:
        request.save()
    expected = stored(ServiceRequest, source="test")
    ServiceRequest.objects.update(state="received", closed_at=MOMENTS[0], faults=[], lat=1.5)
    update_rows(ServiceRequest, changed, ["state", "closed_at", "faults", "lat"])
    assert stored(ServiceRequest, source="test") == expected


def test_reserved_keys_are_not_given_out_again(pothole: Service) -> None:
    rows = requests_of(pothole)
    with transaction.atomic():
        keys = reserve_keys(ServiceRequest, len(rows))
        for row, key in zip(rows, keys, strict=True):
            row.pk = key
        insert_rows(ServiceRequest, rows)
    assert make_request(pothole).pk > max(keys)


def test_a_clash_of_keys_is_django_s_integrity_error_and_leaves_nothing(pothole: Service) -> None:
    rows = requests_of(pothole)[:2]
    rows[1].reference = rows[0].reference
    for row, key in zip(rows, reserve_keys(ServiceRequest, 2), strict=True):
        row.pk = key
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(ServiceRequest, rows)
    assert ServiceRequest.objects.count() == 0


def test_blank_instances_share_no_list_and_no_state(harbor: Jurisdiction) -> None:
    make = blank_maker(ServiceRequest, jurisdiction_id=harbor.pk, source="test")
    one, other = make(), make()
    one.faults.append("x")
    one.answers["a"] = "b"
    one._state.adding = False
    assert (other.faults, other.answers, other._state.adding, other.source) == ([], {}, True, "test")
    assert other.__dict__.keys() == ServiceRequest(jurisdiction_id=harbor.pk, source="test").__dict__.keys()


def test_an_unsaved_instance_is_what_the_model_makes(pothole: Service) -> None:
    columns: dict[str, Any] = {"service_id": pothole.pk, "reference": "R1", "requested_at": NOON, "answers": {"a": "b"}}
    made, usual = unsaved(ServiceRequest, **columns), ServiceRequest(**columns)
    assert {**made.__dict__, "_state": None} == {**usual.__dict__, "_state": None}
    made.faults.append("x")
    assert unsaved(ServiceRequest).faults == []


def family_of(pothole: Service) -> list[NewRow]:
    """A request of every column, its event with content, and its reporter, none of whom has a key yet."""
    common = {"at": MOMENTS[1], "recorded_at": MOMENTS[2], "channel": "web", "actor_kind": "reporter", "visibility": "public"}
    event = EventRow(seq=1, kind="received", actor_id=None, facts={"ünï": 1}, content_hash="c", previous_hash="", hash="h", **common)  # type: ignore[arg-type]
    content = ContentRow("s", {"words": WORDS[2]})
    of_request, of_event = (("request_id", 0),), (("event_id", 1),)
    return [
        NewRow(ServiceRequest, requests_of(pothole)[0]),
        NewRow(Event, event, of_request),
        NewRow(EventContent, content, of_event),
        NewRow(Reporter, Reporter(email="ana@home.test"), of_request),
    ]


def test_a_family_is_stored_as_its_rows_are_and_points_at_itself(pothole: Service) -> None:
    alone = requests_of(pothole)[0]
    with transaction.atomic():
        (alone.pk,) = reserve_keys(ServiceRequest, 1)
        insert_rows(ServiceRequest, [alone])
        expected = stored(ServiceRequest, source="test")
        transaction.set_rollback(True)
    family = family_of(pothole)
    insert_family(family)
    request, event, content, reporter = (new.row for new in family)
    assert stored(ServiceRequest, source="test") == expected
    assert (event.request_id, content.event_id, reporter.pk) == (request.pk, event.id, request.pk)
    read = Event.objects.select_related("content").get(pk=event.id)
    assert (read.request_id, read.at, read.facts, read.content.body) == (request.pk, event.at, event.facts, content.body)
    assert Reporter.objects.get(pk=request.pk).email == "ana@home.test"


def test_a_family_costs_postgresql_one_statement(pothole: Service, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 4):
        insert_family(family_of(pothole))


def test_nothing_to_insert_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        insert_rows(ServiceRequest, [])
        update_rows(ServiceRequest, [], ["state"])
