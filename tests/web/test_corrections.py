"""A request is moved to another service or place: what that changes is said first, and nothing private slips out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evenhand.web.accounts.models import Account, Team
from evenhand.web.accounts.roles import Role
from evenhand.web.conversations import actions as conversations
from evenhand.web.journeys.answer_request import answer_request
from evenhand.web.journeys.move_request import move_request
from evenhand.web.places.models import Jurisdiction
from evenhand.web.service_requests import cells
from evenhand.web.service_requests.actions import Place
from evenhand.web.service_requests.corrections import consequences
from evenhand.web.service_requests.errors import NotMovable
from evenhand.web.service_requests.history import verify
from evenhand.web.service_requests.models import Photo, RequestCell, RoutingRule, RoutingVersion, Service, ServiceAttribute, ServiceRequest
from evenhand.web.service_requests.workflow import Priority
from tests import cast
from tests.journeys.console_pages import Desk
from tests.journeys.request_pages import Reader, mails_to, public

THERE = Place(lat=cast.IN_HILLTOP[0], long=cast.IN_HILLTOP[1], quality="address", address="5 Hill Road")


@pytest.fixture
def agent(harbor: Jurisdiction) -> Account:
    return cast.make_staff(harbor, Role.AGENT)


@pytest.fixture
def routing(harbor: Jurisdiction, pothole: Service, streetlight: Service) -> dict[str, Team]:
    """Potholes go to Roads, due after eight hours of work; lamps to Lights, after sixteen and urgent. Mondays to Fridays, eight to four."""
    version = RoutingVersion.objects.create(
        jurisdiction=harbor, number=1, made_at=cast.NOON, working_hours={str(day): [["08:00", "16:00"]] for day in range(1, 6)}
    )
    roads, lights = cast.make_team(harbor), cast.make_team(harbor, "lights", "Lights")
    RoutingRule.objects.create(version=version, service=pothole, team=roads, work_hours=8)
    RoutingRule.objects.create(version=version, service=streetlight, team=lights, work_hours=16, priority=Priority.URGENT)
    return {"roads": roads, "lights": lights}


def now(request: ServiceRequest) -> ServiceRequest:
    return ServiceRequest.objects.get(pk=request.pk)


def cells_now() -> list[tuple[int, ...]]:
    columns = ("level", "service_key", "month", "x", "y", "open_count", "closed_count")
    return sorted(row for row in RequestCell.objects.values_list(*columns) if row[5] or row[6])


def test_what_a_move_changes_is_known_before_and_changes_nothing(
    routing: dict[str, Team], pothole_request: ServiceRequest, streetlight: Service
) -> None:
    before = now(pothole_request)
    ahead = consequences(before, at=cast.NOON, service=streetlight)
    assert ahead.routed is not None
    assert (ahead.routed.team, ahead.routed.priority) == (routing["lights"], Priority.URGENT)
    # Monday noon: four hours are left until four o'clock, eight on Tuesday, four on Wednesday: noon.
    assert ahead.routed.due_at == cast.NOON + timedelta(days=2)
    assert now(pothole_request).event_count == before.event_count


def test_a_move_to_another_service_gives_it_to_the_team_that_does_it(
    routing: dict[str, Team], pothole_request: ServiceRequest, streetlight: Service, agent: Account
) -> None:
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(assignee=agent)
    move_request(pothole_request, service=streetlight, person=agent, at=cast.NOON)
    moved = now(pothole_request)
    assert (moved.service_id, moved.team_id, moved.assignee_id) == (streetlight.pk, routing["lights"].pk, None)
    assert (moved.priority, moved.due_at) == (Priority.URGENT, cast.NOON + timedelta(days=2))
    assert moved.events.get(kind="service_changed").facts == {"from": "pothole", "to": "streetlight"}
    assert "The kind of request was changed" in Reader().page(public(moved))
    verify(moved)


def test_answers_that_fit_no_question_are_kept_in_the_history_for_staff(pothole: Service, streetlight: Service, agent: Account) -> None:
    ServiceAttribute.objects.create(service=streetlight, code="lane", datatype="string", question="On which side?")
    request = cast.make_request(pothole, answers={"size": "large", "lane": "left"})
    move_request(request, service=streetlight, person=agent, at=cast.NOON)
    assert now(request).answers == {"lane": "left"}
    aside = now(request).events.select_related("content").get(kind="answers_set_aside")
    assert (aside.visibility, aside.content.body) == ("staff", {"answers": {"size": "large"}})
    assert "large" not in Reader().page(public(request))


def test_map_counts_follow_the_request_to_its_new_service_and_place(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    move_request(pothole_request, service=streetlight, place=THERE, person=agent, at=cast.NOON)
    counted = cells_now()
    cells.rebuild(pothole_request.jurisdiction)
    assert counted == cells_now()
    assert now(pothole_request).address == "5 Hill Road"


def test_a_move_within_the_same_area_leaves_team_and_deadline_alone(
    routing: dict[str, Team], pothole_request: ServiceRequest, agent: Account
) -> None:
    dockside = pothole_request.area
    near = Place(lat=cast.IN_DOCKSIDE[0], long=cast.IN_DOCKSIDE[1] + 0.0005, address="14 Wharf Street", area=dockside)
    ahead = move_request(pothole_request, place=near, person=agent, at=cast.NOON)
    assert ahead.routed is None
    assert not now(pothole_request).events.filter(kind="routed", actor=agent).exists()


def test_a_request_that_becomes_private_is_gone_from_every_public_page(pothole_request: ServiceRequest, power_out: Service, agent: Account) -> None:
    photo = Photo.objects.create(request=pothole_request, event_seq=1, key="b" * 32, width=4, height=3, added_at=cast.NOON)
    conversations.follow(pothole_request, recipient="neighbor@next.test", language="en", at=cast.NOON, confirmed=True)
    move_request(pothole_request, service=power_out, person=agent, at=cast.NOON)
    client = Reader().client
    assert client.get(public(pothole_request)).status_code == 404
    assert pothole_request.reference not in client.get("/requests/").content.decode()
    assert pothole_request.reference not in client.get("/requests/?q=bus+stop").content.decode()
    assert client.get(f"/photos/{photo.key}.jpg").status_code == 404
    assert cells_now() == []
    answer_request(now(pothole_request), words="We are on it.", at=cast.NOON, person=agent)
    assert mails_to("neighbor@next.test") == []


def test_a_private_request_becomes_public_only_where_that_is_confirmed(power_out: Service, pothole: Service, agent: Account) -> None:
    dark = cast.make_request(power_out, by=cast.ANA, words="I am alone at home")
    with pytest.raises(NotMovable, match="Confirm"):
        move_request(dark, service=pothole, person=agent, at=cast.NOON)
    assert now(dark).visibility == "private"
    move_request(dark, service=pothole, person=agent, at=cast.NOON, publishing_is_meant=True)
    assert now(dark).is_public


def test_a_held_report_stays_held_when_it_is_moved(pothole: Service, streetlight: Service, agent: Account) -> None:
    held = cast.make_request(pothole, held_until=cast.NOON + timedelta(hours=1))
    move_request(held, service=streetlight, person=agent, at=cast.NOON)
    assert now(held).visibility == "held"


def test_a_place_outside_and_a_retired_service_are_refused(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    with pytest.raises(NotMovable, match="outside"):
        move_request(pothole_request, place=Place(lat=cast.OUTSIDE[0], long=cast.OUTSIDE[1]), person=agent, at=cast.NOON)
    Service.objects.filter(pk=streetlight.pk).update(is_offered=False)
    streetlight.refresh_from_db()
    with pytest.raises(NotMovable, match="not offered"):
        move_request(pothole_request, service=streetlight, person=agent, at=cast.NOON)


def test_the_page_shows_before_and_after_and_moves_only_when_that_was_seen(
    routing: dict[str, Team], pothole_request: ServiceRequest, streetlight: Service, agent: Account
) -> None:
    ServiceRequest.objects.filter(pk=pothole_request.pk).update(team=routing["roads"], due_at=cast.NOON + timedelta(days=1))
    desk = Desk(agent)
    fields = desk.form(pothole_request, "move") | {"service": str(streetlight.pk), "address": pothole_request.address}
    url = f"/console/requests/{pothole_request.reference}/move/"
    first = desk.client.post(url, fields)
    assert first.status_code == 422
    body = first.content.decode()
    for said in ("Nothing is moved yet", "What changes", "Roads", "Lights", "Normal", "Urgent", "size: large"):
        assert said in body
    assert now(pothole_request).service_id != streetlight.pk
    confirmed = body.split('name="confirmed" value="')[1].split('"')[0]
    assert desk.client.post(url, fields | {"confirmed": confirmed}).status_code == 303
    assert now(pothole_request).service_id == streetlight.pk


def test_a_confirmation_of_one_move_is_none_of_another(pothole_request: ServiceRequest, streetlight: Service, agent: Account) -> None:
    other = cast.make_service(pothole_request.jurisdiction, "sign", "Sign")
    desk = Desk(agent)
    url = f"/console/requests/{pothole_request.reference}/move/"
    fields = desk.form(pothole_request, "move") | {"service": str(streetlight.pk), "address": pothole_request.address}
    confirmed = desk.client.post(url, fields).content.decode().split('name="confirmed" value="')[1].split('"')[0]
    assert desk.client.post(url, fields | {"service": str(other.pk), "confirmed": confirmed}).status_code == 422
    assert now(pothole_request).service_id not in {other.pk, streetlight.pk}


def test_typed_words_find_the_citys_addresses_and_a_place_outside_is_said(pothole_request: ServiceRequest, agent: Account) -> None:
    cast.make_address(pothole_request.jurisdiction, "5 Hill Road", lat=cast.IN_HILLTOP[0], long=cast.IN_HILLTOP[1])
    desk = Desk(agent)
    service = {"service": str(pothole_request.service_id)}
    assert "5 Hill Road" in desk.send(pothole_request, "move", service | {"address": "5 hill road"}, status=422)
    outside = desk.send(pothole_request, "move", service | {"address": f"{cast.OUTSIDE[0]}, {cast.OUTSIDE[1]}"}, status=422)
    assert "This place is outside Harbor" in outside
    assert "does not have this" in desk.send(pothole_request, "move", service | {"address": "99 Nowhere"}, status=422)
