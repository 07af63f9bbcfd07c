"""Public figures: hand-counted, each with what it is a part of, and honest where little is known."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from evenhand.web.insights.public_figures import count_figures, figures_of
from evenhand.web.places.models import Area, Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import ImportRun, Service, ServiceRequest
from evenhand.web.service_requests.workflow import Actor, ClosingReason
from tests.cast import IN_DOCKSIDE, IN_HILLTOP, NOON, make_request

pytestmark = pytest.mark.django_db


def closed(service: Service, *, opened: datetime, days: float, reason: ClosingReason = ClosingReason.UNABLE, **report: object) -> ServiceRequest:
    request = make_request(service, at=opened, **report)  # type: ignore[arg-type]
    return actions.close(request, actor=Actor.STAFF, at=opened + timedelta(days=days), reason=reason, words="Done.")


def test_counts_are_those_of_public_requests_and_of_their_area(
    harbor: Jurisdiction, dockside: Area, hilltop: Area, pothole: Service, power_out: Service
) -> None:
    make_request(pothole, point=IN_DOCKSIDE)
    closed(pothole, opened=NOON - timedelta(days=20), days=5, point=IN_DOCKSIDE)  # closed 15 days ago
    closed(pothole, opened=NOON - timedelta(days=100), days=40, point=IN_DOCKSIDE)  # closed 60 days ago
    closed(pothole, opened=NOON - timedelta(days=500), days=100, point=IN_HILLTOP)  # closed 400 days ago
    make_request(pothole, point=None)
    make_request(power_out)
    make_request(pothole, held_until=NOON + timedelta(hours=1))
    figures = count_figures(harbor, at=NOON)
    whole, west, east = figures.city, figures.of_area(dockside.pk), figures.of_area(hilltop.pk)
    assert (whole.total, whole.open, whole.closed, whole.closed_30_days, whole.closed_90_days, whole.in_year) == (5, 2, 3, 1, 2, 4)
    assert (west.total, west.open, west.closed_30_days, west.closed_90_days, west.in_year) == (3, 1, 1, 2, 3)
    assert (east.total, east.open, east.closed_90_days, east.in_year) == (1, 0, 0, 0)
    assert figures.of_service(power_out.pk).total == 0
    assert figures.top_services == {dockside.pk: [(pothole.pk, 3)]}


def test_requests_for_a_thousand_residents_need_a_number_of_residents(harbor: Jurisdiction, dockside: Area, pothole: Service) -> None:
    for _ in range(3):
        make_request(pothole, point=IN_DOCKSIDE)
    own = count_figures(harbor, at=NOON).of_area(dockside.pk)
    assert own.per_thousand(1500) == pytest.approx(2.0)  # 3 requests, 1.5 thousand residents
    assert own.per_thousand(None) is None
    assert own.per_thousand(0) is None


def test_the_median_counts_those_still_open(harbor: Jurisdiction, pothole: Service) -> None:
    # 40 closed after 1, 2, … 40 days; 20 more are open since 100 days. Of 60, the 30th is closed on day 30: that is the median of all.
    start = NOON - timedelta(days=100)
    for day in range(1, 41):
        closed(pothole, opened=start, days=day)
    for _ in range(20):
        make_request(pothole, at=start)
    median = count_figures(harbor, at=NOON).city.median
    assert median.days == pytest.approx(30.0)
    assert (median.closed_count, median.open_count) == (40, 20)


def test_a_median_of_fewer_than_thirty_closings_is_not_given(harbor: Jurisdiction, pothole: Service) -> None:
    for _ in range(29):
        closed(pothole, opened=NOON - timedelta(days=9), days=2)
    median = count_figures(harbor, at=NOON).city.median
    assert (median.days, median.reason, median.closed_count) == (None, "too_few_closings", 29)


def test_where_fewer_than_half_are_closed_no_median_is_made_up(harbor: Jurisdiction, pothole: Service) -> None:
    for _ in range(30):
        closed(pothole, opened=NOON - timedelta(days=9), days=2)
    for _ in range(40):
        make_request(pothole, at=NOON - timedelta(days=9))
    assert count_figures(harbor, at=NOON).city.median.reason == "not_half_closed"


def test_the_median_leaves_out_what_nobody_waited_for(harbor: Jurisdiction, pothole: Service) -> None:
    start = NOON - timedelta(days=60)
    for _ in range(30):
        closed(pothole, opened=start, days=10)
        closed(pothole, opened=start, days=1, reason=ClosingReason.INVALID)
        closed(pothole, opened=start, days=1, made_by="staff")
    for _ in range(30):
        actions.withdraw(make_request(pothole, at=start), at=start + timedelta(hours=1))
    median = count_figures(harbor, at=NOON).city.median
    assert median.days == pytest.approx(10.0)
    assert median.closed_count == 30


def test_a_veto_counts_once_a_request_whatever_happens_next(harbor: Jurisdiction, pothole: Service) -> None:
    request = closed(pothole, opened=NOON - timedelta(days=9), days=2)
    actions.request_reopen(request, actor=Actor.REPORTER, at=NOON, words="It is still there.")
    closed(pothole, opened=NOON - timedelta(days=9), days=2)
    whole = count_figures(harbor, at=NOON).city
    assert (whole.vetoed, whole.total, whole.closed) == (1, 2, 2)


def test_a_finished_year_of_data_is_told_as_of_its_end(harbor: Jurisdiction, pothole: Service) -> None:
    last = closed(pothole, opened=NOON - timedelta(days=20), days=5)
    figures = count_figures(harbor, at=NOON + timedelta(days=4000))
    assert figures.is_quiet
    assert figures.until == last.closed_at
    assert (figures.city.closed_30_days, figures.city.in_year) == (1, 1)


def test_open_requests_of_an_export_are_known_up_to_its_end_only(harbor: Jurisdiction, pothole: Service) -> None:
    # All open on day 5, where the export ends: had they been counted as open until now, the median would not move; as censored they leave.
    start = NOON - timedelta(days=20)
    for _ in range(30):
        closed(pothole, opened=start, days=10)
    for number in range(60):
        make_request(pothole, at=start, source="past", source_id=str(number))
    assert count_figures(harbor, at=NOON).city.median.reason == "not_half_closed"
    ImportRun.objects.create(
        jurisdiction=harbor, format="boston", source="past", file_name="f", sha256="0", started_at=NOON, data_until=start + timedelta(days=5)
    )
    assert count_figures(harbor, at=NOON).city.median.days == pytest.approx(10.0)


def test_a_slip_into_the_future_does_not_move_the_end(harbor: Jurisdiction, pothole: Service) -> None:
    make_request(pothole, at=NOON - timedelta(days=1))
    make_request(pothole, at=NOON + timedelta(days=3000))
    figures = count_figures(harbor, at=NOON)
    assert figures.until == NOON
    assert figures.city.in_year == 1


def test_a_city_without_requests_has_figures_of_nothing(harbor: Jurisdiction) -> None:
    figures = count_figures(harbor, at=NOON)
    assert figures.city.total == 0
    assert figures.of_area(1).median.reason == "too_few_closings"


def test_figures_are_kept_for_five_minutes(harbor: Jurisdiction, pothole: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("evenhand.web.insights.public_figures.time.monotonic", lambda: now)
    assert figures_of(harbor).city.total == 0
    make_request(pothole)
    now += 299
    assert figures_of(harbor).city.total == 0
    now += 2
    assert figures_of(harbor).city.total == 1
