"""The sample city's past year is one that a city could have had."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import cos, hypot, radians

import pytest
import shapely
from shapely.geometry import Point, shape

from evenhand.twin.sample_city import SampleCity, build_sample_city
from evenhand.twin.sample_requests import HABITS
from evenhand.twin.sample_services import ALL_SERVICES

pytestmark = pytest.mark.slow

UNTIL = datetime(2026, 11, 22, 5, tzinfo=UTC)


@pytest.fixture(scope="module", params=[8311, 7])
def city(request: pytest.FixtureRequest) -> SampleCity:
    return build_sample_city(request.param, until=UNTIL)


def test_every_service_has_requests_and_no_request_lacks_its_service(city: SampleCity) -> None:
    assert {request.service_code for request in city.requests} == {service.code for service in ALL_SERVICES} == set(HABITS)


def test_there_are_as_many_requests_as_asked_for_each_with_its_own_id(city: SampleCity) -> None:
    assert len(city.requests) == len({request.source_id for request in city.requests}) == 1200


def test_every_request_lies_in_the_city(city: SampleCity) -> None:
    whole = shape(city.boundary["geometry"])
    assert all(shapely.contains(whole, [Point(request.long, request.lat) for request in city.requests]))


def test_requests_fall_in_the_year_before_the_last_moment_in_order(city: SampleCity) -> None:
    times = [request.requested_at for request in city.requests]
    assert times == sorted(times)
    assert UNTIL - timedelta(days=365) <= times[0]
    assert times[-1] < UNTIL
    assert all(time.utcoffset() == timedelta(0) for time in times)


def test_closings_follow_openings_and_answers_come_between(city: SampleCity) -> None:
    for request in city.requests:
        end = request.closed_at or UNTIL
        assert request.requested_at < end <= UNTIL
        assert request.acknowledged_at is None or request.requested_at < request.acknowledged_at <= end


def test_a_closed_request_has_a_reason_and_words_and_an_open_one_neither(city: SampleCity) -> None:
    for request in city.requests:
        assert (request.closed_at is None) == (request.closing_reason is None) == (request.closing_words is None)
    reasons = Counter(request.closing_reason for request in city.requests if request.closed_at)
    assert set(reasons) == {"fixed", "duplicate", "not_ours", "unable", "invalid"}
    assert reasons["fixed"] > 0.7 * reasons.total()


def test_most_fixed_requests_have_evidence_and_no_other_has(city: SampleCity) -> None:
    fixed = [request for request in city.requests if request.closing_reason == "fixed"]
    assert 0.85 < sum(request.evidence is not None for request in fixed) / len(fixed) < 1
    assert all(request.evidence is None for request in city.requests if request.closing_reason != "fixed")


def test_at_least_eight_services_have_thirty_closings(city: SampleCity) -> None:
    closings = Counter(request.service_code for request in city.requests if request.closed_at)
    assert sum(count >= 30 for count in closings.values()) >= 8


def test_recent_requests_are_open_more_often(city: SampleCity) -> None:
    def open_share(oldest_days: int, newest_days: int) -> float:
        inside = [r for r in city.requests if newest_days <= (UNTIL - r.requested_at).days < oldest_days]
        return sum(request.closed_at is None for request in inside) / len(inside)

    assert open_share(14, 0) > 2 * open_share(365, 180)


def test_the_phone_is_the_most_used_channel(city: SampleCity) -> None:
    channels = Counter(request.channel for request in city.requests)
    assert set(channels) == {"web", "app", "phone", "text", "email", "walk_in"}
    assert channels.most_common(1)[0][0] == "phone"


def test_some_requests_are_made_by_staff(city: SampleCity) -> None:
    makers = Counter(request.made_by for request in city.requests)
    assert set(makers) == {"resident", "staff"}
    assert 0.05 < makers["staff"] / makers.total() < 0.2


def test_duplicates_point_at_an_earlier_request_of_the_same_service_close_by(city: SampleCity) -> None:
    by_id = {request.source_id: request for request in city.requests}
    duplicates = [request for request in city.requests if request.duplicate_of]
    assert len(duplicates) >= 20
    for request in duplicates:
        original = by_id[request.duplicate_of or ""]
        north, east = (request.lat - original.lat) * 111_000, (request.long - original.long) * 111_000 * cos(radians(request.lat))
        assert original.service_code == request.service_code
        assert original.duplicate_of is None
        assert original.requested_at < request.requested_at
        assert hypot(north, east) < 50
        assert request.closing_reason == "duplicate"


def test_snow_falls_in_winter_only(city: SampleCity) -> None:
    assert {request.requested_at.month for request in city.requests if request.service_code == "SNOW"} <= {11, 12, 1, 2, 3}


def test_private_requests_exist_and_nobody_could_join_them(city: SampleCity) -> None:
    private = {service.code for service in ALL_SERVICES if service.private}
    theirs = [request for request in city.requests if request.service_code in private]
    assert "POWER_OUTAGE" in private
    assert len(theirs) >= 20
    assert all(request.me_too == 0 and request.duplicate_of is None for request in theirs)


def test_a_few_public_requests_are_shared_by_several_people(city: SampleCity) -> None:
    assert 30 < sum(request.me_too > 0 for request in city.requests) < 250


def test_descriptions_come_in_english_and_some_in_spanish(city: SampleCity) -> None:
    languages = Counter(request.language for request in city.requests)
    assert set(languages) == {"en", "es"}
    assert 0.05 < languages["es"] / languages.total() < 0.25
    assert all(request.description for request in city.requests)


def test_a_city_may_have_only_a_handful_of_requests_or_none() -> None:
    assert len(build_sample_city(requests=7, until=UNTIL).requests) == 7
    assert build_sample_city(requests=0, until=UNTIL).requests == ()
