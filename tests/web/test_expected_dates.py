"""Expected dates of a request: from the city's own past, or in words why there are none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from evenhand.web.core import clock
from evenhand.web.insights.expected_dates import ExpectedDate, NoExpectedDate, expected_date_for, expected_wait_for, refresh_expected_dates
from evenhand.web.insights.models import ClosingEstimate
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason
from tests.cast import NOON, make_request

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def past(service: Service, count: int, *, hours: float | None = None) -> None:
    """Requests, one every ten hours up to noon, closed after 1, 2, 3 … 24 hours in turn (or all after `hours`)."""
    for number in range(count):
        opened = NOON - (count - number) * 10 * HOUR - 30 * HOUR
        request = make_request(service, at=opened)
        with transaction.atomic():
            wait = (number * 7 % 24 + 1 if hours is None else hours) * HOUR
            actions.close(request, actor=Actor.STAFF, at=opened + wait, reason=ClosingReason.UNABLE, words="Done.")


def test_below_thirty_closings_nothing_is_said_and_the_reason_is(harbor: Jurisdiction, pothole: Service) -> None:
    past(pothole, 29)
    assert refresh_expected_dates(harbor, at=NOON) == 0
    assert expected_date_for(make_request(pothole), at=NOON) == NoExpectedDate("too_few_closings", 29)


def test_before_anything_was_reckoned_nothing_is_said(pothole: Service) -> None:
    assert expected_date_for(make_request(pothole), at=NOON) == NoExpectedDate("too_few_closings", 0)
    assert expected_wait_for(pothole) == NoExpectedDate("too_few_closings", 0)


def test_an_open_request_has_a_range_that_holds_four_fifths_of_the_past(harbor: Jurisdiction, pothole: Service) -> None:
    past(pothole, 240)
    refresh_expected_dates(harbor, at=NOON)
    request = make_request(pothole)
    said = expected_date_for(request, at=NOON)
    assert isinstance(said, ExpectedDate)
    # Waits are uniform on 1 … 24 hours: a tenth ends by hour 2–3, half by 12–13, nine tenths by 22. The range steps outward by its standard error.
    assert NOON + HOUR <= said.earliest <= NOON + 3 * HOUR
    assert NOON + 11 * HOUR <= said.likely <= NOON + 14 * HOUR
    assert NOON + 21 * HOUR <= said.latest <= NOON + 24 * HOUR
    assert said.closed_count == 240


def test_a_request_that_has_waited_longer_is_expected_later(harbor: Jurisdiction, pothole: Service) -> None:
    past(pothole, 240)
    refresh_expected_dates(harbor, at=NOON)
    request = make_request(pothole, at=NOON - 12 * HOUR)
    fresh, waiting = expected_date_for(request, at=NOON - 12 * HOUR), expected_date_for(request, at=NOON)
    assert isinstance(fresh, ExpectedDate)
    assert isinstance(waiting, ExpectedDate)
    assert waiting.earliest >= NOON
    assert waiting.likely > fresh.likely


def test_a_request_older_than_all_history_is_told_so(harbor: Jurisdiction, pothole: Service) -> None:
    past(pothole, 240)
    refresh_expected_dates(harbor, at=NOON)
    old = expected_date_for(make_request(pothole, at=NOON - 100 * HOUR), at=NOON)
    assert isinstance(old, NoExpectedDate)
    assert old.reason in {"too_few_this_old", "ranges_did_not_hold", "too_many_stay_open"}


def test_a_closed_request_has_no_expected_date(harbor: Jurisdiction, pothole: Service) -> None:
    past(pothole, 1)
    assert expected_date_for(ServiceRequest.objects.get(), at=NOON) is None


def test_a_new_reckoning_replaces_the_old_one_of_this_city_alone(harbor: Jurisdiction, pothole: Service, streetlight: Service) -> None:
    past(pothole, 31)
    refresh_expected_dates(harbor, at=NOON)
    refresh_expected_dates(harbor, at=NOON + HOUR)
    estimate = ClosingEstimate.objects.get()
    assert (estimate.service, estimate.closed_count, estimate.as_of) == (pothole, 31, NOON + HOUR)


def test_a_report_made_now_is_answered_from_the_clock_s_present(harbor: Jurisdiction, pothole: Service) -> None:
    past(pothole, 240)
    refresh_expected_dates(harbor, at=NOON)
    said = expected_wait_for(pothole)
    assert isinstance(said, ExpectedDate)
    assert said.likely > clock.now()


def test_an_open_request_costs_one_query(harbor: Jurisdiction, pothole: Service, django_assert_num_queries: object) -> None:
    past(pothole, 31)
    refresh_expected_dates(harbor, at=NOON)
    request = make_request(pothole)
    with django_assert_num_queries(1):  # type: ignore[operator]
        expected_date_for(request, at=NOON)
