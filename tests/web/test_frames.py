"""Rows as the library's arrays: who counts, in hours, and until when each source's records reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, transaction

from evenhand.web.insights import frames
from evenhand.web.insights.frames import closings_frame
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import ImportRun, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason
from tests.cast import NOON, make_city, make_request, make_service

pytestmark = pytest.mark.django_db
NOON_HOURS = NOON.timestamp() / 3600
DAY = timedelta(days=1)


def close(request: ServiceRequest, reason: ClosingReason = ClosingReason.UNABLE, *, after: timedelta = DAY) -> None:
    with transaction.atomic():
        actions.close(request, actor=Actor.STAFF, at=request.requested_at + after, reason=reason, words="Done.")


def test_openings_and_closings_are_hours_since_the_epoch_and_open_is_nan(harbor: Jurisdiction, pothole: Service, streetlight: Service) -> None:
    make_request(streetlight)
    close(make_request(pothole, at=NOON - DAY))
    frame = closings_frame(harbor, at=NOON + DAY)
    assert frame.service_ids == tuple(sorted((pothole.pk, streetlight.pk)))
    by_service = {frame.service_ids[index]: row for row, index in enumerate(frame.service)}
    shut, still_open = by_service[pothole.pk], by_service[streetlight.pk]
    assert (frame.opened_hours[shut], frame.closed_hours[shut]) == (NOON_HOURS - 24, NOON_HOURS)
    assert frame.opened_hours[still_open] == NOON_HOURS
    assert np.isnan(frame.closed_hours[still_open])
    assert set(frame.seen_until) == {NOON_HOURS + 24}


def test_only_what_somebody_waited_for_counts(harbor: Jurisdiction, pothole: Service) -> None:
    elsewhere = make_service(make_city("elsewhere", "Elsewhere", shift=1.0), "pothole", "Pothole")
    close(make_request(pothole), ClosingReason.INVALID)
    with transaction.atomic():
        actions.withdraw(make_request(pothole), at=NOON)
    make_request(pothole, made_by="staff")
    make_request(elsewhere, point=None)
    counted = make_request(pothole, at=NOON - DAY)
    frame = closings_frame(harbor, at=NOON)
    assert list(frame.opened_hours) == [counted.requested_at.timestamp() / 3600]


def test_closed_without_a_date_is_neither_open_nor_closed_and_is_left_out(harbor: Jurisdiction, pothole: Service) -> None:
    request = make_request(pothole)
    close(request)
    ServiceRequest.objects.update(closed_at=None)
    assert len(closings_frame(harbor, at=NOON).service) == 0


def test_imported_requests_are_known_up_to_their_source_s_last_moment(harbor: Jurisdiction, pothole: Service) -> None:
    for days, source in ((9, "boston"), (5, "boston"), (2, "other")):
        ImportRun.objects.create(
            jurisdiction=harbor, format=source, source=source, file_name="f", sha256="", started_at=NOON, data_until=NOON - days * DAY
        )
    make_request(pothole, source="boston", source_id="1", at=NOON - 20 * DAY)
    make_request(pothole, source="other", source_id="1", at=NOON - 20 * DAY)
    make_request(pothole, at=NOON - 20 * DAY)
    frame = closings_frame(harbor, at=NOON)
    assert sorted(frame.seen_until - NOON_HOURS) == [-120, -48, 0]


def test_a_city_without_requests_has_an_empty_frame(harbor: Jurisdiction) -> None:
    frame = closings_frame(harbor, at=NOON)
    assert (frame.service_ids, len(frame.service)) == ((), 0)


def test_moments_reach_numpy_as_sqlite_holds_them(harbor: Jurisdiction, pothole: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        return  # psycopg reads moments in C
    close(make_request(pothole))
    given: list[object] = []
    usual = frames._hours

    def noted(moments: Sequence[object]) -> object:
        given.extend(moments)
        return usual(moments)

    monkeypatch.setattr(frames, "_hours", noted)
    closings_frame(harbor, at=NOON + DAY)
    assert [type(moment) for moment in given] == [str, str]
