"""What migrations cannot carry is in place as this version makes it, or is made anew and knows every row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from evenhand.web.core import database_objects
from evenhand.web.places.address_search import addresses_like, search_key
from evenhand.web.places.models import Address, Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.places_index import in_box
from evenhand.web.service_requests.text_index import matching
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)
ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps its indexes itself")
POINT = (42.3601, -71.0501)


@pytest.fixture(autouse=True)
def _whole_again(db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def found(words: str) -> list[int]:
    return sorted(matching(ServiceRequest.objects.all(), words).values_list("pk", flat=True))


def in_view() -> list[int]:
    lat, long = POINT
    return sorted(in_box(ServiceRequest.objects.all(), (long - 0.001, lat - 0.001, long + 0.001, lat + 0.001)).values_list("pk", flat=True))


@ON_SQLITE
@pytest.mark.parametrize("with_tables", [False, True], ids=["triggers", "triggers and tables"])
def test_rows_that_changed_while_triggers_were_gone_are_found_and_can_be_changed_after_migrate(pothole: Service, with_tables: bool) -> None:
    one, two, three = cast.make_requests(pothole, 3)
    ServiceRequest.objects.filter(pk=one.pk).update(description="an old lamp", address="", lat=None, long=None)
    ServiceRequest.objects.filter(pk=two.pk).update(description="", address="")
    for table in ("text", "point"):
        names = {"text": ("add", "change", "remove"), "point": ("enter", "move", "leave")}[table]
        execute(*(f"DROP TRIGGER requests_{table}_{name}" for name in names))
        if with_tables:
            execute(f"DROP TABLE requests_{table}")
    ServiceRequest.objects.filter(pk=one.pk).update(description="a fallen tree", lat=POINT[0], long=POINT[1])
    ServiceRequest.objects.filter(pk=two.pk).update(description="a rusty fence")
    ServiceRequest.objects.filter(pk=three.pk).update(description="", address="")
    call_command("migrate", verbosity=0)
    assert (found("tree"), found("lamp"), found("fence")) == ([one.pk], [], [two.pk])
    assert one.pk in in_view()
    ServiceRequest.objects.filter(pk=one.pk).update(description="a paper bin", lat=0, long=0)
    ServiceRequest.objects.filter(pk=three.pk).update(description="a paper boat")
    ServiceRequest.objects.filter(pk=two.pk).update(description="", address="")
    assert (found("tree"), found("paper"), found("fence")) == ([], [one.pk, three.pk], [])
    assert one.pk not in in_view()
    execute("INSERT INTO requests_text (requests_text) VALUES ('integrity-check')")


@ON_SQLITE
def test_addresses_are_found_again_after_their_search_was_lost(harbor: Jurisdiction) -> None:
    address = Address.objects.create(
        jurisdiction=harbor, address_id="1", address="5 Pier Road", lat=POINT[0], long=POINT[1], search_key=search_key("5 Pier Road")
    )
    execute("DROP TABLE places_address_text")
    execute("DROP TRIGGER places_address_text_change")
    Address.objects.filter(pk=address.pk).update(search_key=search_key("77 Gull Wharf"))
    call_command("migrate", verbosity=0)
    assert [one.pk for one in addresses_like(harbor, "77 gull")] == [address.pk]
    Address.objects.filter(pk=address.pk).update(search_key=search_key("78 Gull Wharf"))
    assert (addresses_like(harbor, "77 gull"), [one.pk for one in addresses_like(harbor, "78 gull")]) == ([], [address.pk])


def test_a_guard_with_an_emptied_body_is_found_by_the_check_and_replaced(pothole_request: ServiceRequest) -> None:
    if connection.vendor == "sqlite":
        name = "requests_event_no_update"
        execute(f"DROP TRIGGER {name}", f"CREATE TRIGGER {name} BEFORE UPDATE ON requests_event BEGIN SELECT 1; END")
    else:
        name = "requests_event_no_change"
        execute("CREATE OR REPLACE FUNCTION evenhand_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$")
    (message,) = run_checks(tags=["database"], databases=["default"])
    assert message.id == "evenhand.E101"
    assert name in message.msg
    call_command("migrate", verbosity=0)
    assert run_checks(tags=["database"], databases=["default"]) == []
    with pytest.raises(DatabaseError, match="append-only"):
        execute("UPDATE requests_event SET kind = 'close'")


def test_an_index_of_an_earlier_version_is_found_and_replaced(harbor: Jurisdiction) -> None:
    execute("DROP INDEX requests_grid", "CREATE INDEX requests_grid ON requests_request (jurisdiction_id)")
    assert database_objects.not_in_place(connection) == ["requests_grid"]
    call_command("migrate", verbosity=0)
    assert database_objects.not_in_place(connection) == []


def test_what_is_in_place_is_left_alone(harbor: Jurisdiction) -> None:
    with CaptureQueriesContext(connection) as asked:
        database_objects.install(connection)
    assert [query["sql"] for query in asked if query["sql"].startswith(("CREATE", "DROP", "INSERT", "COMMENT"))] == []


@ON_SQLITE
def test_a_save_that_changes_no_words_does_not_touch_the_search(pothole_request: ServiceRequest) -> None:
    def entries() -> list[object]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, block FROM requests_text_data ORDER BY id")
            return list(cursor.fetchall())

    before = entries()
    pothole_request.save()
    assert entries() == before
    pothole_request.description = "something else"
    pothole_request.save()
    assert entries() != before
