"""Rows read by a plain condition are what the ORM would give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import models

from evenhand.web.accounts.models import NAME_FIELDS, Account
from evenhand.web.accounts.roles import Role
from evenhand.web.core.plain_rows import Along, row_where, rows_by_key, rows_where
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import Event, ServiceRequest
from evenhand.web.service_requests.workflow import Actor
from tests import cast


def columns(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_has_the_values_that_the_orm_gives(pothole_request: ServiceRequest) -> None:
    row = row_where(ServiceRequest, "reference = %s", (pothole_request.reference,))
    assert row is not None
    assert columns(row) == columns(ServiceRequest.objects.get())
    assert row == pothole_request
    row.address = "Elsewhere"
    row.save()
    assert ServiceRequest.objects.get().address == "Elsewhere"


@pytest.mark.parametrize("microseconds", [0, 1, 50_000, 123_456])
def test_a_moment_is_read_to_the_microsecond_and_aware_and_rows_are_in_its_order(pothole_request: ServiceRequest, microseconds: int) -> None:
    other = cast.make_request(pothole_request.service)
    moment = datetime(1969, 12, 31, 23, 59, 59, microseconds, tzinfo=UTC)
    ServiceRequest.objects.filter(pk=other.pk).update(requested_at=moment, due_at=None)
    first, second = rows_where(ServiceRequest, "reference <> %s ORDER BY requested_at", ("",), only=("requested_at", "due_at"))
    assert (first.requested_at, first.due_at, second.pk) == (moment, None, pothole_request.pk)
    assert first.requested_at.utcoffset() == timedelta(0)


def test_what_keys_point_at_comes_along_in_one_query(pothole_request: ServiceRequest, django_assert_num_queries: Any) -> None:
    along = (Along("service"), Along("service__group"), Along("jurisdiction", without=("boundary",)), Along("team"))
    with django_assert_num_queries(1):
        row = row_where(ServiceRequest, "requests_request.reference = %s", (pothole_request.reference,), along=along)
        assert row is not None
        assert row.service.name
        assert row.service.group == pothole_request.service.group
        assert row.jurisdiction.slug
        assert row.team is None
    assert columns(row.service) == columns(pothole_request.service)
    with django_assert_num_queries(1):
        assert row.jurisdiction.boundary == pothole_request.jurisdiction.boundary


def test_a_one_to_one_row_that_points_back_comes_along_or_is_missing(pothole_request: ServiceRequest, django_assert_num_queries: Any) -> None:
    event = Event.objects.select_related("content").get()
    with django_assert_num_queries(1):
        (row,) = rows_where(Event, "requests_event.request_id = %s", (pothole_request.pk,), only=("kind",), along=(Along("content", only=("body",)),))
        assert row.content.body == event.content.body
    actions.acknowledge(pothole_request, actor=Actor.STAFF, actor_id=None, at=cast.NOON)
    row = rows_where(Event, "requests_event.request_id = %s ORDER BY seq", (pothole_request.pk,), along=(Along("content"),))[1]
    assert getattr(row, "content", None) is None


def test_columns_that_were_left_out_come_when_they_are_asked_for(harbor: Jurisdiction, django_assert_num_queries: Any) -> None:
    person = cast.make_staff(harbor, Role.AGENT, "ben", first_name="Ben")
    row = rows_by_key(Account, {person.pk}, only=NAME_FIELDS)[person.pk]
    with django_assert_num_queries(0):
        assert row.shown_name == "Ben"
    with django_assert_num_queries(1):
        assert row.role == Role.AGENT
    row.first_name = "Bo"
    row.save()
    person.refresh_from_db()
    assert (person.first_name, person.role) == ("Bo", Role.AGENT)


def test_no_keys_are_no_query() -> None:
    assert rows_by_key(Account, set()) == {}, "this test may not touch a database"


@pytest.mark.parametrize(("shift", "is_found"), [(-1, True), (0, False), (1, False)])
def test_moments_are_compared_to_the_microsecond(pothole_request: ServiceRequest, shift: int, is_found: bool) -> None:
    moment = ServiceRequest.objects.get().requested_at + timedelta(microseconds=shift)
    assert bool(rows_where(ServiceRequest, "requested_at > %s", (moment,))) is is_found
