"""When a request will be closed, as far as the city's own past can say.

The curve of each service is computed by the worker (daily, and after an import) and stored; a page asks it for the range of a request at its age.
The median and the 80 % range, or in words why nothing can be said: too few closings, ranges that did not hold in the past, or older than all history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from evenhand.equity.closing_times import CannotSay
from evenhand.equity.expected_dates import ServiceForecast, expected_dates
from evenhand.web.core import clock
from evenhand.web.insights.frames import closings_frame
from evenhand.web.insights.models import ClosingEstimate
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests.models import Service, ServiceRequest

SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ExpectedDate:
    """Four in five such requests were closed between `earliest` and `latest`, half of them by `likely`."""

    earliest: datetime
    likely: datetime
    latest: datetime
    closed_count: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class NoExpectedDate:
    """Why there is none, by a reason of the library's CannotSay: too_few_closings, too_few_this_old, too_many_stay_open, ranges_did_not_hold."""

    reason: str
    closed_count: int


def refresh_expected_dates(city: Jurisdiction, *, at: datetime) -> int:
    """Compute the curve of every service of a city from its past up to `at`; returns how many services can say something at opening."""
    frame = closings_frame(city, at=at)
    if not frame.service_ids:
        return 0
    forecasts = expected_dates(
        frame.opened_hours, frame.closed_hours, frame.service, as_of=at.timestamp() / SECONDS_AN_HOUR, seen_until=frame.seen_until
    ).services
    rows = [_estimate(city, pk, forecast, at) for pk, forecast in zip(frame.service_ids, forecasts, strict=False)]
    with transaction.atomic():
        ClosingEstimate.objects.filter(jurisdiction=city).delete()
        ClosingEstimate.objects.bulk_create(rows)
    return sum(row.cannot_say == "" for row in rows)


def expected_date_for(request: ServiceRequest, *, at: datetime) -> ExpectedDate | NoExpectedDate | None:
    """What can be said about an open request at `at`; None for a closed one. One query."""
    if not request.is_open:
        return None
    estimate = ClosingEstimate.objects.filter(service_id=request.service_id).first()
    if estimate is None or estimate.curve is None:
        return NoExpectedDate("too_few_closings", estimate.closed_count if estimate else 0)
    age_hours = (at - request.requested_at).total_seconds() / SECONDS_AN_HOUR
    return _dated(request.requested_at, estimate, age_hours)


def expected_wait_for(service: Service) -> ExpectedDate | NoExpectedDate:
    """The same for a report that would be made now; dates count from the clock's present."""
    estimate = ClosingEstimate.objects.filter(service=service).first()
    if estimate is None or estimate.curve is None:
        return NoExpectedDate("too_few_closings", estimate.closed_count if estimate else 0)
    return _dated(clock.now(), estimate, 0.0)


def _dated(opened: datetime, estimate: ClosingEstimate, age_hours: float) -> ExpectedDate | NoExpectedDate:
    assert estimate.curve is not None
    found = ServiceForecast.from_dict(estimate.curve).range_from(max(age_hours, 0.0))
    if isinstance(found, CannotSay):
        return NoExpectedDate(found.reason, estimate.closed_count)
    return ExpectedDate(
        earliest=opened + timedelta(hours=found.low_hours),
        likely=opened + timedelta(hours=found.median_hours),
        latest=opened + timedelta(hours=found.high_hours),
        closed_count=found.n_closed,
        coverage=estimate.coverage,
    )


def _estimate(city: Jurisdiction, service_id: int, forecast: ServiceForecast, at: datetime) -> ClosingEstimate:
    found = forecast.range_from(0.0)
    times = forecast.times
    return ClosingEstimate(
        jurisdiction=city,
        service_id=service_id,
        as_of=at,
        closed_count=times.n_closed,
        open_count=times.n_open,
        curve=forecast.to_dict(),
        cannot_say=found.reason if isinstance(found, CannotSay) else "",
        coverage=forecast.trial.hits / forecast.trial.n if forecast.trial.n else None,
        computed_at=clock.real_now(),
    )
