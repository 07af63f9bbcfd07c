"""What PostgreSQL plans once a connection: look-ups by key, and nothing whose best way depends on its values."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from evenhand.web.core.plain_rows import row_where
from evenhand.web.core.prepared_statements import prepared_cursor
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import ServiceRequest
from evenhand.web.service_requests.similar import likely_duplicates

pytestmark = pytest.mark.django_db


def kept_by_server() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [row[0] for row in cursor.fetchall()]


def test_a_look_up_by_key_is_planned_once_and_a_box_for_the_place_that_it_is_asked_for(pothole_request: ServiceRequest) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite plans within microseconds
    row_where(Jurisdiction, "id = %s", (pothole_request.jurisdiction_id,), only=("slug",))
    row_where(Jurisdiction, "id = %s", (pothole_request.jurisdiction_id + 1,), only=("slug",))
    assert pothole_request.lat is not None
    assert pothole_request.long is not None
    likely_duplicates(pothole_request.service, pothole_request.lat, pothole_request.long, at=pothole_request.requested_at)
    by_key = [text for text in kept_by_server() if text.startswith('SELECT "places_jurisdiction"."id", "places_jurisdiction"."slug" FROM')]
    assert len(by_key) == 1
    assert not any("requests_request.lat" in text for text in kept_by_server())


def test_values_stand_in_their_places_however_many_there_are_and_a_percent_sign_is_one() -> None:
    values = [f"value {number}" for number in range(120)]
    with prepared_cursor() as cursor:
        cursor.execute(f"SELECT 'a 100%% sure', {', '.join(['CAST(%s AS text)'] * len(values))}", values)
        assert list(cursor.fetchone()) == ["a 100% sure", *values]
        cursor.execute("SELECT '100%'")
        assert cursor.fetchone() == ("100%",)


def test_a_prepared_statement_counts_as_a_query_like_any_other(harbor: Jurisdiction, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        row_where(Jurisdiction, "id = %s", (harbor.pk,))
