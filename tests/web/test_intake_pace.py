"""How fast reports may come without a name, and whom the cookie and the address stand for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from evenhand.web.core import clock
from evenhand.web.core.networks import client_address
from evenhand.web.portal import devices
from evenhand.web.service_requests.intake_pace import (
    Measure,
    Sender,
    device_hash,
    forget_traces,
    full_among,
    hold_until,
    leave_trace,
    leave_traces,
    network_hash,
)
from evenhand.web.service_requests.models import IntakeTrace

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def held(sender: Sender, *, at: datetime = NOW, device: int = 6, network: int = 60) -> datetime | None:
    return hold_until(sender, real_at=at, most_per_device=device, most_per_network=network)


def test_the_seventh_report_of_a_device_in_an_hour_is_held_for_an_hour() -> None:
    ana = Sender("ana", "net", is_new_device=False)
    for minute in range(6):
        assert held(ana) is None
        leave_trace(ana, real_at=NOW - timedelta(minutes=minute))
    assert held(ana) == NOW + timedelta(hours=1)


def test_an_hour_later_a_device_may_again() -> None:
    ana = Sender("ana", "net", is_new_device=False)
    for _ in range(6):
        leave_trace(ana, real_at=NOW - timedelta(minutes=61))
    assert held(ana) is None


def test_new_devices_of_one_network_are_counted_together() -> None:
    for number in range(60):
        leave_trace(Sender(f"device {number}", "shelter", is_new_device=True), real_at=NOW)
    assert held(Sender("another", "shelter", is_new_device=True)) == NOW + timedelta(hours=1)
    assert held(Sender("another", "elsewhere", is_new_device=True)) is None


def test_a_device_that_is_known_does_not_pay_for_its_network() -> None:
    for number in range(80):
        leave_trace(Sender(f"device {number}", "shelter", is_new_device=True), real_at=NOW)
    assert held(Sender("known", "shelter", is_new_device=False)) is None


def test_known_devices_do_not_fill_their_networks_measure() -> None:
    for number in range(80):
        leave_trace(Sender(f"device {number}", "office", is_new_device=False), real_at=NOW)
    assert held(Sender("another", "office", is_new_device=True)) is None


def test_several_measures_are_held_against_the_hour_in_one_query_and_each_for_itself(django_assert_num_queries: Any) -> None:
    ana, address, shelter = (
        Sender("ana", "net", is_new_device=False),
        Sender("hash", "", is_new_device=False),
        Sender("new", "shelter", is_new_device=True),
    )
    with django_assert_num_queries(1):
        leave_traces([ana, address, ana], real_at=NOW)
    leave_trace(shelter, real_at=NOW)
    measures = [Measure(ana, 2), Measure(address, 2), Measure(shelter, 2, 1)]
    with django_assert_num_queries(1):
        assert full_among(measures, real_at=NOW) == {measures[0], measures[2]}
    with django_assert_num_queries(0):
        assert full_among([], real_at=NOW) == frozenset()
        leave_traces([], real_at=NOW)


def test_traces_are_forgotten_after_a_day() -> None:
    leave_trace(Sender("ana", "net", is_new_device=False), real_at=NOW - timedelta(days=1, minutes=1))
    leave_trace(Sender("ana", "net", is_new_device=False), real_at=NOW - timedelta(hours=23))
    assert forget_traces(before=NOW - timedelta(days=1)) == 1
    assert IntakeTrace.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.1", "192.0.2.254"), ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"), ("::ffff:192.0.2.7", "192.0.2.9"), ("nonsense", "")],
)
def test_neighbours_are_one_network(one: str, other: str) -> None:
    day = date(2026, 3, 2)
    assert network_hash(one, day=day) == network_hash(other, day=day)


def test_networks_and_days_are_told_apart_and_nothing_of_the_address_stays() -> None:
    day = date(2026, 3, 2)
    hashes = {network_hash("192.0.2.1", day=day), network_hash("192.0.3.1", day=day), network_hash("192.0.2.1", day=day + timedelta(days=1))}
    assert len(hashes) == 3
    assert {len(value) for value in hashes} == {64}


def asked(cookie: str = "", **meta: Any) -> Any:
    request = RequestFactory().get("/report/", **meta)
    if cookie:
        request.COOKIES[devices.COOKIE] = cookie
    return request


def given_cookie() -> str:
    response = devices.remember_device(asked(), HttpResponse())
    morsel = response.cookies[devices.COOKIE]
    assert (morsel["httponly"], morsel["samesite"]) == (True, "Lax")
    return str(morsel.value)


def test_a_device_is_recognised_by_its_cookie_and_known_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = given_cookie()
    first, second = devices.sender_of(asked(cookie)), devices.sender_of(asked(cookie))
    assert first.device == second.device
    assert first.is_new_device
    tomorrow = clock.real_now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "real_now", lambda: tomorrow)
    later = devices.sender_of(asked(cookie))
    assert (later.device, later.is_new_device) == (first.device, False)


def test_a_cookie_that_is_there_is_not_replaced() -> None:
    response = devices.remember_device(asked(given_cookie()), HttpResponse())
    assert devices.COOKIE not in response.cookies


@pytest.mark.parametrize("cookie", ["", "made-up", "a:b:c", "::", "x" * 5000])
def test_a_made_up_cookie_is_a_new_device_each_time(cookie: str) -> None:
    one, other = devices.sender_of(asked(cookie)), devices.sender_of(asked(cookie))
    assert one.is_new_device
    assert one.device != other.device
    assert one.device != device_hash(cookie)


def test_x_forwarded_for_is_not_believed_without_a_proxy_of_ours() -> None:
    assert client_address(asked(HTTP_X_FORWARDED_FOR="198.51.100.1", REMOTE_ADDR="192.0.2.1")) == "192.0.2.1"


def test_of_x_forwarded_for_only_what_our_own_proxies_wrote_counts(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.EVENHAND, "trusted_proxies", 1)
    spoofed = asked(HTTP_X_FORWARDED_FOR="198.51.100.1, 203.0.113.5", REMOTE_ADDR="10.0.0.1")
    assert client_address(spoofed) == "203.0.113.5"
    assert client_address(asked(REMOTE_ADDR="10.0.0.1")) == "10.0.0.1"
