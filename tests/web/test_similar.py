"""Which requests are shown before a report is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evenhand.web.places.distances import METERS_A_DEGREE
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import actions
from evenhand.web.service_requests.models import Service, ServiceRequest
from evenhand.web.service_requests.similar import likely_duplicates, reach_meters
from evenhand.web.service_requests.workflow import Actor, ClosingReason, Evidence
from tests import cast

LAT, LONG = cast.IN_DOCKSIDE


def north(meters: float) -> tuple[float, float]:
    return (LAT + meters / METERS_A_DEGREE, LONG)


def references(service: Service) -> list[str]:
    return [one.request.reference for one in likely_duplicates(service, LAT, LONG, at=cast.NOON)]


def closed(request: ServiceRequest, *, days_ago: float) -> ServiceRequest:
    at = cast.NOON - timedelta(days=days_ago)
    return actions.close(request, actor=Actor.STAFF, at=at, reason=ClosingReason.FIXED, words="Filled", evidence=Evidence.CREW_RECORD)


def test_the_nearest_comes_first_with_its_distance(pothole: Service) -> None:
    far, near = cast.make_request(pothole, point=north(80)), cast.make_request(pothole, point=north(20))
    found = likely_duplicates(pothole, LAT, LONG, at=cast.NOON)
    assert [one.request.pk for one in found] == [near.pk, far.pk]
    assert [one.distance_meters for one in found] == pytest.approx([20, 80], abs=0.1)


def test_beyond_a_hundred_metres_it_is_another_pothole(pothole: Service) -> None:
    within, _beyond = cast.make_request(pothole, point=north(99)), cast.make_request(pothole, point=north(101))
    assert references(pothole) == [within.reference]


def test_a_corner_of_the_box_is_not_near(pothole: Service) -> None:
    cast.make_request(pothole, point=(LAT + 90 / METERS_A_DEGREE, LONG + 120 / METERS_A_DEGREE))
    assert references(pothole) == []


def test_a_flood_is_one_flood_from_several_houses_away(harbor: Jurisdiction, pothole: Service) -> None:
    flood = cast.make_service(harbor, "STREET_FLOOD", "Flooded street")
    assert (reach_meters(flood), reach_meters(pothole)) == (250.0, 100.0)
    assert references(flood) == []
    one = cast.make_request(flood, point=north(240))
    assert references(flood) == [one.reference]


def test_another_service_is_another_trouble(pothole: Service, streetlight: Service) -> None:
    cast.make_request(streetlight, point=north(5))
    assert references(pothole) == []


def test_closed_ones_count_for_fourteen_days(pothole: Service) -> None:
    old = cast.NOON - timedelta(days=30)
    recent = closed(cast.make_request(pothole, at=old, point=north(10)), days_ago=13.9)
    closed(cast.make_request(pothole, at=old, point=north(5)), days_ago=14.1)
    assert references(pothole) == [recent.reference]


def test_a_duplicate_is_not_shown_but_what_it_goes_on_with_is(pothole: Service) -> None:
    parent, child = cast.make_request(pothole), cast.make_request(pothole)
    ServiceRequest.objects.filter(pk=child.pk).update(duplicate_of=parent)
    assert references(pothole) == [parent.reference]


def test_what_is_not_public_is_not_shown(pothole: Service, power_out: Service) -> None:
    cast.make_request(pothole, point=north(5), held_until=cast.NOON + timedelta(hours=1))
    cast.make_request(power_out, point=north(5))
    assert references(pothole) == references(power_out) == []


def test_a_request_without_a_true_point_is_not_near_anything(pothole: Service) -> None:
    cast.make_request(pothole, point=None)
    fallback = cast.make_request(pothole, point=(LAT, LONG))
    ServiceRequest.objects.filter(pk=fallback.pk).update(place_quality="fallback")
    assert references(pothole) == []


def test_at_most_five_are_shown(pothole: Service) -> None:
    for meters in range(1, 8):
        cast.make_request(pothole, point=north(meters))
    assert len(references(pothole)) == 5
